"""Coroutines and their connections: loans of a pool, blocks that keep one, and what is refused."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from hotclub._flow.effects import Fetch, Run
from hotclub.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from hotclub.db import OperationalError, connection, transaction
from hotclub.db.async_pool import AsyncPool, PoolOptions, open_pools
from hotclub.db.ports import ASYNC
from hotclub.db.transaction import TransactionManagementError
from tests.databases import TestDatabase, switch_default

SLEEP = {
    "postgresql": "SELECT 1 FROM pg_sleep(0.05)",
    "mysql": "SELECT SLEEP(0.05) + 1",
}


async def fetch(sql: str, *params: Any) -> list[Any]:
    return list(await ASYNC.perform(Fetch("default", sql, params)))


async def doze() -> Any:
    return await fetch(SLEEP[connection.vendor])


@contextmanager
def options(database: TestDatabase, **changes: Any) -> Any:
    """Other OPTIONS for the default database."""
    settings = database.settings
    extra = {key: changes.pop(key) for key in list(changes) if key.isupper()}
    switch_default({**settings, **extra, "OPTIONS": {**settings["OPTIONS"], **changes}})
    try:
        yield
    finally:
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
        switch_default(settings)


@pytest.fixture
def server(database: TestDatabase) -> TestDatabase:
    """A database with an asynchronous driver: not SQLite."""
    if database.name == "sqlite":
        pytest.skip("SQLite has no server: its statements run in place")
    return database


def run(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return asyncio.run(main())


def the_pool() -> AsyncPool:
    (pool,) = open_pools()
    return pool


def test_ten_statements_run_at_the_same_time(server: TestDatabase) -> None:
    async def main() -> tuple[float, float]:
        await asyncio.gather(*[doze() for _ in range(10)])
        start = time.perf_counter()
        for _ in range(10):
            await doze()
        serial = time.perf_counter() - start
        start = time.perf_counter()
        answers = await asyncio.gather(*[doze() for _ in range(10)])
        assert [len(answer) for answer in answers] == [1] * 10
        return serial, time.perf_counter() - start

    serial, together = run(main)
    assert together < serial / 3


def test_two_hundred_tasks_share_a_pool_of_ten(server: TestDatabase) -> None:
    async def main() -> None:
        answers = await asyncio.gather(*[fetch("SELECT %s + 0", n) for n in range(200)])
        assert sorted(int(rows[0][0]) for rows in answers) == list(range(200))
        pool = the_pool()
        assert pool.size == len(pool.resting) <= 10

    with options(server, pool={"max_size": 10}):
        run(main)


def test_no_thread_takes_part(server: TestDatabase) -> None:
    async def main() -> None:
        await fetch("SELECT 1")
        before = set(threading.enumerate())
        async with transaction.atomic():
            await fetch("SELECT 1")
        async with connection.acursor() as cursor:
            await cursor.execute("SELECT 2")
            assert await cursor.fetchone() == (2,)
        assert set(threading.enumerate()) == before

    run(main)


def test_statements_of_one_transaction_at_the_same_time_are_refused(server: TestDatabase) -> None:
    async def main() -> None:
        with pytest.raises(TransactionManagementError, match="is in use by another task"):
            async with transaction.atomic():
                await asyncio.gather(*[doze() for _ in range(10)])
        assert len(await fetch("SELECT 1")) == 1
        pool = the_pool()
        assert pool.size == len(pool.resting)

    run(main)


def test_a_block_inside_belongs_to_its_task(server: TestDatabase) -> None:
    async def main() -> None:
        inside, go_on = asyncio.Event(), asyncio.Event()

        async def child() -> None:
            async with transaction.atomic():
                inside.set()
                await go_on.wait()

        async with transaction.atomic():
            task = asyncio.create_task(child())
            await inside.wait()
            with pytest.raises(TransactionManagementError, match="is in use by another task"):
                await fetch("SELECT 1")
            go_on.set()
            await task
            assert len(await fetch("SELECT 1")) == 1
        # A child task may use the transaction, one statement after the other.
        async with transaction.atomic():
            assert await asyncio.create_task(fetch("SELECT 1")) == [(1,)] or connection.vendor == "mysql"

    run(main)


def test_tasks_that_live_on_leave_the_transaction(server: TestDatabase) -> None:
    async def main() -> None:
        ended = asyncio.Event()

        async def child() -> tuple[bool, int]:
            await ended.wait()
            return connection.in_atomic_block, len(await fetch("SELECT 1"))

        async with transaction.atomic():
            task = asyncio.create_task(child())
            assert connection.in_atomic_block
            await fetch("SELECT 1")
        ended.set()
        assert await task == (False, 1)
        assert the_pool().size == len(the_pool().resting)

    run(main)


def test_cancelled_tasks_leave_nothing_behind(server: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    async def statement() -> None:
        await doze()

    async def block() -> None:
        async with transaction.atomic():
            await Author.objects.acreate(name="never")
            await doze()
            await doze()

    async def rows() -> None:
        async for _ in Author.objects.all().aiterator(chunk_size=1):
            await asyncio.sleep(1)

    async def cursor() -> None:
        async with connection.acursor() as opened:
            await opened.execute(SLEEP[connection.vendor])
            await asyncio.sleep(1)

    async def main() -> None:
        await Author.objects.abulk_create([Author(name=str(n)) for n in range(5)])
        for kind in (statement, block, rows, cursor):
            for pause in (0.0, 0.002, 0.03, 0.07):
                tasks = [asyncio.create_task(kind()) for _ in range(15)]
                await asyncio.sleep(pause)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                del tasks
                pool = the_pool()
                for _ in range(2000):  # the loop closes the iterations that nobody goes on with
                    if pool.size == len(pool.resting):
                        break
                    await asyncio.sleep(0.001)
                assert pool.size == len(pool.resting), (kind, pause)
                assert not pool.waiting
        assert not await Author.objects.filter(name="never").aexists()
        assert await Author.objects.acount() == 5

    with options(server, pool={"max_size": 10}):
        run(main)


def test_a_task_that_is_cancelled_while_its_connection_is_asked(server: TestDatabase) -> None:
    async def main() -> None:
        await fetch("SELECT 1")
        pool = the_pool()
        pool._suspected_at = time.monotonic()
        task = asyncio.create_task(fetch("SELECT 1"))
        while pool.resting:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert pool.size == 0

    run(main)


def test_synchronous_code_in_a_thread_sees_the_transaction(server: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    def look() -> tuple[int, bool]:
        with transaction.atomic():
            return Author.objects.count(), connection.in_atomic_block

    async def main() -> None:
        async with transaction.atomic():
            await Author.objects.acreate(name="one")
            assert await sync_to_async(look)() == (1, True)
            with pytest.raises(SynchronousOnlyOperation):
                Author.objects.count()
            transaction.set_rollback(True)
        assert await Author.objects.acount() == 0

    run(main)


def test_a_coroutine_sees_the_transaction_of_synchronous_code(server: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    async def look() -> int:
        return await Author.objects.acount()

    with transaction.atomic():
        Author.objects.create(name="one")
        assert asyncio.run(look()) == 1
        transaction.set_rollback(True)
    assert asyncio.run(look()) == 0


async def _asynchronous_wrapper(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    await asyncio.sleep(0)
    SEEN.append(sql)
    return await execute(sql, params, many, context)


def _wrapper(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    answer = execute(sql, params, many, context)
    SEEN.append(sql)
    return answer


SEEN: list[str] = []


@pytest.mark.parametrize("wrapper", [_wrapper, _asynchronous_wrapper])
def test_execute_wrappers_of_both_kinds(database: TestDatabase, wrapper: Any) -> None:
    async def main() -> None:
        with connection.execute_wrapper(wrapper):
            assert len(await fetch("SELECT 1")) == 1
            async with transaction.atomic():
                await fetch("SELECT 2")
        await fetch("SELECT 3")

    connection.ensure_connection()  # what sets it up is not looked at
    SEEN.clear()
    run(main)
    assert SEEN == ["SELECT 1", "SELECT 2"]
    with connection.execute_wrapper(wrapper), connection.cursor() as cursor:
        cursor.execute("SELECT 4")
        assert cursor.fetchone() == (4,)
    assert SEEN[2:] == ["SELECT 4"]


def test_an_asynchronous_cursor(database: TestDatabase) -> None:
    async def main() -> None:
        async with connection.acursor() as cursor:
            await cursor.execute("SELECT %s, 'x'", [5])
            assert await cursor.fetchone() == (5, "x")
            assert len(cursor.description) == 2
            await cursor.execute("SELECT 1 UNION SELECT 2 UNION SELECT 3 ORDER BY 1")
            assert [row async for row in cursor] == [(1,), (2,), (3,)]
        async with connection.acursor(chunked=True) as cursor:
            await cursor.execute("SELECT 1 UNION SELECT 2 UNION SELECT 3 ORDER BY 1")
            assert list(await cursor.fetchmany(2)) == [(1,), (2,)]
        with pytest.raises(connection.Database.InterfaceError, match="inside its `async with` block"):
            await cursor.execute("SELECT 1")

    run(main)


def test_a_cursor_keeps_its_session(server: TestDatabase) -> None:
    set_it, ask = {
        "postgresql": ("SET statement_timeout = '7s'", "SHOW statement_timeout"),
        "mysql": ("SET @x = '7s'", "SELECT @x"),
    }[connection.vendor]

    async def main() -> None:
        async with connection.acursor() as cursor:
            await cursor.execute(set_it)
            await asyncio.gather(*[fetch("SELECT 1") for _ in range(3)])
            await cursor.execute(ask)
            assert await cursor.fetchone() == ("7s",)

    run(main)


def test_rows_come_in_chunks_and_hold_one_connection(server: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    async def main() -> None:
        await Author.objects.abulk_create([Author(name=f"{n:03}") for n in range(25)])
        names = []
        async for author in Author.objects.order_by("name").aiterator(chunk_size=10):
            names.append(author.name)
            pool = the_pool()
            assert pool.size - len(pool.resting) == 1
            if len(names) % 10 == 0:
                assert await Author.objects.acount() == 25  # over another connection
        assert names == [f"{n:03}" for n in range(25)]
        assert the_pool().size == len(the_pool().resting)

    run(main)


def test_hooks_see_no_transaction(server: TestDatabase) -> None:
    seen: list[tuple[str, bool]] = []

    async def hook() -> None:
        await fetch("SELECT 1")
        seen.append(("async", connection.in_atomic_block))

    async def main() -> None:
        async with transaction.atomic():
            transaction.on_commit(hook)
            transaction.on_commit(lambda: seen.append(("sync", connection.in_atomic_block)))
            assert seen == []
        assert seen == [("async", False), ("sync", False)]
        transaction.on_commit(lambda: seen.append(("at once", False)))
        assert seen[2:] == [("at once", False)]

    run(main)


def test_a_pool_that_is_used_up(server: TestDatabase) -> None:
    async def main() -> None:
        async with transaction.atomic(), asyncio.TaskGroup() as group:
            await fetch("SELECT 1")

            async def other() -> None:
                await fetch("SELECT 1")

            assert group  # tasks of the group are inside the transaction, and may use it in turn
            await group.create_task(other())
        held = connection.acursor()
        async with held:
            with pytest.raises(OperationalError, match=r"couldn't get a connection after 0\.10 sec"):
                await fetch("SELECT 1")
            waiting = [asyncio.create_task(fetch("SELECT 1")) for _ in range(3)]
            await asyncio.sleep(0.01)
            with pytest.raises(OperationalError, match="already 2 tasks waiting"):
                await waiting[2]
        assert [len(rows) for rows in await asyncio.gather(*waiting[:2])] == [1, 1]

    with options(server, pool={"max_size": 1, "timeout": 0.1, "max_waiting": 2}):
        run(main)


def test_how_long_connections_live(server: TestDatabase) -> None:
    async def several() -> int:
        await asyncio.gather(*[fetch("SELECT 1") for _ in range(3)])
        connection.close_if_unusable_or_obsolete()  # as at the end of a request
        return the_pool().size

    assert run(several) == 0
    with options(server, CONN_MAX_AGE=60):
        assert run(several) == 3
    with options(server, CONN_MAX_AGE=None):
        assert run(several) == 3
    with options(server, pool=True):
        assert run(several) == 3

    async def aged() -> int:
        await fetch("SELECT 1")
        the_pool().resting[0].close_at = time.monotonic() - 1
        await fetch("SELECT 1")
        return the_pool().size

    with options(server, CONN_MAX_AGE=60):
        assert run(aged) == 1


def test_pools_end_with_their_loop(server: TestDatabase) -> None:
    async def main() -> AsyncPool:
        await asyncio.gather(*[fetch("SELECT 1") for _ in range(3)])
        assert the_pool().size == 3
        return the_pool()

    with options(server, pool=True):
        assert run(main).size == 0


def test_pool_options_are_checked() -> None:
    assert PoolOptions(True).max_size == 10
    assert PoolOptions({"min_size": 12}).max_size == 12
    with pytest.raises(ImproperlyConfigured, match="no option 'max_sise'"):
        PoolOptions({"max_sise": 3})
    with pytest.raises(ImproperlyConfigured, match="min_size 3 and max_size 2"):
        PoolOptions({"min_size": 3, "max_size": 2})


def test_pools_and_persistent_connections_exclude_each_other(server: TestDatabase) -> None:
    with (
        options(server, pool=True, CONN_MAX_AGE=10),
        pytest.raises(ImproperlyConfigured, match="Pooling doesn't support persistent connections"),
    ):
        run(lambda: fetch("SELECT 1"))


def test_work_without_atomic_is_kept_at_once(server: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    async def main() -> None:
        table = connection.ops.quote_name(Author._meta.db_table)
        assert await ASYNC.perform(Run("default", f"INSERT INTO {table} (name) VALUES (%s)", ("x",))) == 1
        assert await Author.objects.acount() == 1

    run(main)


SET_MARK = {"postgresql": "SET application_name = '{}'", "mysql": "SET @mark = '{}'"}
GET_MARK = {"postgresql": "SELECT current_setting('application_name')", "mysql": "SELECT @mark"}


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
def test_a_pool_s_functions_of_the_user_are_called(server: TestDatabase, kind: str) -> None:
    """Of either kind: a plain function is what psycopg_pool's synchronous pool is given, and serves both."""
    called: list[str] = []

    def function(name: str) -> Any:
        sql = SET_MARK[connection.vendor].format(name)

        def plain(raw: Any) -> None:
            called.append(name)
            cursor = raw.cursor()
            cursor.execute(sql)
            cursor.close()

        async def coroutine(raw: Any) -> None:
            called.append(name)
            cursor = raw.cursor()
            await cursor.execute(sql)
            await cursor.close()

        return {"plain": plain, "coroutine": coroutine}[kind]

    async def main() -> None:
        assert await fetch(GET_MARK[connection.vendor]) == [("configure",)]
        assert called == ["configure"]
        assert await fetch(GET_MARK[connection.vendor]) == [("reset",)]
        assert called == ["configure", "check", "reset"]
        del called[:]
        # One goes from hand to hand, without a rest between.
        await asyncio.gather(*[doze() for _ in range(3)])
        assert called == ["check", "reset", "reset", "reset"]

    pool = {name: function(name) for name in ("configure", "check", "reset")}
    with options(server, pool={"max_size": 1, **pool}):
        run(main)


