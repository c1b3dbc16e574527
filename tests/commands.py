"""`tlpo-guard` on the path of the scripts that tests run: a program that has a warm process do its work."""

import atexit
import json
import os
import shutil
import socket
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path

from tests.processes import start_cli

__all__ = ["warm_environment"]

# It asks for a process with the streams that it has itself, and ends as that ends.
_ASKING = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({socket!r})
    asked = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
    socket.send_fds(server, [len(asked).to_bytes(4, "big")], [0, 1, 2])
    server.sendall(asked)
    code = int.from_bytes(server.recv(4), "big", signed=True)
os.kill(os.getpid(), -code) if code < 0 else sys.exit(code)
"""


def warm_environment() -> dict[str, str]:
    """The environment, with this program first on the path."""
    return os.environ | {"PATH": f"{_folder()}{os.pathsep}{os.environ['PATH']}"}


@cache
def _folder() -> Path:
    """The folder with the program, whose questions are heard as long as this process runs."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / "socket"))
    listening.listen()
    program = folder / "tlpo-guard"
    program.write_text(_ASKING.format(python=sys.executable, socket=str(folder / "socket")))
    program.chmod(0o700)
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
                arguments, env, folder = json.loads(file.read(int.from_bytes(head, "big")))
            streams = (standard[0], standard[1], standard[2])
            process = start_cli(*arguments, env=env, cwd=Path(folder), standard=streams)
        finally:
            for descriptor in standard:
                os.close(descriptor)
        asking.sendall(process.wait().to_bytes(4, "big", signed=True))
