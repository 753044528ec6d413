"""Reading a database's own description of its tables."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator
from typing import Any, ClassVar

from hotclub.apps import apps
from hotclub.db.backends.base.part import ConnectionPart
from hotclub.db.connection_registry import router

TableInfo = namedtuple("TableInfo", ["name", "type"])  # the documented-by-use form: callers extend `_fields`
"""A table (`t`) or view (`v`)."""

FieldInfo = namedtuple(  # the same
    "FieldInfo",
    "name type_code display_size internal_size precision scale null_ok default collation",
)
"""A column: the driver's seven values, its default and its collation."""


def extended_record(record: Any, *names: str) -> Any:
    """Make a record class with the fields of another and more: what one database tells beyond the others."""
    return namedtuple(record.__name__, (*record._fields, *names))  # made at run time


class BaseDatabaseIntrospection(ConnectionPart):
    """Tables, columns, keys and constraints of a database."""

    data_types_reverse: Any = {}
    on_delete_types: ClassVar[dict[str, Any]] = {}
    """What the database does on delete → the `on_delete` rule. The ORM registers its rules here."""

    def get_field_type(self, data_type: Any, description: Any) -> Any:
        """Give the field class name for a column's type; KeyError if unknown."""
        return self.data_types_reverse[data_type]

    def identifier_converter(self, name: str) -> str:
        """Bring an identifier to the case the database reports."""
        return name

    def table_names(self, cursor: Any = None, include_views: bool = False) -> list[str]:
        """Name the tables of the database, sorted."""
        if cursor is None:
            with self.connection.cursor() as own_cursor:
                return self._names(own_cursor, include_views)
        return self._names(cursor, include_views)

    def _names(self, cursor: Any, include_views: bool) -> list[str]:
        return sorted(table.name for table in self.get_table_list(cursor) if include_views or table.type == "t")

    def get_table_list(self, cursor: Any) -> list[Any]:
        """Give the tables and views as `TableInfo`, unsorted."""
        raise NotImplementedError("subclasses of BaseDatabaseIntrospection may require a get_table_list() method")

    def get_table_description(self, cursor: Any, table_name: str) -> list[Any]:
        """Give the columns of a table as `FieldInfo`."""
        raise NotImplementedError(
            "subclasses of BaseDatabaseIntrospection may require a get_table_description() method."
        )

    def get_migratable_models(self) -> Iterator[Any]:
        """Give the models whose tables may live on this database."""
        for app_config in apps.get_app_configs():
            for model in router.get_migratable_models(app_config, self.connection.alias):
                if model._meta.can_migrate(self.connection):
                    yield model

    def django_table_names(self, only_existing: bool = False, include_views: bool = True) -> list[str]:
        """Name the tables of the project's models, optionally only those that exist."""
        tables: set[str] = set()
        for model in self.get_migratable_models():
            if not model._meta.managed:
                continue
            tables.add(model._meta.db_table)
            tables.update(
                field.m2m_db_table()
                for field in model._meta.local_many_to_many
                if field.remote_field.through._meta.managed
            )
        if not only_existing:
            return list(tables)
        existing = set(self.table_names(include_views=include_views))
        return [table for table in tables if self.identifier_converter(table) in existing]

    def installed_models(self, tables: list[str]) -> set[Any]:
        """Give the models whose tables are in a list."""
        wanted = {self.identifier_converter(table) for table in tables}
        return {
            model for model in self.get_migratable_models() if self.identifier_converter(model._meta.db_table) in wanted
        }

    def sequence_list(self) -> list[dict[str, Any]]:
        """Describe the sequences of the project's models."""
        sequences: list[dict[str, Any]] = []
        with self.connection.cursor() as cursor:
            for model in self.get_migratable_models():
                if not model._meta.managed or model._meta.swapped:
                    continue
                sequences.extend(self.get_sequences(cursor, model._meta.db_table, model._meta.local_fields))
                for field in model._meta.local_many_to_many:
                    if field.remote_field.through._meta.auto_created:
                        sequences.extend(self.get_sequences(cursor, field.m2m_db_table()))
        return sequences

    def get_sequences(self, cursor: Any, table_name: str, table_fields: Any = ()) -> list[dict[str, Any]]:
        """Describe the sequences of a table: dicts with `table` and `column`."""
        raise NotImplementedError("subclasses of BaseDatabaseIntrospection may require a get_sequences() method")

    def get_relations(self, cursor: Any, table_name: str) -> dict[str, Any]:
        """Give the foreign keys: column → (column there, table there, on_delete rule)."""
        raise NotImplementedError("subclasses of BaseDatabaseIntrospection may require a get_relations() method.")

    def get_primary_key_column(self, cursor: Any, table_name: str) -> str | None:
        """Name the first column of the primary key."""
        columns = self.get_primary_key_columns(cursor, table_name)
        return columns[0] if columns else None

    def get_primary_key_columns(self, cursor: Any, table_name: str) -> list[str] | None:
        """Name the columns of the primary key."""
        for constraint in self.get_constraints(cursor, table_name).values():
            if constraint["primary_key"]:
                return list(constraint["columns"])
        return None

    def get_constraints(self, cursor: Any, table_name: str) -> dict[str, dict[str, Any]]:
        """Describe constraints and indexes by name.

        Each has `columns`, `primary_key`, `unique`, `foreign_key` (table and column, or None), `check`, `index`,
        `orders` and `type` (of an index), and `definition`.
        """
        raise NotImplementedError("subclasses of BaseDatabaseIntrospection may require a get_constraints() method")
