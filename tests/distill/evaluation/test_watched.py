"""The operator's own prompts: languages in which nobody has events are watched as well."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.config import Evaluation, GateConfig
from distill.evaluation.from_base import changes_from_base, mean_change
from distill.evaluation.gate import judge
from distill.evaluation.measure import evaluate
from distill.evaluation.watched import BUILT_IN
from distill.evaluation.yardstick import Yardstick, make_yardstick
from distill.policy_model.likelihood import Completion, logprobs, perplexity
from distill.prompts.files import read_prompts
from distill.selection.groups import Group
from tests.distill.evaluation.test_evaluation import ByteTokenizer
from tests.distill.evaluation.test_gate import BEFORE, GOOD
from tests.distill.evaluation.test_gate import failed as failed_checks
from tlpo_guard.errors import ConfigurationError

SHORT = {"answers_per_prompt": 1, "max_new_tokens": 2, "watched_tokens": 4}


def prompts_file(folder: Path, *rows: object) -> Path:
    file = folder / "prompts.jsonl"
    file.write_text("\n\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return file


def test_the_built_in_prompts_are_in_twenty_languages_and_each_in_its_own() -> None:
    from tlpo_guard.intent import Message, expected_language

    by_language = read_prompts(BUILT_IN)
    assert len(by_language) == 20 and {len(prompts) for prompts in by_language.values()} == {8}
    for tag, prompts in by_language.items():
        told = Counter(
            expected_language((), (), [Message(m.role, m.content) for m in prompt.messages]).languages[0].split("-")[0]
            for prompt in prompts
        )
        assert told.most_common(1)[0][0] == tag


def test_prompts_of_a_file_are_prompts_or_messages(tmp_path: Path) -> None:
    turns = [{"role": "system", "content": "Sei kurz."}, {"role": "user", "content": "Wie geht es?"}]
    file = prompts_file(
        tmp_path, {"prompt": "안녕", "language": "ko"}, {"messages": turns, "language": "de-AT", "id": 3}
    )
    found = read_prompts(file)
    assert list(found) == ["ko", "de-AT"]
    assert [m.content for m in found["de-AT"][0].messages] == ["Sei kurz.", "Wie geht es?"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"prompt": "a"}, "line 3: language"),
        ({"language": "ko"}, "line 3: messages"),
        ({"prompt": "a", "language": "nowhere"}, "line 3: language"),
        ({"prompt": "", "language": "ko"}, "line 3: messages.0.content"),
        ({"prompt": "a", "messages": [], "language": "ko"}, "both `prompt` and `messages`"),
        ({"messages": [{"role": "tool", "content": "a"}], "language": "ko"}, "line 3: messages.0.role"),
        ("{", "line 3: no JSON"),
        ("[1]", "line 3"),
    ],
)
def test_a_line_that_is_no_prompt_is_named(tmp_path: Path, row: object, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        read_prompts(prompts_file(tmp_path, {"prompt": "a", "language": "ko"}, row))


def test_files_that_cannot_be_read_or_are_empty_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"name a JSONL file"):
        read_prompts(tmp_path / "none.jsonl")
    with pytest.raises(ConfigurationError, match="holds no prompts"):
        read_prompts(prompts_file(tmp_path, " "))


@pytest.fixture
def settings(tmp_path: Path) -> Evaluation:
    rows = [{"prompt": f"한국어 {n}", "language": "ko"} for n in range(5)]
    rows += [{"prompt": f"Слово {n}", "language": "ru"} for n in range(5)]
    return Evaluation(prompts=prompts_file(tmp_path, *rows), watched_per_language=3, **SHORT)


def test_answers_are_clean_and_all_their_tokens_are_points(small_llama, vocabulary, rules_of, settings) -> None:
    def answers_of(settings: Evaluation) -> tuple[Group, ...]:
        made = make_yardstick(small_llama, ByteTokenizer(vocabulary), (), rules_of, settings, temperature=1.0, seed=0)
        return made.watched

    answers = answers_of(settings)
    assert Counter(answer.language for answer in answers) == {"ko": 3, "ru": 3}
    for answer in answers:
        output = answer.ids[answer.prompt_length :]
        assert 1 <= len(output) <= 4
        assert answer.points == tuple(range(answer.prompt_length - 1, len(answer.ids) - 1))
        assert rules_of(answer).first_drift(output) is None
    none = settings.model_copy(update={"watched_per_language": 0})
    assert answers_of(none) == ()


def test_a_model_that_goes_over_to_another_language_where_no_event_is_does_not_pass(
    small_llama, vocabulary, rules_of, settings, batch
) -> None:
    model = get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules=["lm_head"])).eval()
    tokenizer = ByteTokenizer(vocabulary)
    korean = [group for group in batch if group.language == "ko"]
    yardstick = make_yardstick(model, tokenizer, korean, rules_of, settings, temperature=1.0, seed=0)
    assert Yardstick.from_json(json.loads(json.dumps(yardstick.to_json()))) == yardstick
    before = evaluate(model, tokenizer, yardstick, rules_of, settings, temperature=1.0)
    assert set(before.by_language) == {"ko"} and set(before.watched) == {"ko", "ru"}
    assert before.watched["ru"].points == sum(len(a.points) for a in yardstick.watched if a.language == "ru")
    with torch.no_grad():  # whatever comes, the Korean words gain
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter[256:259] = 3.0
            elif "lora_A" in name:
                parameter.fill_(0.5)
    after = evaluate(model, tokenizer, yardstick, rules_of, settings, temperature=1.0)
    assert after.watched["ru"].confusion_mass > before.watched["ru"].confusion_mass + 0.01
    failed = {check.name for check in judge(before, after, GateConfig()).checks if not check.ok}
    assert "confusion, own prompts, ru" in failed


def test_the_gate_allows_a_small_rise_and_refuses_what_was_not_measured_again() -> None:
    from distill.evaluation.figures import WatchedMetrics

    before = replace(BEFORE, watched={"ru": WatchedMetrics(96, 0.02, 4.0)})
    after = replace(GOOD, watched={"ru": WatchedMetrics(96, 0.0299, 4.39)})
    assert failed_checks(before, after) == []
    for worse, check in (
        (WatchedMetrics(96, 0.031, 4.0), "confusion, own prompts, ru"),
        (WatchedMetrics(96, 0.02, 4.41), "perplexity, own prompts, ru"),
    ):
        assert failed_checks(before, replace(after, watched={"ru": worse})) == [check]
    assert failed_checks(before, replace(after, watched={})) == [
        "confusion, own prompts, ru",
        "perplexity, own prompts, ru",
    ]


@torch.no_grad()
def test_perplexity_and_drift_of_the_answers_are_those_of_plain_computations(
    small_llama, vocabulary, rules_of, settings
) -> None:
    torch.manual_seed(0)
    model = get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear")).eval()
    tokenizer = ByteTokenizer(vocabulary)
    yardstick = make_yardstick(model, tokenizer, (), rules_of, settings, temperature=1.0, seed=0)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.normal_(std=0.05)
    russian = [Completion.of(answer) for answer in yardstick.watched if answer.language == "ru"]
    found = evaluate(model, tokenizer, yardstick, rules_of, settings, temperature=1.0)
    assert found.watched["ru"].perplexity == pytest.approx(perplexity(model, russian), rel=1e-4)
    along = changes_from_base(model, russian)
    assert [one.tokens for one in along] == [len(answer.ids) for answer in russian]
    for one, now in zip(along, logprobs(model, russian), strict=True):
        assert one.now == pytest.approx(float(now.sum()), rel=1e-3)
    with model.disable_adapter():
        before = [float(row.sum()) for row in logprobs(model, russian)]
    assert [one.base for one in along] == pytest.approx(before, rel=1e-3)
    assert mean_change(along)[1] == pytest.approx(
        sum(one.now for one in along) / sum(one.tokens for one in along)
        - sum(before) / sum(one.tokens for one in along),
        abs=1e-3,
    )
