"""Tables hold what people wrote."""

import pytest
from rich.table import Table

from tlpo_guard.cli.tables import print_table


@pytest.mark.parametrize("text", ["[/x]", "[bold]Ann[/bold]", "[red]", "\\[x]", ":smile:", "[link=x]y[/link]"])
def test_what_people_wrote_is_printed_as_it_is(capsys: pytest.CaptureFixture[str], text: str) -> None:
    table = Table("user")
    table.add_row(text)
    print_table(table)
    assert text in capsys.readouterr().out
