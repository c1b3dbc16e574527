"""What of a message its writer says themselves, and in which language, as opposed to what they paste, quote or program."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from tlpo_guard.intent.folding import fold
from tlpo_guard.intent.framing import frame_script, without_script
from tlpo_guard.intent.identify import Identified, identify
from tlpo_guard.intent.masking import quotations, without_code, without_quotes
from tlpo_guard.intent.phrases import PHRASES
from tlpo_guard.intent.said import OwnWords
from tlpo_guard.intent.two_languages import any_of, by_runs, by_words, of_relatives, question_of, switching
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
_ASKS = ("?", "？", "؟", ";", "か。", "か")
_ASKS_INSIDE = "\u055e"  # Armenian has its question mark in the word that asks


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
    return by_words(of_relatives(switching(found if mixed else by_runs(found)), said))


def _is_passage(block: _Block, own: Sequence[_Block]) -> bool:
    """Whether a pasted block is a document rather than words to ask about."""
    length = _letters(block.text)
    if length < _PASSAGE_BEFORE or not own:
        return False
    several = len(compiled(_END).findall(block.text.strip())) > 0
    return length >= _PASSAGE or (several and own[0].start > block.start and own[-1].last)


def _once(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))


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


@cache
def _verbs(tag: str) -> "regex.Pattern[str] | None":
    row = PHRASES.get(tag)
    if row is None:
        return None
    return any_of(question_of(row), row.write, row.translate, row.answer, row.aside)


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
    if tag is None or frame_script(text)[0] != "Latn":
        return []
    runs = [run for run in compiled(r"\s{2,}").split(without_script(text, "Latn")) if run.strip()]
    return [found for run in runs if (found := identify(run).tag) not in (None, tag)]


def _only(text: str, own: Sequence[_Block], blocks: Sequence[_Block]) -> str:
    """The text with the blocks that are not their writer's own blanked."""
    for block in blocks:
        if block not in own and block.tag is not None:
            blank = "".join("\n" if char == "\n" else " " for char in block.text)
            text = f"{text[: block.start]}{blank}{text[block.end :]}"
    return text


def _letters(text: str) -> int:
    if text.isascii():
        return sum(map(str.isalpha, text))
    return sum(2 if char > "\u2e80" else 1 for char in text if char.isalpha())
