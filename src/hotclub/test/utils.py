"""The environment of a test run: settings, templates, mail and databases set up for tests; documented path of the tools.

What tests change for a while is in `overrides.py`, what they listen to in `captures.py`; both are re-exported here.
"""

from __future__ import annotations

import collections
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest import TestCase, TestSuite

from hotclub.conf import settings
from hotclub.core import mail
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db import DEFAULT_DB_ALIAS, connections
from hotclub.template import Template
from hotclub.test.captures import (
    HAS_TIME_ZONE_SWITCH,
    Approximate,
    CaptureQueriesContext,
    ContextList,
    captured_output,
    captured_stderr,
    captured_stdin,
    captured_stdout,
    compare_xml,
    extend_sys_path,
    garbage_collect,
    isolate_lru_cache,
    requires_tz_support,
    strip_quotes,
)
from hotclub.test.overrides import (
    LoggingCaptureMixin,
    TestContextDecorator,
    freeze_time,
    ignore_warnings,
    isolate_apps,
    modify_settings,
    override_script_prefix,
    override_settings,
    override_system_checks,
    register_lookup,
    require_jinja2,
)
from hotclub.test.signals import template_rendered
from hotclub.utils.translation import deactivate

TZ_SUPPORT = HAS_TIME_ZONE_SWITCH

__all__ = [
    "TZ_SUPPORT",
    "Approximate",
    "CaptureQueriesContext",
    "ContextList",
    "LoggingCaptureMixin",
    "NullTimeKeeper",
    "TestContextDecorator",
    "TimeKeeper",
    "captured_output",
    "captured_stderr",
    "captured_stdin",
    "captured_stdout",
    "compare_xml",
    "dependency_ordered",
    "extend_sys_path",
    "freeze_time",
    "garbage_collect",
    "get_runner",
    "get_unique_databases_and_mirrors",
    "ignore_warnings",
    "isolate_apps",
    "isolate_lru_cache",
    "iter_test_cases",
    "modify_settings",
    "override_script_prefix",
    "override_settings",
    "override_system_checks",
    "register_lookup",
    "require_jinja2",
    "requires_tz_support",
    "setup_databases",
    "setup_test_environment",
    "strip_quotes",
    "tag",
    "teardown_databases",
    "teardown_test_environment",
]

F = TypeVar("F")

LOCMEM = "hotclub.core.mail.backends.locmem.EmailBackend"


class _TestState:
    """What `setup_test_environment()` changed."""

    saved_data: Any


def setup_test_environment(debug: bool | None = None) -> None:
    """Make the process a test environment: mail to an outbox, the host `testserver`, templates that send signals.

    Args:
        debug: value for `DEBUG`; what the settings say, if None.

    Raises:
        RuntimeError: it is one already.
    """
    if hasattr(_TestState, "saved_data"):
        raise RuntimeError(
            "setup_test_environment() was already called and can't be called again without first "
            "calling teardown_test_environment()."
        )
    if debug is None:
        debug = settings.DEBUG
    saved = SimpleNamespace()
    _TestState.saved_data = saved
    saved.allowed_hosts = settings.ALLOWED_HOSTS
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    saved.debug = settings.DEBUG
    settings.DEBUG = debug
    _redirect_mail(saved)
    saved.template_render = Template._render
    Template._render = instrumented_test_render  # type: ignore[method-assign]  # undone below
    mail.outbox = []
    deactivate()


_render = Template._render


def instrumented_test_render(self: Any, context: Any) -> Any:
    """Render a template and say so: what `Template._render` is in a test environment; tools that watch set it too."""
    template_rendered.send(sender=self, template=self, context=context)
    return _render(self, context)


def _redirect_mail(saved: SimpleNamespace) -> None:
    """Send all mail to the outbox: whichever way the project configures mail."""
    saved.mail = {}
    mailers = getattr(settings, "MAILERS", None)
    if mailers:
        saved.mail["MAILERS"] = mailers
        settings.MAILERS = {alias: {"BACKEND": LOCMEM} for alias in mailers}
    else:
        saved.mail["EMAIL_BACKEND"] = settings.EMAIL_BACKEND
        settings.EMAIL_BACKEND = LOCMEM


