"""How far a model is drawn to what an answer has said already, without sampling: what loops begin with."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.quality.ability.along import probabilities_along
from benchmarks.quality.ability.likelihoods import Items
from distill.policy_model.likelihood import Completion

__all__ = ["mass_that_repeats", "repeating_tokens"]

_N = 4


def repeating_tokens(ids: Sequence[int], n: int = _N) -> dict[int, list[int]]:
    """By place in an answer: the tokens that would make the n-gram ending there one that it holds already.

    Places at which the answer's own token does so are left out: there it repeats itself whatever the model is drawn to.
    """
    followed: dict[tuple[int, ...], set[int]] = defaultdict(set)
    found = {}
    for place in range(n - 1, len(ids)):
        behind = followed[tuple(ids[place - n + 1 : place])]
        if behind and ids[place] not in behind:
            found[place] = sorted(behind)
        behind.add(ids[place])
    return found


def mass_that_repeats(model: Any, texts: Mapping[str, Mapping[str, Completion]]) -> Items:
    """The probability of `repeating_tokens` at the temperature of sampling, a mean over their places, 0 to 1; by language and id.

    Texts without such places have no value.
    """
    return {language: dict(_of_language(model, by_id)) for language, by_id in texts.items()}


def _of_language(model: Any, by_id: Mapping[str, Completion]) -> Iterator[tuple[str, list[float]]]:
    for item, completion, rows in probabilities_along(model, by_id):
        if places := repeating_tokens(completion.ids):
            masses = [float(rows[place, tokens].sum()) for place, tokens in places.items()]
            yield item, [sum(masses) / len(masses)]
