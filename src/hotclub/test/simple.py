"""`SimpleTestCase`: a test that may use everything but the database. Knows the client and the settings."""

from __future__ import annotations

import difflib
import pickle
import threading
import unittest
from collections.abc import Callable, Iterable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ClassVar

from asgiref.sync import async_to_sync

from hotclub.core import mail
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db import connections
from hotclub.db.backends.base.base import NO_DB_ALIAS, BaseDatabaseWrapper
from hotclub.test.asserts import WebAsserts
from hotclub.test.client import AsyncClient, Client
from hotclub.test.overrides import modify_settings, override_settings

__unittest = True

ALL_DATABASES = "__all__"


class DatabaseOperationForbidden(AssertionError):
    """A test used a database that it does not name in `databases`."""

    __module__ = "hotclub.test.testcases"


class Forbidden:
    """Stands in for a method of a connection that a test may not use.

    Args:
        wrapped: the method, restored after the tests of the class.
        message: what to say.
    """

    def __init__(self, wrapped: Any, message: str) -> None:
        self.wrapped = wrapped
        self.message = message

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise DatabaseOperationForbidden(self.message)


FORBIDDEN_METHODS = (
    ("connect", "connections"),
    ("temporary_connection", "connections"),
    ("cursor", "queries"),
    ("chunked_cursor", "queries"),
)
"""Ways to a database: the method of a connection, and what it is called in the message."""


