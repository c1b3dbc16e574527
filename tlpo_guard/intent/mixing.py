"""Where a text in Latin letters changes its language, word by word: phrases in a question, and speakers of two languages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tlpo_guard.intent.word_votes import tag_of_list, zipf_values
from tlpo_guard.languages.relations import base_language, confused_by_fasttext
from tlpo_guard.words.patterns import WORD, compiled

__all__ = ["Run", "runs_of_languages", "switches"]

_MOST_WORDS = 80
_MOST_LANGUAGES = 4  # that are tried
_UNSEEN = 2.0  # zipf value of a word that a list lacks
_SWITCH = 4.0  # orders of magnitude by which the words must be more frequent in another language before it is taken
_NAME = 0.3  # worth of a word with a capital inside a sentence
_EVERYDAY, _RARER = 5.3, 1.5  # zipf value of an everyday word; how much lower it is in the other language
_BOTH = 2  # different everyday words of either language that make a speaker of both
_FOREIGN = 2.8  # orders of magnitude by which a language's words must be rarer in the other one, in all


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring words in one language.

    Attributes:
        tag: wordfreq's name of the language.
        start: character offset.
        end: offset after them.
        words: how many.
    """

    tag: str
    start: int
    end: int
    words: int


def runs_of_languages(text: str) -> list[Run]:
    """The runs of a text, by wordfreq's lists; one where it is in one language, none where no list has its words."""
    matches = list(compiled(WORD).finditer(text))[:_MOST_WORDS]
    if not matches:
        return []
    values = [zipf_values(match.group()) for match in matches]
    worth = [_NAME if i and match.group()[0].isupper() else 1.0 for i, match in enumerate(matches)]
    tags = _candidates(values, worth)
    if not tags:
        return []
    path = _path(values, worth, tags)
    runs: list[Run] = []
    for match, tag in zip(matches, path, strict=True):
        if runs and runs[-1].tag == tag:
            runs[-1] = Run(tag, runs[-1].start, match.end(), runs[-1].words + 1)
        else:
            runs.append(Run(tag, match.start(), match.end(), 1))
    return runs if _distinct(runs, path, values) else [_whole(runs)]


def switches(text: str, tag: str) -> str | None:
    """The other language of a writer who changes between two inside sentences; None where the text has just terms of it.

    Args:
        text: their words, in Latin letters.
        tag: its language.
    """
    matches = list(compiled(WORD).finditer(text))[:_MOST_WORDS]
    words = [match.group().lower() for match in matches]
    values = [
        zipf_values(match.group()) if _is_no_name(match.group(), text[: match.start()]) else {} for match in matches
    ]
    for other in map(tag_of_list, _candidates(values, [1.0] * len(values)) if values else ()):
        if other == tag or base_language(other) in confused_by_fasttext(base_language(tag)):
            continue
        theirs = [i for i, value in enumerate(values) if _everyday_of(value, other, tag)]
        mine = {words[i] for i, value in enumerate(values) if _everyday_of(value, tag, other)}
        places = sum(i - 1 not in theirs for i in theirs)
        if places > 1 and len({words[i] for i in theirs}) >= _BOTH and len(mine) >= _BOTH:
            return other
    return None


def _is_no_name(word: str, before: str) -> bool:
    return word[0].islower() or before.rstrip()[-1:] in ("", ".", "?", "!", "¿", "¡")


def _everyday_of(value: dict[str, float], tag: str, other: str) -> bool:
    """Whether a word is an everyday one of a language and not one of another."""
    own = max((zipf for lang, zipf in value.items() if tag_of_list(lang) == tag), default=0.0)
    their = max((zipf for lang, zipf in value.items() if tag_of_list(lang) == other), default=_UNSEEN)
    return own >= _EVERYDAY and own - their >= _RARER


def _candidates(values: Sequence[dict[str, float]], worth: Sequence[float]) -> list[str]:
    """The languages that most words of the text, of its beginning, middle or end, speak for."""
    third = max(len(values) // 3, 3)
    middle = len(values) // 2
    parts = (
        slice(None),
        slice(third),
        slice(-third, None),
        slice(max(middle - third // 2, 0), middle + third // 2 + 1),
    )
    tags: Counter[str] = Counter()
    for part in parts:
        sums: Counter[str] = Counter()
        for value, weight in zip(values[part], worth[part], strict=True):
            for tag, zipf in value.items():
                sums[tag] += weight * (zipf - _UNSEEN)  # type: ignore[assignment]
        tags.update(tag for tag, _ in sums.most_common(2))
    return [*dict.fromkeys([*(tag for tag, _ in tags.most_common(_MOST_LANGUAGES)), "en"])] if tags else []


def _path(values: Sequence[dict[str, float]], worth: Sequence[float], tags: Sequence[str]) -> list[str]:
    """The most probable language of each word, where a change costs (Viterbi)."""
    scores = dict.fromkeys(tags, 0.0)
    back: list[dict[str, str]] = []
    for value, weight in zip(values, worth, strict=True):
        best = max(tags, key=scores.__getitem__)
        origin = {tag: tag if scores[tag] >= scores[best] - _SWITCH else best for tag in tags}
        scores = {
            tag: max(scores[tag], scores[best] - _SWITCH) + weight * (value.get(tag, _UNSEEN) - _UNSEEN) for tag in tags
        }
        back.append(origin)
    tag = max(tags, key=scores.__getitem__)
    path = [tag]
    for origin in reversed(back[1:]):
        tag = origin[tag]
        path.append(tag)
    return path[::-1]


def _distinct(runs: Sequence[Run], path: Sequence[str], values: Sequence[dict[str, float]]) -> bool:
    """Whether each of the languages has words that are foreign to the others."""
    tags = set(path)
    for tag in tags:
        for other in tags - {tag}:
            if other in confused_by_fasttext(tag):
                return False
            rarer = (
                max(value.get(tag, _UNSEEN) - value.get(other, _UNSEEN), 0.0)
                for value, own in zip(values, path, strict=True)
                if own == tag
            )
            if sum(rarer) < _FOREIGN:
                return False
    return True


def _whole(runs: Sequence[Run]) -> Run:
    words: Counter[str] = Counter()
    for run in runs:
        words[run.tag] += run.words
    return Run(words.most_common(1)[0][0], runs[0].start, runs[-1].end, sum(run.words for run in runs))
