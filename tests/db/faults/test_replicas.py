"""The router of docs/howto/replicas.md over a primary and a streaming replica, which is then killed."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import time
import types
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest

from hotclub.db import connections
from hotclub.test.utils import override_settings
from tests.databases import fixed_models, switch_default, wanted_names
from tests.servers import MissingPrograms, PostgreSQL, Replica

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "replicas.md"


@pytest.fixture(scope="module")
def servers(_project: None) -> Iterator[tuple[PostgreSQL, Replica]]:
    if "postgresql" not in wanted_names():
        pytest.skip("HOTCLUB_TEST_DATABASES does not name postgresql")
    try:
        primary = PostgreSQL()
    except MissingPrograms as error:
        pytest.skip(f"no postgresql server can be run here: {error}")
    try:
        replica = Replica(primary)
    except MissingPrograms as error:
        primary.remove()
        pytest.skip(f"no replica can be made here: {error}")
    yield primary, replica
    replica.remove()
    primary.remove()


@pytest.fixture
def replicas() -> Iterator[Any]:
    """The page's module."""
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    module = types.ModuleType("replicas_of_the_page")
    sys.modules[module.__name__] = module
    exec(compile(blocks[0], str(PAGE), "exec"), module.__dict__)
    module.REPLICAS[:] = ["replica1"]  # type: ignore[attr-defined]
    module.CHECK_SECONDS = 0.05  # type: ignore[attr-defined]
    yield module
    del sys.modules[module.__name__]


def soon(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_reads_follow_writes_and_leave_a_replica_that_fails(
    servers: tuple[PostgreSQL, Replica], replicas: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from tests._orm.sample.models import Author

    primary, replica = servers
    before = connections.settings
    switch_default(primary.settings(CONN_MAX_AGE=0))
    connections.settings = connections.configure_settings(
        {**connections.settings, "replica1": replica.settings(CONN_MAX_AGE=0)}
    )
    try:
        with connections["default"].schema_editor() as editor:
            for model in fixed_models():
                editor.create_model(model)
        soon(replica.has_caught_up)  # with the tables; rows may come later
        with (
            override_settings(DATABASE_ROUTERS=[replicas.ReplicaRouter()]),
            caplog.at_level(logging.INFO, logger="shop.replicas"),
        ):
            from hotclub.db import router

            router.__dict__.pop("routers", None)
            try:
                _check(primary, replica, replicas, caplog, Author)
            finally:
                router.__dict__.pop("routers", None)
    finally:
        for alias in ("default", "replica1"):
            connections[alias].close()
            connections[alias].close_async_connections()
        connections.held.pop("replica1", None)
        connections.settings = before
        switch_default({"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"})


def _check(primary: PostgreSQL, replica: Replica, replicas: Any, caplog: pytest.LogCaptureFixture, Author: Any) -> None:
    def writer() -> None:
        Author.objects.create(name="new")
        assert Author.objects.db == "default"
        assert Author.objects.get().name == "new"  # at once, however far the replica is

    copy_context().run(writer)
    # Somebody else reads from the replica, where the row arrives.
    assert Author.objects.db == "replica1"
    soon(lambda: Author.objects.count() == 1)
    assert Author.objects.get()._state.db == "replica1"

    async def reader() -> Any:
        return (await Author.objects.aget())._state.db

    assert asyncio.run(reader()) == "replica1"

    replica.kill()
    soon(lambda: Author.objects.db == "default")
    assert Author.objects.get()._state.db == "default"
    assert asyncio.run(reader()) == "default"
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith("The replica replica1 fails; its reads go to the primary.")

    replica.start()
    connections["replica1"].close()
    soon(lambda: Author.objects.db == "replica1")
    assert Author.objects.get()._state.db == "replica1"
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
