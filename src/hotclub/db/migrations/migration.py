"""One migration: its operations, what it depends on, and how it is applied and undone."""

from __future__ import annotations

import re
from typing import Any

from hotclub.db.migrations.exceptions import IrreversibleError
from hotclub.db.migrations.utils import get_migration_name_timestamp
from hotclub.db.transaction import atomic


class Migration:
    """Base class of all migrations. A migration file holds a subclass of the same name.

    Class attributes:
        operations: what it does, in order.
        dependencies: (app label, name) of migrations that must be applied before.
        run_before: (app label, name) of migrations that must be applied after.
        replaces: (app label, name) of the migrations that this one squashes.
        initial: whether it creates an app's tables; None: to be told from its dependencies.
        atomic: whether it runs in one transaction, where the database can.
    """

    operations: list[Any] = []
    dependencies: list[tuple[str, str]] = []
    run_before: list[tuple[str, str]] = []
    replaces: list[tuple[str, str]] = []
    initial: bool | None = None
    atomic: bool = True

    def __init__(self, name: str, app_label: str) -> None:
        self.name = name
        self.app_label = app_label
        # Copies: a change of an instance must not reach the class.
        self.operations = list(type(self).operations)
        self.dependencies = list(type(self).dependencies)
        self.run_before = list(type(self).run_before)
        self.replaces = list(type(self).replaces)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Migration) and self.name == other.name and self.app_label == other.app_label

    def __repr__(self) -> str:
        return f"<Migration {self.app_label}.{self.name}>"

    def __str__(self) -> str:
        return f"{self.app_label}.{self.name}"

    def __hash__(self) -> int:
        return hash(f"{self.app_label}.{self.name}")

    def mutate_state(self, project_state: Any, preserve: bool = True) -> Any:
        """Give the state after the migration.

        Args:
            project_state: the state before.
            preserve: leave that as it is, and change a copy.
        """
        state = project_state.clone() if preserve else project_state
        for operation in self.operations:
            operation.state_forwards(self.app_label, state)
        return state

    def apply(self, project_state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
        """Apply the migration and give the state after it.

        Args:
            project_state: the state before; it is changed.
            schema_editor: of the database to migrate.
            collect_sql: write comments about each operation into the collected statements.
        """
        for operation in self.operations:
            if collect_sql and not self._announce(operation, schema_editor):
                operation.state_forwards(self.app_label, project_state)
                continue
            collected_before = len(schema_editor.collected_sql)
            old_state = project_state.clone()
            operation.state_forwards(self.app_label, project_state)
            with _own_transaction(self, operation, schema_editor):
                operation.database_forwards(self.app_label, schema_editor, old_state, project_state)
            if collect_sql and collected_before == len(schema_editor.collected_sql):
                schema_editor.collected_sql.append("-- (no-op)")
        return project_state

    def unapply(self, project_state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
        """Undo the migration and give the state before it.

        Raises:
            IrreversibleError: an operation cannot be undone; nothing has been.
        """
        steps = []
        new_state = project_state
        for operation in self.operations:
            if not operation.reversible:
                raise IrreversibleError(f"Operation {operation} in {self} is not reversible")
            # States between operations are needed from the last to the first.
            new_state = new_state.clone()
            old_state = new_state.clone()
            operation.state_forwards(self.app_label, new_state)
            steps.append((operation, new_state, old_state))
        for operation, after, before in reversed(steps):
            if collect_sql and not self._announce(operation, schema_editor):
                continue
            collected_before = len(schema_editor.collected_sql)
            with _own_transaction(self, operation, schema_editor):
                operation.database_backwards(self.app_label, schema_editor, after, before)
            if collect_sql and collected_before == len(schema_editor.collected_sql):
                schema_editor.collected_sql.append("-- (no-op)")
        return project_state

    def _announce(self, operation: Any, schema_editor: Any) -> bool:
        """Write what an operation is into the collected statements; says whether it has statements at all."""
        lines = ["--", f"-- {operation.describe()}", "--"]
        if not operation.reduces_to_sql:
            lines.append("-- THIS OPERATION CANNOT BE WRITTEN AS SQL")
        schema_editor.collected_sql += lines
        return bool(operation.reduces_to_sql)

    def suggest_name(self) -> str:
        """Suggest a name: from the operations if they give one, else from the time."""
        if self.initial:
            return "initial"
        fragments = [
            re.sub(r"\W+", "_", name)
            for name in (operation.migration_name_fragment for operation in self.operations)
            if name
        ]
        if not fragments or len(fragments) != len(self.operations):
            return f"auto_{get_migration_name_timestamp()}"
        name = fragments[0]
        for fragment in fragments[1:]:
            longer = f"{name}_{fragment}"
            if len(longer) > 52:  # the number and the file system's limits leave this much
                return f"{name}_and_more"
            name = longer
        return name


class _own_transaction:  # used as a statement
    """A transaction for one operation, where the migration as a whole has none."""

    def __init__(self, migration: Migration, operation: Any, schema_editor: Any) -> None:
        wanted = operation.atomic or (migration.atomic and operation.atomic is not False)
        self._block = None if schema_editor.atomic_migration or not wanted else atomic(schema_editor.connection.alias)

    def __enter__(self) -> None:
        if self._block is not None:
            self._block.__enter__()

    def __exit__(self, *details: Any) -> None:
        if self._block is not None:
            self._block.__exit__(*details)


class SwappableTuple(tuple[str, str]):
    """A dependency that came from a setting, so that the writer can write the setting."""

    setting: str

    def __new__(cls, value: tuple[str, str], setting: str) -> SwappableTuple:
        made = tuple.__new__(cls, value)
        made.setting = setting
        return made


def swappable_dependency(value: str) -> SwappableTuple:
    """Turn the value of a setting (`"app.Model"`) into a dependency on the app's first migration."""
    return SwappableTuple((value.split(".", 1)[0], "__first__"), value)
