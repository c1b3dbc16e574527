"""What has to be generated for a request."""

from dataclasses import dataclass
from enum import StrEnum

from server.engines.form import Form
from server.generation.tool_parser import ToolTurn
from tlpo_guard.brought import Brought
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.intent import Intent
from tlpo_guard.policy import GuardPolicy

__all__ = ["Endpoint", "Plan", "Prompt"]


class Endpoint(StrEnum):
    """In which shape a request asks and is answered."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    RESPONSES = "responses"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt.

    Attributes:
        brought: by the conversation, whose strings the answer may say again.
    """

    ids: list[int]
    policy: GuardPolicy
    intent: Intent
    brought: Brought


@dataclass(frozen=True, slots=True)
class Plan:
    """What one request wants generated.

    Attributes:
        key: name of the API key.
        pinned: adapter version; None for the current one.
        n: answers to each prompt.
        top_logprobs: None for no log-probabilities.
        form: that each answer has to have; None for free text.
    """

    endpoint: Endpoint
    key: str
    user: str | None
    model: str
    pinned: str | None
    prompts: tuple[Prompt, ...]
    n: int
    params: SamplingParams
    max_new_tokens: int
    stops: tuple[str, ...] = ()
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    logit_bias: tuple[tuple[int, float], ...] = ()
    top_logprobs: int | None = None
    form: Form | None = None
    tools: ToolTurn | None = None

    @property
    def choices(self) -> int:
        """How many answers there will be."""
        return self.n * len(self.prompts)
