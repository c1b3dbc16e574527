"""The adapter registry of a running server."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlpo_guard.admin_client import AdminClient, is_path_segment
from tlpo_guard.errors import AdapterNotFoundError, RegistryError
from tlpo_guard.registry.ancestry import ancestry
from tlpo_guard.registry.canary import Canary, checked_share
from tlpo_guard.registry.pointers import Pointers
from tlpo_guard.registry.version import AdapterVersion

__all__ = ["RemoteRegistry"]


@dataclass(frozen=True, slots=True)
class _Adapter:
    name: str
    damage: str
    lineage: dict[str, Any]
    report: dict[str, Any] | None

    def version(self) -> AdapterVersion:
        return AdapterVersion(self.name, Path(self.name), self.lineage, self.report, self.damage)


@dataclass(frozen=True, slots=True)
class _Adapters:
    promoted: str
    pinned: str | None
    data: list[_Adapter]
    canary: Canary | None = None


@dataclass(frozen=True, slots=True)
class _Served:
    current: str
    serving: str
    pinned: str | None = None
    promoted: str | None = None
    canary: Canary | None = None


class RemoteRegistry:
    """An `AdapterRegistry` over a server's `/admin`: what is promoted or pinned, the server swaps to at once."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    @property
    def label(self) -> str:
        return self._client.endpoint

    def current(self) -> str:
        return self.pointers().current

    def pointers(self) -> Pointers:
        adapters = self._client.ask("GET", "adapters", _Adapters)
        return Pointers(adapters.promoted, adapters.pinned, adapters.canary)

    def list(self) -> Sequence[AdapterVersion]:
        return [adapter.version() for adapter in self._client.ask("GET", "adapters", _Adapters).data]

    def get(self, name: str) -> AdapterVersion:
        """One version; its path is only its name, for the folder is the server's.

        Raises:
            AdapterNotFoundError: no version has this name.
            RegistryError: its lineage or report cannot be read.
        """
        return self._client.ask("GET", f"adapters/{_checked(name)}", _Adapter).version()

    def ancestry(self, name: str) -> Sequence[str]:
        return ancestry(name, self.get)

    def promote(self, name: str) -> None:
        """Promote a version, and have the server swap to it unless another is pinned.

        Raises:
            RegistryError: an unknown or damaged version, or one that the server does not serve.
        """
        self._moved(f"adapters/{_checked(name)}/promote")

    def rollback(self) -> str:
        """Go back to the version that was promoted before. The version that is promoted now.

        Raises:
            RegistryError: that version is damaged, or the server does not serve it.
        """
        return self._moved("adapters/rollback").promoted

    def pin(self, name: str) -> None:
        """Have the server serve this version, whatever is promoted, until `unpin`; raises as `promote`."""
        self._moved(f"adapters/{_checked(name)}/pin")

    def unpin(self) -> str:
        """Have the server serve the promoted version again. The version that is current now; raises as `rollback`."""
        return self._moved("adapters/unpin").current

    def start_canary(self, name: str, share: int) -> None:
        """Have the server serve this version for a share of the time; raises as any registry does."""
        self._moved(f"adapters/{_checked(name)}/canary", share=checked_share(share))

    def stop_canary(self) -> None:
        """Have the server serve the current version all the time again."""
        self._moved("adapters/canary/stop")

    def _moved(self, path: str, **params: int) -> Pointers:
        served = self._client.ask("POST", path, _Served, params)
        if served.serving not in (served.current, served.canary and served.canary.version):
            now = f"{served.current} is the current version now, but {self._client.endpoint} serves {served.serving}"
            raise RegistryError(
                f"{now}: answers are under way, or the version does not fit; the server's log says which"
            )
        return Pointers(served.promoted or served.current, served.pinned, served.canary)


def _checked(name: str) -> str:
    if not is_path_segment(name):
        raise AdapterNotFoundError(f"no adapter version {name!r}; `tlpo-guard adapters list` shows them")
    return name
