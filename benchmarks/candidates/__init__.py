"""Candidates of confusion points with what follows them, labelled by hand, in eight languages; read by `benchmarks.rewards`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LANGUAGES", "Candidate", "candidates"]

LANGUAGES = {
    "ko": "Korean",
    "zh": "Chinese",
    "de": "German",
    "tr": "Turkish",
    "ar": "Arabic",
    "vi": "Vietnamese",
    "ru": "Russian",
    "ja": "Japanese",
}
_CUT = "¦"
_LINE_BREAK = "⏎"


@dataclass(frozen=True, slots=True)
class Candidate:
    """How an answer goes on.

    Attributes:
        language: that the answer is expected in.
        question: which is answered.
        label: "W" where it leaves the language, "R" where it does not, "C" in code, where anything may stand.
        kind: of case.
        before: the answer so far.
        after: how it goes on.
    """

    language: str
    question: str
    label: str
    kind: str
    before: str
    after: str


def candidates(language: str, half: str) -> Iterator[Candidate]:
    """Those of one language.

    Args:
        half: "open", or "sealed": by those nothing was written or set.
    """
    question = ""
    for line in (Path(__file__).parent / half / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("Q "):
            question = line[2:]
            continue
        label, kind, text = line.split("\t")
        before, after = text.replace(_LINE_BREAK, "\n").split(_CUT)
        yield Candidate(language, question, label, kind, before, after)
