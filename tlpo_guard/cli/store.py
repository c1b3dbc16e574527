"""`--store`: the event store of commands that open it themselves."""

from typing import Annotated

import typer

__all__ = ["Store"]

Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="TLPO_GUARD_STORE",
        metavar="URL",
        help="The confusion log, as in sqlite:///data/events.sqlite3, where it is not in --data-dir.",
    ),
]
