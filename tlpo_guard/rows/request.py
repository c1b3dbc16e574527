"""What one request of somebody's own script is held to, and who hears of its confusion points."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tlpo_guard.brought import Brought
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.events.drafts import AnswerOrigin, event_of
from tlpo_guard.events.record import Event
from tlpo_guard.guard.begun import begun_ids
from tlpo_guard.guard.points import EventDraft
from tlpo_guard.intent.message import message_of
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.rows.answers import TokenIds
from tlpo_guard.rows.cuts import Cuts
from tlpo_guard.rows.host_masker import HostMasker
from tlpo_guard.rows.row_guard import RowGuard

__all__ = ["Conversation", "OnEvent", "RowRequest"]

Conversation = Iterable[Mapping[str, Any] | str]  # messages in OpenAI's form, or their texts
OnEvent = Callable[[Event], object]


@dataclass(frozen=True, slots=True)
class RowRequest:
    """One request.

    Attributes:
        policy: what its answers are held to.
        temperature: at which they are sampled, 0 for greedy.
        cuts: its own top-k, top-p and min-p.
        brought: what the conversation brought, which the answers may say again.
        origin: what its events say of where they come from.
        on_event: called with each of them, such as an `EventWriter`'s `put`.
        begun: text at the prompts' end that the answers go on from.
    """

    policy: GuardPolicy
    temperature: float
    cuts: Cuts
    brought: Brought
    origin: AnswerOrigin
    on_event: OnEvent | None
    begun: str = ""

    @classmethod
    def of(
        cls,
        policy: GuardPolicy | str,
        temperature: float,
        cuts: Cuts,
        conversation: Conversation,
        origin: AnswerOrigin,
        on_event: OnEvent | None,
    ) -> "RowRequest":
        """A request.

        Args:
            policy: or its languages alone: `"ko"`, `"ko,ja"`.

        Raises:
            ConfigurationError: a message, a language or a cut that is none.
        """
        if isinstance(policy, str):
            policy = GuardPolicy(languages=tuple(tag.strip() for tag in policy.split(",") if tag.strip()))
        sampled = replace(origin, temperature=temperature, top_p=cuts.top_p, top_k=cuts.top_k or None)
        try:
            brought = Brought(text if isinstance(text, str) else message_of(text).text for text in conversation)
        except ValueError as exc:
            raise ConfigurationError(f"conversation: {exc}") from exc
        return cls(policy, temperature, cuts, brought, sampled, on_event)

    @property
    def left_to_engine(self) -> Cuts:
        """The cuts that the engine has to apply: where the guard masks, it cuts before it does."""
        return replace(self.cuts, top_k=0, top_p=1.0, min_p=0.0) if self._masks else self.cuts

    @property
    def _masks(self) -> bool:
        return self.policy.guards and self.policy.acts and self.temperature > 0

    def begin(self, masker: HostMasker, prompt_ids: TokenIds) -> RowGuard:
        """The guard of an answer to a prompt."""
        prompt = [int(token_id) for token_id in prompt_ids]
        told = None if self.on_event is None else self._teller(self.on_event, prompt)
        return RowGuard(
            masker,
            self.policy,
            temperature=self.temperature,
            cuts=self.cuts if self._masks else Cuts(),
            prompt_ids=prompt,
            brought=self.brought,
            begun=begun_ids(masker.guard.detector.vocabulary, prompt, self.begun),
            on_event=told,
        )

    def _teller(self, on_event: OnEvent, prompt: list[int]) -> Callable[[EventDraft, Sequence[int]], None]:
        origin = replace(self.origin, request_id=self.origin.request_id or uuid.uuid4().hex)

        def tell(draft: EventDraft, before: Sequence[int]) -> None:
            on_event(event_of(draft, origin=origin, policy=self.policy, prompt_ids=prompt, before=before))

        return tell
