import math
from dataclasses import replace

import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.config import Evaluation, GateConfig
from distill.evaluation.from_base import changes_from_base
from distill.evaluation.gate import judge
from distill.evaluation.harm import harm_of
from distill.evaluation.measure import evaluate
from distill.evaluation.relevance import relevance
from distill.evaluation.repetition import distinct, is_loop
from distill.evaluation.yardstick import make_yardstick
from distill.policy_model.answers import chat_ids, generate
from distill.policy_model.likelihood import Completion
from tests.distill.evaluation.test_evaluation import ByteTokenizer

ANSWERS = [Completion((1, 2, 3), (4, 5, 6)), Completion((7, 8), (9, 9)), Completion((260, 1), (3,))]


def logp(model, prompt, ids):
    rows = model(torch.tensor([prompt + ids])).logits[0].float().log_softmax(-1)
    return float(sum(rows[len(prompt) - 1 + i, token] for i, token in enumerate(ids)) / len(ids))


def test_an_answer_that_turns_in_circles_is_a_loop_and_has_few_different_grams():
    assert is_loop([1, 2, 3] + [7, 8, 9] * 4) and is_loop([5] * 4)
    assert not is_loop([7, 8, 9] * 3) and not is_loop(list(range(40))) and not is_loop([])
    assert not is_loop([5] * 40 + [6])  # it went on
    assert distinct([1, 2, 3, 4, 5]) == distinct([1, 2]) == 1.0
    assert distinct([1, 2] * 20) == pytest.approx(2 / 37)


@torch.no_grad()
def test_relevance_is_the_gain_of_the_own_prompt_over_the_others(small_llama):
    found = relevance(small_llama, ANSWERS, shuffled=2)
    for i, (answer, value) in enumerate(zip(ANSWERS, found, strict=True)):
        others = [logp(small_llama, other.prompt_ids, answer.ids) for j, other in enumerate(ANSWERS) if j != i]
        assert value == pytest.approx(logp(small_llama, answer.prompt_ids, answer.ids) - sum(others) / 2, abs=1e-4)


def test_answers_of_a_real_model_belong_to_their_prompts_and_not_to_others(smollm2):
    asked = [
        "Why is the sky blue?",
        "How do I boil an egg?",
        "Name three uses of a paper clip.",
        "What is a prime number?",
    ]
    prompts = [chat_ids(smollm2.tokenizer, prompt) for prompt in asked]
    answers = generate(smollm2.model, prompts, max_new_tokens=24)
    right = [Completion(p, a) for p, a in zip(prompts, answers, strict=True)]
    wrong = [Completion(p, a) for p, a in zip(prompts, [*answers[1:], answers[0]], strict=True)]
    assert min(relevance(smollm2.model, right)) > 0.3 > sum(relevance(smollm2.model, wrong, 1)) / len(wrong)


def test_the_harm_of_answers_is_counted_over_all_languages(small_llama):
    sampled = {"ko": ANSWERS[:2], "de": [Completion((1, 2, 3), (4,) * 12), Completion((5,), ())]}
    found = harm_of(small_llama, sampled, (), max_new_tokens=12)
    assert found is not None and found.answers == 4 and found.ended == 0.75
    assert found.distinct == pytest.approx((1 + 1 + 1 / 9 + 1) / 4)
    assert found.relevance == pytest.approx(sum(relevance(small_llama, ANSWERS[:2], 1)) / 2)
    assert found.relevance_error is not None and found.unseen_kl is None
    assert harm_of(small_llama, {}, changes_from_base(small_llama, ANSWERS), max_new_tokens=12) is None


def test_two_answers_to_one_prompt_are_not_each_others_shuffled_ones(small_llama):
    same = [ANSWERS[0], replace(ANSWERS[1], prompt_ids=ANSWERS[0].prompt_ids)]
    found = harm_of(small_llama, {"ko": same}, (), max_new_tokens=12)
    assert found is not None and found.relevance is None


def test_an_adapter_that_moves_text_which_nothing_trained_it_on_is_seen_and_refused(
    small_llama, vocabulary, batch, rules_of
):
    torch.manual_seed(0)
    model = get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear")).eval()
    tokenizer = ByteTokenizer(vocabulary)
    settings = Evaluation(answers_per_prompt=1, watched_per_language=1, watched_tokens=6, max_new_tokens=6)
    yardstick = make_yardstick(model, tokenizer, batch, rules_of, settings, temperature=0.6, seed=0)
    before = evaluate(model, tokenizer, yardstick, rules_of, settings, temperature=0.6)
    assert before.harm is not None and before.harm.unseen_kl == pytest.approx(0.0, abs=1e-6)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.1)
    after = evaluate(model, tokenizer, yardstick, rules_of, settings, temperature=0.6)
    assert after.harm is not None and after.harm.unseen_kl is not None and after.harm.unseen_kl > 0.05
    checks = {check.name: check.ok for check in judge(before, after, GateConfig()).checks}
    assert checks["unseen-text KL"] is False and checks["answers that end"] is not None
    assert not math.isnan(after.harm.ended)
