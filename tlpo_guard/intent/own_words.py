"""What of a message its writer says themselves, and in which language, as opposed to what they paste, quote or program."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.framing import frame_script, without_script
from tlpo_guard.intent.identify import Identified, identify
from tlpo_guard.intent.masking import quotations, without_code, without_quotes
from tlpo_guard.intent.mixing import Run, runs_of_languages
from tlpo_guard.intent.phrases import PHRASES, Phrases
from tlpo_guard.intent.word_votes import tag_of_list
from tlpo_guard.words.patterns import compiled

if TYPE_CHECKING:
    import regex

__all__ = ["OwnWords", "own_words"]

_HEAD, _TAIL = 6000, 6000  # characters of a message that are read
_END = r"(?<=[!?。！？؟।։;:：])(?:\s+|$)|(?<=[。！？])|(?<=\.)\s+|\n+"
_MIN_LETTERS = 4
_PASSAGE, _PASSAGE_BEFORE = 80, 40  # letters; of several sentences before the words that ask about them
_SENTENCE = 10  # letters
_MOST_SEGMENTS = 12  # that are read at either end
_PASTED = 200  # characters; a longer stretch is more likely pasted than said
_CLEAR = 0.9
_POSSIBLE = 0.02  # probability of a language that a text may well be in
_MIXED_IN = 600  # characters of the own words in which a change of language is looked for
_ASKED_ABOUT = 0.85  # confidence in the language of a sentence around words in another
_FEW_WORDS = 3  # of another language, that are a term or a name
_HALF, _MIXED = 0.5, 0.2  # share of the words
_ASKS = ("?", "？", "؟", ";", "か。", "か")
_ASKS_INSIDE = "\u055e"  # Armenian has its question mark in the word that asks


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What of a message is its writer's own.

    Attributes:
        text: the message with code, logs, quotations and pasted text blanked, so that offsets stay; of a message of more than
            12,000 characters the 6,000 at either end.
        language: BCP-47 tag of their own words; None where nothing tells it.
        confidence: of the language, 0 to 1.
        second: tag of another language that they mix in; None for most.
        second_share: of their words, in the second language, 0 to 1.
        quoted: tags of text that they quote or paste, each once.
        passages: those of `quoted` that stand in pasted passages only, which are longer than words to ask about.
        phrases: tags of words in other languages inside their sentences, each once.
    """

    text: str
    language: str | None
    confidence: float
    second: str | None = None
    second_share: float = 0.0
    quoted: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Block:
    """Neighbouring sentences that may be in one language."""

    start: int
    end: int
    text: str
    identified: Identified
    first: bool
    last: bool

    @property
    def tag(self) -> str | None:
        return self.identified.tag

    @property
    def asks(self) -> bool:
        """Whether it looks like a question, or announces what follows."""
        return _letters(self.text) >= _SENTENCE and _asks(self.text.rstrip(), (":", "："))


@lru_cache(maxsize=64)
def own_words(text: str) -> OwnWords:
    """The writer's own words of a message, and the languages of all of it."""
    plain = without_code(_ends(text))
    unquoted = without_quotes(plain)
    blocks = _blocks(unquoted)
    own = _own(blocks)
    quotes = [(start, tag) for start, end in quotations(plain) if (tag := identify(plain[start:end]).tag)]
    quoted = [tag for _, tag in quotes]
    said = _said(unquoted, own, blocks)
    mixed = _mixed_in(unquoted, blocks, own, said.tag)
    own += mixed
    pasted = [block for block in blocks if block.tag and block not in own]
    passages = [block for block in pasted if _is_passage(block, own)]
    short = {block.tag for block in pasted if block not in passages}
    short |= {tag for start, tag in quotes if not any(block.start <= start < block.end for block in passages)}
    quoted += [block.tag for block in pasted if block.tag]
    if said.tag is None or said.confidence < _CLEAR:
        said = _with_quotations(said, plain)
    their = _only(unquoted, own, blocks)
    share = sum(len(block.text) for block in mixed) / max(sum(len(block.text) for block in own), 1)
    found = OwnWords(
        their,
        said.tag,
        said.confidence,
        mixed[0].tag if mixed else None,
        share,
        _once(quoted),
        _once(tag for tag in quoted if tag not in short),
        _once(_phrases(their, said.tag)),
    )
    return found if mixed else _by_runs(found)


