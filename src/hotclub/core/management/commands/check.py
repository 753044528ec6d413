"""`check`: look the whole project over for common problems."""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps
from hotclub.core import checks
from hotclub.core.checks.registry import registry
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.db import connections


class Command(BaseCommand):
    """Run the system checks, all or some."""

    help = "Checks the entire Hotclub project for potential problems."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("args", metavar="app_label", nargs="*")
        parser.add_argument("--tag", "-t", action="append", dest="tags", help="Run only checks with this tag.")
        parser.add_argument("--list-tags", action="store_true", help="List the tags there are.")
        parser.add_argument("--deploy", action="store_true", help="Check deployment settings too.")
        parser.add_argument(
            "--fail-level",
            default="ERROR",
            choices=["CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG"],
            help="Lowest level of a message that makes the command fail. Default is ERROR.",
        )
        parser.add_argument(
            "--database",
            action="append",
            choices=tuple(connections),
            dest="databases",
            help="Run database related checks against this database (they do not run otherwise).",
        )

    def handle(self, *app_labels: str, **options: Any) -> None:
        deploy = options["deploy"]
        if options["list_tags"]:
            self.stdout.write("\n".join(sorted(registry.tags_available(deploy))))
            return
        try:
            configs = [apps.get_app_config(label) for label in app_labels] or None
        except LookupError as error:
            raise CommandError(str(error)) from error
        tags = options["tags"]
        unknown = next((tag for tag in tags or () if not checks.tag_exists(tag, deploy)), None)
        if unknown is not None:
            raise CommandError(f'There is no system check with the "{unknown}" tag.')
        self.check(
            app_configs=configs,
            tags=tags,
            display_num_errors=True,
            # Asked for templates alone, their sources are read too: the check that is else one for deployments.
            include_deployment_checks=deploy or tags == [checks.Tags.templates],
            fail_level=getattr(checks, options["fail_level"]),
            databases=options["databases"],
        )
