"""Why something is kept out, in plain words."""

from functools import lru_cache

from tlpo_guard.guard.state import SequenceState
from tlpo_guard.languages.scripts import NEUTRAL, script_of

__all__ = ["why_blocked"]

_LETTERS = {
    "Arab": "Arabic letters",
    "Cyrl": "Cyrillic letters",
    "Deva": "Devanagari letters",
    "Grek": "Greek letters",
    "Hang": "Hangul",
    "Hani": "Chinese characters",
    "Hebr": "Hebrew letters",
    "Hira": "hiragana",
    "Kana": "katakana",
    "Latn": "Latin letters",
    "Thai": "Thai letters",
}


def why_blocked(state: SequenceState, text: str) -> str:
    """Why the guard keeps a token with a foreign letter out of an answer.

    Args:
        state: of the answer before the token.
        text: of the token.
    """
    assert state.rules is not None
    foreign = state.rules.foreign_letters(text)
    char = next((c for c, f in zip(text, foreign.tolist(), strict=True) if f), text[:1])
    languages = ", ".join(state.course.policy.languages)
    if state.course.stayed_too_long:
        return f"the answer should be in {languages}, and has not been for a long stretch"
    letters = _letters(char)
    if state.rules.shares_writing_system(char):
        return f"{languages} does not use this letter ({char}), and the conversation does not bring this string"
    return f"{languages} is not written in {letters}, and the conversation neither admits nor brings them"


@lru_cache(maxsize=256)
def _letters(char: str) -> str:
    script = script_of(char) if char else ""
    if script in NEUTRAL or not script:
        return "such characters"
    return _LETTERS.get(script, f"letters of the script {script}")