def _is_passage(block: _Block, own: Sequence[_Block]) -> bool:
    """Whether a pasted block is a document rather than words to ask about."""
    length = _letters(block.text)
    if length < _PASSAGE_BEFORE or not own:
        return False
    several = len(compiled(_END).findall(block.text.strip())) > 0
    return length >= _PASSAGE or (several and own[0].start > block.start and own[-1].last)


def _once(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))


def _by_runs(own: OwnWords) -> OwnWords:
    """The same, where words inside the sentences are in another language: asked about, or of a speaker of both."""
    romanised = own.language is not None and own.language.endswith("-Latn")
    if romanised or len(own.text) > _MIXED_IN or frame_script(own.text)[0] != "Latn":
        return own
    runs = runs_of_languages(own.text)
    words: dict[str, int] = {}
    for run in runs:
        words[run.tag] = words.get(run.tag, 0) + run.words
    if len(words) != 2:
        return own
    first, other = words
    # What stands once, in or behind a sentence, is what it asks about, or the speaker's other language.
    inside = [run for run in runs if run.tag == other]
    if len(inside) == 1:
        said = " ".join(own.text[run.start : run.end] for run in runs if run.tag == first)
        return _framed(own, tag_of_list(first), said, inside[0], sum(words.values()))
    share = words[other] / sum(words.values())
    main, second = (first, other) if share <= _HALF else (other, first)
    share = min(share, 1.0 - share)
    if share < _MIXED:
        return replace(own, phrases=_once((*own.phrases, tag_of_list(second))))
    return replace(own, language=tag_of_list(main), second=tag_of_list(second), second_share=share)


def _ends(text: str) -> str:
    """The parts of a message that are read; lone surrogates, which JSON may bring, replaced."""
    read = text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    return read.encode("utf-8", "replace").decode()


def _with_quotations(said: Identified, plain: str) -> Identified:
    """Few words beside a quotation: its language decides if it may be theirs, or if they say nothing."""
    whole = identify(plain)
    if said.tag is None or (whole.tag and said.probabilities.get(whole.tag, 0.0) >= _POSSIBLE):
        return whole
    return said


def _blocks(text: str) -> list[_Block]:
    """Neighbouring sentences that may be in one language, from the first sentences and from the last."""
    segments = [span for span in _segments(text) if _letters(text[slice(*span)]) >= _MIN_LETTERS]
    if len(segments) > 2 * _MOST_SEGMENTS:
        middle = (segments[_MOST_SEGMENTS][0], segments[-_MOST_SEGMENTS - 1][1])
        segments = [*segments[:_MOST_SEGMENTS], middle, *segments[-_MOST_SEGMENTS:]]
    groups: list[tuple[int, int, Identified]] = []
    for start, end in segments:
        found = identify(text[start:end])
        if groups and _may_be_one(groups[-1][2], found):
            before = groups.pop()
            start, found = before[0], _surer(before[2], found)
        groups.append((start, end, found))
    last = len(groups) - 1
    return [
        _Block(
            start, end, text[start:end], identify(text[start:end]) if end - start < 1000 else found, i == 0, i == last
        )
        for i, (start, end, found) in enumerate(groups)
    ]


def _surer(a: Identified, b: Identified) -> Identified:
    return b if a.tag is None or (b.tag is not None and b.confidence > a.confidence) else a


