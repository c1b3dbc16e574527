"""What every adapter registry does: in a folder, in an object store, and that of a running server over its real routes."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.served_admin import KEY, served_admin
from tlpo_guard.admin_client import AdminClient
from tlpo_guard.errors import AdapterNotFoundError, RegistryError, TlpoGuardError
from tlpo_guard.registry import BASE, AdapterRegistry, Pointers, StoredRegistry, open_registry
from tlpo_guard.registry.remote import RemoteRegistry

UNKNOWN = ["v0009", "../../etc", "..", "", "v1", "latest", "base/../v0001", "adapters", "한", "v" * 300]


def write(folder: Path) -> None:
    (folder / "adapter_model.safetensors").write_bytes(b"weights")


class Case:
    """A registry to test, and the one behind it that versions are added to."""

    def __init__(self, registry: AdapterRegistry, stored: StoredRegistry, spoil: Callable[[str], None]) -> None:
        self.registry = registry
        self.stored = stored
        self.spoil = spoil  # damages a version's weights

    def grow(self, *parents: int | str) -> AdapterRegistry:
        """The registry with a version for each parent, `base` or a number."""
        for parent in parents:
            name = f"v{parent:04d}" if isinstance(parent, int) else parent
            self.stored.add(write, {"parent": name, "events": 120}, {"passed": True, "perplexity": 12.5})
        return self.registry


@pytest.fixture(params=["folder", "objects", "server"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    if request.param == "objects":
        registry = open_registry(f"memory://{uuid.uuid4().hex}/adapters")
        yield Case(registry, registry, lambda name: spoil_object(registry, name))
        return
    with served_admin(tmp_path) as server:
        folder = server.registry

        def spoil(name: str) -> None:
            (folder.root / name / "adapter_model.safetensors").write_bytes(b"other")

        if request.param == "folder":
            yield Case(folder, folder, spoil)
            return
        with closing(AdminClient(server.url, KEY)) as client:
            yield Case(RemoteRegistry(client), folder, spoil)


def spoil_object(registry: StoredRegistry, name: str) -> None:
    from fsspec.core import url_to_fs

    objects, path = url_to_fs(f"{registry.label}/{name}/adapter_model.safetensors")
    objects.pipe_file(path, b"other")


def names(registry: AdapterRegistry) -> list[str]:
    return [version.name for version in registry.list()]


def test_an_empty_registry_serves_the_base(case: Case) -> None:
    registry = case.registry
    assert (registry.current(), registry.pointers(), names(registry)) == (BASE, Pointers(BASE, None), [])
    assert registry.rollback() == registry.unpin() == registry.current() == BASE


def test_it_says_where_it_is(case: Case) -> None:
    assert case.registry.label.startswith(("/", "memory://", "http://127.0.0.1:"))


def test_versions_come_oldest_first_with_their_lineage_and_report(case: Case) -> None:
    registry = case.grow(BASE, 1)
    case.stored.add(write, {"parent": "v0002"}, {"passed": False})
    assert [(version.name, version.passed) for version in registry.list()] == [
        ("v0001", True),
        ("v0002", True),
        ("v0003", False),
    ]
    for version in (registry.get("v0002"), registry.list()[1]):
        assert (version.lineage["parent"], version.lineage["events"]) == ("v0001", 120)
        assert version.report == {"passed": True, "perplexity": 12.5}
        assert version.damage == ""


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_name_that_no_version_has_is_refused_and_moves_nothing(case: Case, name: str) -> None:
    registry = case.grow(BASE)
    registry.promote("v0001")
    for use in (registry.get, registry.promote, registry.pin):
        with pytest.raises(AdapterNotFoundError) as caught:
            use(name)
        assert f"no adapter version {name[:40]!r}"[:-1] in str(caught.value)
    assert registry.pointers() == Pointers("v0001", None)


def test_promotions_are_rolled_back_one_by_one(case: Case) -> None:
    registry = case.grow(BASE, 1)
    registry.promote("v0001")
    registry.promote("v0002")
    registry.promote("v0002")
    assert registry.current() == case.stored.current() == "v0002"
    assert [registry.rollback(), registry.rollback(), registry.rollback()] == ["v0001", BASE, BASE]
    registry.promote("v0001")
    registry.promote(BASE)
    assert registry.current() == case.stored.current() == BASE


def test_a_pinned_version_is_current_and_promotions_take_effect_at_unpin(case: Case) -> None:
    registry = case.grow(BASE, 1, 2)
    registry.promote("v0001")
    registry.pin("v0002")
    assert registry.pointers() == case.stored.pointers() == Pointers("v0001", "v0002")
    registry.promote("v0003")
    assert (registry.current(), registry.pointers().promoted) == ("v0002", "v0003")
    assert registry.unpin() == registry.current() == case.stored.current() == "v0003"
    assert registry.rollback() == registry.current() == "v0001"


def test_rollback_under_a_pin_moves_what_unpin_will_serve(case: Case) -> None:
    registry = case.grow(BASE, 1)
    registry.promote("v0001")
    registry.promote("v0002")
    registry.pin("v0002")
    assert registry.rollback() == "v0001"
    assert registry.current() == "v0002"
    assert registry.unpin() == "v0001"


def test_the_base_can_be_pinned_and_a_pin_be_moved(case: Case) -> None:
    registry = case.grow(BASE)
    registry.promote("v0001")
    registry.pin(BASE)
    assert registry.current() == BASE
    registry.pin("v0001")
    assert registry.pointers() == Pointers("v0001", "v0001")
    assert [registry.unpin(), registry.unpin()] == ["v0001", "v0001"]


def test_a_canary_stands_beside_the_current_version_until_it_is_stopped(case: Case) -> None:
    registry = case.grow(BASE, 1)
    registry.promote("v0001")
    registry.start_canary("v0002", 10)
    for one in (registry, case.stored):
        canary = one.pointers().canary
        assert canary is not None and (canary.version, canary.share) == ("v0002", 10)
        assert one.current() == "v0001"
    registry.start_canary(BASE, 25)
    assert (canary := registry.pointers().canary) is not None and (canary.version, canary.share) == (BASE, 25)
    registry.stop_canary()
    registry.stop_canary()
    assert registry.pointers() == case.stored.pointers() == Pointers("v0001", None)


def test_a_canary_ends_when_what_it_is_compared_with_does(case: Case) -> None:
    registry = case.grow(BASE, 1, 2)

    def ends(move: Callable[[], object]) -> bool:
        registry.start_canary("v0003", 10)
        move()
        return registry.pointers().canary is None

    assert ends(lambda: registry.promote("v0001"))
    assert not ends(lambda: registry.promote("v0001"))
    assert ends(lambda: registry.pin("v0002"))
    assert not ends(lambda: registry.promote("v0003"))  # the pinned one is still the current one
    assert ends(registry.unpin)
    registry.promote("v0001")
    assert not ends(lambda: registry.pin("v0001"))
    assert ends(registry.rollback)  # all of it, also where something is pinned


def test_what_cannot_be_served_is_no_canary(case: Case) -> None:
    registry = case.grow(BASE, 1)
    registry.promote("v0001")
    case.spoil("v0002")
    for version, share, problem in (
        ("v0009", 10, "no adapter version"),
        ("v0002", 10, "v0002 is damaged"),
        ("v0001", 10, "everybody gets it already"),
        (BASE, 51, "1 to 50 percent"),
    ):
        with pytest.raises(TlpoGuardError, match=problem):
            registry.start_canary(version, share)
    assert registry.pointers().canary is None


def test_a_damaged_version_is_neither_promoted_nor_pinned_nor_gone_back_to(case: Case) -> None:
    registry = case.grow(BASE, 1, 2)
    registry.promote("v0001")
    registry.promote("v0003")
    registry.pin("v0002")
    case.spoil("v0001")
    for use in (lambda: registry.promote("v0001"), lambda: registry.pin("v0001"), registry.rollback):
        with pytest.raises(RegistryError, match=r"v0001 is damaged: adapter_model\.safetensors"):
            use()
    case.spoil("v0003")
    with pytest.raises(RegistryError, match="v0003 is damaged"):
        registry.unpin()
    assert registry.pointers() == Pointers("v0003", "v0002")


def test_ancestry_is_the_chain_of_parents(case: Case) -> None:
    registry = case.grow(BASE, 1, 2, 1)
    assert registry.ancestry("v0003") == ["v0003", "v0002", "v0001"]
    assert registry.ancestry("v0004") == ["v0004", "v0001"]
    assert registry.ancestry(BASE) == []


def test_ancestry_ends_at_a_lost_parent_and_in_no_circle(case: Case) -> None:
    registry = case.grow(17, 3, 2)
    assert registry.ancestry("v0001") == ["v0001", "v0017"]
    assert registry.ancestry("v0002") == ["v0002", "v0003"]
