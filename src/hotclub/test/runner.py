"""`DiscoverRunner`: finds tests, sets up what they need, runs them. Knows the command line of `test`."""

from __future__ import annotations

import argparse
import faulthandler
import logging
import os
import sys
import unittest
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, ClassVar

from hotclub.core.management import call_command
from hotclub.db import connections
from hotclub.test.ordering import (
    Shuffler,
    reorder_test_bin,
    reorder_tests,
    shuffle_tests,
    suites_by_class,
)
from hotclub.test.parallel import (
    ParallelTestSuite,
    RemoteTestResult,
    RemoteTestRunner,
    _init_worker,
    _run_subsuite,
    get_max_test_processes,
    parallel_type,
)
from hotclub.test.results import DebugSQLTextTestResult, PDBDebugResult, QueryFormatter
from hotclub.test.testcases import SimpleTestCase, TestCase
from hotclub.test.utils import (
    NullTimeKeeper,
    TimeKeeper,
    iter_test_cases,
    setup_databases,
    setup_test_environment,
    teardown_databases,
    teardown_test_environment,
)

__all__ = [
    "DebugSQLTextTestResult",
    "DiscoverRunner",
    "PDBDebugResult",
    "ParallelTestSuite",
    "QueryFormatter",
    "RemoteTestResult",
    "RemoteTestRunner",
    "Shuffler",
    "_init_worker",
    "_run_subsuite",
    "get_max_test_processes",
    "parallel_type",
    "reorder_test_bin",
    "reorder_tests",
    "shuffle_tests",
    "suites_by_class",
]


