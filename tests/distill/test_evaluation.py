import math
from itertools import pairwise

import pytest
import regex
import torch
from peft import LoraConfig, get_peft_model

from distill.evaluation import ENGLISH_PROMPTS, Completion, Yardstick, evaluate, generate, make_yardstick, perplexity
from tests.distill.conftest import ENDING

LONGEST = 32
FOREIGN = {
    "a": regex.compile(r"[\p{L}--\p{Hangul}--\p{Latin}--\p{Common}--\p{Inherited}]", regex.V1),
    "b": regex.compile(r"[\p{L}--\p{Hangul}--\p{Common}--\p{Inherited}]", regex.V1),
    "c": regex.compile(r"[\p{L}--\p{Cyrillic}--\p{Latin}--\p{Common}--\p{Inherited}]", regex.V1),
}
COMPLETIONS = (Completion((1, 2, 3), (256, 257, 4, 5, 260)), Completion((9,), (7,)), Completion((260,) * 6, (8, 9, 10)))


class ByteTokenizer:
    """Bytes are the ids; no chat template."""

    chat_template = None

    def __call__(self, text):
        return {"input_ids": list(text.encode())}


@pytest.fixture
def adapted(small_llama):
    """The small model under a LoRA that changes nothing yet."""
    torch.manual_seed(0)
    return get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear")).eval()


def change(model, size=0.02):
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=size)


@torch.no_grad()
def logp_by_token(model, completion):
    """One row a token of the answer, each from a forward of its own over what stands before it."""
    ids = completion.prompt_ids + completion.ids
    starts = range(len(completion.prompt_ids), len(ids))
    return torch.stack([model(torch.tensor([ids[:end]])).logits[0, -1].float().log_softmax(-1) for end in starts])


def chosen(model, completions):
    """Log-probability of every token of every answer."""
    rows = [logp_by_token(model, c)[range(len(c.ids)), list(c.ids)] for c in completions]
    return torch.cat(rows)


@torch.no_grad()
def greedy(model, prompt, end=ENDING):
    """The answer to one prompt alone, without a cache."""
    ids = list(prompt)
    for _ in range(LONGEST):
        token = int(model(torch.tensor([ids])).logits[0, -1].argmax())
        if token == end:
            break
        ids.append(token)
    return tuple(ids[len(prompt) :])


def test_perplexity_is_that_of_a_plain_computation_token_by_token(small_llama):
    expected = math.exp(-float(chosen(small_llama, COMPLETIONS).mean()))
    assert perplexity(small_llama, COMPLETIONS) == pytest.approx(expected, rel=1e-4)
    assert perplexity(small_llama, COMPLETIONS[:1]) != pytest.approx(expected, rel=1e-2)


def test_perplexity_of_nothing_is_not_a_number(small_llama):
    assert math.isnan(perplexity(small_llama, ()))


def test_left_padding_gives_the_answers_of_single_prompts(small_llama):
    prompts = [(1, 2, 3), (256, 257, 258, 259, 260, 261, 262, 263, 40), (70,), tuple(range(60, 90))]
    alone = [greedy(small_llama, prompt) for prompt in prompts]
    assert len(set(alone)) == len(prompts)
    assert generate(small_llama, prompts) == alone


def test_answers_end_before_the_end_token_and_the_others_go_on(small_llama):
    prompts = [(1, 2, 3), (256, 257, 258, 259), (70,)]
    end = greedy(small_llama, prompts[0])[4]
    small_llama.generation_config.eos_token_id = end
    alone = [greedy(small_llama, prompt, end) for prompt in prompts]
    assert len(alone[0]) <= 4
    assert max(map(len, alone)) > len(alone[0])
    assert generate(small_llama, prompts) == alone


def test_english_kl_is_zero_until_the_adapter_changes(adapted, batch, rules_of):
    yardstick = make_yardstick(adapted, ByteTokenizer(), batch, rules_of)
    before = evaluate(adapted, yardstick, rules_of)
    assert before.english_kl == pytest.approx(0.0, abs=1e-6)
    assert before.english_logprob_change == pytest.approx(0.0, abs=1e-6)
    change(adapted)
    after = evaluate(adapted, yardstick, rules_of)
    with adapted.disable_adapter():
        base = torch.cat([logp_by_token(adapted, c) for c in yardstick.english])
        base_chosen = chosen(adapted, yardstick.english)
    now = torch.cat([logp_by_token(adapted, c) for c in yardstick.english])
    assert after.english_kl > 1e-3
    assert after.english_kl == pytest.approx(float((base.exp() * (base - now)).sum(-1).mean()), rel=1e-3)
    moved = chosen(adapted, yardstick.english) - base_chosen
    assert after.english_logprob_change == pytest.approx(float(moved.mean()), rel=1e-3, abs=1e-5)


