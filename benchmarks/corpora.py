"""Text in languages that the completions do not have: the translations that Django carries."""

import gettext
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["PAIRS", "sentences"]

# Pairs that are confused in practice.
PAIRS = (("es", "pt"), ("id", "ms"), ("nl", "de"), ("cs", "sk"), ("da", "sv"), ("uk", "ru"), ("fa", "ar"))


@cache
def sentences(tag: str) -> list[str]:
    """Lines of at least ten words of a language, joined from its messages; empty where Django is not installed."""
    spec = find_spec("django")
    if spec is None or not spec.submodule_search_locations:
        return []
    root = Path(spec.submodule_search_locations[0])
    lines, line = [], ""
    for path in sorted(root.glob(f"**/locale/{tag}/LC_MESSAGES/*.mo")):
        with path.open("rb") as file:
            messages = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for text in dict.fromkeys(str(message) for message in messages.values()):
            if len(text.split()) >= 3 and "%" not in text and "{" not in text and "<" not in text and "\n" not in text:
                line = f"{line} {text}".strip()
                if len(line.split()) >= 10:
                    lines.append(line)
                    line = ""
    return lines
