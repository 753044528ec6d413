"""The settings of databases, on real servers: options of the drivers, sessions, test databases and their clones."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db import DatabaseError, close_old_connections, connection, connections, transaction
from hotclub.test.utils import override_settings
from tests.databases import TestDatabase, switch_default
from tests.halves import Halves


@contextmanager
def changed(database: TestDatabase, *, drop: tuple[str, ...] = (), **changes: Any) -> Iterator[None]:
    """The default database with other settings (in capitals) and other OPTIONS."""
    settings = {key: value for key, value in database.settings.items() if key not in drop}
    extra = {key: changes.pop(key) for key in list(changes) if key.isupper()}
    options = {key: value for key, value in {**settings["OPTIONS"], **changes}.items() if key not in drop}
    switch_default({**settings, **extra, "OPTIONS": options})
    try:
        yield
    finally:
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
        switch_default(database.settings)


def ask(sql: str) -> list[Any]:
    """Ask over a synchronous and over an asynchronous connection; both have to say the same."""

    async def main() -> Any:
        async with connection.acursor() as cursor:
            await cursor.execute(sql)
            return await cursor.fetchone()

    with connection.cursor() as cursor:
        cursor.execute(sql)
        answer = cursor.fetchone()
    connection.close()
    assert asyncio.run(main()) == answer
    return list(answer)


@pytest.fixture
def postgresql(database: TestDatabase) -> TestDatabase:
    if database.name != "postgresql":
        pytest.skip("about PostgreSQL")
    return database


@pytest.fixture
def mariadb(database: TestDatabase) -> TestDatabase:
    if database.name != "mariadb":
        pytest.skip("about MariaDB")
    return database


@pytest.fixture
def sqlite(database: TestDatabase) -> TestDatabase:
    if database.name != "sqlite":
        pytest.skip("about SQLite")
    return database


# -- PostgreSQL --


def test_isolation_level(postgresql: TestDatabase) -> None:
    from psycopg import IsolationLevel

    async def inside() -> Any:
        async with transaction.atomic(), connection.acursor() as cursor:
            await cursor.execute("SHOW transaction_isolation")
            return await cursor.fetchone()

    for level, name in (
        (IsolationLevel.SERIALIZABLE, "serializable"),
        (IsolationLevel.REPEATABLE_READ, "repeatable read"),
    ):
        with changed(postgresql, isolation_level=level):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SHOW transaction_isolation")
                assert cursor.fetchone() == (name,)
            assert asyncio.run(inside()) == (name,)
    with changed(postgresql, isolation_level=-1), pytest.raises(ImproperlyConfigured, match="isolation level -1"):
        connection.ensure_connection()


def test_assume_role(postgresql: TestDatabase) -> None:
    role = f"{postgresql.database_name}_role"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {role}")
        cursor.execute(f"CREATE ROLE {role}")
    try:
        with changed(postgresql, assume_role=role):
            assert ask("SELECT current_user::text") == [role]
        with (
            changed(postgresql, assume_role="nobody_of_that_name"),
            pytest.raises(DatabaseError, match="does not exist"),
        ):
            connection.ensure_connection()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP ROLE {role}")


def test_service_file(postgresql: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = postgresql.settings
    lines = ["[of_the_tests]", f"host={settings['HOST']}", f"port={settings['PORT']}", f"dbname={settings['NAME']}"]
    lines += [f"user={settings['USER']}", *([f"password={settings['PASSWORD']}"] if settings["PASSWORD"] else [])]
    file = tmp_path / "services"
    file.write_text("\n".join(lines) + "\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    bare = {"NAME": "", "HOST": "", "PORT": "", "USER": "", "PASSWORD": ""}
    with changed(postgresql, service="of_the_tests", **bare):
        assert ask("SELECT current_database()::text") == [settings["NAME"]]
    with changed(postgresql, **bare), pytest.raises(ImproperlyConfigured, match="NAME or OPTIONS"):
        connection.ensure_connection()


def test_binding_and_preparing(postgresql: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    async def work() -> list[str]:
        await Author.objects.acreate(name="async")
        await Author.objects.filter(name__in=["async", "sync"]).aupdate(born="2001-02-03")
        return [author.name async for author in Author.objects.order_by("name").aiterator(chunk_size=1)]

    for options in (
        {"server_side_binding": True},
        {"prepare_threshold": 0},
        {"prepare_threshold": 0, "server_side_binding": True},
    ):
        with changed(postgresql, **options):
            Author.objects.create(name="sync")
            assert asyncio.run(work()) == ["async", "sync"]
            assert [author.name for author in Author.objects.order_by("name").iterator(chunk_size=1)] == [
                "async",
                "sync",
            ]
            Author.objects.bulk_create([Author(name=str(n)) for n in range(3)])
            assert Author.objects.filter(born__year=2001).count() == 2
            prepared = connection.connection._prepared._names
            assert bool(prepared) == ("prepare_threshold" in options and "server_side_binding" in options)
            Author.objects.all().delete()


def test_tls(postgresql: TestDatabase) -> None:
    with changed(postgresql, sslmode="disable"):
        assert ask("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [False]
        offered = ask("SHOW ssl") == ["on"]
    with changed(postgresql, sslmode="require"):
        if not offered:
            with pytest.raises(DatabaseError, match="SSL"):
                connection.ensure_connection()
        else:
            assert ask("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [True]


def test_a_synchronous_pool(postgresql: TestDatabase) -> None:
    with changed(postgresql, pool={"min_size": 0, "max_size": 2, "timeout": 2}):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            first = cursor.fetchone()
        close_old_connections()
        assert connection.connection is None
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            assert cursor.fetchone() == first
        # One that is given back in a transaction is cleaned.
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.close()
        assert connection.get_autocommit()
        assert connection.pool.get_stats()["pool_size"] == 1
    with (
        changed(postgresql, pool=True, CONN_MAX_AGE=5),
        pytest.raises(ImproperlyConfigured, match="doesn't support persistent"),
    ):
        connection.ensure_connection()


# -- MariaDB --


def test_isolation_init_and_charset(mariadb: TestDatabase) -> None:
    assert ask("SELECT @@tx_isolation, @@character_set_client") == ["READ-COMMITTED", "utf8mb4"]
    with changed(mariadb, isolation_level="serializable", init_command="SET @mark = 'set'", charset="utf8mb3"):
        assert ask("SELECT @@tx_isolation, @mark, @@character_set_client") == ["SERIALIZABLE", "set", "utf8mb3"]
    with changed(mariadb, isolation_level="often"), pytest.raises(ImproperlyConfigured, match="level 'often'"):
        connection.ensure_connection()


# -- SQLite --


def test_init_command_and_transaction_mode(sqlite: TestDatabase) -> None:
    from hotclub.db import transaction
    from hotclub.test.utils import CaptureQueriesContext

    options = {"init_command": "PRAGMA journal_mode = WAL; PRAGMA cache_size = 123", "transaction_mode": "IMMEDIATE"}
    with changed(sqlite, **options), connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert cursor.execute("PRAGMA cache_size").fetchone() == (123,)
        assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
        with CaptureQueriesContext(connection) as captured, transaction.atomic():
            pass
        assert captured[0]["sql"] == "BEGIN IMMEDIATE"
        cursor.execute("PRAGMA journal_mode = DELETE")
    with changed(sqlite, transaction_mode="eager"), pytest.raises(ImproperlyConfigured, match="'eager'"):
        connection.ensure_connection()


# -- all --


def test_time_zones(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    if database.name == "postgresql":
        with changed(database, TIME_ZONE="Asia/Tokyo"):
            assert ask("SHOW TimeZone") == ["Asia/Tokyo"]
    with changed(database, TIME_ZONE="Asia/Tokyo"):
        assert str(connection.timezone) == "Asia/Tokyo"
        assert Author.objects.count() == 0
    with changed(database, TIME_ZONE="Asia/Tokyo"), override_settings(USE_TZ=False):
        connection.close()
        with pytest.raises(ImproperlyConfigured, match="cannot set TIME_ZONE because USE_TZ is False"):
            connection.connect()


def test_autocommit_off(database: TestDatabase) -> None:
    from hotclub.db import transaction
    from tests._orm.sample.models import Author

    async def create() -> int:
        await Author.objects.acreate(name="in a thread, in the same transaction")
        return await Author.objects.acount()

    with changed(database, AUTOCOMMIT=False):
        Author.objects.create(name="x")
        assert not transaction.get_autocommit()
        assert asyncio.run(create()) == 2
        transaction.rollback()
        assert Author.objects.count() == 0
        transaction.commit()


def test_persistent_connections_and_health_checks(database: TestDatabase) -> None:
    if database.name == "sqlite":
        pytest.skip("SQLite's connections do not break")
    own = {"postgresql": "SELECT pg_backend_pid()", "mariadb": "SELECT CONNECTION_ID()"}[database.name]
    kill = {"postgresql": "SELECT pg_terminate_backend(%s)", "mariadb": "KILL %s"}[database.name]

    def current() -> int:
        with connection.cursor() as cursor:
            cursor.execute(own)
            return int(cursor.fetchone()[0])

    with changed(database, CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True):
        first = current()
        close_old_connections()
        assert current() == first
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute(kill, [first])
        other.close()
        close_old_connections()  # the next request asks first
        assert current() != first
    with changed(database, CONN_MAX_AGE=0):
        first = current()
        close_old_connections()
        assert current() != first


def test_clones_of_a_test_database(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    if database.name == "mariadb":
        import shutil

        if shutil.which("mysqldump") is None or shutil.which("mysql") is None:
            pytest.skip("mysqldump and mysql copy the database; they are not installed")
    Author.objects.create(name="copied")
    connection.creation.clone_test_db(suffix="7", verbosity=0, keepdb=False)
    clone = connection.creation.get_test_db_clone_settings("7")
    try:
        assert clone["NAME"] != connection.settings_dict["NAME"]
        copy = type(connection._connections["default"])(clone, "default")
        with copy.cursor() as cursor:
            cursor.execute("SELECT name FROM sample_author")
            assert [tuple(row) for row in cursor.fetchall()] == [("copied",)]
        copy.close()
    finally:
        connections["default"].creation._destroy_test_db(str(clone["NAME"]), 0)
    if database.name == "sqlite":
        assert not os.path.exists(clone["NAME"])


# -- MariaDB: rows that stay on the server --

LARGE = "SELECT seq, REPEAT('x', 100000) FROM seq_1_to_200"
"""20 MB: more than the sockets between hold."""


def what_the_server_does(number: int) -> str:
    """Say what the server is doing for a connection, asked over another one."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT command FROM information_schema.processlist WHERE id = %s", [number])
            return str(cursor.fetchone()[0])
    finally:
        other.close()