class DiscoverRunner:
    """The test runner: unittest's discovery, and the databases that the tests need.

    Args:
        pattern: of the names of test files.
        top_level: directory that module names begin below.
        verbosity: how much to say.
        interactive: ask before an existing test database is destroyed.
        failfast: stop at the first failure.
        keepdb: keep test databases for the next run.
        reverse: run the tests of each kind backwards.
        debug_mode: run with `DEBUG = True`.
        debug_sql: show the queries of tests that fail.
        parallel: number of processes; 0 for none of their own.
        tags: run tests with one of these only.
        exclude_tags: leave tests with one of these out.
        test_name_patterns: run tests whose name matches one of these only.
        pdb: start the debugger where a test fails.
        buffer: show the output of tests that fail only.
        enable_faulthandler: print a traceback if the interpreter crashes.
        timing: print how long setting up takes.
        shuffle: seed of the order; None for a random one, False for no shuffling.
        logger: where messages go; standard output, if None.
        durations: how many of the slowest tests to list.

    Source: docs topics/testing/advanced, "Defining a test runner".
    """

    test_suite: ClassVar[type[unittest.TestSuite]] = unittest.TestSuite
    parallel_test_suite: ClassVar[type[ParallelTestSuite]] = ParallelTestSuite
    test_runner: Any = unittest.TextTestRunner
    test_loader: ClassVar[unittest.TestLoader] = unittest.defaultTestLoader
    reorder_by: ClassVar[tuple[type, ...]] = (TestCase, SimpleTestCase)

    def __init__(
        self,
        pattern: str | None = None,
        top_level: str | None = None,
        verbosity: int = 1,
        interactive: bool = True,
        failfast: bool = False,
        keepdb: bool = False,
        reverse: bool = False,
        debug_mode: bool = False,
        debug_sql: bool = False,
        parallel: int = 0,
        tags: Iterable[str] | None = None,
        exclude_tags: Iterable[str] | None = None,
        test_name_patterns: Iterable[str] | None = None,
        pdb: bool = False,
        buffer: bool = False,
        enable_faulthandler: bool = True,
        timing: bool = False,
        shuffle: int | bool | None = False,
        logger: logging.Logger | None = None,
        durations: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.pattern = pattern
        self.top_level = top_level
        self.verbosity = verbosity
        self.interactive = interactive
        self.failfast = failfast
        self.keepdb = keepdb
        self.reverse = reverse
        self.debug_mode = debug_mode
        self.debug_sql = debug_sql
        self.parallel = parallel
        self.tags = set(tags or [])
        self.exclude_tags = set(exclude_tags or [])
        self.pdb = pdb
        if pdb and parallel > 1:
            raise ValueError("You cannot use --pdb with parallel tests; pass --parallel=1 to use it.")
        self.buffer = buffer
        # unittest's own rule: a pattern without a wildcard matches anywhere in the name.
        self.test_name_patterns = (
            {pattern if "*" in pattern else f"*{pattern}*" for pattern in test_name_patterns}
            if test_name_patterns
            else None
        )
        self.time_keeper: TimeKeeper | NullTimeKeeper = TimeKeeper() if timing else NullTimeKeeper()
        self.shuffle = shuffle
        self._shuffler: Shuffler | None = None
        self.logger = logger
        self.durations = durations
        if enable_faulthandler and not faulthandler.is_enabled():
            try:
                faulthandler.enable(file=sys.stderr.fileno())
            except (AttributeError, OSError):
                faulthandler.enable(file=sys.__stderr__.fileno() if sys.__stderr__ else 2)

    # -- command line --------------------------------------------------------------------------------------------

    @classmethod
    def add_arguments(cls, parser: argparse.ArgumentParser) -> None:
        """Add the options of the runner to the parser of `test`."""
        add = parser.add_argument
        add("-t", "--top-level-directory", dest="top_level", help="Top level of project for unittest discovery.")
        add("-p", "--pattern", default="test*.py", help="The test matching pattern. Defaults to test*.py.")
        add("--keepdb", action="store_true", help="Preserves the test DB between runs.")
        add("--shuffle", nargs="?", default=False, type=int, metavar="SEED", help="Shuffles test case order.")
        add("-r", "--reverse", action="store_true", help="Reverses test case order.")
        add("--debug-mode", action="store_true", help="Sets settings.DEBUG to True.")
        add("-d", "--debug-sql", action="store_true", help="Prints logged SQL queries on failure.")
        add(
            "--parallel",
            nargs="?",
            const="auto",
            default=0,
            type=parallel_type,
            metavar="N",
            help='Run tests using up to N parallel processes. Use the value "auto" to run one test process for each '
            "processor core.",
        )
        add(
            "--tag",
            action="append",
            dest="tags",
            help="Run only tests with the specified tag. Can be used multiple times.",
        )
        add(
            "--exclude-tag",
            action="append",
            dest="exclude_tags",
            help="Do not run tests with the specified tag. Can be used multiple times.",
        )
        add("--pdb", action="store_true", help="Runs a debugger (pdb, or ipdb if installed) on error or failure.")
        add("-b", "--buffer", action="store_true", help="Discard output from passing tests.")
        add(
            "--no-faulthandler",
            action="store_false",
            dest="enable_faulthandler",
            help="Disables the Python faulthandler module during tests.",
        )
        add("--timing", action="store_true", help="Output timings, including database set up and total run time.")
        add(
            "-k",
            action="append",
            dest="test_name_patterns",
            help="Only run test methods and classes that match the pattern or substring. Can be used multiple times. "
            "Same as unittest -k option.",
        )
        add("--durations", type=int, metavar="N", help="Show the N slowest test cases (N=0 for all).")

    def log(self, msg: str, level: int | None = None) -> None:
        """Say something: to the logger if there is one, else to standard output as verbosity allows.

        Args:
            msg: text.
            level: of logging; `INFO`, if None.
        """
        if self.logger is not None:
            self.logger.log(logging.INFO if level is None else level, msg)
            return
        if self.verbosity <= 0 or (self.verbosity == 1 and level is not None and level < logging.INFO):
            return
        print(msg)

    def setup_test_environment(self, **kwargs: Any) -> None:
        """Make the process a test environment."""
        setup_test_environment(debug=self.debug_mode)
        unittest.installHandler()

    def teardown_test_environment(self, **kwargs: Any) -> None:
        """Take it back."""
        unittest.removeHandler()
        teardown_test_environment()

    # -- finding -------------------------------------------------------------------------------------------------

    @property
    def shuffle_seed(self) -> Any:
        """The seed of the order; None without shuffling."""
        return None if self._shuffler is None else self._shuffler.seed

    def setup_shuffler(self) -> None:
        """Choose the seed and say it."""
        if self.shuffle is False:
            return
        self._shuffler = Shuffler(seed=self.shuffle)
        self.log(f"Using shuffle seed: {self._shuffler.seed_display}")

    @contextmanager
    def _name_patterns(self) -> Iterator[None]:
        """Load with the runner's name patterns; the shared loader gets its own back."""
        original = self.test_loader.testNamePatterns
        self.test_loader.testNamePatterns = self.test_name_patterns  # type: ignore[assignment]
        try:
            yield
        finally:
            self.test_loader.testNamePatterns = original

    def load_tests_for_label(self, label: str, discover_kwargs: dict[str, Any]) -> Any:
        """Return the tests of a label: a dotted name of a package, module, class or method, or a directory.

        Raises:
            RuntimeError: the label is a file, or a name that both a module and a directory have.
        """
        label_as_path = os.path.abspath(label)
        if not os.path.exists(label_as_path):
            with self._name_patterns():
                tests = self.test_loader.loadTestsFromName(label)
            if tests.countTestCases():
                return tests
            # No tests at that name: it may be a package with tests below.
            is_importable, is_package = _importable(label)
            if is_importable and not is_package:
                return tests
            if not is_importable:
                return tests
        elif not os.path.isdir(label_as_path):
            # A file would be found by discovery, but under a module name that depends on the directory.
            raise RuntimeError(
                f"One of the test labels is a path to a file: {label!r}, which is not supported. Use a dotted module "
                "name or path to a directory instead."
            )
        kwargs = dict(discover_kwargs)
        if os.path.isdir(label_as_path) and not self.top_level:
            kwargs["top_level_dir"] = _first_non_package(label_as_path)
        with self._name_patterns():
            tests = self.test_loader.discover(start_dir=label, **kwargs)
        # unittest remembers the directory of the first discovery, which is wrong for the next.
        self.test_loader._top_level_dir = None  # type: ignore[attr-defined]
        return tests

    def build_suite(self, test_labels: Sequence[str] | None = None, **kwargs: Any) -> Any:
        """Return the suite of all tests of some labels (of the current directory, without labels)."""
        discover_kwargs: dict[str, Any] = {}
        if self.pattern is not None:
            discover_kwargs["pattern"] = self.pattern
        if self.top_level is not None:
            discover_kwargs["top_level_dir"] = self.top_level
        self.setup_shuffler()
        all_tests: list[Any] = []
        for label in test_labels or ["."]:
            all_tests += iter_test_cases(self.load_tests_for_label(label, discover_kwargs))
        if self.tags or self.exclude_tags:
            if self.tags:
                self.log(f"Including test tag(s): {', '.join(sorted(self.tags))}.", level=logging.DEBUG)
            if self.exclude_tags:
                self.log(f"Excluding test tag(s): {', '.join(sorted(self.exclude_tags))}.", level=logging.DEBUG)
            all_tests = list(_chosen_by_tags(all_tests, self.tags, self.exclude_tags))
        # What cannot be loaded fails at once, before the databases are made ready for the others.
        test_types = (unittest.loader._FailedTest, *self.reorder_by)  # type: ignore[attr-defined]
        all_tests = list(reorder_tests(all_tests, test_types, shuffler=self._shuffler, reverse=self.reverse))
        self.log(f"Found {len(all_tests)} test(s).")
        suite: Any = self.test_suite(all_tests)
        if self.parallel > 1:
            subsuites = suites_by_class(suite)
            # More processes than classes would only cost databases.
            processes = min(self.parallel, len(subsuites))
            self.parallel = processes
            if processes > 1:
                suite = self.parallel_test_suite(subsuites, processes, self.failfast, self.debug_mode, self.buffer)
        return suite

    # -- running -------------------------------------------------------------------------------------------------

    def setup_databases(self, **kwargs: Any) -> Any:
        """Make the test databases."""
        return setup_databases(
            self.verbosity,
            self.interactive,
            time_keeper=self.time_keeper,
            keepdb=self.keepdb,
            debug_sql=self.debug_sql,
            parallel=self.parallel,
            **kwargs,
        )

    def teardown_databases(self, old_config: Any, **kwargs: Any) -> None:
        """Destroy the test databases."""
        teardown_databases(old_config, verbosity=self.verbosity, parallel=self.parallel, keepdb=self.keepdb)

    def get_resultclass(self) -> Any:
        """Return the class of the result; None for unittest's own."""
        if self.debug_sql:
            return DebugSQLTextTestResult
        if self.pdb:
            return PDBDebugResult
        return None

    def get_test_runner_kwargs(self) -> dict[str, Any]:
        """Return the arguments for `test_runner`."""
        kwargs: dict[str, Any] = {
            "failfast": self.failfast,
            "resultclass": self.get_resultclass(),
            "verbosity": self.verbosity,
            "buffer": self.buffer,
        }
        if sys.version_info >= (3, 12):
            kwargs["durations"] = self.durations
        elif self.durations is not None:
            raise ValueError("--durations needs Python 3.12 or newer.")
        return kwargs

    def run_checks(self, databases: Any) -> None:
        """Run the system checks, those of the databases too."""
        call_command("check", verbosity=self.verbosity, databases=databases)

    def run_suite(self, suite: Any, **kwargs: Any) -> Any:
        """Run a suite and return its result."""
        runner = self.test_runner(**self.get_test_runner_kwargs())
        try:
            return runner.run(suite)
        finally:
            if self._shuffler is not None:
                self.log(f"Used shuffle seed: {self._shuffler.seed_display}")

    def suite_result(self, suite: Any, result: Any, **kwargs: Any) -> int:
        """Return how many tests did not do as they should."""
        return len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)

    def _get_databases(self, suite: Any) -> dict[str, bool]:
        databases: dict[str, bool] = {}
        for test in iter_test_cases(suite):
            wanted = getattr(test, "databases", None)
            if wanted == "__all__":
                wanted = connections
            if wanted:
                serialized = getattr(test, "serialized_rollback", False)
                for alias in wanted:
                    databases[alias] = serialized or databases.get(alias, False)
        return databases

    def get_databases(self, suite: Any) -> dict[str, bool]:
        """Return the aliases that the tests name, and whether their first contents must be kept."""
        databases = self._get_databases(suite)
        unused = sorted(alias for alias in connections if alias not in databases)
        if unused:
            self.log(f"Skipping setup of unused database(s): {', '.join(unused)}.", level=logging.DEBUG)
        return databases

    def run_tests(self, test_labels: Sequence[str], **kwargs: Any) -> int:
        """Run the tests of some labels.

        Args:
            test_labels: see `load_tests_for_label`.
            **kwargs: for subclasses.

        Returns:
            How many tests did not do as they should.
        """
        self.setup_test_environment()
        suite = self.build_suite(test_labels)
        databases = self.get_databases(suite)
        serialized_aliases = {alias for alias, serialize in databases.items() if serialize}
        with self.time_keeper.timed("Total database setup"):
            old_config = self.setup_databases(aliases=databases, serialized_aliases=serialized_aliases)
        if isinstance(suite, ParallelTestSuite):
            suite.used_aliases = set(databases)
            suite.serialized_aliases = serialized_aliases
        run_failed = False
        try:
            self.run_checks(databases)
            result = self.run_suite(suite)
        except Exception:
            run_failed = True
            raise
        finally:
            try:
                with self.time_keeper.timed("Total database teardown"):
                    self.teardown_databases(old_config)
                self.teardown_test_environment()
            except Exception:
                # What went wrong first is the better story.
                if not run_failed:
                    raise
        self.time_keeper.print_results()
        return self.suite_result(suite, result)


