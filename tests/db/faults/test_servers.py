"""What a request meets when the server, the network or another transaction fails it, and that the next one works."""

# ruff: noqa: PT012  # what fails is the end of a block

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from hotclub.db import Error, OperationalError, close_old_connections, connection, transaction
from hotclub.db.async_pool import open_pools
from tests.halves import Halves
from tests.servers import Proxy, Server

On = Callable[[dict[str, Any]], AbstractContextManager[None]]


def authors() -> Any:
    from tests._orm.sample.models import Author

    return Author.objects


def nothing_is_lent() -> bool:
    return all(pool.size == len(pool.resting) for pool in open_pools())


async def next_request(halves: Halves, expected: int) -> None:
    """A request after the fault works, and sees what was committed."""
    close_old_connections()
    assert await halves(authors().count)() == expected
    async with halves.atomic():
        await halves(authors().create)(name="after")
    assert await halves(authors().count)() == expected + 1
    if halves.is_async:
        assert nothing_is_lent()


async def test_killed_and_restarted_between_transactions(server: Server, halves: Halves, on: On) -> None:
    with on(server.settings(CONN_HEALTH_CHECKS=True)):
        await halves(authors().create)(name="before")
        server.kill()
        close_old_connections()
        with pytest.raises(OperationalError):
            await halves(authors().count)()
        server.start()
        await next_request(halves, 1)


async def test_restarted_while_connections_rest(server: Server, halves: Halves, on: On) -> None:
    # With health checks (in an event loop also without) nobody notices.
    with on(server.settings(CONN_HEALTH_CHECKS=not halves.is_async)):
        await halves(authors().create)(name="before")
        if halves.is_async:
            await asyncio.gather(*[authors().acount() for _ in range(5)])
        server.kill()
        server.start()
        await next_request(halves, 1)


async def test_killed_within_a_transaction(server: Server, halves: Halves, on: On) -> None:
    with on(server.settings()):
        with pytest.raises(OperationalError):
            async with halves.atomic():
                await halves(authors().create)(name="lost")
                server.kill()
                await halves(authors().create)(name="lost too")
        assert not connection.in_atomic_block
        server.start()
        await next_request(halves, 0)


async def test_killed_before_the_commit(server: Server, halves: Halves, on: On) -> None:
    with on(server.settings()):
        with pytest.raises(Error):
            async with halves.atomic():
                await halves(authors().create)(name="lost")
                await halves(authors().create)(name="lost too")
                server.kill()
        server.start()
        await next_request(halves, 0)


async def test_cut_between_statements_of_a_transaction(server: Server, proxy: Proxy, halves: Halves, on: On) -> None:
    with on(server.settings(port=proxy.port)):
        for _ in range(3):
            with pytest.raises(OperationalError):
                async with halves.atomic():
                    await halves(authors().create)(name="lost")
                    async with halves.atomic():
                        proxy.cut()
                        await halves(authors().create)(name="lost too")
            close_old_connections()
            assert await halves(authors().count)() == 0
        await next_request(halves, 0)


@pytest.mark.parametrize("count", [0, 20, 90, 200, 500, 1000])
async def test_bytes_are_lost_somewhere(server: Server, proxy: Proxy, halves: Halves, on: On, count: int) -> None:
    with on(server.settings(port=proxy.port)):
        assert await halves(authors().count)() == 0
        proxy.cut_after(count)
        kept = 0
        try:
            async with halves.atomic():
                for n in range(3):
                    await halves(authors().create)(name=f"{n}")
            kept = 3
        except Error:
            pass  # wherever it was: it is our error, not the driver's
        proxy.cut_after(None)
        close_old_connections()
        found = await halves(authors().count)()
        # A commit whose answer was lost may have been done.
        assert found == kept or (kept == 0 and found == 3)
        await next_request(halves, found)


async def test_a_pool_that_is_used_up(server: Server, halves: Halves, on: On) -> None:
    if not halves.is_async and type(server).__name__ != "PostgreSQL":
        pytest.skip("PyMySQL has no pool: synchronous code opens a connection for each thread")
    with on(server.settings(CONN_MAX_AGE=0, pool={"min_size": 0, "max_size": 2, "timeout": 0.3})):
        start = time.monotonic()
        if halves.is_async:
            async with connection.acursor(), connection.acursor():
                with pytest.raises(OperationalError, match="couldn't get a connection after"):
                    await authors().acount()
        else:
            others = [connection.copy(), connection.copy()]
            for other in others:
                other.ensure_connection()
            with pytest.raises(OperationalError, match="couldn't get a connection after"):
                authors().count()
            for other in others:
                other.close()
        assert time.monotonic() - start < 5
        await next_request(halves, 0)


