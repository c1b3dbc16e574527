"""No exemption takes more than linear time: each of these texts would take hours at quadratic, and a second at linear."""

import pytest

from tests.processes import run_code

NASTY = {
    "domains": "'a.b.' * N",
    "dotted words": "'a-' * N + '.b' * N",
    "a mail without an at": "'a' * N",
    "ats": "'a@' * N",
    "a path of one": "'-/a' * N",
    "slashes": "'/' * N",
    "backslash brackets": "r'\\[' * N",
    "backslash parentheses": "r'\\(x' * N",
    "dollars": "'$a ' * N",
    "environments": "r'\\begin{a' * N",
    "commands": "r'\\a{' * N",
    "spaces behind commas": "'{,' + ' ' * N",
    "commas": "'{' + ', ' * N",
    "keys": "'{' + '\"a ' * N",
    "tags": "'<a ' * N",
    "marks": "'<|' * N",
    "opened reasoning": "'<think>' * N",
    "closed reasoning": "'</think>' * N",
    "calls": "'<tool_call>[TOOL_CALLS]' * N",
    "harmony": "'analysis ' * N",
    "backticks": "'` `` ' * N + '```'",
    "rising backticks": "' '.join('`' * n for n in range(1500))",
    "fences": "'```\\n~~~\\n' * N",
    "names": "'a_' * N",
    "calls of names": "'f(' * N + 'f()'",
    "line breaks": "'{\\n' * N",
}
SCRIPT = "from tlpo_guard.exemptions import no_language, marked\nN = 250_000\nmarked({text}, no_language())"


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_a_long_text_of_one_kind_is_read_in_linear_time(text: str) -> None:
    done = run_code(SCRIPT.format(text=text), timeout=120)
    assert done.returncode == 0, done.stderr
