"""The keys that the server knows: those of a keys file, and those given in the settings."""

import secrets

from pydantic import SecretStr

from server.errors import ForbiddenError, WrongKeyError
from tlpo_guard.keys import Key, key_hash, read_entries
from tlpo_guard.settings import Settings

__all__ = ["KeyRing"]

_HOW_TO_SEND = "send it as `Authorization: Bearer KEY` or `X-Api-Key: KEY`"


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
        keys += [(entry.hash, entry.key) for entry in (read_entries(settings.keys_file) if settings.keys_file else ())]
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


def _secret_hash(secret: SecretStr) -> str:
    return key_hash(secret.get_secret_value())
