"""Handles of database files that rest between two requests, where connections are closed at the end of each.

Theory of operation. Opening a database file and reading its schema costs more than ten point reads, and `CONN_MAX_AGE`
of 0, the default, asks for it in each request. What that setting promises is that no request finds anything of an
earlier one: so a handle that nobody could tell from a new one need not be closed. Rules:

1. Only the end of a request puts a handle to rest. `close()` closes, and closes those of the same file that rest.
2. A handle rests if nothing of its session was changed (the database says so: its authorizer sees every statement
   when it is prepared; the driver's methods that change a session tell by themselves), no transaction is open, and
   nobody else refers to it, no unread cursor either, which would hold a lock.
3. It is taken up again if the file is, by its inode, size and times, the one that was left. Whoever replaces, restores
   or removes the file finds that the next request opens it anew.
4. A database in WAL mode is closed, since its log is written back by the last one to close it. So is one with a
   name that is a URI, and every one where an open file cannot be replaced.
5. For the wrapper the connection is closed: `connection_created` is sent again, and its receivers run.

Nothing here waits or knows settings.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from sqlite3 import dbapi2 as Database
from typing import Any

MOST_AT_REST = 8
"""Handles of one file at rest; more requests at the same time open and close their own."""

_SESSION_PRAGMAS_ALLOWED = frozenset({"busy_timeout"})
"""Set again whenever a handle is taken up."""


class Session:
    """Whether the session of a handle was changed: by PRAGMA, ATTACH, temporary tables, functions, extensions."""

    __slots__ = ("changed",)

    def __init__(self) -> None:
        self.changed = False

    def authorize(self, action: int, first: str | None, second: str | None, schema: str | None, *_: Any) -> int:
        """Look at one step of a statement that is being prepared, and allow it."""
        if action == Database.SQLITE_PRAGMA:
            if second is not None and first not in _SESSION_PRAGMAS_ALLOWED:
                self.changed = True
        elif (
            schema == "temp"
            or action in (Database.SQLITE_ATTACH, Database.SQLITE_DETACH)
            or (action == Database.SQLITE_FUNCTION and second == "load_extension")
        ):
            self.changed = True
        return Database.SQLITE_OK


class Connection(Database.Connection):
    """The driver's connection, closed when it is dropped: a context that ends takes its connections with it."""

    session: Session | None = None
    opened_with: Any = None
    inode: tuple[int, ...] | None = None
    file: tuple[int, ...] | None = None
    references = 0

    def __del__(self) -> None:
        with suppress(Database.ProgrammingError):  # of one that was never opened
            self.close()

    def watch(self, opened_with: Any) -> None:
        """From here on notice what changes the session."""
        self.session = session = Session()
        Database.Connection.set_authorizer(self, session.authorize)
        self.opened_with = opened_with

    @property
    def is_as_opened(self) -> bool:
        """Whether the next user finds it as the last one did."""
        return (
            self.session is not None
            and not self.session.changed
            and not self.in_transaction
            and self.row_factory is None
            and self.text_factory is str
            and getattr(self, "autocommit", -1) == -1
        )


def _telling(name: str) -> Callable[..., Any]:
    original = getattr(Database.Connection, name)

    def method(self: Connection, *args: Any, **kwargs: Any) -> Any:
        if self.session is not None:
            self.session.changed = True
        return original(self, *args, **kwargs)

    method.__name__ = name
    method.__doc__ = original.__doc__
    return method


for _name in (
    "create_aggregate",
    "create_collation",
    "create_function",
    "create_window_function",
    "deserialize",
    "enable_load_extension",
    "load_extension",
    "set_authorizer",
    "setconfig",
    "setlimit",
):
    if hasattr(Database.Connection, _name):  # some depend on Python's version, or on how SQLite was built
        setattr(Connection, _name, _telling(_name))


def open_handle(conn_params: dict[str, Any], prepare: Callable[[Any], None], opened_with: Any) -> Any:
    """Open a database.

    Args:
        conn_params: for the driver.
        prepare: makes of the driver's connection what every user of it expects.
        opened_with: what a handle must have been opened with to stand in for another.
    """
    raw = Database.connect(**{"factory": Connection, **conn_params})
    prepare(raw)
    if isinstance(raw, Connection):
        raw.watch(opened_with)
        raw.inode = _inode(conn_params["database"])
        raw.references = sys.getrefcount(
            raw
        )  # counted as in `put_to_rest`: by a function that holds it in one variable
    return raw


def file_state(name: Any) -> tuple[int, ...] | None:
    """Give what changes when a file is written, replaced or moved; None if it cannot be told."""
    try:
        found = os.stat(name)
    except (OSError, TypeError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _inode(name: Any) -> tuple[int, ...] | None:
    plain = _plain_name(name)
    state = file_state(plain) if plain is not None else None
    return state[:2] if state is not None else None


def is_still_there(raw: Any, name: Any) -> bool:
    """Whether the file of an open handle still has its name; so too, where that cannot be told."""
    opened = getattr(raw, "inode", None)
    return opened is None or opened == _inode(name)


_AT_REST: dict[str, list[Connection]] = {}
"""By the file's name as configured. Bounded by the number of database files and `MOST_AT_REST`."""

_PLACES = threading.Lock()

_LEFT_BY_FORK: list[Connection] = []


def put_to_rest(wrapper: Any, database: Any) -> bool:
    """Take the handle off a wrapper and keep it, if it is fit for that; say whether it was."""
    name = _plain_name(database)
    if name is None:
        return False
    raw = wrapper.connection
    if not isinstance(raw, Connection) or not raw.is_as_opened or os.path.lexists(f"{name}-wal"):
        return False
    others = _AT_REST.setdefault(name, [])
    raw.file = file_state(name)
    if raw.file is None:
        return False
    raw.set_progress_handler(None, 0)
    raw.set_trace_callback(None)
    wrapper.connection = None
    with _PLACES:
        if len(others) < MOST_AT_REST and sys.getrefcount(raw) == raw.references:
            others.append(raw)
            return True
    wrapper.connection = raw
    return False


def take_up(name: Any, opened_with: Any) -> Connection | None:
    """Give a handle of the file that rests and was opened in the same way; None if there is none."""
    plain = _plain_name(name)
    others = _AT_REST.get(plain) if plain is not None else None
    while others:
        try:
            raw = others.pop()
        except IndexError:  # another thread was faster
            return None
        if raw.opened_with == opened_with and raw.file == file_state(plain):
            return raw
        raw.close()
    return None


def close_resting(name: Any) -> None:
    """Close the handles of a file that rest."""
    plain = _plain_name(name)
    for raw in _AT_REST.pop(plain, ()) if plain is not None else ():
        raw.close()


def _plain_name(name: Any) -> str | None:
    """Give a file's name as text; None for a URI, a database in memory, and where open files cannot be replaced."""
    if type(name) is not str:
        name = os.fspath(name) if isinstance(name, os.PathLike) else None
    return name if name and name[0] != ":" and not name.startswith("file:") and os.name == "posix" else None


def _forget() -> None:
    global _PLACES
    _PLACES = threading.Lock()  # another thread may have held it
    # A handle must not be used, nor closed, on the other side of a fork.
    for others in _AT_REST.values():
        _LEFT_BY_FORK.extend(others)
    _AT_REST.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
