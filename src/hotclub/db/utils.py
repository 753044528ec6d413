"""Database exceptions, and the handlers behind `hotclub.db.connections` and `hotclub.db.router`.

Exceptions (PEP 249)::

    Error
    ├── InterfaceError
    └── DatabaseError
        ├── DataError
        ├── OperationalError
        ├── IntegrityError
        ├── InternalError
        ├── ProgrammingError
        └── NotSupportedError

Drivers' own exceptions are translated into these, with the original as cause. This module knows no vendor.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from functools import cached_property, wraps
from importlib import import_module
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, TypeVar

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.utils.connection import BaseConnectionHandler, Held
from hotclub.utils.module_loading import import_string

R = TypeVar("R")

DEFAULT_DB_ALIAS = "default"
HOTCLUB_VERSION_PICKLE_KEY = "_django_version"  # the key in pickled models and querysets


class Error(Exception):
    """Any error of a database or its driver."""


class InterfaceError(Error):
    """The driver was used wrongly, for example on a closed connection."""


class DatabaseError(Error):
    """The database reported an error."""


class DataError(DatabaseError):
    """A value does not fit: out of range, wrong form."""


class OperationalError(DatabaseError):
    """The database could not do its work: connection lost, lock not obtained, disk full."""


class IntegrityError(DatabaseError):
    """A constraint would be violated."""


class InternalError(DatabaseError):
    """The database is in a state it should not be in."""


class ProgrammingError(DatabaseError):
    """The statement is wrong: a table is missing, the syntax is broken."""


class NotSupportedError(DatabaseError):
    """The database cannot do what was asked."""


TRANSLATED: tuple[type[Error], ...] = (
    DataError,
    OperationalError,
    IntegrityError,
    InternalError,
    ProgrammingError,
    NotSupportedError,
    DatabaseError,
    InterfaceError,
    Error,
)
"""Most derived first: the order in which a driver's exception is matched."""


def translate_error(driver: Any, error: BaseException) -> Error | None:
    """Give the exception of ours for a driver's exception.

    Args:
        driver: the driver module (PEP 249 exceptions as attributes).
        error: what the driver raised.

    Returns:
        The translated exception with `error` as its cause, or None if it is not the driver's own.
    """
    for ours in TRANSLATED:
        theirs = getattr(driver, ours.__name__, None)
        if theirs is not None and issubclass(type(error), theirs):
            translated = ours(*error.args)
            translated.__cause__ = error
            return translated
    return None


class DatabaseErrorWrapper:
    """Context manager and decorator that translates a driver's exceptions.

    Args:
        wrapper: the database wrapper whose `Database` names the driver.
    """

    def __init__(self, wrapper: Any) -> None:
        self.wrapper = wrapper

    def __del__(self) -> None:
        del self.wrapper

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        translated = translate_error(self.wrapper.Database, error)
        if translated is None:
            return
        self.wrapper.note_error(translated)
        raise translated.with_traceback(trace) from error

    def __call__(self, function: Callable[..., R]) -> Callable[..., R]:
        @wraps(function)
        def inner(*args: Any, **kwargs: Any) -> R:
            with self:
                return function(*args, **kwargs)

        return inner


def built_in_backends() -> list[str]:
    """Name the backends that come with the framework, without the two that are not databases."""
    folder = Path(__file__).parent / "backends"
    return sorted(
        name
        for _, name, is_package in pkgutil.iter_modules([str(folder)])
        if is_package and name not in {"base", "dummy"}
    )


def load_backend(backend_name: str) -> ModuleType:
    """Import the `base` module of a database backend.

    Args:
        backend_name: dotted path of the backend package; a built-in one may be spelt with `django.` in front.

    Raises:
        ImproperlyConfigured: there is no such backend.
    """
    if backend_name.startswith("django.db.backends."):
        backend_name = backend_name.replace("django.", "hotclub.", 1)
    try:
        return import_module(f"{backend_name}.base")
    except ImportError as error:
        names = built_in_backends()
        if backend_name in {f"hotclub.db.backends.{name}" for name in names}:
            raise  # the backend exists; what is missing is something it needs
        listed = ", ".join(repr(name) for name in names)
        raise ImproperlyConfigured(
            f"{backend_name!r} isn't an available database backend or couldn't be imported. Check the above "
            "exception. To use one of the built-in backends, use 'hotclub.db.backends.XXX', where XXX is one of:\n"
            f"    {listed}"
        ) from error


DATABASE_DEFAULTS: dict[str, Any] = {
    "ATOMIC_REQUESTS": False,
    "AUTOCOMMIT": True,
    "CONN_MAX_AGE": 0,
    "CONN_HEALTH_CHECKS": False,
    "TIME_ZONE": None,
    "NAME": "",
    "USER": "",
    "PASSWORD": "",
    "HOST": "",
    "PORT": "",
}
TEST_DEFAULTS: dict[str, Any] = {"CHARSET": None, "COLLATION": None, "MIGRATE": True, "MIRROR": None, "NAME": None}


