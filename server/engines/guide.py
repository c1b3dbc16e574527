"""What leads a grammar through the tokens of a model, as llguidance takes it, and as one process tells it to another."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from llguidance import LLTokenizer, TokenizerWrapper

from tlpo_guard.errors import ConfigurationError

__all__ = ["TokenTable", "described", "guide"]


@dataclass(frozen=True, slots=True)
class TokenTable:
    """A tokenizer of which only the tokens are told.

    Attributes:
        tokens: their bytes, by token id.
        special: the tokens that are no text, as they are spelt.
    """

    tokens: Sequence[bytes]
    special: Mapping[int, str]


def described(tokenizer: Any, size: int, eos: Sequence[int]) -> dict[str, Any]:
    """What `guide` takes, of which JSON can be made.

    Args:
        tokenizer: a table, or a tokenizer of transformers that the library tokenizers runs.
        size: columns of a row of logits.
        eos: tokens that end an answer.

    Raises:
        ConfigurationError: a tokenizer of another kind.
    """
    if isinstance(tokenizer, TokenTable):
        spelt = {token_id: text.encode() for token_id, text in tokenizer.special.items()}
        if not eos:
            raise ConfigurationError(
                "a grammar cannot lead a model of which no token ends an answer; ask without a form"
            )
        tokens = [spelt.get(token_id, data).hex() for token_id, data in enumerate(tokenizer.tokens)]
        return {"tokens": tokens, "special": sorted(spelt), "n_vocab": size, "eos_token": list(eos)}
    try:
        backend = copy(tokenizer.backend_tokenizer)
        backend.no_padding()
        backend.no_truncation()
        text = backend.to_str()
    except AttributeError as exc:
        raise ConfigurationError(
            "a grammar cannot lead this model's tokenizer; ask without a form and without forced tools"
        ) from exc
    return {"tokenizer": text, "n_vocab": size, "eos_token": list(eos) or None}


def guide(description: Mapping[str, Any]) -> LLTokenizer:
    """A tokenizer in llguidance's form, of what `described` gave."""
    if "tokens" in description:
        table = TokenizerWrapper(_Table(description))
        return LLTokenizer(table, n_vocab=description["n_vocab"], eos_token=description["eos_token"])
    given = dict(description)
    return LLTokenizer(given.pop("tokenizer"), **given)


class _Table:
    """A table as llguidance asks for it. Texts become tokens greedily, which only its guesses ahead depend on."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self.tokens = [bytes.fromhex(token) for token in description["tokens"]]
        self.special_token_ids = list(description["special"])
        self.eos_token_id = description["eos_token"][0]
        self.bos_token_id = None
        special = set(self.special_token_ids)
        self._ids = {data: i for i, data in enumerate(self.tokens) if data and i not in special}
        self._longest = max(map(len, self._ids), default=1)

    def __call__(self, text: bytes) -> list[int]:
        token_ids, at = list[int](), 0
        while at < len(text):
            sizes = range(min(self._longest, len(text) - at), 0, -1)
            size = next((size for size in sizes if text[at : at + size] in self._ids), 0)
            if size:
                token_ids.append(self._ids[text[at : at + size]])
            at += size or 1
        return token_ids
