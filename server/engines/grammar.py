"""Answers of a given form: JSON by schema, through llguidance."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.transfer import to_device

__all__ = ["GrammarCompiler", "JsonConstraint"]

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
        return to_device(flags.astype(np.bool_), device)

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

    def __init__(self, tokenizer: Any, size: int, eos_token_ids: Sequence[int]) -> None:
        self._tokenizer = tokenizer
        self._size = size
        self._eos = tuple(eos_token_ids)
        self._checked = lru_cache(maxsize=256)(self._check)

    def constraint(self, schema: str) -> JsonConstraint:
        """A constraint to a JSON schema, given as JSON text.

        Raises:
            ConfigurationError: a schema that cannot be followed, or a tokenizer that cannot be led by one.
        """
        return JsonConstraint(LLMatcher(self._guide(), self._grammar(schema)), self._size)

    def check(self, schema: str) -> None:
        """Whether a constraint to a schema can be made; raises ConfigurationError."""
        self._grammar(schema)

    def _grammar(self, schema: str) -> str:
        if len(schema) > _LARGEST_SCHEMA:
            raise ConfigurationError(f"the schema has {len(schema)} characters; {_LARGEST_SCHEMA} are allowed")
        grammar, problem = self._checked(schema)
        if problem:
            raise ConfigurationError(problem)
        return grammar

    def _check(self, schema: str) -> tuple[str, str]:
        """The grammar of a schema, and what is wrong with it; the latter is empty where nothing is."""
        try:
            grammar = LLMatcher.grammar_from_json_schema(schema)
            return grammar, str(LLMatcher.validate_grammar(grammar, self._guide()) or "")
        except ConfigurationError:
            raise
        except Exception as exc:  # the library raises many kinds
            return "", f"{exc}"

    def _guide(self) -> LLTokenizer:
        return _tokenizer(self._tokenizer, self._size, self._eos)


@lru_cache(maxsize=2)
def _tokenizer(tokenizer: Any, size: int, eos: tuple[int, ...]) -> LLTokenizer:
    from llguidance.hf import from_tokenizer

    try:
        return from_tokenizer(tokenizer, n_vocab=size, eos_token=list(eos) or None)
    except Exception as exc:
        raise ConfigurationError(
            f"a grammar cannot lead this model's tokenizer ({exc}); ask without a JSON schema and without forced tools"
        ) from exc
