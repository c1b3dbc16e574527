"""A form that follows the reasoning."""

from pathlib import Path

import pytest
import torch

from server.engines.deferred import DeferredConstraint
from tlpo_guard.marks.tokens import START, TokenMarks
from tlpo_guard.vocabulary.index import VocabularyIndex

CPU = torch.device("cpu")
OPENS, CLOSES, FITS, OTHER = 3, 5, 500, 600


class OnlyFits:
    """Admits one token."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken: list[int] = []

    def allowed(self, device: torch.device) -> torch.Tensor:
        allowed = torch.zeros(self.size, dtype=torch.bool, device=device)
        allowed[FITS] = True
        return allowed

    def advance(self, token_id: int) -> None:
        self.taken.append(token_id)


@pytest.fixture(scope="module")
def marks(small_model: Path, model_cache: Path) -> TokenMarks:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(small_model)  # type: ignore[no-untyped-call]
    vocabulary = VocabularyIndex.of(tokenizer, size=49_152, cache_dir=model_cache)
    return TokenMarks(vocabulary, {OPENS: "<think>", CLOSES: "</think>"})


def test_the_form_begins_behind_reasoning_that_the_prompt_has_opened(marks: TokenMarks) -> None:
    form = OnlyFits(49_152)
    held = DeferredConstraint(form, marks, marks.advance(START, OPENS), (), 49_152)
    for token_id in (OTHER, FITS, CLOSES):
        assert held.allowed(CPU).all()
        held.advance(token_id)
    assert held.allowed(CPU).nonzero().flatten().tolist() == [FITS]
    held.advance(FITS)
    assert form.taken == [FITS]


@pytest.mark.parametrize("reasons", [True, False])
def test_an_answer_may_begin_with_reasoning_and_not_later(marks: TokenMarks, reasons: bool) -> None:
    form = OnlyFits(49_152)
    held = DeferredConstraint(form, marks, START, {OPENS}, 49_152)
    assert held.allowed(CPU).nonzero().flatten().tolist() == [OPENS, FITS]
    for token_id in (OPENS, OTHER, CLOSES) if reasons else (FITS,):
        held.advance(token_id)
    assert held.allowed(CPU).nonzero().flatten().tolist() == [FITS]
    assert form.taken == ([] if reasons else [FITS])
