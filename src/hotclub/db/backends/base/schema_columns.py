"""How a field becomes a column definition: type, default, null, key, checks.

A mixin of the schema editor. It asks fields and the dialect's templates; it changes no table.
"""

from __future__ import annotations

from copy import copy
from importlib import import_module
from typing import Any


def ddl_compiler(model: Any, connection: Any) -> Any:
    """Give a compiler whose columns stand without their table, as DDL wants them.

    The query engine lies above the backends and is imported when the first expression has to become DDL.
    """
    query = import_module("hotclub.db.models.sql").Query(model, alias_cols=False)
    return query.get_compiler(connection=connection)


class ColumnDefinitions:
    """Mixin: column definitions of tables."""

    connection: Any

    def quote_name(self, name: str) -> str:
        raise NotImplementedError

    def quote_value(self, value: Any) -> str:
        """Write a value as a literal, for statements that take no parameters. Never for what users send."""
        raise NotImplementedError

    # -- defaults --

    @staticmethod
    def _default_for_existing_rows(field: Any) -> Any:
        raise NotImplementedError

    def effective_default(self, field: Any) -> Any:
        """Give the default of a field as the database takes it; None for no default."""
        return field.get_db_prep_save(self._default_for_existing_rows(field), self.connection)

    def skip_default(self, field: Any) -> bool:
        """Say whether the database refuses a default for the field's type."""
        return False

    def skip_default_on_alter(self, field: Any) -> bool:
        """The same for ALTER COLUMN."""
        return False

    def prepare_default(self, value: Any) -> str:
        """Write a default as a literal, where `requires_literal_defaults`."""
        raise NotImplementedError(
            "subclasses of BaseDatabaseSchemaEditor for backends which have requires_literal_defaults must provide a "
            "prepare_default() method"
        )

    def _default_placeholder(self, field: Any) -> str:
        """Give the template of a default's text."""
        return "%s"

    def db_default_sql(self, field: Any, model: Any = None) -> tuple[str, list[Any]]:
        """Give the text and parameters of a field's `db_default`; `model` stands in for one not bound yet."""
        expression = field._db_default_expression
        compiler = ddl_compiler(getattr(field, "model", model), self.connection)
        sql, params = compiler.compile(expression)
        literal = sql == "%s"
        template = self._default_placeholder(field) if literal else "(%s)"
        if self.connection.features.requires_literal_defaults:
            sql %= tuple(self.prepare_default(param) for param in params)
            params = []
        return template % sql, list(params)

    # -- generated columns, collation, comments --

    def _generated_sql(self, model: Any, field: Any) -> tuple[str, list[Any]]:
        if not hasattr(field, "model"):  # a column to be added
            field = copy(field)
            field.model = model
        sql, params = field.generated_sql(self.connection)
        if self.connection.features.requires_literal_defaults:
            sql %= tuple(self.quote_value(param) for param in params)
            params = ()
        return f"GENERATED ALWAYS AS ({sql}) {'STORED' if field.db_persist else 'VIRTUAL'}", list(params)

    def _collate_sql(
        self, collation: str | None, old_collation: str | None = None, table_name: str | None = None
    ) -> str:
        return f"COLLATE {self.quote_name(collation)}" if collation else ""

    def _comment_sql(self, comment: str | None) -> str:
        return self.quote_value(comment or "")

    # -- the definition --

    def _definition_parts(
        self, model: Any, field: Any, db_params: dict[str, Any], include_default: bool, params: list[Any]
    ) -> list[str]:
        """Give the words of a column definition after its name, and add their parameters to `params`."""
        features = self.connection.features
        parts = [db_params["type"]]
        if collation := db_params.get("collation"):
            parts.append(self._collate_sql(collation))
        if field.generated:
            sql, extra = self._generated_sql(model, field)
            parts.append(sql)
            params.extend(extra)
        elif field.has_db_default():
            sql, extra = self.db_default_sql(field, model)
            parts.append(f"DEFAULT {sql}")
            params.extend(extra)
        elif include_default and not self.skip_default(field):
            default = self.effective_default(field)
            if default is not None:
                if features.requires_literal_defaults:
                    parts.append(f"DEFAULT {self._default_placeholder(field) % self.prepare_default(default)}")
                else:
                    parts.append(f"DEFAULT {self._default_placeholder(field)}")
                    params.append(default)
        null = field.null or (
            field.empty_strings_allowed and not field.primary_key and features.interprets_empty_strings_as_nulls
        )
        if not null and not field.generated:
            parts.append("NOT NULL")
        elif not features.implied_column_null and not field.generated:
            parts.append("NULL")
        if field.primary_key:
            parts.append("PRIMARY KEY")
        elif field.unique:
            parts.append("UNIQUE")
        if features.supports_comments_inline and field.db_comment:
            parts.append(f"COMMENT {self._comment_sql(field.db_comment)}")
        tablespace = field.db_tablespace or model._meta.db_tablespace
        if tablespace and features.supports_tablespaces and field.unique:
            parts.append(self.connection.ops.tablespace_sql(tablespace, inline=True))
        return parts

    def column_sql(self, model: Any, field: Any, include_default: bool = False) -> tuple[str | None, list[Any] | None]:
        """Give a field's column definition, without its name, and the parameters; (None, None) if it has no column."""
        db_params = field.db_parameters(connection=self.connection)
        if db_params["type"] is None:
            return None, None
        params: list[Any] = []
        parts = self._definition_parts(model, field, db_params, include_default, params)
        return " ".join(part for part in parts if part), params

    def _column_check_sql(self, field: Any) -> str:
        check = field.db_parameters(connection=self.connection)["check"]
        return f" CHECK ({check})" if check else ""
