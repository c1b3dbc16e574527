"""From what an answer asks for to a row of the sampler's batch."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import torch

from server.engines.deferred import DeferredConstraint
from server.engines.engine import AnswerRequest
from server.engines.form import Form
from server.engines.grammar import GrammarCompiler
from tlpo_guard.generation.draws import Draws
from tlpo_guard.generation.offsets import LogitOffsets
from tlpo_guard.generation.sequence import Constraint, SampledSequence
from tlpo_guard.guard.course import possible_policies
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.state import Repair, SequenceState
from tlpo_guard.marks.tokens import START
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.rewind import ForeignTokens, WordWatch
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["SequenceMaker"]


class SequenceMaker:
    """Makes the sampler's sequences for one model, on threads of its own.

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
        self._making = ThreadPoolExecutor(1, thread_name_prefix="sequences")
        self._compiling = ThreadPoolExecutor(1, thread_name_prefix="grammars")

    def start(self) -> None:
        """Make ready for the first form, where this tokenizer can be led by one; where it cannot, the first form says so."""
        self._compiling.submit(self._grammar.prepare)

    def close(self) -> None:
        """End the threads, and the process that tries grammars."""
        self._making.shutdown(wait=False, cancel_futures=True)
        self._compiling.shutdown(wait=False, cancel_futures=True)
        self._grammar.close()

    def prepare(self, policy: GuardPolicy) -> None:
        """Make what sequences under a policy need: 10 ms to a second where no request had its languages before."""
        if not policy.guards:
            return
        for possible in possible_policies(policy):
            self._guard.detector.rules(possible)
            if policy.mode is Mode.REWIND:
                for other in WordWatch.others(possible):
                    self._foreign.table(possible.languages, other)

    async def check_form(self, form: Form) -> None:
        """Whether answers can be held to a form; raises ConfigurationError."""
        if self._grammar.is_known(form):
            self._grammar.check(form)
        else:
            await asyncio.get_running_loop().run_in_executor(self._compiling, self._grammar.check, form)

    async def make_elsewhere(self, request: AnswerRequest) -> SampledSequence:
        """`make` on a thread of its own, for an event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._making, self.make, request)

    def make(self, request: AnswerRequest) -> SampledSequence:
        """The sequence of a request; takes longer the longer its prompt is."""
        return SampledSequence(
            request.params,
            Draws(request.params.seed, request.branch),
            self._state(request),
            self._offsets(request),
            self._constraint(request),
            request.top_logprobs,
        )

    def _constraint(self, request: AnswerRequest) -> Constraint | None:
        if request.form is None:
            return None
        constraint = self._grammar.constraint(request.form)
        if not (request.opened or request.openings):
            return constraint
        marks = self._guard.marks
        state = marks.after_prompt(request.prompt_ids) if request.opened else START
        return DeferredConstraint(constraint, marks, state, request.openings, self._vocabulary_size)

    def _state(self, request: AnswerRequest) -> SequenceState:
        state = self._guard.open(request.policy, request.prompt_ids, request.brought, request.begun)
        resumption = request.resumption
        if resumption is None:
            for token_id in request.output_ids:
                self._guard.advance(state, token_id)
            return state
        state.output_ids = list(request.output_ids)
        position, until = len(request.output_ids), resumption.until
        repair = Repair(position, resumption.token_id, None, until, resumption.only_observed)
        resumed = self._guard.resume(state, repair)
        if resumption.language is not None:
            foreign = self._foreign.table(resumed.course.policy.languages, resumption.language)
            resumed.repair = replace(repair, others=foreign)
        return resumed

    def _offsets(self, request: AnswerRequest) -> LogitOffsets | None:
        penalties = request.penalties
        if request.form is not None and penalties.barred:
            penalties = replace(penalties, barred={})  # an answer with a form ends when the form is whole
        if not penalties.any:
            return None
        return LogitOffsets(
            self._vocabulary_size,
            self._device,
            penalties,
            prompt_ids=request.prompt_ids,
            output_ids=request.output_ids,
        )
