"""What has to be generated for a request."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from server.engines.form import Form
from server.generation.calls import ToolTurn
from tlpo_guard.brought import Brought
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.generation.offsets import Penalties
from tlpo_guard.intent import Intent
from tlpo_guard.marks.table import MarkPair
from tlpo_guard.policy import GuardPolicy

__all__ = ["Endpoint", "Plan", "Prompt", "Reasoning"]


class Endpoint(StrEnum):
    """In which shape a request asks and is answered."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    RESPONSES = "responses"


class Reasoning(StrEnum):
    """What becomes of the reasoning before an answer."""

    IN_TEXT = "in_text"
    APART = "apart"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt.

    Attributes:
        brought: by the conversation, whose strings the answer may say again.
        text: what an echo of the prompt says.
        begun: the tokens at its end that the answer goes on from.
        opened: marks of the reasoning that the prompt has begun; None for none.
        openings: tokens by which an answer that has a form may begin to reason.
    """

    ids: list[int]
    policy: GuardPolicy
    intent: Intent
    brought: Brought
    text: str = ""
    begun: tuple[int, ...] = ()
    opened: MarkPair | None = None
    openings: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What one request wants generated.

    Attributes:
        key: name of the API key; empty where the server has none.
        pinned: adapter version; None for the current one.
        n: answers to each prompt.
        stop_token_ids: end an answer, as the model's own end tokens do.
        with_stop: a stop sequence that ends an answer is part of it.
        min_tokens: stop sequences count behind so many.
        token_ids: tell the ids of all tokens.
        tokens_as_ids: write tokens as their ids among log-probabilities.
        echo: put the prompts before their answers.
        prompt_logprobs: as `top_logprobs`, for the tokens of the prompts.
        special_tokens: show them in the text.
        reasoning: what becomes of it.
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
    penalties: Penalties = field(default_factory=Penalties)
    stop_token_ids: frozenset[int] = frozenset()
    min_tokens: int = 0
    with_stop: bool = False
    special_tokens: bool = False
    echo: bool = False
    token_ids: bool = False
    tokens_as_ids: bool = False
    prompt_logprobs: int | None = None
    reasoning: Reasoning = Reasoning.IN_TEXT
    top_logprobs: int | None = None
    form: Form | None = None
    tools: ToolTurn | None = None

    @property
    def biased(self) -> bool:
        """Whether a bias or penalties move what the tokens are drawn from."""
        return replace(self.penalties, barred={}).any  # an answer that may not end yet is in no other language

    @property
    def choices(self) -> int:
        """How many answers there will be."""
        return self.n * len(self.prompts)
