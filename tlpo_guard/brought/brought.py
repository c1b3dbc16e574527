"""What a conversation brought."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from tlpo_guard.brought.common_words import begins_with_function_word, is_common
from tlpo_guard.brought.stretches import Letters, system_of_kind
from tlpo_guard.intent.message import Message
from tlpo_guard.languages.relations import SCRIPTS_WITHOUT_SPACES
from tlpo_guard.languages.scripts import writing_system

__all__ = ["Brought"]

_LONGEST = 160  # letters of a stretch that are looked for; who copies more has left the words that were brought
_LONGEST_SET_APART = 60  # letters of a string that stands for itself, such as a name or a phrase that is asked about
_MOST_HITS = 32  # places that are looked at for where a string stands
_MOST_CONTINUATIONS = 2000  # places that are looked at for how a string goes on
_FEW_WORDS = 2  # that every text has, in a row: a clause begins
_MOST_WORDS = 12  # of a stretch that is put together from several strings
_SHORTEST_INSIDE = {"Jpan": 2}  # letters of a name that stands between others without a space
_SHORTEST_UNSPACED = 4  # the same of scripts that spell vowels
_CACHED_ANSWERS = 512
_CACHED_WORDS = 4096
_SHORTEST_STEM = 2  # letters of a word without the particle behind it
_UNSPACED = (SCRIPTS_WITHOUT_SPACES - {"Hani", "Hira", "Kana"}) | {"Jpan"}


class Brought:
    """Strings of a conversation that an answer in another script may say again. Nothing is read before it is first asked.

    A string may be said where it was set apart from the text around it (quoted, in brackets, on a line of its own, between
    words of another script), and where it stands in a text of its own language and may be a name or a term of it: what
    begins with a word that every text has is a sentence that slips into the language.

    Attributes:
        texts: of the messages.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.texts = tuple(text for text in texts if text)
        self._lock = Lock()
        self._stretches: dict[int, str] | None = None
        self._words: dict[int, frozenset[str]] = {}
        self._letters: list[str] | None = None
        self._cached_begins = lru_cache(maxsize=_CACHED_ANSWERS)(self._begins)

    @classmethod
    def of(cls, messages: Iterable[Message | str]) -> "Brought":
        """What some messages brought, whoever they are from."""
        return cls(m if isinstance(m, str) else m.text for m in messages)

    @property
    def characters(self) -> int:
        """How long the conversation is."""
        return sum(map(len, self.texts))

    def __bool__(self) -> bool:
        """Whether there is any text."""
        return bool(self.texts)

    def holds(self, stretch: str, *, quoted: bool = False, apart: bool = False) -> bool:
        """Whether a whole stretch of foreign letters may be said again; linear in the conversation.

        Args:
            stretch: letters, and what stands between them, of one or several writing systems.
            quoted: it stands in quotation marks or brackets, so that any words of the conversation may be in it.
            apart: of what has no spaces between words, only strings that are set apart count; for the answer is in the same
                script, and copies from a text in another writing or language of it are how it slips.
        """
        letters = Letters(stretch)
        kinds = letters.kinds()
        how = _How(stretch, quoted, apart)
        return bool(kinds) and all(self._holds_kind(letters, kind, how) for kind in kinds)

    def begins(self, stretch: str, *, quoted: bool = False, apart: bool = False) -> bool:
        """Whether a stretch, as far as it is written, may go on as one that `holds`: the same while it streams.

        Args:
            stretch: the last foreign letters of an answer, and what stands between them; the last word may be incomplete.
        """
        return self._cached_begins(stretch, quoted, apart)

    def goes_on(self, stretch: str, rest: bytes, *, quoted: bool = False, apart: bool = False) -> bool:
        """Whether a stretch may go on with a character that begins with some bytes of UTF-8; see `begins`."""
        following = (c for c in self._following(stretch) if c.encode("utf-8", "surrogatepass").startswith(rest))
        return any(self.begins(stretch + char, quoted=quoted, apart=apart) for char in following)

    def _following(self, stretch: str) -> Iterable[str]:
        """The characters behind a stretch wherever it stands, or rather its last word; all there are behind an empty one."""
        letters = Letters(stretch)
        kinds = letters.kinds()
        if not kinds or not stretch[-1:].isalpha():
            return self._characters()
        if len(kinds) > 1 and (start := _last_run(stretch)):  # 0 where the other kind is only a mark
            return self._following(stretch[start:])
        text, word = self._of_kind(kinds[-1]), letters.of_kind(kinds[-1]).split()[-1]
        found: dict[str, None] = {}
        place = text.find(word)
        for _ in range(_MOST_CONTINUATIONS):
            if place < 0:
                break
            after = text[place + len(word) : place + len(word) + 1]
            if after.isalpha() or unicodedata.category(after or " ").startswith("M"):
                found[after] = None
            place = text.find(word, place + 1)
        return [form for char in found for form in {char, char.upper()} if len(form) == 1]

    def _characters(self) -> Iterable[str]:
        """All letters of the conversation but those of ASCII."""
        if self._letters is None:
            self._of_kind(0)
            folded = frozenset[str]().union(*map(frozenset, (self._stretches or {}).values()))
            self._letters = sorted(c for c in folded | {c.upper() for c in folded} if len(c) == 1 and not c.isascii())
        return self._letters

    def holds_words(self, forms: Sequence[str]) -> bool:
        """Whether some words, of one writing system, stand one after the other in the conversation."""
        spelled = [_spelled(form) for form in forms]
        kinds = {kind for kinds, _ in spelled for kind in kinds}
        if len(kinds) != 1:
            return False
        (kind,) = kinds
        words = [word for _, words in spelled for word in words]
        return self._words_of_kind(kind).issuperset(words) and f" {' '.join(words)} " in self._of_kind(kind)

    def _words_of_kind(self, kind: int) -> frozenset[str]:
        if kind not in self._words:
            self._words[kind] = frozenset(self._of_kind(kind).split())
        return self._words[kind]

    def _of_kind(self, kind: int) -> str:
        if self._stretches is None:
            with self._lock:
                if self._stretches is None:
                    self._stretches = _read(self.texts)
        return self._stretches.get(kind, "")

    def _holds_kind(self, letters: Letters, kind: int, how: "_How") -> bool:
        text, system = self._of_kind(kind), system_of_kind()[kind]
        stretches = [part.split() for part in letters.of_kind(kind).split("\n")]
        if not text:
            return False
        if system in _UNSPACED:
            words = [word for part in stretches for word in part]
            return all(_holds_unspaced(text, word, system, how) for word in words)
        return all(_covers(text, part, system, how) for part in stretches if part)

    def _begins(self, stretch: str, quoted: bool, apart: bool) -> bool:
        letters = Letters(stretch)
        kinds = letters.kinds()
        if not kinds:
            return True
        if len(kinds) > 1:
            start = _last_run(stretch)
            return self.holds(stretch[:start], quoted=quoted, apart=apart) and self.begins(
                stretch[start:], quoted=quoted, apart=apart
            )
        if not (text := self._of_kind(kinds[0])):
            return False
        how, system = _How(stretch, quoted, apart), system_of_kind()[kinds[0]]
        words = letters.of_kind(kinds[0]).split()
        open_word = not stretch[-1:].isspace()
        if system in _UNSPACED:
            *before, last = words[-_MOST_WORDS:]
            whole = all(_holds_unspaced(text, word, system, how) for word in before)
            return whole and _begins_unspaced(text, last, how)
        return _begins_spaced(text, words[-_MOST_WORDS:], open_word, system, how)


