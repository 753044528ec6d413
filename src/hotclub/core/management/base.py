"""`BaseCommand` and its kin: what a management command is.

Holds the life of one command (parse, check, run, report). Finding commands is `registry.py`; the command line is
`utility.py`.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO, TypeVar

import hotclub
from hotclub.apps import AppConfig, apps
from hotclub.core import checks
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.management.color import Painter, Style, color_style, no_style
from hotclub.core.management.output import OutputWrapper
from hotclub.core.management.parser import (
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
    SystemCheckError,
    handle_default_options,
)
from hotclub.db import DEFAULT_DB_ALIAS, connections
from hotclub.utils import translation

__all__ = [
    "ALL_CHECKS",
    "AppCommand",
    "BaseCommand",
    "CommandError",
    "CommandParser",
    "DjangoHelpFormatter",
    "LabelCommand",
    "OutputWrapper",
    "SystemCheckError",
    "handle_default_options",
    "no_translations",
]

ALL_CHECKS = "__all__"
"""Value of `requires_system_checks` that asks for every check."""

R = TypeVar("R")

SEVERITIES: tuple[tuple[str, int, int], ...] = (
    ("CRITICALS", checks.CRITICAL, sys.maxsize),
    ("ERRORS", checks.ERROR, checks.CRITICAL),
    ("WARNINGS", checks.WARNING, checks.ERROR),
    ("INFOS", checks.INFO, checks.WARNING),
    ("DEBUGS", 0, checks.INFO),
)
"""Groups of a check report: title, lowest level, and the level it ends before."""


def no_translations(handle_func: Callable[..., R]) -> Callable[..., R]:
    """Decorate a command's `handle()` to run with translations off.

    For commands that store texts in the database or in files, where the user's language must not leak in.

    Source: docs howto/custom-management-commands, "Management commands and locales".
    """

    @functools.wraps(handle_func)
    def run_untranslated(*args: Any, **kwargs: Any) -> R:
        saved = translation.get_language()
        translation.deactivate_all()
        try:
            return handle_func(*args, **kwargs)
        finally:
            if saved is not None:
                translation.activate(saved)

    return run_untranslated


class BaseCommand:
    """A management command: subclass it as `Command` in `management/commands/<name>.py` and write `handle()`.

    Args:
        stdout: stream for output; `sys.stdout` if None.
        stderr: stream for errors; `sys.stderr` if None.
        no_color: never paint.
        force_color: paint even where the stream is no terminal.

    Raises:
        CommandError: both `no_color` and `force_color`.
        TypeError: `requires_system_checks` is not a list, a tuple or `"__all__"`.

    Source: docs howto/custom-management-commands.
    """

    help = ""
    output_transaction = False
    requires_migrations_checks = False
    requires_system_checks: str | Sequence[str] = ALL_CHECKS
    base_stealth_options: tuple[str, ...] = ("stderr", "stdout")
    stealth_options: tuple[str, ...] = ()
    suppressed_base_arguments: set[str] | tuple[str, ...] = set()
    missing_args_message: str | None = None
    _called_from_command_line = False
    style: Style

    def __init__(
        self,
        stdout: TextIO | Any = None,
        stderr: TextIO | Any = None,
        no_color: bool = False,
        force_color: bool = False,
    ) -> None:
        self.stdout = OutputWrapper(stdout or sys.stdout)
        self.stderr = OutputWrapper(stderr or sys.stderr)
        if no_color and force_color:
            raise CommandError("'no_color' and 'force_color' can't be used together.")
        self.style = no_style() if no_color else color_style(force_color)
        self.stderr.style_func = None if no_color else self.style.ERROR
        required = self.requires_system_checks
        if required != ALL_CHECKS and not isinstance(required, (list, tuple)):
            raise TypeError("requires_system_checks must be a list or tuple.")

    def get_version(self) -> str:
        """Return the version that `--version` prints; an app's own command may give its own."""
        return hotclub.get_version()

    # -- arguments -----------------------------------------------------------------------------------------------

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return the parser of this command.

        Args:
            prog_name: path or name of the script (`manage.py`).
            subcommand: name of the command.
            **kwargs: handed to `CommandParser`.
        """
        kwargs.setdefault("formatter_class", DjangoHelpFormatter)
        parser = CommandParser(
            prog=f"{os.path.basename(prog_name)} {subcommand}",
            description=self.help or None,
            missing_args_message=getattr(self, "missing_args_message", None),
            called_from_command_line=getattr(self, "_called_from_command_line", None),
            **kwargs,
        )
        add = functools.partial(self.add_base_argument, parser)
        add("--version", action="version", version=self.get_version(), help="Show program's version number and exit.")
        add(
            "-v",
            "--verbosity",
            default=1,
            type=int,
            choices=[0, 1, 2, 3],
            help="How much to say: 0 = only what matters, 1 = normal, 2 = more, 3 = everything.",
        )
        add(
            "--settings",
            help='Python path of the settings module, e.g. "myproject.settings.main". '
            "If it is not given, the environment variable HOTCLUB_SETTINGS_MODULE (or DJANGO_SETTINGS_MODULE) decides.",
        )
        add("--pythonpath", help='Directory to add to the Python path, e.g. "/home/projects/myproject".')
        add("--traceback", action="store_true", help="Show the traceback of a CommandError.")
        add("--no-color", action="store_true", help="Do not colour the output.")
        add("--force-color", action="store_true", help="Colour the output even where it is not a terminal.")
        if self.requires_system_checks:
            add("--skip-checks", action="store_true", help="Skip system checks.")
        self.add_arguments(parser)
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments of this command; subclasses override it."""

    def add_base_argument(self, parser: CommandParser, *args: Any, **kwargs: Any) -> None:
        """Add an option that all commands have; hidden from the help where `suppressed_base_arguments` names it."""
        if any(arg in self.suppressed_base_arguments for arg in args):
            kwargs["help"] = argparse.SUPPRESS
        parser.add_argument(*args, **kwargs)

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """Print the help of this command."""
        self.create_parser(prog_name, subcommand).print_help()

    # -- running -------------------------------------------------------------------------------------------------

    def run_from_argv(self, argv: Sequence[str]) -> None:
        """Run the command as the command line asks.

        Args:
            argv: program, name of the command, its arguments.

        A `CommandError` is printed and ends the process, unless `--traceback` asks for the whole story. Other
        errors pass. Database connections are closed in the end.
        """
        self._called_from_command_line = True
        parser = self.create_parser(argv[0], argv[1])
        options = parser.parse_args(argv[2:])
        values = vars(options)
        args = values.pop("args", ())
        handle_default_options(options)
        try:
            self.execute(*args, **values)
        except CommandError as error:
            if getattr(options, "traceback", False):
                raise
            self._report(error)
            sys.exit(error.returncode)
        finally:
            # Without settings there is nothing to close.
            with contextlib.suppress(ImproperlyConfigured):
                connections.close_all()

    def _report(self, error: CommandError) -> None:
        if isinstance(error, SystemCheckError):
            self.stderr.write(str(error), _as_is)  # a check report is painted already
        else:
            self.stderr.write(f"{type(error).__name__}: {error}")

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run the checks that the command asks for, then `handle()`.

        Args:
            *args: positional arguments for `handle()`.
            **options: parsed options, with those that every command has.

        Returns:
            What `handle()` returned.
        """
        self._choose_streams(options)
        if self.requires_system_checks and not options.get("skip_checks"):
            check_kwargs = self.get_check_kwargs(options)
            self.check(**check_kwargs)
        if self.requires_migrations_checks:
            self.check_migrations()
        output = self.handle(*args, **options)
        if output:
            if self.output_transaction:
                output = self._in_transaction(output, options.get("database") or DEFAULT_DB_ALIAS)
            self.stdout.write(output)
        return output

    def _choose_streams(self, options: dict[str, Any]) -> None:
        if options["force_color"] and options["no_color"]:
            raise CommandError("The --no-color and --force-color options can't be used together.")
        if options["force_color"]:
            self.style = color_style(force_color=True)
        elif options["no_color"]:
            self.style = no_style()
            self.stderr.style_func = None
        if options.get("stdout"):
            self.stdout = OutputWrapper(options["stdout"])
        if options.get("stderr"):
            self.stderr = OutputWrapper(options["stderr"])

    def _in_transaction(self, output: str, alias: str) -> str:
        ops = connections[alias].ops
        return f"{self.style.SQL_KEYWORD(ops.start_transaction_sql())}\n{output}\n{self.style.SQL_KEYWORD(ops.end_transaction_sql())}"

    def handle(self, *args: Any, **options: Any) -> Any:
        """Do the work; subclasses must write it.

        Returns:
            Text to print, or None.
        """
        raise NotImplementedError("subclasses of BaseCommand must provide a handle() method")

    # -- checks --------------------------------------------------------------------------------------------------

    def get_check_kwargs(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments for `check()` that follow from the command's options."""
        if self.requires_system_checks == ALL_CHECKS:
            return {}
        return {"tags": self.requires_system_checks}

    def check(
        self,
        app_configs: Sequence[AppConfig] | None = None,
        tags: Sequence[str] | None = None,
        display_num_errors: bool = False,
        include_deployment_checks: bool = False,
        fail_level: int = checks.ERROR,
        databases: Iterable[str] | None = None,
    ) -> None:
        """Run system checks, print what they found, and stop the command where it is serious.

        Args:
            app_configs: apps to check; all, if None.
            tags: kinds of checks; all, if None.
            display_num_errors: print how many issues there are, even if there are none.
            include_deployment_checks: run the checks for deployment too.
            fail_level: lowest level that stops the command.
            databases: aliases that checks may query.

        Raises:
            SystemCheckError: an issue of `fail_level` or above that is not silenced.
        """
        issues = checks.run_checks(
            app_configs=app_configs,
            tags=tags,
            include_deployment_checks=include_deployment_checks,
            databases=databases,
        )
        visible = [issue for issue in issues if not issue.is_silenced()]
        groups = self._grouped(visible)
        count = "no issues" if not visible else "1 issue" if len(visible) == 1 else f"{len(visible)} issues"
        header = "System check identified some issues:\n" if visible else ""
        footer = "\n" if visible and display_num_errors else ""
        if display_num_errors:
            footer += f"System check identified {count} ({len(issues) - len(visible)} silenced)."
        if any(issue.is_serious(fail_level) for issue in visible):
            title = self.style.ERROR(f"SystemCheckError: {header}")
            raise SystemCheckError(title + groups + footer)
        message = header + groups + footer
        if not message:
            return
        if visible:
            self.stderr.write(message, _as_is)
        else:
            self.stdout.write(message)

    def _grouped(self, issues: Sequence[checks.CheckMessage]) -> str:
        """Write the issues by severity, the worst first, each painted for its own level."""
        text = ""
        for title, lowest, end in SEVERITIES:
            members = sorted(self._painted(issue) for issue in issues if lowest <= issue.level < end)
            if members:
                text += f"\n{title}:\n" + "\n".join(members) + "\n"
        return text

    def _painted(self, issue: checks.CheckMessage) -> str:
        paint: Painter = self.style.ERROR if issue.is_serious() else self.style.WARNING
        return paint(str(issue))

    def check_migrations(self) -> None:
        """Print a notice where migrations on disk are not applied to the default database."""
        from hotclub.db.migrations.executor import MigrationExecutor  # noqa: PLC0415  # costly; most commands never ask

        try:
            executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        except ImproperlyConfigured:
            return  # no database is set up
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not plan:
            return
        labels = ", ".join(sorted({migration.app_label for migration, _backwards in plan}))
        self.stdout.write(
            self.style.NOTICE(
                f"\nYou have {len(plan)} unapplied migration(s). Your project may not work properly "
                f"until you apply the migrations for app(s): {labels}."
            )
        )
        self.stdout.write(self.style.NOTICE("Run 'python manage.py migrate' to apply them."))


