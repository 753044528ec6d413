"""Test cases with a database, and what goes with them: documented path of all test cases."""

from __future__ import annotations

import logging
import unittest
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, ClassVar

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.core.management import call_command
from hotclub.core.management.color import no_style
from hotclub.core.management.sql import emit_post_migrate_signal
from hotclub.core.signals import setting_changed
from hotclub.db import DEFAULT_DB_ALIAS, connections, transaction
from hotclub.test.captures import CaptureQueriesContext
from hotclub.test.features import CheckCondition, skipIfDBFeature, skipUnlessAnyDBFeature, skipUnlessDBFeature
from hotclub.test.liveserver import LiveServerThread, QuietWSGIRequestHandler, ServedFiles
from hotclub.test.locking import SerializeMixin
from hotclub.test.overrides import modify_settings
from hotclub.test.simple import (
    DatabaseOperationForbidden,
    Forbidden,
    SimpleTestCase,
    is_pickable,
    usable_aliases,
)

__all__ = [
    "CheckCondition",
    "DatabaseOperationForbidden",
    "Forbidden",
    "LiveServerTestCase",
    "LiveServerThread",
    "QuietWSGIRequestHandler",
    "SerializeMixin",
    "ServedFiles",
    "SimpleTestCase",
    "TestCase",
    "TestData",
    "TransactionTestCase",
    "connections_support_savepoints",
    "connections_support_transactions",
    "is_pickable",
    "skipIfDBFeature",
    "skipUnlessAnyDBFeature",
    "skipUnlessDBFeature",
]

__unittest = True

logger = logging.getLogger("hotclub.test")


