"""What a registry of adapter versions does, wherever it is."""

from collections.abc import Sequence
from typing import Protocol

from tlpo_guard.registry.pointers import Pointers
from tlpo_guard.registry.version import AdapterVersion

__all__ = ["AdapterRegistry"]


class AdapterRegistry(Protocol):
    """Adapter versions, and which of them is served: those in a folder, at a URL, or of a running server.

    Promoting moves the pointer that servers follow. A pinned version is served instead of the promoted one: meanwhile
    promotions and rollbacks move the pointer as ever, and servers follow it again from `unpin` on. A canary is served for a
    share of the time beside the current version; it ends when another version becomes the current one, and at each rollback.

    Each method raises RegistryError where the registry cannot be reached or holds what it should not.
    """

    @property
    def label(self) -> str:
        """Where the registry is, for people, without what is secret in it."""

    def current(self) -> str:
        """The version to serve: the pinned one, else the promoted one; `base` where there is neither.

        Raises:
            RegistryError: the pointer holds anything but a version's name.
        """

    def pointers(self) -> Pointers:
        """The promoted and the pinned version, and the canary; raises as `current`."""

    def list(self) -> Sequence[AdapterVersion]:
        """All versions, oldest first; damaged ones among them."""

    def get(self, name: str) -> AdapterVersion:
        """One version.

        Raises:
            AdapterNotFoundError: no version has this name.
            RegistryError: its lineage or report cannot be read.
        """

    def ancestry(self, name: str) -> Sequence[str]:
        """A version and what it was trained on from: its parent, that one's parent and so on, without the base.

        A parent that is not there any more ends the chain, as its last.
        """

    def promote(self, name: str) -> None:
        """Make a version the promoted one; `base` goes back to the bare model. While another is pinned, that one is served.

        Raises:
            RegistryError: an unknown or damaged version.
        """

    def rollback(self) -> str:
        """Go back to the version that was promoted before; `base` at the end. The version that is promoted now.

        Raises:
            RegistryError: that version is damaged.
        """

    def pin(self, name: str) -> None:
        """Serve this version, or the `base`, until `unpin`, whatever is promoted meanwhile.

        Raises:
            RegistryError: an unknown or damaged version.
        """

    def unpin(self) -> str:
        """Serve the promoted version again. The version that is current now.

        Raises:
            RegistryError: the promoted version is damaged; the pinned one stays.
        """

    def start_canary(self, name: str, share: int) -> None:
        """Serve a version, or the `base`, for a share of the time, in place of a canary that there may be.

        Args:
            share: percent, 1 to 50.

        Raises:
            ConfigurationError: another share.
            RegistryError: an unknown or damaged version, or the current one.
        """

    def stop_canary(self) -> None:
        """Serve the current version all the time again."""
