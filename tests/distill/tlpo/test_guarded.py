"""The logits processor that keeps drifting tokens out of answers."""

from dataclasses import replace

import pytest
import torch

from distill.policy_model.likelihood import Completion
from distill.selection.groups import Group
from distill.tlpo.guarded import DriftMask, clean_groups
from distill.tlpo.rewards import RulesOf
from tests.distill.conftest import ENDING, WORDS
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.vocabulary.index import VocabularyIndex

HAN, HANGUL, CYRILLIC = (256 + WORDS.index(word) for word in ("漢", "가", "мир"))
KOREAN = Group("a", (HANGUL,), 1, (0,), "ko", allow_english=False)
RUSSIAN = replace(KOREAN, language="ru")


def masked(rules_of, groups, scores, written=None, answers=None, rows=None, **settings):
    mask = DriftMask(rules_of.guard, [rules_of(g) for g in groups], answers or [()] * len(groups), **settings)
    rows = torch.tensor(range(len(groups)) if rows is None else rows)
    return mask(rows, torch.tensor(written or [[]] * len(rows), dtype=torch.long), scores)


def banned(row):
    return {i for i, score in enumerate(row.tolist()) if score == -torch.inf}


def test_every_row_loses_what_drifts_under_its_own_rules_and_what_breaks_a_character(rules_of):
    scores = torch.randn(2, 304)
    before = scores.clone()
    out = masked(rules_of, [KOREAN, RUSSIAN], scores)
    for row, group in zip(out, (KOREAN, RUSSIAN), strict=True):
        rules = rules_of(group)
        assert banned(row) == {i for i in range(304) if rules.blocked(())[i] or rules.breaks(())[i]}
    assert HAN in banned(out[0]) and CYRILLIC in banned(out[0]) and HANGUL not in banned(out[0])
    assert HANGUL in banned(out[1]) and CYRILLIC not in banned(out[1])
    kept = out > -torch.inf
    assert torch.equal(out[kept], scores[kept]) and torch.equal(scores, before)


def test_rows_that_are_left_keep_the_rules_of_their_prompts(rules_of):
    both = masked(rules_of, [KOREAN, RUSSIAN], torch.zeros(2, 304))
    left = masked(rules_of, [KOREAN, RUSSIAN], torch.zeros(2, 304), rows=[1, 1])
    assert banned(left[0]) == banned(left[1]) == banned(both[1]) != banned(both[0])


def test_a_character_that_the_answer_has_begun_is_finished(rules_of):
    """The answer's last bytes may stand in the prompt, or come token by token."""
    begun = "가".encode()[:2]
    in_prompt = masked(rules_of, [KOREAN], torch.zeros(1, 304), answers=[tuple(begun)])
    at_once = masked(rules_of, [KOREAN], torch.zeros(1, 304), [[*begun]])
    mask = DriftMask(rules_of.guard, [rules_of(KOREAN)], [()])
    for length in range(3):
        written = torch.tensor([[*begun[:length]]], dtype=torch.long)
        one_by_one = mask(torch.tensor([0]), written, torch.zeros(1, 304))
    expected = set(range(304)) - set(range(0x80, 0xC0))
    assert banned(in_prompt[0]) == banned(at_once[0]) == banned(one_by_one[0]) == expected
    assert ENDING in expected


def test_words_of_another_language_are_masked_only_on_request():
    words = [f" {word}".encode() for word in ("the", "which", "sobre", "mesa", "because")]
    tokens = [bytes([b]) for b in range(256)] + words
    rules_of = RulesOf(DriftDetector(VocabularyIndex.from_bytes(tokens)))
    group = replace(KOREAN, language="es")
    foreign = rules_of(group).foreign_words
    assert foreign is not None and foreign[256:].any() and not foreign[256:].all()
    scores = torch.zeros(1, len(tokens))
    without, with_words = (banned(masked(rules_of, [group], scores, words=words)[0]) for words in (False, True))
    assert with_words - without == {i for i, is_foreign in enumerate(foreign) if is_foreign} - without
    assert with_words - without


def test_a_row_that_would_have_nothing_left_stays_as_it_is(rules_of):
    scores = torch.full((2, 304), -torch.inf)
    scores[:, HAN] = 1.0
    scores[1, HANGUL] = 0.0
    out = masked(rules_of, [KOREAN, KOREAN], scores)
    assert torch.equal(out[0], scores[0])
    assert out[1].argmax() == HANGUL


@pytest.mark.parametrize("count", [1, 3])
def test_clean_answers_are_those_of_the_mask_up_to_the_first_drift(small_llama, batch, rules_of, count):
    made, again = (list(clean_groups(small_llama, batch[:count], rules_of, 8, 1.0, seed=2)) for _ in range(2))
    assert made == again
    made = list(map(Completion.of, made))
    prompts = {group.ids[: group.prompt_length]: group for group in batch[:count]}
    assert made and {completion.prompt_ids for completion in made} <= set(prompts)
    for completion in made:
        assert rules_of(prompts[completion.prompt_ids]).first_drift(completion.ids) is None
