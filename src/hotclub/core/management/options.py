"""Options that must be known before a command's own parser exists."""

from __future__ import annotations

from collections.abc import Sequence

from hotclub.core.management.parser import CommandError, CommandParser


def get_command_line_option(argv: Sequence[str], option: str) -> str | None:
    """Return the value of an option on the command line; None where it is absent or cannot be read.

    Args:
        argv: program, command, arguments.
        option: as written, `--testrunner`.
    """
    parser = CommandParser(add_help=False, allow_abbrev=False)
    parser.add_argument(option, dest="value")
    try:
        options, _rest = parser.parse_known_args(argv[2:])
    except CommandError:
        return None
    value: str | None = options.value
    return value