def _importable(label: str) -> tuple[bool, bool]:
    """Say whether a dotted name can be imported, and whether it is a package."""
    try:
        module = import_module(label)
    except (ImportError, TypeError):
        return False, False
    return True, hasattr(module, "__path__")


def _first_non_package(top_level: str) -> str:
    """Return the first directory above that is no package: names of modules begin below it."""
    while os.path.exists(os.path.join(top_level, "__init__.py")):
        parent = os.path.dirname(top_level)
        if parent == top_level:
            break
        top_level = parent
    return top_level


def _has_wanted_tags(test: Any, tags: set[str], exclude_tags: set[str]) -> bool:
    """Say whether tags choose a test. What cannot be loaded is always chosen: it must not go unnoticed."""
    if isinstance(test, unittest.loader._FailedTest):  # type: ignore[attr-defined]
        return True
    test_tags = set(getattr(test, "tags", set()))
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    test_tags |= getattr(method, "tags", set())
    if test_tags & exclude_tags:
        return False
    return not tags or bool(tags & test_tags)


def _chosen_by_tags(tests: Iterable[Any], tags: set[str], exclude_tags: set[str]) -> Iterator[Any]:
    """Give the tests that the tags choose."""
    return (test for test in tests if _has_wanted_tags(test, tags, exclude_tags))
