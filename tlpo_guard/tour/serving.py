"""A server of one's own, for as long as it is needed."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tlpo_guard.data_folder import make_private
from tlpo_guard.errors import TlpoGuardError

__all__ = ["serving"]

_SERVING = re.compile(r"^serving .* on (http\S+)/v1$", re.MULTILINE)


@contextmanager
def serving(data: Path, *program: str, engine: str = "auto") -> Iterator[str]:
    """A strict server on a free port; its URL.

    Args:
        program: what runs the command line, by default this Python's `tlpo_guard`.
        engine: as `serve` takes it.

    Raises:
        TlpoGuardError: the server ended while it started; the message has its log.
    """
    make_private(data)
    log = data / "server.log"
    program = program or (sys.executable, "-m", "tlpo_guard")
    command = [*program, "serve", "--port", "0", "--strict", "--data-dir", str(data), "--engine", engine]
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT) as process:
        try:
            while (serving := _SERVING.search(log.read_text(errors="replace"))) is None:
                if process.poll() is not None:
                    raise TlpoGuardError(f"the server ended:\n{log.read_text()}")
                time.sleep(0.3)
            url = serving[1]
            while not _healthy(url):
                time.sleep(0.3)
            yield url
        finally:
            process.terminate()


def _healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.TransportError:
        return False
