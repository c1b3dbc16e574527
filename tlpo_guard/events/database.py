"""A database with the tables of the store, which several processes open at once."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy import event as sa_event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from tlpo_guard.data_folder import make_private
from tlpo_guard.errors import StoreError
from tlpo_guard.events.erasing import READ, empty_wal, rewrite

__all__ = ["Database", "sqlite_url"]

_BUSY_MS = 5_000
_SOON_REWRITTEN = 2**27  # bytes; about a second, in which no event can be written
_SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"busy_timeout={_BUSY_MS}")


def sqlite_url(path: Path) -> URL:
    """The URL of an SQLite file."""
    return URL.create("sqlite", database=str(path))


class Database:
    """Opens a database, and brings its tables up to date.

    Attributes:
        label: a file's path, or a URL without its password.
        stale: rows were deleted here since the file was last made anew.

    Raises:
        StoreError: it cannot be opened.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self.stale = False
        self.label = str(url.database) if self.is_sqlite else url.render_as_string(hide_password=True)
        try:
            self._engine = self._connect()
            with self._engine.begin() as connection:
                self._upgrade(connection)
        except (OSError, SQLAlchemyError) as exc:
            way_out = "check the folder's rights and space" if self.is_sqlite else "check its address and rights"
            raise StoreError(f"cannot open the event store {self.label}: {_reason(exc)}; {way_out}") from exc

    def _upgrade(self, connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        newest = tuple(ScriptDirectory.from_config(config).get_heads())
        if MigrationContext.configure(connection).get_current_heads() == newest:
            return
        if self.is_sqlite:  # of several processes that find a new file, one makes the tables, and the others wait
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        command.upgrade(config, "head")

    @property
    def is_sqlite(self) -> bool:
        """Whether it is an SQLite file."""
        return self._url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path:
        """The SQLite file.

        Raises:
            StoreError: the database is none.
        """
        if not self.is_sqlite:
            raise StoreError(f"the event store {self.label} is not a file")
        return Path(str(self._url.database))

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction; ended without `commit` it leaves nothing.

        Raises:
            StoreError: the database fails.
        """
        try:
            with Session(self._engine) as session:
                yield session
        except (SQLAlchemyError, OSError) as exc:
            raise StoreError(f"the event store {self.label} failed: {_reason(exc)}") from exc

    def insert(self, table: Any) -> Any:
        """An INSERT in this database's own form, which knows ON CONFLICT."""
        if self.is_sqlite:
            from sqlalchemy.dialects.sqlite import insert

            return insert(table)
        raise StoreError(f"events cannot be written to the event store {self.label}; name an SQLite file")

    def erase(self) -> tuple[str, ...]:
        """Get rid of what the database keeps of deleted rows. Where something is left, and until when.

        The file is made anew if that takes no longer than writers may wait.
        """
        if not self.is_sqlite:
            return (f"in {self.label}, until its own VACUUM; in its archives and replicas as long as those are kept",)
        left = []
        try:
            if self.stale:
                left += self._rewrite(_SOON_REWRITTEN)
                self.stale = False
            if not empty_wal(self.path):
                left.append(READ)
        except (OSError, sqlite3.Error) as exc:
            left.append(f"in {self.label}, until it can be written again ({exc})")
        return tuple(left)

    def rewrite(self) -> None:
        """Make an SQLite file anew from its rows, whatever its size; those who write wait for it.

        Raises:
            StoreError: it is in use, or there is no space.
        """
        try:
            rewrite(self.path, in_memory=False)
        except (OSError, sqlite3.Error) as exc:
            raise StoreError(f"the event store {self.label} cannot be rewritten now: {exc}") from exc
        self.stale = False

    def _rewrite(self, most: int) -> list[str]:
        if self.path.stat().st_size <= most:
            rewrite(self.path, in_memory=True)
            return []
        return [f"in unused parts of pages of {self.label}, rarely, until `tlpo-guard events compact` has rewritten it"]

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _connect(self) -> Engine:
        if self.is_sqlite:
            make_private(self.path.parent)
        engine = create_engine(self._url, hide_parameters=True)  # else errors in logs would hold prompts
        if self.is_sqlite:
            sa_event.listen(engine, "connect", _set_pragmas)
        return engine


def _set_pragmas(connection: Any, _: Any) -> None:
    """Two that switch a new file to WAL at once are refused at once, whatever the timeout: so that is tried again."""
    until = time.monotonic() + _BUSY_MS / 1000
    for pragma in _SQLITE_PRAGMAS:
        while not _is_set(connection, pragma, until):
            time.sleep(0.01)


def _is_set(connection: Any, pragma: str, until: float) -> bool:
    try:
        connection.execute(f"PRAGMA {pragma}")
    except sqlite3.OperationalError as exc:
        if time.monotonic() >= until or exc.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _reason(exc: Exception) -> str:
    """What the database said, without the statement."""
    return str(exc.orig if isinstance(exc, DBAPIError) else exc)
