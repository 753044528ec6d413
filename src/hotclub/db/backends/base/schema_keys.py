"""Indexes, unique constraints, checks, foreign and primary keys: their names and statements.

A mixin of the schema editor. The statements keep references to their tables and columns (`ddl_references.py`), so that
those still deferred follow a rename.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hotclub.db.backends.base.schema_columns import ColumnDefinitions, ddl_compiler
from hotclub.db.backends.ddl_references import Columns, Expressions, ForeignKeyName, IndexName, Statement, Table
from hotclub.db.backends.utils import names_digest, split_identifier

LONGEST_NAME = 200


def made_name(table: str, columns: Sequence[str], suffix: str, longest: int) -> str:
    """Make the name of an index or constraint; the same for the same table and columns, on every database.

    A name that would be too long keeps its digest and suffix whole and takes equal shares of table and columns.
    Names that a database would not take (a digit or underscore in front) begin with a letter.
    """
    _, table = split_identifier(table)
    tail = f"{names_digest(table, *columns, length=8)}{suffix}"
    name = f"{table}_{'_'.join(columns)}_{tail}"
    if len(name) <= longest:
        return name
    if len(tail) > longest // 3:
        tail = tail[: longest // 3]
    share = (longest - len(tail)) // 2 - 1
    name = f"{table[:share]}_{'_'.join(columns)[:share]}_{tail}"
    if name[0] == "_" or name[0].isdigit():
        name = f"D{name[:-1]}"
    return name


class KeyStatements(ColumnDefinitions):
    """Mixin: statements about indexes and constraints."""

    sql_constraint = "CONSTRAINT %(name)s %(constraint)s"
    sql_unique_constraint = "UNIQUE (%(columns)s)%(deferrable)s"
    sql_check_constraint = "CHECK (%(check)s)"
    sql_pk_constraint = "PRIMARY KEY (%(columns)s)"
    sql_create_check: str | None = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s CHECK (%(check)s)"
    sql_delete_check = "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s"
    sql_create_unique = (
        "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s UNIQUE%(nulls_distinct)s (%(columns)s)%(deferrable)s"
    )
    sql_delete_unique = "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s"
    sql_create_fk: str | None = (
        "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(column)s) REFERENCES %(to_table)s "
        "(%(to_column)s)%(on_delete_db)s%(deferrable)s"
    )
    sql_delete_fk = "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s"
    sql_create_index = "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(include)s%(extra)s%(condition)s"
    sql_create_unique_index = (
        "CREATE UNIQUE INDEX %(name)s ON %(table)s (%(columns)s)%(include)s%(nulls_distinct)s%(condition)s"
    )
    sql_delete_index = "DROP INDEX %(name)s"
    sql_rename_index = "ALTER INDEX %(old_name)s RENAME TO %(new_name)s"
    sql_create_pk = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s PRIMARY KEY (%(columns)s)"
    sql_delete_pk = "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s"

    # -- names --

    def _create_index_name(self, table_name: str, column_names: Sequence[str], suffix: str = "") -> str:
        return made_name(table_name, column_names, suffix, self.connection.ops.max_name_length() or LONGEST_NAME)

    def _quoted_index_name(self, table: str, columns: Sequence[str], suffix: str) -> str:
        return self.quote_name(self._create_index_name(table, columns, suffix))

    def _quoted_fk_name(self, table: str, columns: Sequence[str], suffix: str) -> str:
        return self.quote_name(self._create_index_name(table, columns, suffix))

    def _table(self, model: Any) -> Table:
        return Table(model._meta.db_table, self.quote_name)

    # -- indexes --

    def _index_columns(
        self, table: str, columns: Sequence[str], col_suffixes: Sequence[str], opclasses: Sequence[str]
    ) -> Any:
        return Columns(table, columns, self.quote_name, col_suffixes=col_suffixes)

    def _index_condition_sql(self, condition: str | None) -> str:
        return f" WHERE {condition}" if condition else ""

    def _index_include_sql(self, model: Any, columns: Sequence[str] | None) -> Any:
        if not columns or not self.connection.features.supports_covering_indexes:
            return ""
        return Statement(" INCLUDE (%(columns)s)", columns=Columns(model._meta.db_table, columns, self.quote_name))

    def _index_tablespace_sql(self, model: Any, fields: Sequence[Any], db_tablespace: str | None) -> str:
        if db_tablespace is None and len(fields) == 1 and fields[0].db_tablespace:
            db_tablespace = fields[0].db_tablespace
        db_tablespace = db_tablespace or model._meta.db_tablespace
        return " " + self.connection.ops.tablespace_sql(db_tablespace) if db_tablespace else ""

    def _nulls_distinct_sql(self, nulls_distinct: bool | None) -> str:
        return {None: "", True: " NULLS DISTINCT", False: " NULLS NOT DISTINCT"}[nulls_distinct]

    def _create_index_sql(
        self,
        model: Any,
        *,
        fields: Sequence[Any] | None = None,
        name: str | None = None,
        suffix: str = "",
        using: str = "",
        db_tablespace: str | None = None,
        col_suffixes: Sequence[str] = (),
        sql: str | None = None,
        opclasses: Sequence[str] = (),
        condition: str | None = None,
        include: Sequence[str] | None = None,
        expressions: Any = None,
    ) -> Statement | None:
        """Give the statement that creates an index on fields or expressions."""
        fields = fields or []
        columns = [field.column for field in fields]
        table = model._meta.db_table
        if expressions:
            compiler = ddl_compiler(model, self.connection)
            indexed: Any = Expressions(table, expressions, compiler, self.quote_value)
        else:
            indexed = self._index_columns(table, columns, col_suffixes, opclasses)
        shown_name: Any = (
            IndexName(table, columns, suffix, self._quoted_index_name) if name is None else self.quote_name(name)
        )
        return Statement(
            sql or self.sql_create_index,
            table=self._table(model),
            name=shown_name,
            using=using,
            columns=indexed,
            extra=self._index_tablespace_sql(model, fields, db_tablespace),
            condition=self._index_condition_sql(condition),
            include=self._index_include_sql(model, include),
        )

    def _delete_index_sql(self, model: Any, name: str, sql: str | None = None) -> Statement | None:
        return Statement(sql or self.sql_delete_index, table=self._table(model), name=self.quote_name(name))

    def _rename_index_sql(self, model: Any, old_name: str, new_name: str) -> Statement:
        return Statement(
            self.sql_rename_index,
            table=self._table(model),
            old_name=self.quote_name(old_name),
            new_name=self.quote_name(new_name),
        )

    def _field_should_be_indexed(self, model: Any, field: Any) -> bool:
        return bool(field.db_index and not field.unique)

    def _field_indexes_sql(self, model: Any, field: Any) -> list[Any]:
        """Give the statements that create the index a field asks for."""
        return [self._create_index_sql(model, fields=[field])] if self._field_should_be_indexed(model, field) else []

    def _model_indexes_sql(self, model: Any) -> list[Any]:
        """Give the statements that create all indexes of a model."""
        options = model._meta
        if not options.managed or options.proxy or options.swapped:
            return []
        statements = [sql for field in options.local_fields for sql in self._field_indexes_sql(model, field)]
        for names in getattr(options, "index_together", ()):
            fields = [options.get_field(name) for name in names]
            statements.append(self._create_index_sql(model, fields=fields, suffix="_idx"))
        for index in options.indexes:
            if not index.contains_expressions or self.connection.features.supports_expression_indexes:
                statements.append(index.create_sql(model, self))
        return [statement for statement in statements if statement is not None]

    # -- unique --

    def _unique_supported(
        self,
        condition: Any = None,
        deferrable: Any = None,
        include: Any = None,
        expressions: Any = None,
        nulls_distinct: bool | None = None,
    ) -> bool:
        features = self.connection.features
        return bool(
            (not condition or features.supports_partial_indexes)
            and (not deferrable or features.supports_deferrable_unique_constraints)
            and (not include or features.supports_covering_indexes)
            and (not expressions or features.supports_expression_indexes)
            and (nulls_distinct is None or features.supports_nulls_distinct_unique_constraints)
        )

    def _deferrable_constraint_sql(self, deferrable: Any) -> str:
        name = getattr(deferrable, "name", None)
        if name is None:
            return ""
        return " DEFERRABLE INITIALLY DEFERRED" if name == "DEFERRED" else " DEFERRABLE INITIALLY IMMEDIATE"

    def _unique_sql(
        self,
        model: Any,
        fields: Sequence[Any],
        name: str,
        condition: str | None = None,
        deferrable: Any = None,
        include: Sequence[str] | None = None,
        opclasses: Sequence[str] | None = None,
        expressions: Any = None,
        nulls_distinct: bool | None = None,
    ) -> str | None:
        """Give a unique constraint's text for CREATE TABLE; one that needs an index is deferred, and gives None."""
        if not self._unique_supported(condition, deferrable, include, expressions, nulls_distinct):
            return None
        if condition or include or opclasses or expressions or nulls_distinct is not None:
            self.deferred_sql.append(
                self._create_unique_sql(
                    model, fields, name, condition, deferrable, include, opclasses, expressions, nulls_distinct
                )
            )
            return None
        constraint = self.sql_unique_constraint % {
            "columns": ", ".join(self.quote_name(field.column) for field in fields),
            "deferrable": self._deferrable_constraint_sql(deferrable),
        }
        return self.sql_constraint % {"name": self.quote_name(name), "constraint": constraint}

    deferred_sql: list[Any]

    def _create_unique_sql(
        self,
        model: Any,
        fields: Sequence[Any],
        name: str | None = None,
        condition: str | None = None,
        deferrable: Any = None,
        include: Sequence[str] | None = None,
        opclasses: Sequence[str] | None = None,
        expressions: Any = None,
        nulls_distinct: bool | None = None,
    ) -> Statement | None:
        """Give the statement that makes columns or expressions unique together."""
        if not self._unique_supported(condition, deferrable, include, expressions, nulls_distinct):
            return None
        table = model._meta.db_table
        columns = [field.column for field in fields]
        if expressions:
            unique: Any = Expressions(table, expressions, ddl_compiler(model, self.connection), self.quote_value)
        else:
            unique = self._index_columns(table, columns, col_suffixes=(), opclasses=opclasses or ())
        shown_name: Any = (
            IndexName(table, columns, "_uniq", self._quoted_index_name) if name is None else self.quote_name(name)
        )
        needs_index = condition or include or opclasses or expressions
        return Statement(
            self.sql_create_unique_index if needs_index else self.sql_create_unique,
            table=self._table(model),
            name=shown_name,
            columns=unique,
            condition=self._index_condition_sql(condition),
            deferrable=self._deferrable_constraint_sql(deferrable),
            include=self._index_include_sql(model, include),
            nulls_distinct=self._nulls_distinct_sql(nulls_distinct),
        )

    def _delete_unique_sql(
        self,
        model: Any,
        name: str,
        condition: Any = None,
        deferrable: Any = None,
        include: Any = None,
        opclasses: Any = None,
        expressions: Any = None,
        nulls_distinct: bool | None = None,
    ) -> Statement | None:
        if not self._unique_supported(condition, deferrable, include, expressions, nulls_distinct):
            return None
        needs_index = condition or include or opclasses or expressions
        return self._delete_constraint_sql(
            self.sql_delete_index if needs_index else self.sql_delete_unique, model, name
        )

    # -- checks --

    def _check_sql(self, name: str, check: str) -> str:
        constraint = self.sql_check_constraint % {"check": check}
        return self.sql_constraint % {"name": self.quote_name(name), "constraint": constraint}

    def _create_check_sql(self, model: Any, name: str, check: str) -> Statement | None:
        if not self.connection.features.supports_table_check_constraints or self.sql_create_check is None:
            return None
        return Statement(self.sql_create_check, table=self._table(model), name=self.quote_name(name), check=check)

    def _delete_check_sql(self, model: Any, name: str) -> Statement | None:
        if not self.connection.features.supports_table_check_constraints:
            return None
        return self._delete_constraint_sql(self.sql_delete_check, model, name)

    # -- foreign keys --

    def _fk_references(self, field: Any) -> bool:
        """Whether a field asks for a foreign key constraint."""
        # A many-to-many field has no column; the keys of its table are fields of their own.
        return bool(
            field.remote_field
            and getattr(field, "db_constraint", False)
            and self.connection.features.supports_foreign_keys
        )

    def _on_delete_sql(self, field: Any) -> str:
        on_delete = getattr(field.remote_field, "on_delete", None)
        describe = getattr(on_delete, "on_delete_sql", None)
        return describe(self) if describe is not None else ""

    def _fk_name(self, model: Any, field: Any, suffix: str) -> ForeignKeyName:
        target = field.target_field
        to_table = split_identifier(target.model._meta.db_table)[1]
        return ForeignKeyName(
            model._meta.db_table, [field.column], to_table, [target.column], suffix, self._quoted_fk_name
        )

    def _create_fk_sql(self, model: Any, field: Any, suffix: str) -> Statement:
        table = model._meta.db_table
        target = field.target_field
        to_table, to_column = target.model._meta.db_table, target.column
        return Statement(
            self.sql_create_fk or "",
            table=Table(table, self.quote_name),
            name=self._fk_name(model, field, suffix),
            column=Columns(table, [field.column], self.quote_name),
            to_table=Table(to_table, self.quote_name),
            to_column=Columns(to_table, [to_column], self.quote_name),
            on_delete_db=self._on_delete_sql(field),
            deferrable=self.connection.ops.deferrable_sql(),
        )

    def _delete_fk_sql(self, model: Any, name: str) -> Statement:
        return self._delete_constraint_sql(self.sql_delete_fk, model, name)

    # -- primary keys, and all constraints --

    def _create_primary_key_sql(self, model: Any, field: Any) -> Statement:
        return Statement(
            self.sql_create_pk,
            table=self._table(model),
            name=self.quote_name(self._create_index_name(model._meta.db_table, [field.column], suffix="_pk")),
            columns=Columns(model._meta.db_table, [field.column], self.quote_name),
        )

    def _delete_constraint_sql(self, template: str, model: Any, name: str) -> Statement:
        return Statement(template, table=self._table(model), name=self.quote_name(name))

    def _constraint_names(
        self,
        model: Any,
        column_names: Sequence[str] | None = None,
        unique: bool | None = None,
        primary_key: bool | None = None,
        index: bool | None = None,
        foreign_key: bool | None = None,
        check: bool | None = None,
        type_: str | None = None,
        exclude: Iterable[str] | None = None,
    ) -> list[str]:
        """Name the constraints of a model's table that have the given columns and properties."""
        introspection = self.connection.introspection
        columns = None if column_names is None else [introspection.identifier_converter(name) for name in column_names]
        with self.connection.cursor() as cursor:
            described = introspection.get_constraints(cursor, model._meta.db_table)
        wanted = {"unique": unique, "primary_key": primary_key, "index": index, "check": check}
        excluded = set(exclude or ())
        return [
            name
            for name, facts in described.items()
            if name not in excluded
            and (columns is None or columns == facts["columns"])
            and all(value is None or bool(facts[key]) == value for key, value in wanted.items())
            and (foreign_key is None or bool(facts["foreign_key"]) == foreign_key)
            and (type_ is None or facts.get("type") == type_)
        ]
