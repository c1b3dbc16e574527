"""The request's own policy of the guard."""

from typing import Annotated

from pydantic import Field, field_validator

from server.planning.schemas.base import Strict
from tlpo_guard.errors import ConfigurationError, UnknownLanguageError
from tlpo_guard.languages.scripts import script_code
from tlpo_guard.languages.tags import language
from tlpo_guard.policy import Mode

__all__ = ["GuardOptions"]


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
        try:
            return None if tags is None else [language(tag).tag for tag in tags]
        except UnknownLanguageError as exc:
            raise ValueError(str(exc)) from exc

    @field_validator("scripts")
    @classmethod
    def _scripts(cls, codes: list[str] | None) -> list[str] | None:
        try:
            return None if codes is None else [script_code(code) for code in codes]
        except ConfigurationError as exc:
            raise ValueError(str(exc)) from exc
