"""The paper's pass rates of many answers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tlpo_guard.paper.words import WordCounts, count_words

__all__ = ["PaperRates", "paper_rates"]


@dataclass(frozen=True, slots=True)
class PaperRates:
    """Pass rates in percent; None where nothing is rated.

    Attributes:
        answers: how many, rated or not.
        rpr_neutral: response pass rate with English neutral.
        wpr_neutral: word pass rate with English neutral.
        rpr_counted: response pass rate where English counts as confusion.
        wpr_counted: word pass rate where English counts.
    """

    answers: int
    rpr_neutral: float | None
    wpr_neutral: float | None
    rpr_counted: float | None
    wpr_counted: float | None


def paper_rates(answers: Iterable[tuple[str, str]]) -> Mapping[str, PaperRates]:
    """The rates by language, and the languages' means under "".

    Args:
        answers: expected language, BCP-47, and text of each.

    Raises:
        ConfigurationError: an expected language is written in Latin letters.
    """
    counted: defaultdict[str, list[WordCounts]] = defaultdict(list)
    for tag, text in answers:
        counted[tag].append(count_words(text, tag))
    by_language = {tag: _rate(counts) for tag, counts in counted.items()}
    return by_language | {"": _mean(list(by_language.values()))} if by_language else {}


def _rate(counts: list[WordCounts]) -> PaperRates:
    return PaperRates(len(counts), *_pass_rates(counts, False), *_pass_rates(counts, True))


def _pass_rates(counts: list[WordCounts], english_counts: bool) -> tuple[float | None, float | None]:
    passing = [c.passing(english_counts) for c in counts]
    failing = [c.failing(english_counts) for c in counts]
    rated = [failed == 0 for passed, failed in zip(passing, failing, strict=True) if passed + failed]
    return _percent(sum(rated), len(rated)), _percent(sum(passing), sum(passing) + sum(failing))


def _percent(passed: int, of: int) -> float | None:
    return 100.0 * passed / of if of else None


def _mean(rates: list[PaperRates]) -> PaperRates:
    def mean(name: str) -> float | None:
        present = [value for rate in rates if (value := getattr(rate, name)) is not None]
        return sum(present) / len(present) if present else None

    names = ("rpr_neutral", "wpr_neutral", "rpr_counted", "wpr_counted")
    return PaperRates(sum(rate.answers for rate in rates), *map(mean, names))
