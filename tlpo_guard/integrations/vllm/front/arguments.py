"""From what a request says to the `guard_*` arguments that the guard inside the engine gets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.guard_options import FRONT_END, PREFIX, GuardArguments, parse_arguments
from tlpo_guard.integrations.vllm.front.refusals import RefusedError
from tlpo_guard.intent import Intent, Message, expected_language
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.policy import GuardPolicy, Mode

__all__ = ["Asked", "Guarding", "asked", "guarding"]

XARGS = "vllm_xargs"
_LONGEST_USER = 512  # characters


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says itself.

    Attributes:
        others: arguments that belong to other processors.
        guarded: False for what is no text in any language, such as a tool call.
        goes_on: the answer goes on from the last message of the assistant.
    """

    arguments: GuardArguments
    others: Mapping[str, Any]
    user: str | None
    guarded: bool
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Guarding:
    """How a request is guarded.

    Attributes:
        intent: of all its prompts together.
        brought: what its messages say, for the names in it; empty where nothing is guarded.
        begun: the text that the answer goes on from.
    """

    policy: GuardPolicy
    intent: Intent
    brought: tuple[str, ...]
    begun: str = ""

    def arguments(self) -> dict[str, Any]:
        """The same as `guard_*` arguments: strings, numbers and flat lists, as vLLM carries them."""
        policy, intent = self.policy, self.intent
        flags = {name: str(getattr(policy, name)).lower() for name in ("allow_english", "allow_hanja", "reasoning")}
        lists = {
            "languages": policy.languages,
            "admitted": policy.admitted,
            "claimed": policy.claimed,
            "scripts": policy.scripts_too,
            "brought": self.brought,
        }
        said: dict[str, Any] = {"mode": str(policy.mode), **flags, "event_mass": policy.event_mass}
        said |= {"decided_by": str(intent.decided_by), "confidence": intent.confidence}
        said |= {name: list(values) for name, values in lists.items() if values}
        said |= {"begun": self.begun} if self.begun else {}
        return {PREFIX + name: value for name, value in said.items()}


def asked(body: dict[str, Any]) -> Asked:
    """What a body says; its `guard` and its arguments of the guard are taken out of it.

    What only a front end may say is left out of the arguments, whoever sent it.

    Raises:
        RefusedError: options that cannot be used.
        ValueError: a body that vLLM will refuse.
    """
    arguments = {} if body.get(XARGS) is None else body[XARGS]
    if not isinstance(arguments, dict):
        raise ValueError(f"{XARGS} must be an object")
    own = {name: value for name, value in arguments.items() if name.startswith(PREFIX)}
    for name in FRONT_END:
        own.pop(PREFIX + name, None)
    guard = body.pop("guard", None)
    if guard is not None and not isinstance(guard, dict):
        raise RefusedError(HTTPStatus.BAD_REQUEST, 'guard must be an object, such as {"mode": "mask"}', param="guard")
    for name in guard or {}:
        if name in FRONT_END:
            raise RefusedError(HTTPStatus.BAD_REQUEST, f"guard.{name} is not known", param="guard")
    own |= {PREFIX + name: value for name, value in (guard or {}).items()}
    try:
        parsed = parse_arguments(own)
    except ConfigurationError as exc:
        raise RefusedError(HTTPStatus.BAD_REQUEST, str(exc), param=XARGS if guard is None else "guard") from exc
    others = {name: value for name, value in arguments.items() if not name.startswith(PREFIX)}
    user = body.get("user") or body.get("safety_identifier")
    choice = body.get("tool_choice")
    forced = bool(body.get("tools")) and (choice == "required" or isinstance(choice, dict))
    named = user[:_LONGEST_USER] if isinstance(user, str) else None
    return Asked(parsed, others, named, guarded=not forced, goes_on=body.get("continue_final_message") is True)


def guarding(request: Asked, conversations: Sequence[Sequence[Message]], default: GuardPolicy) -> Guarding:
    """How a request is guarded: by what it says, else by the default and what its conversations are in.

    All prompts of a request share their arguments: an answer may be in any language that one of them expects, and nothing is
    guarded where one is not understood.

    Args:
        default: the key's policy, else the server's.
    """
    options = request.arguments
    if not request.guarded:
        default, options = replace(default, mode=Mode.OFF), options.model_copy(update={"mode": None})
    policy = options.over(default)
    if policy.mode is Mode.OFF:
        unread = Intent((), DecidedBy.UNKNOWN, 0.0)
        return Guarding(replace(policy, languages=(), admitted=(), claimed=()), unread, ())
    intent = _together([expected_language(options.languages or (), default.languages, one) for one in conversations])
    policy = replace(policy, languages=intent.written, admitted=intent.admitted, claimed=intent.claimed)
    texts = (message.text for one in conversations for message in one if message.text)
    begun = conversations[0][-1].text if request.goes_on and len(conversations) == 1 and conversations[0] else ""
    return Guarding(policy, intent, tuple(texts), begun) if policy.guards else Guarding(policy, intent, ())


def _together(intents: Sequence[Intent]) -> Intent:
    if len(intents) == 1:
        return intents[0]
    if not intents or not all(intent.languages for intent in intents):
        return Intent((), DecidedBy.UNKNOWN, 0.0)
    languages = _all(intent.written for intent in intents)
    admitted, claimed = (_all(getattr(intent, name) for intent in intents) for name in ("admitted", "claimed"))
    return Intent(
        languages,
        intents[0].decided_by,
        min(intent.confidence for intent in intents),
        admitted=tuple(tag for tag in admitted if tag not in languages),
        claimed=tuple(tag for tag in claimed if tag not in languages),
    )


def _all(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for group in groups for tag in group))
