"""Finding commands: in the core and in the installed apps; and calling one from Python."""

from __future__ import annotations

import argparse
import functools
import importlib
import os
import pkgutil
from collections.abc import Iterable, Iterator
from typing import Any, cast

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.core.management.base import BaseCommand
from hotclub.core.management.parser import CommandError, CommandParser

CORE = "hotclub.core"


def find_commands(management_dir: str) -> list[str]:
    """Return the names of the commands in the `commands` package of a `management` directory."""
    directory = os.path.join(management_dir, "commands")
    found = pkgutil.iter_modules([directory])
    return [name for _finder, name, is_package in found if not is_package and not name.startswith("_")]


def load_command_class(app_name: str, name: str) -> BaseCommand:
    """Import a command and return an instance of it.

    Raises:
        ImportError, AttributeError: the module cannot be imported or has no `Command`.
    """
    module = importlib.import_module(f"{app_name}.management.commands.{name}")
    return cast(BaseCommand, module.Command())


@functools.cache
def get_commands() -> dict[str, str | BaseCommand]:
    """Return which app each command name comes from: the core's, overridden by installed apps, the first app last.

    Without settings only the core's commands are known.
    """
    core_dir = os.path.dirname(__file__)
    commands: dict[str, str | BaseCommand] = dict.fromkeys(find_commands(core_dir), CORE)
    if settings.configured:
        for config in reversed(list(apps.get_app_configs())):
            path = os.path.join(config.path, "management")
            commands.update(dict.fromkeys(find_commands(path), config.name))
    return commands


def call_command(command_name: str | BaseCommand | Iterable[str], *args: Any, **options: Any) -> Any:
    """Run a command from Python.

    Args:
        command_name: name of a command, or an instance of its class.
        *args: arguments as on the command line; need not be strings.
        **options: options by their destination or by their long name with underscores. `stdout` and `stderr`
            redirect the output. System checks are skipped unless `skip_checks=False`.

    Returns:
        What the command's `handle()` returned.

    Raises:
        CommandError: no such command, or the command failed.
        TypeError: an option that the command does not have.

    Source: docs ref/django-admin, "Running management commands from your code".
    """
    command, name = _loaded(command_name)
    parser = command.create_parser("", name)
    by_long_name = {_option_key(action): action.dest for action in parser._actions if action.option_strings}
    given = {by_long_name.get(key, key): value for key, value in options.items()}
    arguments = [str(arg) for arg in _flat(args)]
    actions = list(_all_actions(parser))
    arguments += _required_arguments(parser, actions, given, options)
    defaults = vars(parser.parse_args(args=arguments))
    _refuse_unknown(command, name, actions, by_long_name, options, given)
    values = {**defaults, **given}
    positional = values.pop("args", ())
    values.setdefault("skip_checks", True)
    if "skip_checks" not in options:
        values["skip_checks"] = True
    return command.execute(*positional, **values)


def _loaded(command_name: Any) -> tuple[BaseCommand, str]:
    if isinstance(command_name, BaseCommand):
        return command_name, type(command_name).__module__.rpartition(".")[2]
    if not isinstance(command_name, str):
        command_name = command_name[0]
    try:
        found = get_commands()[command_name]
    except KeyError:
        raise CommandError(f"Unknown command: {command_name!r}") from None
    command = found if isinstance(found, BaseCommand) else load_command_class(found, command_name)
    return command, command_name


def _option_key(action: argparse.Action) -> str:
    """The keyword that stands for an option: its longest spelling, without dashes in front and inside."""
    return min(action.option_strings, key=lambda text: (not text.startswith("--"), 0)).lstrip("-").replace("-", "_")


def _flat(args: Iterable[Any]) -> Iterator[Any]:
    for arg in args:
        if isinstance(arg, (list, tuple)):
            yield from arg
        else:
            yield arg


def _all_actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every action of a parser and of its subparsers."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                yield from _all_actions(sub)


def _required_arguments(
    parser: CommandParser, actions: list[argparse.Action], given: dict[str, Any], options: dict[str, Any]
) -> list[str]:
    """Write the options that the parser insists on as command-line arguments, so that it finds them."""
    exclusive = {
        action for group in parser._mutually_exclusive_groups if group.required for action in group._group_actions
    }
    arguments: list[str] = []
    for action in actions:
        if not action.option_strings or action.dest not in given or not (action.required or action in exclusive):
            continue
        sharing = [other for other in actions if other.dest == action.dest and other.option_strings]
        if len(sharing) > 1 and action in exclusive:
            raise TypeError(f"Cannot pass the dest {action.dest!r} that matches multiple arguments via **options.")
        spelling = min(action.option_strings)
        value = given[action.dest]
        if isinstance(action, (argparse._AppendConstAction, argparse._CountAction, argparse._StoreConstAction)):
            arguments.append(spelling)
        elif isinstance(value, (list, tuple)):
            arguments += [spelling, *map(str, value)]
        else:
            arguments.append(f"{spelling}={value}")
    return arguments


def _refuse_unknown(
    command: BaseCommand,
    name: str,
    actions: list[argparse.Action],
    by_long_name: dict[str, str],
    options: dict[str, Any],
    given: dict[str, Any],
) -> None:
    stealth = {*command.base_stealth_options, *command.stealth_options}
    destinations = {action.dest for action in actions}
    valid = (destinations | stealth).union(by_long_name)
    unknown = set(given) - valid
    if unknown:
        raise TypeError(
            f"Unknown option(s) for {name} command: {', '.join(sorted(unknown))}. "
            f"Valid options are: {', '.join(sorted(valid - {argparse.SUPPRESS}))}."
        )
