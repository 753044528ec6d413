"""MySQL's schema editor: MODIFY says a whole column again, and a foreign key needs an index of its own."""

from __future__ import annotations

from typing import Any

from hotclub.db.backends.base.schema import BaseDatabaseSchemaEditor
from hotclub.db.backends.base.schema_alter import Change
from hotclub.db.backends.ddl_references import Statement


class DatabaseSchemaEditor(BaseDatabaseSchemaEditor):
    """Changes the tables of a MySQL or MariaDB database."""

    sql_rename_table = "RENAME TABLE %(old_table)s TO %(new_table)s"
    sql_delete_table = "DROP TABLE %(table)s"
    sql_alter_column_null = "MODIFY %(column)s %(type)s NULL"
    sql_alter_column_not_null = "MODIFY %(column)s %(type)s NOT NULL"
    sql_alter_column_type = "MODIFY %(column)s %(type)s%(collation)s"
    sql_alter_column_no_default_null = "ALTER COLUMN %(column)s SET DEFAULT NULL"
    sql_delete_unique = "ALTER TABLE %(table)s DROP INDEX %(name)s"
    sql_create_column_inline_fk = (
        ", ADD CONSTRAINT %(name)s FOREIGN KEY (%(column)s) REFERENCES %(to_table)s(%(to_column)s)%(on_delete_db)s"
    )
    sql_delete_fk = "ALTER TABLE %(table)s DROP FOREIGN KEY %(name)s"
    sql_delete_index = "DROP INDEX %(name)s ON %(table)s"
    sql_rename_index = "ALTER TABLE %(table)s RENAME INDEX %(old_name)s TO %(new_name)s"
    sql_create_pk = "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s PRIMARY KEY (%(columns)s)"
    sql_delete_pk = "ALTER TABLE %(table)s DROP PRIMARY KEY"
    sql_create_index = "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(extra)s"
    sql_alter_table_comment = "ALTER TABLE %(table)s COMMENT = %(comment)s"
    sql_alter_column_comment = None
    null_change_drops_default = True

    @property
    def sql_delete_check(self) -> str:  # type: ignore[override]  # two products
        word = "CONSTRAINT IF EXISTS" if self.connection.mysql_is_mariadb else "CHECK"
        return f"ALTER TABLE %(table)s DROP {word} %(name)s"

    def quote_value(self, value: Any) -> str:
        self.connection.ensure_connection()
        return str(self.connection.connection.escape(value, self.connection.connection.encoders))

    def _limited_data_type(self, field: Any) -> bool:
        db_type = field.db_type(self.connection)
        return db_type is not None and db_type.lower() in self.connection._limited_data_types

    def skip_default(self, field: Any) -> bool:
        return self._limited_data_type(field) and not self.connection.features.supports_expression_defaults

    def skip_default_on_alter(self, field: Any) -> bool:
        return self._limited_data_type(field) and not self.connection.mysql_is_mariadb

    def _default_placeholder(self, field: Any) -> str:
        # Long types take only an expression as their default.
        return "(%s)" if self._limited_data_type(field) and not self.connection.mysql_is_mariadb else "%s"

    def _comment_sql(self, comment: str | None) -> str:
        return self.quote_value(comment or "")

    def _field_should_be_indexed(self, model: Any, field: Any) -> bool:
        if not super()._field_should_be_indexed(model, field):
            return False
        # A foreign key has the index that the database makes for it.
        makes_own = field.get_internal_type() in ("ForeignKey", "OneToOneField") and field.db_constraint
        return not makes_own and not self._limited_data_type(field)

    # -- indexes that foreign keys need --

    def _delete_constraint_sql(self, template: str, model: Any, name: str) -> Statement:
        if template in (self.sql_delete_unique, self.sql_delete_index):
            self._keep_index_of_key(model, name)
        return super()._delete_constraint_sql(template, model, name)

    def _delete_index_sql(self, model: Any, name: str, sql: str | None = None) -> Statement | None:
        return self._delete_constraint_sql(sql or self.sql_delete_index, model, name)

    def _keep_index_of_key(self, model: Any, going: str) -> None:
        """Give a foreign key an index of its own, if the one that is dropped is all it has: the server insists on one."""
        with self.connection.cursor() as cursor:
            described = self.connection.introspection.get_constraints(cursor, model._meta.db_table)
        first = described[going]["columns"][:1] if going in described else []
        field = next((field for field in model._meta.local_fields if [field.column] == first), None)
        if field is None or not any(facts["foreign_key"] and facts["columns"] == first for facts in described.values()):
            return
        others = (facts for name, facts in described.items() if name != going and facts["index"])
        if not any(facts["columns"][:1] == first for facts in others):
            self.execute(self._create_index_sql(model, fields=[field]))

    def _drop_index(self, change: Change) -> None:
        # The index of a foreign key is the server's, and stays as long as the key does.
        if not (self._fk_references(change.old_field) and self._fk_references(change.new_field)):
            super()._drop_index(change)

    # -- columns --

    def _change_column(self, change: Change) -> None:
        if change.old_field.db_comment != change.new_field.db_comment and not change.retypes:
            pieces, _ = self._type_change(change)  # the only way to say a comment
            self._run_pieces(change.model, [(piece, []) for piece in pieces])
        super()._change_column(change)

    def _type_change(self, change: Change) -> tuple[list[str], list[str]]:
        pieces, afterwards = super()._type_change(change)
        return [pieces[0] + self._kept_properties(change.old_field, change.new_field)], afterwards

    def _kept_properties(self, old_field: Any, field: Any) -> str:
        """MODIFY drops what it does not say. NOT NULL waits until nulls are filled."""
        words = [] if field.null or old_field.null or field.generated else ["NOT NULL"]
        suffix = field.db_type_suffix(connection=self.connection)
        if suffix:
            words.append(suffix)
        if field.db_comment and self.connection.features.supports_comments:
            words.append(f"COMMENT {self._comment_sql(field.db_comment)}")
        return f" {' '.join(words)}" if words else ""

    def _null_change(self, field: Any) -> str:
        db_params = field.db_parameters(connection=self.connection)
        comment = f" COMMENT {self._comment_sql(field.db_comment)}" if field.db_comment else ""
        collation = f" {self._collate_sql(db_params['collation'])}" if db_params.get("collation") else ""
        template = self.sql_alter_column_null if field.null else self.sql_alter_column_not_null
        return template % {"column": self.quote_name(field.column), "type": f"{db_params['type']}{collation}"} + comment