class SimpleTestCase(WebAsserts):
    """A test case with a client, overridable settings and the documented assertions; queries are refused.

    Source: docs topics/testing/tools, "SimpleTestCase".
    """

    __module__ = "hotclub.test.testcases"

    client_class: ClassVar[type[Client]] = Client
    async_client_class: ClassVar[type[AsyncClient]] = AsyncClient
    client: Client
    async_client: AsyncClient
    databases: Any = set()
    _overridden_settings: dict[str, Any] | None = None
    _modified_settings: list[Any] | None = None
    _being_pickled: bool
    _refusals: ClassVar[list[tuple[Any, Callable[..., Any]]]]
    _real_ensure_connection: ClassVar[Any]
    _forbidden_message = (
        "Database %(operation)s to %(alias)r are not allowed in SimpleTestCase subclasses. "
        "Either subclass TestCase or TransactionTestCase to ensure proper test isolation or add %(alias)r to "
        "%(test)s.databases to silence this failure."
    )

    # -- class life ----------------------------------------------------------------------------------------------

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if cls._overridden_settings:
            cls.enterClassContext(override_settings(**cls._overridden_settings))
        if cls._modified_settings:
            cls.enterClassContext(modify_settings(cls._modified_settings))
        cls._forbid_databases()
        cls.addClassCleanup(cls._allow_databases)

    @classmethod
    def _validate_databases(cls) -> frozenset[str]:
        if cls.databases == ALL_DATABASES:
            return frozenset(connections)
        for alias in cls.databases:
            if alias not in connections:
                near = difflib.get_close_matches(alias, list(connections))
                hint = f" Did you mean {near[0]!r}?" if near else ""
                raise ImproperlyConfigured(
                    f"{cls.__module__}.{cls.__qualname__}.databases refers to {alias!r} which is not defined in "
                    f"settings.DATABASES.{hint}"
                )
        return frozenset(cls.databases)

    @classmethod
    def _message_for(cls, operation: str, alias: str) -> str:
        test = f"{cls.__module__}.{cls.__qualname__}"
        return cls._forbidden_message % {"test": test, "alias": alias, "operation": operation}

    @classmethod
    def _forbid_databases(cls) -> None:
        cls.databases = cls._validate_databases()
        cls._refusals = []
        for alias in connections:
            if alias in cls.databases:
                continue
            connection = connections[alias]
            for name, operation in FORBIDDEN_METHODS:
                failure = Forbidden(getattr(connection, name), cls._message_for(operation, alias))
                setattr(connection, name, failure)
            # Fast paths that go round the methods above look at the wrappers.
            refusal = _refusing_wrapper(cls._message_for("queries", alias))
            connection.execute_wrappers.append(refusal)
            cls._refusals.append((connection, refusal))
        cls._guard_other_threads()

    @classmethod
    def _guard_other_threads(cls) -> None:
        """Connections that threads of a test open for themselves are refused too."""
        real = BaseDatabaseWrapper.ensure_connection
        cls._real_ensure_connection = real
        main = threading.get_ident()

        @wraps(real)
        def ensure_connection(self: Any, *args: Any, **kwargs: Any) -> Any:
            foreign = threading.get_ident() != main and self.connection is None
            if foreign and self.alias in connections and self.alias not in cls.databases:
                raise DatabaseOperationForbidden(cls._message_for("threaded connections", self.alias))
            return real(self, *args, **kwargs)

        BaseDatabaseWrapper.ensure_connection = ensure_connection  # type: ignore[method-assign]

    @classmethod
    def _allow_databases(cls) -> None:
        BaseDatabaseWrapper.ensure_connection = cls._real_ensure_connection  # type: ignore[method-assign]
        for connection, refusal in cls._refusals:
            if refusal in connection.execute_wrappers:
                connection.execute_wrappers.remove(refusal)
        for alias in connections:
            if alias in cls.databases:
                continue
            connection = connections[alias]
            for name, _operation in FORBIDDEN_METHODS:
                method = getattr(connection, name)
                if isinstance(method, Forbidden):
                    delattr(connection, name)
                    if getattr(connection, name) != method.wrapped:
                        setattr(connection, name, method.wrapped)

    # -- one test ------------------------------------------------------------------------------------------------

    def __call__(self, result: unittest.TestResult | None = None) -> None:
        """Run the test with what it stands on set up before `setUp()`, so that subclasses need not call `super()`."""
        self._run_surrounded(result)

    def debug(self) -> None:
        """Run the test; errors pass, for a debugger."""
        self._run_surrounded(None, debug=True)

    def _run_surrounded(self, result: unittest.TestResult | None, debug: bool = False) -> None:
        method = getattr(self, self._testMethodName)
        skipped = getattr(type(self), "__unittest_skip__", False) or getattr(method, "__unittest_skip__", False)
        if iscoroutinefunction(method):
            setattr(self, self._testMethodName, async_to_sync(method))
        if not skipped and not self._guarded(self._pre_setup, result, debug):
            return
        if debug:
            super().debug()
        else:
            super().__call__(result)
        if not skipped:
            self._guarded(self._post_teardown, result, debug)

    def _guarded(self, step: Callable[[], None], result: Any, debug: bool) -> bool:
        try:
            step()
        except Exception as error:
            if debug:
                raise
            result.addError(self, (type(error), error, error.__traceback__))
            return False
        return True

    @classmethod
    def _pre_setup(cls) -> None:
        """Prepare what each test finds: clients, an empty outbox."""
        cls.client = cls.client_class()
        cls.async_client = cls.async_client_class()
        mail.outbox = []

    def _post_teardown(self) -> None:
        """Clean up after each test."""

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what cannot be pickled: tests travel to worker processes.

        Trying each attribute may lead back here, because subtests and outcomes refer to their test; the inner call then
        gives only what names the test.
        """
        if getattr(self, "_being_pickled", False):
            return {"_testMethodName": self._testMethodName}
        self._being_pickled = True
        try:
            kept = {name: value for name, value in self.__dict__.items() if is_pickable(value)}
        finally:
            del self._being_pickled
        kept.pop("_being_pickled", None)
        return kept

    # -- settings ------------------------------------------------------------------------------------------------

    def settings(self, **kwargs: Any) -> override_settings:
        """Override settings in a `with` block."""
        return override_settings(**kwargs)

    def modify_settings(self, **kwargs: Any) -> modify_settings:
        """Change lists in settings in a `with` block."""
        return modify_settings(**kwargs)


for _name, _assertion in vars(WebAsserts).items():
    if _name.startswith("assert"):
        # pytest-django and others list what a test case can assert by the attributes of this class.
        setattr(SimpleTestCase, _name, _assertion)


def _refusing_wrapper(message: str) -> Callable[..., Any]:
    def refuse(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        raise DatabaseOperationForbidden(message)

    return refuse


def is_pickable(obj: Any) -> bool:
    """Say whether an object survives pickling."""
    try:
        pickle.loads(pickle.dumps(obj))
    except (AttributeError, TypeError, pickle.PickleError, RecursionError):
        return False
    return True


def usable_aliases(aliases: Iterable[str], include_mirrors: bool = True) -> list[str]:
    """Return the aliases of real databases among some; mirrors of others count only if asked for."""
    return [
        alias
        for alias in connections
        if alias in aliases
        and alias != NO_DB_ALIAS
        and (include_mirrors or not connections[alias].settings_dict["TEST"]["MIRROR"])
    ]
