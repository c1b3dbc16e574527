"""What speaks for each language of a text: two models, frequency lists, everyday words and letters."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.intent.everyday import Everyday, everyday_languages
from tlpo_guard.intent.word_votes import votes, words_of
from tlpo_guard.languages.lid import predict, predict_by_quadgrams
from tlpo_guard.languages.relations import INTENT_TAGS, LISTS_BY_SCRIPT, SERBO_CROATIAN
from tlpo_guard.languages.tags import language
from tlpo_guard.words.patterns import compiled

__all__ = ["COMMON", "Evidence", "everyday_hits", "evidence"]

_LABELS = 10  # of fastText's labels
_UNTOLD: tuple[float, tuple[str, ...]] = (0.0, ())
_FLOOR = 0.01  # probability of a language that fastText does not name
_MOST_CANDIDATES = 5  # of the languages that everyday words, or frequency lists, bring in
_MOST_WORDS = 80
_MOST_STRANGE, _MOST_SPECIAL = 3.0, 6.0
_USUAL_LETTERS = 25  # of a question
_SURE = 0.75  # fastText's probability, which for languages in wide use stands alone
# Languages in wide use: a text is far more often in one of them than in a near relative of it.
COMMON = frozenset(
    (
        *(
            "ar",
            "bg",
            "bn",
            "cs",
            "da",
            "de",
            "el",
            "en",
            "es",
            "fa",
            "fi",
            "fr",
            "he",
            "hi",
            "hr",
            "hu",
            "id",
            "it",
            "ko",
        ),
        *("nb", "nl", "pl", "pt", "ro", "ru", "sk", "sv", "sw", "th", "tr", "uk", "ur", "vi", "zh"),
    )
)
_SILENT_FROM = 4  # words, of which one would be an everyday word
# Tags that CLD2 uses for several, and languages whose texts it takes for each other's.
_IN_SCRIPT = {("ku", "Arab"): "ckb", ("sr", "Latn"): "sr-Latn", ("pa", "Arab"): "pa", ("bs", "Cyrl"): "sr"}
_RELATIVES = (frozenset(SERBO_CROATIAN), frozenset({"id", "ms"}), frozenset({"da", "nb", "nn"}))
_RELATIVE = 0.5  # worth of a model's word for a near relative
# 7abibi, 3ala: Arabic with digits for letters that Latin has not.
_ARABIZI = r"\b(?:[a-z]{2,}+[3725][a-z]|[37][a-z]{2})[a-z3725]*+\b"
_TOLD_BY_DIGITS = 4.0  # nats
# Letters that no language of the script is told by.
_BASIC = {
    "Latn": frozenset("abcdefghijklmnopqrstuvwxyz"),
    "Cyrl": frozenset("абвгдежзиклмнопрстуфхцчш"),
    "Arab": frozenset("ابتثجحخدذرزسشصضطظعغفقلمنهوكيىةآأإؤئء"),
}
# Beyond these, what nearly all languages in Cyrillic letters have, and the exceptions.
_CYRILLIC = frozenset("йщьюяыэёъ")
_CYRILLIC_OF = {"uk": "йщьюя", "be": "йьюяыэё", "bg": "йщьюя", "sr": "", "mk": "", "uz": "йьюяэёъ", "tg": "йьюяэёъ"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Numbers that speak for languages.

    Attributes:
        of: BCP-47 tag -> numbers, in an order that `identify` has weights for.
        of_none: numbers that speak for none of them.
    """

    of: dict[str, tuple[float, ...]]
    of_none: tuple[float, ...]


def evidence(text: str, script: str) -> Evidence:
    """Evidence for the languages that a text in one script may be in.

    Args:
        text: all its letters are of the script.
        script: ISO 15924.
    """
    said = votes(text, script)
    words = words_of(text)[:_MOST_WORDS]
    guesses = _guesses(text, script)
    quadgrams, reliable = _quadgrams(text, script)
    informing, hits = _everyday_words(words, script)
    if script == "Latn" and (digits := len(compiled(_ARABIZI).findall(text.lower()))):
        informing["ar-Latn"] = informing.get("ar-Latn", 0.0) + digits * _TOLD_BY_DIGITS
        hits["ar-Latn"] += digits
    candidates = {*guesses, *_most(informing), *(tag for lang in _most(said.scores) for tag in _tags_of_list(lang))}
    if quadgrams is not None:
        candidates.add(quadgrams)
    special, strange = _letters(text, script, candidates)
    root = math.sqrt(max(said.words, 1))
    best = root * max(said.scores.values(), default=0.0)
    length = math.log(max(sum(map(str.isalpha, text)), 3) / _USUAL_LETTERS)
    first = max(guesses, key=guesses.__getitem__, default=None)
    rows: dict[str, tuple[float, ...]] = {}
    root_of_count, everyday = max(len(words), 1) ** 0.5, _everyday(script)
    for tag in candidates:
        lang = _list_of(tag, script)
        listed = float(lang is not None)
        match = _match(tag, quadgrams)
        known = float(tag in everyday)
        rows[tag] = (
            math.log(guesses.get(tag, 0.0) + _FLOOR),
            match,
            match * reliable,
            match * length,
            float(tag == first) * length,
            float(tag == first == quadgrams),
            root * said.scores.get(lang, 0.0) if lang else 0.0,
            root * said.coverage.get(lang, 0.0) if lang else 0.0,
            best * (1.0 - listed),
            listed,
            known,
            informing.get(tag, 0.0) / root_of_count,
            known * (hits[tag] / max(len(words), 1)),
            known * float(not hits[tag] and len(words) >= _SILENT_FROM),
            special.get(tag, 0.0),
            strange.get(tag, 0.0),
            float(tag == "en"),
            float(tag in COMMON),
            float(tag in COMMON and guesses.get(tag, 0.0) >= _SURE),
        )
    top = max(informing.values(), default=0.0) / root_of_count
    none = (1.0, best, length, float(quadgrams is None or quadgrams != first), float(len(words) <= 2), top)
    return Evidence(rows, none)


