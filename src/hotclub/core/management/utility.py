"""The command line: `hotclub`, `manage.py` and `python -m hotclub` end up here.

Holds help, the choice of a command, suggestions for misspelt names, and completion for shells.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import sys
from argparse import ArgumentError
from collections import defaultdict
from collections.abc import Sequence

import hotclub
from hotclub.apps import apps
from hotclub.conf import SettingsModuleNotFoundError, settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.management.base import AppCommand, BaseCommand
from hotclub.core.management.color import color_style
from hotclub.core.management.parser import CommandError, CommandParser, handle_default_options
from hotclub.core.management.registry import CORE, get_commands, load_command_class
from hotclub.core.servers import reloading

SETTINGS_VARIABLES = ("HOTCLUB_SETTINGS_MODULE", "DJANGO_SETTINGS_MODULE")
COMPLETION_VARIABLES = ("HOTCLUB_AUTO_COMPLETE", "DJANGO_AUTO_COMPLETE")
WITHOUT_SETTINGS = frozenset({"startapp", "startproject"})
"""Commands that make settings, so they run without any."""

TAKES_APP_LABELS = frozenset(
    {"dumpdata", "sqlmigrate", "sqlsequencereset", "test", "migrate", "makemigrations", "showmigrations"}
)


class ManagementUtility:
    """One invocation of the command line.

    Args:
        argv: program and arguments; `sys.argv` if None.
    """

    __module__ = "hotclub.core.management"

    def __init__(self, argv: Sequence[str] | None = None) -> None:
        self.argv = list(argv if argv is not None else sys.argv)
        program = os.path.basename(self.argv[0])
        self.prog_name = "python -m hotclub" if program == "__main__.py" else program
        self.settings_exception: Exception | None = None

    # -- help ----------------------------------------------------------------------------------------------------

    def main_help_text(self, commands_only: bool = False) -> str:
        """Return the text of `help`: the names of all commands, by app.

        Args:
            commands_only: names alone, one a line.
        """
        commands = get_commands()
        if commands_only:
            return "\n".join(sorted(commands))
        by_app: dict[str, list[str]] = defaultdict(list)
        for name, app in commands.items():
            by_app["hotclub" if app == CORE else str(app).rpartition(".")[2]].append(name)
        style = color_style()
        lines = [
            "",
            f"Type '{self.prog_name} help <subcommand>' for help on a specific subcommand.",
            "",
            "Available subcommands:",
        ]
        for app in sorted(by_app):
            lines += ["", style.NOTICE(f"[{app}]"), *(f"    {name}" for name in sorted(by_app[app]))]
        if self.settings_exception is not None:
            problem = f"Note that only Hotclub core commands are listed as settings are not properly configured (error: {self.settings_exception})."
            lines += ["", style.NOTICE(problem)]
        return "\n".join(lines)

    # -- choosing a command --------------------------------------------------------------------------------------

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """Return an instance of a command; where it is unknown, say what is near and end the process."""
        commands = get_commands()
        try:
            found = commands[subcommand]
        except KeyError:
            self._unknown(subcommand, list(commands))
        return found if isinstance(found, BaseCommand) else load_command_class(found, subcommand)

    def _unknown(self, subcommand: str, known: list[str]) -> None:
        if any(os.environ.get(name) for name in SETTINGS_VARIABLES):
            # The settings may be what hides the command: if they are broken, this raises the reason.
            _ = settings.INSTALLED_APPS
        elif not settings.configured:
            sys.stderr.write("No Django settings specified.\n")
        near = difflib.get_close_matches(subcommand, known)
        sys.stderr.write(f"Unknown command: {subcommand!r}")
        if near:
            sys.stderr.write(f". Did you mean {near[0]}?")
        sys.stderr.write(f"\nType '{self.prog_name} help' for usage.\n")
        sys.exit(1)

    # -- completion ----------------------------------------------------------------------------------------------

    def autocomplete(self) -> None:
        """Print the words that may follow, as bash asks through `COMP_WORDS` and `COMP_CWORD`, and end the process."""
        if not any(name in os.environ for name in COMPLETION_VARIABLES):
            return
        words = os.environ["COMP_WORDS"].split()[1:]
        position = int(os.environ["COMP_CWORD"])
        current = words[position - 1] if 0 < position <= len(words) else ""
        subcommands = [*get_commands(), "help"]
        if position == 1:
            print(" ".join(sorted(name for name in subcommands if name.startswith(current))))
        elif words and words[0] in subcommands and words[0] != "help":
            print("\n".join(self._completions(words, current, position)))
        sys.exit(0)

    def _completions(self, words: list[str], current: str, position: int) -> list[str]:
        command = self.fetch_command(words[0])
        candidates: list[tuple[str, bool]] = []
        if words[0] in TAKES_APP_LABELS or isinstance(command, AppCommand):
            # Without settings there are no apps to offer.
            with contextlib.suppress(ImportError):
                candidates += [(config.label, False) for config in apps.get_app_configs()]
        parser = command.create_parser("", words[0])
        for action in parser._actions:
            if action.option_strings and action.dest != "help":
                candidates.append((max(action.option_strings, key=len), action.nargs != 0))
        used = {word.partition("=")[0] for word in words[1 : position - 1]}
        fitting = sorted(pair for pair in candidates if pair[0].startswith(current) and pair[0] not in used)
        if not current:
            fitting = [pair for pair in fitting if pair[0].startswith("--")]
        return [f"{word}=" if takes_value and word.startswith("--") else word for word, takes_value in fitting]

    # -- running -------------------------------------------------------------------------------------------------

    def execute(self) -> None:
        """Run what the command line asks for."""
        subcommand = self.argv[1] if len(self.argv) > 1 else "help"
        arguments = self.argv[2:]
        options = self._early_options(arguments)
        self._load_settings(subcommand)
        self.autocomplete()
        if subcommand == "help":
            self._help(arguments, options)
        elif subcommand == "version" or self.argv[1:] == ["--version"]:
            sys.stdout.write(f"{hotclub.get_version()}\n")
        elif self.argv[1:] in (["--help"], ["-h"]):
            sys.stdout.write(f"{self.main_help_text()}\n")
        else:
            self.fetch_command(subcommand).run_from_argv(self.argv)

    def _early_options(self, arguments: list[str]) -> list[str]:
        """Apply `--settings` and `--pythonpath` wherever they stand; give back what else there is."""
        parser = CommandParser(
            prog=self.prog_name, usage="%(prog)s subcommand [options] [args]", add_help=False, allow_abbrev=False
        )
        parser.add_argument("--settings")
        parser.add_argument("--pythonpath")
        parser.add_argument("args", nargs="*")
        try:
            options, _rest = parser.parse_known_args(arguments)
            handle_default_options(options)
        except (CommandError, ArgumentError):
            return arguments  # the command's own parser will report it
        return list(options.args)

    def _load_settings(self, subcommand: str) -> None:
        try:
            _ = settings.INSTALLED_APPS
        except (ImproperlyConfigured, ImportError) as error:
            self.settings_exception = error
        if not settings.configured:
            return
        if subcommand == "runserver" and "--noreload" not in self.argv and not reloading.is_child():
            self._setup_reloader()
        else:
            hotclub.setup()

    def _setup_reloader(self) -> None:
        """Set up the process that reloads: a broken project must not end it, its child shows the error and waits."""
        try:
            hotclub.setup()
        except Exception:  # whatever the project raises: the child will raise it too, and print it
            reloading.run_and_watch()

    def _help(self, arguments: list[str], options: list[str]) -> None:
        if "--commands" in arguments:
            sys.stdout.write(f"{self.main_help_text(commands_only=True)}\n")
        elif not options:
            sys.stdout.write(f"{self.main_help_text()}\n")
        else:
            self.fetch_command(options[0]).print_help(self.prog_name, options[0])


def execute_from_command_line(argv: Sequence[str] | None = None) -> None:
    """Run the command line; this is what `manage.py` and the `hotclub` script call.

    Args:
        argv: program and arguments; `sys.argv` if None.
    """
    try:
        ManagementUtility(argv).execute()
    except SettingsModuleNotFoundError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(1)


execute_from_command_line.__module__ = "hotclub.core.management"
