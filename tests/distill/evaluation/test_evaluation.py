import json
import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from peft import LoraConfig, get_peft_model

from distill.config import Evaluation
from distill.evaluation.english import ENGLISH_PROMPTS
from distill.evaluation.figures import Metrics
from distill.evaluation.from_base import changes_from_base
from distill.evaluation.measure import evaluate
from distill.evaluation.yardstick import Yardstick, make_yardstick
from distill.policy_model.answers import chat_ids, generate, several
from distill.policy_model.forward import is_base
from distill.policy_model.likelihood import Completion, perplexity
from distill.selection.groups import Group
from distill.tlpo.rewards import RulesOf
from tests.distill.conftest import ENDING
from tests.foreign_letters import foreign_to
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.vocabulary.index import VocabularyIndex

LONGEST = 32
SETTINGS = Evaluation(answers_per_prompt=1, watched_per_language=0)
FOREIGN = {
    "a": foreign_to("Hangul", "Latin"),
    "b": foreign_to("Hangul"),
    "c": foreign_to("Cyrillic", "Latin"),
}
COMPLETIONS = (Completion((1, 2, 3), (256, 257, 4, 5, 260)), Completion((9,), (7,)), Completion((260,) * 6, (8, 9, 10)))


class ByteTokenizer:
    """Bytes are the ids; no chat template."""

    chat_template = None

    def __init__(self, vocabulary=None):
        self._vocabulary = vocabulary

    def __call__(self, text):
        return {"input_ids": list(text.encode())}

    def decode(self, ids, skip_special_tokens):
        return b"".join(map(self._vocabulary.token_bytes, ids)).decode(errors="replace")


@pytest.fixture
def tokenizer(vocabulary):
    return ByteTokenizer(vocabulary)


