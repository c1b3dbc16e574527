"""Rules whose language depends on the user's: "If the user writes in German, answer in German, otherwise in English"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from tlpo_guard.intent.condition_words import CONDITION_WORDS
from tlpo_guard.intent.folding import fold, foldable
from tlpo_guard.intent.language_names import NameHit, find_names
from tlpo_guard.languages.relations import base_language
from tlpo_guard.words.patterns import compiled

if TYPE_CHECKING:
    import regex

__all__ = ["Conditions", "read_conditions", "without_conditions"]

_SENTENCE_END = r"[!?。！？;；\n•]|\.(?!\w)"
_PART_END = r"[,，、،:：]|->|=>|→| - | – | — "
_LONGEST_SENTENCE = 400  # characters; a longer one is text, not a rule
_LANGUAGE = (
    r"langu|sprache|idioma|lengua|lingua|taal|sprak|sprog|jezyk|jazy|jezik|язык|език|мов[аиоу]|γλωσσ|limb[aiе]|nyelv"
    r"|kiel|\bdil|bahasa|ngon ngu|in kind"
    r"|لغ|زبان|שפ[הת]|भाषा|ভাষা|ภาษา|言語|언어|语言|語言"
)
_UNLESS = (
    r"\b(?:unless|es sei denn|ausser wenn|sauf si|a moins que|salvo si|salvo que|a menos que|excepto si|exceto se"
    r"|a meno che|tranne se|tenzij"
    r"|savida inte|om inte|medmindre|med mindre|chyba ze|pokud ne|ledaze|если (?:только )?не|якщо (?:тільки )?не"
    r"|εκτος αν|cu exceptia|hacsak|ellei|kecuali|tru khi)\b"
    r"|الا اذا|مگر|אלא אם|जब तक|เว้นแต่|ない限り|않는 한|않으면|除非"
)
_EVEN = (
    r"\b(?:even|auch|selbst|sogar|meme|aunque|incluso|mesmo|ainda|anche|ook|zelfs|aven|ogsa|selv|nawet|i kdyz|даже"
    r"|навіть|ακομη και|ακομα και|chiar|akkor is|vaikka|bile"
    r"|bahkan|meskipun|walaupun|ngay ca|ke ca) (?=(?:if|when|wenn|falls|si|quand|lorsque|se|quando|als|om|nar|hvis"
    r"|jesli|gdy|если|когда|якщо|коли|αν|οταν|daca|ha|jos|jika|khi|neu)\b)"
    r"|حتي (?:لو|اذا|ان)|حتی اگر|گرچه|גם אם|אפילו אם|भले ही|แม้(?:ว่า|แต่)?|(?<=場合|とき|時)でも|(?<=ば|て|で)も|더라도"
    r"|[라어아해도]도(?= )|即使|就算|哪怕|无论|無論|不管|vaikka|ja bien que|aunque"
)
# What a user has to say before a rule holds: "only when the customer asks for it".
_ON_REQUEST = (
    r"\b(?:ask|asks|asked|request|requests|requested|wants?|prefers?|wish(?:es)?|insists?|bittet|fragt|verlangt|wunscht|gewunscht"
    r"|demande|demandent|souhaite|pide|piden|solicita|prefiere|pede|pedir|prefere|chiede|chiedono|vraagt|ber|prosi|pozada"
    r"|попросит|просит|попросить|попросят|просить|ister|isterse|meminta|minta|yeu cau)\b"
    r"|요청|원하|원할|求め|希望|頼|要求|请求|請求|طلب|يطلب"
)
_NEAR = 30  # characters before what is asked for that may deny it


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a text makes of the user's language.

    Attributes:
        branches: (languages of the user, languages of the answer) of each condition that names some; the user's own where
            none are named for the answer.
        otherwise: languages of the answer for all other users, empty where nothing is said.
        follows: whether the answer is to be in the user's own language.
        text: the sentence that says so.
    """

    branches: tuple[tuple[frozenset[str], tuple[str, ...]], ...]
    otherwise: tuple[str, ...]
    follows: bool
    text: str

    def languages_for(self, own: str | None) -> tuple[str, ...]:
        """The languages that the rules give a user of this language; empty where they leave it to the user's words or to others.

        Args:
            own: tag of the user's language; None where they have said nothing that is in one.
        """
        if own is None:
            return self.otherwise
        for spoken, answer in self.branches:
            if base_language(own) in spoken:
                return (own,) if not answer or (answer == ("zh",) and base_language(own) == "zh") else answer
        if self.follows:
            return (own,)
        return self.otherwise if self.branches else ()


@dataclass(slots=True)
class _Found:
    branches: list[tuple[frozenset[str], tuple[str, ...]]]
    otherwise: tuple[str, ...] = ()
    follows: bool = False
    on_request: bool = False  # a rule that waits for the user to ask for it
    text: str = ""

    @property
    def is_condition(self) -> bool:
        return bool(self.branches or self.otherwise or self.follows or self.on_request)


def read_conditions(text: str) -> Conditions | None:
    """The conditions in a text, None where it has none.

    Args:
        text: own words of a message.
    """
    folded = fold(text)
    if not _may_hold_one(folded):
        return None
    found = _Found([])
    for sentence in _sentences(folded):
        _read(sentence, found)
    if not found.is_condition:
        return None
    return Conditions(tuple(found.branches), found.otherwise, found.follows, found.text.strip()[:80])


