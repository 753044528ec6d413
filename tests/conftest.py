"""Settings of the test process, and the fixtures `database` and `halves` (see `databases.py` and `halves.py`).

Settings are process-wide: tests that need others run a process of their own, or `override_settings`.
"""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

import hotclub
from hotclub.conf import settings
from hotclub.test import pytest_fixtures
from tests.halves import Halves

if TYPE_CHECKING:
    from tests.databases import TestDatabase

if not settings.configured:
    settings.configure(
        SECRET_KEY="tests",
        USE_TZ=True,
        INSTALLED_APPS=["tests._orm.sample"],
        DATABASES={"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="hotclub.db.models.BigAutoField",
    )


@pytest.fixture(scope="session")
def _project() -> None:
    hotclub.setup()


@pytest.fixture(scope="session")
def _databases(_project: None) -> Iterator[dict[str, TestDatabase]]:
    from tests.databases import NAMES, TestDatabase, stop_servers

    made = {name: TestDatabase(name) for name in NAMES}
    yield made
    for database in made.values():
        database.remove()
    stop_servers()


@pytest.fixture(scope="session", params=["sqlite", "postgresql", "mariadb"])
def _chosen_database(request: pytest.FixtureRequest, _databases: dict[str, TestDatabase]) -> TestDatabase:
    from tests.databases import use_or_skip

    chosen = _databases[request.param]
    use_or_skip(chosen)
    return chosen


@pytest.fixture
def database(_chosen_database: TestDatabase) -> Iterator[TestDatabase]:
    """The default database: each of the three in turn, its tables empty."""
    yield _chosen_database
    _chosen_database.empty()


@pytest.fixture(params=["sync", "async"])
def halves(request: pytest.FixtureRequest) -> Halves:
    """Sync and async in turn; the test is a coroutine function."""
    return Halves(request.param)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Open the databases that the plugin of `hotclub.test` closes: these tests make and empty their own."""
    with pytest_fixtures._blocker.unblock():
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutine functions that take `halves`."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj) or "halves" not in pyfuncitem.funcargs:
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    arguments: dict[str, Any] = {name: pyfuncitem.funcargs[name] for name in names}
    pyfuncitem.funcargs["halves"].run(pyfuncitem.obj(**arguments))
    return True
