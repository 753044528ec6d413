"""Reading MySQL's and MariaDB's `information_schema`."""

from __future__ import annotations

from typing import Any

from pymysql.constants import FIELD_TYPE

from hotclub.db.backends.base.introspection import BaseDatabaseIntrospection, extended_record
from hotclub.db.backends.base.introspection import FieldInfo as BaseFieldInfo
from hotclub.db.backends.base.introspection import TableInfo as BaseTableInfo

FieldInfo: Any = extended_record(BaseFieldInfo, "extra", "is_unsigned", "has_json_constraint", "comment", "data_type")
TableInfo: Any = extended_record(BaseTableInfo, "comment")


class DatabaseIntrospection(BaseDatabaseIntrospection):
    """Introspection of MySQL and MariaDB."""

    data_types_reverse = {
        FIELD_TYPE.BLOB: "TextField",
        FIELD_TYPE.CHAR: "CharField",
        FIELD_TYPE.DECIMAL: "DecimalField",
        FIELD_TYPE.NEWDECIMAL: "DecimalField",
        FIELD_TYPE.DATE: "DateField",
        FIELD_TYPE.DATETIME: "DateTimeField",
        FIELD_TYPE.DOUBLE: "FloatField",
        FIELD_TYPE.FLOAT: "FloatField",
        FIELD_TYPE.INT24: "IntegerField",
        FIELD_TYPE.JSON: "JSONField",
        FIELD_TYPE.LONG: "IntegerField",
        FIELD_TYPE.LONGLONG: "BigIntegerField",
        FIELD_TYPE.SHORT: "SmallIntegerField",
        FIELD_TYPE.STRING: "CharField",
        FIELD_TYPE.TIME: "TimeField",
        FIELD_TYPE.TIMESTAMP: "DateTimeField",
        FIELD_TYPE.TINY: "IntegerField",
        FIELD_TYPE.TINY_BLOB: "TextField",
        FIELD_TYPE.MEDIUM_BLOB: "TextField",
        FIELD_TYPE.LONG_BLOB: "TextField",
        FIELD_TYPE.VAR_STRING: "CharField",
    }

    def get_field_type(self, data_type: Any, description: Any) -> Any:
        field_type = super().get_field_type(data_type, description)
        if "auto_increment" in description.extra:
            automatic = {
                "IntegerField": "AutoField",
                "BigIntegerField": "BigAutoField",
                "SmallIntegerField": "SmallAutoField",
            }
            return automatic.get(field_type, field_type)
        if description.is_unsigned:
            positive = {
                "BigIntegerField": "PositiveBigIntegerField",
                "IntegerField": "PositiveIntegerField",
                "SmallIntegerField": "PositiveSmallIntegerField",
            }
            return positive.get(field_type, field_type)
        if description.data_type.upper() == "UUID":
            return "UUIDField"
        return "JSONField" if description.has_json_constraint else field_type

    def get_table_list(self, cursor: Any) -> list[Any]:
        cursor.execute(
            "SELECT table_name, table_type, table_comment FROM information_schema.tables WHERE table_schema = DATABASE()"
        )
        kinds = {"BASE TABLE": "t", "VIEW": "v"}
        return [TableInfo(name, kinds.get(kind), comment) for name, kind, comment in cursor.fetchall()]

    def _json_columns(self, cursor: Any, table_name: str) -> set[str]:
        if not self.connection.mysql_is_mariadb:
            return set()
        cursor.execute(
            """
            SELECT c.constraint_name FROM information_schema.check_constraints AS c
            WHERE c.table_name = %s AND LOWER(c.check_clause) = CONCAT('json_valid(`', LOWER(c.constraint_name), '`)')
                AND c.constraint_schema = DATABASE()
            """,
            [table_name],
        )
        return {name for (name,) in cursor.fetchall()}

    def get_table_description(self, cursor: Any, table_name: str) -> list[Any]:
        json_columns = self._json_columns(cursor, table_name)
        cursor.execute(
            """
            SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, extra,
                column_default, collation_name, INSTR(column_type, 'unsigned') > 0, column_comment
            FROM information_schema.columns WHERE table_name = %s AND table_schema = DATABASE()
            """,
            [table_name],
        )
        facts = {row[0]: row[1:] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT table_collation FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s",
            [table_name],
        )
        row = cursor.fetchone()
        default_collation = row[0] if row else None
        cursor.execute(f"SELECT * FROM {self.connection.ops.quote_name(table_name)} LIMIT 1")
        described = []
        for name, type_code, display, internal, precision, scale, null_ok in (
            column[:7] for column in cursor.description
        ):
            data_type, length, digits, places, extra, default, collation, unsigned, comment = facts[name]
            described.append(
                FieldInfo(
                    name,
                    type_code,
                    int(length) if length else display,
                    int(length) if length else internal,
                    int(digits) if digits is not None else precision,
                    int(places) if places is not None else scale,
                    null_ok,
                    None if default in (None, "NULL") else default,
                    collation if collation != default_collation else None,
                    extra,
                    bool(unsigned),
                    name in json_columns,
                    comment,
                    data_type,
                )
            )
        return described

    def get_sequences(self, cursor: Any, table_name: str, table_fields: Any = ()) -> list[dict[str, Any]]:
        for column in self.get_table_description(cursor, table_name):
            if "auto_increment" in column.extra:
                return [{"table": table_name, "column": column.name}]
        return []

    def get_relations(self, cursor: Any, table_name: str) -> dict[str, Any]:
        cursor.execute(
            """
            SELECT kcu.column_name, kcu.referenced_column_name, kcu.referenced_table_name, rc.delete_rule
            FROM information_schema.key_column_usage kcu
            JOIN information_schema.referential_constraints rc
                ON rc.constraint_name = kcu.constraint_name AND rc.constraint_schema = kcu.constraint_schema
            WHERE kcu.table_name = %s AND kcu.table_schema = DATABASE()
                AND kcu.referenced_table_schema = DATABASE() AND kcu.referenced_column_name IS NOT NULL
            """,
            [table_name],
        )
        return {
            column: (other_column, other_table, self.on_delete_types.get(action))
            for column, other_column, other_table, action in cursor.fetchall()
        }

    def get_storage_engine(self, cursor: Any, table_name: str) -> str:
        """Give the engine that keeps a table."""
        cursor.execute(
            "SELECT engine FROM information_schema.tables WHERE table_name = %s AND table_schema = DATABASE()",
            [table_name],
        )
        row = cursor.fetchone()
        return str(row[0]) if row else str(self.connection.features._mysql_storage_engine)

    def get_constraints(self, cursor: Any, table_name: str) -> dict[str, dict[str, Any]]:
        constraints: dict[str, dict[str, Any]] = {}
        cursor.execute(
            """
            SELECT kcu.constraint_name, kcu.column_name, kcu.referenced_table_name, kcu.referenced_column_name,
                c.constraint_type
            FROM information_schema.key_column_usage AS kcu
            JOIN information_schema.table_constraints AS c
                ON kcu.table_schema = c.table_schema AND kcu.table_name = c.table_name
                AND kcu.constraint_name = c.constraint_name
            WHERE kcu.table_schema = DATABASE() AND kcu.table_name = %s
            ORDER BY kcu.constraint_name, kcu.ordinal_position
            """,
            [table_name],
        )
        for name, column, other_table, other_column, kind in cursor.fetchall():
            facts = constraints.setdefault(name, _constraint())
            facts["columns"].append(column)
            facts["primary_key"] = kind == "PRIMARY KEY"
            facts["unique"] = kind in ("PRIMARY KEY", "UNIQUE")
            facts["foreign_key"] = (other_table, other_column) if other_column else None
        self._add_checks(cursor, table_name, constraints)
        self._add_indexes(cursor, table_name, constraints)
        return constraints

    def _add_checks(self, cursor: Any, table_name: str, constraints: dict[str, dict[str, Any]]) -> None:
        if not self.connection.features.can_introspect_check_constraints:
            return
        if self.connection.mysql_is_mariadb:
            query = (
                "SELECT c.constraint_name, c.check_clause FROM information_schema.check_constraints AS c "
                "WHERE c.constraint_schema = DATABASE() AND c.table_name = %s"
            )
        else:
            query = (
                "SELECT cc.constraint_name, cc.check_clause FROM information_schema.check_constraints AS cc "
                "JOIN information_schema.table_constraints AS tc ON cc.constraint_schema = tc.table_schema "
                "AND cc.constraint_name = tc.constraint_name WHERE tc.table_schema = DATABASE() AND tc.table_name = %s"
            )
        cursor.execute(query, [table_name])
        found = cursor.fetchall()
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = %s",
            [table_name],
        )
        columns = [name for (name,) in cursor.fetchall()]
        unnamed = 0
        for name, clause in found:
            used = [column for column in columns if f"`{column}`" in clause]
            if name in columns:  # a column's own check is named after it
                unnamed += 1
                name = f"__unnamed_constraint_{unnamed}__"
            constraints[name] = {**_constraint(), "columns": used, "check": True}

    def _add_indexes(self, cursor: Any, table_name: str, constraints: dict[str, dict[str, Any]]) -> None:
        cursor.execute(f"SHOW INDEX FROM {self.connection.ops.quote_name(table_name)}")
        for row in cursor.fetchall():
            non_unique, name, column, collation, kind = row[1], row[2], row[4], row[5], row[10]
            facts = constraints.get(name)
            if facts is None:
                facts = constraints[name] = {**_constraint(), "unique": not non_unique}
            facts["index"] = True
            facts["type"] = "idx" if kind == "BTREE" else kind.lower()
            orders = facts.setdefault("orders", [])
            orders.append("DESC" if collation == "D" else "ASC")
            if column is not None and column not in facts["columns"]:
                facts["columns"].append(column)


def _constraint() -> dict[str, Any]:
    return {"columns": [], "primary_key": False, "unique": False, "foreign_key": None, "check": False, "index": False}
