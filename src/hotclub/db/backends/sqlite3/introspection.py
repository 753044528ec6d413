"""Reading SQLite's description of its tables: pragmas first, the stored text where they are silent."""

from __future__ import annotations

import re
from typing import Any

from hotclub.db.backends.base.introspection import BaseDatabaseIntrospection, TableInfo, extended_record
from hotclub.db.backends.base.introspection import FieldInfo as BaseFieldInfo
from hotclub.db.backends.sqlite3.table_definition import index_orders, parse_table
from hotclub.db.utils import DatabaseError

FieldInfo: Any = extended_record(BaseFieldInfo, "pk", "has_json_constraint")

_SIZED_TEXT = re.compile(r"\s*(?:var)?char\s*\(\s*(\d+)\s*\)\s*", re.IGNORECASE)


def field_size(name: str) -> int | None:
    """Read the size out of a `varchar(30)` type."""
    match = _SIZED_TEXT.fullmatch(name)
    return int(match.group(1)) if match else None


class FieldTypes:
    """Column types to field classes. SQLite keeps any word as a type: case and sizes are ignored."""

    base_data_types_reverse = {
        "bool": "BooleanField",
        "boolean": "BooleanField",
        "smallint": "SmallIntegerField",
        "smallint unsigned": "PositiveSmallIntegerField",
        "smallinteger": "SmallIntegerField",
        "int": "IntegerField",
        "integer": "IntegerField",
        "bigint": "BigIntegerField",
        "integer unsigned": "PositiveIntegerField",
        "bigint unsigned": "PositiveBigIntegerField",
        "decimal": "DecimalField",
        "real": "FloatField",
        "text": "TextField",
        "char": "CharField",
        "varchar": "CharField",
        "blob": "BinaryField",
        "date": "DateField",
        "datetime": "DateTimeField",
        "time": "TimeField",
    }

    def __getitem__(self, key: str) -> str:
        return self.base_data_types_reverse[key.lower().split("(", 1)[0].strip()]


class DatabaseIntrospection(BaseDatabaseIntrospection):
    """Introspection of SQLite."""

    data_types_reverse = FieldTypes()

    def get_field_type(self, data_type: Any, description: Any) -> Any:
        field_type = super().get_field_type(data_type, description)
        if description.pk and field_type in {"BigIntegerField", "IntegerField", "SmallIntegerField"}:
            return "AutoField"  # the three automatic fields share one column type
        if description.has_json_constraint:
            return "JSONField"
        return field_type

    def get_table_list(self, cursor: Any) -> list[Any]:
        cursor.execute(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND NOT name = 'sqlite_sequence' "
            "ORDER BY name"
        )
        return [TableInfo(name, kind[0]) for name, kind in cursor.fetchall()]

    def _columns(self, cursor: Any, table_name: str) -> list[tuple[Any, ...]]:
        """Give (name, type, not null, default, key position) of each column, generated ones included."""
        cursor.execute(f"PRAGMA table_xinfo({self.connection.ops.quote_name(table_name)})")
        # The last value: 0 plain, 1 hidden column of a virtual table, 2 virtual and 3 stored generated column.
        return [row[1:6] for row in cursor.fetchall() if row[6] != 1]

    def _table_sql(self, cursor: Any, table_name: str) -> str:
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table_name])
        row = cursor.fetchone()
        return row[0] if row and row[0] else ""

    def get_table_description(self, cursor: Any, table_name: str) -> list[Any]:
        columns = self._columns(cursor, table_name)
        if not columns:
            raise DatabaseError(f"Table {table_name} does not exist (empty pragma).")
        sql = self._table_sql(cursor, table_name)
        collations = parse_table(sql, {name for name, *_ in columns}).collations
        cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = %s", [table_name])
        lowered = sql.lower()
        single_key = sum(bool(key_position) for *_, key_position in columns) == 1
        return [
            FieldInfo(
                name,
                data_type,
                field_size(data_type),
                None,
                None,
                None,
                not not_null,
                default,
                collations.get(name),
                bool(key_position) and single_key,
                f'json_valid("{name}")'.lower() in lowered,
            )
            for name, data_type, not_null, default, key_position in columns
        ]

    def get_sequences(self, cursor: Any, table_name: str, table_fields: Any = ()) -> list[dict[str, Any]]:
        return [{"table": table_name, "column": self.get_primary_key_column(cursor, table_name)}]

    def get_relations(self, cursor: Any, table_name: str) -> dict[str, Any]:
        cursor.execute(f"PRAGMA foreign_key_list({self.connection.ops.quote_name(table_name)})")
        return {
            column: (other_column, other_table, self.on_delete_types.get(on_delete))
            for _, _, other_table, column, other_column, _, on_delete, *_ in cursor.fetchall()
        }

    def get_primary_key_columns(self, cursor: Any, table_name: str) -> list[str]:
        keys = [(position, name) for name, _, _, _, position in self._columns(cursor, table_name) if position]
        return [name for _, name in sorted(keys)]

    def get_constraints(self, cursor: Any, table_name: str) -> dict[str, dict[str, Any]]:
        constraints = self._written_constraints(cursor, table_name)
        self._add_indexes(cursor, table_name, constraints)
        primary_key = self.get_primary_key_columns(cursor, table_name)
        if primary_key:
            constraints["__primary__"] = _constraint(primary_key, primary_key=True)
        quoted = self.connection.ops.quote_name(table_name)
        cursor.execute(f"PRAGMA foreign_key_list({quoted})")
        keys: dict[int, dict[str, Any]] = {}
        for number, _, other_table, column, other_column, *_ in cursor.fetchall():
            key = keys.setdefault(number, _constraint([], foreign_key=(other_table, other_column)))
            key["columns"].append(column)
        constraints.update({f"fk_{number}": key for number, key in sorted(keys.items())})
        return constraints

    def _written_constraints(self, cursor: Any, table_name: str) -> dict[str, dict[str, Any]]:
        sql = self._table_sql(cursor, table_name)
        columns = {name for name, *_ in self._columns(cursor, table_name)}
        constraints: dict[str, dict[str, Any]] = {}
        unnamed = 0
        for found in parse_table(sql, columns).constraints:
            name = found.name
            if name is None:
                unnamed += 1
                name = f"__unnamed_constraint_{unnamed}__"
            constraints[name] = _constraint(found.columns, check=found.is_check, unique=not found.is_check)
        return constraints

    def _add_indexes(self, cursor: Any, table_name: str, constraints: dict[str, dict[str, Any]]) -> None:
        quote = self.connection.ops.quote_name
        cursor.execute(f"PRAGMA index_list({quote(table_name)})")
        for _, index, unique, *_ in cursor.fetchall():
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = %s", [index])
            sql = (cursor.fetchone() or [None])[0]
            if sql is None:
                continue  # made for a constraint of the table's text, which is listed already
            cursor.execute(f"PRAGMA index_info({quote(index)})")
            columns = [name for _, _, name in cursor.fetchall()]
            described = constraints[index] = _constraint(columns, unique=bool(unique), index=True)
            described["type"] = "idx"
            described["orders"] = index_orders(sql)


def _constraint(
    columns: list[Any],
    *,
    primary_key: bool = False,
    unique: bool = False,
    foreign_key: tuple[str, str] | None = None,
    check: bool = False,
    index: bool = False,
) -> dict[str, Any]:
    return {
        "columns": columns,
        "primary_key": primary_key,
        "unique": unique,
        "foreign_key": foreign_key,
        "check": check,
        "index": index,
    }
