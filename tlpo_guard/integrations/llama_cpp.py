"""The guard inside llama-cpp-python, for scripts that call `Llama` themselves."""

import ctypes
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.events.drafts import AnswerOrigin
from tlpo_guard.guard.detector import DriftDetector
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rows.answers import Answers
from tlpo_guard.rows.cuts import Cuts
from tlpo_guard.rows.host_masker import HostMasker
from tlpo_guard.rows.request import Conversation, OnEvent, RowRequest
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["GuardedAnswers", "guarded", "row_masks"]

_ROOM = 4096  # bytes of a token
_maskers: "WeakKeyDictionary[llama_cpp.Llama, HostMasker]" = WeakKeyDictionary()


class GuardedAnswers(llama_cpp.LogitsProcessorList):  # type: ignore[misc]
    """Logits processors for the answers to one request, one answer after the other; made by `guarded`."""

    def __init__(self, masker: HostMasker, request: RowRequest) -> None:
        super().__init__([self._mask])
        self._request = request
        self._answers = Answers(lambda token_ids: request.begin(masker, token_ids))

    @property
    def options(self) -> dict[str, Any]:
        """Keywords for `create_chat_completion`, `create_completion` and `generate` (which names the temperature `temp`)."""
        cuts = self._request.left_to_engine
        sampling = {"top_k": cuts.top_k, "top_p": cuts.top_p, "min_p": cuts.min_p}
        return {"logits_processor": self, "temperature": self._request.temperature, **sampling}

    @property
    def events(self) -> list[EventDraft]:
        """The confusion points of the last answer; that of its last token names no replacement."""
        return [] if self._answers.current is None else self._answers.current.events

    def finish(self) -> None:
        """The last answer has ended: tell the event of its last token, which llama.cpp shows to nobody."""
        if self._answers.current is not None:
            self._answers.current.finish()

    def extend(self, processors: Iterable[Any]) -> "GuardedAnswers":
        """Add processors. llama-cpp-python goes on with what this returns where a request has a `logit_bias`."""
        super().extend(processors)
        return self

    def _mask(self, token_ids: NDArray[np.intc], logits: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._answers.mask(token_ids, np.ascontiguousarray(logits))


def guarded(
    llm: llama_cpp.Llama,
    policy: GuardPolicy | str,
    *,
    temperature: float = 0.8,
    top_k: int = 40,
    top_p: float = 0.95,
    min_p: float = 0.05,
    conversation: Conversation = (),
    on_event: OnEvent | None = None,
    origin: AnswerOrigin | None = None,
) -> GuardedAnswers:
    """The guard of one request: `llm.create_chat_completion(messages, **guarded(llm, "ko").options)`.

    Args:
        policy: or its languages, `"ko"`.
        temperature: of the request, as are `top_k`, `top_p` and `min_p`; llama-cpp-python's own defaults.
        conversation: the messages, or their texts, whose strings the answer may say again.
        on_event: called with each event when its token is known, such as an `EventWriter`'s `put`.
        origin: what the events say of where they come from.

    Raises:
        ConfigurationError: a model with a draft model, whose tokens no processor sees in their places.
    """
    if llm.draft_model is not None:
        raise ConfigurationError("the guard cannot follow a draft model; load the model without draft_model")
    cuts = Cuts(top_k=max(top_k, 0), top_p=top_p, min_p=min_p)
    origin = origin or AnswerOrigin()
    named = replace(origin, model=origin.model or Path(llm.model_path).stem)
    return GuardedAnswers(row_masks(llm), RowRequest.of(policy, temperature, cuts, conversation, named, on_event))


def row_masks(llm: llama_cpp.Llama) -> HostMasker:
    """The guard's tables over a model's vocabulary, made once: half a second for 150,000 tokens."""
    if llm not in _maskers:
        vocabulary = llama_cpp.llama_model_get_vocab(llm._model.model)
        size = llm.n_vocab()
        index = VocabularyIndex.from_bytes([_token_bytes(vocabulary, token_id) for token_id in range(size)])
        _maskers[llm] = HostMasker(Guard(DriftDetector(index), _special_texts(vocabulary, size)))
    return _maskers[llm]


def _token_bytes(vocabulary: Any, token_id: int) -> bytes:
    """What a token adds to a text; nothing for those that are no text."""
    buffer = ctypes.create_string_buffer(_ROOM)
    count = llama_cpp.llama_token_to_piece(vocabulary, token_id, buffer, _ROOM, 0, False)
    return buffer.raw[:count] if count > 0 else b""


def _special_texts(vocabulary: Any, size: int) -> dict[int, str]:
    """The texts of tokens that are none, and of those that were added by hand: marks of reasoning may be either."""
    special = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
    found = (i for i in range(size) if llama_cpp.llama_vocab_get_attr(vocabulary, i) & special)
    return {i: (llama_cpp.llama_vocab_get_text(vocabulary, i) or b"").decode(errors="replace") for i in found}
