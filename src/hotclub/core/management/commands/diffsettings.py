"""`diffsettings`: how the project's settings differ from the defaults."""

from __future__ import annotations

from typing import Any

from hotclub.conf import Settings, global_settings, settings
from hotclub.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Print the settings that are not as they are by default."""

    help = "Displays differences between the current settings.py and Hotclub's default settings."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all",
            action="store_true",
            help='Display all settings, regardless of their value. In "hash" mode, default values are prefixed by "###".',
        )
        parser.add_argument(
            "--default",
            metavar="MODULE",
            help="The settings module to compare the current settings against. Leave empty to compare against Hotclub's default settings.",
        )
        parser.add_argument(
            "--output",
            default="hash",
            choices=("hash", "unified"),
            help='Selects the output format. "hash" mode displays each changed setting, with the settings that don\'t appear in the defaults followed by ###. "unified" mode prefixes the default setting with a minus sign, followed by the changed setting prefixed with a plus sign.',
        )

    def handle(self, **options: Any) -> str:
        _ = settings.INSTALLED_APPS  # the settings are loaded on first use
        current = _as_dict(settings._wrapped)
        default = _as_dict(Settings(options["default"]) if options["default"] else global_settings)
        write = self._unified if options["output"] == "unified" else self._hash
        return "\n".join(write(options["all"], current, default))

    def _hash(self, everything: bool, current: dict[str, Any], default: dict[str, Any]) -> list[str]:
        lines = []
        for name in sorted(current):
            if name not in default:
                lines.append(f"{name} = {current[name]!r}  ###")
            elif current[name] != default[name]:
                lines.append(f"{name} = {current[name]!r}")
            elif everything:
                lines.append(f"### {name} = {current[name]!r}")
        return lines

    def _unified(self, everything: bool, current: dict[str, Any], default: dict[str, Any]) -> list[str]:
        lines = []
        for name in sorted(current):
            if name not in default:
                lines.append(self.style.SUCCESS(f"+ {name} = {current[name]!r}"))
            elif current[name] != default[name]:
                lines.append(self.style.ERROR(f"- {name} = {default[name]!r}"))
                lines.append(self.style.SUCCESS(f"+ {name} = {current[name]!r}"))
            elif everything:
                lines.append(f"  {name} = {current[name]!r}")
        return lines


def _as_dict(holder: Any) -> dict[str, Any]:
    return {name: getattr(holder, name) for name in dir(holder) if name.isupper()}
