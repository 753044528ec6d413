"""Applying and undoing migrations on a database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.apps.registry import apps as global_apps
from hotclub.db import migrations
from hotclub.db.connection_registry import router
from hotclub.db.migrations.exceptions import InvalidMigrationPlan
from hotclub.db.migrations.graph import Key
from hotclub.db.migrations.loader import MigrationLoader
from hotclub.db.migrations.recorder import MigrationRecorder
from hotclub.db.migrations.state import ProjectState

Plan = list[tuple[Any, bool]]
"""Migrations in order, each with whether it is undone."""


class MigrationExecutor:
    """Plans and runs migrations.

    Args:
        connection: the database.
        progress_callback: called with an action (`apply_start`, `apply_success`, `unapply_start`, …,
            `render_start`, `render_success`), the migration, and whether it is faked.
    """

    def __init__(self, connection: Any, progress_callback: Callable[..., None] | None = None) -> None:
        self.connection = connection
        self.loader = MigrationLoader(self.connection)
        self.recorder = MigrationRecorder(self.connection)
        self.progress_callback = progress_callback

    def _tell(self, action: str, *args: Any) -> None:
        if self.progress_callback:
            self.progress_callback(action, *args)

    # -- planning --

    def migration_plan(self, targets: Any, clean_start: bool = False) -> Plan:
        """Give what has to be done so that the targets are the last applied migrations of their apps.

        Args:
            targets: (app label, name); a name of None means: undo all of the app.
            clean_start: plan as if nothing were applied.
        """
        plan: Plan = []
        applied = {} if clean_start else dict(self.loader.applied_migrations or {})
        graph = self.loader.graph
        for target in targets:
            if target[1] is None:
                self._plan_to_zero(target[0], applied, plan)
            elif self.loader.replace_migrations and target not in graph.node_map:
                # Named is a migration that a squashed one has replaced.
                self.loader.replace_migrations = False
                self.loader.build_graph()
                return self.migration_plan(targets, clean_start=clean_start)
            elif target in applied:
                self._plan_back_to(target, applied, plan)
            else:
                for key in graph.forwards_plan(target):
                    if key not in applied:
                        plan.append((graph.nodes[key], False))
                        applied[key] = graph.nodes[key]
        return plan

    def _plan_to_zero(self, label: str, applied: dict[Key, Any], plan: Plan) -> None:
        for root in self.loader.graph.root_nodes():
            if root[0] == label:
                for key in self.loader.graph.backwards_plan(root):
                    if key in applied:
                        plan.append((self.loader.graph.nodes[key], True))
                        applied.pop(key)

    def _plan_back_to(self, target: Key, applied: dict[Key, Any], plan: Plan) -> None:
        """Undo what came after the target in its app, and what depends on that; siblings in other apps stay."""
        graph = self.loader.graph
        for child in sorted(node.key for node in graph.node_map[target].children if node.key[0] == target[0]):
            for key in graph.backwards_plan(child):
                if key in applied:
                    plan.append((graph.nodes[key], True))
                    applied.pop(key)

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        """Give the records before all migrations, or after those that are applied."""
        state = ProjectState(real_apps=self.loader.unmigrated_apps)
        if with_applied_migrations:
            applied = {key for key in (self.loader.applied_migrations or {}) if key in self.loader.graph.nodes}
            for migration, _ in self.migration_plan(self.loader.graph.leaf_nodes(), clean_start=True):
                if (migration.app_label, migration.name) in applied:
                    migration.mutate_state(state, preserve=False)
        return state

    # -- running --

    def migrate(
        self,
        targets: Any,
        plan: Plan | None = None,
        state: ProjectState | None = None,
        fake: bool = False,
        fake_initial: bool = False,
    ) -> ProjectState:
        """Bring the database to the targets and give the project's records then.

        Args:
            targets: as for `migration_plan`.
            plan: made by it, if known.
            state: the records before, if known.
            fake: only record.
            fake_initial: only record a first migration whose tables exist.

        Raises:
            InvalidMigrationPlan: the plan both applies and undoes.
        """
        self.recorder.ensure_schema() if plan is None or plan else None
        if plan is None:
            plan = self.migration_plan(targets)
        full_plan = self.migration_plan(self.loader.graph.leaf_nodes(), clean_start=True)
        forwards = any(not backwards for _, backwards in plan)
        back = any(backwards for _, backwards in plan)
        if forwards and back:
            raise InvalidMigrationPlan(
                "Migration plans with both forwards and backwards migrations are not supported. Please split your "
                "migration process into separate plans of only forwards OR backwards migrations.",
                plan,
            )
        if not plan:
            if state is None:
                state = self._create_project_state(with_applied_migrations=True)
        elif forwards:
            if state is None:
                state = self._create_project_state(with_applied_migrations=True)
            state = self._all_forwards(state, plan, full_plan, fake, fake_initial)
        else:
            state = self._all_backwards(plan, full_plan, fake)
        self.check_replacements()
        return state

    def _all_forwards(
        self, state: ProjectState, plan: Plan, full_plan: Plan, fake: bool, fake_initial: bool
    ) -> ProjectState:
        # Migrations are applied in the order of the full plan, which knows all dependencies.
        todo = {migration for migration, _ in plan}
        for migration, _ in full_plan:
            if not todo:
                break
            if migration in todo:
                state = self.apply_migration(state, migration, fake=fake, fake_initial=fake_initial)
                todo.remove(migration)
        return state

    def _all_backwards(self, plan: Plan, full_plan: Plan, fake: bool) -> ProjectState:
        """Undo migrations. Each needs the records before it, which are made going forwards once."""
        todo = {migration for migration, _ in plan}
        before: dict[Any, ProjectState] = {}
        state = self._create_project_state()
        applied = {
            self.loader.graph.nodes[key]
            for key in (self.loader.applied_migrations or {})
            if key in self.loader.graph.nodes
        }
        for migration, _ in full_plan:
            if not todo.difference(before):
                break
            if migration not in applied:
                continue
            if migration in todo:
                before[migration] = state.clone()
            migration.mutate_state(state, preserve=False)
        for migration, _ in plan:
            self.unapply_migration(before[migration], migration, fake=fake)
            applied.discard(migration)
        # What is left, in order, gives the records now.
        after = self._create_project_state()
        for migration, _ in full_plan:
            if migration in applied:
                migration.mutate_state(after, preserve=False)
        return after

    def apply_migration(
        self, state: ProjectState, migration: Any, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        """Apply one migration and record it."""
        recorded = False
        self._tell("apply_start", migration, fake)
        if not fake:
            if fake_initial:
                applied, state = self.detect_soft_applied(state, migration)
                fake = applied
            if not fake:
                # The record is part of the same transaction: a crash leaves both or neither.
                with self.connection.schema_editor(atomic=migration.atomic) as editor:
                    state = migration.apply(state, editor)
                    if not editor.deferred_sql:
                        self.record_migration(migration.app_label, migration.name)
                        recorded = True
        if fake and not fake_initial:
            state = migration.mutate_state(state, preserve=False)
        if not recorded:
            self.record_migration(migration.app_label, migration.name)
        self._tell("apply_success", migration, fake)
        return state

    def record_migration(self, app_label: str, name: str, forward: bool = True) -> None:
        """Record a migration (for a squashed one, what it replaces) as applied, or take the record away."""
        migration = (self.loader.disk_migrations or {}).get((app_label, name))
        keys = [(app_label, name)]
        if migration is not None and migration.replaces:
            keys = self.loader.all_replaced(migration)
            if not forward:
                # Squashed ones that the squashed one replaces were recorded as well.
                keys = [*keys, *self.loader.nested_replacements(migration), (app_label, name)]
        for key in keys:
            if forward:
                self.recorder.record_applied(*key)
            else:
                self.recorder.record_unapplied(*key)

    def unapply_migration(self, state: ProjectState, migration: Any, fake: bool = False) -> ProjectState:
        """Undo one migration and take its record away."""
        self._tell("unapply_start", migration, fake)
        if not fake:
            with self.connection.schema_editor(atomic=migration.atomic) as editor:
                state = migration.unapply(state, editor)
        self.record_migration(migration.app_label, migration.name, forward=False)
        self._tell("unapply_success", migration, fake)
        return state

    def check_replacements(self) -> None:
        """Record squashed migrations whose parts are all applied."""
        applied = self.recorder.applied_migrations()
        for key in self.loader.replacements:
            if key not in applied and self.loader.all_replaced_applied(key, applied):
                self.recorder.record_applied(*key)

    # -- soft applied --

    def detect_soft_applied(self, project_state: ProjectState, migration: Any) -> tuple[bool, ProjectState]:
        """Say whether an app's first migration was applied by other means: all that it creates exists.

        Returns:
            The answer, and the project's records after the migration (before it, if the answer is no).
        """
        if migration.initial is None:
            # Without a word on it, first means: depends on nothing of its own app.
            if any(label == migration.app_label for label, _ in migration.dependencies):
                return False, project_state
        elif migration.initial is False:
            return False, project_state
        after = migration.mutate_state(project_state, preserve=True)
        found = False
        with self.connection.cursor() as cursor:
            fold = self.connection.features.ignores_table_name_case
            tables = _folded(self.connection.introspection.table_names(cursor), fold)
        for operation in migration.operations:
            if isinstance(operation, migrations.CreateModel):
                model = self._state_model(after, migration.app_label, operation.name)
                if not self._is_ours(migration, model):
                    continue
                if _fold(model._meta.db_table, fold) not in tables:
                    return False, project_state
                found = True
            elif isinstance(operation, migrations.AddField):
                answer = self._field_exists(after, migration, operation, tables, fold)
                if answer is False:
                    return False, project_state
                found = found or bool(answer)
        return found, after if found else project_state

    def _state_model(self, state: ProjectState, label: str, name: str) -> Any:
        model = state.schema_model(label, name)
        if model._meta.swapped:
            # The project's own model stands in its place.
            model = global_apps.get_model(model._meta.swapped)
        return model

    def _is_ours(self, migration: Any, model: Any) -> bool:
        return bool(
            not model._meta.proxy
            and model._meta.managed
            and router.allow_migrate(self.connection.alias, migration.app_label, model_name=model._meta.model_name)
        )

    def _field_exists(
        self, state: ProjectState, migration: Any, operation: Any, tables: set[str], fold: bool
    ) -> bool | None:
        """Say whether an added field's column or table exists; None if this database does not hold it."""
        model = self._state_model(state, migration.app_label, operation.model_name)
        if not self._is_ours(migration, model):
            return None
        table = model._meta.db_table
        field = model._meta.get_field(operation.name)
        if field.many_to_many:
            through = field.remote_field.through
            if _fold(through._meta.db_table, fold) not in tables:
                return False
            # Through a model of its own, it was created with that model.
            return True if through._meta.auto_created else None
        if _fold(table, fold) not in tables:
            return False
        with self.connection.cursor() as cursor:
            description = self.connection.introspection.get_table_description(cursor, table)
        return _fold(field.column, fold) in _folded([column.name for column in description], fold)


def _fold(name: str, fold: bool) -> str:
    return name.casefold() if fold else name


def _folded(names: list[str], fold: bool) -> set[str]:
    return {_fold(name, fold) for name in names}
