"""A version that is tried out: whose turn it is, minute by minute."""

import hashlib
from dataclasses import dataclass

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.registry.version import BASE, is_version

__all__ = ["MOST_SHARE", "Canary", "checked_share", "read_canary"]

MOST_SHARE = 50  # percent; what most answers come from is no canary
_TURN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Canary:
    """A version that servers answer with some of the time, beside the current one.

    A server has one version in memory at a time, so what is shared out is not requests but its minutes. Whose turn a minute
    is follows from a hash of it, the version and the server: no rhythm of the traffic meets always the same one, and of many
    servers the same share is canaries at any time.

    Attributes:
        version: its name, or `base`.
        share: of the minutes, percent, 1 to `MOST_SHARE`.
        since: when it began, Unix time.
    """

    version: str
    share: int
    since: int

    def has_turn(self, server: str, now: float) -> bool:
        """Whether it is the canary's turn on a server, by any name of it that stays the same."""
        turn = f"{self.version} {server} {int(now) // _TURN_SECONDS}"
        draw = int.from_bytes(hashlib.sha256(turn.encode()).digest()[:8], "big")
        return draw % 10_000 < 100 * self.share

    def line(self) -> str:
        """As it is kept in the registry."""
        return f"{self.version} {self.share} {self.since}\n"


def checked_share(share: int) -> int:
    """The share, if a canary may have it.

    Raises:
        ConfigurationError: it may not.
    """
    if not 1 <= share <= MOST_SHARE:
        raise ConfigurationError(f"a canary gets 1 to {MOST_SHARE} percent, not {share}")
    return share


def read_canary(text: str) -> Canary | None:
    """What a line says; None where it says nothing that can be used: then everybody gets the current version."""
    version, _, rest = text.strip().partition(" ")
    share, _, since = rest.partition(" ")
    if (version != BASE and not is_version(version)) or not (share.isdecimal() and since.isdecimal()):
        return None
    return Canary(version, int(share), int(since)) if 1 <= int(share) <= MOST_SHARE else None
