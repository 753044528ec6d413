"""The argument parser of commands and the help formatter that lists a command's own options first."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hotclub.core.management.color import color_setting

if TYPE_CHECKING:
    from typing import NoReturn


class CommandError(Exception):
    """A command cannot do its work, for a reason that the user can act on.

    Raised from `handle()`, it is printed to standard error without a traceback, and the process ends with `returncode`.

    Args:
        *args: message.
        returncode: exit status of the process.
        **kwargs: handed to `Exception`.

    Source: docs howto/custom-management-commands, "Command exceptions".
    """

    __module__ = "hotclub.core.management.base"

    def __init__(self, *args: Any, returncode: int = 1, **kwargs: Any) -> None:
        self.returncode = returncode
        super().__init__(*args, **kwargs)


class SystemCheckError(CommandError):
    """The system checks found a problem that keeps the command from running."""

    __module__ = "hotclub.core.management.base"


class CommandParser(argparse.ArgumentParser):
    """An `ArgumentParser` that raises `CommandError` when the command is called from Python.

    Args:
        missing_args_message: printed where positional arguments are missing altogether.
        called_from_command_line: whether a usage error may end the process.
    """

    __module__ = "hotclub.core.management.base"

    def __init__(
        self, *, missing_args_message: str | None = None, called_from_command_line: bool | None = None, **kwargs: Any
    ) -> None:
        self.missing_args_message = missing_args_message
        self.called_from_command_line = called_from_command_line
        if sys.version_info >= (3, 14):
            kwargs.setdefault("suggest_on_error", True)
            if color_setting() == "nocolor" or "--no-color" in sys.argv:
                kwargs.setdefault("color", False)
        super().__init__(**kwargs)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse arguments; where none is given although one is needed, say so with the command's own message."""
        if self.missing_args_message and not (args or any(not str(arg).startswith("-") for arg in args or ())):
            self.error(self.missing_args_message)
        parsed: Any = super().parse_args(args, namespace)
        return parsed

    def error(self, message: str) -> NoReturn:
        """End the process with the usage, or raise `CommandError` where Python code is the caller."""
        if self.called_from_command_line:
            super().error(message)
        raise CommandError(f"Error: {message}")

    def add_subparsers(self, **kwargs: Any) -> Any:
        """Add subparsers that report errors as this parser does."""
        factory = kwargs.get("parser_class", type(self))
        if issubclass(factory, CommandParser):

            def make(**options: Any) -> CommandParser:
                parser: CommandParser = factory(called_from_command_line=self.called_from_command_line, **options)
                return parser

            kwargs["parser_class"] = make
        return super().add_subparsers(**kwargs)


class DjangoHelpFormatter(argparse.HelpFormatter):
    """Help with the command's own arguments before those that every command has."""

    __module__ = "hotclub.core.management.base"

    show_last = frozenset(
        {
            "--version",
            "--verbosity",
            "--traceback",
            "--settings",
            "--pythonpath",
            "--no-color",
            "--force-color",
            "--skip-checks",
        }
    )

    def _own_first(self, actions: Iterable[argparse.Action]) -> list[argparse.Action]:
        return sorted(actions, key=lambda action: not self.show_last.isdisjoint(action.option_strings))

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, self._own_first(actions), groups, prefix)

    def add_arguments(self, actions: Iterable[argparse.Action]) -> None:
        super().add_arguments(self._own_first(actions))


def handle_default_options(options: argparse.Namespace) -> None:
    """Apply `--settings` and `--pythonpath`, which must take effect before a command is looked for."""
    if options.settings:
        os.environ["HOTCLUB_SETTINGS_MODULE"] = os.environ["DJANGO_SETTINGS_MODULE"] = options.settings
    if options.pythonpath:
        sys.path.insert(0, options.pythonpath)


handle_default_options.__module__ = "hotclub.core.management.base"
