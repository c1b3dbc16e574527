"""The guard inside transformers: for continuous batching, and for `model.generate`."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from transformers import LogitsProcessor
from transformers.generation.continuous_batching.cb_logits_processors import ContinuousBatchingLogitsProcessor

from tlpo_guard.brought import Brought
from tlpo_guard.generation.late_rows import LateRows
from tlpo_guard.generation.sampler import Sampler
from tlpo_guard.generation.sequence import SampledSequence
from tlpo_guard.guard.build import build_guard
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.policy import GuardPolicy

__all__ = ["GuardedSampler", "LanguageGuardLogitsProcessor"]


class GuardedSampler(ContinuousBatchingLogitsProcessor):
    """The last logits processor of continuous batching: leaves each row so that only the token that was drawn can win.

    Requests carry their `SampledSequence` as the keyword `sequence`.

    Attributes:
        sampler: draws and guards.
        on_step: called after each step, on the generation thread.
    """

    supported_kwargs = {"sequence": SampledSequence}  # noqa: RUF012 (the base class's contract)
    ignored_kwargs = ()

    def __init__(self, guard: Guard) -> None:
        self.sampler = Sampler(guard)
        self.on_step: Callable[[], None] = lambda: None
        self._rows: list[SampledSequence] = []

    @property
    def guard(self) -> Guard:
        """The guard that reviews what is drawn."""
        return self.sampler.guard

    @property
    def faults(self) -> int:
        """How often the guard itself failed."""
        return self.sampler.faults

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
        if not rows:  # a step that only reads part of a long prompt
            return scores
        tokens = self.sampler.step(scores[: len(rows)], rows)
        scores[: len(rows)].scatter_(1, tokens.unsqueeze(1), torch.inf)
        self.on_step()
        return scores


class LanguageGuardLogitsProcessor(LogitsProcessor):
    """Keeps `model.generate(...)` in the policy's languages. One instance for one call of `generate`; no beam search.

    It never waits for the device. What `generate` takes is seen when the next step begins, so the last token of an answer is
    not told, and its event names no replacement.

    Args:
        tokenizer: of the model.
        vocabulary_size: columns of a row of logits.
        policy: what all rows are held to.
        prompt_length: tokens before the answers.
        conversation: texts of the messages, whose strings the answers may say again.
        temperature: at which `generate` samples; 0 where it does not. Only the confusion mass depends on it.
    """

    def __init__(
        self,
        tokenizer: Any,
        vocabulary_size: int,
        policy: GuardPolicy,
        prompt_length: int,
        temperature: float = 1.0,
        conversation: Iterable[str] = (),
    ) -> None:
        self.guard = build_guard(tokenizer, vocabulary_size)
        self.policy = policy
        self._prompt_length = prompt_length
        self._temperature = temperature
        self._brought = Brought(conversation)
        self._rows: LateRows | None = None

    @property
    def events(self) -> list[tuple[int, EventDraft]]:
        """The confusion points so far, as (row, draft)."""
        return [] if self._rows is None else self._rows.events()

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Rows of logits with the drifting tokens at minus infinity; float [rows, vocabulary]."""
        if not self.policy.guards:
            return scores
        if self._rows is None:
            prompt = input_ids[:, : self._prompt_length]
            self._rows = LateRows(self.guard, self.policy, prompt, self._temperature, self._brought)
        masked = self._rows.mask(scores.float(), input_ids[:, self._prompt_length :])
        return masked.to(scores.dtype)  # type: ignore[return-value]
