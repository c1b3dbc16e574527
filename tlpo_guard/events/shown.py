"""An event as text: the answer before the point, the token that drifts, what else might have come."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tlpo_guard.events.record import Event

__all__ = ["Decode", "ShownCandidate", "ShownEvent", "shown_event"]

Decode = Callable[[list[int]], str]
"""Token ids to their text; the beginning of a character that does not end is U+FFFD."""

_CONTEXT = 48  # tokens before the point that are decoded with it
_NONE_YET = "\ufffd"


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """One of the most probable next tokens.

    Attributes:
        probability: the model's own, 0 to 1, at temperature 1 and before any masking.
        taken: it is the token that stands in the answer.
    """

    text: str
    probability: float
    drifts: bool
    taken: bool


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """The text of an event.

    Attributes:
        pieces: the last tokens of the answer before the point, each as its text.
        cut: the answer is longer than that.
        replacement: text of the token taken instead; None where none was.
        candidates: the most probable first.
    """

    pieces: tuple[str, ...]
    cut: bool
    token: str
    replacement: str | None
    candidates: tuple[ShownCandidate, ...]

    @property
    def before(self) -> str:
        """The answer before the point, cut at its beginning."""
        return ("…" if self.cut else "") + "".join(self.pieces)


def shown_event(event: Event, decode: Decode) -> ShownEvent:
    """The text of an event, by the tokenizer of its model."""
    before = list(event.output_ids[-_CONTEXT:])

    def piece(token_id: int) -> str:
        return _added(decode, before, token_id)

    taken = event.token_id if event.replacement_id is None else event.replacement_id
    candidates = (
        ShownCandidate(piece(c.token_id), math.exp(c.logprob), c.drifts, c.token_id == taken) for c in event.candidates
    )
    return ShownEvent(
        pieces=_pieces(decode, before),
        cut=len(event.output_ids) > _CONTEXT,
        token=piece(event.token_id),
        replacement=None if event.replacement_id is None else piece(event.replacement_id),
        candidates=tuple(candidates),
    )


def _added(decode: Decode, before: Sequence[int], token_id: int) -> str:
    """What one token adds to a text; with the character that the text has only begun, where it ends it."""
    text, longer = decode(list(before)).rstrip(_NONE_YET), decode([*before, token_id])
    return longer[len(text) :] if longer.startswith(text) else decode([token_id])


def _pieces(decode: Decode, ids: Sequence[int]) -> tuple[str, ...]:
    """A text by its tokens; those of which only several together are a character, as one piece."""
    pieces, begun = [], 0
    for end in range(1, len(ids) + 1):
        text = decode(list(ids[begun:end]))
        if not text.endswith(_NONE_YET) or end == len(ids):
            pieces.append(text)
            begun = end
    return tuple(pieces)
