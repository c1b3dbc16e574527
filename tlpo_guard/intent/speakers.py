"""Several people who speak in one message, each in their language: "Anna: …", "Paul: …"."""

from tlpo_guard.intent.identify import identify
from tlpo_guard.words.patterns import compiled

__all__ = ["languages_of_speakers"]

_LINE = r"[ \t]*(?P<name>\p{L}[\p{L} .\-]{0,24})[:：][ \t]*(?P<said>\S.*)"
_MOST_LINES = 12


def languages_of_speakers(text: str) -> tuple[str, ...]:
    """The languages (BCP-47) that different people speak, by their first lines; empty where not every line is somebody's."""
    lines = [line for line in text.strip().split("\n", _MOST_LINES) if line.strip()]
    if not 1 < len(lines) <= _MOST_LINES:
        return ()
    spoken: dict[str, str] = {}
    for line in lines:
        match = compiled(_LINE).fullmatch(line)
        tag = identify(match["said"]).tag if match else None
        if match is None or tag is None:
            return ()
        spoken.setdefault(match["name"], tag)
    tags = tuple(dict.fromkeys(spoken.values()))
    return tags if len(tags) > 1 else ()