class ConnectionHandler(BaseConnectionHandler):
    """`hotclub.db.connections`: the database connections of the current context, by alias."""

    settings_name = "DATABASES"
    thread_critical = True

    def configure_settings(self, databases: dict[str, Any] | None) -> dict[str, Any]:
        databases = super().configure_settings(databases)
        if databases == {}:
            databases[DEFAULT_DB_ALIAS] = {"ENGINE": "hotclub.db.backends.dummy"}
        elif DEFAULT_DB_ALIAS not in databases:
            raise ImproperlyConfigured(f"You must define a '{DEFAULT_DB_ALIAS}' database.")
        elif databases[DEFAULT_DB_ALIAS] == {}:
            databases[DEFAULT_DB_ALIAS]["ENGINE"] = "hotclub.db.backends.dummy"
        for database in databases.values():
            for name, value in DATABASE_DEFAULTS.items():
                database.setdefault(name, value)
            database.setdefault("OPTIONS", {})
            if database.get("ENGINE") in (None, "", "django.db.backends."):
                database["ENGINE"] = "hotclub.db.backends.dummy"
            test = database.setdefault("TEST", {})
            for name, value in TEST_DEFAULTS.items():
                test.setdefault(name, value)
        return databases

    @property
    def databases(self) -> dict[str, Any]:
        """The same as `settings`, under the name third-party packages use."""
        return self.settings

    def create_connection(self, alias: str) -> Any:
        database = self.settings[alias]
        backend = load_backend(database["ENGINE"])
        wrapper = backend.DatabaseWrapper(database, alias)
        wrapper.home = self.held.origin
        wrapper.handler = self
        return wrapper

    def lives_once(self, connection: Any) -> bool:
        return bool(connection.lives_once)

    def begin_use(self, connection: Any) -> None:
        # What `request_started` does with the connections that a context has already.
        connection.queries_log.clear()
        connection.close_if_unusable_or_obsolete()

    def may_move(self, connection: Any, target: Held) -> bool:
        return bool(connection.move(target))

    def is_past_use(self, connection: Any) -> bool:
        return bool(connection.is_past_use)

    def discard(self, connection: Any) -> None:
        connection.discard()


class ConnectionRouter:
    """`hotclub.db.router`: asks each router of `DATABASE_ROUTERS` in turn, and falls back to the default database."""

    def __init__(self, routers: list[Any] | None = None) -> None:
        self._routers = routers

    @cached_property
    def routers(self) -> list[Any]:
        """The router objects, made from the dotted paths of the setting."""
        if self._routers is None:
            self._routers = settings.DATABASE_ROUTERS
        return [import_string(router)() if isinstance(router, str) else router for router in self._routers]

    def _opinions(self, method_name: str, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Give what the routers that have the method say, in order, without None."""
        for router in self.routers:
            method = getattr(router, method_name, None)
            if method is not None:
                opinion = method(*args, **kwargs)
                if opinion is not None:
                    yield opinion

    def _choose(self, method_name: str, model: Any, hints: dict[str, Any]) -> str:
        for alias in self._opinions(method_name, model, **hints):
            if alias:
                return str(alias)
        instance = hints.get("instance")
        state = getattr(instance, "_state", None)
        if state is not None and state.db:
            return str(state.db)
        return DEFAULT_DB_ALIAS

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """Name the database that answers reads of a model."""
        if not self.routers and "instance" not in hints:
            return DEFAULT_DB_ALIAS
        return self._choose("db_for_read", model, hints)

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """Name the database that takes writes of a model."""
        if not self.routers and "instance" not in hints:
            return DEFAULT_DB_ALIAS
        return self._choose("db_for_write", model, hints)

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        """Say whether two objects may be related; by default, if they come from the same database."""
        for opinion in self._opinions("allow_relation", obj1, obj2, **hints):
            return bool(opinion)
        return bool(obj1._state.db == obj2._state.db)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Say whether a migration may touch a database; by default, yes."""
        for opinion in self._opinions("allow_migrate", db, app_label, **hints):
            return bool(opinion)
        return True

    def allow_migrate_model(self, db: str, model: Any) -> bool:
        """Say whether a model's table may be created or altered on a database."""
        return self.allow_migrate(db, model._meta.app_label, model_name=model._meta.model_name, model=model)

    def get_migratable_models(self, app_config: Any, db: str, include_auto_created: bool = False) -> list[Any]:
        """Give the app's models whose tables may live on a database."""
        models = app_config.get_models(include_auto_created=include_auto_created)
        return [model for model in models if self.allow_migrate_model(db, model)]
