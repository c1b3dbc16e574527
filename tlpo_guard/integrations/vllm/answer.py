"""What the host knows of an answer under the V2 runner, some steps late."""

from dataclasses import dataclass, field
from typing import Any

from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.state import SequenceState
from tlpo_guard.integrations.vllm.requests import GuardedRequest
from tlpo_guard.integrations.vllm.staged import staged_tokens
from tlpo_guard.transfer import LateCopy

__all__ = ["Answer"]


@dataclass(slots=True, eq=False)
class Answer:
    """An answer that is watched.

    Attributes:
        prompt_ids: empty until they are known.
        state: None until then.
    """

    request: GuardedRequest
    prompt_ids: list[int] = field(default_factory=list)
    state: SequenceState | None = None
    _ids: list[int] | None = None
    _copy: LateCopy | None = None
    _prompt_length: int = 0

    @classmethod
    def entering(cls, request: GuardedRequest, held: Any, index: int) -> "Answer":
        """The answer to a request that is entering a slot."""
        return cls(request, _ids=staged_tokens(held, index), _prompt_length=int(held.prompt_len.np[index]))

    @property
    def known(self) -> bool:
        """Whether what was there before is on the host, so that the state can be opened without waiting."""
        return self.state is not None or self._ids is not None

    def begin(self, held: Any, index: int) -> None:
        """Have the prompt, and the answer as far as it was written before a preemption, copied from a slot."""
        length = int(held.prefill_len.np[index])
        self._copy = LateCopy([held.all_token_ids.gpu[index, :length].clone()])

    def opened(self, guard: Guard) -> SequenceState:
        """The state behind all tokens that are known."""
        if self.state is not None:
            return self.state
        ids = self._ids or ([] if self._copy is None else self._copy.arrays()[0].tolist())
        self._copy = self._ids = None
        self.prompt_ids = ids[: self._prompt_length]
        request, vocabulary = self.request, guard.detector.vocabulary
        brought = request.brought(self.prompt_ids, vocabulary)
        begun = request.begun(self.prompt_ids, vocabulary)
        self.state = guard.open(request.policy, self.prompt_ids, brought, begun)
        for token_id in ids[self._prompt_length :]:
            guard.advance(self.state, token_id)
        return self.state
