"""Forms of answers: in the order of the schema, with little white space, and never too dear."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import torch

from server.engines.form import Form, FormKind
from server.engines.grammar import FormConstraint, GrammarCompiler
from tlpo_guard.errors import ConfigurationError
from tlpo_guard.generation.sequence import ConstraintError

CPU = torch.device("cpu")
END = 2  # <|im_end|>
# Each step of it is cheap at first.
TANGLED = {"type": "string", "pattern": "^(a|b|c|d|e|[a-z]{1,50}){1,200}x$"}


@pytest.fixture(scope="module")
def compiler(small_model: Path) -> Iterator[GrammarCompiler]:
    from transformers import AutoTokenizer

    made = GrammarCompiler(AutoTokenizer.from_pretrained(small_model), 49_152, [END])  # type: ignore[no-untyped-call]
    yield made
    made.close()


def schema(fields: object) -> Form:
    return Form(FormKind.JSON_SCHEMA, json.dumps(fields))


def an_object(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def spell(compiler: GrammarCompiler, constraint: FormConstraint, text: str) -> bool:
    """Whether a text is admitted from here on, token by token."""
    for token_id in compiler._tokenizer(text, add_special_tokens=False)["input_ids"]:
        if not constraint.allowed(CPU)[token_id]:
            return False
        constraint.advance(token_id)
    return True


def admits(compiler: GrammarCompiler, form: Form, text: str) -> bool:
    """Whether a text is a whole answer of a form."""
    constraint = compiler.constraint(form)
    return spell(compiler, constraint, text) and bool(constraint.allowed(CPU)[END])


def trial_processes() -> list[int]:
    """Those that try grammars, children of this one."""
    running = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if child.status() != psutil.STATUS_ZOMBIE and any("grammar_trial" in word for word in child.cmdline()):
                running.append(child.pid)
    return sorted(running)


def test_fields_come_in_the_order_of_the_schema(compiler: GrammarCompiler) -> None:
    form = schema(an_object(reasoning={"type": "string"}, answer={"type": "integer"}))
    assert admits(compiler, form, '{"reasoning": "two and two", "answer": 4}')
    assert not admits(compiler, form, '{"answer": 4, "reasoning": "two and two"}')


def test_white_space_is_bounded(compiler: GrammarCompiler) -> None:
    form = schema(an_object(a={"type": "integer"}))
    assert admits(compiler, form, '{\n  "a": 1\n}')
    assert not admits(compiler, form, '{\n\n\n\n\n\n "a": 1}')


@pytest.mark.parametrize(
    ("kind", "text", "fits", "does_not"),
    [
        (FormKind.REGEX, r"\d{1,3}(\.\d{1,3}){3}", "192.168.0.1", "192.168"),
        (FormKind.CHOICE, json.dumps(["Python", 'C "++"', "Ja\nva"]), 'C "++"', "Rust"),
        (FormKind.GRAMMAR, 'start: "col_" DIGIT\nDIGIT: "1" | "2"', "col_2", "col_3"),
        (FormKind.GRAMMAR, 'root ::= "col_" digit\ndigit ::= "1" | "2"', "col_1", "col_3"),
    ],
)
def test_other_kinds_of_forms(compiler: GrammarCompiler, kind: FormKind, text: str, fits: str, does_not: str) -> None:
    assert admits(compiler, Form(kind, text), fits)
    assert not admits(compiler, Form(kind, text), does_not)


@pytest.mark.parametrize("divisor", [999_983, 999_999_937])
def test_a_form_that_is_too_dear_is_refused_in_time_and_the_next_one_is_not(
    compiler: GrammarCompiler, divisor: int
) -> None:
    dear = schema(an_object(n={"type": "integer", "multipleOf": divisor}))
    with pytest.raises(ConfigurationError, match="make it simpler"):
        compiler.check(dear)
    assert compiler.is_known(dear)  # nobody pays for it twice
    assert admits(compiler, schema(an_object(after={"type": "null"})), '{"after": null}')


def test_the_process_that_a_form_has_killed_is_replaced_before_the_next_form_comes(compiler: GrammarCompiler) -> None:
    compiler.prepare()
    (old,) = trial_processes()
    with pytest.raises(ConfigurationError):
        compiler.check(schema(an_object(n={"type": "integer", "multipleOf": 999_979})))
    until = time.monotonic() + 60
    while (new := trial_processes()) in ([], [old]) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(new) == 1 and new != [old]


def test_a_prepared_compiler_has_all_of_the_tokenizer_that_it_needs(compiler: GrammarCompiler) -> None:
    tokenizer = SimpleNamespace(backend_tokenizer=compiler._tokenizer.backend_tokenizer)
    prepared = GrammarCompiler(tokenizer, 49_152, [END])
    others = trial_processes()
    prepared.prepare()
    del tokenizer.backend_tokenizer
    prepared.check(schema(an_object(a={"type": "boolean"})))
    prepared.close()
    assert trial_processes() == others


@pytest.mark.parametrize(
    ("form", "match"),
    [
        (schema({"type": "nonsense"}), "nonsense"),
        (Form(FormKind.REGEX, "(open"), "regex|paren|group"),
        (Form(FormKind.GRAMMAR, "root ::= ("), "."),
        (Form(FormKind.GRAMMAR, "start: missing"), "missing"),
        (Form(FormKind.REGEX, "a" * 70_000), "65536"),
    ],
)
def test_what_is_wrong_with_a_form_is_told_in_one_line(compiler: GrammarCompiler, form: Form, match: str) -> None:
    with pytest.raises(ConfigurationError, match=match) as refused:
        compiler.check(form)
    assert "\n" not in str(refused.value) and "non-verbose" not in str(refused.value)


def test_each_answer_has_a_place_of_its_own_in_a_form_that_is_compiled_once(compiler: GrammarCompiler) -> None:
    form = schema(an_object(a={"enum": ["x", "y"]}))
    first, second = compiler.constraint(form), compiler.constraint(form)
    assert spell(compiler, first, '{"a": "x"}')
    assert spell(compiler, second, '{"a": "y"}')
    kept = compiler._compiled(form)
    compiler.check(form)
    assert compiler._compiled(form) is kept


def test_a_form_that_becomes_too_complex_says_so_and_nothing_of_the_answer(compiler: GrammarCompiler) -> None:
    constraint = compiler.constraint(schema(TANGLED))
    draws = np.random.default_rng(0)
    with pytest.raises(ConstraintError, match="lexer error") as failed:
        for _ in range(60):
            constraint.advance(int(draws.choice(np.flatnonzero(constraint.allowed(CPU).numpy()))))
    assert len(str(failed.value).splitlines()) == 1


def test_ctrl_c_reaches_the_server_alone(compiler: GrammarCompiler) -> None:
    compiler.constraint(schema(an_object(a={"type": "integer"})))
    groups = {os.getpgid(process) for process in trial_processes()}
    assert groups and os.getpgrp() not in groups  # a terminal interrupts a whole group
