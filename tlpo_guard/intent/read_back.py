"""The conversation behind an event, read back from the prompt's token ids."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from tlpo_guard.intent.message import Message

__all__ = ["messages_of"]

_ROLES = {"user": "user", "human": "user", "inst": "user", "system": "system", "developer": "developer"}
_ROLES |= {
    "system_prompt": "system",
    "assistant": "assistant",
    "model": "assistant",
    "/inst": "assistant",
    "tool": "tool",
}
_NAME = "|".join(map(re.escape, sorted(_ROLES, key=len, reverse=True)))
_HEAD = re.compile(rf"\s*({_NAME})[ \t]*(?:\n|\Z)", re.IGNORECASE)  # `user` on a line of its own behind a special token
_TOKEN = re.compile(rf"[<\[][|｜]?(?:{_NAME})[|｜]?[>\]]", re.IGNORECASE)  # `<|user|>`, `[INST]`


Decode = Callable[[Sequence[int]], str]


def messages_of(decode: Decode, special: Mapping[int, str], prompt_ids: Sequence[int]) -> list[Message]:
    """The messages of a prompt as its chat template wrote it; one message of the user where there is no template.

    Args:
        decode: token ids to text, special tokens left out.
        special: the texts of its special tokens, by id.
        prompt_ids: token ids.
    """
    messages, role = list[Message](), ""
    for token, text in _pieces(decode, special, prompt_ids):
        if _TOKEN.fullmatch(token):
            role = _ROLES[token.strip("<>[]|｜").lower()]
        if (head := _HEAD.match(text)) is not None:
            role, text = _ROLES[head[1].lower()], text[head.end() :]
        if role and text.strip():
            messages.append(Message(role, text.strip()))
            role = ""
    return messages or [Message("user", decode(prompt_ids))]


def _pieces(decode: Decode, special: Mapping[int, str], prompt_ids: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Each special token, and the text up to the next; before the first one the token is empty."""
    token, start = "", 0
    for place, token_id in enumerate((*prompt_ids, -1)):
        if token_id in special or token_id == -1:
            yield token, decode(prompt_ids[start:place])
            token, start = special.get(token_id, ""), place + 1
