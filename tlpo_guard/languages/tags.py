"""Language tags and the scripts their text is written in."""

from dataclasses import dataclass
from functools import lru_cache

import langcodes

from tlpo_guard.errors import UnknownLanguageError
from tlpo_guard.languages.relations import (
    PART_OF_LANGUAGE,
    SCRIPT_PARTS,
    SCRIPTS_IN_USE,
    SCRIPTS_IN_USE_EVERYWHERE,
    chinese_writings,
)
from tlpo_guard.languages.repertoires import parts_of

__all__ = ["Language", "language", "languages"]


@dataclass(frozen=True, slots=True)
class Language:
    """A language and what it is written in.

    Attributes:
        tag: canonical BCP-47 tag, such as `ko` or `zh-Hant`.
        scripts: ISO 15924 codes of the scripts of its letters.
        letters: which letters of these scripts: a script for all of them, or parts of it as `repertoires` names them, such as
            `Hant` or `Cyrl-ru`.
    """

    tag: str
    scripts: frozenset[str]
    letters: frozenset[str]


@lru_cache(maxsize=512)
def language(tag: str) -> Language:
    """The language of a BCP-47 tag; `und-Cyrl` is any language in a script.

    Raises:
        UnknownLanguageError: not a tag, or a language whose script is not known.
    """
    try:
        parsed = _with_script(
            langcodes.Language.get(langcodes.standardize_tag(tag)), langcodes.Language.get(tag).script
        )
        script = parsed.maximize().script
    except (ValueError, AttributeError) as exc:
        raise UnknownLanguageError(f"{tag!r} is not a BCP-47 language tag; use one such as 'ko' or 'zh-Hant'") from exc
    if not (parsed.language or parsed.script) or script in (None, "Zyyy", "Zxxx", "Zzzz") or not parsed.is_valid():
        raise UnknownLanguageError(f"the language or script of {tag!r} is unknown; use a tag such as 'ko' or 'zh-Hant'")
    assert script is not None
    scripts = _all_in_use(parsed) or SCRIPT_PARTS.get(script, frozenset({script}))
    return Language(parsed.to_tag(), scripts, frozenset[str]().union(*(_letters(parsed, script) for script in scripts)))


def _with_script(standard: langcodes.Language, script: str | None) -> langcodes.Language:
    """Langcodes drops a script that is the usual one; of a language with several it says which one is meant (`kk-Cyrl`)."""
    if script is None or standard.script is not None or standard.language not in SCRIPTS_IN_USE:
        return standard
    return langcodes.Language.make(language=standard.language, script=script, territory=standard.territory)


def _all_in_use(parsed: langcodes.Language) -> frozenset[str]:
    """The scripts of a language with several, where the tag leaves them open; none elsewhere."""
    code = parsed.language or ""
    if parsed.script is not None or (parsed.territory is not None and code not in SCRIPTS_IN_USE_EVERYWHERE):
        return frozenset()
    return frozenset(SCRIPTS_IN_USE.get(code, "").split())


def _letters(parsed: langcodes.Language, script: str) -> frozenset[str]:
    """What a language writes of one of its scripts."""
    code = parsed.language or ""
    if script == "Hani" and (writings := chinese_writings(code, parsed.script, parsed.territory)):
        return writings
    part = PART_OF_LANGUAGE.get(code, script)
    return frozenset({part if part in parts_of(script) else script})


def languages(tags: str) -> tuple[str, ...]:
    """Canonical tags of a comma-separated list; empty for an empty string."""
    return tuple(language(tag.strip()).tag for tag in tags.split(",") if tag.strip())