@pytest.fixture
def adapted(small_llama):
    """The small model under a LoRA that changes nothing yet."""
    torch.manual_seed(0)
    return get_peft_model(small_llama, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear")).eval()


@pytest.fixture
def yardstick_of(tokenizer, rules_of):
    def made(model, groups, settings=SETTINGS, temperature=0.6, seed=0):
        return make_yardstick(model, tokenizer, groups, rules_of, settings, temperature=temperature, seed=seed)

    return made


@pytest.fixture
def figures_of(tokenizer, rules_of):
    def made(model, yardstick, settings=SETTINGS, temperature=0.6, **known):
        return evaluate(model, tokenizer, yardstick, rules_of, settings, temperature=temperature, **known)

    return made


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
    many = COMPLETIONS * 4  # more than one forward
    expected = math.exp(-float(chosen(small_llama, many).mean()))
    assert perplexity(small_llama, many) == pytest.approx(expected, rel=1e-4)
    assert perplexity(small_llama, COMPLETIONS[:1]) != pytest.approx(expected, rel=1e-2)


def test_perplexity_of_nothing_is_not_a_number(small_llama):
    assert math.isnan(perplexity(small_llama, ()))


def test_left_padding_gives_the_answers_of_single_prompts_in_order(small_llama):
    prompts = [(1, 2, 3), (256, 257, 258, 259, 260, 261, 262, 263, 40), (70,), tuple(range(60, 90))]
    alone = [greedy(small_llama, prompt) for prompt in prompts]
    assert len(set(alone)) == len(prompts)
    assert generate(small_llama, prompts, max_new_tokens=LONGEST) == alone


def test_answers_end_before_the_end_token_and_the_others_go_on(small_llama):
    prompts = [(1, 2, 3), (256, 257, 258, 259), (70,)]
    end = greedy(small_llama, prompts[0])[4]
    small_llama.generation_config.eos_token_id = small_llama.config.eos_token_id = end
    alone = [greedy(small_llama, prompt, end) for prompt in prompts]
    assert len(alone[0]) <= 4
    assert max(map(len, alone)) > len(alone[0])
    assert generate(small_llama, prompts, max_new_tokens=LONGEST) == alone


def test_sampling_settings_of_the_model_stay_out(small_llama):
    prompts = [(1, 2, 3), (4, 5)]

    def answers():
        return [generate(small_llama, prompts, max_new_tokens=9, temperature=t, seed=3) for t in (None, 0.6)]

    expected = answers()
    assert expected[0] != expected[1]
    small_llama.generation_config.update(do_sample=True, temperature=5.0, top_k=1, top_p=0.2, repetition_penalty=9.0)
    assert answers() == expected


def test_english_kl_is_zero_until_the_adapter_changes(adapted, batch, yardstick_of, figures_of):
    yardstick = yardstick_of(adapted, batch)
    before = figures_of(adapted, yardstick)
    assert before.english_kl == pytest.approx(0.0, abs=1e-6)
    assert before.english_logprob_change == pytest.approx(0.0, abs=1e-6)
    change(adapted)
    after = figures_of(adapted, yardstick)
    with adapted.disable_adapter():
        base = torch.cat([logp_by_token(adapted, c) for c in yardstick.english])
        base_chosen = chosen(adapted, yardstick.english)
    now = torch.cat([logp_by_token(adapted, c) for c in yardstick.english])
    assert after.english_kl > 1e-3
    assert after.english_kl == pytest.approx(float((base.exp() * (base - now)).sum(-1).mean()), rel=1e-3)
    moved = chosen(adapted, yardstick.english) - base_chosen
    assert after.english_logprob_change == pytest.approx(float(moved.mean()), rel=1e-3, abs=1e-5)


def test_a_changed_adapter_changes_the_figures_and_not_what_they_are_measured_on(
    adapted, batch, yardstick_of, figures_of
):
    fresh = yardstick_of(adapted, batch)
    before = figures_of(adapted, fresh)
    change(adapted, 0.2)
    assert yardstick_of(adapted, batch) == fresh
    after = figures_of(adapted, fresh)
    assert after.perplexity == pytest.approx(perplexity(adapted, fresh.clean))
    assert abs(after.perplexity / before.perplexity - 1) > 0.01
    assert after.base_perplexity == before.base_perplexity == before.perplexity  # the adapter changed nothing before
    assert figures_of(adapted, fresh, base_perplexity=before.base_perplexity) == after
    assert figures_of(adapted, fresh, base_perplexity=9.0) == replace(after, base_perplexity=9.0)  # not measured again
    assert abs(after.confusion_mass - before.confusion_mass) > 1e-3


def test_a_new_adapter_is_the_base_until_one_of_its_weights_changes_and_is_read_once(adapted):
    read = []
    adapted.get_input_embeddings().register_forward_hook(lambda *_: read.append(1))
    assert is_base(adapted) and is_base(adapted.get_base_model())
    (once,), forwards = changes_from_base(adapted, COMPLETIONS[:1]), len(read)
    assert (once.kl, once.now) == (0.0, once.base) and once.base < -1.0
    [up for name, up in adapted.named_parameters() if "lora_B" in name][-1].data[0, 0] = 0.5
    assert not is_base(adapted)
    (changed,) = changes_from_base(adapted, COMPLETIONS[:1])
    assert changed.base == pytest.approx(once.base) and changed.now != once.now
    assert len(read) == 3 * forwards


@torch.no_grad()
def test_figures_at_held_out_points_are_those_of_single_forwards(small_llama, batch, rules_of, figures_of):
    masses, tops = {}, {}
    for group in batch:
        for point in group.points:
            drifts = torch.tensor(rules_of(group).drifting(group.output_before(point)))
            row = small_llama(torch.tensor([group.ids[: point + 1]])).logits[0, -1].float() / 0.6
            masses.setdefault(group.language, []).append(float(row.softmax(-1)[drifts].sum()))
            tops.setdefault(group.language, []).append(bool(drifts[row.argmax()]))
    figures = figures_of(small_llama, Yardstick(tuple(batch), (), COMPLETIONS, COMPLETIONS))
    every = [value for found in masses.values() for value in found]
    assert figures.confusion_mass == pytest.approx(sum(every) / len(every), abs=1e-4)
    assert 0 < figures.drifting_share < 1
    assert {language: found.points for language, found in figures.by_language.items()} == {"ko": 5, "ru": 2}
    for language, found in figures.by_language.items():
        assert found.confusion_mass == pytest.approx(sum(masses[language]) / len(masses[language]), abs=1e-4)
        assert found.drifting_share == pytest.approx(sum(tops[language]) / len(tops[language]))


def test_answer_lengths_are_those_of_answers_sampled_with_the_yardsticks_seed(
    small_llama, batch, yardstick_of, figures_of
):
    yardstick = yardstick_of(small_llama, batch, seed=5)
    settings = Evaluation(answers_per_prompt=2, max_new_tokens=20)
    small_llama.generation_config.eos_token_id = small_llama.config.eos_token_id = list(range(0, 300, 9))
    prompts = [g.ids[: g.prompt_length] for g in batch]
    answers = several(small_llama, prompts, 2, max_new_tokens=20, temperature=2.0, seed=5)
    figures = figures_of(small_llama, yardstick, settings, 2.0)
    lengths = [len(answer) for of_prompt in answers for answer in of_prompt]
    assert len(set(lengths)) > 2 and figures.answer_length == pytest.approx(sum(lengths) / 6)
    assert figures.by_language["ru"].answer_length == pytest.approx(sum(lengths[4:]) / 2)
    assert [figures.by_language[tag].answers for tag in ("ko", "ru")] == [4, 2]


def test_without_anything_held_out_the_figures_are_not_numbers(small_llama, figures_of):
    figures = figures_of(small_llama, Yardstick((), (), (), COMPLETIONS))
    assert math.isnan(figures.confusion_mass) and math.isnan(figures.perplexity) and math.isnan(figures.answer_length)
    assert (figures.english_kl, figures.rpr, figures.lpr, figures.by_language) == (0.0, None, None, {})


@pytest.mark.parametrize("temperature", [0.6, 3.0])
def test_clean_completions_hold_no_drift_and_no_broken_character(
    small_llama, batch, rules_of, vocabulary, yardstick_of, temperature
):
    yardstick = yardstick_of(small_llama, batch, temperature=temperature)
    groups = {g.ids[: g.prompt_length]: g for g in batch}
    assert {c.prompt_ids for c in yardstick.clean} == set(groups)
    for completion in yardstick.clean:
        group = groups[completion.prompt_ids]
        assert rules_of(group).first_drift(completion.ids) is None
        for before, token in pairwise(i for i in completion.ids if vocabulary.token_bytes(i)):
            if vocabulary.tails[before]:  # a character is begun: it goes on
                assert vocabulary.heads[token]
        text = b"".join(map(vocabulary.token_bytes, completion.ids)).decode(errors="replace")
        assert not FOREIGN[group.request_id].search(text)
    unmasked = [greedy(small_llama, g.ids[: g.prompt_length]) for g in batch]
    assert any(rules_of(g).first_drift(ids) is not None for g, ids in zip(batch, unmasked, strict=True))


def test_a_yardstick_repeats_by_its_seed_and_leaves_the_global_one(small_llama, batch, yardstick_of):
    torch.manual_seed(7)
    state = torch.get_rng_state()
    first = yardstick_of(small_llama, batch, seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    assert yardstick_of(small_llama, batch, seed=1) == first
    assert yardstick_of(small_llama, batch, seed=2).clean != first.clean


def test_a_prompt_that_several_groups_share_counts_once_and_no_language_crowds_out_another(
    small_llama, batch, yardstick_of
):
    assert len(yardstick_of(small_llama, [*batch, *batch]).prompts) == len(batch)
    crowd = [Group(str(i), (i, 1, 2), 3, (2,), "ko") for i in range(20)]
    yardstick = yardstick_of(small_llama, [*crowd, *batch], Evaluation(prompts_per_language=3, max_new_tokens=2))
    assert [group.language for group in yardstick.prompts] == ["ko", "ko", "ko", "ru"]
    assert len(yardstick.held_out) == 23


def test_english_answers_are_the_greedy_ones_to_the_english_prompts(small_llama, batch, yardstick_of):
    yardstick = yardstick_of(small_llama, batch)
    expected = [(tuple(p.encode()), greedy(small_llama, p.encode())) for p in ENGLISH_PROMPTS]
    assert [(c.prompt_ids, c.ids) for c in yardstick.english] == [(p, a) for p, a in expected if a]
    assert len(yardstick.english) > 6


def test_what_a_crash_interrupts_comes_back_from_plain_json(small_llama, batch, yardstick_of, figures_of):
    yardstick = yardstick_of(small_llama, batch)
    assert Yardstick.from_json(json.loads(json.dumps(yardstick.to_json(), allow_nan=False))) == yardstick
    figures = replace(figures_of(small_llama, yardstick), accuracy={"questions": 0.25})
    assert Metrics.from_json(json.loads(json.dumps(figures.to_json(), allow_nan=False))) == figures
    nothing = replace(figures, perplexity=math.nan, english_kl=math.inf, rpr=None)
    plain = nothing.to_json()
    assert (plain["perplexity"], plain["english_kl"]) == (None, None)
    back = Metrics.from_json(plain)
    assert math.isnan(back.perplexity) and math.isnan(back.english_kl) and back.rpr is None


def test_the_model_is_measured_as_it_answers_and_left_as_it_was(small_llama, batch, yardstick_of, figures_of):
    torch.manual_seed(0)
    lora = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", lora_dropout=0.5)
    model = get_peft_model(small_llama, lora).train()
    change(model, 0.5)
    yardstick = yardstick_of(model, batch)
    figures = figures_of(model, yardstick)
    assert figures == figures_of(model, yardstick) == figures_of(model.eval(), yardstick)
    assert model.train().training and figures_of(model, yardstick) == figures and model.training


def test_answers_of_a_real_model_are_rated_by_language(smollm2):
    tokenizer = smollm2.tokenizer
    asked = [("ko", "한국의 사계절을 설명해 주세요."), ("de", "Was ist ein Wald?"), ("en", "What is a forest?")]
    groups = []
    for tag, prompt in asked:
        ids = chat_ids(tokenizer, prompt)
        groups.append(Group(tag, ids, len(ids), (len(ids) - 1,), tag, allow_english=False))
    size = smollm2.model.config.vocab_size
    rules_of = RulesOf(DriftDetector(VocabularyIndex.of(tokenizer, size=size)))
    settings = Evaluation(answers_per_prompt=4, max_new_tokens=16, watched_per_language=0)
    yardstick = make_yardstick(smollm2.model, tokenizer, groups, rules_of, settings, temperature=0.6, seed=0)
    figures = evaluate(smollm2.model, tokenizer, yardstick, rules_of, settings, temperature=0.6)
    korean, german, english = (figures.by_language[tag] for tag in ("ko", "de", "en"))
    assert english.rpr == english.lpr == 100.0 and english.wpr is None and german.wpr is None
    assert korean.rpr is not None and korean.rpr < 100.0
    assert figures.rpr == pytest.approx((korean.rpr + german.rpr + english.rpr) / 3)
    assert english.confusion_mass < 0.01 < korean.confusion_mass
    assert 1.0 < figures.perplexity < 20.0
