"""The reports of `scan --report`."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from tlpo_guard.cli import create_app
from tlpo_guard.scan import Answer, Scanner
from tlpo_guard.scan_report import open_report, record_of
from tlpo_guard.scan_report.tally import Tally

SCRIPT = "<script>alert(1)</script>"
ROWS: list[dict[str, Any]] = [
    {
        "id": "a",
        "created": 1767225600,
        "model": "m1",
        "language": "ko",
        "completion": f"오늘은 复杂 날씨 {SCRIPT}입니다.",
    },
    {"id": "b", "created": "2026-02-03T04:05:06", "model": "m1", "language": "ko", "completion": "날씨가 좋습니다."},
    {
        "id": "c",
        "response": {"created": 1772323200, "model": "m2"},
        "language": "ru",
        "completion": "Сегодня 天气 хорошая.",
    },
    {"completion": "Hm."},
]
MOST_BYTES = 5_000_000


def scan(folder: Path, *arguments: str) -> Result:
    (folder / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return CliRunner().invoke(create_app(), ["scan", str(folder / "answers.jsonl"), *arguments])


class Page(HTMLParser):
    """What a browser would load or run, and the cells of the tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.cells: list[str] = []
        self.marks: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        self.loads += [tag for name, _ in attrs if name in ("src", "href")] + [tag] * (tag in ("script", "link"))
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data.strip()
        if self._open == "mark":
            self.marks.append(data)
            self._open = ""


def test_a_page_has_the_figures_and_the_examples_and_loads_nothing(tmp_path: Path) -> None:
    done = scan(tmp_path, "--report", str(tmp_path / "report.html"))
    assert done.exit_code == 0, done.output
    assert done.stdout == "" and "written: " in done.stderr
    text = (tmp_path / "report.html").read_text()
    page = Page(text)
    assert page.loads == []
    assert "default-src 'none'" in text and SCRIPT not in text
    assert sorted(page.marks) == sorted(["复杂", "天气"])
    rows = {page.cells[i]: page.cells[i + 1 : i + 4] for i in reversed(range(len(page.cells) - 3))}
    assert rows["ko"] == ["2", "1", "50.00%"]
    assert rows["ru"] == rows["2026-03"] == rows["m2"] == ["1", "1", "100.00%"]
    assert rows["2026-02"] == ["1", "0", "0.00%"]
    assert re.search(r"<b>1</b> not judged", text)


def test_a_table_has_a_row_for_each_answer(tmp_path: Path) -> None:
    done = scan(tmp_path, "--report", str(tmp_path / "report.parquet"), "--json")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["a", "b", "c", 4]
    rows = parquet.read_table(tmp_path / "report.parquet").to_pylist()
    assert [row["id"] for row in rows] == ["a", "b", "c", "4"]
    assert [drift["text"] for drift in rows[0]["drifts"]] == ["复杂"]
    assert [row["passed"] for row in rows] == [False, True, False, True]
    assert (rows[1]["created"].month, rows[2]["model"]) == (2, "m2")


@pytest.mark.parametrize("name", ["report.pdf", "none/report.html"])
def test_a_report_that_cannot_be_is_refused_before_anything_is_read(tmp_path: Path, name: str) -> None:
    done = scan(tmp_path, "--report", str(tmp_path / name))
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["report.html", "report.parquet"])
def test_a_scan_that_breaks_off_leaves_no_report(tmp_path: Path, name: str) -> None:
    with pytest.raises(RuntimeError), open_report(tmp_path / name, "x"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_the_page_stays_small_whatever_is_found(tmp_path: Path) -> None:
    scanner = Scanner()
    with open_report(tmp_path / "report.html", "x") as report:
        for number, language in enumerate(["ko", "ru", "el", "ar", "th", "he", "hi", "ka", "ja"] * 8):
            long = '"&<>' * 100 + "复杂" * 200
            scanned = scanner.scan(Answer(long, languages=(language,)))
            for repeat in range(30):
                report.add(record_of({"model": f"m{number}-{repeat}"}, number), scanned)
    assert (tmp_path / "report.html").stat().st_size < MOST_BYTES


def test_examples_are_bounded_and_drawn_from_all() -> None:
    tally, scanner = Tally(), Scanner()
    for number in range(500):
        tally.add(record_of({}, number), scanner.scan(Answer("그리고 北京.", languages=("ko",))))
    ((way, count, examples),) = tally.examples()
    assert (way.language, way.detected, count) == ("ko", "Hani", 500)
    assert len(examples) == 5
    assert any(int(example.record_id) > 50 for example in examples)


@pytest.mark.parametrize("value", [True, "yesterday", 1e300, None])
def test_a_time_that_is_none_is_left_out(value: object) -> None:
    assert record_of({"created": value}, 1).created is None
