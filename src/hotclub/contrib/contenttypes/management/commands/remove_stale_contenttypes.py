"""Removes the rows of models that are gone, after showing what would go with them."""

from __future__ import annotations

import itertools
from typing import Any

from hotclub.apps import apps
from hotclub.contrib.contenttypes.models import ContentType
from hotclub.core.management.base import BaseCommand
from hotclub.db import DEFAULT_DB_ALIAS, connections, router
from hotclub.db.models.deletion import Collector


class Command(BaseCommand):
    help = "Deletes stale content types in the database."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Tells hotclub to NOT prompt the user for input of any kind.",
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Nominates the database to use. Defaults to the "default" database.',
        )
        parser.add_argument(
            "--include-stale-apps",
            action="store_true",
            default=False,
            help=(
                "Deletes stale content types including ones from previously installed apps that have been removed "
                "from INSTALLED_APPS."
            ),
        )

    def handle(self, **options: Any) -> None:
        using = options["database"]
        verbosity = options["verbosity"]
        if not router.allow_migrate_model(using, ContentType):
            return
        ContentType.objects.clear_cache()
        rows = ContentType.objects.using(using).order_by("app_label", "model")
        for app_label, group in itertools.groupby(rows, lambda row: row.app_label):
            if not options["include_stale_apps"] and app_label not in apps.app_configs:
                continue
            stale = [row for row in group if row.model_class() is None]
            if not stale:
                continue
            if options["interactive"] and not self._confirmed(stale, using):
                if verbosity >= 2:
                    self.stdout.write("Stale content types remain.")
                continue
            for row in stale:
                if verbosity >= 2:
                    self.stdout.write(f"Deleting stale content type '{row.app_label} | {row.model}'")
                row.delete()

    def _confirmed(self, stale: list[Any], using: str) -> bool:
        lines = []
        for row in stale:
            lines.append(f"    - Content type for {row.app_label}.{row.model}")
            collector = Collector(using=using, force_collection=True)
            collector.collect([row])
            for model, objects in collector.data.items():
                if objects and model is not ContentType:
                    lines.append(f"    - {len(objects)} {model._meta.label} object(s)")
        self.stdout.write(
            "Some content types in your database are stale and can be deleted.\n"
            "Any objects that depend on these content types will also be deleted.\n"
            "The content types and dependent objects that would be deleted are:\n\n"
            + "\n".join(lines)
            + "\n\nThis list doesn't include any cascade deletions to data outside of\n"
            "hotclub's models (uncommon).\n\n"
            "Are you sure you want to delete these content types?\n"
            "If you're unsure, answer 'no'."
        )
        return input("Type 'yes' to continue, or 'no' to cancel: ") == "yes"
