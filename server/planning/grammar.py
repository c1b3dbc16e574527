"""Answers of a given form: JSON by schema, through llguidance."""

import json
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from tlpo_guard.errors import ConfigurationError

__all__ = ["GrammarCompiler", "JsonConstraint"]

_ANY_OBJECT = {"type": "object"}
_LARGEST_SCHEMA = 65_536  # characters


class JsonConstraint:
    """One answer's place in its grammar."""

    def __init__(self, matcher: LLMatcher, size: int) -> None:
        self._matcher = matcher
        self._size = size
        self._bits = allocate_token_bitmask(1, size)

    def allowed(self, device: torch.device) -> torch.Tensor:
        """The admissible tokens; bool [vocabulary].

        Raises:
            RuntimeError: the grammar cannot go on.
        """
        fill_next_token_bitmask(self._matcher, self._bits, 0)
        if self._matcher.is_error():
            raise RuntimeError(self._matcher.get_error())
        flags = np.unpackbits(self._bits[0].view(np.uint8), bitorder="little")[: self._size]
        return torch.from_numpy(flags).to(device).bool()

    def advance(self, token_id: int) -> None:
        """Take in the token that was chosen."""
        self._matcher.consume_token(token_id)


class GrammarCompiler:
    """Makes constraints for one tokenizer.

    Args:
        tokenizer: of the model.
        size: columns of a row of logits.
        eos_token_ids: what ends an answer.
    """

    def __init__(self, tokenizer: Any, size: int, eos_token_ids: list[int]) -> None:
        self._tokenizer = tokenizer
        self._size = size
        self._eos = eos_token_ids
        self._checked = lru_cache(maxsize=256)(self._check)

    def json_schema(self, schema: dict[str, Any] | None) -> JsonConstraint:
        """A constraint to a JSON schema; None for any object.

        Raises:
            ConfigurationError: a schema that cannot be followed, or a tokenizer that cannot be.
        """
        text = json.dumps(_ANY_OBJECT if schema is None else schema, sort_keys=True)
        if len(text) > _LARGEST_SCHEMA:
            raise ConfigurationError(f"the schema has {len(text)} characters; {_LARGEST_SCHEMA} are allowed")
        grammar, problem = self._checked(text)
        if problem:
            raise ConfigurationError(problem)
        return JsonConstraint(LLMatcher(self._guide(), grammar), self._size)

    def _check(self, schema: str) -> tuple[str, str]:
        """The grammar of a schema, and what is wrong with it; the latter is empty where nothing is."""
        try:
            grammar = LLMatcher.grammar_from_json_schema(schema)
            return grammar, str(LLMatcher.validate_grammar(grammar, self._guide()) or "")
        except ConfigurationError:
            raise
        except Exception as exc:  # whatever the library makes of a schema that is none
            return "", f"{exc}"

    def _guide(self) -> LLTokenizer:
        return _tokenizer(self._tokenizer, self._size, tuple(self._eos))


@lru_cache(maxsize=2)
def _tokenizer(tokenizer: Any, size: int, eos: tuple[int, ...]) -> LLTokenizer:
    from llguidance.hf import from_tokenizer

    try:
        return from_tokenizer(tokenizer, n_vocab=size, eos_token=list(eos) or None)
    except Exception as exc:
        raise ConfigurationError(f"this model's tokenizer cannot be led by a grammar ({exc})") from exc