def without_conditions(text: str) -> str:
    """The text with the sentences blanked that hold a condition, so that what is left holds for everybody."""
    written = foldable(text)
    folded, kept, start = fold(written), [], 0
    for match in (*compiled(_SENTENCE_END).finditer(folded), None):
        end = match.start() if match else len(folded)
        found = _Found([])
        _read(folded[start:end], found)
        kept.append(" " * (end - start) if found.is_condition else written[start:end])
        if match:
            kept.append(written[end : match.end()])
            start = match.end()
    return "".join(kept)


def _sentences(folded: str) -> Iterator[str]:
    for sentence in compiled(_SENTENCE_END).split(folded):
        if sentence and len(sentence) <= _LONGEST_SENTENCE and _quick().search(sentence):
            yield sentence


def _may_hold_one(folded: str) -> bool:
    """Whether a text speaks of languages at all, which is quickly told."""
    return compiled(_LANGUAGE).search(folded) is not None or bool(find_names(folded))


def _read(sentence: str, found: _Found) -> None:
    if compiled(_EVEN).search(sentence):
        return
    follow = _expressions("follow").search(sentence)
    if follow and not _is_denied(sentence, follow.start()):
        found.follows, found.text = True, found.text or sentence
    hits = find_names(sentence)
    exception = compiled(_UNLESS).search(sentence)
    condition = _expressions("condition").search(sentence)
    other = _expressions("other").search(sentence)
    if condition is None and other is None:
        return
    spans = sorted(set(_condition_spans(sentence)))
    inside = [hit for hit in hits if any(start <= hit.start < end for start, end in spans)]
    if not inside and condition is not None and _expressions("another").search(sentence[condition.start() :]):
        found.follows, found.text = True, found.text or sentence
    outside = [hit for hit in hits if hit not in inside]
    if other is not None:
        rest = [hit for hit in outside if hit.start > other.start()] or ([] if inside else outside)
        if rest:
            found.otherwise, found.text = _tags(rest), found.text or sentence
            outside = [hit for hit in outside if hit not in rest]
    if not inside:
        found.on_request = any(compiled(_ON_REQUEST).search(sentence, *span) for span in spans)
        return
    spoken = frozenset(base_language(tag) for tag in _tags(inside))
    if exception is not None:
        found.branches.append((spoken, ()))
        asked = [hit for hit in outside if not _is_denied(sentence, hit.start)]
        found.otherwise, found.text = _tags(asked) or found.otherwise, found.text or sentence
        return
    if outside or follow or _expressions("same").search(sentence):
        found.branches.extend(_branches(spans, inside, outside))
        found.text = found.text or sentence


def _branches(
    spans: Sequence[tuple[int, int]], inside: Sequence[NameHit], outside: Sequence[NameHit]
) -> Iterator[tuple[frozenset[str], tuple[str, ...]]]:
    """Each condition of a sentence with the answer that stands beside it: before all of them, or behind all."""
    told = [span for span in spans if any(span[0] <= hit.start < span[1] for hit in inside)]
    before = bool(outside) and outside[0].start < told[0][0]
    edges = [0, *(end for _, end in told)] if before else [*(start for start, _ in told), 1 << 30]
    for number, (start, end) in enumerate(told):
        first, last = (edges[number], start) if before else (end, edges[number + 1])
        answers = outside if len(told) == 1 else [hit for hit in outside if first <= hit.start < last]
        yield (
            frozenset(base_language(tag) for tag in _tags([hit for hit in inside if start <= hit.start < end])),
            _tags(answers),
        )


def _condition_spans(sentence: str) -> Iterator[tuple[int, int]]:
    """Where conditions stand: from their first word to the comma, or before a particle that ends one."""
    ends = [match.start() for match in compiled(_PART_END).finditer(sentence)]
    for match in _expressions("condition").finditer(sentence):
        if match.lastgroup == "behind":
            start = max((end for end in ends if end < match.start()), default=0)
            yield start, match.end()
        else:
            stop = min((end for end in ends if end > match.start()), default=len(sentence))
            answer = _expressions("answer").search(sentence, match.end())
            yield match.start(), min(stop, answer.start() if answer else stop)


def _is_denied(sentence: str, place: int) -> bool:
    """Whether what begins at a place of a sentence is denied shortly before it."""
    return _expressions("never").search(sentence[max(place - _NEAR, 0) : place]) is not None


def _tags(hits: Sequence[NameHit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(hit.readings[0][1] for hit in hits))


@cache
def _expressions(kind: str) -> "regex.Pattern[str]":
    rows = [getattr(words, kind) for words in CONDITION_WORDS.values()]
    if kind != "condition":
        return compiled("|".join(fold(row) for row in rows if row))
    behind = "|".join(fold(words.condition_behind) for words in CONDITION_WORDS.values() if words.condition_behind)
    return compiled(f"(?P<before>{'|'.join(fold(row) for row in rows if row)})|(?P<behind>{behind})")


@cache
def _quick() -> "regex.Pattern[str]":
    """Finds a text that may hold a condition."""
    return compiled(
        "|".join(_expressions(kind).pattern for kind in ("condition", "other", "follow"))
        .replace("?P<before>", "?:")
        .replace("?P<behind>", "?:")
    )
