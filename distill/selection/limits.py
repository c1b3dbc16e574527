"""How many points there may be of one token, request, key, user and language."""

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from distill import config

__all__ = ["BIASED", "Limits", "Offer", "Quota", "Tally"]

BIASED = "a request that moved the logits by a bias or penalties"

_TOKENS_HELD_OUT = 8  # tokens that the held-out side has room for at least


class Offer(NamedTuple):
    """An event that could become a point; the least come first.

    Attributes:
        rank: a draw from an exponential distribution whose rate is the event's weight.
        key: name of the API key that asked; empty for none.
        user: of that key; None, for requests that name none, is one like any other.
        language: primary subtag of the first expected language.
        biased: the request had moved the logits.
        context: a hash of the sequence before the point.
    """

    rank: float
    event_id: str
    request_id: str
    key: str
    user: str | None
    language: str
    token_id: int
    biased: bool
    context: int


class Tally:
    """What was left out of a selection or weighed down, and why."""

    def __init__(self) -> None:
        self.seen = 0
        self.dropped: Counter[str] = Counter()
        self.caps: Counter[tuple[str, str]] = Counter()
        self.weighed: Counter[str] = Counter()


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
        settings, size = quota.settings, min(quota.most, len(offers))

        def most_of(share: float, kinds: int) -> float:
            return spare * math.ceil(size * max(share, 1 / kinds)) if kinds > 1 else math.inf

        self._setting = quota.setting
        self._most = spare * quota.most
        self._per_token = spare * quota.per_token
        self._per_request = spare * settings.max_per_request
        self._of_key = most_of(settings.max_key_share, len({offer.key for offer in offers}))
        self._of_user = most_of(settings.max_user_share, len({(offer.key, offer.user) for offer in offers}))
        self._of_language = most_of(settings.max_language_share, len({offer.language for offer in offers}))
        mixed = len({offer.biased for offer in offers}) > 1
        self._of_biased = spare * math.ceil(size * settings.max_biased_share) if mixed else math.inf
        self._biased = 0
        self._tokens: Counter[tuple[str, int]] = Counter()
        self._requests: Counter[str] = Counter()
        self._keys: Counter[str] = Counter()
        self._users: Counter[tuple[str, str | None]] = Counter()
        self._languages: Counter[str] = Counter()
        self.taken = 0

    def over(self, offer: Offer) -> tuple[str, str] | None:
        """The setting that an event would break, and what there is too much of; None where it may be used."""
        request, key, user, language, token = offer[2:7]
        if self._tokens[language, token] >= self._per_token:
            return "max_per_token", f"token {token} in {language}"
        if self._requests[request] >= self._per_request:
            return "max_per_request", f"request {request}"
        if self._keys[key] >= self._of_key:
            return "max_key_share", f"key {key}" if key else "no key"
        if self._users[key, user] >= self._of_user:
            return "max_user_share", _who(key, user)
        if self._languages[language] >= self._of_language:
            return "max_language_share", language
        if offer.biased and self._biased >= self._of_biased:
            return "max_biased_share", BIASED
        if self.taken >= self._most:
            return self._setting, "all"
        return None

    def take(self, offer: Offer) -> None:
        """Count an event as used."""
        self.taken += 1
        self._biased += offer.biased
        self._tokens[offer.language, offer.token_id] += 1
        self._requests[offer.request_id] += 1
        self._keys[offer.key] += 1
        self._users[offer.key, offer.user] += 1
        self._languages[offer.language] += 1


def _who(key: str, user: str | None) -> str:
    named = "no user" if user is None else f"user {user}"
    return f"{named} of key {key}" if key else named
