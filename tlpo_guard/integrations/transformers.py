"""The guard inside transformers: for `model.generate`, and for continuous batching."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import LogitsProcessor
from transformers.generation.continuous_batching.cb_logits_processors import ContinuousBatchingLogitsProcessor

from tlpo_guard.detector import DriftDetector
from tlpo_guard.guard import EventDraft, Finding, Guard, SequenceState
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.sampling import Race, SamplingParams, distribution, pick
from tlpo_guard.vocabulary import VocabularyIndex

__all__ = ["GuardedSampler", "LanguageGuardLogitsProcessor", "SampledSequence", "build_guard"]

logger = logging.getLogger(__name__)


def build_guard(tokenizer: Any, vocabulary_size: int, cache_dir: Path | None = None) -> Guard:
    """The guard over one tokenizer; `vocabulary_size` is the number of logits columns."""
    return Guard(DriftDetector(VocabularyIndex.of(tokenizer, size=vocabulary_size, cache_dir=cache_dir)))


class LanguageGuardLogitsProcessor(LogitsProcessor):
    """Keeps `model.generate(...)` in the policy's languages. One instance for one call of `generate`; no beam search.

    Attributes:
        events: the confusion points so far, as (row, draft).
    """

    def __init__(self, tokenizer: Any, vocabulary_size: int, policy: GuardPolicy, prompt_length: int) -> None:
        self.guard = build_guard(tokenizer, vocabulary_size)
        self.policy = policy
        self.events: list[tuple[int, EventDraft]] = []
        self._prompt_length = prompt_length
        self._states: list[SequenceState] = []

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Rows of logits with the drifting tokens at minus infinity; float [rows, vocabulary]."""
        if not self.policy.guards:
            return scores
        self._catch_up(input_ids)
        logits = scores.float()
        findings = {f.row: f for f in self.guard.review(logits, self._states, lambda row: logits[row].softmax(-1))}
        out = scores.clone()
        for row, state in enumerate(self._states):
            finding = findings.get(row)
            masked = None
            if self.policy.mode is Mode.MASK:
                masked = self.guard.masked(scores[row], state, spare_character=finding is not None)
                out[row] = scores[row] if masked is None else masked
            if finding is not None:
                replacement = None if masked is None else int(masked.argmax())
                action = self._action(masked)
                self.guard.report(logits[row], state, finding.token_id, finding.mass, action, replacement)
        return out  # type: ignore[return-value]

    def _action(self, masked: torch.Tensor | None) -> str:
        if self.policy.mode is Mode.OBSERVE:
            return "observed"
        return "stood_back" if masked is None else "masked"

    def _catch_up(self, input_ids: torch.LongTensor) -> None:
        if not self._states:
            for row in range(input_ids.shape[0]):
                self._states.append(self.guard.open(self.policy, self._recorder(row)))
        for row, state in enumerate(self._states):
            for token_id in input_ids[row, self._prompt_length + len(state.output_ids) :].tolist():
                self.guard.advance(state, token_id)

    def _recorder(self, row: int) -> Callable[[SequenceState, EventDraft], None]:
        return lambda _, draft: self.events.append((row, draft))


@dataclass(slots=True)
class SampledSequence:
    """One request in the batch: how it samples and what the guard knows of it."""

    params: SamplingParams
    race: Race
    state: SequenceState

    def __deepcopy__(self, memo: dict[int, Any]) -> "SampledSequence":
        """The engine copies a request that it evicts and starts again; the sequence stays one and the same."""
        return self


class GuardedSampler(ContinuousBatchingLogitsProcessor):
    """Samples each row by its own request's settings, guarded, and leaves a row that only the choice can win.

    The winner is drawn from the untouched row first; only where it drifts is the row masked and the race run again with the
    same noise. Nothing changes in a row that does not drift. Requests carry their `SampledSequence` as the keyword
    `sequence`. A fault in the guard is counted, logged and costs at most its own row's guard or event.
    """

    supported_kwargs = {"sequence": SampledSequence}  # noqa: RUF012 (the base class's contract)
    ignored_kwargs = ()

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.faults = 0
        self.interventions = 0
        self._rows: list[SampledSequence] = []

    def fill_defaults(self, int32_tensor: torch.Tensor) -> None:
        """No defaults: the rows are kept on the host."""
        int32_tensor.zero_()

    def prepare_tensor_args(self, requests_with_new_token: list[Any]) -> torch.Tensor:
        """Remember whose rows come next, in the order of the scores."""
        self._rows = [request.state.logit_processor_kwargs["sequence"] for request in requests_with_new_token]
        return torch.zeros(len(self._rows), dtype=torch.int32)

    def __call__(self, scores: torch.FloatTensor, tensor_arg: torch.Tensor) -> torch.FloatTensor:
        """Rows with 0 at the chosen token and minus infinity elsewhere; float [rows, vocabulary]."""
        count = len(self._rows)
        logits = scores[:count]
        probs = distribution(logits, [s.params for s in self._rows])
        noise = [None if s.params.greedy else s.race.noise(logits.shape[-1]) for s in self._rows]
        chosen = [int(pick(probs[row], noise[row])) for row in range(count)]
        findings = self._review(logits, probs)
        out = torch.full_like(scores, -torch.inf)
        for row, sequence in enumerate(self._rows):
            token_id = self._guarded(sequence, logits[row], probs[row], noise[row], chosen[row], findings.get(row))
            self._advance(sequence, token_id)
            out[row, token_id] = 0.0
        return out  # type: ignore[return-value]

    def _fault(self) -> None:
        self.faults += 1
        logger.exception("the guard failed; the row passes unguarded")

    def _review(self, logits: torch.Tensor, probs: torch.Tensor) -> dict[int, Finding]:
        try:
            states = [s.state for s in self._rows]
            return {f.row: f for f in self.guard.review(logits, states, lambda row: probs[row])}
        except Exception:
            self._fault()
            return {}

    def _advance(self, sequence: SampledSequence, token_id: int) -> None:
        try:
            self.guard.advance(sequence.state, token_id)
        except Exception:
            self._fault()

    def _guarded(
        self,
        sequence: SampledSequence,
        row: torch.Tensor,
        probs: torch.Tensor,
        noise: torch.Tensor | None,
        chosen: int,
        finding: Finding | None,
    ) -> int:
        """The token that a row ends up with; its event is logged."""
        token_id, action, replacement = chosen, "observed", None
        try:
            drifted = self.guard.drifts(sequence.state, chosen)
            if finding is None and not drifted:
                return chosen
            if sequence.state.policy.mode is Mode.MASK:
                action = "masked"
                if drifted:
                    replacement = self._replace(row, sequence, noise)
                    action = "stood_back" if replacement is None else "masked"
                    token_id = chosen if replacement is None else replacement
            mass = self.guard.mass(probs, sequence.state) if finding is None else finding.mass
            drifting = chosen if drifted or finding is None else finding.token_id
            self.guard.report(row, sequence.state, drifting, mass, action, replacement)
        except Exception:
            self._fault()
        return token_id

    def _replace(self, row: torch.Tensor, sequence: SampledSequence, noise: torch.Tensor | None) -> int | None:
        masked = self.guard.masked(row, sequence.state, spare_character=True)
        if masked is None:
            return None
        self.interventions += 1
        return int(pick(distribution(masked.unsqueeze(0), [sequence.params])[0], noise))
