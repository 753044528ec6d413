"""Reading PostgreSQL's catalogue."""

from __future__ import annotations

from typing import Any

from hotclub.db.backends.base.introspection import BaseDatabaseIntrospection, extended_record
from hotclub.db.backends.base.introspection import FieldInfo as BaseFieldInfo
from hotclub.db.backends.base.introspection import TableInfo as BaseTableInfo

FieldInfo: Any = extended_record(BaseFieldInfo, "is_autofield", "comment")
TableInfo: Any = extended_record(BaseTableInfo, "comment")

_ON_DELETE = {"a": "NO ACTION", "c": "CASCADE", "d": "SET DEFAULT", "n": "SET NULL", "r": "RESTRICT"}


class DatabaseIntrospection(BaseDatabaseIntrospection):
    """Introspection of PostgreSQL."""

    data_types_reverse = {
        16: "BooleanField",
        17: "BinaryField",
        20: "BigIntegerField",
        21: "SmallIntegerField",
        23: "IntegerField",
        25: "TextField",
        700: "FloatField",
        701: "FloatField",
        869: "GenericIPAddressField",
        1042: "CharField",
        1043: "CharField",
        1082: "DateField",
        1083: "TimeField",
        1114: "DateTimeField",
        1184: "DateTimeField",
        1186: "DurationField",
        1266: "TimeField",
        1700: "DecimalField",
        2950: "UUIDField",
        3802: "JSONField",
    }
    index_default_access_method = "btree"

    def get_field_type(self, data_type: Any, description: Any) -> Any:
        field_type = super().get_field_type(data_type, description)
        if description.is_autofield:
            automatic = {
                "IntegerField": "AutoField",
                "BigIntegerField": "BigAutoField",
                "SmallIntegerField": "SmallAutoField",
            }
            return automatic.get(field_type, field_type)
        return field_type

    def get_table_list(self, cursor: Any) -> list[Any]:
        cursor.execute(
            """
            SELECT c.relname,
                CASE WHEN c.relispartition THEN 'p' WHEN c.relkind IN ('m', 'v') THEN 'v' ELSE 't' END,
                obj_description(c.oid, 'pg_class')
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
                AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
                AND pg_catalog.pg_table_is_visible(c.oid)
            """
        )
        return [TableInfo(*row) for row in cursor.fetchall()]

    def get_table_description(self, cursor: Any, table_name: str) -> list[Any]:
        cursor.execute(
            """
            SELECT a.attname, NOT (a.attnotnull OR (t.typtype = 'd' AND t.typnotnull)),
                pg_get_expr(ad.adbin, ad.adrelid),
                CASE WHEN collname = 'default' THEN NULL ELSE collname END,
                a.attidentity != '',
                col_description(a.attrelid, a.attnum)
            FROM pg_attribute a
            LEFT JOIN pg_attrdef ad ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum
            LEFT JOIN pg_collation co ON a.attcollation = co.oid
            JOIN pg_type t ON a.atttypid = t.oid
            JOIN pg_class c ON a.attrelid = c.oid
            JOIN pg_namespace n ON c.relnamespace = n.oid
            WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v') AND c.relname = %s
                AND n.nspname NOT IN ('pg_catalog', 'pg_toast') AND pg_catalog.pg_table_is_visible(c.oid)
            """,
            [table_name],
        )
        facts = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(f"SELECT * FROM {self.connection.ops.quote_name(table_name)} LIMIT 1")
        described = []
        for column in cursor.description:
            null_ok, default, collation, automatic, comment = facts[column.name]
            described.append(
                FieldInfo(
                    column.name,
                    column.type_code,
                    # A text's size is what the catalogue calls its internal size, where it has one.
                    column.display_size,
                    column.internal_size,
                    column.precision if column.precision is not None and column.precision < 1000 else None,
                    column.scale if column.precision is not None and column.precision < 1000 else None,
                    null_ok,
                    default,
                    collation,
                    bool(automatic),
                    comment,
                )
            )
        return described

    def get_sequences(self, cursor: Any, table_name: str, table_fields: Any = ()) -> list[dict[str, Any]]:
        cursor.execute(
            """
            SELECT s.relname, a.attname
            FROM pg_class s
            JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
                AND d.refclassid = 'pg_class'::regclass
            JOIN pg_attribute a ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
            JOIN pg_class t ON t.oid = d.refobjid AND t.relname = %s
            WHERE s.relkind = 'S'
            """,
            [table_name],
        )
        return [{"name": name, "table": table_name, "column": column} for name, column in cursor.fetchall()]

    def get_relations(self, cursor: Any, table_name: str) -> dict[str, Any]:
        cursor.execute(
            """
            SELECT a1.attname, c2.relname, a2.attname, con.confdeltype
            FROM pg_constraint con
            JOIN pg_class c1 ON con.conrelid = c1.oid
            JOIN pg_class c2 ON con.confrelid = c2.oid
            JOIN pg_attribute a1 ON c1.oid = a1.attrelid AND a1.attnum = con.conkey[1]
            JOIN pg_attribute a2 ON c2.oid = a2.attrelid AND a2.attnum = con.confkey[1]
            WHERE c1.relname = %s AND con.contype = 'f' AND c1.relnamespace = c2.relnamespace
                AND pg_catalog.pg_table_is_visible(c1.oid)
            """,
            [table_name],
        )
        return {
            column: (other_column, other_table, self.on_delete_types.get(_ON_DELETE.get(_text(action), "")))
            for column, other_table, other_column, action in cursor.fetchall()
        }

    def get_constraints(self, cursor: Any, table_name: str) -> dict[str, dict[str, Any]]:
        constraints: dict[str, dict[str, Any]] = {}
        self._add_constraints(cursor, table_name, constraints)
        self._add_indexes(cursor, table_name, constraints)
        return constraints

    def _add_constraints(self, cursor: Any, table_name: str, constraints: dict[str, dict[str, Any]]) -> None:
        cursor.execute(
            """
            SELECT c.conname,
                array(
                    SELECT attname FROM unnest(c.conkey) WITH ORDINALITY cols(colid, arridx)
                    JOIN pg_attribute AS ca ON cols.colid = ca.attnum
                    WHERE ca.attrelid = c.conrelid ORDER BY cols.arridx
                ),
                c.contype,
                (
                    SELECT array[fkc.relname, fka.attname] FROM pg_attribute AS fka
                    JOIN pg_class AS fkc ON fka.attrelid = fkc.oid
                    WHERE fka.attrelid = c.confrelid AND fka.attnum = c.confkey[1]
                ),
                cl.reloptions
            FROM pg_constraint AS c
            JOIN pg_class AS cl ON c.conrelid = cl.oid
            WHERE cl.relname = %s AND pg_catalog.pg_table_is_visible(cl.oid)
            """,
            [table_name],
        )
        for name, columns, kind, used_columns, options in cursor.fetchall():
            kind = _text(kind)
            constraints[name] = {
                "columns": columns,
                "primary_key": kind == "p",
                "unique": kind in ("p", "u"),
                "foreign_key": tuple(used_columns) if kind == "f" else None,
                "check": kind == "c",
                "index": False,
                "definition": None,
                "options": options,
            }

    def _add_indexes(self, cursor: Any, table_name: str, constraints: dict[str, dict[str, Any]]) -> None:
        cursor.execute(
            """
            SELECT indexname,
                array_agg(attname ORDER BY arridx),
                indisunique, indisprimary,
                array_agg(ordering ORDER BY arridx),
                amname, exprdef, attoptions
            FROM (
                SELECT c2.relname AS indexname, idx.*, attr.attname, am.amname,
                    CASE WHEN idx.indexprs IS NOT NULL THEN pg_get_indexdef(idx.indexrelid) END AS exprdef,
                    CASE am.amname WHEN %s THEN
                        CASE (option & 1) WHEN 1 THEN 'DESC' ELSE 'ASC' END
                    END AS ordering,
                    c2.reloptions AS attoptions
                FROM (
                    SELECT * FROM pg_index i, unnest(i.indkey, i.indoption) WITH ORDINALITY koi(key, option, arridx)
                ) idx
                LEFT JOIN pg_class c ON idx.indrelid = c.oid
                LEFT JOIN pg_class c2 ON idx.indexrelid = c2.oid
                LEFT JOIN pg_am am ON c2.relam = am.oid
                LEFT JOIN pg_attribute attr ON attr.attrelid = c.oid AND attr.attnum = idx.key
                WHERE c.relname = %s AND pg_catalog.pg_table_is_visible(c.oid)
            ) found
            GROUP BY indexname, indisunique, indisprimary, amname, exprdef, attoptions
            """,
            [self.index_default_access_method, table_name],
        )
        for name, columns, unique, primary, orders, kind, definition, options in cursor.fetchall():
            if name in constraints:
                continue  # the index of a constraint
            # A plain index is not told from another backend's; one that asks for its type or has options is.
            plain = kind == self.index_default_access_method and options is None and not name.endswith("_btree")
            constraints[name] = {
                "columns": columns if columns != [None] else [],
                "orders": orders if orders != [None] else [],
                "primary_key": primary,
                "unique": unique,
                "foreign_key": None,
                "check": False,
                "index": True,
                "type": "idx" if plain else kind,
                "definition": definition,
                "options": options,
            }


def _text(value: Any) -> str:
    """The type "char" of the catalogue comes as bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)
