"""A registry in an object store: versions are whole or absent, and fetched files are those that were added."""

import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.core import url_to_fs
from fsspec.implementations.memory import MemoryFileSystem

from tlpo_guard.errors import AdapterNotFoundError, ConfigurationError, RegistryError
from tlpo_guard.registry import open_registry, unreachable

FILES = {"adapter_model.safetensors": b"weights" * 300_000, "adapter_config.json": b"{}", "report.html": b"<p>"}


class Unsteady(MemoryFileSystem):  # type: ignore[misc]
    """Objects in memory, in a network that can go away."""

    protocol = "unsteady"
    store: dict[str, Any] = {}  # noqa: RUF012 (as the class it extends)
    pseudo_dirs = [""]  # noqa: RUF012
    calls_left = 10**9

    def _spend(self) -> None:
        type(self).calls_left -= 1
        if type(self).calls_left < 0:
            raise ConnectionResetError(104, "Connection reset by peer")

    def put_file(self, *args: Any, **kwargs: Any) -> Any:
        self._spend()
        return super().put_file(*args, **kwargs)

    def cat_file(self, *args: Any, **kwargs: Any) -> Any:
        self._spend()
        return super().cat_file(*args, **kwargs)

    def get_file(self, *args: Any, **kwargs: Any) -> Any:
        self._spend()
        return super().get_file(*args, **kwargs)


fsspec.register_implementation("unsteady", Unsteady, clobber=True)


@pytest.fixture
def url() -> Iterator[str]:
    yield f"unsteady://{uuid.uuid4().hex}/adapters"
    Unsteady.calls_left = 10**9
    Unsteady.store.clear()


def write(folder: Path) -> None:
    for name, content in FILES.items():
        (folder / name).write_bytes(content)


def cut(url: str, path: str, content: bytes | None) -> None:
    """Damage an object, or remove it."""
    objects, found = url_to_fs(f"{url}/{path}")
    objects.rm_file(found)
    if content is not None:
        objects.pipe_file(found, content)


def test_versions_pointers_and_reports_are_seen_by_other_processes(url: str) -> None:
    registry, other = open_registry(url), open_registry(url)
    assert (other.current(), list(other.list())) == ("base", [])
    assert registry.add(write, {"parent": "base"}, {"passed": True}).name == "v0001"
    registry.promote("v0001")
    assert registry.add(write, {"parent": "v0001"}, {"passed": False}).name == "v0002"
    assert (other.current(), [version.passed for version in other.list()]) == ("v0001", [True, False])
    assert list(other.get("v0002").lineage["files"]) == sorted(FILES.keys() - {"report.html"})
    assert registry.rollback() == other.current() == "base"


def test_fetched_are_the_files_that_were_added_without_the_reports(url: str, tmp_path: Path) -> None:
    open_registry(url).add(write, {"parent": "base"}, {"passed": True})
    folder = open_registry(url).local("v0001", tmp_path)
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    lineage = json.loads(found.pop("lineage.json"))
    assert found == {name: content for name, content in FILES.items() if name != "report.html"}
    assert lineage["parent"] == "base" and set(lineage["files"]) == FILES.keys() - {"report.html"}


def test_a_cached_version_is_not_fetched_again_unless_it_was_spoilt(url: str, tmp_path: Path) -> None:
    registry = open_registry(url)
    registry.add(write, {}, {})
    folder = registry.local("v0001", tmp_path)
    Unsteady.calls_left = 0
    assert registry.local("v0001", tmp_path) == folder
    Unsteady.calls_left = 10**9
    for spoil in (lambda path: path.write_bytes(b"other"), lambda path: path.unlink()):
        spoil(folder / "adapter_model.safetensors")
        assert registry.local("v0001", tmp_path) == folder
        assert (folder / "adapter_model.safetensors").read_bytes() == FILES["adapter_model.safetensors"]


