"""Which of the languages that a request leaves open an answer is in, by its beginning."""

from collections.abc import Sequence

from tlpo_guard.intent.identify import identify_among
from tlpo_guard.intent.masking import without_code
from tlpo_guard.intent.writing import letters_by_script, writing_of_han, writing_of_tag
from tlpo_guard.languages.relations import JAPANESE_SYLLABARIES
from tlpo_guard.languages.tags import language

__all__ = ["settle"]

_READ = 400  # characters of the answer
_FEW = 5.0  # letters in a script that tell, those of Han and Hangul worth more
_MAIN = 0.6  # of the letters
_WORDS = 5  # that tell languages of one script apart
_CLEAR = 0.9  # probability, among the open languages


def settle(languages: Sequence[str], claimed: Sequence[str], beginning: str) -> tuple[str, ...] | None:
    """The languages that an answer turns out to be in.

    Letters of a script that only some of the open languages have tell at once, words from five on.

    Args:
        languages: tags that the answer is expected in, together ("in English and French").
        claimed: tags of other languages, each of which may still be the whole answer's.
        beginning: of the answer; 400 characters are read.

    Returns:
        The expected languages, all of them, or one of the claimed; None while that is not clear, and where the answer is in
        none of them.
    """
    tags = list(dict.fromkeys((*languages, *claimed)))
    text = without_code(beginning[:_READ])
    near = _of_script(tags, text)
    if not near:
        return None
    if len(near) > 1 and not set(near) <= set(languages):
        near = _of_words(near, text)
    if not near:
        return None
    return tuple(languages) if near[0] in languages else (near[0],)


def _of_script(tags: Sequence[str], text: str) -> list[str]:
    """The tags that are written in the script that most letters are in; none while there are few."""
    weights = letters_by_script(text)
    total = sum(weights.values())
    if total < _FEW:
        return []
    shares = {tag: sum(weights.get(script, 0.0) for script in _scripts(tag)) / total for tag in tags}
    most = max(shares.values(), default=0.0)
    near = [tag for tag in tags if shares[tag] >= _MAIN and shares[tag] == most]
    return _of_han(near, text, weights) if len(near) > 1 and weights.get("Hani", 0.0) >= _MAIN * total else near


def _scripts(tag: str) -> frozenset[str]:
    return language(tag).scripts


def _of_han(near: list[str], text: str, weights: dict[str, float]) -> list[str]:
    """Those of the tags that a text in Han characters can be: kana or characters of one writing alone tell."""
    japanese = [tag for tag in near if "Hira" in _scripts(tag)]
    chinese = [tag for tag in near if tag not in japanese]
    if any(weights.get(script) for script in JAPANESE_SYLLABARIES):
        return japanese
    writing = writing_of_han(text)
    if writing is None:
        return near
    if writing == "ja":
        return japanese
    return [tag for tag in chinese if writing_of_tag(tag) in (None, writing)] or chinese


def _of_words(near: Sequence[str], text: str) -> list[str]:
    probabilities, words = identify_among(text, near)
    if words < _WORDS:
        return []
    return [tag for tag, probability in probabilities.items() if probability >= _CLEAR]
