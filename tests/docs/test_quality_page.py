"""The results in the documents are those of the figures that a run of the benchmark has left."""

import json
import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mixing import markdown as mixing
from benchmarks.quality.markdown import BEGIN, END, comparison, markdown, summary
from tests.docs.blocks import DOCS

FIGURES: dict[str, Any] = json.loads((DOCS / "pictures" / "quality.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("document", "tables"),
    [
        (DOCS.parent / "README.md", summary(FIGURES)),
        (DOCS / "quality.md", markdown(FIGURES)),
        (DOCS / "comparison.md", comparison(FIGURES)),
    ],
    ids=["README.md", "quality.md", "comparison.md"],
)
def test_tables_are_made_of_the_figures(document: Path, tables: str) -> None:
    _, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    assert rest.partition(END)[0].strip() == tables.strip()


def test_the_table_of_mixed_scripts_is_made_of_its_figures() -> None:
    rows = json.loads((DOCS / "pictures" / "mixing.json").read_text(encoding="utf-8"))
    _, _, rest = (DOCS / "quality.md").read_text(encoding="utf-8").partition(mixing.BEGIN)
    assert rest.partition(mixing.END)[0].strip() == mixing.markdown(rows).strip()


def test_the_commands_for_mixed_scripts_make_all_of_their_table() -> None:
    rows = json.loads((DOCS / "pictures" / "mixing.json").read_text(encoding="utf-8"))
    methods = {row["method"] for row in rows}
    languages = {row["cells"].split(", ")[0] for row in rows} - {"all"}
    page = (DOCS / "reproduce.md").read_text(encoding="utf-8").replace("\\\n", " ")
    commands = dict(re.findall(r"^\$M (find|compare) (.*?)(?:  #.*)?$", page, re.MULTILINE))
    find, compare = (shlex.split(commands[name]) for name in ("find", "compare"))
    assert set(find[find.index("--languages") + 1].split(",")) == languages
    adapters = Counter(word.partition("=")[0] for word in compare if "=" in word)
    assert adapters == dict.fromkeys(methods, 2) and compare[compare.index("--draws") + 1] == "3"
