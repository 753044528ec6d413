"""SQLite's schema editor: what ALTER TABLE cannot do is done by remaking the table.

A remake follows SQLite's documented procedure: create the new table beside the old one, copy the rows, drop the old
one, rename the new one. Foreign key checks are off meanwhile, and all keys are checked before the editor is left.
"""

from __future__ import annotations

import copy
import datetime
import decimal
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hotclub.apps.registry import Apps
from hotclub.db.backends.base.schema import BaseDatabaseSchemaEditor
from hotclub.db.backends.base.schema_alter import Change, relations_to
from hotclub.db.backends.ddl_references import Statement
from hotclub.db.backends.utils import strip_quotes
from hotclub.db.utils import NotSupportedError

if TYPE_CHECKING:
    from typing import Self


class DatabaseSchemaEditor(BaseDatabaseSchemaEditor):
    """Changes the tables of a SQLite database."""

    sql_delete_table = "DROP TABLE %(table)s"
    sql_create_fk = None
    sql_create_inline_fk = "REFERENCES %(to_table)s (%(to_column)s)%(on_delete_db)s DEFERRABLE INITIALLY DEFERRED"
    sql_create_column_inline_fk = sql_create_inline_fk
    sql_create_unique = "CREATE UNIQUE INDEX %(name)s ON %(table)s (%(columns)s)"
    sql_delete_unique = "DROP INDEX %(name)s"
    sql_alter_table_comment = None
    sql_alter_column_comment = None

    def __enter__(self) -> Self:
        # SQLite ignores the switch inside a transaction, so it is thrown before one is begun.
        if not self.connection.disable_constraint_checking():
            raise NotSupportedError(
                "SQLite schema editor cannot be used while foreign key constraint checks are enabled. Make sure to "
                "disable them before entering a transaction.atomic() context because SQLite does not support "
                "disabling them in the middle of a multi-statement transaction."
            )
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        finally:
            self.connection.enable_constraint_checking()

    def _check_result(self) -> None:
        self.connection.check_constraints()

    # -- values --

    def quote_value(self, value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return str(int(value))
        if isinstance(value, (decimal.Decimal, float, int)):
            return str(value)
        if isinstance(value, (datetime.date, datetime.time)):
            return f"'{value}'"
        if isinstance(value, str):
            return "'{}'".format(value.replace("'", "''"))
        if isinstance(value, (bytes, bytearray, memoryview)):
            return f"X'{bytes(value).hex()}'"
        raise ValueError(f"Cannot quote parameter value {value!r} of type {type(value)}")

    def prepare_default(self, value: Any) -> str:
        return self.quote_value(value)

    def _collate_sql(
        self, collation: str | None, old_collation: str | None = None, table_name: str | None = None
    ) -> str:
        return f"COLLATE {collation}" if collation else ""

    # -- tables --

    def delete_model(self, model: Any, handle_autom2m: bool = True) -> None:
        """Drop a model's table; with `handle_autom2m`, those of its many-to-many fields too."""
        if handle_autom2m:
            super().delete_model(model)
            return
        table = model._meta.db_table
        self.execute(self.sql_delete_table % {"table": self.quote_name(table)})
        self._forget_deferred(lambda statement: statement.references_table(table))

    # -- columns --

    def add_field(self, model: Any, field: Any) -> None:
        if field.many_to_many and field.remote_field.through._meta.auto_created:
            self.create_model(field.remote_field.through)
        elif field.db_parameters(connection=self.connection)["type"] is None:
            return
        elif self._needs_remake_to_add(field):
            self._remake_table(model, create_field=field)
        else:
            super().add_field(model, field)

    def _needs_remake_to_add(self, field: Any) -> bool:
        """ADD COLUMN takes no keys, no default that is not constant, and nothing that has to be stored."""
        if field.primary_key or field.unique:
            return True
        if field.generated:
            return bool(field.db_persist)
        if field.has_db_default():
            literal = type(field._db_default_expression).__name__ == "Value"
            return not literal or (not field.null and self._db_default_is_null(field))
        return not field.null or self.effective_default(field) is not None

    def _db_default_is_null(self, field: Any) -> bool:
        return self.db_default_sql(field)[0] == "NULL"

    def remove_field(self, model: Any, field: Any) -> None:
        if field.many_to_many:
            if field.remote_field.through._meta.auto_created:
                self.delete_model(field.remote_field.through)
            return
        if field.db_parameters(connection=self.connection)["type"] is None:
            return
        if field.primary_key or field.unique or field.db_index or self._fk_references(field):
            self._remake_table(model, delete_field=field)
        else:
            super().remove_field(model, field)

    def _alter_field(
        self,
        model: Any,
        old_field: Any,
        new_field: Any,
        old_type: str,
        new_type: str,
        old_db_params: dict[str, Any],
        new_db_params: dict[str, Any],
        strict: bool = False,
    ) -> None:
        change = Change(model, old_field, new_field, old_type, new_type, old_db_params, new_db_params, strict)
        if change.renames and self._same_but_name(model, old_field, new_field):
            self._rename_column(model, old_field, new_field, new_type)
            return
        self._remake_table(model, alter_fields=[(old_field, new_field)])
        self._remake_pointing_tables(change)

    def _same_but_name(self, model: Any, old_field: Any, new_field: Any) -> bool:
        """Whether two columns have one definition, so that RENAME COLUMN says it all."""
        definitions = [
            (*self.column_sql(model, field), self._column_check_sql(field).replace(field.column, ""))
            for field in (old_field, new_field)
        ]
        if definitions[0] != definitions[1] or bool(old_field.db_index) != bool(new_field.db_index):
            return False
        return bool(self._target(old_field) == self._target(new_field))

    def _target(self, field: Any) -> Any:
        if not self._fk_references(field):
            return None
        target = field.target_field
        # The table is left out: renaming it has renamed the references to it.
        return target.column, self._on_delete_sql(field)

    def _remake_pointing_tables(self, change: Change) -> None:
        """Remake tables whose columns follow the changed one: their type or the name they refer to is another."""
        new = change.new_field
        if not new.unique and not new.primary_key:
            return
        if not change.retypes and not change.renames and change.old_field.unique:
            return
        wanted: dict[Any, list[tuple[Any, Any]]] = {}
        for relation in relations_to(change.keyed_field):
            if relation.related_model._meta.db_table != change.model._meta.db_table:
                wanted.setdefault(relation.related_model, []).append((relation.field, relation.field))
        for related_model, pairs in wanted.items():
            self._remake_table(related_model, alter_fields=pairs)

    def _alter_many_to_many(self, model: Any, old_field: Any, new_field: Any, strict: bool) -> None:
        old_through, new_through = old_field.remote_field.through, new_field.remote_field.through
        pairs = [
            (old_through._meta.get_field(old_name), new_through._meta.get_field(new_name))
            for old_name, new_name in (
                (old_field.m2m_reverse_field_name(), new_field.m2m_reverse_field_name()),
                (old_field.m2m_field_name(), new_field.m2m_field_name()),
            )
        ]
        if old_through._meta.db_table == new_through._meta.db_table:
            self._remake_table(old_through, alter_fields=pairs)
            return
        self.create_model(new_through)
        columns_new = ["id", *(self.quote_name(new.column) for _, new in pairs)]
        columns_old = ["id", *(self.quote_name(old.column) for old, _ in pairs)]
        self.execute(
            f"INSERT INTO {self.quote_name(new_through._meta.db_table)} ({', '.join(columns_new)}) "
            f"SELECT {', '.join(columns_old)} FROM {self.quote_name(old_through._meta.db_table)}"
        )
        self.delete_model(old_through)

    # -- constraints --

    def add_constraint(self, model: Any, constraint: Any) -> None:
        if _is_index(constraint):
            super().add_constraint(model, constraint)
        else:
            self._remake_table(model, add_constraint=constraint)

    def remove_constraint(self, model: Any, constraint: Any) -> None:
        if _is_index(constraint):
            super().remove_constraint(model, constraint)
        else:
            self._remake_table(model, remove_constraint=constraint)

    # -- remaking --

    def _remake_table(
        self,
        model: Any,
        create_field: Any = None,
        delete_field: Any = None,
        alter_fields: Sequence[tuple[Any, Any]] = (),
        add_constraint: Any = None,
        remove_constraint: Any = None,
    ) -> None:
        """Remake a model's table with fields added, removed or altered, or with other constraints."""
        plan = _RemakePlan(self, model, create_field, delete_field, alter_fields)
        constraints = list(model._meta.constraints)
        if add_constraint is not None and add_constraint.name not in {known.name for known in constraints}:
            constraints.append(add_constraint)
        if remove_constraint is not None:
            constraints = [known for known in constraints if known.name != remove_constraint.name]
        new_model = plan.new_model(constraints)
        table = model._meta.db_table
        beside = f"new__{strip_quotes(table)}"
        deferred, self.deferred_sql = self.deferred_sql, []
        sql, params = self._table_sql(new_model, beside, list(plan.fields))
        # Indexes are made anew at the end; what waited for the old table would be made twice.
        self.deferred_sql = [
            statement
            for statement in deferred
            if not (isinstance(statement, Statement) and statement.references_table(table))
        ]
        self.execute(sql, params or None)
        if plan.columns:
            self.execute(
                f"INSERT INTO {self.quote_name(beside)} ({', '.join(map(self.quote_name, plan.columns))}) "
                f"SELECT {', '.join(plan.columns.values())} FROM {self.quote_name(table)}",
                None,
            )
        self.execute(self.sql_delete_table % {"table": self.quote_name(table)}, None)
        # References of other tables to this name must stay as they are.
        self.execute("PRAGMA legacy_alter_table = ON", None)
        self.execute(
            self.sql_rename_table % {"old_table": self.quote_name(beside), "new_table": self.quote_name(table)}, None
        )
        self.execute("PRAGMA legacy_alter_table = OFF", None)
        for statement in self._statements_after_remake(new_model):
            self.deferred_sql.append(statement)
        if self.connection.features.can_rollback_ddl and not self.connection.in_atomic_block:
            self._run_and_forget_deferred(table)

    def _run_and_forget_deferred(self, table: str) -> None:
        """Without a transaction around, the indexes are made at once."""
        due = [statement for statement in self.deferred_sql if statement.references_table(table)]
        self.deferred_sql = [statement for statement in self.deferred_sql if statement not in due]
        for statement in due:
            self.execute(statement, None)

    def _statements_after_remake(self, new_model: Any) -> list[Any]:
        statements: list[Any] = [
            self._create_unique_sql(new_model, [new_model._meta.get_field(name) for name in names])
            for names in new_model._meta.unique_together
        ]
        statements.extend(
            constraint.create_sql(new_model, self)
            for constraint in new_model._meta.constraints
            if _is_index(constraint)
        )
        statements.extend(self._model_indexes_sql(new_model))
        return [statement for statement in statements if statement]


def _is_index(constraint: Any) -> bool:
    """Whether a constraint is kept as an index, which SQLite can create and drop by itself."""
    return hasattr(constraint, "deferrable") and bool(
        constraint.condition or constraint.contains_expressions or constraint.include or constraint.deferrable
    )


class _RemakePlan:
    """The fields of the table to be, and for each of its columns the expression that fills it from the old table."""

    def __init__(
        self,
        editor: DatabaseSchemaEditor,
        model: Any,
        create_field: Any,
        delete_field: Any,
        alter_fields: Sequence[tuple[Any, Any]],
    ) -> None:
        self.editor = editor
        self.model = model
        quote = editor.quote_name
        self.fields: dict[str, Any] = {field.name: field for field in model._meta.local_concrete_fields}
        for field in model._meta.local_fields:
            self.fields.setdefault(field.name, field)
        self.columns: dict[str, str] = {
            field.column: quote(field.column) for field in model._meta.local_concrete_fields if not field.generated
        }
        self.renamed: dict[str, str] = {}
        self._new_primary_key(create_field, alter_fields)
        if create_field is not None:
            self._add(create_field)
        for old_field, new_field in alter_fields:
            self._alter(old_field, new_field)
        if delete_field is not None:
            self.fields.pop(delete_field.name, None)
            self.columns.pop(delete_field.column, None)

    def _new_primary_key(self, create_field: Any, alter_fields: Sequence[tuple[Any, Any]]) -> None:
        """A table has one primary key: an old one gives way, and an automatic one goes."""
        becoming = [new for old, new in alter_fields if new.primary_key and not old.primary_key]
        if create_field is not None and create_field.primary_key:
            becoming.append(create_field)
        if not becoming:
            return
        changed = {old.name for old, _ in alter_fields}
        for name, field in list(self.fields.items()):
            if field.primary_key and name not in changed:
                if field.auto_created:
                    del self.fields[name]
                    self.columns.pop(field.column, None)
                else:
                    demoted = copy.deepcopy(field)
                    demoted.primary_key = False
                    self.fields[name] = demoted

    def _add(self, field: Any) -> None:
        self.fields[field.name] = field
        if field.generated or not field.concrete:
            return
        if field.has_db_default():
            sql, _ = self.editor.db_default_sql(field, self.model)
            self.columns[field.column] = sql
        else:
            default = self.editor.effective_default(field)
            if default is not None:
                self.columns[field.column] = self.editor.quote_value(default)

    def _alter(self, old_field: Any, new_field: Any) -> None:
        self.fields = {
            (new_field.name if name == old_field.name else name): (new_field if name == old_field.name else field)
            for name, field in self.fields.items()
        }
        self.fields.setdefault(new_field.name, new_field)  # a column that the model's class does not name
        self.columns.pop(old_field.column, None)
        self.renamed[old_field.name] = new_field.name
        if new_field.generated:
            return
        source = self.editor.quote_name(old_field.column)
        if old_field.null and not new_field.null:
            if new_field.has_db_default():
                default, _ = self.editor.db_default_sql(new_field, self.model)
            else:
                default = self.editor.quote_value(self.editor.effective_default(new_field))
            source = f"coalesce({source}, {default})"
        self.columns[new_field.column] = source

    # -- the model of the new table --

    def _followed(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.renamed.get(name, name) for name in names)

    def new_model(self, constraints: list[Any]) -> Any:
        """Make a model of the table to be, in a registry of its own, so that nothing else sees it."""
        options = self.model._meta
        indexes = []
        for index in options.indexes:
            index = index.clone() if hasattr(index, "clone") else copy.deepcopy(index)
            if index.fields:
                index.fields = list(self._followed(index.fields))
                index.fields_orders = [
                    (self.renamed.get(name, name), order) for name, order in getattr(index, "fields_orders", [])
                ]
            indexes.append(index)
        gone = {name for name in (field.name for field in options.local_fields) if name not in self.fields}
        gone -= set(self.renamed)
        meta = type(
            "Meta",
            (),
            {
                "app_label": options.app_label,
                "db_table": options.db_table,
                "unique_together": [
                    self._followed(names) for names in options.unique_together if not gone.intersection(names)
                ],
                "indexes": [index for index in indexes if not gone.intersection(index.fields)],
                "constraints": constraints,
                "apps": Apps(),
            },
        )
        body: dict[str, Any] = {"Meta": meta, "__module__": self.model.__module__}
        for name, field in self.fields.items():
            isolated = copy.deepcopy(field)
            isolated.name = None if name == field.name else isolated.name
            body[name] = isolated
        root = next(base for base in reversed(self.model.__mro__) if isinstance(base, type(self.model)))
        model: Any = type(self.model)(options.object_name, (root,), body)
        if index_together := getattr(options, "index_together", ()):
            model._meta.index_together = [
                self._followed(names) for names in index_together if not gone.intersection(names)
            ]
        return model