def teardown_test_environment() -> None:
    """Take back what `setup_test_environment()` changed."""
    saved = _TestState.saved_data
    settings.ALLOWED_HOSTS = saved.allowed_hosts
    settings.DEBUG = saved.debug
    for name, value in saved.mail.items():
        setattr(settings, name, value)
    Template._render = saved.template_render  # type: ignore[method-assign]
    del _TestState.saved_data
    del mail.outbox


# -- databases ---------------------------------------------------------------------------------------------------


def setup_databases(
    verbosity: int,
    interactive: bool,
    *,
    time_keeper: Any = None,
    keepdb: bool = False,
    debug_sql: bool = False,
    parallel: int = 0,
    aliases: Iterable[str] | None = None,
    serialized_aliases: Iterable[str] | None = None,
    **kwargs: Any,
) -> list[tuple[Any, str, bool]]:
    """Make the test databases.

    Args:
        verbosity: how much to say.
        interactive: ask before an existing database is destroyed.
        time_keeper: measures.
        keepdb: use databases of an earlier run.
        debug_sql: log all statements.
        parallel: how many copies worker processes need.
        aliases: databases to make; all, if None.
        serialized_aliases: databases whose first contents are kept for `serialized_rollback`.
        **kwargs: for subclasses of runners.

    Returns:
        What `teardown_databases()` needs: connection, old name and whether to destroy, of each.
    """
    keeper = time_keeper or NullTimeKeeper()
    databases, mirrors = get_unique_databases_and_mirrors(aliases)
    old_names = []
    for db_name, db_aliases in databases.values():
        first_alias = None
        for alias in db_aliases:
            connection = connections[alias]
            old_names.append((connection, db_name, first_alias is None))
            if first_alias is not None:
                # Another name for a database that exists already.
                connections[alias].creation.set_as_test_mirror(connections[first_alias].settings_dict)
                continue
            first_alias = alias
            with keeper.timed(f"  Creating '{alias}'"):
                connection.creation.create_test_db(
                    verbosity=verbosity,
                    autoclobber=not interactive,
                    keepdb=keepdb,
                )
            for index in range(parallel if parallel > 1 else 0):
                with keeper.timed(f"  Cloning '{alias}'"):
                    connection.creation.clone_test_db(suffix=str(index + 1), verbosity=verbosity, keepdb=keepdb)
    for alias, mirror_alias in mirrors.items():
        connections[alias].creation.set_as_test_mirror(connections[mirror_alias].settings_dict)
    # Once all exist: reading one may need another.
    for _name, db_aliases in databases.values():
        for alias in db_aliases:
            if serialized_aliases is None or alias in serialized_aliases:
                connection = connections[alias]
                connection._test_serialized_contents = connection.creation.serialize_db_to_string()
    if debug_sql:
        for alias in connections:
            connections[alias].force_debug_cursor = True
    return old_names


def teardown_databases(
    old_config: list[tuple[Any, str, bool]], verbosity: int, parallel: int = 0, keepdb: bool = False
) -> None:
    """Destroy the test databases.

    Args:
        old_config: what `setup_databases()` gave.
        verbosity: how much to say.
        parallel: how many copies there are.
        keepdb: keep them for the next run.
    """
    for connection, old_name, destroy in old_config:
        if not destroy:
            continue
        for index in range(parallel if parallel > 1 else 0):
            connection.creation.destroy_test_db(suffix=str(index + 1), verbosity=verbosity, keepdb=keepdb)
        connection.creation.destroy_test_db(old_name, verbosity, keepdb)


