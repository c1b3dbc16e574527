"""Which adapter versions a key may name."""

from server.errors import ForbiddenError, UnknownModelError
from tlpo_guard.keys import Key
from tlpo_guard.registry import BASE, AdapterRegistry, AdapterVersion

__all__ = ["NamedVersions"]


class NamedVersions:
    """The versions behind a model's name, as in `smollm2@v0001`.

    Args:
        model: the name that is served.
    """

    def __init__(self, model: str, registry: AdapterRegistry) -> None:
        self._model = model
        self._registry = registry

    def visible(self, key: Key) -> list[AdapterVersion]:
        """Those that a key may name, besides the base; the gate's refusals are for admins alone."""
        return self._served(key) if key.may_pin else []

    def pinned(self, name: str, key: Key) -> str | None:
        """The version that a model's name pins.

        Raises:
            UnknownModelError: a model or version that is not served here.
            ForbiddenError: the key may not name a version.
        """
        if name == self._model:
            return None
        version = name.removeprefix(f"{self._model}@")
        listed = [] if version == name else [BASE, *(one.name for one in self._served(key))]
        if version in listed and key.may_pin:
            return version
        if version in listed:
            message = "this key may not name adapter versions; `tlpo-guard keys add --may-pin` makes one that may"
            raise ForbiddenError(message, code="may_not_pin")
        message = f"model {name[:80]!r} is not served here; use {self._model!r}, or one of its versions from /v1/models"
        raise UnknownModelError(message)

    def _served(self, key: Key) -> list[AdapterVersion]:
        return [
            version for version in self._registry.list() if not version.damage and (key.admin or not version.refused)
        ]
