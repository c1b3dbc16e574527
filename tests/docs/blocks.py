"""The blocks of code in the documentation, and how each is run.

A comment before a block says what is special about it: `not run: WHY`, `server` (it talks to a running one), `long`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["DOCS", "ROOT", "Block", "blocks", "pages"]

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(
    r"^(?P<indent> *)(?:<!-- (?:not run: (?P<why>[^>]+)|(?P<how>server|long)) -->\n *)?```(?P<kind>\w*)\n(?P<code>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        why: why it is not run; None where it is.
        how: `server`, `long` or None.
        kind: what follows the opening fence.
    """

    page: Path
    why: str | None
    how: str | None
    kind: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.stem}: {self.code.splitlines()[0]}"


def pages() -> list[Path]:
    """All pages that are written by hand."""
    return sorted(DOCS.rglob("*.md"))


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    return [
        Block(
            page,
            found["why"],
            found["how"],
            found["kind"],
            re.sub(rf"^{found['indent']}", "", found["code"], flags=re.M),
        )
        for found in _BLOCK.finditer(page.read_text())
    ]
