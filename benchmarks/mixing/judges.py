"""Whether an answer mixes scripts, with English neutral.

`mixed` wants letters of another script beside the language's own, and is what the benchmark is about; `letters` counts what is
wholly in another script, too, `paper` goes by the TLPO paper's rules, and `ours` is the scanner's verdict.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from tlpo_guard.brought import Brought
from tlpo_guard.languages.scripts import NEUTRAL, script_of
from tlpo_guard.languages.tags import language
from tlpo_guard.paper import count_words
from tlpo_guard.policy import GuardPolicy
from tlpo_guard.scan.judge import AnswerJudge

__all__ = ["JUDGES", "MIXED", "judged", "own_text"]

MIXED = "mixed"
JUDGES = (MIXED, "letters", "paper", "ours")
_LETTERS_OF_SIGNS = frozenset({"Grek"})


def judged(answer: str, tag: str, said: Sequence[str]) -> Mapping[str, bool]:
    """Whether each judge finds scripts mixed; `paper` is missing in languages that it does not rate.

    Args:
        tag: expected language.
        said: texts of the conversation; strings that the answer copies from them in other scripts do not count.
    """
    own = own_text(answer, tag, said)
    foreign, in_language = any(map(_foreign_of(tag), own)), any(script_of(c) in language(tag).scripts for c in own)
    found = {MIXED: foreign and in_language, "letters": foreign}
    found["ours"] = bool(_ours(tag).drifts(answer, Brought(tuple(said))))
    if "Latn" not in language(tag).scripts:
        found["paper"] = count_words(own, tag).failing(english_counts=False) > 0
    return found


def own_text(answer: str, tag: str, said: Sequence[str]) -> str:
    """The answer without the strings in foreign letters that stand in the conversation."""
    foreign, whole = _foreign_of(tag), "\n".join(said)
    runs = re.compile(r"[^\W\d_]+")

    def kept(run: "re.Match[str]") -> str:
        text = run[0]
        return "" if any(map(foreign, text)) and _foreign_part(text, tag) in whole else text

    return runs.sub(kept, answer)


def _foreign_part(run: str, tag: str) -> str:
    """What of a run of letters is foreign, from its first letter to its last."""
    places = [i for i, letter in enumerate(run) if _foreign_of(tag)(letter)]
    return run[places[0] : places[-1] + 1]


@cache
def _foreign_of(tag: str):  # type: ignore[no-untyped-def]
    """Whether a letter is of a script that is neither the language's nor Latin, nor one of signs."""
    allowed = language(tag).scripts | NEUTRAL | {"Latn"} | _LETTERS_OF_SIGNS
    return cache(lambda letter: letter.isalpha() and script_of(letter) not in allowed)


@cache
def _ours(tag: str) -> AnswerJudge:
    return AnswerJudge(GuardPolicy(languages=(tag,), allow_english=True))
