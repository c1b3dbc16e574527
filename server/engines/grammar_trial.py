"""Compiles grammars in a process of its own, which may be killed: some of 300 bytes take minutes, or all memory.

That process reads lines of JSON: the tokenizer first, then forms; and writes a line for each.
"""

import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

import psutil
from llguidance import LLMatcher, LLParserLimits, LLTokenizer, grammar_from

from server.engines.form import Form, FormKind
from server.engines.guide import guide
from server.engines.json_spacing import json_spacing

__all__ = ["LIMITS", "GrammarTrial", "TrialRefusalError", "serve"]

LIMITS = LLParserLimits(step_lexer_fuel=100_000, max_lexer_states=50_000, verbose_errors=False)

_CPU_SECONDS = 0.5  # for one form
_SECONDS = 15.0  # the same by the clock, on a machine that has much else to do
_START_SECONDS = 60.0
_MEMORY = 2**30  # bytes, besides what the tokenizer takes
# The imports, too, make way for the server's threads.
_PROGRAM = f"import os, sys; os.nice(5); from {__name__} import serve; serve(sys.stdin, sys.stdout)"
_LIMIT_WORDS = re.compile("fuel|too many expressions|max is|limit")  # of llguidance, where one of LIMITS was met
_TOO_DEAR = (
    f"this takes more than {_CPU_SECONDS:g} s or {_MEMORY >> 20} MiB to compile; make it simpler "
    "(a large multipleOf and long intersections of patterns are dear)"
)


class TrialRefusalError(Exception):
    """A form that answers cannot be held to; says why in one line."""


class GrammarTrial:
    """Finds out what a form costs before the server compiles it. Used from one thread.

    A process is started ahead of the form that needs it: the one that died over a form is replaced while nobody waits.

    Args:
        tokenizer: what `guide.guide` takes, as JSON in one line.
    """

    def __init__(self, tokenizer: str) -> None:
        self._tokenizer = tokenizer
        self._process: subprocess.Popen[str] | None = None
        self._starting = ThreadPoolExecutor(1, thread_name_prefix="grammar-trial")
        self._started = self._starting.submit(self._start)

    def grammar(self, form: Form) -> str:
        """The grammar of a form, in llguidance's words; it can be compiled within the limits.

        Raises:
            TrialRefusalError: it cannot.
        """
        process = self._running()
        told = self._ask(process, json.dumps([str(form.kind), form.text]), _SECONDS)
        if told is None:
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                self._start_anew()
            raise TrialRefusalError(_TOO_DEAR)
        if problem := told["problem"]:
            raise TrialRefusalError(problem)
        return str(told["grammar"])

    def close(self) -> None:
        """End the process and start no other."""
        self._starting.shutdown(wait=False, cancel_futures=True)
        self._end()
        self._starting.shutdown()
        self._end()

    def _running(self) -> "subprocess.Popen[str]":
        if self._started.done() and (self._started.exception() or self._started.result().poll() is not None):
            self._start_anew()
        return self._started.result()

    def _start_anew(self) -> None:
        self._started = self._starting.submit(self._start)

    def _start(self) -> "subprocess.Popen[str]":
        self._end()
        process = self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            process_group=0,  # Ctrl-C is for the server, which ends it
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        told = self._ask(process, self._tokenizer, _START_SECONDS)
        if told is None or told["problem"]:
            self._end()
            raise TrialRefusalError(
                "the process that compiles grammars does not start" if told is None else told["problem"]
            )
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    @staticmethod
    def _ask(process: "subprocess.Popen[str]", line: str, seconds: float) -> dict[str, str] | None:
        """What the process answers to a line; None where it died over it."""
        assert process.stdin is not None and process.stdout is not None
        killer = threading.Timer(seconds, process.kill)
        killer.start()
        try:
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except (OSError, ValueError):  # it has ended, or close() has closed the pipes
            return None
        finally:
            killer.cancel()
        return json.loads(answer) if answer else None


def serve(lines: IO[str], out: IO[str]) -> None:
    """Answer lines until there are no more, the tokenizer first. Whoever takes too long over one is ended by the system."""
    tokenizer: LLTokenizer | None = None
    for line in lines:
        given = json.loads(line)
        grammar = problem = ""
        try:
            if tokenizer is None:
                tokenizer = guide(given)
                _limit_memory()
            else:
                signal.setitimer(signal.ITIMER_PROF, _CPU_SECONDS)
                grammar, problem = _tried(tokenizer, FormKind(given[0]), given[1])
        except Exception as exc:  # the library raises many kinds
            problem = _first_line(exc)
        signal.setitimer(signal.ITIMER_PROF, 0)
        out.write(json.dumps({"grammar": grammar, "problem": problem}) + "\n")
        out.flush()


def _tried(tokenizer: LLTokenizer, kind: FormKind, text: str) -> tuple[str, str]:
    """The grammar of a form, and what is wrong with it; the latter is empty where nothing is."""
    grammar = _grammar(kind, text)
    matcher = LLMatcher(tokenizer, grammar, log_level=0, limits=LIMITS)
    if not matcher.is_error():
        matcher.compute_bitmask()
    if not matcher.is_error():
        return grammar, ""
    told = _first_line(matcher.get_error())
    return grammar, _TOO_DEAR if _LIMIT_WORDS.search(told) else told


def _grammar(kind: FormKind, text: str) -> str:
    if kind is FormKind.JSON_SCHEMA:
        return LLMatcher.grammar_from_json_schema(text, defaults=json_spacing())
    name: Any = kind.value
    return grammar_from(name, text)


def _first_line(problem: object) -> str:
    """The first line that says something; what follows is the parser's state."""
    lines = (line.strip() for line in str(problem).splitlines())
    return next((line for line in lines if line and line != "<non-verbose/>"), type(problem).__name__)[:300]


def _limit_memory() -> None:
    now = psutil.Process().memory_info().vms
    resource.setrlimit(resource.RLIMIT_AS, (now + _MEMORY, now + _MEMORY))
