"""A warm process is to its test what a cold one is."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.processes import run_cli, run_code, start_code

ROOT = Path(__file__).parents[1]
SAYS_ALL = """
import os, sys, threading, atexit
atexit.register(print, "at the end")
threading.Timer(0.3, print, ["in a thread, later"]).start()
print(__name__, sys.argv, os.environ.get("GIVEN"), os.environ.get("HOME"), os.getcwd())
print("an error", file=sys.stderr)
"""


@pytest.mark.parametrize(
    "code",
    [
        SAYS_ALL,
        "import sys; sys.exit(7)",
        "import sys; sys.exit('told')",
        "raise SystemExit",
        "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "print(open('a file').read())",
    ],
)
def test_streams_environment_folder_and_exit_code_are_those_of_a_cold_process(code: str, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("what it says")
    env = {"GIVEN": "something", "PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}
    cold = subprocess.run(
        [sys.executable, "-c", code, "x", "y z"], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    warm = run_code(code, "x", "y z", env=env, cwd=tmp_path)
    assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)


def test_an_exception_is_told_and_ends_with_1() -> None:
    done = run_code("raise ValueError('broken')")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Traceback") and done.stderr.endswith("ValueError: broken\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_signal_ends_it_as_it_ends_a_cold_one(number: signal.Signals) -> None:
    with start_code("import time; print('ready', flush=True); time.sleep(60)") as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        assert process.pid != os.getpid() and process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
        process.send_signal(number)
        assert process.wait(timeout=60) == (1 if number == signal.SIGINT else -number)


def test_each_process_is_one_of_its_own() -> None:
    code = "import os, torch; torch.marked = os.getpid(); print(os.getpid(), torch.get_num_threads())"
    told = [run_code(code).stdout.split() for _ in range(2)]
    assert told[0][0] != told[1][0] and [threads for _, threads in told] == ["1", "1"]
    assert run_code("import torch; print(hasattr(torch, 'marked'))").stdout == "False\n"


def test_one_that_takes_too_long_is_killed() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run_code("import time; time.sleep(60)", timeout=0.1)


def test_it_ends_with_the_process_that_started_it() -> None:
    code = """
from tests.processes import start_code
print(start_code("import time; time.sleep(60)").pid, flush=True)
import time; time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    child.wait(timeout=30)


def test_both_streams_go_into_a_file_or_through_one_pipe(tmp_path: Path) -> None:
    code = "import sys; print('out', flush=True); print('error', file=sys.stderr)"
    start_code(code, output=tmp_path / "log").wait()
    assert (tmp_path / "log").read_text() == "out\nerror\n"
    assert start_code(code, merge=True).communicate() == ("out\nerror\n", "")


def test_what_is_broken_first_stays_broken_in_the_program() -> None:
    assert run_cli("--version").stdout.startswith("tlpo-guard ")
    assert run_cli("--version", prelude="import typer\ntyper.echo = lambda text: print('broken')").stdout == "broken\n"
