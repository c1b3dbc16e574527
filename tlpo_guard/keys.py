"""API keys: who asks, by a hash in a TOML file, each with a default policy of its own."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.languages.tags import language
from tlpo_guard.policy import GuardPolicy, Mode

__all__ = ["Key", "KeyEntry", "given_key", "key_hash", "read_entries"]

NAME = re.compile(r"[a-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Key:
    """Who asks, and the policy of requests that do not say; None and empty: as the server's settings.

    Attributes:
        may_pin: requests may name an adapter version.
        admin: it is the admin's, for whom versions that the gate refused are served as well.
    """

    name: str
    languages: tuple[str, ...] = ()
    guard_mode: Mode | None = None
    allow_english: bool | None = None
    allow_hanja: bool | None = None
    may_pin: bool = False
    admin: bool = False

    def policy(self, default: GuardPolicy) -> GuardPolicy:
        """The policy of the key's requests that do not say; what the key does not say either is the default's."""
        return replace(
            default,
            mode=default.mode if self.guard_mode is None else self.guard_mode,
            languages=self.languages or default.languages,
            allow_english=default.allow_english if self.allow_english is None else self.allow_english,
            allow_hanja=default.allow_hanja if self.allow_hanja is None else self.allow_hanja,
        )


class KeyEntry(BaseModel):
    """One `[[keys]]` table; the key itself is not in it, only its hash (SHA-256 of 256 random bits)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=f"^{NAME.pattern}$")
    hash: str = Field(pattern=r"^sha256:[0-9a-f]{64}$", repr=False)
    languages: list[str] = Field(default=[])
    guard_mode: Mode | None = None
    allow_english: bool | None = None
    allow_hanja: bool | None = None
    may_pin: bool = False

    @property
    def key(self) -> Key:
        """Whose it is."""
        policy = (self.guard_mode, self.allow_english, self.allow_hanja)
        return Key(self.name, tuple(self.languages), *policy, self.may_pin)

    @field_validator("hash")
    @classmethod
    def _of_a_key(cls, value: str) -> str:
        if value == key_hash(""):
            raise ValueError("is the hash of an empty key")
        return value

    @field_validator("languages")
    @classmethod
    def _known(cls, tags: list[str]) -> list[str]:
        return [language(tag).tag for tag in tags]


def key_hash(key: str) -> str:
    """What is kept of a key."""
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def read_entries(path: Path) -> list[KeyEntry]:
    """The entries of a keys file.

    Raises:
        ConfigurationError: naming the file, the entry and the field, never a hash.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"the keys file {path} cannot be read: {exc}") from exc
    tables = data.get("keys", [])
    if set(data) - {"keys"} or not isinstance(tables, list):
        raise ConfigurationError(f"the keys file {path} may hold [[keys]] tables only")
    entries = [_entry(path, number, table) for number, table in enumerate(tables, 1)]
    names = [entry.name for entry in entries]
    if len(set(names)) < len(names):
        raise ConfigurationError(
            f"the keys file {path} has two keys of one name; `tlpo-guard keys remove` takes one out"
        )
    return entries


def _entry(path: Path, number: int, table: Any) -> KeyEntry:
    try:
        return KeyEntry.model_validate(table)
    except (ValidationError, ConfigurationError) as exc:
        first = exc.errors()[0] if isinstance(exc, ValidationError) else {"loc": ("languages",), "msg": str(exc)}
        field = ".".join(map(str, first["loc"])) or "entry"
        raise ConfigurationError(f"the keys file {path}, key {number}, {field}: {first['msg']}") from exc


def given_key(headers: Mapping[str, str]) -> str | None:
    """The key that a request's headers bring, as a bearer token or as `X-Api-Key`; None where there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    return bearer or headers.get("x-api-key", "").strip() or None