def test_chunks_come_from_the_server_if_asked_for(mariadb: TestDatabase) -> None:
    def main() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT CONNECTION_ID()")
            number = cursor.fetchone()[0]
        with connection.chunked_cursor() as cursor:
            cursor.execute(LARGE)
            assert [row[0] for row in cursor.fetchmany(2)] == [1, 2]
            doing = what_the_server_does(number)
            assert len(cursor.fetchmany(300)) == 198
            assert not cursor.fetchmany(2)
        return doing

    with changed(mariadb):
        assert main() == "Sleep"
    with changed(mariadb, server_side_cursors=True):
        assert main() == "Query"


def test_other_statements_take_the_rest_of_a_result_to_memory(mariadb: TestDatabase) -> None:
    def one() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return int(cursor.fetchone()[0])

    disturbances: list[Callable[[], Any]] = [
        one,
        lambda: connection.is_usable(),
        transaction.savepoint_create,
        lambda: transaction.set_rollback(False),
    ]
    with changed(mariadb, server_side_cursors=True):
        for read in ("fetchone", "fetchmany", "fetchall", "__iter__"):
            for disturb in disturbances:
                with transaction.atomic(), connection.chunked_cursor() as cursor:
                    cursor.execute("SELECT seq FROM seq_1_to_50")
                    assert cursor.fetchone() == (1,)
                    disturb()
                    got = list(iter(cursor.fetchone, None)) if read == "fetchone" else []
                    if read == "fetchmany":
                        while rows := cursor.fetchmany(7):
                            got += rows
                    got += list(cursor if read == "__iter__" else cursor.fetchall())
                    assert got == [(n,) for n in range(2, 51)]
        # Two results at once, and the end of the transaction between.
        first, second = connection.chunked_cursor(), connection.chunked_cursor()
        with transaction.atomic():
            first.execute("SELECT seq FROM seq_1_to_9")
            second.execute("SELECT seq FROM seq_11_to_19")
            assert (first.fetchone(), second.fetchone()) == ((1,), (11,))
        assert [len(first.fetchall()), len(second.fetchall())] == [8, 8]
        first.close()
        second.close()
        assert one() == 1


async def test_iteration_goes_on_around_other_queries(mariadb: TestDatabase, halves: Halves) -> None:
    from tests._orm.sample.models import Author

    authors = [Author(name=f"{number:03}") for number in range(30)]
    with changed(mariadb, server_side_cursors=True):
        await halves(Author.objects.bulk_create)(authors)
        for in_block in (False, True):
            async with halves.atomic() if in_block else nullcontext():
                seen = []
                everybody = Author.objects.order_by("name")
                if halves.is_async:
                    async for author in everybody.aiterator(chunk_size=4):
                        seen.append(author.name)
                        assert await Author.objects.filter(name__lte=author.name).acount() == len(seen)
                else:
                    for author in everybody.iterator(chunk_size=4):
                        seen.append(author.name)
                        assert Author.objects.filter(name__lte=author.name).count() == len(seen)
                assert seen == [author.name for author in authors]
        # Left in the middle, the rows that nobody wanted are in nobody's way.
        if halves.is_async:
            iteration = Author.objects.aiterator(chunk_size=2)
            await anext(iteration)
            await iteration.aclose()
            assert await Author.objects.acount() == 30
        else:
            next(iter(Author.objects.iterator(chunk_size=2)))
            assert Author.objects.count() == 30