def test_versions_of_one_name_in_two_registries_do_not_meet_in_the_cache(url: str, tmp_path: Path) -> None:
    for place, content in (("a", b"one"), ("b", b"two")):
        registry = open_registry(f"{url}/{place}")
        registry.add(lambda folder, content=content: (folder / "f").write_bytes(content), {}, {})
        assert (registry.local("v0001", tmp_path) / "f").read_bytes() == content


@pytest.mark.parametrize("content", [b"other", None])
def test_a_damaged_object_is_neither_promoted_nor_fetched(url: str, tmp_path: Path, content: bytes | None) -> None:
    registry = open_registry(url)
    registry.add(write, {}, {"passed": True})
    cut(url, "v0001/adapter_model.safetensors", content)
    for refused in (lambda: registry.promote("v0001"), lambda: registry.local("v0001", tmp_path)):
        with pytest.raises(RegistryError, match=r"v0001 is damaged: adapter_model.safetensors") as caught:
            refused()
        assert not unreachable(caught.value)
    assert registry.current() == "base"
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize("files", range(5))
def test_a_version_that_was_not_written_to_its_end_is_not_there(url: str, files: int, tmp_path: Path) -> None:
    registry = open_registry(url)
    Unsteady.calls_left = files  # of 5: the adapter's, the report and, as the last, the lineage
    with pytest.raises(RegistryError, match="cannot be written"):
        registry.add(write, {}, {"passed": True})
    Unsteady.calls_left = 10**9
    assert list(registry.list()) == []
    for use in (registry.get, registry.promote, lambda name: registry.local(name, tmp_path)):
        with pytest.raises(AdapterNotFoundError):
            use("v0001")
    name = registry.add(write, {}, {"passed": True}).name
    assert [version.name for version in registry.list()] == [name]
    registry.verify(name)


def test_a_network_that_is_away_is_told_from_damage(url: str, tmp_path: Path) -> None:
    open_registry(url).add(write, {}, {})
    for calls in range(4):
        registry = open_registry(url)
        Unsteady.calls_left = calls
        with pytest.raises(RegistryError, match="Connection reset by peer") as caught:
            registry.local("v0001", tmp_path)
        assert unreachable(caught.value)
    assert [path.name for path in tmp_path.iterdir()] in ([], [".lock"])


@pytest.mark.parametrize("name", ["../escaped", "/etc/passwd", "a/b", "..", "lineage.json", "a\\b", ""])
def test_a_file_name_leaves_no_folder(url: str, tmp_path: Path, name: str) -> None:
    open_registry(url).add(write, {}, {})
    cut(url, "v0001/lineage.json", json.dumps({"files": {name: "0" * 64}}).encode())
    registry = open_registry(url)
    with pytest.raises(RegistryError, match="no file of its folder"):
        registry.local("v0001", tmp_path / "cache")
    folder = tmp_path / "adapters"
    open_registry(folder).add(write, {}, {})
    (folder / "v0001" / "lineage.json").write_text(json.dumps({"files": {name: "0" * 64}}))
    with pytest.raises(RegistryError, match="no file of its folder"):
        open_registry(folder).local("v0001", tmp_path / "cache")


def test_a_local_version_is_checked_where_it_is(tmp_path: Path) -> None:
    registry = open_registry(f"file://{tmp_path / 'adapters'}")
    version = registry.add(write, {}, {})
    assert registry.local("v0001", tmp_path / "cache") == version.path == registry.root / "v0001"
    assert not (tmp_path / "cache").exists()
    shutil.copy(version.path / "adapter_config.json", version.path / "adapter_model.safetensors")
    with pytest.raises(RegistryError, match="is damaged"):
        registry.local("v0001", tmp_path / "cache")


@pytest.mark.parametrize("root", ["nowhere://x", "://", "memory://"])
def test_an_address_that_no_file_system_knows_is_refused(root: str) -> None:
    with pytest.raises(ConfigurationError, match="registry"):
        open_registry(root)


def test_secrets_in_an_address_are_not_told() -> None:
    registry = open_registry("memory://ann:sesame@host/adapters?token=sesame")
    assert registry.label == "memory://host/adapters"
    with pytest.raises(RegistryError, match="memory://host/adapters is not a local folder"):
        _ = registry.root