@dataclass(frozen=True, slots=True)
class _How:
    """How a stretch stands in the answer: see `Brought.holds`."""

    stretch: str
    quoted: bool
    apart: bool

    def capital(self, word: str) -> bool:
        """Whether a word, asked by its normal form, begins with a capital."""
        return any(raw[:1].isupper() and raw.casefold().startswith(word) for raw in self.stretch.split())


def _last_run(stretch: str) -> int:
    """Index at which the last letters of one writing system begin, and what stands between them."""
    start = len(stretch)
    system: str | None = None
    for index in range(len(stretch) - 1, -1, -1):
        own = writing_system(stretch[index]) if stretch[index].isalpha() else None
        if own is None:
            continue
        if system not in (None, own):
            break
        start, system = index, own
    return start


def _read(texts: tuple[str, ...]) -> dict[int, str]:
    """The stretches of each kind of letters in some texts."""
    parts: dict[int, list[str]] = {}
    for text in texts:
        letters = Letters(text)
        for kind in letters.kinds():
            parts.setdefault(kind, []).append(letters.of_kind(kind))
    return {kind: "".join(stretches) for kind, stretches in parts.items()}


@lru_cache(maxsize=_CACHED_WORDS)
def _spelled(form: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The kinds of letters of a word, and how it is searched for: in parts where it has an apostrophe."""
    letters = Letters(form)
    kinds = letters.kinds()
    return kinds, tuple(word for kind in kinds for word in letters.of_kind(kind).split())


def _holds_unspaced(text: str, word: str, system: str, how: _How) -> bool:
    if len(word) > _LONGEST or word not in text:
        return False
    if how.quoted or f" \n {word} \n " in text:
        return True
    long_enough = len(word) >= _SHORTEST_INSIDE.get(system, _SHORTEST_UNSPACED)
    return long_enough and not how.apart and not begins_with_function_word(word)


def _begins_unspaced(text: str, word: str, how: _How) -> bool:
    if len(word) > _LONGEST or word not in text:
        return False
    return how.quoted or (not how.apart and _begins_name(text, word)) or _set_apart(text, word)


def _begins_name(text: str, word: str) -> bool:
    """Whether a word may be the beginning of a name: one character may yet become a word of a closed class."""
    if begins_with_function_word(word):
        return False
    if len(word) > 1:
        return True
    place = text.find(word)
    for _ in range(_MOST_HITS):
        if place < 0 or not begins_with_function_word(text[place : place + 2]):
            return place >= 0
        place = text.find(word, place + 1)
    return False


def _set_apart(text: str, beginning: str) -> bool:
    """Whether a short string that is set apart from the text around it begins so."""
    place = text.find(f" \n {beginning}")
    for _ in range(_MOST_HITS):
        if place < 0:
            return False
        start = place + len(" \n ")
        end = text.find(" \n", start)
        if end - start <= _LONGEST_SET_APART:
            return True
        place = text.find(f" \n {beginning}", end)
    return False


def _covers(text: str, words: list[str], system: str, how: _How) -> bool:
    """Whether some words are one string of the text, or several, each as long as it can be."""
    first = 0
    while first < len(words):
        end = _copied_until(text, words, first, system)
        if end == first or not (how.quoted or _is_licensed(text, words[first:end], system, how)):
            return False
        first = end
    return True


def _copied_until(text: str, words: list[str], first: int, system: str) -> int:
    """Index after the longest run of words from an index on that stand in a row in the text; Korean ones without particles."""
    end = first
    while end < len(words):
        stem = system == "Hang" and len(words[end]) >= _SHORTEST_STEM
        if f" {' '.join(words[first : end + 1])}{'' if stem else ' '}" not in text:
            break
        end += 1
    return end


def _is_licensed(text: str, words: list[str], system: str, how: _How) -> bool:
    if any(not is_common(word, system, capital=how.capital(word)) for word in words):
        return True
    return f" \n {' '.join(words)} \n " in text


def _begins_spaced(text: str, words: list[str], open_word: bool, system: str, how: _How) -> bool:
    """Whether the last words, from one of them on, begin a string of the text, and those before it are others."""
    for first in range(len(words)):
        run = words[first:]
        if f" {' '.join(run)}{'' if open_word else ' '}" not in text:
            continue
        whole = run[:-1] if open_word else run
        # One common word may begin a name or a term (Night Heron, red-crowned crane), as may those with a capital.
        plain = [word for word in whole if not how.capital(word)]
        slips = len(plain) >= _FEW_WORDS and not _is_licensed(text, whole, system, how)
        if slips and not how.quoted and not _set_apart(text, " ".join(run)):
            return False
        return first == 0 or _covers(text, words[:first], system, how)
    return False
