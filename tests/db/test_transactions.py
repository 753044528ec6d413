"""Atomic blocks, sync and async: what is kept, what is undone, and what runs after the commit."""

from __future__ import annotations

import pytest

from tests.db.session import run


def test_an_error_rolls_back_and_leaves_the_connection_usable() -> None:
    run(
        """
        with raises(IntegrityError, "UNIQUE"):
            with transaction.atomic():
                put(1)
                put(1)
        assert numbers() == []
        put(2)
        assert numbers() == [2] and connection.get_autocommit()
        with raises(OperationalError, "no such table"):
            with connection.cursor() as cursor:
                cursor.execute("SELECT * FROM missing")
        assert numbers() == [2]
        """
    )


def test_an_inner_block_is_undone_alone() -> None:
    run(
        """
        with transaction.atomic():
            put(1)
            try:
                with transaction.atomic():
                    put(2)
                    put(1)
            except IntegrityError:
                pass
            put(3)
        assert numbers() == [1, 3]
        """
    )


def test_without_a_savepoint_the_outer_block_is_undone() -> None:
    run(
        """
        with transaction.atomic():
            put(1)
            try:
                with transaction.atomic(savepoint=False):
                    raise ValueError
            except ValueError:
                pass
            with raises(transaction.TransactionManagementError, "An error occurred in the current transaction"):
                put(2)
        assert numbers() == []
        """
    )


def test_durable_blocks_refuse_to_be_nested() -> None:
    run(
        """
        with transaction.atomic():
            with raises(RuntimeError, "A durable atomic block cannot be nested within another atomic block."):
                with transaction.atomic(durable=True):
                    pass
            put(1)
        assert numbers() == [1]
        """
    )


def test_hooks_run_after_the_commit_in_order_and_not_after_a_rollback() -> None:
    run(
        """
        seen = []
        with transaction.atomic():
            transaction.on_commit(lambda: seen.append("first"))
            with transaction.atomic():
                transaction.on_commit(lambda: seen.append("inner"))
            try:
                with transaction.atomic():
                    transaction.on_commit(lambda: seen.append("undone"))
                    raise ValueError
            except ValueError:
                pass
            transaction.on_commit(lambda: seen.append("last"))
            assert seen == []
        assert seen == ["first", "inner", "last"]
        transaction.on_commit(lambda: seen.append("at once"))
        assert seen[-1] == "at once"
        """
    )


def test_async_blocks_commit_roll_back_and_await_their_hooks() -> None:
    run(
        """
        seen = []

        async def hook():
            await asyncio.sleep(0)
            seen.append(await anumbers())

        async def main():
            async with transaction.atomic():
                await aput(1)
                transaction.on_commit(hook)
                try:
                    async with transaction.atomic():
                        await aput(1)
                except IntegrityError:
                    pass
            assert seen == [[1]], seen
            try:
                async with transaction.atomic():
                    await aput(2)
                    raise ValueError
            except ValueError:
                pass
            assert await anumbers() == [1]

            @transaction.atomic
            async def decorated():
                await aput(5)
                raise KeyError
            try:
                await decorated()
            except KeyError:
                pass
            assert await anumbers() == [1]

        asyncio.run(main())
        """
    )


def test_concurrent_tasks_do_not_share_an_open_block() -> None:
    """Tasks of one context share a connection; a block of one task is never committed or undone by another."""
    run(
        """
        async def one(n):
            async with transaction.atomic():
                await aput(n)
                await asyncio.sleep(0.005)
                if n % 2:
                    raise ValueError(n)

        async def main():
            await anumbers()
            await asyncio.gather(*(one(n) for n in range(8)), return_exceptions=True)
            return await anumbers()

        assert asyncio.run(main()) == [0, 2, 4, 6]
        """
    )


def test_a_cancelled_task_rolls_back_and_lets_the_next_one_in() -> None:
    run(
        """
        async def main():
            started = asyncio.Event()

            async def slow():
                async with transaction.atomic():
                    await aput(1)
                    started.set()
                    await asyncio.sleep(30)

            task = asyncio.create_task(slow())
            await started.wait()
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
            async with transaction.atomic():
                await aput(2)
            return await anumbers()

        assert asyncio.run(main()) == [2]
        """
    )


def test_synchronous_work_is_refused_in_a_running_loop() -> None:
    run(
        """
        from hotclub.core.exceptions import SynchronousOnlyOperation

        async def main():
            for work in (connection.cursor, lambda: put(1), lambda: transaction.atomic().__enter__()):
                with raises(SynchronousOnlyOperation, "You cannot call this from an async context"):
                    work()

        asyncio.run(main())
        """
    )


def test_a_write_that_finds_the_database_locked_waits_in_a_thread() -> None:
    """The loop goes on while a statement waits for another connection's lock."""
    run(
        """
        other = connection.copy()
        other.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        with other.cursor() as cursor:
            cursor.execute("INSERT INTO t (n) VALUES (1)")
        ticks = []

        async def tick():
            for _ in range(5):
                await asyncio.sleep(0.01)
                ticks.append(1)
            other.inline_depth += 1  # this loop may end the other's transaction
            other.commit()

        async def main():
            await asyncio.gather(tick(), aput(2))
            return await anumbers()

        assert asyncio.run(main()) == [1, 2]
        assert len(ticks) == 5
        other.close()
        """
    )


@pytest.mark.parametrize("kind", ["thread", "context"])
def test_connections_belong_to_the_context(kind: str) -> None:
    run(
        f"""
        kind = {kind!r}
        mine = connections["default"]
        found = []

        def look():
            found.append(connections["default"])
            found.append(numbers())
            connections["default"].close() if kind == "thread" else None

        context = copy_context()
        thread = threading.Thread(target=look if kind == "thread" else (lambda: context.run(look)))
        thread.start()
        thread.join()
        assert found[1] == []
        assert (found[0] is mine) == (kind == "context")
        """
    )


def test_a_connection_carried_to_another_thread_by_hand_is_refused() -> None:
    run(
        """
        mine = connections["default"]
        errors = []

        def use():
            connections["default"] = mine
            try:
                connections["default"].cursor()
            except DatabaseError as error:
                errors.append(str(error))

        for allowed in (False, True):
            if allowed:
                mine.inc_thread_sharing()
            thread = threading.Thread(target=use)
            thread.start()
            thread.join()
        assert len(errors) == 1 and "can only be used in that same thread" in errors[0]
        mine.dec_thread_sharing()
        """
    )
