"""One test for the sync and the async half of the API.

A test is written once, as a coroutine, over the fixture `halves`. In the sync run nothing is awaited really: the coroutine
is stepped without an event loop, as sync code runs. In the async run it is a task of an event loop::

    async def test_create(database, halves):
        author = await halves(Author.objects.create)(name="One")
        assert await halves.listed(Author.objects.all()) == [author]
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any

from hotclub.db import transaction


class Halves:
    """Calls one half of documented pairs.

    Attributes:
        name: "sync" or "async".
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_async = name == "async"

    def __call__(self, method: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
        """Return the half of a bound method that this run is about: `create`, or `acreate`."""

        async def call(*args: Any, **kwargs: Any) -> Any:
            if not self.is_async:
                return method(*args, **kwargs)
            owner: Any = method.__self__  # type: ignore[attr-defined]  # a bound method
            return await getattr(owner, f"a{method.__name__}")(*args, **kwargs)

        return call

    async def listed(self, rows: Iterable[Any]) -> list[Any]:
        """Return the rows of a query set as a list."""
        if not self.is_async:
            return list(rows)
        return [row async for row in rows]  # type: ignore[attr-defined]

    @asynccontextmanager
    async def atomic(self, **options: Any) -> AsyncIterator[None]:
        """`transaction.atomic()` as this run enters it."""
        if self.is_async:
            async with transaction.atomic(**options):
                yield
        else:
            with transaction.atomic(**options):
                yield

    def run(self, test: Coroutine[Any, Any, None]) -> None:
        """Run a test to its end."""
        if self.is_async:
            asyncio.run(test)
            return
        try:
            test.send(None)
        except StopIteration:
            return
        test.close()
        raise AssertionError("the test waited for an event loop in its sync run")
