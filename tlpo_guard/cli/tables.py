"""Tables for people and for pipes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["print_table"]

_WIDE = 500


def print_table(table: "Table") -> None:
    """Print a table to standard output; as wide as it is where no terminal folds it, so that nothing in it is cut.

    Its cells are plain text: names of users and keys stand in them, and brackets in those are no markup.
    """
    from rich.console import Console

    console = Console(markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(width=_WIDE, markup=False, emoji=False)
    console.print(table)
