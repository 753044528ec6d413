"""Running tests in several processes: a worker runs a class of tests and sends events, the parent replays them."""

from __future__ import annotations

import ctypes
import functools
import multiprocessing
import os
import pickle
import traceback
import unittest
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

import hotclub
from hotclub.db import connections
from hotclub.test.utils import setup_test_environment

try:
    import tblib.pickling_support
except ImportError:
    tblib = None

__unittest = True

Event = tuple[Any, ...]
_worker_id = 0


class RemoteTestResult(unittest.TestResult):
    """Records what happens in a worker, as events that can be pickled.

    An event is the name of a method of `TestResult`, the number of the test in its suite (-1 outside any test), and
    further arguments.
    """

    __module__ = "hotclub.test.runner"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A process's own output cannot be pickled, nor is it needed.
        self._stderr_buffer = self._stdout_buffer = None
        if tblib is not None:
            tblib.pickling_support.install()
        self.events: list[Event] = []

    def __getstate__(self) -> dict[str, Any]:
        left_out = {"_stdout_buffer", "_stderr_buffer", "_original_stdout", "_original_stderr"}
        return {name: value for name, value in self.__dict__.items() if name not in left_out}

    @property
    def test_index(self) -> int:
        """Number of the current test in its suite."""
        return self.testsRun - 1

    def _confirm_picklable(self, obj: Any) -> None:
        """Raise unless an object survives pickling both ways (some only fail on the way back)."""
        pickle.loads(pickle.dumps(obj))

    def _require_picklable(self, test: Any, thing: Any, shown: str) -> None:
        """Raise unless something can be sent to the parent; say first what is lost and how to see it."""
        try:
            self._confirm_picklable(thing)
        except Exception as error:
            hint = "" if tblib else "\nThe package tblib makes tracebacks travel: python -m pip install tblib"
            print(
                f"\n{test}: {shown}\nThis cannot be sent from the worker to the main process, because pickling it "
                f"fails: {error!r}\nRun the test with --parallel=1 to see the failure itself.{hint}"
            )
            raise

    def startTestRun(self) -> None:
        super().startTestRun()
        self.events.append(("startTestRun",))

    def stopTestRun(self) -> None:
        super().stopTestRun()
        self.events.append(("stopTestRun",))

    def startTest(self, test: Any) -> None:
        super().startTest(test)
        self.events.append(("startTest", self.test_index))

    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        self.events.append(("stopTest", self.test_index))

    def addDuration(self, test: Any, elapsed: float) -> None:
        self.collectedDurations = [*getattr(self, "collectedDurations", ()), (str(test), elapsed)]
        self.events.append(("addDuration", self.test_index, elapsed))

    def addError(self, test: Any, err: Any) -> None:
        self._require_picklable(test, err, repr(err[1]))
        name = type(test).__name__
        if name == "_ErrorHolder":
            # It stands for setUpClass and the like, holds nothing but its id, and is not in the suite.
            self.events.append(("addError", -1, test.id(), err))
        else:
            self.events.append(("addError", self.test_index, err))
        super().addError(test, err)

    def addFailure(self, test: Any, err: Any) -> None:
        self._require_picklable(test, err, repr(err[1]))
        self.events.append(("addFailure", self.test_index, err))
        super().addFailure(test, err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        # Only a failure is news.
        if err is not None:
            self._require_picklable(test, err, repr(err[1]))
            self.events.append(("addSubTest", self.test_index, self._portable(test, subtest), err))
        super().addSubTest(test, subtest, err)

    def _portable(self, test: Any, subtest: Any) -> Any:
        """Return a subtest that pickles: one whose test holds something that does not keeps its description only."""
        try:
            self._confirm_picklable(subtest)
        except Exception:  # whatever pickling the user's attributes raises
            return _DescribedSubtest(subtest)
        return subtest

    def addSuccess(self, test: Any) -> None:
        self.events.append(("addSuccess", self.test_index))
        super().addSuccess(test)

    def addSkip(self, test: Any, reason: str) -> None:
        self.events.append(("addSkip", self.test_index, reason))
        super().addSkip(test, reason)

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        # Without tblib tracebacks cannot be pickled, and nobody looks at this one.
        if tblib is None:
            err = (err[0], err[1], None)
        self._require_picklable(test, err, repr(err[1]))
        self.events.append(("addExpectedFailure", self.test_index, err))
        super().addExpectedFailure(test, err)

    def addUnexpectedSuccess(self, test: Any) -> None:
        self.events.append(("addUnexpectedSuccess", self.test_index))
        super().addUnexpectedSuccess(test)

    def wasSuccessful(self) -> bool:
        """Say whether all went well."""
        bad = {"addError", "addFailure", "addSubTest", "addUnexpectedSuccess"}
        return not any(event[0] in bad for event in self.events)

    def _exc_info_to_string(self, err: Any, test: Any) -> str:
        # The parent formats errors.
        return ""


class _DescribedSubtest:
    """Stands for a subtest that cannot be pickled: it can be named in a report, nothing else."""

    def __init__(self, subtest: Any) -> None:
        self._id = subtest.id()
        self._text = str(subtest)
        self.failureException = subtest.test_case.failureException

    def id(self) -> str:
        return str(self._id)

    def shortDescription(self) -> None:
        return None

    def __str__(self) -> str:
        return self._text


class RemoteTestRunner:
    """Runs a suite and records it; prints nothing."""

    __module__ = "hotclub.test.runner"
    resultclass = RemoteTestResult

    def __init__(self, failfast: bool = False, resultclass: Any = None, buffer: bool = False) -> None:
        self.failfast = failfast
        self.buffer = buffer
        if resultclass is not None:
            self.resultclass = resultclass

    def run(self, test: Any) -> Any:
        """Run a suite and return its recorded result."""
        result = self.resultclass()
        unittest.registerResult(result)
        result.failfast = self.failfast
        result.buffer = self.buffer
        test(result)
        return result


def get_max_test_processes() -> int:
    """Return how many processes `--parallel auto` means: the environment's number, else one per processor."""
    if multiprocessing.get_start_method() not in {"fork", "spawn", "forkserver"}:
        return 1
    given = os.environ.get("HOTCLUB_TEST_PROCESSES") or os.environ.get("DJANGO_TEST_PROCESSES")
    return int(given) if given else multiprocessing.cpu_count()


def parallel_type(value: str) -> int | str:
    """Read the argument of `--parallel`."""
    if value == "auto":
        return value
    try:
        return int(value)
    except ValueError:
        raise ArgumentTypeError(f"{value!r} is not an integer or the string 'auto'") from None


def _init_worker(
    counter: Any,
    initial_settings: Any = None,
    serialized_contents: Any = None,
    process_setup: Callable[..., None] | None = None,
    process_setup_args: Any = None,
    debug_mode: bool | None = None,
    used_aliases: Any = None,
) -> None:
    """Make a process a worker: its own number, and connections to its own copies of the databases."""
    global _worker_id
    with counter.get_lock():
        counter.value += 1
        _worker_id = counter.value
    if multiprocessing.get_start_method() in {"spawn", "forkserver"}:
        # These start from nothing; a fork has all of this.
        if process_setup and callable(process_setup):
            process_setup(*(process_setup_args or ()))
        hotclub.setup()
        setup_test_environment(debug=debug_mode)
    aliases = used_aliases if used_aliases is not None else connections
    for alias in aliases:
        connection = connections[alias]
        if initial_settings and alias in initial_settings:
            connection.settings_dict.update(initial_settings[alias])
        if serialized_contents and (value := serialized_contents.get(alias)):
            connection._test_serialized_contents = value
        connection.creation.setup_worker_connection(_worker_id)


def _init_or_tell(init_worker: Callable[..., None], failed: Any, *args: Any) -> None:
    """Make a process a worker; if that fails, print why and let the parent know."""
    try:
        init_worker(*args)
    except Exception:
        traceback.print_exc()
        failed.set()
        raise


def _run_subsuite(args: Any) -> tuple[int, list[Event]]:
    """Run one class of tests in a worker."""
    runner_class, subsuite_index, subsuite, failfast, buffer = args
    result = runner_class(failfast=failfast, buffer=buffer).run(subsuite)
    return subsuite_index, result.events


def _process_setup_stub(*args: Any) -> None:
    """Nothing to set up in a worker."""


class ParallelTestSuite(unittest.TestSuite):
    """A suite that runs in several processes, one class of tests at a time.

    Args:
        subsuites: suites that may run at the same time.
        processes: how many workers.
        failfast: stop at the first failure.
        debug_mode: value for `DEBUG` in workers that start from nothing.
        buffer: keep output of tests that pass.
    """

    __module__ = "hotclub.test.runner"

    init_worker: Callable[..., None] = staticmethod(_init_worker)
    process_setup: Callable[..., None] = staticmethod(_process_setup_stub)
    process_setup_args: tuple[Any, ...] = ()
    run_subsuite: Callable[..., Any] = staticmethod(_run_subsuite)
    runner_class = RemoteTestRunner
    initial_settings: Any
    serialized_contents: Any
    used_aliases: Any
    serialized_aliases: Any

    def __init__(
        self,
        subsuites: Any,
        processes: int,
        failfast: bool = False,
        debug_mode: bool = False,
        buffer: bool = False,
    ) -> None:
        self.subsuites = subsuites
        self.processes = processes
        self.failfast = failfast
        self.debug_mode = debug_mode
        self.buffer = buffer
        self.initial_settings = None
        self.serialized_contents = None
        self.used_aliases = None
        self.serialized_aliases = set()
        super().__init__()

    def run(self, result: Any, debug: bool = False) -> Any:
        """Run everything; results arrive class by class, and are replayed in the order in which they arrive."""
        self.initialize_suite()
        counter = multiprocessing.Value(ctypes.c_int, 0)
        failed = multiprocessing.Event()
        arguments = [
            (self.runner_class, index, subsuite, self.failfast, self.buffer)
            for index, subsuite in enumerate(self.subsuites)
        ]
        # A buffered result expects what it would have set up when its first test began.
        with multiprocessing.Pool(
            processes=self.processes,
            initializer=functools.partial(_init_or_tell, self.init_worker, failed),
            initargs=[
                counter,
                self.initial_settings,
                self.serialized_contents,
                self.process_setup,
                self.process_setup_args,
                self.debug_mode,
                self.used_aliases,
            ],
        ) as pool:
            arriving = pool.imap_unordered(self.run_subsuite, arguments)
            while True:
                if result.shouldStop:
                    pool.terminate()
                    break
                try:
                    subsuite_index, events = arriving.next(timeout=0.1)
                except multiprocessing.TimeoutError:
                    if failed.is_set():
                        # The pool would start such workers again and again.
                        pool.terminate()
                        raise RuntimeError("A worker could not be set up; its error is printed above.") from None
                    continue
                except StopIteration:
                    pool.close()
                    break
                tests = list(self.subsuites[subsuite_index])
                for event in events:
                    self.handle_event(result, tests, event)
            pool.join()
        return result

    def handle_event(self, result: Any, tests: list[Any], event: Event) -> None:
        """Replay an event on the parent's result."""
        event_name, *rest = event
        if event_name in {"startTestRun", "stopTestRun"}:
            return
        handler = getattr(result, event_name, None)
        if handler is None:
            return
        index, *args = rest
        if index < 0:
            # Outside any test: only the id was sent.
            test_id, *args = args
            test: Any = unittest.suite._ErrorHolder(test_id)  # type: ignore[attr-defined]
        else:
            test = tests[index]
        if event_name in {"addError", "addFailure"} and result.buffer and result._stdout_buffer is None:
            result._setupStdout()
            handler(test, *args)
            result._restoreStdout()
            return
        handler(test, *args)

    def initialize_suite(self) -> None:
        """Collect what workers that start from nothing need to know."""
        if multiprocessing.get_start_method() in {"spawn", "forkserver"}:
            self.initial_settings = {alias: connections[alias].settings_dict for alias in connections}
            self.serialized_contents = {
                alias: connections[alias]._test_serialized_contents
                for alias in connections
                if alias in self.serialized_aliases
            }

    def __iter__(self) -> Any:
        return iter(self.subsuites)
