"""ALTER COLUMN in general: the order in which keys go, columns change, and keys come back.

A mixin of the schema editor. A change is a comparison of two descriptions of one column; each difference becomes an
action, and the actions run in the only order in which a database takes them: foreign keys away, uniqueness and indexes
away, checks away, name, type and default and null, then everything back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hotclub.db.backends.base.schema_keys import KeyStatements
from hotclub.db.backends.ddl_references import Statement


@dataclass(frozen=True)
class Change:
    """One column, before and after."""

    model: Any
    old_field: Any
    new_field: Any
    old_type: str
    new_type: str
    old_params: dict[str, Any]
    new_params: dict[str, Any]
    strict: bool

    @property
    def renames(self) -> bool:
        return bool(self.old_field.column != self.new_field.column)

    @property
    def collates(self) -> bool:
        return bool(self.old_params.get("collation") != self.new_params.get("collation"))

    @property
    def retypes(self) -> bool:
        return self.old_type != self.new_type or self.collates

    @property
    def keyed_field(self) -> Any:
        """The field that other models' relations refer to: the new one, once it belongs to a model."""
        return self.new_field if hasattr(self.new_field, "model") else self.old_field

    @property
    def loses_primary_key(self) -> bool:
        return bool(self.old_field.primary_key and not self.new_field.primary_key)

    @property
    def becomes_primary_key(self) -> bool:
        return bool(self.new_field.primary_key and not self.old_field.primary_key)

    @property
    def becomes_unique(self) -> bool:
        return bool(
            not self.new_field.primary_key
            and self.new_field.unique
            and (not self.old_field.unique or self.old_field.primary_key)
        )

    @property
    def loses_unique(self) -> bool:
        return bool(
            self.old_field.unique
            and not self.old_field.primary_key
            and (not self.new_field.unique or self.becomes_primary_key)
        )


