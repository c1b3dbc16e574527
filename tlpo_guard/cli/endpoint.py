"""`--endpoint` and `--admin-key`: commands that work on a data folder, or on a running server instead."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from tlpo_guard.errors import ConfigurationError

if TYPE_CHECKING:
    from tlpo_guard.remote import RemoteServer

__all__ = ["AdminKey", "Endpoint", "chosen", "connected"]

Endpoint = Annotated[
    str | None,
    typer.Option("--endpoint", envvar="TLPO_GUARD_ENDPOINT", metavar="URL", help="A running server to work on."),
]
AdminKey = Annotated[
    str | None, typer.Option("--admin-key", envvar="TLPO_GUARD_ADMIN_KEY", help="That server's admin key.")
]


def chosen(context: typer.Context, endpoint: str | None) -> str | None:
    """The endpoint, or None for the data folder: what was typed wins over what the environment says.

    Raises:
        ConfigurationError: both were typed.
    """
    sources = [context.get_parameter_source(name) for name in ("data_dir", "endpoint")]
    folder_typed, endpoint_typed = (source is not None and source.name == "COMMANDLINE" for source in sources)
    if folder_typed and endpoint_typed:
        raise ConfigurationError("--data-dir and --endpoint exclude each other; give one of them")
    return None if folder_typed else endpoint or None


@contextmanager
def connected(endpoint: str, admin_key: str | None) -> "Iterator[RemoteServer]":
    """The server at an endpoint."""
    from tlpo_guard.remote import RemoteServer

    server = RemoteServer(endpoint, admin_key)
    try:
        yield server
    finally:
        server.close()
