"""Management commands: the façade of `hotclub.core.management`."""

from hotclub.core.management.base import (
    AppCommand,
    BaseCommand,
    CommandError,
    CommandParser,
    LabelCommand,
    SystemCheckError,
    handle_default_options,
)
from hotclub.core.management.color import color_style
from hotclub.core.management.registry import call_command, find_commands, get_commands, load_command_class
from hotclub.core.management.utility import ManagementUtility, execute_from_command_line

__all__ = [
    "AppCommand",
    "BaseCommand",
    "CommandError",
    "CommandParser",
    "LabelCommand",
    "ManagementUtility",
    "SystemCheckError",
    "call_command",
    "color_style",
    "execute_from_command_line",
    "find_commands",
    "get_commands",
    "handle_default_options",
    "load_command_class",
]
