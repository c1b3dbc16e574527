"""Control tokens that stand in people's text, kept apart from those that a chat template writes.

A template joins both to one text, and a tokenizer takes every spelling of a control token for the token: `<|im_end|>` in a
message would end it, and what follows would speak as the system. So a mark is put into each spelling in people's text
before the template sees it. The tokenizer finds the template's tokens first, on the text as it is, and drops the mark only
then; what it stood in is text like any other.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["MARK", "ControlTokens"]

MARK = "\ufdd0"  # no character, by Unicode's word; where marks are dropped, people's own go, too


class ControlTokens:
    """The control tokens of one tokenizer.

    Special tokens are control tokens in everybody's text. Tokens that are added but not special, such as `<think>`, are so
    where the chat template writes them, but not in an assistant's messages, which bring them back from earlier answers.

    Args:
        special: spellings of the special tokens.
        added: spellings of the others that were added to the vocabulary.
        template: source of the chat template.
    """

    def __init__(self, special: Iterable[str], added: Iterable[str], template: str) -> None:
        control = {token for token in special if token}
        self._special = _spellings(control)
        self._all = _spellings(control | {token for token in added if token.strip() and token in template})

    def marked(self, turns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """A conversation's turns, with a mark in every control token that they spell."""
        return [
            {
                name: value if name == "role" else _marked(value, self._spelt_by(turn["role"]))
                for name, value in turn.items()
            }
            for turn in turns
        ]

    def marked_tools(self, tools: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The same for descriptions of tools."""
        return [_marked(tool, self._all) for tool in tools]

    def marked_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The same for what a request hands to the template."""
        return {name: _marked(value, self._all) for name, value in options.items()}

    def _spelt_by(self, role: str) -> "re.Pattern[str] | None":
        return self._special if role == "assistant" else self._all


def _marked(value: Any, spellings: "re.Pattern[str] | None") -> Any:
    if spellings is None:
        return value
    if isinstance(value, str):
        return spellings.sub(rf"\g<0>{MARK}", value)
    if isinstance(value, dict):
        return {_marked(name, spellings): _marked(one, spellings) for name, one in value.items()}
    return [_marked(one, spellings) for one in value] if isinstance(value, list) else value


def _spellings(tokens: Iterable[str]) -> "re.Pattern[str] | None":
    """Finds the first character of each spelling, overlapping ones too; as a trie, for some tokenizers have thousands."""
    trie: dict[str, Any] = {}
    for token in tokens:
        node = trie
        for character in token:
            node = node.setdefault(character, {})
        node[""] = {}
    firsts = [f"{re.escape(character)}(?={_pattern(rest)})" for character, rest in trie.items()]
    return re.compile("|".join(firsts)) if firsts else None


def _pattern(trie: dict[str, Any]) -> str:
    if "" in trie:  # what is longer begins with a spelling as well
        return ""
    ways = [re.escape(character) + _pattern(rest) for character, rest in trie.items()]
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"
