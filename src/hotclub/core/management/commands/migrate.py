"""`migrate`: bring a database to the state of the migrations."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from hotclub.apps import apps
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser, no_translations
from hotclub.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from hotclub.db import DEFAULT_DB_ALIAS, connections, router
from hotclub.db.backends.utils import truncate_name
from hotclub.db.migrations.autodetector import MigrationAutodetector
from hotclub.db.migrations.exceptions import AmbiguityError, SquashCycleError
from hotclub.db.migrations.executor import MigrationExecutor
from hotclub.db.migrations.loader import MigrationLoader
from hotclub.db.migrations.state import LateStateApps, ModelState, ProjectState
from hotclub.utils.module_loading import module_has_submodule
from hotclub.utils.text import Truncator


class Command(BaseCommand):
    """Apply or undo migrations, and create the tables of apps that have none."""

    autodetector = MigrationAutodetector
    help = "Updates database schema. Manages both apps with migrations and those without."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_label", nargs="?", help="App label of an application to synchronize the state.")
        parser.add_argument(
            "migration_name",
            nargs="?",
            help='Database state will be brought to the state after that migration. Use the name "zero" to unapply '
            "all migrations.",
        )
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Tells Django to NOT prompt the user for input of any kind.",
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Nominates a database to synchronize. Defaults to the "default" database.',
        )
        parser.add_argument("--fake", action="store_true", help="Mark migrations as run without actually running them.")
        parser.add_argument(
            "--fake-initial",
            action="store_true",
            help="Detect if tables already exist and fake-apply initial migrations if so. Make sure that the current "
            "database schema matches your initial migration before using this flag. Only existing table names are "
            "checked.",
        )
        parser.add_argument(
            "--plan", action="store_true", help="Shows a list of the migration actions that will be performed."
        )
        parser.add_argument("--run-syncdb", action="store_true", help="Creates tables for apps without migrations.")
        parser.add_argument(
            "--check",
            action="store_true",
            dest="check_unapplied",
            help="Exits with a non-zero status if unapplied migrations exist and does not actually apply migrations.",
        )
        parser.add_argument(
            "--prune", action="store_true", dest="prune", help="Delete nonexistent migrations from the migration table."
        )

    def get_check_kwargs(self, options: dict[str, Any]) -> dict[str, Any]:
        kwargs = super().get_check_kwargs(options)
        return {**kwargs, "databases": [options["database"]]}

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        self.interactive = options["interactive"]
        self._import_management_modules()
        connection = connections[options["database"]]
        connection.prepare_database()
        try:
            executor = MigrationExecutor(connection, self.migration_progress_callback)
        except SquashCycleError as error:
            raise CommandError(str(error)) from error
        executor.loader.check_consistent_history(connection)
        self._refuse_conflicts(executor.loader)
        run_syncdb = bool(options["run_syncdb"] and executor.loader.unmigrated_apps)
        if options["run_syncdb"] and options["app_label"]:
            run_syncdb = True
        target_app_labels_only = True
        label = self._checked_label(executor.loader, options["app_label"], run_syncdb)
        if options["app_label"] and options["migration_name"]:
            targets: list[Any] = [self._named_target(executor.loader, options["app_label"], options["migration_name"])]
            target_app_labels_only = False
        elif options["app_label"]:
            targets = [key for key in executor.loader.graph.leaf_nodes() if key[0] == options["app_label"]]
        else:
            targets = executor.loader.graph.leaf_nodes()
        if options["prune"]:
            self._prune(executor, options["app_label"])
            return
        plan = executor.migration_plan(targets)
        if options["plan"]:
            self._show_plan(plan)
            if options["check_unapplied"] and plan:
                sys.exit(1)
            return
        if options["check_unapplied"]:
            if plan:
                sys.exit(1)
            return
        self._migrate(connection, executor, targets, plan, target_app_labels_only, run_syncdb, label, options)

    # -- what is asked for --

    def _import_management_modules(self) -> None:
        """Let each app connect its handlers of the migrate signals."""
        for app_config in apps.get_app_configs():
            if module_has_submodule(app_config.module, "management"):
                import_module(f"{app_config.name}.management")

    def _refuse_conflicts(self, loader: MigrationLoader) -> None:
        conflicts = loader.detect_conflicts()
        if conflicts:
            listed = "; ".join(f"{', '.join(names)} in {label}" for label, names in conflicts.items())
            raise CommandError(
                f"Conflicting migrations detected; multiple leaf nodes in the migration graph: ({listed}).\n"
                "To fix them run 'python manage.py makemigrations --merge'"
            )

    def _checked_label(self, loader: MigrationLoader, label: str | None, run_syncdb: bool) -> str | None:
        if not label:
            return None
        try:
            apps.get_app_config(label)
        except LookupError as error:
            raise CommandError(str(error)) from None
        if run_syncdb:
            if label in loader.migrated_apps:
                raise CommandError(f"Can't use run_syncdb with app '{label}' as it has migrations.")
        elif label not in loader.migrated_apps:
            raise CommandError(f"App '{label}' does not have migrations.")
        return label

    def _named_target(self, loader: MigrationLoader, label: str, name: str) -> tuple[str, str | None]:
        if name == "zero":
            return label, None
        try:
            migration = loader.get_migration_by_prefix(label, name)
        except AmbiguityError:
            raise CommandError(
                f"More than one migration matches '{name}' in app '{label}'. Please be more specific."
            ) from None
        except KeyError:
            raise CommandError(f"Cannot find a migration matching '{name}' from app '{label}'.") from None
        target = (label, migration.name)
        # Named is one that a squashed migration replaces: show its graph without the squashed one.
        if target not in loader.graph.nodes and target in loader.replacements:
            incomplete = loader.replacements[target]
            return incomplete.replaces[-1]  # type: ignore[no-any-return]
        return target

    # -- pruning and planning --

    def _prune(self, executor: MigrationExecutor, label: str | None) -> None:
        if not label:
            raise CommandError("Migrations can be pruned only when an app is specified.")
        loader = executor.loader
        if self.verbosity > 0:
            self.stdout.write("Pruning migrations:", self.style.MIGRATE_HEADING)
        disk = loader.disk_migrations or {}
        gone = sorted(key for key in set(loader.applied_migrations or {}) - set(disk) if key[0] == label)
        if not gone:
            if self.verbosity > 0:
                self.stdout.write("  No migrations to prune.")
            return
        squashed = sorted(
            key
            for key, migration in disk.items()
            if key[0] == label and migration.replaces and set(migration.replaces) & set(gone)
        )
        if squashed:
            self.stdout.write(
                self.style.NOTICE(
                    "  Cannot use --prune because the following squashed migrations have their 'replaces' attributes and "
                    "may not be recorded as applied:"
                )
            )
            for app, name in squashed:
                self.stdout.write(f"    {app}.{name}")
            self.stdout.write(
                self.style.NOTICE(
                    "  Re-run 'manage.py migrate' if they are not marked as applied, and remove 'replaces' attributes in "
                    "their Migration classes."
                )
            )
            return
        for app, name in gone:
            if self.verbosity > 0:
                self.stdout.write(self.style.MIGRATE_LABEL(f"  Pruning {app}.{name}"), ending="")
            executor.recorder.record_unapplied(app, name)
            if self.verbosity > 0:
                self.stdout.write(self.style.SUCCESS(" OK"))

    def _show_plan(self, plan: Any) -> None:
        self.stdout.write("Planned operations:", self.style.MIGRATE_LABEL)
        if not plan:
            self.stdout.write("  No planned migration operations.")
            return
        for migration, backwards in plan:
            self.stdout.write(str(migration), self.style.MIGRATE_HEADING)
            for operation in migration.operations:
                message, is_error = self.describe_operation(operation, backwards)
                self.stdout.write(f"    {message}", self.style.WARNING if is_error else None)

    @staticmethod
    def describe_operation(operation: Any, backwards: bool) -> tuple[str, bool]:
        """Say in a line what an operation will do, and whether it cannot be done."""
        prefix = ""
        is_error = False
        action: Any
        if hasattr(operation, "code"):
            code = operation.reverse_code if backwards else operation.code
            action = (code.__doc__ or "") if code else None
        elif hasattr(operation, "sql"):
            action = operation.reverse_sql if backwards else operation.sql
        else:
            action = ""
            if backwards:
                prefix = "Undo "
        if action is not None:
            action = str(action).replace("\n", "")
        elif backwards:
            action, is_error = "IRREVERSIBLE", True
        if action:
            action = f" -> {action}"
        shortened = Truncator(action)
        return f"{prefix}{operation.describe()}{shortened.chars(40)}", is_error

    # -- running --

    def _migrate(
        self,
        connection: Any,
        executor: MigrationExecutor,
        targets: Any,
        plan: Any,
        label_only: bool,
        run_syncdb: bool,
        label: str | None,
        options: dict[str, Any],
    ) -> None:
        self._announce(executor.loader, targets, label_only, run_syncdb, label)
        before = executor._create_project_state(with_applied_migrations=True)
        pre_migrate_apps = LateStateApps(before)
        signal_kwargs = {"stdout": self.stdout, "plan": plan}
        emit_pre_migrate_signal(
            self.verbosity, self.interactive, connection.alias, apps=pre_migrate_apps, **signal_kwargs
        )
        if run_syncdb:
            if self.verbosity >= 1:
                self.stdout.write(self.style.MIGRATE_HEADING("Synchronizing apps without migrations:"))
            self.sync_apps(connection, {label} if label else executor.loader.unmigrated_apps)
        if self.verbosity >= 1:
            self.stdout.write(self.style.MIGRATE_HEADING("Running migrations:"))
        if not plan and self.verbosity >= 1:
            self.stdout.write("  No migrations to apply.")
            self._hint_at_changes(executor)
        after = executor.migrate(
            targets, plan=plan, state=before.clone(), fake=options["fake"], fake_initial=options["fake_initial"]
        )
        post_migrate_apps = self._post_migrate_apps(after)
        emit_post_migrate_signal(
            self.verbosity, self.interactive, connection.alias, apps=post_migrate_apps, **signal_kwargs
        )

    def _post_migrate_apps(self, state: ProjectState) -> Any:
        """Give the registry for `post_migrate`: the migrated models, and apps without migrations as they are now."""
        return LateStateApps(_with_current_models(state), complete=False)

    def _announce(
        self, loader: MigrationLoader, targets: Any, label_only: bool, run_syncdb: bool, label: str | None
    ) -> None:
        if self.verbosity < 1:
            return
        heading, item = self.style.MIGRATE_HEADING, self.style.MIGRATE_LABEL
        self.stdout.write(heading("Operations to perform:"))
        if run_syncdb:
            if label:
                self.stdout.write(item(f"  Synchronize unmigrated app: {label}"))
            else:
                names = ", ".join(sorted(loader.unmigrated_apps)) or "(none)"
                self.stdout.write(item("  Synchronize unmigrated apps: ") + names)
        if label_only:
            names = ", ".join(sorted({app for app, _ in targets})) or "(none)"
            self.stdout.write(item("  Apply all migrations: ") + names)
        elif targets[0][1] is None:
            self.stdout.write(item("  Unapply all migrations: ") + str(targets[0][0]))
        else:
            self.stdout.write(item("  Target specific migration: ") + f"{targets[0][1]}, from {targets[0][0]}")

    def _hint_at_changes(self, executor: MigrationExecutor) -> None:
        """Say which apps' models differ from their migrations."""
        detector = self.autodetector(executor.loader.project_state(), ProjectState.from_apps(apps))
        changes = detector.changes(graph=executor.loader.graph)
        if changes:
            listed = ", ".join(repr(label) for label in sorted(changes))
            self.stdout.write(
                self.style.NOTICE(
                    f"  Your models in app(s): {listed} have changes that are not yet reflected in a migration, and so "
                    "won't be applied."
                )
            )
            self.stdout.write(
                self.style.NOTICE(
                    "  Run 'manage.py makemigrations' to make new migrations, and then re-run 'manage.py migrate' to "
                    "apply them."
                )
            )

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        """Tell what the executor does."""
        if self.verbosity < 1:
            return
        show_time = self.verbosity > 1
        if action in ("apply_start", "unapply_start"):
            self.start = time.monotonic()
            word = "Applying" if action == "apply_start" else "Unapplying"
            self.stdout.write(f"  {word} {migration}...", ending="")
            self.stdout.flush()
        elif action in ("apply_success", "unapply_success"):
            elapsed = f" ({time.monotonic() - self.start:.3f}s)" if show_time else ""
            word = " FAKED" if fake else " OK"
            self.stdout.write(self.style.SUCCESS(f"{word}{elapsed}"))

    # -- apps without migrations --

    def sync_apps(self, connection: Any, app_labels: Any) -> None:
        """Create the tables of apps without migrations."""
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
        manifest = [
            model
            for app_config in apps.get_app_configs()
            if app_config.models_module is not None and app_config.label in app_labels
            for model in router.get_migratable_models(app_config, connection.alias, include_auto_created=False)
            if self._table_wanted(connection, tables, model)
        ]
        if self.verbosity >= 1:
            self.stdout.write("  Creating tables...")
        with connection.schema_editor() as editor:
            for model in manifest:
                if not model._meta.can_migrate(connection):
                    continue
                if self.verbosity >= 3:
                    self.stdout.write(f"    Processing {model._meta.app_label}.{model._meta.object_name} model")
                if self.verbosity >= 1:
                    self.stdout.write(f"    Creating table {model._meta.db_table}")
                editor.create_model(model)
            if self.verbosity >= 1:
                self.stdout.write("    Running deferred SQL...")

    def _table_wanted(self, connection: Any, tables: list[str], model: Any) -> bool:
        options = model._meta
        longest = connection.ops.max_name_length()
        convert = connection.introspection.identifier_converter
        exists = convert(truncate_name(options.db_table, longest)) in tables
        made_for = (
            options.auto_created and convert(truncate_name(options.auto_created._meta.db_table, longest)) in tables
        )
        return not (exists or made_for)


def _with_current_models(state: ProjectState) -> ProjectState:
    """Put the current classes of apps without migrations in, relations included."""
    state = state.clone()
    for model_state in _current_states(state):
        state.add_model(model_state)
    state.real_apps = set()
    return state


def _current_states(state: ProjectState) -> Iterator[ModelState]:
    for label in sorted(state.real_apps):
        for model in apps.get_app_config(label).get_models():
            yield ModelState.from_model(model)
