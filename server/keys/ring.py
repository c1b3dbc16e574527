"""Bearer keys: hashed in a TOML file or given in the settings, each with a default policy of its own."""

import hashlib
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from server.errors import ForbiddenError, WrongKeyError
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.languages.tags import language
from tlpo_guard.policy import GuardPolicy, Mode
from tlpo_guard.settings import Settings

__all__ = ["Key", "KeyEntry", "KeyRing", "given_key", "key_hash", "read_entries"]

NAME = re.compile(r"[a-z0-9._-]{1,64}")
_HOW_TO_SEND = "send it as `Authorization: Bearer KEY` or `X-Api-Key: KEY`"


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


class KeyRing:
    """The keys that the server knows, as hashes.

    Args:
        keys: hash and owner of each.
        admin: hash of the admin key; None closes `/admin`.
    """

    def __init__(self, keys: list[tuple[str, Key]], admin: str | None) -> None:
        self._keys = keys
        self._admin = admin

    @classmethod
    def load(cls, settings: Settings) -> "KeyRing":
        """The keys of the settings and of their keys file; raises ConfigurationError."""
        keys = []
        if settings.api_key is not None:
            keys.append((_secret_hash(settings.api_key), Key("default")))
        for entry in read_entries(settings.keys_file) if settings.keys_file else ():
            policy = (entry.guard_mode, entry.allow_english, entry.allow_hanja)
            keys.append((entry.hash, Key(entry.name, tuple(entry.languages), *policy, entry.may_pin)))
        return cls(keys, None if settings.admin_key is None else _secret_hash(settings.admin_key))

    @property
    def keys(self) -> tuple[Key, ...]:
        """The clients' keys."""
        return tuple(key for _, key in self._keys)

    def authenticate(self, given: str | None) -> Key:
        """Whose key a request has; one without a name is everybody's where no keys are set.

        Args:
            given: the key, of `given_key`.

        Raises:
            WrongKeyError: another key, or no key.
        """
        if self.is_admin(given):
            return Key("admin", may_pin=True, admin=True)
        if not self._keys:
            return Key("", may_pin=True)
        owner = self._owner(given)
        if owner is None:
            raise WrongKeyError(f"wrong or missing API key; {_HOW_TO_SEND}")
        return owner

    def authorize_admin(self, given: str | None) -> None:
        """Let the admin key pass, and no other.

        Raises:
            WrongKeyError: a key that nobody has, or none.
            ForbiddenError: no admin key is set, or the key is a client's.
        """
        if self._admin is None:
            message = "/admin is closed; set TLPO_GUARD_ADMIN_KEY to open it"
            raise ForbiddenError(message, code="admin_disabled")
        if self.is_admin(given):
            return
        if self._owner(given) is not None:
            raise ForbiddenError("this key is not the admin key", code="not_admin")
        raise WrongKeyError(f"wrong or missing admin key; {_HOW_TO_SEND}")

    def is_admin(self, given: str | None) -> bool:
        """Whether it is the admin key."""
        return self._admin is not None and given is not None and secrets.compare_digest(self._admin, key_hash(given))

    def _owner(self, given: str | None) -> Key | None:
        if given is None:
            return None
        hashed, owner = key_hash(given), None
        for known, key in self._keys:  # all of them: how long it takes tells nothing
            if secrets.compare_digest(known, hashed):
                owner = key
        return owner


def given_key(headers: Mapping[str, str]) -> str | None:
    """The key that a request's headers bring, as a bearer token or as `X-Api-Key`; None where there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    return bearer or headers.get("x-api-key", "").strip() or None


def _secret_hash(secret: SecretStr) -> str:
    return key_hash(secret.get_secret_value())
