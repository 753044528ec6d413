"""The ports: the fast path, what is seen by wrappers and logs, and errors."""

from __future__ import annotations

from tests.db.session import run


def test_wrappers_and_the_log_see_what_the_fast_path_runs() -> None:
    run(
        """
        seen = []

        def wrapper(execute, sql, params, many, context):
            seen.append((sql, tuple(params), many, context["connection"].alias))
            return execute(sql, params, many, context)

        put(1)
        with connection.execute_wrapper(wrapper):
            assert numbers() == [1]
            put(2)
        assert [entry[0][:6] for entry in seen] == ["SELECT", "INSERT"]
        assert seen[1][1:] == ((2,), False, "default")
        with CaptureQueriesContext(connection) as captured:
            put(3)
            SYNC.perform(RunMany("default", "INSERT INTO t (n) VALUES (%s)", [(4,), (5,)]))
        assert [query["sql"] for query in captured][0] == "INSERT INTO t (n) VALUES (3)"
        assert captured[1]["sql"].startswith("2 times: ")
        """
    )


def test_percent_signs_and_placeholders() -> None:
    run(
        """
        assert SYNC.perform(Fetch("default", "SELECT %s || '%%' || %s", ("a", "b"))) == [("a%b",)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT '%s', '%%'")
            assert cursor.fetchone() == ("%s", "%%")
            cursor.execute("SELECT %(x)s + %(x)s", {"x": 4})
            assert cursor.fetchone() == (8,)
        """
    )


def test_errors_are_translated_with_their_cause() -> None:
    run(
        """
        import sqlite3
        put(1)
        try:
            put(1)
        except IntegrityError as error:
            assert isinstance(error.__cause__, sqlite3.IntegrityError)
            assert str(error) == "UNIQUE constraint failed: t.n"
        else:
            raise AssertionError
        assert not connection.errors_occurred
        with raises(OperationalError, "no such table"):
            SYNC.perform(Fetch("default", "SELECT * FROM missing", ()))
        assert connection.errors_occurred
        with raises(TypeError, "cannot perform Odd"):
            class Odd(Effect):
                pass
            SYNC.perform(Odd())
        """
    )


def test_user_functions_from_both_sides() -> None:
    run(
        """
        async def a():
            await asyncio.sleep(0)
            return threading.get_ident()

        def s():
            return threading.get_ident()

        here = threading.get_ident()
        assert SYNC.perform(CallUser(s)) == here
        assert SYNC.perform(CallUser(a)) == here

        async def main():
            assert await ASYNC.perform(CallUser(a)) == here
            assert await ASYNC.perform(CallUser(s, blocking=False)) == here
            assert await ASYNC.perform(CallUser(s)) != here
            # Synchronous code below a coroutine still gets an answer from an asynchronous function.
            assert SYNC.perform(CallUser(a)) != here

        asyncio.run(main())
        """
    )


def test_open_rows_come_in_pieces() -> None:
    run(
        """
        for n in range(5):
            put(n)
        handle = SYNC.perform(OpenRows("default", "SELECT n FROM t ORDER BY n", ()))
        assert SYNC.perform(NextRows(handle, 2)) == [(0,), (1,)]
        assert SYNC.perform(NextRows(handle, 9)) == [(2,), (3,), (4,)]
        assert SYNC.perform(NextRows(handle, 9)) == []
        SYNC.perform(CloseRows(handle))
        SYNC.perform(CloseRows(handle))

        async def main():
            handle = await ASYNC.perform(OpenRows("default", "SELECT n FROM t ORDER BY n", ()))
            assert await ASYNC.perform(NextRows(handle, 3)) == [(0,), (1,), (2,)]
            await ASYNC.perform(CloseRows(handle))

        asyncio.run(main())
        """
    )


def test_a_long_read_leaves_the_loop_to_others() -> None:
    run(
        """
        slow = "SELECT count(*) FROM (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1500000) SELECT x FROM c)"
        longest = 0.0

        async def watch(done):
            global longest
            loop = asyncio.get_running_loop()
            while not done.is_set():
                before = loop.time()
                await asyncio.sleep(0.001)
                longest = max(longest, loop.time() - before)

        async def main():
            done = asyncio.Event()
            watching = asyncio.create_task(watch(done))
            rows = await ASYNC.perform(Fetch("default", slow, ()))
            done.set()
            await watching
            return rows

        import time
        start = time.perf_counter()
        assert asyncio.run(main()) == [(1500000,)]
        assert longest < time.perf_counter() - start
        """
    )
