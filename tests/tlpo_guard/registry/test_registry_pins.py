"""Spoilt pointers and pruning, in a folder and in an object store alike."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tlpo_guard.errors import ConfigurationError, RegistryError
from tlpo_guard.registry import BASE, StoredRegistry, open_registry


def write(folder: Path) -> None:
    (folder / "adapter_model.safetensors").write_bytes(b"weights")


@pytest.fixture(params=["folder", "objects"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> StoredRegistry:
    return open_registry(tmp_path / "adapters" if request.param == "folder" else f"memory://{uuid.uuid4().hex}/a")


@pytest.fixture
def grown(registry: StoredRegistry) -> Callable[..., StoredRegistry]:
    """The registry with a version for each parent, `base` or a number."""

    def grow(*parents: int | str) -> StoredRegistry:
        for parent in parents:
            registry.add(write, {"parent": f"v{parent:04d}" if isinstance(parent, int) else parent}, {"passed": True})
        return registry

    return grow


def names(registry: StoredRegistry) -> list[str]:
    return [version.name for version in registry.list()]


def test_unpin_stays_where_the_promoted_version_is_damaged(tmp_path: Path) -> None:
    registry = open_registry(tmp_path)
    for _ in range(2):
        registry.add(write, {}, {"passed": True})
    registry.promote("v0001")
    registry.pin("v0002")
    (tmp_path / "v0001" / "adapter_model.safetensors").write_bytes(b"other")
    with pytest.raises(RegistryError, match="v0001 is damaged"):
        registry.unpin()
    assert registry.current() == "v0002"


@pytest.mark.parametrize(("pointer", "mend"), [("CURRENT", "promote"), ("PINNED", "pin"), ("PINNED", "unpin")])
def test_the_command_that_a_spoilt_pointer_names_mends_it(tmp_path: Path, pointer: str, mend: str) -> None:
    registry = open_registry(tmp_path)
    registry.add(write, {}, {"passed": True})
    registry.promote("v0001")
    (tmp_path / pointer).write_text("../../etc\n")
    with pytest.raises(RegistryError, match=mend):
        registry.current()
    registry.unpin() if mend == "unpin" else getattr(registry, mend)("v0001")
    assert registry.current() == "v0001"


def test_prune_keeps_what_is_served_what_rollbacks_lead_to_and_their_ancestors(
    grown: Callable[..., StoredRegistry],
) -> None:
    registry = grown(BASE, 1, BASE, 3, BASE, BASE, BASE, BASE)
    for name in ("v0006", "v0005", "v0004"):  # v0004 comes from v0003
        registry.promote(name)
    registry.pin("v0002")  # comes from v0001
    before = names(registry)
    assert registry.prune(1, dry_run=True) == ["v0006", "v0007"]
    assert names(registry) == before
    assert registry.prune(1) == ["v0006", "v0007"]
    assert names(registry) == ["v0001", "v0002", "v0003", "v0004", "v0005", "v0008"]
    assert registry.prune(1) == []
    registry.unpin()
    assert [registry.rollback(), registry.rollback()] == ["v0005", BASE]


def test_history_of_pruned_versions_still_moves_at_each_rollback(grown: Callable[..., StoredRegistry]) -> None:
    registry = grown(BASE, BASE, BASE, BASE)
    for name in ("v0001", "v0002", "v0001", "v0003", "v0004"):
        registry.promote(name)
    assert registry.prune(1) == ["v0001", "v0002"]
    assert [registry.rollback(), registry.rollback(), registry.rollback()] == ["v0003", BASE, BASE]


def test_numbers_of_pruned_versions_are_not_given_again(grown: Callable[..., StoredRegistry]) -> None:
    registry = grown(BASE, BASE, BASE)
    assert registry.prune(1) == ["v0001", "v0002"]
    assert registry.add(write, {}, {}).name == "v0004"
    with pytest.raises(ConfigurationError, match="--keep"):
        registry.prune(0)


def test_pruning_takes_damaged_versions_and_leaves_no_rest(tmp_path: Path) -> None:
    registry = open_registry(tmp_path)
    for _ in range(2):
        registry.add(write, {}, {})
    (tmp_path / "v0001" / "lineage.json").unlink()
    assert registry.prune(1) == ["v0001"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "CURRENT.history", "v0002"]
