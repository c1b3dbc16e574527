"""Which versions may go."""

from collections.abc import Callable, Sequence

from tlpo_guard.registry.pointers import Pointers

__all__ = ["superfluous", "without"]


def superfluous(
    names: Sequence[str],
    pointers: Pointers,
    history: Sequence[str],
    ancestry: Callable[[str], Sequence[str]],
    *,
    keep: int,
) -> Sequence[str]:
    """The versions that nothing needs, oldest first.

    Needed are the newest `keep`, the promoted and the pinned one, the canary, those that the next `keep` rollbacks lead to, and
    the ancestors of all but the newest.

    Args:
        names: all versions, oldest first.
        history: what was promoted before, newest last.
        ancestry: a version and its parents.
    """
    pointed = {pointers.promoted, pointers.current, *history[-keep:]}
    if pointers.canary is not None:
        pointed.add(pointers.canary.version)
    needed = {*names[-keep:], *(name for start in pointed for name in ancestry(start))}
    return [name for name in names if name not in needed]


def without(history: Sequence[str], gone: Sequence[str], promoted: str) -> Sequence[str]:
    """The history when some versions are gone; a rollback still moves at each step."""
    left: list[str] = []
    for name in history:
        if name not in gone and left[-1:] != [name]:
            left.append(name)
    return left[:-1] if left[-1:] == [promoted] else left
