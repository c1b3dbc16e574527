"""The judges by name."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from benchmarks.quality.judges.letters import by_authors, by_unicode, rates_letters
from benchmarks.quality.judges.others import by_fasttext, by_lines
from benchmarks.quality.rows import Answer
from tlpo_guard.brought import Brought
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge

__all__ = ["COUNTED", "JUDGES", "NEUTRAL", "judge_all"]

_BY_TEXT: Mapping[str, Callable[[str, str], bool]] = {"fastText": by_fasttext, "LCB lines": by_lines}
_BY_LETTERS: Mapping[str, Callable[[str, str], bool]] = {
    "authors": partial(by_authors, english=True),
    "authors, English neutral": partial(by_authors, english=False),
    "Unicode": partial(by_unicode, english=True),
    "Unicode, English neutral": partial(by_unicode, english=False),
}
COUNTED = ("ours, strict", "fastText", "LCB lines", "authors", "Unicode")
NEUTRAL = ("ours, English neutral", "authors, English neutral", "Unicode, English neutral")
JUDGES = COUNTED + NEUTRAL


def judge_all(answers: Sequence[Answer], texts: Sequence[str]) -> list[dict[str, bool]]:
    """Whether each answer is confused, by judge; those that go by letters are missing in languages that they do not rate.

    Args:
        answers: of one language.
        texts: what of each answer is judged.
    """
    judges = dict(_BY_TEXT)
    if answers and rates_letters(answers[0].language):
        judges |= _BY_LETTERS
    brought = [Brought((answer.prompt,)) for answer in answers]
    found = [
        {name: judge(text, answer.language) for name, judge in judges.items()}
        for answer, text in zip(answers, texts, strict=True)
    ]
    for english, name in ((False, "ours, strict"), (True, "ours, English neutral")):
        judge = _ours(answers[0].language, english) if answers else None
        for row, text, said in zip(found, texts, brought, strict=True):
            row[name] = judge is not None and bool(judge.drifts(text, said))
    return [{name: row[name] for name in JUDGES if name in row} for row in found]


@cache
def _ours(language: str, english: bool) -> AnswerJudge:
    return AnswerJudge(GuardPolicy(languages=(language,), allow_english=english))
