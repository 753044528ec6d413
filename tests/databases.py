"""The databases that tests run on: SQLite always, PostgreSQL and MariaDB where a server answers.

A test that takes the fixture `database` runs once on each. The project's "default" connection then is that database, with
the tables of `MODEL_APPS` in it, empty before each test. Tests of one database run together, so the switch is rare.

Environment:
    HOTCLUB_TEST_POSTGRESQL: URL of a server, by default postgresql://postgres@127.0.0.1:5432
    HOTCLUB_TEST_MARIADB: URL of a server, by default mysql://root@127.0.0.1:3306
    HOTCLUB_TEST_DATABASES: names of the databases to run on, as in "sqlite,postgresql". Those that are named must answer.

Where neither variable names a server and none answers at the usual place, one is started from the machine's packages
(`servers.py`) for the length of the run; where there are none, the tests of that database are skipped.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from hotclub._orm.cache import plans
from hotclub._orm.lookup_registry import registry_version
from hotclub.apps import apps
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db import OperationalError, connection, connections
from tests.servers import KINDS, MissingPrograms, Server

MODEL_APPS = ("tests._orm.sample",)
"""The applications whose models have tables in the test databases."""

NAMES = ("sqlite", "postgresql", "mariadb")
_SERVERS = {
    "postgresql": ("HOTCLUB_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432", "hotclub.db.backends.postgresql"),
    "mariadb": ("HOTCLUB_TEST_MARIADB", "mysql://root@127.0.0.1:3306", "hotclub.db.backends.mysql"),
}
_CONNECT_TIMEOUT_SECONDS = 3


def wanted_names() -> list[str]:
    """Name the databases to run on."""
    given = os.environ.get("HOTCLUB_TEST_DATABASES")
    names = [name.strip() for name in given.split(",") if name.strip()] if given else list(NAMES)
    unknown = set(names) - set(NAMES)
    if unknown:
        raise pytest.UsageError(f"HOTCLUB_TEST_DATABASES names {sorted(unknown)}; there are {', '.join(NAMES)}")
    return names


def server_settings(name: str, database_name: str) -> dict[str, Any]:
    """Return the entry of DATABASES for a database on one of the servers."""
    variable, default, engine = _SERVERS[name]
    url = urlsplit(os.environ.get(variable) or default)
    return {
        "ENGINE": engine,
        "NAME": database_name,
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "OPTIONS": {"connect_timeout": _CONNECT_TIMEOUT_SECONDS},
    }


class TestDatabase:
    """One of the databases, as tests see it.

    Attributes:
        name: "sqlite", "postgresql" or "mariadb".
    """

    __test__ = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.missing: str | None = None  # why it cannot be used
        self._made = False
        # Runs side by side (workers, checkouts) do not share databases.
        place = hashlib.sha256(str(Path(__file__).resolve()).encode()).hexdigest()[:6]
        self.database_name = f"test_hotclub_{place}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __repr__(self) -> str:
        return f"<TestDatabase {self.name}>"

    @property
    def connection(self) -> Any:
        """The default connection, which leads to this database now."""
        return connection

    @property
    def settings(self) -> dict[str, Any]:
        """The entry of DATABASES."""
        if self.name != "sqlite":
            return server_settings(self.name, self.database_name)
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory()
        return {
            "ENGINE": "hotclub.db.backends.sqlite3",
            "NAME": f"{self._folder.name}/test.sqlite3",
            "OPTIONS": {"init_command": "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY"},
        }

    def use(self) -> None:
        """Make this database the project's default, with its tables; made on first use."""
        if self._made:
            switch_default(self.settings)
            return
        if self.name != "sqlite":
            self._on_server(f"DROP DATABASE IF EXISTS {self.database_name}", f"CREATE DATABASE {self.database_name}")
        switch_default(self.settings)
        with connection.schema_editor() as editor:
            for model in fixed_models():
                editor.create_model(model)
        self._made = True

    def remove(self) -> None:
        """Drop what `use` made."""
        if not self._made:
            return
        self._made = False
        connections.close_all()
        if self._folder is not None:
            self._folder.cleanup()
        else:
            self._on_server(f"DROP DATABASE IF EXISTS {self.database_name}")

    def _on_server(self, *statements: str) -> None:
        switch_default(server_settings(self.name, "postgres" if self.name == "postgresql" else ""))
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    def empty(self) -> None:
        """Delete all rows of all tables."""
        if connection.in_atomic_block:
            connection.close()  # the test was stopped in the middle
        with connection.constraint_checks_disabled(), connection.cursor() as cursor:
            for model in reversed(fixed_models()):
                for many in model._meta.local_many_to_many:
                    if many.remote_field.through._meta.auto_created:
                        cursor.execute(f"DELETE FROM {connection.ops.quote_name(many.m2m_db_table())}")
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")

    @contextmanager
    def tables(self, *models: Any) -> Iterator[None]:
        """Make the tables of further models for a block, in the order given."""
        with connection.schema_editor() as editor:
            for model in models:
                editor.create_model(model)
        try:
            yield
        finally:
            connection.close()
            with connection.schema_editor() as editor:
                for model in reversed(models):
                    editor.delete_model(model)