def test_a_connection_that_cannot_be_reset_is_not_lent_again(server: TestDatabase) -> None:
    def refuse(raw: Any) -> None:
        raise ValueError("no")

    def leave_open(raw: Any) -> None:
        raw.autocommit = False
        raw.cursor().execute("BEGIN")

    async def main() -> None:
        me = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}[connection.vendor]
        seen = {(await fetch(me))[0][0] for _ in range(3)}
        seen.update(row[0][0] for row in await asyncio.gather(*[fetch(me) for _ in range(3)]))
        assert len(seen) == 6
        assert the_pool().size == 1

    with options(server, pool={"max_size": 1, "reset": refuse}):
        run(main)
    if server.name == "postgresql":
        with options(server, pool={"max_size": 1, "reset": leave_open}):
            run(main)


def test_a_task_can_be_cancelled_at_any_turn_of_the_loop(server: TestDatabase) -> None:
    """Between taking a connection and finding it good, too: what is asked of it is asked over the network."""

    def ask(raw: Any) -> None:
        raw.cursor().execute("SELECT 1")

    async def work() -> None:
        async with transaction.atomic():
            await fetch("SELECT 1")

    async def main() -> int:
        pool = None
        for turns in range(10_000):
            tasks = [asyncio.create_task(work()) for _ in range(3)]
            for _ in range(turns):
                await asyncio.sleep(0)
            finished = all(task.done() for task in tasks)
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(end) for end in ends} <= {asyncio.CancelledError, type(None)}
            if pools := open_pools():
                (pool,) = pools
                assert pool.size == len(pool.resting) <= 2, turns
                assert not pool.waiting, turns
            if finished:
                return turns
        raise AssertionError("the tasks never ended")

    with options(server, pool={"max_size": 2, "check": ask, "reset": ask, "configure": ask}):
        assert run(main) > 5


