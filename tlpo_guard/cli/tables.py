"""Tables for people and for pipes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["print_table"]

_WIDE = 500


def print_table(table: "Table") -> None:
    """Print a table to standard output; as wide as it is where no terminal folds it, so that nothing in it is cut."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    console.print(table)
