import json
import sys
import types

import pytest
import torch

from distill.config import Evaluation
from distill.evaluation.accuracy import accuracies, accuracy, lm_eval_accuracy
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.paper.questions import read_questions

EASY = [  # choices of like length, as such tests have them: a small model falls for long ones
    ("What is the capital of France?", ["Berlin", "Paris", "Madrid", "Rome"], 1),
    ("Which planet do we live on?", ["Mars", "Pluto", "Earth"], 2),
    ("What do bees make?", ["paper", "honey", "shoes"], 1),
    ("What colour is grass?", ["green", "silver", "black"], 0),
    ("In which country is Tokyo?", ["Brazil", "Canada", "Japan"], 2),
    ("Who wrote Hamlet?", ["William Shakespeare", "Albert Einstein", "Mickey Mouse"], 0),
]


@pytest.fixture
def file_of(tmp_path):
    def written(*rows):
        path = tmp_path / "questions.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return written


def rows(questions, shift=0):
    return [
        {"question": q, "choices": choices, "answer": (answer + shift) % len(choices), "subject": "further keys"}
        for q, choices, answer in questions
    ]


def test_a_model_that_knows_answers_right_and_not_what_is_wrong(smollm2, file_of):
    right = Evaluation(questions=file_of(*rows(EASY), ""))
    assert accuracies(smollm2.model, smollm2.tokenizer, right)["questions"] >= 5 / 6
    wrong = Evaluation(questions=file_of(*rows(EASY, shift=1)))
    assert accuracies(smollm2.model, smollm2.tokenizer, wrong)["questions"] <= 1 / 6


class ByteTokenizer:
    def __call__(self, text):
        return {"input_ids": list(text.encode())}


@torch.no_grad()
def score(model, question, choice):
    """Mean log-likelihood of a byte, each from a forward of its own."""
    ids = list(f"Question: {question}\nAnswer:".encode())
    total = 0.0
    for byte in f" {choice}".encode():
        total += float(model(torch.tensor([ids])).logits[0, -1].log_softmax(-1)[byte])
        ids.append(byte)
    return total / len(choice.encode())


def test_the_choice_is_the_likeliest_for_its_length(small_llama, file_of):
    questions = read_questions(file_of(*rows(EASY)))
    scores = [[score(small_llama, q.question, choice) for choice in q.choices] for q in questions]
    likeliest = [found.index(max(found)) for found in scores]
    expected = sum(best == q.answer for best, q in zip(likeliest, questions, strict=True)) / len(questions)
    assert accuracy(small_llama, ByteTokenizer(), questions) == pytest.approx(expected)
    agreeing = [q.model_copy(update={"answer": best}) for q, best in zip(questions, likeliest, strict=True)]
    assert accuracy(small_llama, ByteTokenizer(), agreeing) == 1.0


def test_a_question_longer_than_the_model_reads_loses_its_beginning(small_llama, file_of):
    small_llama.config.max_position_embeddings = 64
    long, short = read_questions(
        file_of(*rows([("x" * 500 + "Which animal barks?", ["dog", "cod"], 0), ("Which?", ["dog", "cod"], 0)]))
    )
    seen = []
    hook = small_llama.model.register_forward_pre_hook(
        lambda _, args, kwargs: seen.append(kwargs["input_ids"].shape[1]), with_kwargs=True
    )
    accuracy(small_llama, ByteTokenizer(), [long, short])
    hook.remove()
    assert max(seen) == 64


def test_tasks_without_the_harness_say_what_to_install(small_llama, monkeypatch):
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(ConfigurationError, match="pip install lm-eval"):
        accuracies(small_llama, ByteTokenizer(), Evaluation(lm_eval_tasks=["arc_easy"]))


def test_a_task_that_the_harness_does_not_know_is_named(smollm2):
    pytest.importorskip("lm_eval")
    with pytest.raises(ConfigurationError, match="no_such_task"):
        lm_eval_accuracy(smollm2.model, smollm2.tokenizer, ["no_such_task"])


TASK = """
task: colours
dataset_path: json
dataset_kwargs:
  data_files:
    test: {data}
test_split: test
output_type: multiple_choice
doc_to_text: "Question: {{{{question}}}}\\nAnswer:"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: answer
metric_list:
  - metric: acc_norm
"""


def test_a_task_of_a_local_file_is_scored_as_the_same_questions_are(smollm2, file_of, tmp_path):
    pytest.importorskip("lm_eval")
    questions = file_of(*rows(EASY[:4]), *rows(EASY[4:], shift=1))
    task = tmp_path / "colours.yaml"
    task.write_text(TASK.format(data=questions))
    found = lm_eval_accuracy(smollm2.model, smollm2.tokenizer, [str(task)], chat_template=False)
    assert found == {"colours": pytest.approx(accuracy(smollm2.model, smollm2.tokenizer, read_questions(questions)))}


class _Harness:
    """What the harness is given."""

    def __init__(self, monkeypatch):
        self.given = {}
        modules = {name: types.ModuleType(name) for name in ("lm_eval", "lm_eval.models", "lm_eval.models.huggingface")}
        modules["lm_eval"].simple_evaluate = self._evaluate
        modules["lm_eval.models.huggingface"].HFLM = lambda **kwargs: kwargs
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name, module)

    def _evaluate(self, **given):
        self.given = given
        return {"group_subtasks": {}, "results": {"task": {"acc,none": 0.5}}}


@pytest.mark.parametrize(
    ("template", "wanted", "applied"), [("{{ x }}", True, True), ("{{ x }}", False, False), (None, True, False)]
)
def test_tasks_are_asked_with_the_chat_template_unless_it_is_switched_off(
    small_llama, monkeypatch, template, wanted, applied
):
    harness, tokenizer = _Harness(monkeypatch), ByteTokenizer()
    tokenizer.chat_template = template
    settings = Evaluation(lm_eval_tasks=["task"], lm_eval_chat_template=wanted)
    assert accuracies(small_llama, tokenizer, settings) == {"task": 0.5}
    assert harness.given["apply_chat_template"] is applied


def test_the_harness_puts_a_question_as_a_message(smollm2, file_of, tmp_path, monkeypatch):
    huggingface = pytest.importorskip("lm_eval.models.huggingface")
    asked = []
    encode = huggingface.HFLM._encode_pair
    monkeypatch.setattr(huggingface.HFLM, "_encode_pair", lambda self, c, e: asked.append(c) or encode(self, c, e))
    task = tmp_path / "colours.yaml"
    task.write_text(TASK.format(data=file_of(*rows(EASY[:1]))))
    lm_eval_accuracy(smollm2.model, smollm2.tokenizer, [str(task)])
    assert asked and all("<|im_start|>user" in context and "capital of France" in context for context in asked)
    asked.clear()
    lm_eval_accuracy(smollm2.model, smollm2.tokenizer, [str(task)], chat_template=False)
    assert asked and not any("<|im_start|>" in context for context in asked)