def test_a_driver_without_generators_to_run(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver's coroutines do the same."""
    from tests._orm.sample.models import Author

    if database.name != "postgresql":
        pytest.skip("about psycopg")
    monkeypatch.setattr("hotclub.db.backends.postgresql.awaited._GENERATORS_THERE", False)

    @transaction.atomic
    async def failing() -> None:
        await Author.objects.acreate(name="lost")
        raise KeyError

    async def main() -> None:
        async with transaction.atomic():
            await Author.objects.acreate(name="kept")
        with pytest.raises(KeyError):
            await failing()
        task = asyncio.create_task(fetch("SELECT pg_sleep(5)"))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [author.name async for author in Author.objects.all()] == ["kept"]
        assert the_pool().size == len(the_pool().resting)

    run(main)


def test_a_cancelled_statement_ends_on_the_server(server: TestDatabase) -> None:
    """It would go on there, and keep its locks, long after its connection is closed."""
    statement, ask = {
        "postgresql": (
            "SELECT pg_sleep(20) -- to be cancelled",
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%% -- to be ' || 'cancelled'",
        ),
        "mysql": (
            "SELECT SLEEP(20) /* to be cancelled */",
            (
                "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%%to be cancelled%%' "
                "AND id <> CONNECTION_ID()"
            ),
        ),
    }[connection.vendor]

    async def running() -> int:
        return int((await fetch(ask))[0][0])

    async def block() -> None:
        async with transaction.atomic():
            await fetch(statement)

    async def main() -> None:
        for work in (lambda: fetch(statement), block):
            tasks = [asyncio.create_task(work()) for _ in range(3)]
            while await running() < 3:
                await asyncio.sleep(0.01)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for _ in range(100):  # a killed statement takes a moment to end
                if not await running():
                    break
                await asyncio.sleep(0.01)
            assert await running() == 0

    run(main)
