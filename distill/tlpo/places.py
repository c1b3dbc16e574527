"""What kind of place the end of an answer is: whether code, a copy or a name may stand there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache, partial

from tlpo_guard.brought import Brought
from tlpo_guard.exemptions.quotes import open_quotation
from tlpo_guard.guard.answer_tail import AnswerTail, Fence, begins_gloss, in_no_language
from tlpo_guard.guard.detector import DRIFTS, ScriptRules
from tlpo_guard.guard.guard import Guard
from tlpo_guard.guard.latin_terms import opens_sentence
from tlpo_guard.guard.pardon import Pardons
from tlpo_guard.marks.tokens import START

__all__ = ["Follows", "ForeignTokens", "Place", "place_of"]

_CACHED = 1024  # places of answers to one prompt
_LOOK_BACK = 8  # tokens; pending bytes are at most three, and hardly any token is empty
_CAPITALISED = re.compile(r"(?<![^\W\d_])[A-Z][A-Za-z]*$")
_ADDRESS = re.compile(r"(?<![\w@/.-])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+\.$")
_AROUND = " (\"'"  # of a word, before it
# A word in Latin letters of which so little of what follows is known that it may go on, or belong to an address or a name.
_UNFINISHED = re.compile(rb"[\x00-@\[-`{-\x7f]*[A-Za-z']+.?", re.DOTALL)


class Follows(Enum):
    """What comes behind a branch."""

    MORE = auto()  # tokens that will be looked at
    UNKNOWN = auto()  # tokens that nobody looks at
    NOTHING = auto()  # the answer ends


@dataclass(frozen=True, slots=True)
class Place:
    """The end of an answer.

    Attributes:
        tail: its last tokens.
        free: what follows is in no language, or another's words: a fenced block, a formula, an address, reasoning, a gloss in
            brackets, a quotation. What is in a fence may be code or prose; in doubt nothing is taught.
    """

    tail: AnswerTail
    free: bool


def place_of(guard: Guard, output_ids: Sequence[int]) -> Place:
    """The place behind an answer; linear in it."""
    vocabulary, fence, marks = guard.detector.vocabulary, Fence(), START
    for index, token_id in enumerate(output_ids):
        marks = guard.marks.advance(marks, token_id)
        if token_id in guard.fences:
            fence.mark(vocabulary, output_ids[:index], token_id)
    tail = AnswerTail.of(vocabulary, output_ids, fence)
    free = bool(fence.opened) or guard.marks.inside(marks) or _is_anothers(tail.text)
    return Place(tail, free)


def _is_anothers(text: str) -> bool:
    """Whether what follows is in no language, a gloss, or in a quotation that something on the line introduces."""
    if in_no_language(text) or begins_gloss(text):
        return True
    opened = open_quotation(text)
    return opened < len(text) and any(map(str.isalpha, text[text.rfind("\n") + 1 : opened]))


class ForeignTokens:
    """Tells which tokens of an answer drift by their script, and are neither in code, nor copies, nor names.

    Args:
        guard: over the model's vocabulary.
        rules: the scripts that may stand in the answer.
        brought: by the conversation, whose strings may be said again.
    """

    def __init__(self, guard: Guard, rules: ScriptRules, brought: Brought) -> None:
        self._vocabulary = guard.detector.vocabulary
        self._rules = rules
        self._brought = brought
        self._terms = guard.terms_under(rules)
        self.place = lru_cache(maxsize=_CACHED)(partial(place_of, guard))

    def among(self, output_ids: tuple[int, ...], branch: Sequence[int], follows: Follows) -> Iterator[int]:
        """Indexes of those of a branch behind an answer, each judged with what follows it.

        Args:
            follows: what comes behind the branch.
        """
        rules, pending = self._rules, self._rules.fold(output_ids[-_LOOK_BACK:])
        for index, token_id in enumerate(branch):
            if rules.flag(pending, token_id) & DRIFTS and not self._may_stand(output_ids, branch, index, follows):
                yield index
            pending = rules.advance(pending, token_id)

    def _may_stand(self, output_ids: tuple[int, ...], branch: Sequence[int], index: int, follows: Follows) -> bool:
        place, rest = self.place((*output_ids, *branch[:index])), branch[index : index + 1 + _LOOK_BACK]
        if place.free:
            return True
        spelled = b"".join(map(self._vocabulary.token_bytes, rest))
        if follows is Follows.MORE and self._terms is not None and _UNFINISHED.fullmatch(spelled):
            return True
        ahead = spelled[len(self._vocabulary.token_bytes(rest[0])) :]
        if Pardons(self._vocabulary, self._rules, place.tail, self._brought, self._terms).pardoned(rest[0], ahead):
            return True
        if follows is Follows.NOTHING or self._terms is None:
            return False
        return _may_become_name(place.tail.text, spelled) or _may_become_address(place.tail.text, spelled)


def _may_become_name(text: str, spelled: bytes) -> bool:
    """Whether all that follows a text is a word with a capital inside a sentence, of which the rest is not known."""
    follows = spelled.decode("utf-8", "replace")
    word = _CAPITALISED.search(text + follows)
    if word is None or len(follows.strip(_AROUND)) > len(word.group()):
        return False
    whole = text + follows
    return not opens_sentence(whole[whole.rfind("\n", 0, word.start()) + 1 : word.start()])


def _may_become_address(text: str, spelled: bytes) -> bool:
    """Whether all that follows a text is the beginning of an address with a hyphen, whose ending is not known."""
    address = _ADDRESS.search(text + spelled.decode("utf-8", "replace"))
    return address is not None and address.start() <= len(text) + 1
