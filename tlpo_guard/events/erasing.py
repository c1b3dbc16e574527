"""What SQLite keeps of deleted rows, and how it is got rid of.

`secure_delete` overwrites what is freed. Two things are left: older pages in the write-ahead log, until it is emptied; and copies
in the unused middle of pages that were balanced before, until the file is rewritten.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

__all__ = ["READ", "empty_wal", "rewrite"]

READ = "in the write-ahead log of the event store, which somebody is reading, until they are done and it is emptied"

_PATIENCE_SECONDS = 2.0
_PAUSE_SECONDS = 0.05
_BUSY_MS = 5_000


def empty_wal(path: Path) -> bool:
    """Write the log back into the file and cut it to nothing; False while a reader needs it.

    The writer waits for nobody meanwhile: who finds the log in use tries again from the beginning.
    """
    end = time.monotonic() + _PATIENCE_SECONDS
    with closing(_connection(path)) as connection:
        connection.execute("PRAGMA busy_timeout=0")
        while True:
            try:
                ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.OperationalError:  # locked
                busy = 1
            if not busy or time.monotonic() >= end:
                return not busy
            time.sleep(_PAUSE_SECONDS)


def rewrite(path: Path, *, in_memory: bool) -> None:
    """Make the file anew from its rows; writers wait for it.

    Args:
        in_memory: the copy that it is made from is in memory, else in the system's folder for temporary files.

    Raises:
        sqlite3.Error: the database was locked for 5 seconds, or there is no space.
    """
    with closing(_connection(path)) as connection:
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        if in_memory:
            connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("VACUUM")


def _connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA secure_delete=ON")
    return connection