class TransactionTestCase(SimpleTestCase):
    """A test case that may use databases and transactions; the tables are emptied after each test.

    Attributes:
        available_apps: the only apps that exist during the test; all, if None.
        databases: aliases that the test may use.
        fixtures: names of fixtures to load before each test.
        reset_sequences: start primary keys at 1 for each test.
        serialized_rollback: bring the data back that migrations made.

    Source: docs topics/testing/tools, "TransactionTestCase".
    """

    reset_sequences = False
    available_apps: ClassVar[Any] = None
    fixtures: Any = None
    databases: Any = {DEFAULT_DB_ALIAS}
    serialized_rollback = False
    _pre_setup_ran_eagerly: ClassVar[bool] = False
    _forbidden_message = (
        "Database %(operation)s to %(alias)r are not allowed in this test. "
        "Add %(alias)r to %(test)s.databases to ensure proper test isolation and silence this failure."
    )

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if not issubclass(cls, TestCase):
            cls._pre_setup_databases()

    @classmethod
    def _pre_setup_databases(cls) -> None:
        """Set up the first test's databases already, so that `setUpClass()` of a subclass finds them."""
        cls._pre_setup_ran_eagerly = True
        cls._prepare()
        cls.addClassCleanup(cls._undo_unused_preparation)

    @classmethod
    def _undo_unused_preparation(cls) -> None:
        """Take back what was set up for a first test that never ran, because it was skipped."""
        if cls._pre_setup_ran_eagerly:
            cls._pre_setup_ran_eagerly = False
            cls._release_apps()

    @classmethod
    def _release_apps(cls) -> None:
        if cls.available_apps is not None:
            apps.unset_available_apps()
            cls._apps_announced(settings.INSTALLED_APPS, enter=False)

    @classmethod
    def _pre_setup(cls) -> None:
        super()._pre_setup()
        if cls.__dict__.get("_pre_setup_ran_eagerly"):
            cls._pre_setup_ran_eagerly = False
            return
        cls._prepare()

    @classmethod
    def _prepare(cls) -> None:
        if cls.available_apps is not None:
            apps.set_available_apps(cls.available_apps)
            cls._apps_announced(cls.available_apps, enter=True)
            for alias in cls._aliases(include_mirrors=False):
                emit_post_migrate_signal(verbosity=0, interactive=False, db=alias)
        try:
            cls._fixture_setup()
        except Exception:
            cls._release_apps()
            raise
        # A full log would make later counts wrong.
        for alias in cls._aliases(include_mirrors=False):
            connections[alias].queries_log.clear()

    @staticmethod
    def _apps_announced(value: Any, *, enter: bool) -> None:
        setting_changed.send(sender=settings._wrapped.__class__, setting="INSTALLED_APPS", value=value, enter=enter)

    @classmethod
    def _aliases(cls, include_mirrors: bool = True) -> list[str]:
        return usable_aliases(cls.databases, include_mirrors)

    @classmethod
    def _reset_sequences(cls, db_name: str) -> None:
        conn = connections[db_name]
        if conn.features.supports_sequence_reset:
            statements = conn.ops.sequence_reset_by_name_sql(no_style(), conn.introspection.sequence_list())
            if statements:
                with transaction.atomic(using=db_name), conn.cursor() as cursor:
                    for sql in statements:
                        cursor.execute(sql)

    @classmethod
    def _fixture_setup(cls) -> None:
        for alias in cls._aliases(include_mirrors=False):
            if cls.reset_sequences:
                cls._reset_sequences(alias)
            serialized = getattr(connections[alias], "_test_serialized_contents", None)
            if cls.serialized_rollback and serialized is not None:
                if cls.available_apps is not None:
                    apps.unset_available_apps()
                connections[alias].creation.deserialize_db_from_string(serialized)
                if cls.available_apps is not None:
                    apps.set_available_apps(cls.available_apps)
            if cls.fixtures:
                call_command("loaddata", *cls.fixtures, verbosity=0, database=alias)

    def _reconnects_after_test(self) -> bool:
        return True

    def _post_teardown(self) -> None:
        """Empty the tables and close the connections."""
        try:
            self._fixture_teardown()
            super()._post_teardown()
            if self._reconnects_after_test():
                # Some tests break connections or change what they say about the server.
                for conn in connections.all(initialized_only=True):
                    conn.close()
        finally:
            self._release_apps()

    def _fixture_teardown(self) -> None:
        for alias in self._aliases(include_mirrors=False):
            has_contents = getattr(connections[alias], "_test_serialized_contents", None) is not None
            # The signal would create content types and permissions that a rollback brings back anyway.
            inhibit = self.available_apps is not None or (self.serialized_rollback and has_contents)
            call_command(
                "flush",
                verbosity=0,
                interactive=False,
                database=alias,
                reset_sequences=False,
                allow_cascade=self.available_apps is not None,
                inhibit_post_migrate=inhibit,
            )

    # -- assertions ----------------------------------------------------------------------------------------------

    def assertQuerySetEqual(
        self,
        qs: Any,
        values: Any,
        transform: Callable[[Any], Any] | None = None,
        ordered: bool = True,
        msg: str | None = None,
    ) -> None:
        """Assert that a query set gives these values.

        Args:
            qs: query set, or any iterable.
            values: expected values.
            transform: applied to each item of `qs` first.
            ordered: whether the order counts; then a query set of several items must be ordered.
            msg: of a failure.
        """
        values = list(values)
        items = list(map(transform, qs) if transform else qs)
        if not ordered:
            # As dictionaries, the difference is shown item by item.
            self.assertDictEqual(Counter(items), Counter(values), msg=msg)
            return
        if len(values) > 1 and hasattr(qs, "ordered") and not qs.ordered:
            raise ValueError("Trying to compare non-ordered queryset against more than one ordered value.")
        self.assertEqual(items, values, msg=msg)

    def assertNumQueries(
        self, num: int, func: Callable[..., Any] | None = None, *args: Any, using: str = DEFAULT_DB_ALIAS, **kwargs: Any
    ) -> Any:
        """Assert how many queries a callable runs; without one, a context to run them in."""
        context = _CountedQueries(self, num, connections[using])
        if func is None:
            return context
        with context:
            func(*args, **kwargs)
        return None


class _CountedQueries(CaptureQueriesContext):
    def __init__(self, test_case: unittest.TestCase, num: int, connection: Any) -> None:
        self.test_case = test_case
        self.num = num
        super().__init__(connection)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        super().__exit__(kind, error, trace)
        if kind is not None:
            return
        executed = len(self)
        listing = "\n".join(f"{number}. {query['sql']}" for number, query in enumerate(self.captured_queries, 1))
        self.test_case.assertEqual(
            executed, self.num, f"{executed} queries executed, {self.num} expected\nCaptured queries were:\n{listing}"
        )