def test_a_changed_adapter_changes_the_other_figures_and_not_what_they_are_measured_on(adapted, batch, rules_of):
    fresh = make_yardstick(adapted, ByteTokenizer(), batch, rules_of)
    before = evaluate(adapted, fresh, rules_of)
    change(adapted, 0.2)
    assert make_yardstick(adapted, ByteTokenizer(), batch, rules_of) == fresh
    after = evaluate(adapted, fresh, rules_of)
    assert after.perplexity == pytest.approx(perplexity(adapted, fresh.clean))
    assert abs(after.perplexity / before.perplexity - 1) > 0.01
    assert abs(after.confusion_mass - before.confusion_mass) > 1e-3


@torch.no_grad()
def test_figures_at_held_out_points_are_those_of_single_forwards(small_llama, batch, rules_of):
    masses, tops, lengths = [], [], []
    for group in batch:
        rules = rules_of(group)
        for point in group.points:
            drifts = torch.tensor(rules.verdicts(rules.fold(group.output_before(point))).blocked)
            row = small_llama(torch.tensor([group.ids[: point + 1]])).logits[0, -1].float() / 0.6
            masses.append(float(row.softmax(-1)[drifts].sum()))
            tops.append(bool(drifts[row.argmax()]))
        lengths.append(len(greedy(small_llama, group.ids[: group.prompt_length])))
    figures = evaluate(small_llama, Yardstick(tuple(batch), COMPLETIONS, COMPLETIONS), rules_of, 0.6)
    assert figures.confusion_mass == pytest.approx(sum(masses) / len(masses), abs=1e-4)
    assert figures.drifting_share == pytest.approx(sum(tops) / len(tops))
    assert figures.answer_length == pytest.approx(sum(lengths) / len(lengths))
    assert 0 < figures.drifting_share < 1


def test_without_anything_held_out_the_figures_are_not_numbers(small_llama, rules_of):
    figures = evaluate(small_llama, Yardstick((), (), COMPLETIONS), rules_of)
    assert math.isnan(figures.confusion_mass) and math.isnan(figures.perplexity) and math.isnan(figures.answer_length)
    assert figures.english_kl == 0.0


@pytest.mark.parametrize("temperature", [0.6, 3.0])
def test_clean_completions_hold_no_drift_and_no_broken_character(small_llama, batch, rules_of, vocabulary, temperature):
    yardstick = make_yardstick(small_llama, ByteTokenizer(), batch, rules_of, temperature=temperature)
    assert [c.prompt_ids for c in yardstick.clean] == [g.ids[: g.prompt_length] for g in batch]
    for group, completion in zip(batch, yardstick.clean, strict=True):
        assert len(completion.ids) >= 1
        assert rules_of(group).drifts(b"", completion.ids) is None
        for before, token in pairwise(i for i in completion.ids if vocabulary.token_bytes(i)):
            if vocabulary.tails[before]:  # a character is begun: it goes on
                assert vocabulary.heads[token]
        text = b"".join(map(vocabulary.token_bytes, completion.ids)).decode(errors="replace")
        assert not FOREIGN[group.request_id].search(text)
    unmasked = [greedy(small_llama, g.ids[: g.prompt_length]) for g in batch]
    assert any(rules_of(g).drifts(b"", ids) is not None for g, ids in zip(batch, unmasked, strict=True))


def test_a_yardstick_repeats_by_its_seed_and_leaves_the_global_one(small_llama, batch, rules_of):
    torch.manual_seed(7)
    state = torch.get_rng_state()
    first = make_yardstick(small_llama, ByteTokenizer(), batch, rules_of, seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    assert make_yardstick(small_llama, ByteTokenizer(), batch, rules_of, seed=1) == first
    assert make_yardstick(small_llama, ByteTokenizer(), batch, rules_of, seed=2).clean != first.clean


def test_a_prompt_that_several_groups_share_counts_once(small_llama, batch, rules_of):
    yardstick = make_yardstick(small_llama, ByteTokenizer(), [*batch, *batch], rules_of)
    assert len(yardstick.clean) == len(batch)
    assert len(yardstick.held_out) == 2 * len(batch)


def test_english_answers_are_the_greedy_ones_to_the_english_prompts(small_llama, batch, rules_of):
    yardstick = make_yardstick(small_llama, ByteTokenizer(), batch, rules_of)
    expected = [(tuple(p.encode()), greedy(small_llama, p.encode())) for p in ENGLISH_PROMPTS]
    assert [(c.prompt_ids, c.ids) for c in yardstick.english] == [(p, a) for p, a in expected if a]
    assert yardstick.english


def test_sampling_settings_of_the_model_stay_out(small_llama):
    prompts = [(1, 2, 3), (4, 5)]

    def answers():
        torch.manual_seed(3)
        return generate(small_llama, prompts), generate(small_llama, prompts, 0.6)

    expected = answers()
    small_llama.generation_config.update(do_sample=True, temperature=5.0, top_k=1, top_p=0.2, repetition_penalty=9.0)
    assert answers() == expected