class ColumnChanges(KeyStatements):
    """Mixin: changing a column."""

    sql_create_column = "ALTER TABLE %(table)s ADD COLUMN %(column)s %(definition)s"
    sql_alter_column = "ALTER TABLE %(table)s %(changes)s"
    sql_alter_column_type = "ALTER COLUMN %(column)s TYPE %(type)s%(collation)s"
    sql_alter_column_null = "ALTER COLUMN %(column)s DROP NOT NULL"
    sql_alter_column_not_null = "ALTER COLUMN %(column)s SET NOT NULL"
    sql_alter_column_default = "ALTER COLUMN %(column)s SET DEFAULT %(default)s"
    sql_alter_column_no_default = "ALTER COLUMN %(column)s DROP DEFAULT"
    sql_alter_column_no_default_null = sql_alter_column_no_default
    sql_delete_column = "ALTER TABLE %(table)s DROP COLUMN %(column)s"
    sql_rename_column = "ALTER TABLE %(table)s RENAME COLUMN %(old_column)s TO %(new_column)s"
    sql_update_with_default = "UPDATE %(table)s SET %(column)s = %(default)s WHERE %(column)s IS NULL"
    null_change_drops_default = False
    """Whether a change of NULL says the whole column anew, without its default."""
    sql_alter_column_comment: str | None = "COMMENT ON COLUMN %(table)s.%(column)s IS %(comment)s"

    def execute(self, sql: Any, params: Any = ()) -> None:
        raise NotImplementedError

    # -- pieces of ALTER TABLE --

    def _alter(self, model: Any, changes: str, params: list[Any] | None = None) -> None:
        self.execute(
            self.sql_alter_column % {"table": self.quote_name(model._meta.db_table), "changes": changes}, params or None
        )

    def _default_change(self, model: Any, field: Any, drop: bool) -> tuple[str, list[Any]]:
        default = self.effective_default(field)
        params = [] if drop or default is None else [default]
        text = self._default_placeholder(field)
        if params and self.connection.features.requires_literal_defaults:
            text, params = self.prepare_default(default), []
        template = self.sql_alter_column_default
        if drop:
            template = self.sql_alter_column_no_default_null if field.null else self.sql_alter_column_no_default
        db_type = field.db_parameters(connection=self.connection)["type"]
        return template % {"column": self.quote_name(field.column), "type": db_type, "default": text}, params

    def _drop_column_default(self, model: Any, field: Any) -> None:
        changes, params = self._default_change(model, field, drop=True)
        self._alter(model, changes, params)

    def _db_default_change(self, field: Any) -> tuple[str, list[Any]]:
        if not field.has_db_default():
            template = self.sql_alter_column_no_default_null if field.null else self.sql_alter_column_no_default
            return template % {"column": self.quote_name(field.column), "type": ""}, []
        sql, params = self.db_default_sql(field)
        return self.sql_alter_column_default % {"column": self.quote_name(field.column), "default": sql}, params

    def _null_change(self, field: Any) -> str:
        template = self.sql_alter_column_null if field.null else self.sql_alter_column_not_null
        db_type = field.db_parameters(connection=self.connection)["type"]
        return template % {"column": self.quote_name(field.column), "type": db_type}

    def _type_change(self, change: Change) -> tuple[list[str], list[str]]:
        """Give the pieces of ALTER TABLE that change the type, and statements to run after them."""
        collation = self._collate_sql(change.new_params.get("collation"))  # a new type forgets the old one
        piece = self.sql_alter_column_type % {
            "column": self.quote_name(change.new_field.column),
            "type": change.new_type,
            "collation": f" {collation}" if collation else "",
        }
        return [piece], []

    def _rename_column(self, model: Any, old_field: Any, new_field: Any, new_type: str) -> None:
        table = model._meta.db_table
        self.execute(
            self.sql_rename_column
            % {
                "table": self.quote_name(table),
                "old_column": self.quote_name(old_field.column),
                "new_column": self.quote_name(new_field.column),
                "type": new_type,
            }
        )
        for statement in self.deferred_sql:
            if isinstance(statement, Statement):
                statement.rename_column_references(table, old_field.column, new_field.column)

    def _comment_column(self, model: Any, field: Any) -> None:
        if self.sql_alter_column_comment:
            self.execute(
                self.sql_alter_column_comment
                % {
                    "table": self.quote_name(model._meta.db_table),
                    "column": self.quote_name(field.column),
                    "comment": self._comment_sql(field.db_comment),
                }
            )

    # -- the whole change --

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
        dropped_fks = self._drop_own_fk(change)
        self._drop_unique(change)
        if change.loses_primary_key:
            self._drop_primary_key(change)
        pointing = self._drop_pointing_fks(change)
        self._drop_index(change)
        self._drop_check(change)
        if change.renames:
            self._rename_column(model, old_field, new_field, new_type)
        self._change_column(change)
        if change.becomes_unique:
            self.execute(self._create_unique_sql(model, [new_field]))
        if self._needs_new_index(change):
            self.execute(self._create_index_sql(model, fields=[new_field]))
        if change.becomes_primary_key:
            self._move_primary_key(change)
        self._retype_pointing_columns(change)
        self._create_fks(change, dropped_fks, pointing)
        check = new_db_params["check"]
        if check and old_db_params["check"] != check:
            name = self._create_index_name(model._meta.db_table, [new_field.column], suffix="_check")
            statement = self._create_check_sql(model, name, check)
            if statement is not None:
                self.execute(statement)
        if self.connection.features.connection_persists_old_columns:
            self.connection.close()

    # -- what goes first --

    def _found(self, change: Change, what: str, **facts: Any) -> list[str]:
        model = change.model
        named = {constraint.name for constraint in model._meta.constraints} | {
            index.name for index in model._meta.indexes
        }
        named |= self._further_index_names(model, change.old_field)
        names = self._constraint_names(model, [change.old_field.column], exclude=named, **facts)
        if change.strict and len(names) != 1:
            raise ValueError(
                f"Found wrong number ({len(names)}) of {what} constraints for {model._meta.db_table}."
                f"{change.old_field.column}"
            )
        return names

    def _further_index_names(self, model: Any, field: Any) -> set[str]:
        """Name the indexes that the backend makes for a field beside the one it asks for."""
        return set()

    def _drop_own_fk(self, change: Change) -> bool:
        old, new = change.old_field, change.new_field
        if not self._fk_references(old) or not self._fk_differs(change):
            return False
        self._forget_waiting_fk(change.model._meta.db_table, old.column)
        for name in self._found(change, "foreign key", foreign_key=True):
            self.execute(self._delete_fk_sql(change.model, name))
        return bool(new.remote_field)

    def _waiting_fk(self, table: str, column: str) -> Any:
        """Give the deferred statement that creates a column's foreign key, if there is one."""
        for statement in self.deferred_sql:
            if (
                isinstance(statement, Statement)
                and statement.template == self.sql_create_fk
                and statement.parts["column"].references_column(table, column)
            ):
                return statement
        return None

    def _forget_waiting_fk(self, table: str, column: str) -> None:
        statement = self._waiting_fk(table, column)
        if statement is not None:
            self.deferred_sql.remove(statement)

    def _fk_differs(self, change: Change) -> bool:
        """Whether the constraint has to be made anew. One that follows a rename by itself is left alone."""
        if change.retypes or not self._fk_references(change.new_field):
            return True
        target = change.new_field.target_field
        same_action = self._on_delete_sql(change.old_field) == self._on_delete_sql(change.new_field)
        waiting = self._waiting_fk(change.model._meta.db_table, change.old_field.column)
        if waiting is not None:
            return not (
                same_action and waiting.parts["to_column"].references_column(target.model._meta.db_table, target.column)
            )
        with self.connection.cursor() as cursor:
            relations = self.connection.introspection.get_relations(cursor, change.model._meta.db_table)
        found = relations.get(change.old_field.column)
        if found is None:
            return True
        wanted = (target.column, target.model._meta.db_table)
        return tuple(found[:2]) != wanted or not same_action

    def _drop_unique(self, change: Change) -> None:
        if change.loses_unique:
            for name in self._found(change, "unique", unique=True, primary_key=False):
                self.execute(self._delete_unique_sql(change.model, name))

    def _drop_pointing_fks(self, change: Change) -> list[Any]:
        """Drop the foreign keys of other tables to a unique column whose type changes; give their relations."""
        old, new = change.old_field, change.new_field
        drops = self.connection.features.supports_foreign_keys and (
            (old.primary_key and new.primary_key) or (old.unique and new.unique)
        )
        if not drops or not change.retypes:
            return []
        relations = list(relations_to(change.keyed_field))
        for relation in relations:
            if not relation.field.db_constraint:
                continue
            for name in self._constraint_names(relation.related_model, [relation.field.column], foreign_key=True):
                self.execute(self._delete_fk_sql(relation.related_model, name))
        return relations

    def _drop_index(self, change: Change) -> None:
        old, new = change.old_field, change.new_field
        if old.db_index and not old.unique and (not new.db_index or new.unique):
            names = self._found(change, "index", index=True, unique=False, type_=self._plain_index_type())
            for name in names:
                self.execute(self._delete_index_sql(change.model, name))

    def _plain_index_type(self) -> str:
        return "idx"

    def _drop_check(self, change: Change) -> None:
        old_check, new_check = change.old_params["check"], change.new_params["check"]
        if old_check and old_check != new_check:
            for name in self._found(change, "check", check=True):
                self.execute(self._delete_check_sql(change.model, name))

    # -- the column --

    def _change_column(self, change: Change) -> None:
        model, old, new = change.model, change.old_field, change.new_field
        pieces: list[tuple[str, list[Any]]] = []
        afterwards: list[str] = []
        if change.retypes:
            types, afterwards = self._type_change(change)
            pieces.extend((piece, []) for piece in types)
        if (
            self.connection.features.supports_comments
            and not self.connection.features.supports_comments_inline
            and old.db_comment != new.db_comment
        ):
            self._comment_column(model, new)
        if new.has_db_default():
            if not old.has_db_default() or self._db_default_key(new) != self._db_default_key(old):
                pieces.append(self._db_default_change(new))
        elif old.has_db_default():
            pieces.append(self._db_default_change(new))
        fills = self._fills_nulls(change)
        if fills and not new.has_db_default():
            changes, params = self._default_change(model, new, drop=False)
            pieces.append((changes, params))
        null_piece = self._null_change(new) if old.null != new.null else None
        if null_piece and not fills:
            pieces.append((null_piece, []))
        self._run_pieces(model, pieces)
        if fills:
            self._fill_nulls(model, new)
            if null_piece:
                self._alter(model, null_piece)
                if self.null_change_drops_default and new.has_db_default():
                    changes, params = self._db_default_change(new)
                    self._alter(model, changes, params)
        for sql in afterwards:
            self.execute(sql)
        if fills and not new.has_db_default() and not self.skip_default_on_alter(new):
            self._drop_column_default(model, new)

    def _db_default_key(self, field: Any) -> Any:
        sql, params = self.db_default_sql(field)
        return sql, tuple(params)

    def _fills_nulls(self, change: Change) -> bool:
        old, new = change.old_field, change.new_field
        return bool(
            old.null
            and not new.null
            and not self.skip_default_on_alter(new)
            and (new.has_db_default() or self.effective_default(new) is not None)
        )

    def _run_pieces(self, model: Any, pieces: list[tuple[str, list[Any]]]) -> None:
        if self.connection.features.supports_combined_alters and pieces:
            self._alter(model, ", ".join(sql for sql, _ in pieces), [param for _, params in pieces for param in params])
            return
        for sql, params in pieces:
            self._alter(model, sql, params)

    def _fill_nulls(self, model: Any, field: Any) -> None:
        if field.has_db_default():
            text, params = self.db_default_sql(field)
        elif self.connection.features.requires_literal_defaults:
            text, params = self.prepare_default(self.effective_default(field)), []
        else:
            text, params = "%s", [self.effective_default(field)]
        self.execute(
            self.sql_update_with_default
            % {
                "table": self.quote_name(model._meta.db_table),
                "column": self.quote_name(field.column),
                "default": text,
            },
            params or None,
        )

    # -- what comes back --

    def _needs_new_index(self, change: Change) -> bool:
        old, new = change.old_field, change.new_field
        return bool((not old.db_index or old.unique) and new.db_index and not new.unique)

    def _drop_primary_key(self, change: Change) -> None:
        for name in self._constraint_names(change.model, primary_key=True):
            self.execute(self._delete_constraint_sql(self.sql_delete_pk, change.model, name))

    def _move_primary_key(self, change: Change) -> None:
        self._drop_primary_key(change)
        self.execute(self._create_primary_key_sql(change.model, change.new_field))

    def _retype_pointing_columns(self, change: Change) -> None:
        """Give columns that refer to a primary key its new type."""
        new = change.new_field
        if not (new.primary_key or new.unique) or not change.retypes:
            return
        for relation in relations_to(change.keyed_field):
            field = relation.field
            db_type = field.db_parameters(connection=self.connection)["type"]
            if db_type is None:
                continue
            params = field.db_parameters(connection=self.connection)
            before = {**params, "collation": change.old_params.get("collation")}
            related = Change(
                relation.related_model, field, field, change.old_type, db_type, before, params, strict=False
            )
            pieces, afterwards = self._type_change(related)
            self._run_pieces(relation.related_model, [(piece, []) for piece in pieces])
            for sql in afterwards:
                self.execute(sql)

    def _create_fks(self, change: Change, dropped: bool, pointing: list[Any]) -> None:
        old, new = change.old_field, change.new_field
        if self._fk_references(new) and (dropped or not self._fk_references(old)):
            self.execute(self._create_fk_sql(change.model, new, "_fk_%(to_table)s_%(to_column)s"))
        for relation in pointing:
            if relation.field.db_constraint:
                self.execute(
                    self._create_fk_sql(relation.related_model, relation.field, "_fk_%(to_table)s_%(to_column)s")
                )


def relations_to(field: Any, seen: set[Any] | None = None) -> Iterator[Any]:
    """Give the foreign keys to a field, those of tables between included; and the keys to keys that follow it."""
    if not hasattr(field, "model"):
        return  # of no model yet, so nothing refers to it
    seen = set() if seen is None else seen
    relations = [
        relation
        for relation in field.model._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete and not relation.many_to_many
    ]
    for relation in sorted(relations, key=lambda relation: (relation.related_model._meta.label, relation.field.name)):
        key = relation.field
        if key in seen or field not in key.foreign_related_fields or relation.related_model._meta.proxy:
            continue
        if not any(own is key for own in relation.related_model._meta.local_fields):
            continue  # inherited: it is another table's column
        seen.add(key)
        yield relation
        if key.primary_key or key.unique:
            yield from relations_to(key, seen)


__all__ = ["Change", "ColumnChanges", "relations_to"]
