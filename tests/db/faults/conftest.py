"""Servers that may be killed, and the project's default database on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from hotclub.db import connection
from tests.databases import fixed_models, switch_default, wanted_names
from tests.servers import KINDS, MissingPrograms, Proxy, Server


@pytest.fixture(scope="session", params=list(KINDS))
def _server(request: pytest.FixtureRequest, _project: None) -> Iterator[Server]:
    if request.param not in wanted_names():
        pytest.skip(f"HOTCLUB_TEST_DATABASES does not name {request.param}")
    try:
        server = KINDS[request.param]()
    except (MissingPrograms, ImportError) as error:
        pytest.skip(f"no {request.param} server can be run here: {error}")
    with use(server.settings()), connection.schema_editor() as editor:
        for model in fixed_models():
            editor.create_model(model)
    yield server
    server.remove()


@pytest.fixture
def server(_server: Server) -> Server:
    """A server of one's own with empty tables; it runs when the test begins."""
    from tests._orm.sample.models import Author

    _server.start()
    with use(_server.settings()):
        Author.objects.all().delete()
    return _server


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    made = Proxy(server.port)
    yield made
    made.close()


@contextmanager
def use(settings: dict[str, Any]) -> Iterator[None]:
    """Let the default alias mean this database."""
    switch_default(settings)
    try:
        yield
    finally:
        if connection.in_atomic_block:
            connection.close()
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()


@pytest.fixture
def on() -> Callable[[dict[str, Any]], AbstractContextManager[None]]:
    """`with on(settings):` lets the default alias mean this database."""
    return use


@pytest.fixture(autouse=True)
def _default_again() -> Iterator[None]:
    yield
    switch_default({"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"})
