"""The check that `migrate` and `makemigrations` look for changes in the same way."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hotclub.core.checks.messages import CheckMessage, Error
from hotclub.core.checks.registry import Tags, register


def _autodetector(name: str) -> Any:
    # Projects may replace either command, and commands run checks: they are looked up when the check runs.
    management = import_module("hotclub.core.management")
    origin = management.get_commands()[name]
    command = origin if not isinstance(origin, str) else management.load_command_class(origin, name)
    return command.autodetector


@register(Tags.commands)
def migrate_and_makemigrations_autodetector(**kwargs: Any) -> list[CheckMessage]:
    """Check that both commands use one autodetector: else one announces changes that the other never finds."""
    making, applying = _autodetector("makemigrations"), _autodetector("migrate")
    if making is applying:
        return []
    return [
        Error(
            "The migrate and makemigrations commands must have the same autodetector.",
            hint=(
                f"makemigrations.Command.autodetector is {making.__name__}, but migrate.Command.autodetector is "
                f"{applying.__name__}."
            ),
            id="commands.E001",
        )
    ]
