"""What docs/clients.md shows, run as it stands there, but for the server's address and the key."""

import os
import subprocess
from pathlib import Path

from tests.server.clients.environments import run
from tests.server.conftest import Server

__all__ = ["run_shell", "run_snippet", "snippets"]

_PAGE = Path(__file__).parents[3] / "docs" / "clients.md"
_URL, _KEY = "http://127.0.0.1:8000/v1", "your-key"


def snippets(client: str, kind: str) -> list[str]:
    """The code of one kind under a client's heading."""
    _, _, section = _PAGE.read_text().partition(f"\n## {client}\n")
    section = section.partition("\n## ")[0]
    return [block.split("\n```", 1)[0] for block in section.split(f"```{kind}\n")[1:]]


def run_snippet(server: Server, client: str, interpreter: Path) -> None:
    """Run all code of a client."""
    kind = "js" if interpreter.is_dir() else "python"
    found = snippets(client, kind)
    assert found, f"docs/clients.md shows no {kind} for {client}"
    for source in found:
        assert _URL in source and _KEY in source
        run(interpreter, _here(source, server), "snippet.mjs" if kind == "js" else "snippet.py")


def run_shell(server: Server, client: str, interpreter: Path, folder: Path) -> str:
    """Put a client's YAML into a folder and run its shell commands there; what they write."""
    (models,) = snippets(client, "yaml")
    (folder / "extra-openai-models.yaml").write_text(_here(models, server))
    (commands,) = snippets(client, "bash")
    path = f"{interpreter.parent}:{os.environ['PATH']}"
    ended = subprocess.run(
        ["bash", "-euc", _here(commands, server)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LLM_USER_PATH": str(folder), "PATH": path},
        stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def _here(source: str, server: Server) -> str:
    return source.replace(_URL, f"{server.url}/v1").replace(_KEY, server.key)
