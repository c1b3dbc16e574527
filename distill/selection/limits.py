"""How many points there may be of one token, request, user and language."""

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from distill import config

__all__ = ["Limits", "Offer", "Quota", "Tally"]

_SMALL_LOG = 2_048  # points of which a share is taken at least: balance must not starve a run of what little there is
_TOKENS_HELD_OUT = 8  # tokens that the held-out side has room for at least


class Offer(NamedTuple):
    """An event that could become a point; the least come first.

    Attributes:
        key: a draw from an exponential distribution whose rate is the event's weight.
        context: a hash of the sequence before the point.
    """

    key: float
    event_id: str
    request_id: str
    user: str | None
    language: str
    token_id: int
    context: int


class Tally:
    """What was left out of a selection, and why."""

    def __init__(self) -> None:
        self.seen = 0
        self.dropped: Counter[str] = Counter()
        self.caps: Counter[tuple[str, str]] = Counter()


@dataclass(frozen=True, slots=True)
class Quota:
    """The size of one side, training or held-out.

    Attributes:
        most: points.
        setting: that says so.
        per_token: points of one token in one language.
    """

    most: int
    setting: str
    per_token: int
    settings: config.Selection

    @classmethod
    def training(cls, settings: config.Selection) -> "Quota":
        """Of the training side."""
        return cls(settings.max_points, "max_points", settings.max_per_token, settings)

    @classmethod
    def held_out(cls, settings: config.Selection) -> "Quota":
        """Of the held-out side; smaller, so that there is less room for one token."""
        per_token = min(settings.max_per_token, max(1, settings.max_held_out // _TOKENS_HELD_OUT))
        return cls(settings.max_held_out, "max_held_out", per_token, settings)


class Limits:
    """How much there may still be of each kind.

    Args:
        quota: of the side.
        offers: all that there is; shares are of their number if that is less than the side's size.
        spare: how many times as much as the quota says is let through.
    """

    def __init__(self, quota: Quota, offers: Collection[Offer], spare: int = 1) -> None:
        settings, size = quota.settings, min(quota.most, max(len(offers), _SMALL_LOG))
        users = len({offer.user for offer in offers})
        tongues = len({offer.language for offer in offers})
        self._setting = quota.setting
        self._most = spare * quota.most
        self._per_token = spare * quota.per_token
        self._per_request = spare * settings.max_per_request
        self._of_user = spare * size * max(settings.max_user_share, 1 / users) if users > 1 else math.inf
        self._of_language = spare * size * max(settings.max_language_share, 1 / tongues) if tongues > 1 else math.inf
        self._tokens: Counter[tuple[str, int]] = Counter()
        self._requests: Counter[str] = Counter()
        self._users: Counter[str | None] = Counter()
        self._languages: Counter[str] = Counter()
        self.taken = 0

    def over(self, offer: Offer) -> tuple[str, str] | None:
        """The setting that an event would break, and what there is too much of; None where it may be used."""
        _, _, request, user, language, token, _ = offer
        if self._tokens[language, token] >= self._per_token:
            return "max_per_token", f"token {token} in {language}"
        if self._requests[request] >= self._per_request:
            return "max_per_request", f"request {request}"
        if user is not None and self._users[user] >= self._of_user:
            return "max_user_share", f"user {user}"
        if self._languages[language] >= self._of_language:
            return "max_language_share", language
        if self.taken >= self._most:
            return self._setting, "all"
        return None

    def take(self, offer: Offer) -> None:
        """Count an event as used."""
        self.taken += 1
        self._tokens[offer.language, offer.token_id] += 1
        self._requests[offer.request_id] += 1
        self._users[offer.user] += 1
        self._languages[offer.language] += 1
