"""The picture of the terminal: what a command shows. `TLPO_GUARD_DRAW=1 pytest tests/docs/test_pictures.py` draws it anew."""

import io
import json
import os
import re
from pathlib import Path

import pytest
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from tests.docs.blocks import DOCS
from tests.terminal import on_a_terminal

PICTURE = DOCS / "pictures" / "scan.svg"
COLUMNS = 84
ANSWERS = [
    ("a1", "한국의 사계절을 설명해 주세요.", "봄에는 꽃이 피고 날씨가 따뜻합니다. 여름은 非常 덥고 비가 자주 옵니다."),
    (
        "a2",
        "Wie wird das Wetter morgen?",
        "Morgen wird es sonnig. In the evening there will be some rain in the north.",
    ),
    ("a3", "Расскажи мне, пожалуйста, о погоде в Москве.", "Москва — столица России и крупнейший город страны."),
    ("a4", "Thời tiết hôm nay thế nào?", "Hôm nay trời nắng và rất 美丽."),
]
# No font is fetched: whoever looks has one of fixed width.
_FORMAT = re.sub(r"@font-face \{\{.*?\n    \}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace("Fira Code, ", "")


def drawn(folder: Path) -> str:
    rows = ({"id": name, "prompt": prompt, "completion": text} for name, prompt, text in ANSWERS)
    (folder / "answers.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    code, shown = on_a_terminal("scan", "answers.jsonl", folder=folder, COLUMNS=str(COLUMNS))
    assert code == 0
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ tlpo-guard scan answers.jsonl\n{shown.rstrip()}"))
    return console.export_svg(title="tlpo-guard", code_format=_FORMAT, unique_id="scan")


def test_the_picture_is_what_the_terminal_shows(tmp_path: Path) -> None:
    svg = drawn(tmp_path)
    assert 'url("' not in svg and "cdn" not in svg
    if os.environ.get("TLPO_GUARD_DRAW"):
        PICTURE.write_text(svg)
        pytest.skip("drawn anew")
    assert PICTURE.read_text() == svg