def connections_support_transactions(aliases: Any = None) -> bool:
    """Say whether all databases (or these) support transactions."""
    conns = connections.all() if aliases is None else [connections[alias] for alias in aliases]
    return all(conn.features.supports_transactions for conn in conns)


def connections_support_savepoints(aliases: Any = None) -> bool:
    """Say whether all databases (or these) support savepoints."""
    conns = connections.all() if aliases is None else [connections[alias] for alias in aliases]
    return all(conn.features.uses_savepoints for conn in conns)


class TestData:
    """Class data of a test that each test sees as a copy of its own.

    A descriptor put in place of each attribute that `setUpTestData()` sets. Copies are made on first use, once per
    test, and keep references among themselves.

    Args:
        name: attribute.
        data: value that is never handed to a test.
    """

    __test__ = False

    def __init__(self, name: str, data: Any) -> None:
        self.name = name
        self.data = data

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self.data
        # One memo for all attributes of a test: copies refer to copies.
        copied: dict[int, Any] = vars(instance).setdefault("_copied_class_data", {})
        value = vars(instance)[self.name] = deepcopy(self.data, copied)
        return value

    def __repr__(self) -> str:
        return f"<TestData: name={self.name!r}, data={self.data!r}>"


class TestCase(TransactionTestCase):
    """A test case whose tests run in a transaction that is rolled back: the usual base of tests with a database.

    Data for all tests of a class is made once in `setUpTestData()`.

    Source: docs topics/testing/tools, "TestCase".
    """

    __test__ = True
    cls_atomics: ClassVar[dict[str, Any]]
    atomics: ClassVar[dict[str, Any]]

    @classmethod
    def _open_atomics(cls) -> dict[str, Any]:
        atomics = {}
        for alias in cls._aliases():
            atomic = transaction.atomic(using=alias)
            atomic._from_testcase = True
            atomic.__enter__()
            atomics[alias] = atomic
        return atomics

    @classmethod
    def _rollback_atomics(cls, atomics: dict[str, Any]) -> None:
        for alias in reversed(cls._aliases()):
            transaction.set_rollback(True, using=alias)
            atomics[alias].__exit__(None, None, None)

    @classmethod
    def _can_roll_back(cls) -> bool:
        return connections_support_transactions(cls.databases)

    @classmethod
    def _can_nest(cls) -> bool:
        return connections_support_savepoints(cls.databases)

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if not (cls._can_roll_back() and cls._can_nest()):
            return
        cls.cls_atomics = cls._open_atomics()
        if cls.fixtures:
            for alias in cls._aliases(include_mirrors=False):
                try:
                    call_command("loaddata", *cls.fixtures, verbosity=0, database=alias)
                except Exception:
                    cls._rollback_atomics(cls.cls_atomics)
                    raise
        before = cls.__dict__.copy()
        try:
            cls.setUpTestData()
        except Exception:
            cls._rollback_atomics(cls.cls_atomics)
            raise
        for name, value in cls.__dict__.copy().items():
            if value is not before.get(name):
                setattr(cls, name, TestData(name, value))

    @classmethod
    def tearDownClass(cls) -> None:
        if cls._can_roll_back() and cls._can_nest():
            cls._rollback_atomics(cls.cls_atomics)
            for conn in connections.all(initialized_only=True):
                conn.close()
        super().tearDownClass()

    @classmethod
    def setUpTestData(cls) -> None:
        """Make data for all tests of the class; subclasses override it."""

    def _reconnects_after_test(self) -> bool:
        if self._can_roll_back():
            return False
        return super()._reconnects_after_test()

    @classmethod
    def _fixture_setup(cls) -> None:
        if not cls._can_roll_back():
            cls.setUpTestData()
            super()._fixture_setup()
            return
        if cls.reset_sequences:
            raise TypeError("reset_sequences cannot be used on TestCase instances")
        cls.atomics = cls._open_atomics()
        if not cls._can_nest():
            if cls.fixtures:
                for alias in cls._aliases(include_mirrors=False):
                    call_command("loaddata", *cls.fixtures, verbosity=0, database=alias)
            cls.setUpTestData()

    def _wants_constraints_checked(self, conn: Any) -> bool:
        return bool(conn.features.can_defer_constraint_checks and not conn.needs_rollback and conn.is_usable())

    def _fixture_teardown(self) -> None:
        if not self._can_roll_back():
            super()._fixture_teardown()
            return
        try:
            for alias in reversed(self._aliases()):
                if self._wants_constraints_checked(connections[alias]):
                    connections[alias].check_constraints()
        finally:
            self._rollback_atomics(self.atomics)

    @classmethod
    @contextmanager
    def captureOnCommitCallbacks(
        cls, *, using: str = DEFAULT_DB_ALIAS, execute: bool = False
    ) -> Iterator[list[Callable[[], Any]]]:
        """Collect the callbacks that `transaction.on_commit()` gets inside the block.

        Args:
            using: alias of the database.
            execute: call them when the block ends, as a commit would, including those that they add.
        """
        callbacks: list[Callable[[], Any]] = []
        pending = connections[using].run_on_commit
        start = len(pending)
        try:
            yield callbacks
        finally:
            while True:
                pending = connections[using].run_on_commit
                count = len(pending)
                for _savepoints, callback, robust in pending[start:]:
                    callbacks.append(callback)
                    if execute:
                        _run_callback(callback, robust)
                if len(connections[using].run_on_commit) == count:
                    break
                start = count


