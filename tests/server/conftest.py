"""A real server in a process of its own, on a real socket and the real model."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.processes import WarmProcess, start_cli

if TYPE_CHECKING:
    import openai

START_SECONDS = 180
_MAKING_CLIENTS = threading.Lock()


@dataclass
class Server:
    """A running server."""

    url: str
    data_dir: Path
    process: "WarmProcess | subprocess.Popen[bytes]"
    key: str
    _client: "openai.OpenAI | None" = None

    def client(self) -> "openai.OpenAI":
        """The official client, always the same one: it is not cheap to make."""
        import openai

        with _MAKING_CLIENTS:
            if self._client is None:
                self._client = openai.OpenAI(base_url=f"{self.url}/v1", api_key=self.key, max_retries=0, timeout=120)
            return self._client

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()

    def stop(self) -> None:
        """SIGTERM."""
        self._hang_up()
        self.process.terminate()
        self.process.wait(timeout=60)

    def kill(self) -> None:
        """SIGKILL."""
        self._hang_up()
        self.process.kill()
        self.process.wait()


def start(data_dir: Path, cache: Path, *flags: str, prelude: str = "", cold: bool = False) -> Server:
    """Start `tlpo-guard serve` and wait until it answers.

    Args:
        prelude: Python that the process runs first, to break something.
        cold: whether it is the installed command, which imports everything itself.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (data_dir / "cache").exists():
        (data_dir / "cache").symlink_to(cache, target_is_directory=True)
    arguments = ["serve", "--port", "0", "--data-dir", str(data_dir), *flags]
    arguments += ["--api-key", "secret-of-the-tests", "--swap-poll-seconds", "0.2"]
    log = data_dir / "server.log"
    process: WarmProcess | subprocess.Popen[bytes]
    if cold:
        with log.open("wb") as out:
            command = Path(sys.executable).with_name("tlpo-guard")
            process = subprocess.Popen([command, *arguments], stdout=out, stderr=subprocess.STDOUT)
    else:
        process = start_cli(*arguments, prelude=prelude, output=log)
    return Server(_wait(process, log), data_dir, process, "secret-of-the-tests")


def start_small(data_dir: Path, small_model: Path, *flags: str, prelude: str = "") -> Server:
    """As `start`, with the model of a few layers."""
    return start(data_dir, small_model.parents[1], "--model", str(small_model), *flags, prelude=prelude)


def _wait(process: "WarmProcess | subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        text = log.read_text(errors="replace")
        if process.poll() is not None:
            raise RuntimeError(f"the server ended:\n{text}")
        if serving := re.search(r"^serving .* on (http\S+)/v1$", text, re.MULTILINE):
            url = serving[1]
            try:
                if httpx.get(f"{url}/health", timeout=5).status_code == 200:
                    return url
            except httpx.TransportError:
                pass
        time.sleep(0.05)
    raise RuntimeError(f"the server did not answer in {START_SECONDS} s:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[Server]:
    """One server for the tests that do not harm it."""
    running = start(tmp_path_factory.mktemp("server"), model_cache)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def quick_server(tmp_path_factory: pytest.TempPathFactory, model_cache: Path, small_model: Path) -> Iterator[Server]:
    """For tests in which it does not matter what is said: of a few layers, where the engine has them."""
    folder = tmp_path_factory.mktemp("quick-server")
    small = os.environ["TLPO_GUARD_ENGINE"] == "transformers"
    running = start_small(folder, small_model) if small else start(folder, model_cache)
    yield running
    running.stop()
