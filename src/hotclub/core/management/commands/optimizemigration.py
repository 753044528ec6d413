"""`optimizemigration`: write a migration anew with fewer operations."""

from __future__ import annotations

import shutil
import sys
from typing import Any

from hotclub.apps import apps
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.core.management.utils import run_formatters
from hotclub.db import migrations
from hotclub.db.migrations.exceptions import AmbiguityError
from hotclub.db.migrations.loader import MigrationLoader
from hotclub.db.migrations.optimizer import MigrationOptimizer
from hotclub.db.migrations.writer import MigrationWriter
from hotclub.utils.version import get_docs_version


class Command(BaseCommand):
    """Combine the operations of one migration."""

    help = "Optimizes the operations for the named migration."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_label", help="App label of the application to optimize the migration for.")
        parser.add_argument("migration_name", help="Migration name to optimize the operations for.")
        parser.add_argument(
            "--check", action="store_true", help="Exit with a non-zero status if the migration can be optimized."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        label, name, verbosity = options["app_label"], options["migration_name"], options["verbosity"]
        migration = self._found(label, name)
        shorter = MigrationOptimizer().optimize(migration.operations, label)
        if len(migration.operations) == len(shorter):
            if verbosity > 0:
                self.stdout.write("No optimizations possible.")
            return
        if verbosity > 0:
            self.stdout.write(f"Optimizing from {len(migration.operations)} operations to {len(shorter)} operations.")
        if options["check"]:
            sys.exit(1)
        migration.operations = shorter
        writer = MigrationWriter(migration)
        text = writer.as_string()
        if writer.needs_manual_porting:
            writer, text = self._replacement(migration, verbosity)
        with open(writer.path, "w", encoding="utf-8") as file:
            file.write(text)
        run_formatters([writer.path], stderr=self.stderr)
        if verbosity > 0:
            self.stdout.write(self.style.MIGRATE_HEADING(f"Optimized migration {writer.path}"))

    def _found(self, label: str, name: str) -> Any:
        try:
            apps.get_app_config(label)
        except LookupError as error:
            raise CommandError(str(error)) from None
        loader = MigrationLoader(None)
        if label not in loader.migrated_apps:
            raise CommandError(f"App '{label}' does not have migrations.")
        try:
            return loader.get_migration_by_prefix(label, name)
        except AmbiguityError:
            raise CommandError(
                f"More than one migration matches '{name}' in app '{label}'. Please be more specific."
            ) from None
        except KeyError:
            raise CommandError(f"Cannot find a migration matching '{name}' from app '{label}'.") from None

    def _replacement(self, migration: Any, verbosity: int) -> tuple[MigrationWriter, str]:
        """Functions stand in the old file, so it has to stay: the new one replaces it."""
        if migration.replaces:
            raise CommandError(
                "Migration will require manual porting but is already a squashed migration.\nTransition to a normal "
                f"migration first: https://docs.djangoproject.com/en/{get_docs_version()}/topics/migrations/"
                "#squashing-migrations"
            )
        body = {
            "dependencies": migration.dependencies,
            "operations": migration.operations,
            "replaces": [(migration.app_label, migration.name)],
        }
        new = type("Migration", (migrations.Migration,), body)(f"{migration.name}_optimized", migration.app_label)
        writer = MigrationWriter(new)
        text = writer.as_string()
        if verbosity > 0:
            self.stdout.write(
                self.style.MIGRATE_HEADING("Manual porting required")
                + "\n  Your migrations contained functions that must be manually copied over,\n"
                "  as we could not safely copy their implementation.\n"
                "  See the comment at the top of the optimized migration for details."
            )
            if shutil.which("black"):
                self.stdout.write(
                    self.style.WARNING(
                        'Optimized migration couldn\'t be formatted using the "black" command. You can call it manually.'
                    )
                )
        return writer, text
