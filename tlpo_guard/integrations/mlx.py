"""The guard inside MLX-LM, for scripts that call `generate` or `stream_generate` themselves."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import mlx.core as mx
import numpy as np
from mlx_lm.sample_utils import make_sampler

from tlpo_guard.events.drafts import AnswerOrigin
from tlpo_guard.guard.build import build_guard
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rows.answers import Answers, TokenIds
from tlpo_guard.rows.cuts import Cut, Cuts
from tlpo_guard.rows.host_masker import HostMasker
from tlpo_guard.rows.request import Conversation, OnEvent, RowRequest
from tlpo_guard.rows.row_guard import RowGuard

__all__ = ["GuardedAnswers", "guarded"]

_ORDER = (Cut.TOP_P, Cut.MIN_P, Cut.TOP_K)  # in which MLX-LM's own sampler cuts
_maskers: "WeakKeyDictionary[Any, HostMasker]" = WeakKeyDictionary()


class GuardedAnswers:
    """A logits processor for the answers to one request, one answer after the other; made by `guarded`."""

    def __init__(self, tokenizer: Any, request: RowRequest) -> None:
        self._tokenizer = tokenizer
        self._request = request
        self._columns = 0
        self._answers = Answers(self._begin)

    @property
    def options(self) -> dict[str, Any]:
        """Keywords for `generate` and `stream_generate`: the sampler, and this as the last logits processor."""
        return {"sampler": self.sampler, "logits_processors": [self]}

    @property
    def sampler(self) -> Callable[[mx.array], mx.array]:
        """MLX-LM's own, with the cuts that the guard leaves to it."""
        cuts = self._request.left_to_engine
        sampler: Callable[[mx.array], mx.array] = make_sampler(
            temp=self._request.temperature, top_p=cuts.top_p, min_p=cuts.min_p, top_k=cuts.top_k
        )
        return sampler

    @property
    def events(self) -> list[EventDraft]:
        """The confusion points of the last answer whose tokens are known; MLX-LM reads one row further than it answers."""
        answer = self._answers.current
        return [] if answer is None else [d for d in answer.events if d.position < len(answer.state.output_ids)]

    def __call__(self, tokens: mx.array, logits: mx.array) -> mx.array:
        """The row without its drifting tokens; [1, vocabulary]."""
        self._columns = logits.shape[-1]
        row = np.array(logits[0].astype(mx.float32))
        kept = np.isfinite(row)
        masked = self._answers.mask(tokens, row)
        return mx.where(mx.array(kept & ~np.isfinite(masked))[None], -mx.inf, logits).astype(logits.dtype)

    def _begin(self, token_ids: TokenIds) -> RowGuard:
        return self._request.begin(_row_masks(self._tokenizer, self._columns), np.array(token_ids))


def guarded(
    tokenizer: Any,
    policy: GuardPolicy | str,
    *,
    temperature: float = 0.0,
    top_p: float = 1.0,
    min_p: float = 0.0,
    top_k: int = 0,
    conversation: Conversation = (),
    on_event: OnEvent | None = None,
    origin: AnswerOrigin | None = None,
) -> GuardedAnswers:
    """The guard of one request: `generate(model, tokenizer, prompt, **guarded(tokenizer, "ko").options)`.

    Args:
        tokenizer: that `mlx_lm.load` gives.
        policy: or its languages, `"ko"`.
        temperature: of the request, as are `top_p`, `min_p` and `top_k`.
        conversation: the messages, or their texts, whose strings the answer may say again.
        on_event: called with each event when its token is known, such as an `EventWriter`'s `put`.
        origin: what the events say of where they come from.
    """
    cuts = Cuts(top_k=top_k, top_p=top_p or 1.0, min_p=min_p, order=_ORDER)
    plain = getattr(tokenizer, "_tokenizer", tokenizer)
    origin = origin or AnswerOrigin()
    named = replace(origin, model=origin.model or str(getattr(plain, "name_or_path", "")))
    return GuardedAnswers(plain, RowRequest.of(policy, temperature, cuts, conversation, named, on_event))


def _row_masks(tokenizer: Any, columns: int) -> HostMasker:
    """The guard's tables over a vocabulary, made at its first row, which tells how many columns the model has."""
    if tokenizer not in _maskers:
        _maskers[tokenizer] = HostMasker(build_guard(tokenizer, columns))
    return _maskers[tokenizer]
