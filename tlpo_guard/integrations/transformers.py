"""The guard inside transformers: for `model.generate`, and for continuous batching."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from transformers import LogitsProcessor
from transformers.generation.continuous_batching.cb_logits_processors import ContinuousBatchingLogitsProcessor

from tlpo_guard.generation.draws import Choice, choose
from tlpo_guard.generation.sequence import Constraint, Logprobs, SampledSequence, Step
from tlpo_guard.guard.build import build_guard
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.points import Action, EventDraft, Finding, Kind
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.policy import GuardPolicy, Mode

__all__ = ["GuardedSampler", "LanguageGuardLogitsProcessor"]

logger = logging.getLogger(__name__)


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
        warm = [1.0] * len(self._states)
        found = self.guard.review(logits, self._states, warm, lambda row: logits[row].softmax(-1))
        findings = {f.row: f for f in found}
        out = scores.clone()
        for row, state in enumerate(self._states):
            finding = findings.get(row)
            masked = None
            if self.policy.mode is not Mode.OBSERVE:
                masked = self.guard.masked(scores[row], state, spare_character=finding is not None)
                out[row] = scores[row] if masked is None else masked
            if finding is not None:
                replacement = None if masked is None else int(masked.argmax())
                action = self._action(masked)
                self.guard.report(logits[row], state, finding.token_id, finding.mass, action, replacement)
                self.events += [(row, draft) for draft in state.drafts]
                state.drafts.clear()
        return out  # type: ignore[return-value]

    def _action(self, masked: torch.Tensor | None) -> Action:
        if self.policy.mode is Mode.OBSERVE:
            return Action.OBSERVED
        return Action.STOOD_BACK if masked is None else Action.MASKED

    def _catch_up(self, input_ids: torch.LongTensor) -> None:
        if not self._states:
            for row in range(input_ids.shape[0]):
                self._states.append(self.guard.open(self.policy, input_ids[row, : self._prompt_length].tolist()))
        for row, state in enumerate(self._states):
            for token_id in input_ids[row, self._prompt_length + len(state.output_ids) :].tolist():
                self.guard.advance(state, token_id)


class GuardedSampler(ContinuousBatchingLogitsProcessor):
    """Samples each row by its own request's settings, guarded, and leaves a row that only the choice can win.

    The winner is drawn from the untouched row first; only where it drifts is the row masked and drawn from again. Nothing
    changes in a row that does not drift. Requests carry their `SampledSequence` as the keyword `sequence`. A fault in the
    guard is counted, logged and costs at most its own row's guard or event.
    """

    supported_kwargs = {"sequence": SampledSequence}  # noqa: RUF012 (the base class's contract)
    ignored_kwargs = ()

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.faults = 0
        self.on_step: Callable[[], None] = lambda: None
        self._rows: list[SampledSequence] = []

    def fill_defaults(self, int32_tensor: torch.Tensor) -> None:
        """No defaults: the rows are kept on the host."""
        int32_tensor.zero_()

    def prepare_tensor_args(self, requests_with_new_token: list[Any]) -> torch.Tensor:
        """Remember whose rows come next, in the order of the scores."""
        self._rows = [request.state.logit_processor_kwargs["sequence"] for request in requests_with_new_token]
        return torch.zeros(len(self._rows), dtype=torch.int32)

    def __call__(self, scores: torch.FloatTensor, tensor_arg: torch.Tensor) -> torch.FloatTensor:
        """The same rows, changed in place so that an argmax finds the chosen tokens; float [rows, vocabulary]."""
        rows = self._rows
        raw = scores[: len(rows)]
        logits, errors = _adjusted(raw, rows)
        uniforms = [sequence.draws.next() for sequence in rows]
        before = [(s.state.mass, s.state.interventions, s.state.stood_back) for s in rows]
        choices = choose(logits, [s.params for s in rows], [u[0] for u in uniforms])
        findings = self._review(logits, choices)
        tokens = []
        for row, sequence in enumerate(rows):
            token_id = self._guarded(sequence, logits[row], choices[row], uniforms[row][1], findings.get(row), raw[row])
            tokens.append(token_id)
            self._finish(sequence, token_id, raw[row], errors.get(row), before[row])
        scores[torch.arange(len(tokens)), torch.tensor(tokens, dtype=torch.long)] = torch.inf
        self.on_step()
        return scores

    def _fault(self) -> None:
        self.faults += 1
        logger.exception("the guard failed; the row passes unguarded")

    def _review(self, logits: torch.Tensor, choices: list[Choice]) -> dict[int, Finding]:
        try:
            states = [s.state for s in self._rows]
            temperatures = [0.0 if s.params.greedy else s.params.temperature for s in self._rows]
            found = self.guard.review(logits, states, temperatures, lambda row: choices[row].probs)
            return {f.row: f for f in found}
        except Exception:
            self._fault()
            return {}

    def _finish(
        self,
        sequence: SampledSequence,
        token_id: int,
        raw: torch.Tensor,
        error: str | None,
        before: tuple[float, int, int],
    ) -> None:
        try:
            self.guard.advance(sequence.state, token_id)
        except Exception:
            self._fault()
        if sequence.offsets is not None:
            sequence.offsets.advance(token_id)
        if sequence.constraint is not None and error is None:
            error = _failure(partial(sequence.constraint.advance, token_id))
        if sequence.deliver is not None:
            told = None if sequence.top_logprobs is None else _logprobs(raw, token_id, sequence.top_logprobs)
            mass, interventions, stood_back = before
            state = sequence.state
            sequence.deliver(
                Step(
                    token_id,
                    tuple(state.drafts),
                    told,
                    error,
                    mass=state.mass - mass,
                    replaced=state.interventions > interventions,
                    stood_back=state.stood_back > stood_back,
                )
            )
        sequence.state.drafts.clear()

    def _guarded(
        self,
        sequence: SampledSequence,
        row: torch.Tensor,
        choice: Choice,
        uniform: float,
        finding: Finding | None,
        raw: torch.Tensor,
    ) -> int:
        """The token that a row ends up with; its event is logged."""
        state, chosen = sequence.state, choice.token_id
        token_id, action, replacement = chosen, Action.OBSERVED, None
        try:
            if state.repair is not None and (ended := self._repaired(sequence, row, choice, uniform, raw)) is not None:
                return ended
            drifted = self.guard.drifts(state, chosen)
            if finding is None and not drifted:
                return chosen
            if state.policy.mode in (Mode.MASK, Mode.REWIND):
                action = Action.MASKED
                if drifted:
                    replacement = self._replace(row, sequence, uniform)
                    action = Action.STOOD_BACK if replacement is None else Action.MASKED
                    token_id = chosen if replacement is None else replacement
                    if replacement is None:
                        if sequence.constraint is not None:  # the form leaves no other: no confusion of the model's
                            return chosen
                        state.stood_back += 1
            mass = _drift_mass(self.guard, choice, state) if finding is None else finding.mass
            drifting = chosen if drifted or finding is None else finding.token_id
            self.guard.report(raw, state, drifting, mass, action, replacement)
        except Exception:
            self._fault()
        return token_id

    def _repaired(
        self, sequence: SampledSequence, row: torch.Tensor, choice: Choice, uniform: float, raw: torch.Tensor
    ) -> int | None:
        """The token behind a confusion point that the answer has gone back to; None where the repair does not apply."""
        state, repair = sequence.state, sequence.state.repair
        assert repair is not None
        at, chosen = len(state.output_ids), choice.token_id
        mass = float(chosen == repair.token_id) if choice.probs is None else float(choice.probs[repair.token_id])
        if repair.only_observed:
            self.guard.report(raw, state, repair.token_id, mass, Action.OBSERVED, None, kind=Kind.WORD)
            return chosen
        if at != repair.position:
            if not self.guard.banned(state, chosen):
                return None
            replacement = self._replace(row, sequence, uniform)
            return chosen if replacement is None else replacement
        replacement = self._replace(row, sequence, uniform) if self._unwanted(state, chosen) else chosen
        action = Action.STOOD_BACK if replacement is None else Action.REWOUND
        self.guard.report(raw, state, repair.token_id, mass, action, replacement, kind=Kind.WORD)
        return chosen if replacement is None else replacement

    def _unwanted(self, state: SequenceState, token_id: int) -> bool:
        return self.guard.banned(state, token_id) or self.guard.drifts(state, token_id)

    def _replace(self, row: torch.Tensor, sequence: SampledSequence, uniform: float) -> int | None:
        masked = self.guard.masked(row, sequence.state, spare_character=True)
        if masked is None:
            return None
        sequence.state.interventions += 1
        return choose(masked.unsqueeze(0), [sequence.params], [uniform])[0].token_id


def _adjusted(raw: torch.Tensor, rows: Sequence[SampledSequence]) -> tuple[torch.Tensor, dict[int, str]]:
    """The rows as the requests shape them, and why some cannot be; the raw ones stay as they are."""
    shaped = [i for i, s in enumerate(rows) if s.offsets is not None or s.constraint is not None]
    if not shaped:
        return raw, {}
    logits, errors = raw.clone(), {}
    for i in shaped:
        if (offsets := rows[i].offsets) is not None:
            logits[i] += offsets.row
        if (constraint := rows[i].constraint) is not None:
            error = _failure(partial(_constrain, logits[i], constraint))
            if error is None and not bool(torch.isfinite(logits[i].amax())):
                error = "no token fits the answer's form"
            if error is not None:
                errors[i] = error
                logits[i] = raw[i]
    return logits, errors


def _constrain(row: torch.Tensor, constraint: Constraint) -> None:
    row.masked_fill_(~constraint.allowed(row.device), -torch.inf)


def _failure(action: Callable[[], Any]) -> str | None:
    """Why an action fails; None where it does not."""
    try:
        action()
    except Exception as exc:
        logger.exception("the answer's form cannot be kept")
        return str(exc) or type(exc).__name__
    return None


def _drift_mass(guard: Guard, choice: Choice, state: SequenceState) -> float:
    return 1.0 if choice.probs is None else guard.mass(choice.probs, state)


def _logprobs(row: torch.Tensor, token_id: int, count: int) -> Logprobs:
    total = row.logsumexp(dim=-1)
    best = row.topk(count) if count else None
    top = () if best is None else zip(best.indices.tolist(), (best.values - total).tolist(), strict=True)
    return Logprobs(float(row[token_id] - total), tuple(top))
