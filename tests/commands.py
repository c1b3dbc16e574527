"""`tlpo-guard` on the path of the scripts that tests run: a program that has warm processes do its work."""

import atexit
import json
import os
import shutil
import socket
import sys
import tempfile
import threading
from contextlib import suppress
from functools import cache
from multiprocessing.connection import wait
from pathlib import Path

from tests.processes import launched, start_cli

__all__ = ["TOGETHER", "warm_environment"]

TOGETHER = "tlpo-guard-together"  # two processes, as `accelerate launch -m tlpo_guard` starts them
# It asks for processes with the streams that it has itself, and ends as they end; where it is killed they get SIGTERM.
_ASKING = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({socket!r})
    asked = json.dumps([os.path.basename(sys.argv[0]), sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
    socket.send_fds(server, [len(asked).to_bytes(4, "big")], [0, 1, 2])
    server.sendall(asked)
    code = int.from_bytes(server.recv(4), "big", signed=True)
os.kill(os.getpid(), -code) if code < 0 else sys.exit(code)
"""


def warm_environment() -> dict[str, str]:
    """The environment, with these programs first on the path."""
    return os.environ | {"PATH": f"{_folder()}{os.pathsep}{os.environ['PATH']}"}


@cache
def _folder() -> Path:
    """The folder with the programs, whose questions are heard as long as this process runs."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / "socket"))
    listening.listen()
    for name in ("tlpo-guard", TOGETHER):
        (folder / name).write_text(_ASKING.format(python=sys.executable, socket=str(folder / "socket")))
        (folder / name).chmod(0o700)
    threading.Thread(target=_listen, args=(listening,), daemon=True).start()
    return folder


def _listen(listening: socket.socket) -> None:
    while True:
        asking, _ = listening.accept()
        threading.Thread(target=_answer, args=(asking,), daemon=True).start()


def _answer(asking: socket.socket) -> None:
    with asking:
        head, standard, _, _ = socket.recv_fds(asking, 4, 3)
        try:
            with asking.makefile("rb") as file:
                name, arguments, env, folder = json.loads(file.read(int.from_bytes(head, "big")))
            start = launched if name == TOGETHER else start_cli
            started = start(*arguments, env=env, cwd=Path(folder), standard=tuple(standard))
        finally:
            for descriptor in standard:
                os.close(descriptor)
        processes = started if isinstance(started, list) else [started]
        for process in processes:
            if asking in wait([process.sentinel, asking]):
                for other in processes:
                    other.terminate()
        codes = [process.wait() for process in processes]
        with suppress(BrokenPipeError):
            asking.sendall(next(filter(None, codes), 0).to_bytes(4, "big", signed=True))
