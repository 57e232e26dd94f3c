"""The gradebook's database, opened so that whoever waits for another program's writing is told what is waited for."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

SILENT, PATIENT = 1.5, 60.0  # seconds of waiting: before it is said, and after that before it is given up
WAITING = "The gradebook is being written to by another program, such as formgrader: waiting for its end, up to a minute."


def engine(url: str) -> Engine:
    """A database that waits for other writers, and says so; sqlite3's OperationalError once it has waited enough."""
    return create_engine(url, poolclass=NullPool, connect_args={"timeout": SILENT, "factory": _Connection})


class _Cursor(sqlite3.Cursor):
    def execute(self, *given):
        return _patiently(self.connection, super().execute, *given)

    def executemany(self, *given):
        return _patiently(self.connection, super().executemany, *given)


class _Connection(sqlite3.Connection):
    def cursor(self, factory=_Cursor):
        return super().cursor(factory)

    def commit(self) -> None:
        _patiently(self, super().commit)


def _patiently(connection: sqlite3.Connection, do: Callable, *given):
    """Do it; where the database is locked say so, and try once more for longer."""
    try:
        return do(*given)
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
    print(WAITING, file=sys.stderr, flush=True)
    sqlite3.Cursor(connection).execute(f"PRAGMA busy_timeout = {round(1000 * PATIENT)}")
    return do(*given)
