import json
import sys

import pytest
import torch

from distill.config import Evaluation
from distill.evaluation.accuracy import accuracies, accuracy, lm_eval_accuracy, read_questions
from tlpo_guard.errors import ConfigurationError

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


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "Invalid JSON"),
        ("[]", "object"),
        ({"question": "Q", "choices": ["a", "b"]}, "answer: Field required"),
        ({"question": "Q", "choices": ["a", "b"], "answer": 2}, "answer is 2, but there are 2 choices"),
        ({"question": "Q", "choices": ["a", "b"], "answer": -1}, "answer: "),
        ({"question": "Q", "choices": ["a", "b"], "answer": "1"}, "answer: "),
        ({"question": "Q", "choices": ["a"], "answer": 0}, "choices: "),
        ({"question": "Q", "choices": ["a", "  "], "answer": 0}, "choices.1: "),
        ({"question": "", "choices": ["a", "b"], "answer": 0}, "question: "),
    ],
)
def test_a_line_that_is_no_question_is_named(file_of, line, problem):
    path = file_of(rows(EASY)[0], "", line)
    with pytest.raises(ConfigurationError, match="line 3") as caught:
        read_questions(path)
    assert problem in str(caught.value) and str(path) in str(caught.value)


def test_a_file_without_questions_is_refused(file_of, tmp_path):
    with pytest.raises(ConfigurationError, match="holds no questions"):
        read_questions(file_of("", " "))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_questions(tmp_path / "none.jsonl")
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_questions(tmp_path / "bytes.jsonl")


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
    found = lm_eval_accuracy(smollm2.model, smollm2.tokenizer, [str(task)])
    assert found == {"colours": pytest.approx(accuracy(smollm2.model, smollm2.tokenizer, read_questions(questions)))}
