"""Which policy a prompt is guarded by: the request's, else the key's, else the server's."""

from collections.abc import Sequence
from dataclasses import replace

from server.generation.plan import Prompt
from server.keys.ring import Key
from server.planning.schemas import GuardOptions
from tlpo_guard.brought import Brought
from tlpo_guard.intent import Message, expected_language
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
        mode = default.mode if options.mode is None else options.mode
        policy = replace(
            default,
            mode=mode if guarded else Mode.OFF,
            languages=intent.written,
            admitted=intent.admitted,
            claimed=intent.claimed,
            allow_english=default.allow_english if options.allow_english is None else options.allow_english,
            allow_hanja=default.allow_hanja if options.allow_hanja is None else options.allow_hanja,
            scripts_too=tuple(options.scripts or ()),
            reasoning=bool(options.reasoning),
        )
        return Prompt(ids, policy, intent, Brought.of(messages))
