"""A store by the URL that people write."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from tlpo_guard.errors import ConfigurationError
from tlpo_guard.events.store import EventStore

__all__ = ["EventStore", "open_store"]

_EXAMPLE = "a store is named by a URL such as sqlite:///data/events.sqlite3"


def open_store(location: Path | str, *, create: bool = True) -> EventStore:
    """Open the store at a URL: `sqlite:///relative/path` or `sqlite:////absolute/path`.

    Args:
        location: the URL; or a Path, which is an SQLite file.
        create: False refuses an SQLite file that is not there.

    Raises:
        ConfigurationError: a URL that names no store, or no file where one must be.
        StoreError: the store cannot be opened.
    """
    path = location if isinstance(location, Path) else _sqlite_path(location)
    if path.is_dir():
        raise ConfigurationError(
            f"the event store {path} is a folder; name a file, as in sqlite:///{path}/events.sqlite3"
        )
    if not create and not path.is_file():
        raise ConfigurationError(
            f"there is no confusion log {path}; name its folder with --data-dir, or its URL with --store"
        )
    return EventStore(path)


def _sqlite_path(location: str) -> Path:
    url = _parsed(location.strip())
    if url.get_backend_name() != "sqlite":
        raise ConfigurationError(f"stores of the kind {url.drivername} are not supported; {_EXAMPLE}")
    if url.host or url.username or url.query:
        raise ConfigurationError(
            f"{_without_password(url)!r} names no file: an SQLite store has neither host nor options; write sqlite:/// "
            "before a relative path and sqlite://// before an absolute one"
        )
    if url.database in (None, "", ":memory:"):
        raise ConfigurationError(
            f"{_without_password(url)!r} names no file, and other processes must find the store; {_EXAMPLE}"
        )
    return Path(str(url.database)).expanduser()


def _parsed(location: str) -> URL:
    try:
        url = make_url(location)
        url.get_backend_name()
    except (ArgumentError, ValueError) as exc:
        scheme, separator, _ = location.partition("://")
        shown = f"{scheme[:40]}://..." if separator else location[:80]  # what follows may hold a password
        raise ConfigurationError(f"the store {shown!r} cannot be used: this is not a URL; {_EXAMPLE}") from exc
    return url


def _without_password(url: URL) -> str:
    return url.render_as_string(hide_password=True)
