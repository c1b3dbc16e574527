"""Which policy a prompt is guarded by: the request's, else the key's, else the server's."""

from collections.abc import Sequence
from dataclasses import replace

from server.generation.plan import Prompt
from tlpo_guard.brought import Brought
from tlpo_guard.guard_options import GuardOptions
from tlpo_guard.intent import Message, expected_language
from tlpo_guard.keys import Key
from tlpo_guard.policy import GuardPolicy, Mode

__all__ = ["PolicyChooser"]


class PolicyChooser:
    """Chooses between what a request, its key and the server say.

    Args:
        default: the server's policy.
    """

    def __init__(self, default: GuardPolicy) -> None:
        self._default = default

    def prompt(
        self,
        ids: list[int],
        messages: Sequence[Message],
        options: GuardOptions | None,
        key: Key,
        *,
        guarded: bool = True,
    ) -> Prompt:
        """A prompt with its policy.

        Args:
            messages: the conversation, its tools' results among it.
            options: of the request.
            guarded: False for what is no text in any language, such as a tool call.
        """
        options = options or GuardOptions()
        default = key.policy(self._default)
        intent = expected_language(options.languages or (), default.languages, messages)
        policy = replace(
            options.over(default), languages=intent.written, admitted=intent.admitted, claimed=intent.claimed
        )
        if not guarded:
            policy = replace(policy, mode=Mode.OFF)
        return Prompt(ids, policy, intent, Brought.of(messages))
