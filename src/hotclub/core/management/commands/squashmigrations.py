"""`squashmigrations`: put a range of migrations into one."""

from __future__ import annotations

import os
import shutil
from typing import Any

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.core.management.utils import run_formatters
from hotclub.db import migrations
from hotclub.db.migrations.exceptions import AmbiguityError
from hotclub.db.migrations.loader import MigrationLoader
from hotclub.db.migrations.migration import SwappableTuple
from hotclub.db.migrations.optimizer import MigrationOptimizer
from hotclub.db.migrations.writer import MigrationWriter


class Command(BaseCommand):
    """Write one migration that replaces several."""

    help = "Squashes an existing set of migrations (from first until specified) into a single new one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_label", help="App label of the application to squash migrations for.")
        parser.add_argument(
            "start_migration_name",
            nargs="?",
            help="Migrations will be squashed starting from and including this migration.",
        )
        parser.add_argument("migration_name", help="Migrations will be squashed until and including this migration.")
        parser.add_argument(
            "--no-optimize", action="store_true", help="Do not try to optimize the squashed operations."
        )
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Tells Django to NOT prompt the user for input of any kind.",
        )
        parser.add_argument("--squashed-name", help="Sets the name of the new squashed migration.")
        parser.add_argument(
            "--no-header",
            action="store_false",
            dest="include_header",
            help="Do not add a header comment to the new squashed migration.",
        )

    def handle(self, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        self.interactive = options["interactive"]
        label = options["app_label"]
        try:
            apps.get_app_config(label)
        except LookupError as error:
            raise CommandError(str(error)) from None
        loader = MigrationLoader(None)
        if label not in loader.migrated_apps:
            raise CommandError(f"App '{label}' does not have migrations (so squashmigrations on it makes no sense)")
        last = self.find_migration(loader, label, options["migration_name"])
        squashed = self._range(loader, label, last, options["start_migration_name"])
        if self.verbosity > 0 or self.interactive:
            self.stdout.write(self.style.MIGRATE_HEADING("Will squash the following migrations:"))
            for migration in squashed:
                self.stdout.write(f" - {migration.name}")
            if self.interactive and not self._confirmed():
                return
        new = self._squashed(loader, label, squashed, options)
        writer = MigrationWriter(new, options["include_header"])
        if os.path.exists(writer.path):
            raise CommandError(f"Migration {new.name} already exists. Use a different name.")
        text = writer.as_string()
        with open(writer.path, "w", encoding="utf-8") as file:
            file.write(text)
        run_formatters([writer.path], stderr=self.stderr)
        self._tell(writer)

    def _confirmed(self) -> bool:
        answer = input("Do you wish to proceed? [y/N] ")
        while not answer or answer[0].lower() not in "yn":
            if not answer:
                return False
            answer = input("Please answer yes or no: ")
        return answer[0].lower() == "y"

    def find_migration(self, loader: MigrationLoader, app_label: str, name: str) -> Any:
        """Give the migration a prefix means."""
        try:
            return loader.get_migration_by_prefix(app_label, name)
        except AmbiguityError:
            raise CommandError(
                f"More than one migration matches '{name}' in app '{app_label}'. Please be more specific."
            ) from None
        except KeyError:
            raise CommandError(f"Cannot find a migration matching '{name}' from app '{app_label}'.") from None

    def _range(self, loader: MigrationLoader, label: str, last: Any, start_name: str | None) -> list[Any]:
        keys = loader.graph.forwards_plan((last.app_label, last.name))
        found = [loader.get_migration(*key) for key in keys if key[0] == label]
        if not start_name:
            return found
        start = self.find_migration(loader, label, start_name)
        names = [migration.name for migration in found]
        if start.name not in names:
            raise CommandError(
                f"The migration '{start}' cannot be found. Maybe it comes after the migration '{last}'?\nHave a look at:\n"
                f"  python manage.py showmigrations {label}\nto debug this issue."
            )
        return found[names.index(start.name) :]

    def _squashed(self, loader: MigrationLoader, label: str, squashed: list[Any], options: dict[str, Any]) -> Any:
        operations: list[Any] = []
        dependencies: set[Any] = set()
        own = {(label, migration.name) for migration in squashed}
        replaced_own = {key for migration in squashed for key in migration.replaces}
        for position, migration in enumerate(squashed):
            operations.extend(migration.operations)
            for dependency in migration.dependencies:
                if isinstance(dependency, SwappableTuple):
                    if dependency.setting == settings.AUTH_USER_MODEL:
                        dependencies.add(("__setting__", "AUTH_USER_MODEL"))
                    else:
                        dependencies.add(dependency)
                elif dependency[0] != label or (position == 0 and tuple(dependency) not in own | replaced_own):
                    dependencies.add(tuple(dependency))
        shorter = self._optimized(operations, label, options["no_optimize"])
        # The new one replaces what was named, squashed ones too: they may be applied under their own name.
        replaces = [(migration.app_label, migration.name) for migration in squashed]
        first, last = squashed[0], squashed[-1]
        if options["squashed_name"]:
            number = first.name.split("_", 1)[0]
            number = number if number.isdigit() and len(number) == 4 else "0001"
            name = f"{number}_{options['squashed_name']}"
        elif options["start_migration_name"]:
            name = f"{first.name}_squashed_{last.name}"
        else:
            name = f"0001_squashed_{last.name}"
        body = {"dependencies": sorted(dependencies), "operations": shorter, "replaces": replaces}
        new = type("Migration", (migrations.Migration,), body)(name, label)
        if not any(dependency[0] == label for dependency in dependencies) and first.initial:
            new.initial = True
        return new

    def _optimized(self, operations: list[Any], label: str, skip: bool) -> list[Any]:
        if skip:
            if self.verbosity > 0:
                self.stdout.write(self.style.MIGRATE_HEADING("(Skipping optimization.)"))
            return operations
        if self.verbosity > 0:
            self.stdout.write(self.style.MIGRATE_HEADING("Optimizing..."))
        shorter = MigrationOptimizer().optimize(operations, label)
        if self.verbosity > 0:
            if len(shorter) == len(operations):
                self.stdout.write("  No optimizations possible.")
            else:
                self.stdout.write(f"  Optimized from {len(operations)} operations to {len(shorter)} operations.")
        return shorter

    def _tell(self, writer: MigrationWriter) -> None:
        if self.verbosity < 1:
            return
        self.stdout.write(
            self.style.MIGRATE_HEADING(f"Created new squashed migration {writer.path}")
            + "\n  You should commit this migration but leave the old ones in place;\n"
            "  the new migration will be used for new installs. Once you are sure\n"
            "  all instances of the codebase have applied the migrations you squashed,\n"
            "  you can delete them."
        )
        if not writer.needs_manual_porting:
            return
        self.stdout.write(
            self.style.MIGRATE_HEADING("Manual porting required")
            + "\n  Your migrations contained functions that must be manually copied over,\n"
            "  as we could not safely copy their implementation.\n"
            "  See the comment at the top of the squashed migration for details."
        )
        if shutil.which("black"):
            self.stdout.write(
                self.style.WARNING(
                    'Squashed migration couldn\'t be formatted using the "black" command. You can call it manually.'
                )
            )
