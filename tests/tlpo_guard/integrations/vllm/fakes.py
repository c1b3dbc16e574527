"""What vLLM hands to a logits processor, without vLLM."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tlpo_guard.events.record import Event
from tlpo_guard.events.writer import EventWriter
from tlpo_guard.integrations.vllm.logged import EngineLog


class Direction(Enum):
    UNIDIRECTIONAL = 0
    SWAP = 1


@dataclass
class Update:
    """vLLM's `BatchUpdate`."""

    batch_size: int
    removed: list[int] = field(default_factory=list)
    added: list[tuple[int, Any, list[int] | None, list[int]]] = field(default_factory=list)
    moved: list[tuple[int, int, Direction]] = field(default_factory=list)


@dataclass
class Params:
    """The fields of vLLM's `SamplingParams` that the guard reads."""

    extra_args: dict[str, Any] | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repetition_penalty: float = 1.0
    logit_bias: dict[int, float] | None = None
    structured_outputs: Any = None


class Stored:
    """A store that keeps events in memory."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, events: list[Event], *, with_context: bool = True) -> None:
        self.events += events


def log_into(store: Stored) -> EngineLog:
    """A log as an engine has it."""
    return EngineLog(EventWriter(store), "m", "base-fingerprint", "tokenizer-fingerprint")
