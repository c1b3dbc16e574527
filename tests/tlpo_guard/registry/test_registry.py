"""Adapter versions: whole or absent, and one pointer."""

import signal
from pathlib import Path

import pytest

from tests.processes import run_code
from tlpo_guard.errors import RegistryError
from tlpo_guard.registry import StoredRegistry, open_registry


def write(folder: Path) -> None:
    (folder / "adapter_model.safetensors").write_bytes(b"weights")


@pytest.fixture
def registry(tmp_path: Path) -> StoredRegistry:
    return open_registry(tmp_path / "adapters")


def test_a_failing_writer_leaves_no_version(registry: StoredRegistry) -> None:
    def fail(folder: Path) -> None:
        write(folder)
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        registry.add(fail, {}, {})
    assert list(registry.list()) == []
    assert not list(registry.root.glob(".tmp-*"))


def test_sigkill_while_writing_leaves_no_version_and_the_next_add_cleans_up(registry: StoredRegistry) -> None:
    registry.promote(registry.add(write, {}, {"passed": True}).name)
    code = (
        "import os, signal, sys; from pathlib import Path; from tlpo_guard.registry import StoredRegistry, open_registry\n"
        "def write(folder):\n"
        "    (folder / 'adapter_model.safetensors').write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "open_registry(Path(sys.argv[1])).add(write, {}, {})"
    )
    ended = run_code(code, str(registry.root))
    assert ended.returncode == -signal.SIGKILL
    assert [v.name for v in registry.list()] == ["v0001"]
    assert registry.current() == "v0001"
    assert len(list(registry.root.glob(".tmp-*"))) == 1
    assert registry.add(write, {}, {}).name == "v0002"
    assert not list(registry.root.glob(".tmp-*"))


def test_damage_is_noticed_and_not_promoted(registry: StoredRegistry) -> None:
    name = registry.add(write, {}, {"passed": True}).name
    (registry.root / name / "adapter_model.safetensors").write_bytes(b"other")
    with pytest.raises(RegistryError, match="damaged"):
        registry.promote(name)
    assert registry.current() == "base"
