"""Operations that run what the project says: Python, SQL, or different things to records and database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.db.connection_registry import router
from hotclub.db.migrations.operations.base import Operation, OperationCategory


class SeparateDatabaseAndState(Operation):
    """Do one list of operations to the database and another to the records.

    Args:
        database_operations: applied to the database only.
        state_operations: applied to the records only.
    """

    category = OperationCategory.MIXED
    serialization_expand_args = ["database_operations", "state_operations"]

    def __init__(self, database_operations: Any = None, state_operations: Any = None) -> None:
        self.database_operations = database_operations or []
        self.state_operations = state_operations or []

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        kwargs: dict[str, Any] = {}
        if self.database_operations:
            kwargs["database_operations"] = self.database_operations
        if self.state_operations:
            kwargs["state_operations"] = self.state_operations
        return type(self).__name__, [], kwargs

    def state_forwards(self, app_label: str, state: Any) -> None:
        for operation in self.state_operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        # Each database operation sees the states as if all of them changed the records.
        for operation in self.database_operations:
            to_state = from_state.clone()
            operation.state_forwards(app_label, to_state)
            operation.database_forwards(app_label, schema_editor, from_state, to_state)
            from_state = to_state

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        states = []
        state = to_state
        for operation in self.database_operations:
            after = state.clone()
            operation.state_forwards(app_label, after)
            states.append((operation, state, after))
            state = after
        for operation, before, after in reversed(states):
            operation.database_backwards(app_label, schema_editor, after, before)

    def describe(self) -> str:
        return "Custom state/database change combination"


class RunSQL(Operation):
    """Run SQL of the project.

    Args:
        sql: one or several statements as text, or a list whose entries are statements or (statement, parameters).
        reverse_sql: undoes it; None: cannot be undone.
        state_operations: what the statements mean for the records.
        hints: passed to the routers' `allow_migrate`.
        elidable: whether squashing may leave it out.
    """

    category = OperationCategory.SQL
    noop = ""

    def __init__(
        self,
        sql: Any,
        reverse_sql: Any = None,
        state_operations: Any = None,
        hints: dict[str, Any] | None = None,
        elidable: bool = False,
    ) -> None:
        self.sql = sql
        self.reverse_sql = reverse_sql
        self.state_operations = state_operations or []
        self.hints = hints or {}
        self.elidable = elidable

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        kwargs: dict[str, Any] = {"sql": self.sql}
        if self.reverse_sql is not None:
            kwargs["reverse_sql"] = self.reverse_sql
        if self.state_operations:
            kwargs["state_operations"] = self.state_operations
        if self.hints:
            kwargs["hints"] = self.hints
        if self.elidable:
            kwargs["elidable"] = self.elidable
        return type(self).__name__, [], kwargs

    @property
    def reversible(self) -> bool:  # type: ignore[override]  # depends on the arguments
        return self.reverse_sql is not None

    def state_forwards(self, app_label: str, state: Any) -> None:
        for operation in self.state_operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if router.allow_migrate(schema_editor.connection.alias, app_label, **self.hints):
            self._run(schema_editor, self.sql)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if self.reverse_sql is None:
            raise NotImplementedError("You cannot reverse this operation")
        if router.allow_migrate(schema_editor.connection.alias, app_label, **self.hints):
            self._run(schema_editor, self.reverse_sql)

    def describe(self) -> str:
        return "Raw SQL operation"

    def _run(self, schema_editor: Any, sqls: Any) -> None:
        if isinstance(sqls, (list, tuple)):
            for entry in sqls:
                statement, params = entry, None
                if isinstance(entry, (list, tuple)):
                    if len(entry) != 2:
                        raise ValueError(f"Expected a 2-tuple but got {len(entry)}")
                    statement, params = entry
                schema_editor.execute(statement, params=params)
        elif sqls != RunSQL.noop:
            for statement in schema_editor.connection.ops.prepare_sql_script(sqls):
                schema_editor.execute(statement, params=None)


class RunPython(Operation):
    """Run Python of the project.

    Args:
        code: called with the project's models as they are at this point (a registry) and the schema editor.
        reverse_code: undoes it; None: cannot be undone.
        atomic: whether to run in a transaction of its own; None: as the migration says.
        hints: passed to the routers' `allow_migrate`.
        elidable: whether squashing may leave it out.
    """

    category = OperationCategory.PYTHON
    reduces_to_sql = False

    def __init__(
        self,
        code: Callable[..., Any],
        reverse_code: Callable[..., Any] | None = None,
        atomic: bool | None = None,
        hints: dict[str, Any] | None = None,
        elidable: bool = False,
    ) -> None:
        self.atomic = atomic
        if not callable(code):
            raise ValueError("RunPython must be supplied with a callable")
        if reverse_code is not None and not callable(reverse_code):
            raise ValueError("RunPython must be supplied with callable arguments")
        self.code = code
        self.reverse_code = reverse_code
        self.hints = hints or {}
        self.elidable = elidable

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        kwargs: dict[str, Any] = {"code": self.code}
        if self.reverse_code is not None:
            kwargs["reverse_code"] = self.reverse_code
        if self.atomic is not None:
            kwargs["atomic"] = self.atomic
        if self.hints:
            kwargs["hints"] = self.hints
        if self.elidable:
            kwargs["elidable"] = self.elidable
        return type(self).__name__, [], kwargs

    @property
    def reversible(self) -> bool:  # type: ignore[override]  # depends on the arguments
        return self.reverse_code is not None

    def state_forwards(self, app_label: str, state: Any) -> None:
        # What the code does to records is not known; it is said by operations beside it.
        return None

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if router.allow_migrate(schema_editor.connection.alias, app_label, **self.hints):
            self.code(from_state.apps, schema_editor)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if self.reverse_code is None:
            raise NotImplementedError("You cannot reverse this operation")
        if router.allow_migrate(schema_editor.connection.alias, app_label, **self.hints):
            self.reverse_code(from_state.apps, schema_editor)

    def describe(self) -> str:
        return "Raw Python operation"

    @staticmethod
    def noop(apps: Any, schema_editor: Any) -> None:
        # No docstring: `migrate --plan` shows a function's docstring as what it does.
        return None