def in_two_transactions(halves: Halves, steps: Callable[[Any, Any], Any]) -> list[BaseException | None]:
    """Run `steps(mine, meet)` in two transactions at once, as tasks or as threads; gives each one's error.

    `steps` is a coroutine function; `await meet()` waits for the other one.
    """
    outcomes: list[BaseException | None] = [None, None]
    if halves.is_async:

        async def both() -> None:
            barrier = asyncio.Barrier(2)

            async def one(mine: int) -> None:
                try:
                    async with transaction.atomic():
                        await steps(mine, barrier.wait)
                except OperationalError as error:
                    outcomes[mine] = error

            async with asyncio.timeout(30):
                await asyncio.gather(one(0), one(1))

        asyncio.run(both())
        return outcomes
    barrier = threading.Barrier(2)

    async def meet() -> None:
        barrier.wait(timeout=10)

    def in_thread(mine: int) -> None:
        try:
            with transaction.atomic():
                halves.run(steps(mine, meet))
        except OperationalError as error:
            outcomes[mine] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=in_thread, args=(mine,)) for mine in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes


def test_a_deadlock_costs_one_of_the_two(server: Server, halves: Halves, on: On) -> None:
    with on(server.settings()):
        keys = [authors().create(name="0").pk, authors().create(name="0").pk]

        async def steps(mine: int, meet: Any) -> None:
            await halves(authors().filter(pk=keys[mine]).update)(name=f"by {mine}")
            await meet()
            await halves(authors().filter(pk=keys[1 - mine]).update)(name=f"by {mine}")

        outcomes = in_two_transactions(halves, steps)
        assert sorted(error is None for error in outcomes) == [False, True]
        assert "deadlock" in str(next(error for error in outcomes if error is not None)).lower()
        winner = outcomes.index(None)
        assert set(authors().values_list("name", flat=True)) == {f"by {winner}"}
        assert authors().count() == 2


def test_a_serialization_failure_can_be_done_again(server: Server, halves: Halves, on: On) -> None:
    postgresql = type(server).__name__ == "PostgreSQL"
    level: Any = "serializable"
    if postgresql:
        from psycopg import IsolationLevel

        level = IsolationLevel.SERIALIZABLE
    with on(server.settings(isolation_level=level)):

        async def steps(mine: int, meet: Any) -> None:
            # Each wants to be the only one: on a serial schedule the second sees the first.
            count = await halves(authors().count)()
            await meet()
            if count == 0:
                await halves(authors().create)(name=f"by {mine}")

        for _ in range(3):
            authors().all().delete()
            outcomes = in_two_transactions(halves, steps)
            assert sorted(error is None for error in outcomes) == [False, True]
            assert authors().count() == 1
            text = str(next(error for error in outcomes if error is not None)).lower()
            assert ("could not serialize" in text) if postgresql else ("deadlock" in text)


async def test_a_statement_that_takes_too_long(server: Server, halves: Halves, on: On) -> None:
    postgresql = type(server).__name__ == "PostgreSQL"
    limit = (
        {"options": "-c statement_timeout=100"}
        if postgresql
        else {"init_command": "SET SESSION max_statement_time=0.1"}
    )
    sleep = (
        "SELECT pg_sleep(5)"
        if postgresql
        else "SELECT COUNT(*) FROM information_schema.collations AS a, information_schema.collations AS b, "
        "information_schema.collations AS c"
    )
    with on(server.settings(**limit)):
        start = time.monotonic()
        with pytest.raises(OperationalError, match=r"statement timeout|max_statement_time"):
            async with halves.atomic():
                await halves(authors().create)(name="lost")
                if halves.is_async:
                    async with connection.acursor() as cursor:
                        await cursor.execute(sleep)
                else:
                    with connection.cursor() as cursor:
                        cursor.execute(sleep)
        assert time.monotonic() - start < 4
        await next_request(halves, 0)


def test_a_cancelled_task_undoes_its_transaction(server: Server, on: On) -> None:
    async def block(inside: asyncio.Event) -> None:
        async with transaction.atomic():
            await authors().acreate(name="lost")
            async with transaction.atomic():
                await authors().acreate(name="lost too")
                inside.set()
                async with connection.acursor() as cursor:
                    await cursor.execute(
                        "SELECT pg_sleep(5)" if type(server).__name__ == "PostgreSQL" else "SELECT SLEEP(5)"
                    )

    async def main() -> None:
        start = time.monotonic()
        for pause in (0, 0.001, 0.01, 0.1):
            inside = asyncio.Event()
            task = asyncio.create_task(block(inside))
            await inside.wait()
            await asyncio.sleep(pause)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert nothing_is_lent()
        assert time.monotonic() - start < 5
        await next_request(Halves("async"), 0)

    with on(server.settings()):
        asyncio.run(main())


async def test_a_server_that_is_not_there(server: Server, halves: Halves, on: On) -> None:
    server.kill()
    with on(server.settings()):
        for _ in range(3):
            with pytest.raises(OperationalError):
                await halves(authors().count)()
            with pytest.raises(OperationalError):
                async with halves.atomic():
                    raise AssertionError("no transaction can begin")
            close_old_connections()
        server.start()
        await next_request(halves, 0)
