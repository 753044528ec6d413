"""Handles of SQLite files between two requests: what one request does to its session, the next must not find.

Source: docs ref/settings, "CONN_MAX_AGE": 0 closes connections at the end of each request.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hotclub.db import close_old_connections, connection
from hotclub.db.backends.signals import connection_created
from hotclub.db.backends.sqlite3.resting import MOST_AT_REST
from tests.databases import switch_default


@pytest.fixture
def path(tmp_path: Path, _project: None) -> Iterator[Path]:
    file = tmp_path / "resting.sqlite3"
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("CREATE TABLE thing (name varchar(20))")
        plain.execute("INSERT INTO thing VALUES ('a')")
        plain.commit()
    use(file)
    yield file
    switch_default({"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"})


def use(file: Path, max_age: int | None = 0, **options: Any) -> None:
    database = {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": file, "CONN_MAX_AGE": max_age, "OPTIONS": options}
    switch_default(database)


def names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM thing ORDER BY name")
        return [name for (name,) in cursor.fetchall()]


def is_the_same_after(work: Callable[[], Any]) -> bool:
    """Do the work in a request; say whether the next request takes up its handle."""
    assert connection.connection is None
    connection.ensure_connection()
    connection.connection.mark = 1
    kept = work()
    close_old_connections()
    assert connection.connection is None
    connection.ensure_connection()
    same = hasattr(connection.connection, "mark")
    close_old_connections()
    del kept
    return same


def execute(sql: str, *params: Any) -> Callable[[], None]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)

    return run


def test_reading_and_writing_leave_no_trace(path: Path) -> None:
    assert is_the_same_after(names)
    assert is_the_same_after(execute("INSERT INTO thing VALUES (%s)", "b"))
    assert is_the_same_after(execute("CREATE TABLE other (id integer)"))
    assert names() == ["a", "b"]


def test_signal_and_state_are_those_of_a_new_connection(path: Path) -> None:
    opened: list[Any] = []

    def note(connection: Any, **kwargs: Any) -> None:
        opened.append(connection)

    connection_created.connect(note)
    try:
        assert is_the_same_after(names)
    finally:
        connection_created.disconnect(note)
    assert len(opened) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "PRAGMA foreign_keys = OFF",
        "PRAGMA case_sensitive_like = ON",
        "ATTACH ':memory:' AS other",
        "CREATE TEMP TABLE mine (id integer)",
        "CREATE TEMP VIEW shown AS SELECT 1",
        "BEGIN",
    ],
)
def test_a_changed_session_is_closed(path: Path, sql: str) -> None:
    assert not is_the_same_after(execute(sql))


def test_a_statement_of_another_connection_tells_too(path: Path) -> None:
    assert not is_the_same_after(
        lambda: connection.connection.cursor().execute("PRAGMA recursive_triggers = ON").close()
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.create_function("twice", 1, lambda value: value * 2),
        lambda raw: raw.create_collation("backwards", lambda one, two: (one < two) - (one > two)),
        lambda raw: raw.create_aggregate("all_of", 1, list),
        lambda raw: raw.set_authorizer(None),
        lambda raw: setattr(raw, "row_factory", sqlite3.Row),
        lambda raw: setattr(raw, "text_factory", bytes),
    ],
)
def test_a_changed_driver_connection_is_closed(path: Path, change: Callable[[Any], Any]) -> None:
    assert not is_the_same_after(lambda: change(connection.connection))


def test_what_only_watches_is_taken_off(path: Path) -> None:
    seen: list[str] = []
    assert is_the_same_after(lambda: connection.connection.set_trace_callback(seen.append))
    del seen[:]
    names()
    assert not seen


def test_an_unread_cursor_holds_no_lock_into_the_next_request(path: Path) -> None:
    execute("INSERT INTO thing VALUES ('b')")()
    close_old_connections()

    def half_read() -> Any:
        cursor = connection.connection.execute("SELECT name FROM thing")
        cursor.fetchone()
        return cursor

    assert not is_the_same_after(half_read)
    assert not is_the_same_after(lambda: connection.connection)  # somebody keeps it for himself


def test_errors_of_statements_close(path: Path) -> None:
    def fail() -> None:
        with pytest.raises(Exception, match="no such table"):
            execute("SELECT * FROM nowhere")()

    assert not is_the_same_after(fail)


def test_the_busy_time_out_is_the_configured_one(path: Path) -> None:
    use(path, timeout=1.5)
    assert is_the_same_after(execute("PRAGMA busy_timeout = 7"))
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone() == (1500,)


def test_another_file_of_the_same_name_is_opened(path: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite3"
    shutil.copy(path, backup)
    execute("INSERT INTO thing VALUES ('b')")()
    close_old_connections()
    os.replace(backup, path)
    assert names() == ["a"]
    close_old_connections()
    path.unlink()
    with pytest.raises(Exception, match="no such table"):
        names()


def test_a_file_written_over_is_read_anew(path: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite3"
    shutil.copy(path, backup)
    execute("INSERT INTO thing VALUES ('b')")()
    with closing(sqlite3.connect(backup)) as plain:  # another history of the same length
        plain.execute("INSERT INTO thing VALUES ('c')")
        plain.commit()
    assert names() == ["a", "b"]
    close_old_connections()
    shutil.copy(backup, path)
    assert names() == ["a", "c"]


def test_other_writers_are_seen(path: Path) -> None:
    assert is_the_same_after(names)
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("ALTER TABLE thing ADD COLUMN size integer")
        plain.execute("INSERT INTO thing VALUES ('b', 1)")
        plain.commit()
    assert names() == ["a", "b"]


def test_a_log_is_written_back(path: Path) -> None:
    use(path, init_command="PRAGMA journal_mode = WAL")
    execute("INSERT INTO thing VALUES ('b')")()
    assert Path(f"{path}-wal").exists()
    close_old_connections()
    assert not Path(f"{path}-wal").exists()


def test_other_options_open_anew(path: Path) -> None:
    assert is_the_same_after(names)
    connection.settings_dict["OPTIONS"] = {"timeout": 3}
    assert not is_the_same_after(lambda: connection.settings_dict.update(OPTIONS={"timeout": 4}))


@pytest.fixture
def open_files(path: Path) -> Callable[[], int]:
    """Count the handles of the database file."""
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("this system does not show open files")

    def count() -> int:
        return sum(os.path.realpath(entry) == str(path.resolve()) for entry in descriptors.iterdir())

    return count


def test_closing_closes_those_that_rest(path: Path, open_files: Callable[[], int]) -> None:
    names()
    close_old_connections()
    assert open_files() == 1
    connection.close()
    assert open_files() == 0
    use(path, max_age=60)
    names()
    close_old_connections()
    assert connection.connection is not None  # it lives for its age
    connection.close()
    assert open_files() == 0


def test_no_more_than_some_rest(path: Path, open_files: Callable[[], int]) -> None:
    together = threading.Barrier(MOST_AT_REST + 3)

    def request() -> None:
        names()
        together.wait()
        close_old_connections()

    threads = [threading.Thread(target=request) for _ in range(MOST_AT_REST + 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert open_files() == MOST_AT_REST
    connection.close()
    assert open_files() == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_a_child_opens_its_own(path: Path) -> None:
    names()
    connection.connection.mark = 1
    close_old_connections()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other tests may have left threads
        child = os.fork()
    if child == 0:
        status = 1
        try:
            connection.ensure_connection()
            status = 1 if hasattr(connection.connection, "mark") else 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    connection.ensure_connection()
    assert hasattr(connection.connection, "mark")


def test_a_persistent_connection_notices_that_its_file_is_gone(path: Path, tmp_path: Path) -> None:
    database = {
        "ENGINE": "hotclub.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
    switch_default(database)
    execute("INSERT INTO thing VALUES ('b')")()
    other = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(other)) as plain:
        plain.execute("CREATE TABLE thing (name varchar(20))")
    os.replace(other, path)
    close_old_connections()
    assert names() == []
