"""Reading migrations from disk, and their state from the database."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterable
from importlib import import_module, reload
from typing import Any

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.db.migrations.exceptions import (
    AmbiguityError,
    BadMigrationError,
    InconsistentMigrationHistory,
    NodeNotFoundError,
    SquashCycleError,
)
from hotclub.db.migrations.graph import Key, MigrationGraph
from hotclub.db.migrations.recorder import MigrationRecorder

MIGRATIONS_MODULE_NAME = "migrations"


class MigrationLoader:
    """The migrations of all installed apps, which of them are applied, and their graph.

    Args:
        connection: the database; None: what is applied is not asked.
        load: read and build at once.
        ignore_no_migrations: treat an app without a migrations package as one with an empty one, if it is named.
        replace_migrations: put squashed migrations in the place of those they replace.

    Attributes:
        disk_migrations: all migrations by key.
        applied_migrations: the records of the applied ones by key.
        graph: how they depend on one another.
        unmigrated_apps, migrated_apps: app labels without and with migrations.
    """

    def __init__(
        self, connection: Any, load: bool = True, ignore_no_migrations: bool = False, replace_migrations: bool = True
    ) -> None:
        self.connection = connection
        self.disk_migrations: dict[Key, Any] | None = None
        self.applied_migrations: dict[Key, Any] | None = None
        self.ignore_no_migrations = ignore_no_migrations
        self.replace_migrations = replace_migrations
        self.unmigrated_apps: set[str] = set()
        self.migrated_apps: set[str] = set()
        self.graph = MigrationGraph()
        self.replacements: dict[Key, Any] = {}
        if load:
            self.build_graph()

    # -- disk --

    @classmethod
    def migrations_module(cls, app_label: str) -> tuple[str | None, bool]:
        """Give the path of an app's migrations package (None: it has none), and whether a setting named it."""
        if app_label in settings.MIGRATION_MODULES:
            return settings.MIGRATION_MODULES[app_label], True
        return f"{apps.get_app_config(app_label).name}.{MIGRATIONS_MODULE_NAME}", False

    def load_disk(self) -> None:
        """Read the migrations of all installed apps."""
        self.disk_migrations = {}
        self.unmigrated_apps = set()
        self.migrated_apps = set()
        for app_config in apps.get_app_configs():
            self._load_app(app_config.label)

    def _load_app(self, label: str) -> None:
        module_name, explicit = self.migrations_module(label)
        module = None if module_name is None else self._import_package(module_name, explicit)
        if module is None:
            self.unmigrated_apps.add(label)
            return
        self.migrated_apps.add(label)
        assert self.disk_migrations is not None
        for _, name, is_package in pkgutil.iter_modules(module.__path__):
            if is_package or name[0] in "_~":
                continue
            self.disk_migrations[label, name] = self._load_migration(f"{module_name}.{name}", name, label)

    def _import_package(self, module_name: str, explicit: bool) -> Any:
        """Import a migrations package; None if it is none (or, unless named by a setting, does not exist)."""
        was_loaded = module_name in sys.modules
        try:
            module = import_module(module_name)
        except ModuleNotFoundError as error:
            # Only the absence of the package itself means "no migrations"; an import inside it is the project's error.
            missing_itself = error.name is not None and (module_name + ".").startswith(error.name + ".")
            if missing_itself and (self.ignore_no_migrations or not explicit):
                return None
            raise
        if not hasattr(module, "__path__"):  # a file migrations.py
            return None
        if getattr(module, "__file__", None) is None and not isinstance(module.__path__, list):
            return None  # a namespace package: a folder without __init__.py
        if was_loaded:
            reload(module)
        return module

    def _load_migration(self, path: str, name: str, label: str) -> Any:
        try:
            module = import_module(path)
        except ImportError as error:
            if "bad magic number" in str(error):
                raise ImportError(f"Couldn't import {path!r} as it appears to be a stale .pyc file.") from error
            raise
        if not hasattr(module, "Migration"):
            raise BadMigrationError(f"Migration {name} in app {label} has no Migration class")
        return module.Migration(name, label)

    def get_migration(self, app_label: str, name_prefix: str) -> Any:
        """Give a migration by its exact name."""
        return self.graph.nodes[app_label, name_prefix]

    def get_migration_by_prefix(self, app_label: str, name_prefix: str) -> Any:
        """Give the one migration whose name begins with a prefix.

        Raises:
            AmbiguityError: several do.
            KeyError: none does.
        """
        assert self.disk_migrations is not None
        found = [
            migration
            for (label, name), migration in self.disk_migrations.items()
            if label == app_label and name.startswith(name_prefix)
        ]
        if len(found) > 1:
            raise AmbiguityError(f"There is more than one migration for '{app_label}' with the prefix '{name_prefix}'")
        if not found:
            raise KeyError(f"There is no migration for '{app_label}' with the prefix '{name_prefix}'")
        return found[0]

    # -- graph --

    def check_key(self, key: Key, current_app: str) -> Key | None:
        """Turn `__first__` of another app into that app's first migration; None where nothing has to be waited for."""
        if key[1] not in ("__first__", "__latest__") or key in self.graph:
            return key
        if key[0] == current_app:
            return None  # of one's own app: ignored
        if key[0] in self.unmigrated_apps:
            return None  # without migrations: its tables are there before all migrations
        if key[0] in self.migrated_apps:
            try:
                nodes = self.graph.root_nodes(key[0]) if key[1] == "__first__" else self.graph.leaf_nodes(key[0])
                return nodes[0]
            except IndexError:
                if self.ignore_no_migrations:
                    return None
                raise ValueError(f"Dependency on app with no migrations: {key[0]}") from None
        raise ValueError(f"Dependency on unknown app: {key[0]}")

    def add_internal_dependencies(self, key: Key, migration: Any) -> None:
        """Add the dependencies inside an app; they come first, because `__first__` of the app is found by them."""
        for parent in migration.dependencies:
            if parent[0] == key[0] and parent[1] != "__first__":
                self.graph.add_dependency(migration, key, parent, skip_validation=True)

    def add_external_dependencies(self, key: Key, migration: Any) -> None:
        """Add the dependencies on other apps, and those of `run_before`."""
        for parent in migration.dependencies:
            if key[0] != parent[0]:
                resolved = self.check_key(parent, key[0])
                if resolved is not None:
                    self.graph.add_dependency(migration, key, resolved, skip_validation=True)
        for child in migration.run_before:
            resolved = self.check_key(child, key[0])
            if resolved is not None:
                self.graph.add_dependency(migration, resolved, key, skip_validation=True)

    def build_graph(self) -> None:
        """Read all anew and build the graph, squashed migrations in their place."""
        self.load_disk()
        assert self.disk_migrations is not None
        if self.connection is None:
            self.applied_migrations = {}
        else:
            self.applied_migrations = MigrationRecorder(self.connection).applied_migrations()
        self.graph = MigrationGraph()
        self.replacements = {}
        for key, migration in self.disk_migrations.items():
            self.graph.add_node(key, migration)
            if migration.replaces:
                self.replacements[key] = migration
        for key, migration in self.disk_migrations.items():
            self.add_internal_dependencies(key, migration)
        for key, migration in self.disk_migrations.items():
            self.add_external_dependencies(key, migration)
        if self.replace_migrations:
            self._place_replacements()
        try:
            self.graph.validate_consistency()
        except NodeNotFoundError as error:
            raise self._explained(error) from error
        self.graph.ensure_not_cyclic()

    def _place_replacements(self) -> None:
        placed: set[Key] = set()
        for key in self.replacements:
            self._place_replacement(key, placed, ())

    def _place_replacement(self, key: Key, placed: set[Key], above: tuple[Key, ...]) -> None:
        """Put one squashed migration in its place, after those squashed ones that it squashes itself."""
        if key in placed:
            return
        if key in above:
            raise SquashCycleError(f"Cyclical squash replacement found, starting at {key}")
        migration = self.replacements[key]
        for replaced in migration.replaces:
            if replaced in self.replacements:
                self._place_replacement(replaced, placed, (*above, key))
        placed.add(key)
        assert self.applied_migrations is not None
        replaced_keys = self.all_replaced(migration)
        applied = [replaced in self.applied_migrations for replaced in replaced_keys]
        # What counts is what was really run, so a squashed one is applied if all its parts are.
        if all(applied) and applied:
            self.applied_migrations[key] = migration
        else:
            self.applied_migrations.pop(key, None)
        # All or none: the squashed one can stand for them.
        if all(applied) or not any(applied):
            self.graph.remove_replaced_nodes(key, migration.replaces)
        else:
            # Partly applied: the parts have to be finished first.
            self.graph.remove_replacement_node(key, migration.replaces)

    def all_replaced(self, migration: Any) -> list[Key]:
        """Give the keys a squashed migration replaces, down to migrations that squash nothing."""
        keys: list[Key] = []
        for key in migration.replaces:
            inner = self.replacements.get(key)
            keys.extend(self.all_replaced(inner) if inner is not None else [key])
        return keys

    def nested_replacements(self, migration: Any) -> list[Key]:
        """Give the keys of the squashed migrations that a squashed migration replaces."""
        nested = [key for key in migration.replaces if key in self.replacements]
        return [*nested, *(inner for key in nested for inner in self.nested_replacements(self.replacements[key]))]

    def _explained(self, error: NodeNotFoundError) -> NodeNotFoundError:
        """Say of a missing migration that squashed ones would replace, why they could not."""
        candidates = [
            key
            for key, migration in self.replacements.items()
            if error.node in migration.replaces and key not in self.graph.nodes
        ]
        if not candidates:
            return error
        tried = ", ".join(f"{label}.{name}" for label, name in candidates)
        return NodeNotFoundError(
            f"Migration {error.origin} depends on nonexistent node ('{error.node[0]}', '{error.node[1]}'). Django tried "
            f"to replace migration {error.node[0]}.{error.node[1]} with any of [{tried}] but wasn't able to because "
            "some of the replaced migrations are already applied.",
            error.node,
        )

    # -- asking --

    def check_consistent_history(self, connection: Any) -> None:
        """Raise if a migration is applied and one that it depends on is not."""
        applied = MigrationRecorder(connection).applied_migrations()
        for key in applied:
            if key not in self.graph.nodes:
                continue  # of an app that is not installed any more
            for parent in self.graph.node_map[key].parents:
                if parent.key in applied:
                    continue
                # A squashed one whose parts are applied counts as applied.
                replacement = self.replacements.get(parent.key)
                if replacement is not None and all(part in applied for part in self.all_replaced(replacement)):
                    continue
                raise InconsistentMigrationHistory(
                    f"Migration {key[0]}.{key[1]} is applied before its dependency {parent.key[0]}.{parent.key[1]} on "
                    f"database '{connection.alias}'."
                )

    def all_replaced_applied(self, migration_key: Key, applied: Iterable[Key]) -> bool:
        """Say whether all that a squashed migration replaces is applied."""
        return all(key in applied for key in self.all_replaced(self.replacements[migration_key]))

    def detect_conflicts(self) -> dict[str, list[str]]:
        """Give the apps that have more than one last migration, and the names of these."""
        by_app: dict[str, list[str]] = {}
        for label, name in self.graph.leaf_nodes():
            by_app.setdefault(label, []).append(name)
        return {label: sorted(names) for label, names in by_app.items() if len(names) > 1}

    def project_state(self, nodes: Any = None, at_end: bool = True) -> Any:
        """Give the project's records after (or before) migrations; after all, if None."""
        return self.graph.make_state(nodes=nodes, at_end=at_end, real_apps=self.unmigrated_apps)

    def collect_sql(self, plan: Iterable[tuple[Any, bool]]) -> list[str]:
        """Give the statements of a plan: pairs of migration and whether to undo it."""
        statements: list[str] = []
        state = None
        for migration, backwards in plan:
            with self.connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
                if state is None:
                    state = self.project_state((migration.app_label, migration.name), at_end=False)
                run = migration.unapply if backwards else migration.apply
                state = run(state, editor, collect_sql=True)
            statements.extend(editor.collected_sql)
        return statements
