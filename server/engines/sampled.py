"""What engines have in common in which our own sampler draws: sequences, the way of steps to the event loop, restarts."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager

import torch

from server.engines.delivery import Arrivals, Delivery
from server.engines.engine import AnswerRequest, ModelCard, Tokenizer
from server.engines.form import Form
from server.engines.grammar import GrammarCompiler
from server.engines.restarts import Restarts
from server.engines.sequences import SequenceMaker
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence, Step
from tlpo_guard.guard.guard import Guard
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["SampledEngine"]


class SampledEngine(ABC):
    """The part of an `Engine` that does not depend on what runs the model.

    Args:
        card: what is served.
        tokenizer: of the model.
        sampler: draws and guards.
        grammar: holds answers to forms.
        device: where the logits are.
    """

    def __init__(
        self, card: ModelCard, tokenizer: Tokenizer, sampler: Sampler, grammar: GrammarCompiler, device: torch.device
    ) -> None:
        self._card, self._tokenizer, self._sampler = card, tokenizer, sampler
        self._delivery = Delivery()
        self._sequences = SequenceMaker(sampler.guard, self.vocabulary, grammar, device)
        self._restarts = Restarts(lambda: self.running, self._start_anew)

    @property
    def card(self) -> ModelCard:
        """What is served."""
        return self._card

    @property
    def guard(self) -> Guard:
        """The guard over the model's tokens."""
        return self._sampler.guard

    @property
    def vocabulary(self) -> VocabularyIndex:
        """The model's tokens as bytes."""
        return self.guard.detector.vocabulary

    @property
    def tokenizer(self) -> Tokenizer:
        """Text to tokens and back."""
        return self._tokenizer

    @property
    def guard_faults(self) -> int:
        """Steps in which the guard itself failed and a row passed unguarded."""
        return self._sampler.faults

    @property
    def restarts(self) -> int:
        """How often it failed and was started anew."""
        return self._restarts.count

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether the engine takes requests."""

    @abstractmethod
    async def _start_anew(self) -> None:
        """Start after a failure, with an empty cache."""

    async def keep_running(self) -> None:
        """Start the engine anew whenever it has failed; until cancelled."""
        await self._restarts.keep_running()

    def prepare(self, policy: GuardPolicy) -> None:
        """Make the tables that the guard needs for a policy; blocks, on any thread."""
        self._sequences.prepare(policy)

    async def check_form(self, form: Form) -> None:
        """Whether answers can be held to a form; raises ConfigurationError."""
        await self._sequences.check_form(form)

    async def generate(self, request: AnswerRequest) -> AsyncGenerator[list[Step]]:
        """What the steps bring, as it comes. Leaving the iterator early frees the row before the next step.

        Raises:
            EngineError: the engine failed on this request.
        """
        sequence = await self._sequences.make_elsewhere(request)
        arrivals = Arrivals(request, self._ends(request))
        self._delivery.connect(sequence, arrivals)
        async with self._entered(request, sequence, arrivals):
            while not arrivals.finished:
                yield await arrivals.take()

    def _ends(self, request: AnswerRequest) -> frozenset[int]:
        """The tokens that end an answer."""
        return self._card.end_token_ids | request.stop_token_ids

    @abstractmethod
    def _entered(
        self, request: AnswerRequest, sequence: SampledSequence, arrivals: Arrivals
    ) -> AbstractAsyncContextManager[None]:
        """The request in the batch; on leaving, its row is freed where the answer has not come to its end."""
