"""Foreign letters that an answer may have all the same: what the conversation brought, glosses of names, code.

Only asked about tokens that the rules keep out, so a clean row costs nothing. What is read of the answer is bounded.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tlpo_guard.brought import Brought
from tlpo_guard.exemptions.faces import may_begin_in_face
from tlpo_guard.guard.answer_tail import (
    AnswerTail,
    begins_gloss,
    begins_quotation,
    in_no_language,
    may_be_exempt,
    split_character,
)
from tlpo_guard.guard.detector import ScriptRules
from tlpo_guard.guard.latin_terms import LatinTerms
from tlpo_guard.languages.relations import JAPANESE_SYLLABARIES, SCRIPTS_WITHOUT_SPACES
from tlpo_guard.languages.scripts import script_of, writing_system
from tlpo_guard.vocabulary.index import VocabularyIndex

__all__ = ["Pardons"]

_LONGEST_GLOSS = 24  # letters
_OWN_WITHIN = 100  # characters
_SETS_APART = frozenset('\n()（）[]【】"“”«»„「」『』《》|`*')


@dataclass(frozen=True, slots=True)
class Pardons:
    """What may be foreign at one position of an answer.

    Attributes:
        rules: that keep tokens out there.
        tail: of the answer before it.
        brought: by the conversation.
        terms: names, acronyms and units in Latin letters, where these are foreign; None where they are not.
    """

    vocabulary: VocabularyIndex
    rules: ScriptRules
    tail: AnswerTail
    brought: Brought
    terms: LatinTerms | None = None

    def among(self, token_ids: Iterable[int]) -> frozenset[int]:
        """Those of some tokens that may stand here though the rules keep them out."""
        by_context = self._by_context()
        if not (by_context or self.terms):
            return frozenset()
        return frozenset(token_id for token_id in set(token_ids) if self._pardoned(token_id, by_context))

    def pardoned(self, token_id: int, ahead: bytes) -> bool:
        """Whether a token may stand here though the rules keep it out, by what is known to follow it."""
        return self._pardoned(token_id, self._by_context(), ahead)

    def _by_context(self) -> bool:
        return bool(self.brought) or self.tail.in_code or may_be_exempt(self.tail.text)

    def _pardoned(self, token_id: int, by_context: bool, ahead: bytes = b"") -> bool:
        if self.tail.in_code:
            return True
        data = self.tail.pending + self.vocabulary.token_bytes(token_id)
        added, rest = split_character(data)
        whole, _ = split_character(data + ahead)
        # What follows may not complete the token's last character.
        if rest and whole[len(added) :][:1] in ("", "\ufffd"):
            whole = added
        elif rest:
            added, rest = whole[: len(added) + 1], b""
        known, end = len(self.tail.text), len(self.tail.text) + len(added)
        text = self.tail.text + whole
        foreign = self.rules.foreign_letters(text)
        if rest and not by_context:
            return False
        if rest and not (
            may_begin_in_face(text, rest) or self._may_stand(text, self._start(text, foreign, end), end, rest)
        ):
            return False
        while (hits := np.flatnonzero(foreign[known:end])).size:
            last = known + int(hits[-1])
            start = min(last, self._start(text, foreign, last + 1))  # a mark with no letter before it stands alone
            latin = _latin_from(text, known, last, foreign)
            if self._is_term(text, latin, last):
                end = latin
                continue
            if not by_context or not (
                in_no_language(text[:last]) or self._may_stand(text, start, _word_end(text, last))
            ):
                return False
            end = start
        return True

    def _is_term(self, text: str, first: int, last: int) -> bool:
        """Whether the letters from one place to another are Latin ones that are no English text; none are inside a character."""
        if self.terms is None or self.tail.pending or first > last:
            return False
        return self.terms.may_stand(text, first, _word_end(text, last))

    @property
    def _in_japanese(self) -> bool:
        """Whether the answer is in Japanese, in which Chinese names may keep their characters."""
        return not self.rules.scripts.isdisjoint(JAPANESE_SYLLABARIES)

    def _start(self, text: str, foreign: NDArray[np.bool_], end: int) -> int:
        """Where the stretch that ends at an index begins.

        Whatever is no letter may stand in it, but for brackets and quotation marks; letters that are not foreign where they are
        in one word with a foreign one and of its writing system, or of a script that is foreign but for its symbols.
        """
        start = place = end
        while place > 0:
            char = text[place - 1]
            if char in _SETS_APART:
                break
            if not foreign[place - 1] and char.isalnum() and not self._goes_with(text, place, start):
                break
            place -= 1
            if char.isalpha():
                start = place
        return start

    def _goes_with(self, text: str, place: int, start: int) -> bool:
        """Whether the letter before a place belongs to the stretch that begins at an index, though it is not foreign itself."""
        if not text[place - 1].isalpha():
            return False
        own = self.rules.shares_writing_system(text[place - 1])
        if own and _is_kana(text[place - 1]):  # a name may stand right behind a particle
            return False
        return not own or (
            place == start < len(text) and writing_system(text[place - 1]) == writing_system(text[place])
        )

    def _may_stand(self, text: str, start: int, end: int, rest: bytes = b"") -> bool:
        """Whether a stretch of foreign letters may stand in the answer; at the end of the text it may go on."""
        before, stretch = text[:start], text[start:end]
        if in_no_language(before):
            return True
        if begins_gloss(before) and _is_short(stretch) and self._has_own_letters(before):
            return True
        if _grows_out_of_a_word(before, stretch):
            return False
        quoted = begins_quotation(before)
        apart = not self._in_japanese and any(map(self.rules.shares_writing_system, filter(str.isalpha, stretch)))
        if rest:
            return self.brought.goes_on(stretch, rest, quoted=quoted, apart=apart)
        if end == len(text):
            return self.brought.begins(stretch, quoted=quoted, apart=apart)
        return self.brought.holds(stretch, quoted=quoted, apart=apart)

    def _has_own_letters(self, before: str) -> bool:
        """Whether any of the last letters is one of the answer's: where there is none, brackets gloss nothing."""
        return any(self.rules.shares_writing_system(char) for char in before[-_OWN_WITHIN:] if char.isalpha())


def _is_kana(char: str) -> bool:
    return script_of(char) in JAPANESE_SYLLABARIES


def _latin_from(text: str, first: int, last: int, foreign: NDArray[np.bool_]) -> int:
    """The first place from which on no letters but Latin ones are foreign up to an index; behind it where that one is not."""
    others = [place for place in range(first, last + 1) if foreign[place] and script_of(text[place]) != "Latn"]
    return others[-1] + 1 if others else first


def _word_end(text: str, last: int) -> int:
    """Where the word of the letter at an index ends."""
    end, systems = last + 1, (writing_system(text[last]), None)
    while end < len(text) and text[end].isalpha() and writing_system(text[end]) in systems:
        if _is_kana(text[end]) and not _is_kana(text[last]):
            break
        end += 1
    return end


def _grows_out_of_a_word(before: str, stretch: str) -> bool:
    """Whether a stretch goes on a word of another script, where words have spaces between them: a mixed word is always drift."""
    if not before[-1:].isalpha() or not stretch:
        return False
    system = writing_system(before[-1])
    return system not in SCRIPTS_WITHOUT_SPACES and system not in (None, "Jpan", writing_system(stretch[0]))


def _is_short(stretch: str) -> bool:
    """Whether a stretch is as short as a gloss, and in one writing system."""
    letters = [char for char in stretch if char.isalpha()]
    return len(letters) <= _LONGEST_GLOSS and len({*map(writing_system, letters)} - {None}) <= 1
