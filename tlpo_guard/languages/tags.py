"""Language tags and the scripts their text is written in."""

from dataclasses import dataclass
from functools import lru_cache

import langcodes

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.languages.relations import SCRIPT_PARTS

__all__ = ["Language", "language", "languages"]


@dataclass(frozen=True, slots=True)
class Language:
    """A language and what it is written in.

    Attributes:
        tag: canonical BCP-47 tag, such as `ko` or `zh-Hant`.
        scripts: ISO 15924 codes of the scripts of its letters.
    """

    tag: str
    scripts: frozenset[str]


@lru_cache(maxsize=512)
def language(tag: str) -> Language:
    """The language of a BCP-47 tag.

    Raises:
        UnknownLanguageError: not a tag, or a language whose script is not known.
    """
    try:
        parsed = langcodes.Language.get(langcodes.standardize_tag(tag))
        script = parsed.maximize().script
    except (ValueError, AttributeError) as exc:
        raise UnknownLanguageError(f"{tag!r} is not a BCP-47 language tag; use one such as 'ko' or 'zh-Hant'") from exc
    if not parsed.language or script in (None, "Zyyy", "Zxxx", "Zzzz") or not parsed.is_valid():
        raise UnknownLanguageError(f"the language or script of {tag!r} is unknown; use a tag such as 'ko' or 'zh-Hant'")
    assert script is not None
    return Language(parsed.to_tag(), SCRIPT_PARTS.get(script, frozenset({script})))


def languages(tags: str) -> tuple[str, ...]:
    """Canonical tags of a comma-separated list; empty for an empty string."""
    return tuple(language(tag.strip()).tag for tag in tags.split(",") if tag.strip())
