"""Processes that need not import the program first: forked from a warm one, and real in everything else.

Each has its own id, environment, working directory, standard streams, signals and exit code.
"""

import atexit
import multiprocessing
import multiprocessing.util
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import reduction
from multiprocessing.connection import wait
from pathlib import Path
from types import ModuleType
from typing import IO, Any

__all__ = ["WarmProcess", "launched", "run_cli", "run_code", "start_cli", "start_code"]

CLI = "from tlpo_guard.cli import main\nmain()"
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.processes", "tests.warm"])
_LOCK = threading.RLock()  # `multiprocessing` reads the exit codes of all processes whenever it starts one


class WarmProcess:
    """A forked process that behaves as a `subprocess.Popen` does.

    Attributes:
        stdout: what it writes there; None where that goes into a file.
    """

    def __init__(
        self,
        code: str,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        output: Path | None = None,
        merge: bool = False,
        standard: tuple[int, int, int] | None = None,
    ) -> None:
        self.args = ["-c", *arguments]
        self.returncode: int | None = None
        self.stdout: IO[str] | None = None
        self._errors: IO[bytes] | None = None
        with ExitStack() as ours:
            streams = standard or self._streams(output, merge, ours)
            program = _Program(
                code,
                tuple(arguments),
                dict(os.environ if env is None else env),
                (cwd or Path.cwd()).resolve(),
                tuple(map(_Descriptor, streams)),
            )
            self._process = _CONTEXT.Process(target=program.run)
            with _LOCK:
                self._process.start()
        self.pid = self._process.pid

    def _streams(self, output: Path | None, merge: bool, ours: ExitStack) -> tuple[int, int, int]:
        """Nothing to read, and where it writes: into files of this process's or through a pipe to it."""
        reading = os.open(os.devnull, os.O_RDONLY)
        ours.callback(os.close, reading)
        if output is None:
            pipe, writing = os.pipe()
            ours.callback(os.close, writing)
            self.stdout = os.fdopen(pipe, encoding="utf-8", errors="replace")
            weakref.finalize(self, self.stdout.close)
        else:
            writing = ours.enter_context(output.open("wb")).fileno()
        if output or merge:
            return reading, writing, writing
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        weakref.finalize(self, self._errors.close)
        return reading, writing, self._errors.fileno()

    @property
    def sentinel(self) -> int:
        """What `multiprocessing.connection.wait` takes for its end."""
        return self._process.sentinel

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        with _LOCK:
            self.returncode = self._process.exitcode
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        while (code := self.poll()) is None:
            if not wait([self._process.sentinel], timeout) and timeout is not None:
                raise subprocess.TimeoutExpired(self.args, timeout)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """All that it wrote, once it has ended; past the timeout it is killed."""
        with _killed_after(self, timeout):
            out = self.stdout.read() if self.stdout and not self.stdout.closed else ""
            self.wait()
        if self.stdout:
            self.stdout.close()
        return out, self._told()

    def _told(self) -> str:
        if self._errors is None or self._errors.closed:
            return ""
        with self._errors as file:
            file.seek(0)
            return file.read().decode(errors="replace")

    def send_signal(self, number: int) -> None:
        """Nothing where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> "WarmProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()
        self.communicate()


class _Descriptor:
    """A file descriptor; the new process gets it under a number of its own."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (reduction.DupFd(self.number),)


def _received(duplicate: Any) -> _Descriptor:
    return _Descriptor(duplicate.detach())


@dataclass(frozen=True, slots=True)
class _Program:
    """Python that a process runs as its main module, and what the process starts with."""

    code: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    standard: tuple[_Descriptor, ...]  # input, output, errors

    def run(self) -> None:
        """In the new process: run as the interpreter would run it, and end as it would end."""
        import tests.warm  # noqa: F401 (imported already; where it cannot be, this tells why)

        threading.Thread(target=_end_with_parent, daemon=True).start()
        for standard, given in enumerate(self.standard):
            os.dup2(given.number, standard)
            os.close(given.number)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (`multiprocessing` has closed it)
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs leave it ignored
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and nohup this
        sys.argv = ["-c", *self.arguments]
        sys.modules["__main__"] = main = ModuleType("__main__")
        try:
            exec(compile(self.code, "<string>", "exec"), vars(main))
        except SystemExit:
            raise
        except BaseException as error:
            traceback.print_exc()
            raise SystemExit(1) from error
        finally:
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()


def _end_with_parent() -> None:
    """Not even tests that are killed leave processes behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def _killed_after(process: WarmProcess, seconds: float | None) -> Iterator[None]:
    late = threading.Event()

    def kill() -> None:
        late.set()
        process.kill()

    timer = None if seconds is None else threading.Timer(seconds, kill)
    if timer:
        timer.start()
    try:
        yield
    finally:
        if timer:
            timer.cancel()
    if late.is_set():
        raise subprocess.TimeoutExpired(process.args, seconds or 0.0)


@atexit.register
def _kill_all() -> None:
    for process in multiprocessing.active_children():
        process.kill()


def start_code(code: str, *arguments: str, **options: Any) -> WarmProcess:
    """As `python -c CODE ARGUMENTS`.

    Args:
        options: `env` and `cwd`; `output`, a file for both streams; `merge`, whether both come through one pipe; `standard`,
            descriptors for its input, output and errors, which stay the caller's.
    """
    return WarmProcess(code, arguments, **options)


def start_cli(*arguments: str, prelude: str = "", **options: Any) -> WarmProcess:
    """As `python -m tlpo_guard ARGUMENTS`.

    Args:
        prelude: Python that the process runs first, to break something.
        options: as in `start_code`.
    """
    return start_code(f"{prelude}\n{CLI}", *arguments, **options)


def launched(
    *arguments: str, code: str = CLI, env: Mapping[str, str] | None = None, processes: int = 2, **options: Any
) -> list[WarmProcess]:
    """Processes that train together on the CPU, as `accelerate launch` starts them.

    Args:
        options: as in `start_code`; by default each has one pipe for both streams.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shared = {
        **(os.environ if env is None else env),
        **{"WORLD_SIZE": f"{processes}", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": f"{port}"},
        **{"ACCELERATE_MIXED_PRECISION": "no", "ACCELERATE_DYNAMO_BACKEND": "no"},
    }
    options = options or {"merge": True}
    return [
        start_code(code, *arguments, env={**shared, "RANK": f"{rank}", "LOCAL_RANK": f"{rank}"}, **options)
        for rank in range(processes)
    ]


def run_code(code: str, *arguments: str, timeout: float = 300.0, **options: Any) -> "subprocess.CompletedProcess[str]":
    """As `subprocess.run` of `python -c`, with all that it wrote."""
    return _ended(start_code(code, *arguments, **options), timeout)


def run_cli(*arguments: str, timeout: float = 300.0, **options: Any) -> "subprocess.CompletedProcess[str]":
    """As `subprocess.run` of `python -m tlpo_guard`, with all that it wrote."""
    return _ended(start_cli(*arguments, **options), timeout)


def _ended(process: WarmProcess, timeout: float) -> "subprocess.CompletedProcess[str]":
    out, errors = process.communicate(timeout)
    return subprocess.CompletedProcess(process.args, process.wait(), out, errors)