def _run_callback(callback: Callable[[], Any], robust: bool) -> None:
    if not robust:
        callback()
        return
    try:
        callback()
    except Exception as error:  # a robust callback is the user's: its failure is logged and the others go on
        name = getattr(callback, "__qualname__", callback)
        logger.exception(f"Error calling {name} in on_commit() (%s).", error)


class LiveServerTestCase(TransactionTestCase):
    """A test case with the site served on a port of this machine, for browsers and other clients.

    Attributes:
        host: address to listen on.
        port: port; a free one, if 0.

    Source: docs topics/testing/tools, "LiveServerTestCase".
    """

    host = "localhost"
    port = 0
    server_thread_class: ClassVar[Any] = LiveServerThread
    static_handler: ClassVar[Any] = ServedFiles
    server_thread: ClassVar[Any]

    class _LiveServerUrl:
        def __get__(self, instance: Any, owner: Any) -> str:
            return f"http://{owner.host}:{owner.server_thread.port}"

    live_server_url = _LiveServerUrl()

    class _AllowedHost:
        def __get__(self, instance: Any, owner: Any) -> str:
            return str(owner.host)

    allowed_host = _AllowedHost()

    @classmethod
    def _make_connections_override(cls) -> dict[str, Any]:
        """Return the connections that the server's thread shares: databases in memory exist in one connection only."""
        return {conn.alias: conn for conn in connections.all() if conn.vendor == "sqlite" and conn.is_in_memory_db()}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.enterClassContext(modify_settings(ALLOWED_HOSTS={"append": cls.allowed_host}))
        cls._start_server_thread()

    @classmethod
    def _start_server_thread(cls) -> None:
        override = cls._make_connections_override()
        for conn in override.values():
            conn.inc_thread_sharing()
        cls.server_thread = cls._create_server_thread(override)
        cls.server_thread.daemon = True
        cls.server_thread.start()
        cls.addClassCleanup(cls._stop_server_thread)
        cls.server_thread.is_ready.wait()
        if cls.server_thread.error:
            raise cls.server_thread.error

    @classmethod
    def _create_server_thread(cls, connections_override: dict[str, Any]) -> Any:
        return cls.server_thread_class(
            cls.host, cls.static_handler, connections_override=connections_override, port=cls.port
        )

    @classmethod
    def _stop_server_thread(cls) -> None:
        cls.server_thread.terminate()
        for conn in cls.server_thread.connections_override.values():
            conn.dec_thread_sharing()
