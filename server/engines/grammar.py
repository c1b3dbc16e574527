"""Answers of a given form, through llguidance: each form is compiled once, off the event loop, and copied for each answer."""

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

from server.engines.form import Form
from server.engines.grammar_trial import LIMITS, GrammarTrial, TrialRefusalError
from server.engines.guide import described, guide
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.generation.sequence import ConstraintError
from tlpo_guard.transfer import to_device

__all__ = ["FormConstraint", "GrammarCompiler"]

_LONGEST_FORM = 65_536  # characters
_KEPT = 64  # forms
_ERRORS = ("lexer error", "parser error")  # as llguidance calls them


class FormConstraint:
    """One answer's place in its grammar."""

    def __init__(self, matcher: LLMatcher, size: int) -> None:
        self._matcher = matcher
        self._size = size
        self._bits = allocate_token_bitmask(1, size)

    def allowed(self, device: torch.device) -> torch.Tensor:
        """The admissible tokens; bool [vocabulary].

        Raises:
            ConstraintError: the grammar cannot go on.
        """
        fill_next_token_bitmask(self._matcher, self._bits, 0)
        self._check()
        flags = np.unpackbits(self._bits[0].view(np.uint8), bitorder="little")[: self._size]
        return to_device(flags.astype(np.bool_), device)

    def advance(self, token_id: int) -> None:
        """Take in the token that was chosen; raises ConstraintError."""
        self._matcher.consume_token(token_id)
        self._check()

    def _check(self) -> None:
        if self._matcher.is_error():
            # The rest of what the library says holds the answer's text and the parser's state.
            kind = self._matcher.get_error().split(":")[0].lower()
            kind = kind if kind in _ERRORS else "grammar error"
            raise ConstraintError(f"the answer's form cannot be followed any further ({kind}); make it simpler")


class GrammarCompiler:
    """Makes constraints for one tokenizer. May be used from several threads.

    Args:
        tokenizer: of the model, as `guide.described` takes it.
        size: columns of a row of logits.
        eos_token_ids: what ends an answer.
    """

    def __init__(self, tokenizer: Any, size: int, eos_token_ids: Sequence[int]) -> None:
        self._tokenizer = tokenizer
        self._size = size
        self._eos = tuple(eos_token_ids)
        self._lock, self._compiling = threading.Lock(), threading.Lock()
        self._kept: OrderedDict[Form, LLMatcher | str] = OrderedDict()

    def constraint(self, form: Form) -> FormConstraint:
        """A constraint to a form; blocks where the form is new.

        Raises:
            ConfigurationError: a form that cannot be followed, or a tokenizer that cannot be led by one.
        """
        return FormConstraint(self._compiled(form).deep_copy(), self._size)

    def is_known(self, form: Form) -> bool:
        """Whether a form was compiled already."""
        with self._lock:
            return form in self._kept

    def check(self, form: Form) -> None:
        """Whether a constraint to a form can be made; blocks where it is new, and raises ConfigurationError."""
        self._compiled(form)

    def prepare(self) -> None:
        """Make ready for the first form; blocks, and holds the interpreter for tenths of a second.

        Raises:
            ConfigurationError: a tokenizer that cannot be led by a form.
        """
        with self._compiling:
            self._trial, self._guide  # noqa: B018

    def close(self) -> None:
        """End the process that tries grammars."""
        if "_trial" in self.__dict__:
            self._trial.close()

    def _compiled(self, form: Form) -> LLMatcher:
        if len(form.text) > _LONGEST_FORM:
            raise ConfigurationError(f"{len(form.text)} characters; {_LONGEST_FORM} are allowed")
        found = self._find(form)
        if found is None:
            with self._compiling:
                found = self._find(form) or self._keep(form, self._compile(form))
        if isinstance(found, str):
            raise ConfigurationError(found)
        return found

    def _find(self, form: Form) -> LLMatcher | str | None:
        with self._lock:
            found = self._kept.get(form)
            if found is not None:
                self._kept.move_to_end(form)
            return found

    def _keep(self, form: Form, made: LLMatcher | str) -> LLMatcher | str:
        with self._lock:
            self._kept[form] = made
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made

    def _compile(self, form: Form) -> LLMatcher | str:
        """The matcher of a form, or what is wrong with it."""
        try:
            grammar = self._trial.grammar(form)
        except TrialRefusalError as exc:
            return str(exc)
        matcher = LLMatcher(self._guide, grammar, log_level=0, limits=LIMITS)  # without the interpreter's lock
        return "this cannot be compiled" if matcher.is_error() else matcher

    @cached_property
    def _trial(self) -> GrammarTrial:
        return GrammarTrial(json.dumps(self._description))

    @cached_property
    def _guide(self) -> LLTokenizer:
        return guide(self._description)

    @cached_property
    def _description(self) -> dict[str, Any]:
        return described(self._tokenizer, self._size, self._eos)
