"""The language that an answer is expected in, and how that was decided."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.languages import language
from tlpo_guard.lid import predict
from tlpo_guard.scripts import NEUTRAL, script_of

__all__ = ["Intent", "expected_language"]

# Scripts that one language in wide use is written in; the others need words to tell.
_LANGUAGE_OF_SCRIPT = {
    "Hang": "ko",
    "Hira": "ja",
    "Kana": "ja",
    "Thai": "th",
    "Grek": "el",
    "Hebr": "he",
    "Armn": "hy",
    "Geor": "ka",
    "Khmr": "km",
    "Laoo": "lo",
    "Mymr": "my",
    "Taml": "ta",
    "Telu": "te",
    "Knda": "kn",
    "Mlym": "ml",
    "Gujr": "gu",
    "Guru": "pa",
    "Sinh": "si",
}
_MIN_CONFIDENCE = 0.5
_LONGEST = 2000  # characters of a message that are read


@dataclass(frozen=True, slots=True)
class Intent:
    """The expected languages.

    Attributes:
        languages: BCP-47 tags, empty where unknown.
        decided_by: `request`, `server`, `prompt` or `unknown`.
        confidence: 0 to 1.
    """

    languages: tuple[str, ...]
    decided_by: str
    confidence: float


def expected_language(request: Sequence[str], server: Sequence[str], text: str) -> Intent:
    """The first of these that answers: the request's own setting, the server's, the language of the user's last message.

    Args:
        request: tags that the request names.
        server: tags that the server was started with.
        text: the last user message, or the prompt.
    """
    if request:
        return Intent(tuple(request), "request", 1.0)
    if server:
        return Intent(tuple(server), "server", 1.0)
    tag, confidence = _identify(text[:_LONGEST])
    return Intent((tag,), "prompt", confidence) if tag else Intent((), "unknown", confidence)


def _identify(text: str) -> tuple[str | None, float]:
    scripts = Counter(script for char in text if (script := script_of(char)) not in NEUTRAL)
    if not scripts:
        return None, 0.0
    total = scripts.total()
    kana = scripts["Hira"] + scripts["Kana"]
    if kana and kana + scripts["Hani"] > total / 2:
        return "ja", (kana + scripts["Hani"]) / total
    script, count = scripts.most_common(1)[0]
    if script in _LANGUAGE_OF_SCRIPT and count > total / 2:
        return _LANGUAGE_OF_SCRIPT[script], count / total
    label, confidence = predict(text)[0]
    try:
        known = language(label)
    except UnknownLanguageError:
        return None, 0.0
    fits = script in known.scripts and confidence >= _MIN_CONFIDENCE
    return (known.tag, confidence) if fits else (None, confidence)