@cache
def fixed_models() -> list[Any]:
    """Return the models that have tables throughout, each after those it refers to.

    Models that a test defines are not among them: it makes their tables with `TestDatabase.tables`.
    """
    models = [model for app in MODEL_APPS for model in _models_of(app) if model._meta.managed and not model._meta.proxy]
    ordered: list[Any] = []

    def put(model: Any) -> None:
        if model in ordered or model not in models:
            return
        for field in model._meta.local_fields:
            if field.remote_field and field.remote_field.model is not model:
                put(field.remote_field.model)
        ordered.append(model)

    for model in models:
        put(model)
    return ordered


def _models_of(app: str) -> list[Any]:
    config = next(config for config in apps.get_app_configs() if config.name == app)
    return list(config.get_models())


def switch_default(database: dict[str, Any]) -> None:
    """Let the alias "default" mean another database; plans made for the former one are forgotten."""
    if "default" in connections.held:
        connections["default"].close()
        del connections["default"]
    connections.settings = connections.configure_settings({**connections.settings, "default": database})
    registry_version.bump()
    plans.clear()
    apps.clear_cache()  # what models keep for saving


_STARTED: list[Server] = []
"""Servers of this run's own."""


def start_server(name: str) -> None:
    """Start a server of the run's own and let the variable name it.

    Raises:
        MissingPrograms: it cannot be run here.
    """
    server = KINDS[name]()
    _STARTED.append(server)
    os.environ[_SERVERS[name][0]] = server.url


def stop_servers() -> None:
    """Stop the servers that were started."""
    while _STARTED:
        _STARTED.pop().remove()


def use_or_skip(database: TestDatabase) -> None:
    """Switch to a database; skip the test if it was not asked for, or no server answers and none was demanded."""
    if database.name not in wanted_names():
        pytest.skip(f"HOTCLUB_TEST_DATABASES does not name {database.name}")
    variable = _SERVERS[database.name][0] if database.name in _SERVERS else ""
    if database.missing is None:
        try:
            database.use()
            return
        except OperationalError as error:
            reason = " ".join(str(error).split())
            if not os.environ.get(variable):
                try:
                    start_server(database.name)
                    database.use()
                    return
                except MissingPrograms as missing:
                    reason = f"{reason}; {missing}"
        except ImproperlyConfigured as error:
            reason = " ".join(str(error).split())
        if os.environ.get("HOTCLUB_TEST_DATABASES"):
            raise RuntimeError(f"HOTCLUB_TEST_DATABASES names {database.name}, which cannot be used: {reason}")
        database.missing = reason
    pytest.skip(f"no {database.name} at {variable}: {database.missing}")