def get_unique_databases_and_mirrors(
    aliases: Iterable[str] | None = None,
) -> tuple[dict[Any, tuple[str, list[str]]], dict[str, str]]:
    """Say which databases tests need, once each.

    Args:
        aliases: of interest; all, if None.

    Returns:
        Signature → (name, aliases) in an order that respects `TEST["DEPENDENCIES"]`, and mirror alias → alias.
    """
    wanted = set(connections if aliases is None else aliases)
    mirrors: dict[str, str] = {}
    databases: dict[Any, tuple[str, set[str]]] = {}
    dependencies: dict[str, list[str]] = {}
    default_signature = connections[DEFAULT_DB_ALIAS].creation.test_db_signature()
    for alias in connections:
        connection = connections[alias]
        test_settings = connection.settings_dict["TEST"]
        if test_settings["MIRROR"]:
            mirrors[alias] = test_settings["MIRROR"]
        elif alias in wanted:
            signature = connection.creation.test_db_signature()
            databases.setdefault(signature, (connection.settings_dict["NAME"], set()))[1].add(alias)
            if "DEPENDENCIES" in test_settings:
                dependencies[alias] = test_settings["DEPENDENCIES"]
            elif alias != DEFAULT_DB_ALIAS and signature != default_signature:
                dependencies[alias] = test_settings.get("DEPENDENCIES", [DEFAULT_DB_ALIAS])
    in_order = dependency_ordered(list(databases.items()), dependencies)
    # Within a database the default alias comes first: it is the one that is created.
    return {
        signature: (name, sorted(members, key=lambda alias: (alias != DEFAULT_DB_ALIAS, alias)))
        for signature, (name, members) in in_order
    }, mirrors


def dependency_ordered(test_databases: Any, dependencies: dict[str, list[str]]) -> list[Any]:
    """Order databases so that each comes after those it depends on.

    Args:
        test_databases: pairs of a signature and (name, aliases).
        dependencies: alias → aliases it needs.

    Raises:
        ImproperlyConfigured: they depend on one another in a circle, or a database on itself.
    """
    needs: dict[Any, set[str]] = {}
    for signature, (_name, aliases) in test_databases:
        needed = {other for alias in aliases for other in dependencies.get(alias, [])}
        if needed & set(aliases):
            raise ImproperlyConfigured(
                f"Circular dependency: databases {sorted(aliases)} depend on each other, but are aliases."
            )
        needs[signature] = needed
    ordered: list[Any] = []
    resolved: set[str] = set()
    waiting = list(test_databases)
    while waiting:
        ready = [item for item in waiting if needs[item[0]] <= resolved]
        if not ready:
            raise ImproperlyConfigured("Circular dependency in TEST[DEPENDENCIES]")
        for item in ready:
            resolved.update(item[1][1])
            ordered.append(item)
        waiting = [item for item in waiting if item not in ready]
    return ordered


# -- tests -------------------------------------------------------------------------------------------------------


def get_runner(settings: Any, test_runner_class: str | None = None) -> Any:
    """Return the class of the test runner: the named one, else what `TEST_RUNNER` says."""
    module, _dot, name = (test_runner_class or settings.TEST_RUNNER).rpartition(".")
    return getattr(import_module(module), name)


def tag(*tags: str) -> Callable[[F], F]:
    """Give tags to a test or a test class, for `test --tag` and `--exclude-tag`."""

    def decorate(obj: F) -> F:
        known: set[str] = getattr(obj, "tags", set())
        obj.tags = known.union(tags)  # type: ignore[attr-defined]
        return obj

    return decorate


def iter_test_cases(tests: Iterable[Any]) -> Iterator[Any]:
    """Give each test of a suite, a list of suites, or a mixture.

    Raises:
        TypeError: something in it is a text, where tests or suites belong.
    """
    for test in tests:
        if isinstance(test, str):
            # Else the characters of the text would be walked for ever.
            raise TypeError(f"Test {test!r} must be a test case or test suite not string (was found in {tests!r}).")
        if isinstance(test, TestCase):
            yield test
        elif isinstance(test, (TestSuite, Iterable)):
            yield from iter_test_cases(test)
        else:
            yield test


class TimeKeeper:
    """Measures the steps of a test run; prints them in the end."""

    def __init__(self) -> None:
        self.records: dict[str, list[float]] = collections.defaultdict(list)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Measure a block under a name."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.records[name].append(time.perf_counter() - start)

    def print_results(self) -> None:
        """Print what was measured to standard error."""
        for name, records in self.records.items():
            for seconds in records:
                sys.stderr.write(f"{name} took {seconds:.3f}s\n")


class NullTimeKeeper:
    """Measures nothing."""

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Run the block."""
        yield

    def print_results(self) -> None:
        """Print nothing."""
