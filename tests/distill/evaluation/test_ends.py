"""Whether a model still ends its answers where the base did."""

import json
from dataclasses import replace

import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.config import Evaluation, GateConfig
from distill.evaluation.ends import end_probability, ended
from distill.evaluation.gate import judge
from distill.evaluation.measure import evaluate
from distill.evaluation.yardstick import Yardstick, make_yardstick
from distill.policy_model.forward import logits_at, pad
from distill.selection.groups import Group
from tests.distill.conftest import ENDING, WORDS
from tests.distill.evaluation.test_evaluation import ByteTokenizer

SETTINGS = Evaluation(answers_per_prompt=1, watched_per_language=0, max_new_tokens=4, ended_tokens=60, ended_answers=10)
LANGUAGES = ("ko", "ru")


def asked(number):
    ids = tuple(256 + (number * 7 + i * 3) % len(WORDS) for i in range(3 + number % 3))
    return Group(f"r{number}", ids, len(ids), (len(ids) - 1,), LANGUAGES[number % 2])


@pytest.fixture
def adapted(small_llama):
    """An adapter of the head alone that changes nothing yet, on a model that likes to end."""
    torch.manual_seed(0)
    with torch.no_grad():
        small_llama.lm_head.weight[ENDING] *= 2.0
    return get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=4, target_modules=["lm_head"])).eval()


@pytest.fixture
def yardstick(adapted, vocabulary, rules_of):
    groups = [asked(number) for number in range(24)]
    return make_yardstick(adapted, ByteTokenizer(vocabulary), groups, rules_of, SETTINGS, temperature=1.0, seed=0)


@torch.no_grad()
def move_ends(model, answers, by):
    """Let the adapter move the logit of the end, and no other, where answers ended."""
    ids, lengths = pad([c.prompt_ids + c.ids for c in answers])
    states = []
    logits_at(model, ids, torch.arange(len(ids)), lengths - 2, states=states)
    parameters = dict(model.named_parameters())
    into, out = (next(p for name, p in parameters.items() if part in name) for part in ("lora_A", "lora_B"))
    pushed = torch.linalg.lstsq(states[0], torch.ones(len(answers), 1)).solution[:, 0]
    into.zero_()
    into[0] = pushed
    out.zero_()
    out[ENDING, 0] = by


def test_answers_that_ended_are_kept_with_their_end_and_languages_take_turns(yardstick, rules_of):
    assert len(yardstick.ended) == 10
    prompts = {group.ids: group for group in map(asked, range(24))}
    assert [prompts[c.prompt_ids].language for c in yardstick.ended[:6]] in (["ko", "ru"] * 3, ["ru", "ko"] * 3)
    for completion in yardstick.ended:
        assert completion.ids[-1] == ENDING and ENDING not in completion.ids[:-1]
        assert 2 <= len(completion.ids) <= 60
        assert rules_of(prompts[completion.prompt_ids]).first_drift(completion.ids[:-1]) is None
    assert any(len(completion.ids) > 5 for completion in yardstick.ended)  # longer than what the rest is measured on
    assert all(ENDING not in c.ids and len(c.ids) <= 4 for c in yardstick.clean)
    assert Yardstick.from_json(json.loads(json.dumps(yardstick.to_json()))) == yardstick


def test_answers_that_did_not_end_do_not_count_and_a_few_are_none():
    def answer(number, *ids):
        group = asked(number)
        return replace(group, ids=group.ids + ids)

    ends = frozenset({ENDING})
    whole = [answer(n, 260, ENDING) for n in range(8)]
    assert len(ended([*whole, answer(9, 260), answer(11, ENDING)], ends, 48)) == 8
    assert ended(whole[:7], ends, 48) == () == ended(whole, ends, 0)


@torch.no_grad()
def test_the_probability_is_that_of_single_forwards_over_all_ends(adapted, yardstick):
    adapted.get_base_model().generation_config.eos_token_id = [ENDING, 290]
    expected = [
        float(adapted(torch.tensor([c.prompt_ids + c.ids[:-1]])).logits[0, -1].softmax(-1)[[ENDING, 290]].sum())
        for c in yardstick.ended
    ]
    assert end_probability(adapted, yardstick.ended) == pytest.approx(sum(expected) / len(expected), rel=1e-4)


@pytest.mark.parametrize(("by", "refused"), [(-1.0, True), (0.0, False), (1.0, False)])
def test_an_adapter_that_only_makes_the_end_less_likely_is_refused_for_that(
    adapted, yardstick, vocabulary, rules_of, by, refused
):
    def figures():
        return evaluate(adapted, ByteTokenizer(vocabulary), yardstick, rules_of, SETTINGS, temperature=1.0)

    before = figures()
    move_ends(adapted, yardstick.ended, by)
    after = figures()
    checks = {check.name: check for check in judge(before, after, GateConfig()).checks}
    check = checks["ending where the base ends"]
    assert check.ok is not refused and check.before == before.harm.ending
    assert (check.after < check.before) is (by < 0)
    lenient = {c.name: c.ok for c in judge(before, after, GateConfig(max_end_drop=1.0)).checks}
    assert lenient["ending where the base ends"]