def everyday_hits(text: str, script: str, tag: str) -> int:
    """How many words of a text are everyday words of a language."""
    return _everyday_words(words_of(text)[:_MOST_WORDS], script)[1][tag]


def _most(scores: Mapping[str, float]) -> list[str]:
    return sorted(scores, key=scores.__getitem__)[-_MOST_CANDIDATES:]


def _guesses(text: str, script: str) -> dict[str, float]:
    """fastText's probabilities, of the languages that are written in the script."""
    guesses: dict[str, float] = defaultdict(float)
    for label, probability in predict(text.lower(), k=_LABELS):
        if (tag := _in_script(INTENT_TAGS.get(label, label), script)) is not None:
            guesses[tag] += probability
    return dict(guesses)


def _quadgrams(text: str, script: str) -> tuple[str | None, bool]:
    tag, reliable = predict_by_quadgrams(text.lower())
    return (None, False) if tag is None else (_in_script(INTENT_TAGS.get(tag, tag), script), reliable)


@cache
def _in_script(tag: str, script: str) -> str | None:
    """The tag of a language in a script; None where it is not written in it."""
    tag = _IN_SCRIPT.get((tag, script), tag)
    try:
        return tag if script in language(tag).scripts else None
    except UnknownLanguageError:
        return None


@lru_cache(maxsize=4096)
def _match(tag: str, guess: str | None) -> float:
    if tag == guess:
        return 1.0
    return _RELATIVE if any({tag, guess} <= group for group in _RELATIVES) else 0.0


def _tags_of_list(lang: str) -> tuple[str, ...]:
    return SERBO_CROATIAN if lang == "sh" else (INTENT_TAGS.get(lang, lang),)


@cache
def _list_of(tag: str, script: str) -> str | None:
    """The list that votes for a tag; Bosnian, Croatian and Serbian share one."""
    return next((lang for lang in LISTS_BY_SCRIPT.get(script, ()) if tag in _tags_of_list(lang)), None)


@cache
def _everyday(script: str) -> dict[str, Everyday]:
    return {tag: row for tag, row in everyday_languages().items() if _in_script(tag, script)}


@cache
def _index(script: str) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Everyday word -> how much it tells, in nats, and the languages that have it."""
    owners: dict[str, list[str]] = defaultdict(list)
    rows = _everyday(script)
    for tag, row in rows.items():
        for word in row.words:
            owners[word].append(tag)
    return {word: (math.log((len(rows) + 1) / len(tags)), tuple(tags)) for word, tags in owners.items()}


def _everyday_words(words: list[str], script: str) -> tuple[dict[str, float], Counter[str]]:
    """(tag -> how much its everyday words in a text tell; tag -> how many there are)."""
    index = _index(script)
    informing: dict[str, float] = defaultdict(float)
    hits: Counter[str] = Counter()
    for word in words:
        for part in {word, *word.split("'")} if "'" in word else (word,):
            told, tags = index.get(part, _UNTOLD)
            for tag in tags:
                informing[tag] += told
                hits[tag] += 1
    return dict(informing), hits


@cache
def _letters_of(tag: str, script: str) -> frozenset[str] | None:
    letters = _everyday(script)[tag].letters
    if letters is None:
        return None
    return letters | frozenset(_CYRILLIC_OF.get(tag, _CYRILLIC)) if script == "Cyrl" else letters


@cache
def _weight_of_letter(char: str, script: str) -> float:
    rows = _everyday(script)
    owners = sum(char in (_letters_of(tag, script) or ()) for tag in rows)
    return math.log((len(rows) + 1) / owners) if owners else 0.0


def _letters(text: str, script: str, tags: Iterable[str]) -> tuple[dict[str, float], dict[str, float]]:
    """(tag -> how much its own letters in a text tell; tag -> how many letters the language has not), of some tags."""
    if script not in _BASIC:
        return {}, {}
    lower = text.lower()
    extra = {char: lower.count(char) for char in sorted(set(lower) - _BASIC[script]) if char.isalpha()}
    special, strange = {}, {}
    for tag in tags:
        own = _letters_of(tag, script) if tag in _everyday(script) else None
        if own is not None:
            special[tag] = min(sum(_weight_of_letter(char, script) for char in extra if char in own), _MOST_SPECIAL)
            strange[tag] = min(float(sum(n for char, n in extra.items() if char not in own)), _MOST_STRANGE)
    return special, strange
