"""`test`: find tests and run them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from hotclub.conf import settings
from hotclub.core.management.base import BaseCommand, CommandParser
from hotclub.core.management.options import get_command_line_option
from hotclub.test.runner import get_max_test_processes
from hotclub.test.utils import NullTimeKeeper, TimeKeeper, get_runner


class Command(BaseCommand):
    """Run tests: of the apps or modules named, or of everything below the current directory."""

    help = "Discover and run tests in the specified modules or the current directory."
    # The runner checks, once it knows which databases the tests use.
    requires_system_checks: list[str] = []
    test_runner: str | None = None

    def run_from_argv(self, argv: Sequence[str]) -> None:
        # The runner adds options of its own, so it must be known before the options are read.
        self.test_runner = get_command_line_option(argv, "--testrunner")
        super().run_from_argv(argv)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "args",
            metavar="test_label",
            nargs="*",
            help="Module paths to test; can be modulename, modulename.TestCase or modulename.TestCase.test_method",
        )
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Tells Hotclub to NOT prompt the user for input of any kind.",
        )
        parser.add_argument(
            "--failfast",
            action="store_true",
            help="Tells Hotclub to stop running the test suite after first failed test.",
        )
        parser.add_argument(
            "--testrunner",
            help="Tells Hotclub to use specified test runner class instead of the one specified by the TEST_RUNNER setting.",
        )
        runner_class = get_runner(settings, self.test_runner)
        if hasattr(runner_class, "add_arguments"):
            runner_class.add_arguments(parser)

    def handle(self, *test_labels: str, **options: Any) -> None:
        runner_class = get_runner(settings, options["testrunner"])
        time_keeper = TimeKeeper() if options.get("timing", False) else NullTimeKeeper()
        if options.get("parallel") == "auto":
            options["parallel"] = get_max_test_processes()
        test_runner = runner_class(**options)
        with time_keeper.timed("Total run"):
            failures = test_runner.run_tests(test_labels)
        time_keeper.print_results()
        if failures:
            sys.exit(1)
