"""The schema editor: turns changes of models into changes of tables.

The public methods are the documented ones; migrations call nothing else. Definitions of columns and of keys live in
`schema_columns.py` and `schema_keys.py`, the general ALTER COLUMN in `schema_alter.py`. Statements that must wait for
other tables (foreign keys, indexes) stand in `deferred_sql` until the editor is left.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hotclub.conf import settings
from hotclub.core.exceptions import FieldError
from hotclub.db.backends.base.schema_alter import ColumnChanges
from hotclub.db.backends.ddl_references import Statement
from hotclub.db.backends.utils import names_digest, split_identifier
from hotclub.db.transaction import TransactionManagementError, atomic
from hotclub.utils import timezone

if TYPE_CHECKING:
    from typing import Self

logger = logging.getLogger("hotclub.db.backends.schema")

__all__ = ["BaseDatabaseSchemaEditor", "TransactionManagementError", "names_digest"]


class BaseDatabaseSchemaEditor(ColumnChanges):
    """Changes a database's tables. Used as a context manager; the deferred statements run at its end.

    Args:
        connection: the database.
        collect_sql: keep the statements in `collected_sql` instead of running them.
        atomic: run all in one transaction, where the database can roll DDL back.
    """

    sql_create_table = "CREATE TABLE %(table)s (%(definition)s)"
    sql_rename_table = "ALTER TABLE %(old_table)s RENAME TO %(new_table)s"
    sql_retablespace_table = "ALTER TABLE %(table)s SET TABLESPACE %(new_tablespace)s"
    sql_delete_table = "DROP TABLE %(table)s CASCADE"
    sql_alter_table_comment: str | None = "COMMENT ON TABLE %(table)s IS %(comment)s"
    sql_delete_procedure = "DROP PROCEDURE %(procedure)s"
    # How a foreign key is written inside CREATE TABLE and ADD COLUMN; None: as a statement of its own.
    sql_create_inline_fk: str | None = None
    sql_create_column_inline_fk: str | None = None

    def __init__(self, connection: Any, collect_sql: bool = False, atomic: bool = True) -> None:
        self.connection = connection
        self.collect_sql = collect_sql
        self.collected_sql: list[str] = []
        self.deferred_sql: list[Any] = []
        self.atomic_migration = connection.features.can_rollback_ddl and atomic

    def __enter__(self) -> Self:
        self.deferred_sql = []
        if self.atomic_migration:
            self.atomic = atomic(self.connection.alias)
            self.atomic.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            try:
                self._run_deferred()
                self._check_result()
            except BaseException as failure:
                if self.atomic_migration:
                    self.atomic.__exit__(type(failure), failure, failure.__traceback__)
                raise
        if self.atomic_migration:
            self.atomic.__exit__(kind, error, trace)

    def _run_deferred(self) -> None:
        for sql in self.deferred_sql:
            self.execute(sql, None)

    def _check_result(self) -> None:
        """Check, before the transaction is committed, what the database has not checked meanwhile."""

    # -- running --

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Run a statement, or collect it.

        Args:
            sql: text or `Statement`.
            params: parameters; None if `sql` has no placeholders at all (a `%` in it is one percent sign).
        """
        if not self.collect_sql and self.connection.in_atomic_block and not self.connection.features.can_rollback_ddl:
            raise TransactionManagementError(
                "Executing DDL statements while in a transaction on databases that can't perform a rollback is "
                "prohibited."
            )
        sql = str(sql)
        logger.debug("%s; (params %r)", sql, params, extra={"params": params, "sql": sql})
        if self.collect_sql:
            ending = "" if sql.rstrip().endswith(";") else ";"
            if params is not None:
                sql = sql % tuple(map(self.quote_value, params))
            self.collected_sql.append(sql + ending)
            return
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)

    def quote_name(self, name: str) -> str:
        """Quote an identifier."""
        return str(self.connection.ops.quote_name(name))

    # -- tables --

    def table_sql(self, model: Any) -> tuple[str, list[Any]]:
        """Give the CREATE TABLE of a model, and its parameters."""
        return self._table_sql(model, model._meta.db_table)

    def _table_sql(self, model: Any, table: str, only_fields: list[str] | None = None) -> tuple[str, list[Any]]:
        definitions: list[str] = []
        params: list[Any] = []
        for field in model._meta.local_fields:
            if only_fields is not None and field.name not in only_fields:
                continue  # a key that the model got because it had none
            definition, extra = self.column_sql(model, field)
            if definition is None or extra is None:
                continue
            definition += self._type_suffix(field) + self._column_check_sql(field) + self._inline_fk_sql(model, field)
            params.extend(extra)
            definitions.append(f"{self.quote_name(field.column)} {definition}")
        pk = model._meta.pk
        if getattr(pk, "columns", None) and len(pk.columns) > 1:
            columns = ", ".join(self.quote_name(column) for column in pk.columns)
            definitions.append(self.sql_pk_constraint % {"columns": columns})
        constraints = (constraint.constraint_sql(model, self) for constraint in model._meta.constraints)
        written = [str(constraint) for constraint in constraints if constraint]
        # Their values are written in; beside parameters, a percent sign of theirs has to be doubled.
        definitions.extend(text.replace("%", "%%") if params else text for text in written)
        sql = self.sql_create_table % {"table": self.quote_name(table), "definition": ", ".join(definitions)}
        tablespace = model._meta.db_tablespace
        if tablespace:
            sql = f"{sql} {self.connection.ops.tablespace_sql(tablespace)}".rstrip()
        return sql, params

    def _type_suffix(self, field: Any) -> str:
        suffix = field.db_type_suffix(connection=self.connection)
        return f" {suffix}" if suffix else ""

    def _inline_fk_sql(self, model: Any, field: Any) -> str:
        """Give the foreign key inside a column definition, or defer its statement."""
        if not self._fk_references(field):
            return ""
        if self.sql_create_inline_fk:
            return self._references_sql(self.sql_create_inline_fk, model, field)
        if self.connection.features.supports_foreign_keys:
            self.deferred_sql.append(self._create_fk_sql(model, field, "_fk_%(to_table)s_%(to_column)s"))
        return ""

    def _references_sql(self, template: str, model: Any, field: Any) -> str:
        target = field.target_field
        namespace, _name = split_identifier(model._meta.db_table)
        return " " + template % {
            "to_table": self.quote_name(target.model._meta.db_table),
            "to_column": self.quote_name(target.column),
            "on_delete_db": self._on_delete_sql(field),
            "name": self._fk_name(model, field, "_fk_%(to_table)s_%(to_column)s"),
            "column": self.quote_name(field.column),
            "deferrable": self.connection.ops.deferrable_sql(),
            "namespace": f"{self.quote_name(namespace)}." if namespace else "",
        }

    def create_model(self, model: Any) -> None:
        """Create a model's table, its indexes and constraints, and the tables of its many-to-many fields."""
        unique_together = [
            self._create_unique_sql(model, [model._meta.get_field(name) for name in names])
            for names in model._meta.unique_together
        ]
        sql, params = self.table_sql(model)
        # Deferred statements of constraints come before those of the table itself.
        self.deferred_sql.extend(statement for statement in unique_together if statement is not None)
        self.execute(sql, params or None)
        if self.connection.features.supports_comments:
            self._comment_new_table(model)
        self.deferred_sql.extend(self._model_indexes_sql(model))
        for field in model._meta.local_many_to_many:
            if field.remote_field.through._meta.auto_created:
                self.create_model(field.remote_field.through)

    def _comment_new_table(self, model: Any) -> None:
        if model._meta.db_table_comment:
            self.alter_db_table_comment(model, None, model._meta.db_table_comment)
        if self.connection.features.supports_comments_inline:
            return
        for field in model._meta.local_fields:
            if field.db_comment:
                self._comment_column(model, field)

    def delete_model(self, model: Any) -> None:
        """Drop a model's table and the tables of its many-to-many fields."""
        for field in model._meta.local_many_to_many:
            if field.remote_field.through._meta.auto_created:
                self.delete_model(field.remote_field.through)
        table = model._meta.db_table
        self.execute(self.sql_delete_table % {"table": self.quote_name(table)})
        self._forget_deferred(lambda statement: statement.references_table(table))

    def _forget_deferred(self, concerns: Any) -> None:
        self.deferred_sql = [
            statement
            for statement in self.deferred_sql
            if not (isinstance(statement, Statement) and concerns(statement))
        ]

    def alter_db_table(self, model: Any, old_db_table: str, new_db_table: str) -> None:
        """Rename a table; a rename that changes only the case is none where the database ignores it."""
        if old_db_table == new_db_table or (
            self.connection.features.ignores_table_name_case and old_db_table.lower() == new_db_table.lower()
        ):
            return
        self.execute(
            self.sql_rename_table
            % {"old_table": self.quote_name(old_db_table), "new_table": self.quote_name(new_db_table)}
        )
        for statement in self.deferred_sql:
            if isinstance(statement, Statement):
                statement.rename_table_references(old_db_table, new_db_table)

    def alter_db_table_comment(
        self, model: Any, old_db_table_comment: str | None, new_db_table_comment: str | None
    ) -> None:
        """Change a table's comment."""
        if self.sql_alter_table_comment and self.connection.features.supports_comments:
            self.execute(
                self.sql_alter_table_comment
                % {
                    "table": self.quote_name(model._meta.db_table),
                    "comment": self._comment_sql(new_db_table_comment),
                }
            )

    def alter_db_tablespace(self, model: Any, old_db_tablespace: str, new_db_tablespace: str) -> None:
        """Move a table to another tablespace."""
        self.execute(
            self.sql_retablespace_table
            % {
                "table": self.quote_name(model._meta.db_table),
                "old_tablespace": self.quote_name(old_db_tablespace),
                "new_tablespace": self.quote_name(new_db_tablespace),
            }
        )

    # -- indexes and constraints --

    def add_index(self, model: Any, index: Any) -> None:
        """Create an index."""
        if index.contains_expressions and not self.connection.features.supports_expression_indexes:
            return
        statement = index.create_sql(model, self)
        if statement is not None:
            # The statement has its values written in: a percent sign is one.
            self.execute(statement, params=None)

    def remove_index(self, model: Any, index: Any) -> None:
        """Drop an index."""
        if index.contains_expressions and not self.connection.features.supports_expression_indexes:
            return
        statement = index.remove_sql(model, self)
        if statement is not None:
            self.execute(statement)

    def rename_index(self, model: Any, old_index: Any, new_index: Any) -> None:
        """Rename an index; where the database cannot, drop and create it."""
        if self.connection.features.can_rename_index:
            self.execute(self._rename_index_sql(model, old_index.name, new_index.name), params=None)
        else:
            self.remove_index(model, old_index)
            self.add_index(model, new_index)

    def add_constraint(self, model: Any, constraint: Any) -> None:
        """Add a constraint."""
        statement = constraint.create_sql(model, self)
        if statement:
            self.execute(statement, params=None)

    def remove_constraint(self, model: Any, constraint: Any) -> None:
        """Drop a constraint."""
        statement = constraint.remove_sql(model, self)
        if statement:
            self.execute(statement)

    def alter_unique_together(self, model: Any, old_unique_together: Any, new_unique_together: Any) -> None:
        """Change what is unique together; both are lists of lists of field names."""
        old, new = _name_tuples(old_unique_together), _name_tuples(new_unique_together)
        for names in old:
            if names not in new:
                self._drop_composed(model, names, {"unique": True, "primary_key": False}, self.sql_delete_unique)
        for names in new:
            if names not in old:
                statement = self._create_unique_sql(model, [model._meta.get_field(name) for name in names])
                if statement is not None:
                    self.execute(statement)

    def alter_index_together(self, model: Any, old_index_together: Any, new_index_together: Any) -> None:
        """Change what is indexed together (migrations of old projects)."""
        old, new = _name_tuples(old_index_together), _name_tuples(new_index_together)
        for names in old:
            if names not in new:
                self._drop_composed(model, names, {"index": True, "unique": False}, self.sql_delete_index)
        for names in new:
            if names not in old:
                fields = [model._meta.get_field(name) for name in names]
                statement = self._create_index_sql(model, fields=fields, suffix="_idx")
                if statement is not None:
                    self.execute(statement)

    def _drop_composed(self, model: Any, names: Sequence[str], facts: dict[str, Any], template: str) -> None:
        """Drop the one unnamed index or constraint over several fields."""
        named = {constraint.name for constraint in model._meta.constraints} | {
            index.name for index in model._meta.indexes
        }
        columns = [model._meta.get_field(name).column for name in names]
        if self._forget_waiting(model._meta.db_table, columns, facts):
            return
        found = self._constraint_names(model, columns, exclude=named, **facts)
        if facts.get("unique") and len(found) > 1:
            # A constraint and its index may be listed both; the name we would give decides.
            made = self._create_index_name(model._meta.db_table, columns, suffix="_uniq")
            found = [name for name in found if name == made] or found
        if len(found) != 1:
            raise ValueError(
                f"Found wrong number ({len(found)}) of constraints for {model._meta.db_table}({', '.join(columns)})"
            )
        self.execute(self._delete_constraint_sql(template, model, found[0]))

    def _forget_waiting(self, table: str, columns: list[str], facts: dict[str, Any]) -> bool:
        """Take back an index or constraint that is still to be created; says whether there was one."""
        templates = (self.sql_create_unique,) if facts.get("unique") else (self.sql_create_index,)
        for statement in self.deferred_sql:
            if (
                isinstance(statement, Statement)
                and statement.template in templates
                and statement.references_table(table)
                and getattr(statement.parts.get("columns"), "columns", None) == columns
                and not isinstance(statement.parts.get("name"), str)
            ):
                self.deferred_sql.remove(statement)
                return True
        return False

    # -- columns --

    @staticmethod
    def _default_for_existing_rows(field: Any) -> Any:
        """Give the Python value that rows get where a field's column is new."""
        if field.has_default():
            return field.get_default()
        internal_type = field.get_internal_type()
        if not field.null and field.blank and field.empty_strings_allowed:
            return b"" if internal_type == "BinaryField" else ""
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            now = timezone.now() if settings.USE_TZ else datetime.datetime.now()
            if internal_type == "DateTimeField":
                return now
            return now.date() if internal_type == "DateField" else now.time()
        return None

    def add_field(self, model: Any, field: Any) -> None:
        """Add a field's column (or, for a many-to-many field, its table)."""
        if field.many_to_many and field.remote_field.through._meta.auto_created:
            self.create_model(field.remote_field.through)
            return
        definition, params = self.column_sql(model, field, include_default=True)
        if definition is None or params is None:
            return
        definition += self._column_check_sql(field)
        if self._type_suffix(field):
            definition += self._type_suffix(field)
        if self._fk_references(field):
            if self.sql_create_column_inline_fk:
                definition += self._references_sql(self.sql_create_column_inline_fk, model, field)
            else:
                self.deferred_sql.append(self._create_fk_sql(model, field, "_fk_%(to_table)s_%(to_column)s"))
        self.execute(
            self.sql_create_column
            % {
                "table": self.quote_name(model._meta.db_table),
                "column": self.quote_name(field.column),
                "definition": definition,
            },
            params or None,
        )
        if (
            not field.has_db_default()
            and not field.generated
            and not self.skip_default_on_alter(field)
            and self.effective_default(field) is not None
        ):
            # Defaults are Python's; the column had one only for the rows that are there.
            self._drop_column_default(model, field)
        features = self.connection.features
        if field.db_comment and features.supports_comments and not features.supports_comments_inline:
            self._comment_column(model, field)
        self.deferred_sql.extend(statement for statement in self._field_indexes_sql(model, field) if statement)
        if self.connection.features.connection_persists_old_columns:
            self.connection.close()

    def remove_field(self, model: Any, field: Any) -> None:
        """Drop a field's column (or, for a many-to-many field, its table)."""
        if field.many_to_many and field.remote_field.through._meta.auto_created:
            self.delete_model(field.remote_field.through)
            return
        if field.db_parameters(connection=self.connection)["type"] is None:
            return
        if field.remote_field:
            for name in self._constraint_names(model, [field.column], foreign_key=True):
                self.execute(self._delete_fk_sql(model, name))
        table = model._meta.db_table
        self.execute(
            self.sql_delete_column % {"table": self.quote_name(table), "column": self.quote_name(field.column)}
        )
        if self.connection.features.connection_persists_old_columns:
            self.connection.close()
        self._forget_deferred(lambda statement: statement.references_column(table, field.column))

    def alter_field(self, model: Any, old_field: Any, new_field: Any, strict: bool = False) -> None:
        """Change a field's column from one definition to another.

        Args:
            model: the model as it was before.
            old_field: the field as it was.
            new_field: the field as it shall be.
            strict: refuse where not exactly one constraint is found to drop.

        Raises:
            ValueError: a column cannot become what is asked, or the other way round.
        """
        if not self._differs(old_field, new_field):
            return
        old_params = old_field.db_parameters(connection=self.connection)
        new_params = new_field.db_parameters(connection=self.connection)
        old_type, new_type = old_params["type"], new_params["type"]
        self._refuse_changed_generated(old_field, new_field)
        through: list[Any] = [getattr(field.remote_field, "through", None) for field in (old_field, new_field)]
        if old_type is None and new_type is None and all(through):
            if all(model_between._meta.auto_created for model_between in through):
                self._alter_many_to_many(model, old_field, new_field, strict)
                return
            if not any(model_between._meta.auto_created for model_between in through):
                return  # both go through models of their own: nothing to do
        if (old_type is None and old_field.remote_field is None) or (
            new_type is None and new_field.remote_field is None
        ):
            raise ValueError(
                f"Cannot alter field {old_field} into field {new_field} - they do not properly define db_type (are you "
                "using a badly-written custom field?)"
            )
        if old_type is None or new_type is None:
            raise ValueError(
                f"Cannot alter field {old_field} into {new_field} - they are not compatible types (you cannot "
                "alter to or from M2M fields, or add or remove through= on M2M fields)"
            )
        self._alter_field(model, old_field, new_field, old_type, new_type, old_params, new_params, strict)

    def _refuse_changed_generated(self, old_field: Any, new_field: Any) -> None:
        if not (old_field.generated or new_field.generated):
            return
        if not (old_field.generated and new_field.generated and self._same_generated(old_field, new_field)):
            raise ValueError(
                f"Modifying GeneratedFields is not supported - the field {new_field} must be removed and re-added with "
                "the new definition."
            )

    def _same_generated(self, old_field: Any, new_field: Any) -> bool:
        try:
            return bool(
                old_field.db_persist == new_field.db_persist
                and old_field.generated_sql(self.connection) == new_field.generated_sql(self.connection)
            )
        except FieldError:  # one is made from a column that has another name by now
            return False

    def _differs(self, old_field: Any, new_field: Any, ignore: Iterable[str] = ()) -> bool:
        """Whether two fields differ in what concerns the database."""
        if not old_field.concrete and not new_field.concrete and not old_field.many_to_many:
            return False
        old_name, old_path, old_args, old_kwargs = old_field.deconstruct()
        new_name, new_path, new_args, new_kwargs = new_field.deconstruct()
        ignored = {*old_field.non_db_attrs, *new_field.non_db_attrs, *ignore}
        if old_field.has_db_default() and new_field.has_db_default() and "db_default" not in ignored:
            model = getattr(old_field, "model", None)
            if self.db_default_sql(old_field, model) == self.db_default_sql(new_field, model):
                ignored.add("db_default")  # written differently, the same for the database
        if self._fk_references(old_field) and self._fk_references(new_field):
            if self._on_delete_sql(old_field) != self._on_delete_sql(new_field):
                return True
        for kwargs in (old_kwargs, new_kwargs):
            for name in ignored:
                kwargs.pop(name, None)
        if self.quote_name(old_field.column or "") != self.quote_name(new_field.column or ""):
            return True
        if getattr(old_field.remote_field, "model", None) and getattr(new_field.remote_field, "model", None):
            for kwargs, field in ((old_kwargs, old_field), (new_kwargs, new_field)):
                if "to" in kwargs and not old_field.many_to_many:
                    kwargs["to"] = getattr(getattr(field.remote_field.model, "_meta", None), "db_table", kwargs["to"])
        if old_field.many_to_many and old_name != new_name:
            return True
        return bool((old_path, old_args, old_kwargs) != (new_path, new_args, new_kwargs))

    def _alter_many_to_many(self, model: Any, old_field: Any, new_field: Any, strict: bool) -> None:
        """Rename the table between, and point its columns to the new ends."""
        old_through, new_through = old_field.remote_field.through, new_field.remote_field.through
        if old_through._meta.db_table != new_through._meta.db_table:
            self.alter_db_table(old_through, old_through._meta.db_table, new_through._meta.db_table)
        for old_name, new_name in (
            (old_field.m2m_reverse_field_name(), new_field.m2m_reverse_field_name()),
            (old_field.m2m_field_name(), new_field.m2m_field_name()),
        ):
            self.alter_field(new_through, old_through._meta.get_field(old_name), new_through._meta.get_field(new_name))

    # -- others --

    def remove_procedure(self, procedure_name: str, param_types: Sequence[str] = ()) -> None:
        """Drop a stored procedure."""
        self.execute(
            self.sql_delete_procedure
            % {"procedure": self.quote_name(procedure_name), "param_types": ",".join(param_types)}
        )


def _name_tuples(together: Any) -> list[tuple[str, ...]]:
    return [tuple(names) for names in together]
