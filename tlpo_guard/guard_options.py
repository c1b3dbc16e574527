"""A request's own options of the guard: the object `guard` of our server, and the flat `guard_*` arguments of other engines.

vLLM carries the latter as `SamplingParams.extra_args`, over HTTP as `vllm_xargs`, whose values are strings, numbers, and flat
lists of them. A client may send what `GuardOptions` lists, as in `{"guard_mode": "mask", "guard_languages": "ko,en"}`; the rest
of `GuardArguments` is for the front end, which overwrites what clients send under those names.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from tlpo_guard.errors import ConfigurationError, UnknownLanguageError
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.languages.scripts import script_code
from tlpo_guard.languages.tags import language
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.settings import Settings
from tlpo_guard.strict import Strict

__all__ = ["FRONT_END", "PREFIX", "GuardArguments", "GuardOptions", "default_policy", "parse_arguments"]

PREFIX = "guard_"
FRONT_END = ("request", "key", "user", "adapter", "admitted", "claimed", "decided_by", "confidence", "brought", "begun")
_MOST_TAGS = 64  # that a conversation claims or admits
_FLAGS = ("allow_english", "allow_hanja", "reasoning")
_WANTED = {
    "list_type": "a list, or names with commas between them",
    "bool_type": "true or false",
    "string_type": "a string",
}
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class GuardOptions(Strict):
    """The request's own policy; what is absent comes from the key's or the server's settings."""

    mode: Annotated[Mode, Field(strict=False)] | None = None
    languages: list[str] | None = Field(default=None, max_length=16)
    allow_english: bool | None = None
    allow_hanja: bool | None = None
    scripts: list[str] | None = Field(default=None, max_length=16)
    reasoning: bool | None = None

    @field_validator("languages")
    @classmethod
    def _known(cls, tags: list[str] | None) -> list[str] | None:
        return None if tags is None else _tags(tags)

    @field_validator("scripts")
    @classmethod
    def _scripts(cls, codes: list[str] | None) -> list[str] | None:
        try:
            return None if codes is None else [script_code(code) for code in codes]
        except ConfigurationError as exc:
            raise ValueError(str(exc)) from exc

    def over(self, default: GuardPolicy) -> GuardPolicy:
        """The policy of a request that says this, where `default` holds for one that says nothing."""
        return replace(
            default,
            mode=default.mode if self.mode is None else self.mode,
            languages=default.languages if self.languages is None else tuple(self.languages),
            allow_english=default.allow_english if self.allow_english is None else self.allow_english,
            allow_hanja=default.allow_hanja if self.allow_hanja is None else self.allow_hanja,
            scripts_too=default.scripts_too if self.scripts is None else tuple(self.scripts),
            reasoning=default.reasoning if self.reasoning is None else self.reasoning,
        )


class GuardArguments(GuardOptions):
    """The same, and what else the guard inside an engine is told of a request.

    Attributes:
        event_mass: confusion mass from which on a position is an event, above 0 and not above 1.
        request: id under which events are logged; None makes one.
        key: name of the API key that asked.
        user: that the client names.
        adapter: adapter version that writes the answer; `base` for none.
        admitted: languages that may appear in the answer as words, names and quotations; see `intent.Intent`.
        claimed: languages that the whole answer may still turn out to be in; likewise.
        decided_by: how the languages were decided; None where the request or the settings name them.
        confidence: of that decision, 0 to 1.
        brought: texts of the conversation, whose strings the answer may say again.
        begun: text at the prompt's end that the answer goes on from.
    """

    event_mass: float | None = Field(default=None, gt=0.0, le=1.0, strict=False)
    request: str | None = Field(default=None, min_length=1, max_length=512)
    key: str = Field(default="", max_length=512)
    user: str | None = Field(default=None, max_length=512)
    adapter: str = Field(default="base", min_length=1, max_length=512)
    admitted: list[str] = Field(default=[], max_length=_MOST_TAGS)
    claimed: list[str] = Field(default=[], max_length=_MOST_TAGS)
    decided_by: Annotated[DecidedBy, Field(strict=False)] | None = None
    confidence: float = Field(default=1.0, ge=0.0, le=1.0, strict=False)
    brought: list[str] | None = None
    begun: str = ""

    @field_validator("languages", "scripts", "admitted", "claimed", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [tag for part in value.split(",") if (tag := part.strip())] if isinstance(value, str) else value

    @field_validator("brought", mode="before")
    @classmethod
    def _one_text(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator(*_FLAGS, mode="before")
    @classmethod
    def _flag(cls, value: Any) -> Any:
        word = str(value).strip().lower() if isinstance(value, str | int | float) else ""
        word = word.removesuffix(".0")
        return True if word in _YES else False if word in _NO else value

    @field_validator("mode")
    @classmethod
    def _engine_samples(cls, mode: Mode | None) -> Mode | None:
        if mode is Mode.REWIND:
            raise ValueError(
                "'rewind' takes back what is written, which needs tlpo-guard's own server "
                "(`tlpo-guard serve --engine vllm`); here 'mask' and 'observe' work"
            )
        return mode

    @field_validator("admitted", "claimed")
    @classmethod
    def _canonical(cls, tags: list[str]) -> list[str]:
        return _tags(tags)

    def over(self, default: GuardPolicy) -> GuardPolicy:
        """See `GuardOptions.over`; the conversation's languages among it."""
        policy = super().over(default)
        mass = default.event_mass if self.event_mass is None else self.event_mass
        return replace(policy, admitted=tuple(self.admitted), claimed=tuple(self.claimed), event_mass=mass)


def parse_arguments(arguments: Mapping[str, Any] | None) -> GuardArguments:
    """The `guard_*` arguments of an engine's request; others are left to whom they belong.

    Args:
        arguments: lists may stand as strings with commas, truth as `true` or 1.

    Raises:
        ConfigurationError: a ValueError that names the argument that is unknown or cannot be used.
    """
    own = {name.removeprefix(PREFIX): v for name, v in (arguments or {}).items() if name.startswith(PREFIX)}
    try:
        return GuardArguments.model_validate(own)
    except ValidationError as exc:
        raise ConfigurationError("; ".join(map(_problem, exc.errors()))) from exc


def default_policy(settings: Settings) -> GuardPolicy:
    """What holds for a request that says nothing.

    Raises:
        ConfigurationError: a setting that makes no policy.
    """
    return GuardPolicy(
        mode=settings.guard_mode,
        languages=settings.languages,
        allow_english=settings.allow_english,
        allow_hanja=settings.allow_hanja,
        event_mass=settings.event_mass,
    )


def _tags(tags: list[str]) -> list[str]:
    try:
        return [language(tag).tag for tag in tags]
    except UnknownLanguageError as exc:
        raise ValueError(str(exc)) from exc


def _problem(error: Any) -> str:
    name = PREFIX + str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        known = (PREFIX + field for field in GuardArguments.model_fields if field not in FRONT_END)
        return f"{name} is not known; known are {', '.join(known)}"
    if error["type"] in _WANTED:
        return f"{name} must be {_WANTED[error['type']]}"
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"
