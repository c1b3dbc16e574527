"""How well the words of a text fit each language, by the frequency lists of wordfreq (Speer 2022)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tlpo_guard.intent.folding import fold
from tlpo_guard.languages.relations import INTENT_TAGS, LISTS_BY_SCRIPT
from tlpo_guard.words.lists import frequency_list, zipf_value
from tlpo_guard.words.patterns import WORD, compiled

__all__ = ["Votes", "frame_words", "tag_of_list", "votes", "words_of", "zipf_values"]

_LATIN_LETTERS = "lj nj dž a b v g d đ e ž z i j k l m n o p r s t ć u f h c č š"
_CYRILLIC_LETTERS = "љ њ џ а б в г д ђ е ж з и ј к л м н о п р с т ћ у ф х ц ч ш"
_LONGEST_LIST = 6000  # words of each list, the most frequent first
_MOST_WORDS = 80  # of a text
_COMMONEST = 5.4  # zipf value of the few hundred commonest words
_KNOWN = 4.9  # zipf value of words that nearly everybody uses
_BARE = 1.0  # zipf value that a spelling without accents loses
_UNSEEN = 2.3  # zipf value (log10 of occurrences per 10^9 words) given to words that are not on a list


@dataclass(frozen=True, slots=True)
class Votes:
    """What the words say.

    Attributes:
        scores: language -> mean over words of log10 (frequency / frequency of unlisted words), 0 or more.
        coverage: language -> share of the letters in words that are on its list, 0 to 1.
        words: how many words were read.
    """

    scores: dict[str, float]
    coverage: dict[str, float]
    words: int


def words_of(text: str) -> list[str]:
    """Words of a text in lower case."""
    return [word.lower().replace("’", "'") for word in compiled(WORD).findall(text)]


def votes(text: str, script: str) -> Votes:
    """Votes of the first words of a text for the languages of a script."""
    table = _table(script)
    words = [part for word in _plain_words(text)[:_MOST_WORDS] for part in _parts(word, table)]
    sums: dict[str, float] = defaultdict(float)
    letters: dict[str, int] = defaultdict(int)
    for word in words:
        for lang, zipf in table.get(word, ()):
            sums[lang] += zipf - _UNSEEN
            letters[lang] += len(word)
    count, length = max(len(words), 1), max(sum(map(len, words)), 1)
    return Votes({k: v / count for k, v in sums.items()}, {k: v / length for k, v in letters.items()}, len(words))


def _plain_words(text: str) -> list[str]:
    """Words without those that look like names: capitals inside a sentence that has other words."""
    words = compiled(WORD).findall(text)
    if text.isupper():
        return words_of(text)
    plain = [word for i, word in enumerate(words) if i == 0 or not word[0].isupper()]
    return [word.lower().replace("’", "'") for word in plain]


def frame_words(text: str) -> int:
    """How many words of a text, in Latin letters, make a sentence of one language: commonest words, and others that are known.

    Words with a capital count against it: "Game of Thrones" is a title. None where there is none of the commonest.
    """
    table = _table("Latn")
    known: Counter[str] = Counter()
    common: Counter[str] = Counter()
    words: list[str] = compiled(WORD).findall(text)
    for word in words:
        for lang, zipf in table.get(word.lower(), ()):
            known[lang] += zipf >= _KNOWN
            common[lang] += zipf >= _COMMONEST
    capitals = sum(word[0].isupper() for word in words[1:])
    return max((known[lang] for lang, count in common.items() if count), default=0) - capitals


def tag_of_list(lang: str) -> str:
    """The BCP-47 tag of a decision for wordfreq's name of a list."""
    return INTENT_TAGS.get(lang, lang)


def zipf_values(word: str) -> dict[str, float]:
    """Language, by wordfreq's name -> zipf value of a word in Latin letters, of the languages whose list has it."""
    table, form = _table("Latn"), word.lower().replace("’", "'")
    return dict(
        table.get(form, ()) or [pair for part in form.split("'") if len(part) > 1 for pair in table.get(part, ())]
    )


def _parts(word: str, table: dict[str, tuple[tuple[str, float], ...]]) -> list[str]:
    """A word, or what stands around its apostrophe where the lists have it only in parts ("l'acqua")."""
    return [word] if "'" not in word or word in table else word.split("'")


def _spelled(words: Sequence[str], lang: str) -> Sequence[str]:
    """Serbian words in Cyrillic letters; others as they are."""
    if lang != "sr":
        return words
    text = "\n".join(words)
    for latin, cyrillic in zip(_LATIN_LETTERS.split(), _CYRILLIC_LETTERS.split(), strict=True):
        text = text.replace(latin, cyrillic)
    return text.split("\n")


@cache
def _table(script: str) -> dict[str, tuple[tuple[str, float], ...]]:
    table: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for lang in LISTS_BY_SCRIPT.get(script, ()):
        words: dict[str, float] = {}
        source = "sh" if lang == "sr" else lang
        for index, bucket in enumerate(frequency_list(source)):
            words.update(dict.fromkeys(_spelled(bucket, lang), zipf_value(index)))
            if len(words) >= _LONGEST_LIST:
                break
        # Many leave the accents out; such a spelling is rarer than the right one.
        folded = fold("\n".join(words)).split("\n")  # at once takes half the time that one by one takes
        bare = {plain: zipf - _BARE for plain, zipf in zip(folded, words.values(), strict=True) if plain not in words}
        for word, zipf in (words | bare).items():
            table[word].append((lang, max(zipf, _UNSEEN)))
    return {word: tuple(pairs) for word, pairs in table.items()}
