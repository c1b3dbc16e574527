"""What the server asks of an engine; whatever runs the model implements it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from server.engines.form import Form
from tlpo_guard.brought import Brought
from tlpo_guard.errors import TlpoGuardError
from tlpo_guard.generation.draws import SamplingParams
from tlpo_guard.generation.offsets import Penalties
from tlpo_guard.generation.sequence import Logprobs, Step
from tlpo_guard.guard.guard import Guard
from tlpo_guard.policy import GuardPolicy

__all__ = [
    "AnswerRequest",
    "Engine",
    "EngineError",
    "FormError",
    "ModelCard",
    "PromptToken",
    "Resumption",
    "Tokenizer",
    "Vocabulary",
]


class EngineError(TlpoGuardError):
    """The engine failed or has stopped."""


class FormError(EngineError):
    """The answer cannot be held to its form any more."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What an engine serves.

    Attributes:
        name: under which clients ask for it.
        base_fingerprint: of the weights without any adapter.
        tokenizer_fingerprint: of the vocabulary and the added tokens.
        context_length: tokens of a prompt and its answer together.
        end_token_ids: the tokens that end an answer.
        vocabulary_size: columns of a row of logits.
    """

    name: str
    base_fingerprint: str
    tokenizer_fingerprint: str
    context_length: int
    end_token_ids: frozenset[int]
    vocabulary_size: int


class Vocabulary(Protocol):
    """The tokens of a model as bytes."""

    def token_bytes(self, token_id: int) -> bytes:
        """What a token adds to the text; empty for special tokens."""


class Tokenizer(Protocol):
    """Text to tokens and back, from any thread."""

    @property
    def chat_template(self) -> str:
        """Source of the template that conversations go through; empty where the model has none."""

    @property
    def special_tokens(self) -> Mapping[int, str]:
        """The tokens that are no text, such as those that end an answer, as they are spelt."""

    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        """The tokens of a text."""

    def decode(self, token_ids: Sequence[int], *, special: bool = False) -> str:
        """The text of some tokens; special ones are left out unless asked for."""

    def strings(self, token_ids: Sequence[int]) -> list[str]:
        """Each token as the vocabulary spells it."""

    def encode_chat(
        self,
        turns: list[dict[str, Any]],
        tools: list[dict[str, Any]] | None,
        *,
        open_answer: bool,
        go_on: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> list[int]:
        """The tokens of a conversation as the model sees it. What the turns and tools spell is text, never a control token.

        Args:
            turns: what the chat template takes as messages.
            tools: descriptions of functions, for a template that shows them.
            open_answer: end with what begins the model's answer.
            go_on: end with the last turn's text.
            options: further variables of the template.

        Raises:
            Exception: whatever the template raises on a conversation that it does not take.
        """


@dataclass(frozen=True, slots=True)
class PromptToken:
    """How probable a token of a prompt is behind those before it.

    Attributes:
        rank: 1 for the most probable token.
    """

    logprobs: Logprobs
    rank: int


@dataclass(frozen=True, slots=True)
class Resumption:
    """How an answer goes on behind the tokens that it keeps, after it went back to a confusion point.

    Attributes:
        token_id: the token that drifted there.
        language: words of this language are kept out from there on; None for the one token alone.
        until: index of the first token of the answer at which they are admitted again.
        only_observed: nothing is kept out; the next step only reports the confusion point.
    """

    token_id: int
    language: str | None = None
    until: int = 0
    only_observed: bool = False


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """One answer, or what is still to come of it.

    Attributes:
        id: of this run of the engine; no two runs share one.
        brought: by the conversation, whose strings the answer may say again.
        begun: tokens at the prompt's end that the answer goes on from.
        output_ids: tokens that the answer has already.
        max_new_tokens: behind these.
        branch: how often the answer went back; every branch draws numbers of its own.
        resumption: set where the answer went back.
        penalties: on the logits.
        stop_token_ids: end the answer, as the model's own end tokens do.
        form: that the answer has to have, behind its reasoning; None for free text.
        opened: the prompt has begun the reasoning.
        openings: tokens by which the answer may begin it.
        top_logprobs: how many to report besides the chosen token's; None for no log-probabilities.
    """

    id: str
    prompt_ids: Sequence[int]
    max_new_tokens: int
    params: SamplingParams
    policy: GuardPolicy
    brought: Brought = field(default_factory=Brought)
    begun: Sequence[int] = ()
    output_ids: Sequence[int] = ()
    branch: int = 0
    resumption: Resumption | None = None
    penalties: Penalties = field(default_factory=Penalties)
    stop_token_ids: frozenset[int] = frozenset()
    form: Form | None = None
    opened: bool = False
    openings: frozenset[int] = frozenset()
    top_logprobs: int | None = None


class Engine(Protocol):
    """Runs a model for many answers at a time, each guarded by its own policy. Used from one event loop."""

    @property
    def card(self) -> ModelCard:
        """What is served."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The model's tokens as bytes."""

    @property
    def guard(self) -> Guard:
        """The guard over these tokens; its bank is the generation thread's."""

    @property
    def tokenizer(self) -> Tokenizer:
        """Text to tokens and back."""

    @property
    def running(self) -> bool:
        """Whether answers can be generated."""

    @property
    def rows(self) -> int:
        """Answers that the engine holds, those that wait for their first step among them."""

    @property
    def restarts(self) -> int:
        """How often the engine failed and was started anew."""

    @property
    def guard_faults(self) -> int:
        """Steps in which the guard itself failed and a row passed unguarded."""

    def start(self) -> None:
        """Start; from now on steps arrive on the running event loop."""

    async def keep_running(self) -> None:
        """Start anew whenever the engine has failed, until cancelled."""

    def stop(self) -> None:
        """Stop; what is still running fails. Blocks."""

    def prepare(self, policy: GuardPolicy) -> None:
        """Make the tables that the guard needs for a policy, once for all requests like it. Blocks, on any thread."""

    async def check_form(self, form: Form) -> None:
        """Whether answers can be held to a form. Takes up to seconds for one that is new, and nothing for one that is not.

        Raises:
            ConfigurationError: they cannot; says why.
        """

    def generate(self, request: AnswerRequest) -> AsyncGenerator[list[Step]]:
        """What the steps bring, as it comes. Leaving the iterator early frees the row before the next step.

        Raises:
            EngineError: the engine failed on this request.
        """

    async def score(self, prompt_ids: list[int], count: int) -> list[PromptToken]:
        """How probable the tokens of a prompt are, without the first, which has nothing before it.

        Args:
            count: most probable tokens to report at each place.

        Raises:
            EngineError: the model cannot be run on it.
        """

    async def load_version(self, folder: Path | None) -> None:
        """Serve an adapter from the next request on; called while no answer is under way.

        Args:
            folder: as PEFT saved the adapter; None for the base, which is restored to the last bit.

        Raises:
            RegistryError: an adapter that cannot be served; the version before stays.
            EngineError: a request does not leave the engine.
        """
