"""`--endpoint` and `--admin-key`: commands that work on a data folder, or on a running server instead."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from tlpo_guard.errors import ConfigurationError

if TYPE_CHECKING:
    from tlpo_guard.admin_client import AdminClient

__all__ = ["AdminKey", "Endpoint", "chosen", "connected"]

_PLACES = {"registry": "--registry", "store": "--store", "data_dir": "--data-dir"}

Endpoint = Annotated[
    str | None,
    typer.Option("--endpoint", envvar="TLPO_GUARD_ENDPOINT", metavar="URL", help="A running server to work on."),
]
AdminKey = Annotated[
    str | None, typer.Option("--admin-key", envvar="TLPO_GUARD_ADMIN_KEY", help="That server's admin key.")
]


def chosen(context: typer.Context, endpoint: str | None) -> str | None:
    """The endpoint, or None for what is named by other flags: what was typed wins over what the environment says.

    Raises:
        ConfigurationError: an endpoint and another place were typed.
    """
    places = [flag for name, flag in _PLACES.items() if _is_typed(context, name)]
    if places and _is_typed(context, "endpoint"):
        raise ConfigurationError(f"{places[0]} and --endpoint exclude each other; give one of them")
    return None if places else endpoint or None


def _is_typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


@contextmanager
def connected(endpoint: str, admin_key: str | None) -> "Iterator[AdminClient]":
    """The server at an endpoint."""
    from tlpo_guard.admin_client import AdminClient

    client = AdminClient(endpoint, admin_key)
    try:
        yield client
    finally:
        client.close()
