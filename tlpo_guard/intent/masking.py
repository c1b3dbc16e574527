"""What in a message is not its writer's own words: code, addresses, quotations. Blanked, so that offsets stay."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

__all__ = ["has_code", "quotations", "without_code", "without_quotes"]

_CODE = r"""
    ```.*?(?:```|\Z) | ~~~.*?(?:~~~|\Z) | `[^`\n]+`
  | \b(?:https?://|www\.)\S+ | (?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.]++
  | \$\$.+?\$\$ | <[/!]?[a-zA-Z][^<>\n]*>
"""
# Lines that read as source code, shell or a stack trace even without a fence.
_CODE_LINE = r"""
    ^[\t ]*+(?:
        (?:def|class|func|fn|async\ def)\ [\w.]+[\t ]*[(:{<].*
      | (?-i:import|from|package|using|return|const|let|var|public|private|static|elif|print|echo)\b
        [^.?!;\n]*(?:[(){}=\[\]].*|;)
      | (?:import|from)\ [\w.]+(?:\ (?:as|import)\ [\w., *]+)?
      | (?:\#include|\#define|\$\ |>>>\ |@\w+\(|\}|\{|</?\w+|//|/\*).*
      | (?:select\b.+\bfrom|insert\ into|update\ .+\ set|create\ table|delete\ from|alter\ table)\b.*
      | (?:[\w.<>*&]++\ ++){0,3}[\w.<>]*+[\t ]*+[=({\[].*[;{}]
      | [\[{].*[\]}]
      | [}{]
      | [\w.\[\]]++[\t ]*+(?:=|:=|\+=|->|=>)[\t ]*+\S++(?:[\t ]*+[^\w\s,.?!].*)?
      | [\w.]++\([^)\n]*\)
      | (?:if|for|while|else|try|except|with)\b.*:
      | Traceback\ .* | File\ ".*
    )[\t ]*$
"""
_ERROR = r"(?<![\w.])[\w.]++(?<=[a-z](?:Error|Exception|Warning)):[^\n,]*"
# Lines of a table with a mark between its columns, of a log, a stack trace, a compiler or a shell, and headers of mails.
_MACHINE_LINE = r"""
    (?:^[^,;\t|\n]*+(?:[,;\t|](?!\ )[^,;\t|\n]*+){3,}(?:\n|\Z)){2,}
  | ^[\t ]*+(?:
        \[?(?:\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d|[A-Z][a-z]{2}\ [\d ]\d\ \d\d:\d\d).*
      | (?:\[\w+\]\ )?\[?(?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|TRACE|CRITICAL|SEVERE|NOTICE|ERR!|npm\ ERR!)\]?[\s:|].*
      | at\ [\w.$<>/@~-]++(?:\ \[as\ \w+\])?\ ?\(.*\) | at\ \S+:\d+(?::\d+)? | \.{3}\ \d+\ more
      | Caused\ by:.* | Exception\ in\ thread.* | goroutine\ \d+.* | panic:.* | Segmentation\ fault.*
      | (?:fatal|error|warning|remote|hint|note|error\[\w+\]|error\ TS\d+):\ .*
      | (?=[^\s:]*+:)(?=[\w-]*+[./\\~])[\w./\\~-]++:\d+(?::\d+)?:?\ .*
      | (?:From|To|Cc|Bcc|Subject|Date|Sent|Von|An|Betreff|Gesendet|De|À|Objet|Para|Asunto|Oggetto|От|Кому|Тема):\ .*@.*
      | "[^"\n]*+"[\t ]*+:.*
    )[\t ]*$
"""
# An opening mark inside ends the search for the closing one, so that many openings take no longer than one.
_QUOTED = r"""
    (?<=[:：\n]\s?)"[^"]{2,}" | "[^"\n]{2,}" | “[^“”]{2,}[”“] | „[^„“”"]{2,}[“”"] | «[^«»]{2,}» | »[^«»]{2,}«
  | 「[^「」]+」 | 『[^『』]+』 | 《[^《》]+》
  | (?<![\w])['‘][^'’\n]{2,}['’](?![\w]) | ^[\t ]*+>.*$ | \"{3}.*?(?:\"{3}|\Z)
"""
_CODE_MARKS, _ERROR_MARKS = ("`", "<", "@", "://", "www.", "$$", "~~~"), ("Error:", "Exception:", "Warning:")
_SELDOM_PROSE = frozenset("`={}();#<>@/$[")


@cache
def _patterns() -> "tuple[regex.Pattern[str], ...]":
    import regex

    verbose = regex.VERBOSE | regex.MULTILINE
    return (
        regex.compile(_CODE, verbose | regex.DOTALL),
        regex.compile(_CODE_LINE, verbose | regex.IGNORECASE),
        regex.compile(_MACHINE_LINE, verbose),
        regex.compile(_QUOTED, verbose),
        regex.compile(_ERROR),
    )


def _blanks(match: "regex.Match[str]") -> str:
    return "".join("\n" if char == "\n" else " " for char in match.group())


def _blank(pattern: "regex.Pattern[str]", text: str) -> str:
    return str(pattern.sub(_blanks, text))


@lru_cache(maxsize=64)
def without_code(text: str) -> str:
    """The text with code, logs, addresses and markup blanked."""
    if _SELDOM_PROSE.isdisjoint(text) and ":" not in text and "www." not in text and " " in text:
        return text
    fenced, code, machine, _, error = _patterns()
    text = _blank(machine, _blank(fenced, text) if _holds(text, _CODE_MARKS) else text)
    text = _blank(code, text)
    return _blank(error, text) if _holds(text, _ERROR_MARKS) else text


def _holds(text: str, marks: Sequence[str]) -> bool:
    return any(mark in text for mark in marks)


def without_quotes(text: str) -> str:
    """The text with quotations and quoted lines blanked."""
    return _blank(_patterns()[3], text)


def quotations(text: str) -> list[tuple[int, int]]:
    """Where the quotations and quoted lines of a text stand, with their marks."""
    return [match.span() for match in _patterns()[3].finditer(text)]


def has_code(text: str) -> bool:
    """Whether the text holds code, an address or markup."""
    return without_code(text) != text
