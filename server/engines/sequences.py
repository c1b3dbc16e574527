"""From what an answer asks for to a row of the sampler's batch."""

import torch

from server.engines.engine import AnswerRequest
from server.engines.grammar import GrammarCompiler
from tlpo_guard.generation.draws import Draws
from tlpo_guard.generation.offsets import LogitOffsets
from tlpo_guard.generation.sequence import SampledSequence
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.state import Repair, SequenceState
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.rewind import ForeignTokens, WordWatch
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["SequenceMaker"]


class SequenceMaker:
    """Makes the sampler's sequences for one model.

    Args:
        device: where the logits are.
    """

    def __init__(
        self, guard: Guard, vocabulary: VocabularyIndex, grammar: GrammarCompiler, device: torch.device
    ) -> None:
        self._guard = guard
        self._vocabulary_size = vocabulary.size
        self._grammar = grammar
        self._device = device
        self._foreign = ForeignTokens(vocabulary)

    def prepare(self, policy: GuardPolicy) -> None:
        """Make what sequences under a policy need: 10 ms to a second where no request had its languages before."""
        self._guard.open(policy)
        if policy.mode is Mode.REWIND:
            for other in WordWatch.others(policy):
                self._foreign.table(policy.languages, other)

    def make(self, request: AnswerRequest) -> SampledSequence:
        """The sequence of a request; takes longer the longer its prompt is, so not on an event loop."""
        return SampledSequence(
            request.params,
            Draws(request.params.seed, request.branch),
            self._state(request),
            self._offsets(request),
            None if request.json_schema is None else self._grammar.constraint(request.json_schema),
            request.top_logprobs,
        )

    def _state(self, request: AnswerRequest) -> SequenceState:
        state = self._guard.open(request.policy, request.prompt_ids)
        resumption = request.resumption
        if resumption is None:
            for token_id in request.output_ids:
                self._guard.advance(state, token_id)
            return state
        state.output_ids = list(request.output_ids)
        foreign = None
        if resumption.language is not None:
            foreign = self._foreign.table(request.policy.languages, resumption.language)
        position = len(request.output_ids)
        repair = Repair(position, resumption.token_id, foreign, resumption.until, resumption.only_observed)
        return self._guard.resume(state, repair)

    def _offsets(self, request: AnswerRequest) -> LogitOffsets | None:
        if not (request.logit_bias or request.presence_penalty or request.frequency_penalty):
            return None
        return LogitOffsets(
            self._vocabulary_size,
            self._device,
            bias=request.logit_bias,
            presence=request.presence_penalty,
            frequency=request.frequency_penalty,
            output_ids=request.output_ids,
        )
