from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tlpo_guard.words import kept as module
from tlpo_guard.words.kept import kept


class _Maker:
    """Makes a table and counts how often."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> dict[str, NDArray[np.int64]]:
        self.made += 1
        return {"numbers": np.arange(3) + self.made}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "list"
    path.write_bytes(b"a b c")
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "cache" / "tables"
    monkeypatch.setattr(module, "_folder", lambda: path)
    yield path


def test_the_next_run_reads_what_was_made(source: Path) -> None:
    make = _Maker()
    first, second = (kept("table", [source], make) for _ in range(2))
    assert make.made == 1
    assert first["numbers"].tolist() == second["numbers"].tolist() == [1, 2, 3]


def test_tables_are_made_anew_where_a_source_has_changed(source: Path) -> None:
    make = _Maker()
    kept("table", [source], make)
    source.write_bytes(b"a b d")
    assert kept("table", [source], make)["numbers"].tolist() == [2, 3, 4]


@pytest.mark.parametrize("left", [b"", b"PK", b"no archive at all"])
def test_a_file_that_is_not_whole_is_replaced(source: Path, folder: Path, left: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "table.npz").write_bytes(left)
    make = _Maker()
    kept("table", [source], make)
    assert kept("table", [source], make)["numbers"].tolist() == [1, 2, 3]


def test_objects_are_not_read(source: Path, folder: Path) -> None:
    make = _Maker()
    kept("table", [source], make)
    with np.load(folder / "table.npz") as file:
        digest = file["digest"]
    np.savez(folder / "table.npz", digest=digest, numbers=np.asarray([{"an": "object"}], dtype=object))
    assert kept("table", [source], make)["numbers"].tolist() == [2, 3, 4]


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(source: Path, folder: Path) -> None:
    folder.parent.write_bytes(b"a file where the folder would be")
    make = _Maker()
    assert kept("table", [source], make)["numbers"].tolist() == [1, 2, 3]
    assert kept("table", [source], make)["numbers"].tolist() == [2, 3, 4]


def test_nothing_but_the_tables_is_left_in_the_folder(source: Path, folder: Path) -> None:
    kept("table", [source], _Maker())
    assert [path.name for path in folder.iterdir()] == ["table.npz"]
