"""A weighted sample of bounded size out of a stream of any length."""

from collections import Counter

from distill.selection.limits import Limits, Offer, Quota, Tally

__all__ = ["Pool"]

_SPARE = 2  # how many times as many points are kept in mind as are wanted, for some will not do


class Pool:
    """The best offers of one side, training or held-out.

    When there are many more than could be used, they are thinned out: a flood of one token, request, user or language makes no
    room for itself at the others' cost.
    """

    def __init__(self, quota: Quota, tally: Tally) -> None:
        self.quota = quota
        self._tally = tally
        self._offers: dict[int, Offer] = {}

    def offer(self, offer: Offer) -> None:
        """Take an event into account."""
        if offer.context in self._offers:
            self._tally.dropped["repeated"] += 1
            return
        self._offers[offer.context] = offer
        if len(self._offers) >= 2 * _SPARE * self.quota.most:
            self._thin_out()

    def forget(self, other: "Pool") -> None:
        """Leave out the contexts that another side has."""
        for context in self._offers.keys() & other._offers.keys():
            del self._offers[context]
            self._tally.dropped["repeated"] += 1

    def ranked(self) -> list[Offer]:
        """All that are in mind, best first."""
        return sorted(self._offers.values())

    def _thin_out(self) -> None:
        ranked, kept = self.ranked(), list[Offer]()
        room = _evenly(Counter(offer.language for offer in ranked), _SPARE * self.quota.most)
        limits = Limits(self.quota, ranked, _SPARE)
        for offer in ranked:
            over = limits.over(offer)
            if over is None and room[offer.language] == 0:
                over = self.quota.setting, "all"
            if over is None:
                limits.take(offer)
                room[offer.language] -= 1
                kept.append(offer)
            else:
                self._tally.caps[over] += 1
        self._offers = {offer.context: offer for offer in kept}


def _evenly(counts: Counter[str], room: int) -> Counter[str]:
    """How many of each kind find room where none may have more than another that wants more."""
    given: Counter[str] = Counter()
    for left, (kind, count) in zip(range(len(counts), 0, -1), reversed(counts.most_common()), strict=True):
        given[kind] = min(count, room // left)
        room -= given[kind]
    return given