def _as_is(text: str) -> str:
    return text


class AppCommand(BaseCommand):
    """A command that takes app labels and works on each app; subclasses write `handle_app_config()`."""

    missing_args_message = "Enter at least one application label."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("args", metavar="app_label", nargs="+", help="One or more application label.")

    def handle(self, *app_labels: str, **options: Any) -> str:
        try:
            configs = [apps.get_app_config(label) for label in app_labels]
        except (LookupError, ImportError) as error:
            raise CommandError(f"{error}. Are you sure your INSTALLED_APPS setting is correct?") from error
        outputs = [self.handle_app_config(config, **options) for config in configs]
        return "\n".join(output for output in outputs if output)

    def handle_app_config(self, app_config: AppConfig, **options: Any) -> str | None:
        """Work on one app; returns text to print, or None."""
        raise NotImplementedError("Subclasses of AppCommand must provide a handle_app_config() method.")


class LabelCommand(BaseCommand):
    """A command that takes labels, whatever these are, and works on each; subclasses write `handle_label()`."""

    label = "label"
    missing_args_message: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "missing_args_message" not in type(self).__dict__ and self.missing_args_message is None:
            self.missing_args_message = f"Enter at least one {self.label}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("args", metavar=self.label, nargs="+")

    def handle(self, *labels: str, **options: Any) -> str:
        outputs = [self.handle_label(label, **options) for label in labels]
        return "\n".join(output for output in outputs if output)

    def handle_label(self, label: str, **options: Any) -> str | None:
        """Work on one label; returns text to print, or None."""
        raise NotImplementedError("subclasses of LabelCommand must provide a handle_label() method")