def _segments(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in compiled(_END).finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _may_be_one(a: Identified, b: Identified) -> bool:
    """Whether two texts may be in one language: the likelier one of either is possible for the other."""
    if a.tag is None and b.tag is None:
        return True
    if a.tag is None or b.tag is None:
        unclear, tag = (a, b.tag or "") if a.tag is None else (b, a.tag or "")
        return not unclear.probabilities or unclear.probabilities.get(tag, 0.0) >= _POSSIBLE
    return max(a.probabilities.get(b.tag, 0.0), b.probabilities.get(a.tag, 0.0)) >= _POSSIBLE


def _own(blocks: Sequence[_Block]) -> list[_Block]:
    """The blocks in the language of the one that most looks like its writer's words."""
    known = [block for block in blocks if block.tag is not None or block.asks]
    if not any(block.tag for block in known):
        return list(blocks)
    if len(_tags(known)) == 1:
        return known
    letters = {tag: sum(len(block.text) for block in known if block.tag == tag) for tag in _tags(known)}
    best = max(known, key=lambda block: _instructs(block, letters))  # the first where several do
    return [block for block in known if block.tag == best.tag]


def _tags(blocks: Sequence[_Block]) -> list[str]:
    return list(dict.fromkeys(block.tag for block in blocks if block.tag))


def _instructs(block: _Block, letters: dict[str, int]) -> float:
    """How much sentences look like a writer's own, who asks for something, at the beginning or the end, in few words."""
    text = block.text.strip()
    length = _letters(text)
    score = 1.0 * (block.first or block.last) - 2.0 * (length < _SENTENCE) - 0.5 * (length >= _PASSAGE)
    if _asks(text, (":", "：")):
        score += 2.0
    verbs = _verbs(block.tag or "")
    if verbs is not None and verbs.search(fold(text[-_PASTED:] if block.last and not block.first else text[:_PASTED])):
        score += 1.5
    own = letters.get(block.tag or "", 0)
    if own > max(_PASTED, 2 * (sum(letters.values()) - own)):
        score -= 2.0
    return score


def _asks(text: str, further: tuple[str, ...] = ()) -> bool:
    return text.endswith((*_ASKS, *further)) or _ASKS_INSIDE in text


def _framed(own: OwnWords, tag: str, said: str, inside: Run, words: int) -> OwnWords:
    """The same, of a sentence that begins in one language and has words of another in it, or behind."""
    tag, other = identify(said).tag or tag, tag_of_list(inside.tag)
    own = replace(own, language=tag, confidence=_ASKED_ABOUT)
    sentences = compiled(_END).search(own.text[inside.start : inside.end].strip()) is not None
    row = PHRASES.get(tag)
    asks = row is not None and _any_of(_question(row), row.translate, row.aside).search(fold(said)) is not None
    if not sentences and (asks or inside.words <= _FEW_WORDS or inside.words < _MIXED * words):
        return replace(own, phrases=_once((*own.phrases, other)))
    return replace(own, second=other, second_share=inside.words / words)


def _question(row: Phrases) -> str:
    return rf"^\W*(?:{row.question})" if row.question else ""


def _any_of(*expressions: str) -> "regex.Pattern[str]":
    return compiled(fold("|".join(filter(None, expressions))) or r"(?!)")


@cache
def _verbs(tag: str) -> "regex.Pattern[str] | None":
    row = PHRASES.get(tag)
    if row is None:
        return None
    return _any_of(_question(row), row.write, row.translate, row.answer, row.aside)


def _said(unquoted: str, own: Sequence[_Block], blocks: Sequence[_Block]) -> Identified:
    """The language of the own blocks together."""
    if len(own) == len(blocks):
        whole = identify(unquoted)
        if whole.tag is not None or not own:
            return whole
    return max((block.identified for block in own), key=lambda one: (one.tag is not None, one.confidence))


def _mixed_in(text: str, blocks: Sequence[_Block], own: Sequence[_Block], tag: str | None) -> list[_Block]:
    """Sentences in another language that are as likely the writer's own: short, and not set apart from the rest."""
    mixed = []
    for block in blocks:
        apart = text[: block.start].rstrip(" ").endswith(("\n", ":", "：")) or text[block.end :].lstrip(" ").startswith(
            "\n"
        )
        if block.tag not in (None, tag) and _SENTENCE <= len(block.text) < _PASTED and not apart and own:
            mixed.append(block)
    return mixed


def _phrases(text: str, tag: str | None) -> list[str]:
    """Languages of the words in other scripts than that of the sentences around them."""
    script = frame_script(text)[0]
    if tag is None or script is None:
        return []
    inside = without_script(text, script)
    runs = [run for run in compiled(r"\s{2,}").split(inside) if run.strip()]
    return [found for run in runs if (found := identify(run).tag) not in (None, tag)] if script == "Latn" else []


def _only(text: str, own: Sequence[_Block], blocks: Sequence[_Block]) -> str:
    """The text with the blocks that are not their writer's own blanked."""
    for block in blocks:
        if block not in own and block.tag is not None:
            blank = "".join("\n" if char == "\n" else " " for char in block.text)
            text = f"{text[: block.start]}{blank}{text[block.end :]}"
    return text


def _letters(text: str) -> int:
    return sum(2 if char > "\u2e80" else 1 for char in text if char.isalpha())
