"""Judges whole answers by the language that is expected of each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from tlpo_guard.brought import Brought
from tlpo_guard.languages.decided_by import DecidedBy
from tlpo_guard.languages.tags import languages
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.answers import Answer
from tlpo_guard.scan.judge import AnswerJudge
from tlpo_guard.scan.result import Scanned

__all__ = ["Scanner"]

_CACHED_JUDGES = 64
_ANSWERS, _CHARACTERS = 512, 1 << 18  # that are read ahead
_TOGETHER = 64  # answers that are judged at once


class Scanner:
    """Judges answers by the language that is named, that their record names, or that their prompt asks for.

    Args:
        language: BCP-47 tags with commas; empty for each answer's own.
        allow_english: English words in an answer in another script are neutral.

    Raises:
        UnknownLanguageError: a tag names no known language.
    """

    def __init__(self, language: str = "", *, allow_english: bool = True) -> None:
        self._languages = languages(language)
        self._allow_english = allow_english
        self._judge = lru_cache(maxsize=_CACHED_JUDGES)(AnswerJudge)

    def scan(self, answer: Answer) -> Scanned:
        """Judge one answer.

        Raises:
            UnknownLanguageError: the answer's record names a language that is not known.
        """
        return self._scanned([answer])[0]

    def scan_all(self, answers: Iterable[Answer | None]) -> Iterator[Scanned]:
        """Judge answers, in order; those in one language together, which takes two thirds of the time.

        Up to 512 answers are read before the first is judged.

        Args:
            answers: None stands where the next may be long in coming: what was read before it is judged at once.

        Raises:
            UnknownLanguageError: an answer's record names a language that is not known.
        """
        read: list[Answer] = []
        characters = 0
        for answer in answers:
            if answer is not None:
                read.append(answer)
                characters += len(answer.text)
            if answer is None or len(read) >= _ANSWERS or characters >= _CHARACTERS:
                yield from self._scanned(read)
                read, characters = [], 0
        yield from self._scanned(read)

    def _scanned(self, answers: Sequence[Answer]) -> list[Scanned]:
        policies: dict[GuardPolicy, list[int]] = {}
        scanned = []
        for row, answer in enumerate(answers):
            policy, decided_by = self._expected(answer)
            if policy.languages:
                policy = _settled(policy, answer.text)
                policies.setdefault(policy, []).append(row)
            scanned.append(Scanned(answer.text, policy.languages, decided_by, ()))
        for policy, rows in policies.items():
            judge = self._judge(policy)
            for first in range(0, len(rows), _TOGETHER):
                together = rows[first : first + _TOGETHER]
                brought = [Brought.of(answers[row].messages) for row in together]
                drifts = judge.drifts_of_all([answers[row].text for row in together], brought)
                for row, found in zip(together, drifts, strict=True):
                    scanned[row] = replace(scanned[row], drifts=found)
        return scanned

    def _expected(self, answer: Answer) -> tuple[GuardPolicy, DecidedBy]:
        if named := languages(",".join(answer.languages)) or self._languages:
            return GuardPolicy(languages=named, allow_english=self._allow_english), DecidedBy.REQUEST
        from tlpo_guard.intent import expected_language  # takes time to load, and many records name their language

        intent = expected_language((), (), answer.messages)
        policy = GuardPolicy(
            languages=intent.written,
            admitted=intent.admitted,
            claimed=intent.claimed,
            allow_english=self._allow_english,
        )
        return policy, intent.decided_by


def _settled(policy: GuardPolicy, text: str) -> GuardPolicy:
    """The policy of an answer whose beginning tells which of the languages it is in that the request leaves open; none of them
    is drift where it does not tell."""
    if not policy.claimed:
        return policy
    from tlpo_guard.intent.settling import settle

    return policy.settled(settle(policy.languages, policy.claimed, text) or policy.opened.languages)
