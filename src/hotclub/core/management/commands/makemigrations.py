"""`makemigrations`: write the migrations that lead to the models as they are."""

from __future__ import annotations

import os
import sys
import warnings
from itertools import takewhile
from typing import Any

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser, no_translations
from hotclub.core.management.utils import run_formatters
from hotclub.db import DEFAULT_DB_ALIAS, OperationalError, connections, router
from hotclub.db.migrations import Migration
from hotclub.db.migrations.autodetector import MigrationAutodetector
from hotclub.db.migrations.loader import MigrationLoader
from hotclub.db.migrations.optimizer import MigrationOptimizer
from hotclub.db.migrations.questioner import (
    InteractiveMigrationQuestioner,
    MigrationQuestioner,
    NonInteractiveMigrationQuestioner,
)
from hotclub.db.migrations.state import ProjectState
from hotclub.db.migrations.utils import get_migration_name_timestamp
from hotclub.db.migrations.writer import MigrationWriter


class Command(BaseCommand):
    """Compare models and migrations, and write what is missing."""

    autodetector = MigrationAutodetector
    help = "Creates new migration(s) for apps."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "args", metavar="app_label", nargs="*", help="Specify the app label(s) to create migrations for."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Just show what migrations would be made; don't actually write them."
        )
        parser.add_argument("--merge", action="store_true", help="Enable fixing of migration conflicts.")
        parser.add_argument("--empty", action="store_true", help="Create an empty migration.")
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Tells Django to NOT prompt the user for input of any kind.",
        )
        parser.add_argument("-n", "--name", help="Use this name for migration file(s).")
        parser.add_argument(
            "--no-header",
            action="store_false",
            dest="include_header",
            help="Do not add header comments to new migration file(s).",
        )
        parser.add_argument(
            "--check",
            action="store_true",
            dest="check_changes",
            help="Exit with a non-zero status if model changes are missing migrations and don't actually write them. "
            "Implies --dry-run.",
        )
        parser.add_argument(
            "--scriptable",
            action="store_true",
            dest="scriptable",
            help="Divert log output and input prompts to stderr, writing only paths of generated migration files to "
            "stdout.",
        )
        parser.add_argument(
            "--update",
            action="store_true",
            dest="update",
            help="Merge model changes into the latest migration and optimize the resulting operations.",
        )

    @property
    def log_output(self) -> Any:
        """Where messages go: away from the paths, if those are read by a script."""
        return self.stderr if self.scriptable else self.stdout

    def log(self, msg: str) -> None:
        """Tell the user."""
        self.log_output.write(msg)

    @no_translations
    def handle(self, *app_labels: str, **options: Any) -> None:
        self.written_files: list[str] = []
        self.verbosity = options["verbosity"]
        self.interactive = options["interactive"]
        self.check_changes = options["check_changes"]
        self.dry_run = options["dry_run"] or self.check_changes
        self.merge = options["merge"]
        self.empty = options["empty"]
        self.migration_name = options["name"]
        if self.migration_name and not self.migration_name.isidentifier():
            raise CommandError("The migration name must be a valid Python identifier.")
        self.include_header = options["include_header"]
        self.scriptable = options["scriptable"]
        # A script must not be mixed up by questions either.
        if self.scriptable:
            self.stderr.style_func = None
        labels = set(app_labels)
        self._check_labels(labels)
        loader = MigrationLoader(None, ignore_no_migrations=True)
        self._check_history(loader)
        conflicts = {
            label: names for label, names in loader.detect_conflicts().items() if not labels or label in labels
        }
        if conflicts and not self.merge:
            listed = "; ".join(f"{', '.join(names)} in {label}" for label, names in conflicts.items())
            raise CommandError(
                f"Conflicting migrations detected; multiple leaf nodes in the migration graph: ({listed}).\nTo fix them "
                "run 'python manage.py makemigrations --merge'"
            )
        if self.merge and not conflicts:
            self.log("No conflicts detected to merge.")
            return
        if self.merge:
            self.handle_merge(loader, conflicts)
            return
        detector = self.autodetector(loader.project_state(), ProjectState.from_apps(apps), self._questioner(labels))
        if self.empty:
            self._write_empty(labels, detector, loader)
            return
        changes = detector.changes(
            graph=loader.graph,
            trim_to_apps=labels or None,
            convert_apps=labels or None,
            migration_name=self.migration_name,
        )
        if not changes:
            self._tell_no_changes(labels)
            return
        if options["update"]:
            self.write_to_last_migration(changes)
        else:
            self.write_migration_files(changes)
        if self.check_changes:
            sys.exit(1)

    # -- before --

    def _check_labels(self, labels: set[str]) -> None:
        bad = False
        for label in sorted(labels):
            try:
                apps.get_app_config(label)
            except LookupError as error:
                self.stderr.write(str(error))
                bad = True
        if bad:
            sys.exit(2)

    def _check_history(self, loader: MigrationLoader) -> None:
        """Refuse to build on a database whose records contradict the migrations."""
        aliases = set(connections) if settings.DATABASE_ROUTERS else {DEFAULT_DB_ALIAS}
        for alias in sorted(aliases):
            connection = connections[alias]
            if connection.settings_dict["ENGINE"] in ("hotclub.db.backends.dummy", "django.db.backends.dummy"):
                continue
            # Only databases to which a model is routed have records to check.
            if not any(
                router.allow_migrate(connection.alias, app_config.label, model_name=model._meta.object_name)
                for app_config in apps.get_app_configs()
                for model in app_config.get_models()
            ):
                continue
            try:
                loader.check_consistent_history(connection)
            except OperationalError as error:
                warnings.warn(
                    "Got an error checking a consistent migration history performed for database connection "
                    f"'{alias}': {error}",
                    RuntimeWarning,
                    stacklevel=2,
                )

    def _questioner(self, labels: set[str]) -> MigrationQuestioner:
        if self.interactive:
            return InteractiveMigrationQuestioner(
                specified_apps=labels, dry_run=self.dry_run, prompt_output=self.log_output
            )
        return NonInteractiveMigrationQuestioner(
            specified_apps=labels, dry_run=self.dry_run, verbosity=self.verbosity, log=self.log
        )

    def _write_empty(self, labels: set[str], detector: Any, loader: MigrationLoader) -> None:
        if not labels:
            raise CommandError("You must supply at least one app label when using --empty.")
        changes = {label: [Migration("custom", label)] for label in labels}
        changes = detector.arrange_for_graph(changes=changes, graph=loader.graph, migration_name=self.migration_name)
        self.write_migration_files(changes)

    def _tell_no_changes(self, labels: set[str]) -> None:
        if self.verbosity < 1:
            return
        if not labels:
            self.log("No changes detected")
        elif len(labels) == 1:
            self.log(f"No changes detected in app '{labels.copy().pop()}'")
        else:
            listed = "', '".join(sorted(labels))
            self.log(f"No changes detected in apps '{listed}'")

    # -- writing --

    @staticmethod
    def get_relative_path(path: str) -> str:
        """Give a path as seen from the current folder, where that is possible and shorter."""
        try:
            shown = os.path.relpath(path)
        except ValueError:
            return path
        return path if shown.startswith("..") else shown

    def write_migration_files(
        self, changes: dict[str, list[Any]], update_previous_migration_paths: dict[str, str] | None = None
    ) -> None:
        """Write new migrations, or show them in a dry run."""
        written: set[str] = set()
        for label, migrations in changes.items():
            if self.verbosity >= 1:
                self.log(self.style.MIGRATE_HEADING(f"Migrations for '{label}':"))
            for migration in migrations:
                writer = MigrationWriter(migration, self.include_header)
                if self.verbosity >= 1:
                    self.log(f"  {self.style.MIGRATE_LABEL(self.get_relative_path(writer.path))}")
                    for operation in migration.operations:
                        self.log(f"    {operation.formatted_description()}")
                if self.scriptable:
                    self.stdout.write(writer.path)
                if self.dry_run:
                    if self.verbosity == 3:
                        self.log(self.style.MIGRATE_HEADING(f"Full migrations file '{writer.filename}':"))
                        self.log(writer.as_string())
                    continue
                folder = os.path.dirname(writer.path)
                if label not in written:
                    os.makedirs(folder, exist_ok=True)
                    init = os.path.join(folder, "__init__.py")
                    if not os.path.isfile(init):
                        open(init, "w").close()
                    written.add(label)
                text = writer.as_string()
                with open(writer.path, "w", encoding="utf-8") as file:
                    file.write(text)
                self.written_files.append(writer.path)
                if update_previous_migration_paths:
                    self._replace_previous(label, writer, update_previous_migration_paths[label])
        run_formatters(self.written_files, stderr=self.stderr)

    def _replace_previous(self, label: str, writer: MigrationWriter, previous: str) -> None:
        shown = self.get_relative_path(writer.path)
        old = self.get_relative_path(previous)
        if writer.needs_manual_porting:
            self.log(
                self.style.WARNING(
                    f"Updated migration {shown} requires manual porting.\nPrevious migration {old} was kept and must be "
                    "deleted after porting functions manually."
                )
            )
        elif os.path.abspath(previous) != os.path.abspath(writer.path):
            os.remove(previous)
            self.log(f"Deleted {old}")

    def write_to_last_migration(self, changes: dict[str, list[Any]]) -> None:
        """Put the changes of an app into its last migration, if nobody has that yet."""
        loader = MigrationLoader(connections[DEFAULT_DB_ALIAS])
        new: dict[str, list[Any]] = {}
        paths: dict[str, str] = {}
        for label, app_migrations in changes.items():
            last = self._updatable(loader, label)
            for migration in app_migrations:
                last.operations.extend(migration.operations)
                for dependency in migration.dependencies:
                    if dependency[0] != label and dependency not in last.dependencies:
                        last.dependencies.append(dependency)
            paths[label] = MigrationWriter(last).path
            last.operations = MigrationOptimizer().optimize(last.operations, label)
            number = "".join(takewhile(str.isdigit, last.name))
            suffix = self.migration_name or last.suggest_name()
            if self.migration_name is None and last.initial:
                suffix = "initial_updated"
            last.name = f"{number}_{suffix}" if number else suffix
            if MigrationWriter(last).path == paths[label]:
                last.name += "_updated"
            new[label] = [last]
        self.write_migration_files(new, paths)

    def _updatable(self, loader: MigrationLoader, label: str) -> Any:
        leaves = loader.graph.leaf_nodes(app=label)
        if not leaves:
            raise CommandError(f"App {label} has no migration, cannot update last migration.")
        key = leaves[0]
        migration = loader.graph.nodes[key]
        if migration.replaces:
            raise CommandError(f"Cannot update squash migration '{migration}'.")
        if key in (loader.applied_migrations or {}):
            raise CommandError(f"Cannot update applied migration '{migration}'.")
        dependants = [str(loader.graph.nodes[child.key]) for child in sorted(loader.graph.node_map[key].children)]
        if dependants:
            listed = ", ".join(f"'{name}'" for name in dependants)
            raise CommandError(f"Cannot update migration '{migration}' that migrations {listed} depend on.")
        return migration

    # -- merging --

    def handle_merge(self, loader: MigrationLoader, conflicts: dict[str, list[str]]) -> None:
        """Write a migration that joins the branches of each app, if the developer agrees."""
        questioner: MigrationQuestioner
        if self.interactive:
            questioner = InteractiveMigrationQuestioner(prompt_output=self.log_output)
        else:
            questioner = MigrationQuestioner(defaults={"ask_merge": True})
        for label, names in conflicts.items():
            branches = [(loader.get_migration(label, name), self._branch(loader, label, name)) for name in names]
            shared = _shared_start([keys for _, keys in branches])
            if not shared:
                raise ValueError(f"Could not find common ancestor of {names}")
            if self.verbosity > 0:
                self.log(self.style.MIGRATE_HEADING(f"Merging {label}"))
                for migration, keys in branches:
                    self.log(self.style.MIGRATE_LABEL(f"  Branch {migration.name}"))
                    for key in keys[shared:]:
                        for operation in loader.get_migration(*key).operations:
                            self.log(f"    {operation.formatted_description()}")
            if questioner.ask_merge(label):
                self._write_merge(label, [migration for migration, _ in branches])

    def _branch(self, loader: MigrationLoader, label: str, name: str) -> list[Any]:
        return [key for key in loader.graph.forwards_plan((label, name)) if key[0] == label]

    def _write_merge(self, label: str, branches: list[Any]) -> None:
        numbers = [MigrationAutodetector.parse_number(migration.name) for migration in branches]
        biggest = max((number for number in numbers if number is not None), default=1)
        name = self.migration_name
        if not name:
            name = "merge_" + "_".join(sorted(migration.name for migration in branches))
            if len(name) > 47:  # a name that is still readable
                name = f"merge_{get_migration_name_timestamp()}"
        merged = Migration(f"{biggest + 1:04d}_{name}", label)
        merged.dependencies = [(label, migration.name) for migration in branches]
        writer = MigrationWriter(merged, self.include_header)
        if self.dry_run:
            if self.verbosity == 3:
                self.log(self.style.MIGRATE_HEADING(f"Full merge migration file '{writer.filename}':"))
                self.log(writer.as_string())
            return
        with open(writer.path, "w", encoding="utf-8") as file:
            file.write(writer.as_string())
        run_formatters([writer.path], stderr=self.stderr)
        if self.verbosity > 0:
            self.log(f"\nCreated new merge migration {writer.path}")
        if self.scriptable:
            self.stdout.write(writer.path)


def _shared_start(branches: list[list[Any]]) -> int:
    """Count the migrations with which all branches begin."""
    shared = 0
    for step in zip(*branches, strict=False):
        if any(key != step[0] for key in step):
            break
        shared += 1
    return shared
