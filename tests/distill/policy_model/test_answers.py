"""Answers by shared keys where the model can, and by transformers where it cannot."""

import copy

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import Gemma2Config, Gemma2ForCausalLM, GenerationConfig, MistralConfig, MistralForCausalLM

from distill.policy_model import answers
from distill.policy_model.answers import chat_ids, generate, several
from distill.policy_model.forward import adapter_off
from distill.policy_model.key_sharing import shares_keys
from distill.tlpo.guarded import DriftMask

PROMPTS = [(1, 2, 3), (256, 257, 258, 259, 260, 261, 262, 263, 40), (70,), tuple(range(60, 90))]
SIZES = {
    "vocab_size": 304,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "initializer_range": 0.5,
    "bos_token_id": None,
    "pad_token_id": None,
    "eos_token_id": 300,
}


@pytest.fixture
def by_transformers(monkeypatch):
    def made(*args, **options):
        with monkeypatch.context() as patched:
            patched.setattr(answers, "shares_keys", lambda *_: False)
            return several(*args, **options)

    return made


@pytest.fixture
def adapted(small_llama):
    torch.manual_seed(0)
    model = get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear")).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.2)
    return model


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_greedy_answers_are_those_of_transformers_with_the_adapter_and_without(adapted, by_transformers, attention):
    adapted.get_base_model().set_attn_implementation(attention)
    assert shares_keys(adapted, 50)
    on, expected_on = (
        several(adapted, PROMPTS, 1, max_new_tokens=20),
        by_transformers(adapted, PROMPTS, 1, max_new_tokens=20),
    )
    with adapter_off(adapted):
        off = several(adapted, PROMPTS, 1, max_new_tokens=20)
        expected_off = by_transformers(adapted, PROMPTS, 1, max_new_tokens=20)
    assert on == expected_on and off == expected_off and on != off
    assert adapted.get_base_model().config._attn_implementation == attention


def test_greedy_answers_of_a_real_model_are_those_of_transformers(smollm2, by_transformers):
    asked = ["Why is the sky blue?", "안녕하세요? 오늘 날씨는 어때요?", "Wie koche ich ein Ei?"]
    prompts = [chat_ids(smollm2.tokenizer, prompt) for prompt in asked]
    model = copy.deepcopy(smollm2.model).float()  # in bfloat16 some CPUs round a batch otherwise than its rows
    assert shares_keys(model, 100)
    expected = by_transformers(model, prompts, 1, max_new_tokens=24)
    found = several(model, prompts, 1, max_new_tokens=24)
    assert found == expected


def test_several_answers_follow_the_distribution_as_transformers_does(small_llama, by_transformers):
    def shares(draw):
        (drawn,) = draw(small_llama, [(1, 2, 3)], 1500, max_new_tokens=2, temperature=1.0, seed=5)
        assert len(drawn) == 1500
        firsts = torch.tensor([ids[0] if ids else 300 for ids in drawn])
        return torch.bincount(firsts, minlength=304) / 1500

    assert (shares(several) - shares(by_transformers)).abs().max() < 0.06


def test_a_rule_holds_for_both(small_llama, batch, rules_of, by_transformers):
    prompts = [group.ids[: group.prompt_length] for group in batch]

    def answered(draw):
        mask = DriftMask(rules_of.guard, [rules_of(group) for group in batch], [()] * len(batch))
        return draw(small_llama, prompts, 1, max_new_tokens=12, rule=mask)

    free = several(small_llama, prompts, 1, max_new_tokens=12)
    assert answered(several) == answered(by_transformers) != free


def test_answers_to_a_prompt_differ_and_repeat_by_their_seed(small_llama, by_transformers):
    for draw in (several, by_transformers):
        found = draw(small_llama, PROMPTS, 3, max_new_tokens=12, temperature=1.0, seed=4)
        assert list(map(len, found)) == [3] * len(PROMPTS)
        assert all(len(set(of_prompt)) == 3 for of_prompt in found)
        assert found == draw(small_llama, PROMPTS, 3, max_new_tokens=12, temperature=1.0, seed=4)
    assert several(small_llama, [], 2, max_new_tokens=3) == [] and generate(small_llama, [], max_new_tokens=3) == []


@pytest.mark.parametrize(
    ("temperature", "filters"),
    [
        (2.0, {"min_p": 0.9}),
        (2.0, {"typical_p": 0.1}),
        (2.0, {"epsilon_cutoff": 0.5}),
        (None, {"no_repeat_ngram_size": 1}),
        (None, {"suppress_tokens": list(range(150))}),
    ],
)
def test_filters_of_the_models_generation_config_change_nothing(adapted, by_transformers, temperature, filters):
    def answered():
        return by_transformers(adapted, PROMPTS, 2, max_new_tokens=20, temperature=temperature, seed=6)

    inner = adapted.get_base_model()
    expected = answered()
    inner.generation_config = own = GenerationConfig(**filters, eos_token_id=300)
    assert answered() == expected
    assert inner.generation_config is own


def test_batches_on_an_accelerator_are_as_large_as_the_keys_that_they_hold_allow():
    lengths = [600] * 700 + [2500] * 50 + [200_000]
    batches = list(answers._batches(lengths, torch.device("cuda")))
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert max(map(len, batches)) > 128
    assert all(len(batch) * max(lengths[i] for i in batch) <= 100_000 for batch in batches[:-1])
    assert batches[-1] == [750]  # alone it is answered, however long it is
    assert len(next(answers._batches([5] * 1000, torch.device("cuda")))) == 256  # rows as wide as a vocabulary
    assert len(next(answers._batches([5] * 1000, torch.device("cpu")))) == 16


def test_a_call_that_fails_leaves_the_models_generation_config(small_llama, by_transformers):
    def broken(*_):
        raise ArithmeticError

    own = small_llama.generation_config
    with pytest.raises(ArithmeticError):
        by_transformers(small_llama, PROMPTS, 1, max_new_tokens=2, rule=broken)
    assert small_llama.generation_config is own


def test_a_model_whose_windows_are_too_short_answers_by_transformers(by_transformers):
    torch.manual_seed(0)
    model = MistralForCausalLM(MistralConfig(**SIZES, sliding_window=32)).eval()
    assert shares_keys(model, 31) and not shares_keys(model, 40)
    assert several(model, PROMPTS, 1, max_new_tokens=20) == by_transformers(model, PROMPTS, 1, max_new_tokens=20)


def test_a_model_that_caps_its_scores_answers_by_transformers():
    torch.manual_seed(0)
    assert not shares_keys(Gemma2ForCausalLM(Gemma2Config(**SIZES)).eval(), 10)


def test_a_model_whose_attention_does_more_shows_it_at_the_trial(small_llama, monkeypatch):
    from distill.policy_model import shared_keys

    right = shared_keys.SharedKeys.attended
    monkeypatch.setattr(shared_keys.SharedKeys, "attended", lambda self, *args: 0.5 * right(self, *args))
    assert not shares_keys(small_llama, 10)
