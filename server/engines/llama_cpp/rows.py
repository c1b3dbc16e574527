"""One answer that the engine writes."""

from collections.abc import Callable
from dataclasses import dataclass

from server.engines.engine import EngineError
from server.engines.llama_cpp.kept import Slot
from tlpo_guard.generation.sequence import SampledSequence

__all__ = ["Row"]


@dataclass(slots=True, eq=False)
class Row:
    """An answer from its first token to its last.

    Attributes:
        token_ids: of the prompt and the answer so far.
        prompt: how many of them are the prompt's.
        left: tokens that the answer may still have.
        ends: tokens that end it.
        fail: tells whoever waits for it that there will be no more.
        slot: where its keys and values are; None while it waits.
    """

    token_ids: list[int]
    prompt: int
    left: int
    ends: frozenset[int]
    sequence: SampledSequence
    fail: Callable[[EngineError], None]
    slot: Slot | None = None

    @property
    def computed(self) -> int:
        """Tokens whose keys and values are there."""
        return 0 if self.slot is None else len(self.slot.token_ids)

    @property
    def missing(self) -> int:
        """Tokens to compute before the next one can be drawn."""
        return len(self.token_ids) - self.computed

    def take(self, token_id: int) -> bool:
        """A token was drawn; whether it is the last one."""
        self.token_ids.append(token_id)
        self.left -= 1
        return self.left <= 0 or token_id in self.ends
