"""`remove_stale_contenttypes`: delete content types of models that are gone."""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps
from hotclub.contrib.contenttypes.models import ContentType
from hotclub.core.management.base import BaseCommand
from hotclub.db import DEFAULT_DB_ALIAS, connections, router
from hotclub.db.models.deletion import Collector


class Command(BaseCommand):
    """Deletes stale content types, after asking."""

    help = "Deletes stale content types in the database."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--noinput", "--no-input", action="store_false", dest="interactive",
            help="Tells the command NOT to prompt the user for input of any kind.",
        )  # fmt: skip
        parser.add_argument(
            "--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections),
            help='Nominates the database to use. Defaults to the "default" database.',
        )  # fmt: skip
        parser.add_argument(
            "--include-stale-apps", action="store_true", default=False,
            help="Deletes stale content types including ones from previously installed apps that have been removed from "
            "INSTALLED_APPS.",
        )  # fmt: skip

    def handle(self, **options: Any) -> None:
        using = options["database"]
        if not router.allow_migrate_model(using, ContentType):
            return
        ContentType.objects.clear_cache()
        installed = {config.label for config in apps.get_app_configs()}
        for label in sorted(set(ContentType.objects.using(using).values_list("app_label", flat=True))):
            if label not in installed and not options["include_stale_apps"]:
                continue
            stale = [
                content_type
                for content_type in ContentType.objects.using(using).filter(app_label=label)
                if content_type.model_class() is None
            ]
            if stale and self._agreed(stale, using, options):
                for content_type in stale:
                    if options["verbosity"] >= 2:
                        self.stdout.write(
                            f"Deleting stale content type '{content_type.app_label} | {content_type.model}'"
                        )
                    content_type.delete(using=using)

    def _agreed(self, stale: list[Any], using: str, options: dict[str, Any]) -> bool:
        """Ask, with a list of everything that would go."""
        if not options["interactive"]:
            return True
        lines = []
        for content_type in stale:
            lines.append(f"    - Content type for {content_type.app_label}.{content_type.model}")
            collector = Collector(using=using, origin=content_type)
            collector.collect([content_type])
            for model, objects in collector.data.items():
                if model is not ContentType:
                    lines.append(f"    - {len(objects)} {model._meta.label} object(s)")
        self.stdout.write(
            "Some content types in your database are stale and can be deleted.\nAny objects that depend on these content "
            "types will also be deleted.\nThe content types and dependent objects that would be deleted are:\n\n"
            + "\n".join(lines)
            + "\n\nThis list doesn't include any cascade deletions to data outside of Django's\nmodels (uncommon).\n\n"
            "Are you sure you want to delete these content types?\nIf you're unsure, answer 'no'."
        )
        if input("Type 'yes' to continue, or 'no' to cancel: ") == "yes":
            return True
        if options["verbosity"] >= 2:
            self.stdout.write("Stale content types remain.")
        return False
