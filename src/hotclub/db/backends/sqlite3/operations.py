"""SQLite's statements and values: dates are text, decimals are floats, many functions are ours (`_functions.py`)."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

from hotclub.conf import settings
from hotclub.core.exceptions import FieldError
from hotclub.db.backends.base.operations import BaseDatabaseOperations, Sql
from hotclub.db.utils import DatabaseError, NotSupportedError
from hotclub.utils import timezone
from hotclub.utils.dateparse import parse_date, parse_datetime, parse_time

_FLOAT_DIGITS = decimal.Context(prec=15)
"""SQLite keeps decimals as 8-byte floats: 15 significant digits."""

_TEMPORAL_FIELDS = ("DateField", "DateTimeField", "TimeField")
_NUMERIC_AGGREGATES = ("Sum", "Avg", "Variance", "StdDev")


class DatabaseOperations(BaseDatabaseOperations):
    """Differences of SQLite."""

    cast_char_field_without_max_length = "text"
    cast_data_types = {"DateField": "TEXT", "DateTimeField": "TEXT"}
    explain_prefix = "EXPLAIN QUERY PLAN"
    jsonfield_datatype_values = frozenset({"null", "false", "true"})

    # -- names and limits --

    def quote_name(self, name: str) -> str:
        if name.startswith('"') and name.endswith('"'):
            return name
        return f'"{name}"'

    def no_limit_value(self) -> int:
        return -1

    def integer_field_range(self, internal_type: str) -> tuple[int | None, int | None]:
        # SQLite enforces no ranges; the largest integer it stores is the limit of all of them.
        if internal_type in {"PositiveBigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField"}:
            return 0, 2**63 - 1
        return -(2**63), 2**63 - 1

    def check_expression_support(self, expression: Any) -> None:
        kind = type(expression)
        if any(base.__name__ in _NUMERIC_AGGREGATES for base in kind.__mro__) and hasattr(expression, "filter"):
            for source in expression.get_source_expressions():
                try:
                    field = source.output_field
                except (AttributeError, FieldError):
                    continue  # not every subexpression has a type
                if any(base.__name__ in _TEMPORAL_FIELDS for base in type(field).__mro__):
                    raise NotSupportedError(
                        f"SQLite does not support {expression.name if hasattr(expression, 'name') else kind.__name__} on "
                        "date or time fields, because they are stored as text."
                    )
        if getattr(expression, "distinct", False) and len(_given(expression.source_expressions)) > 1:
            raise NotSupportedError(
                "SQLite doesn't support DISTINCT on aggregate functions accepting multiple arguments."
            )

    def force_group_by(self) -> list[str]:
        return ["GROUP BY TRUE"] if self.connection.Database.sqlite_version_info < (3, 39) else []

    # -- inserting --

    def insert_statement(self, on_conflict: Any = None) -> str:
        return "INSERT OR IGNORE INTO" if _conflict(on_conflict) == "IGNORE" else "INSERT INTO"

    def on_conflict_suffix_sql(
        self, fields: Sequence[Any], on_conflict: Any, update_fields: Iterable[Any], unique_fields: Iterable[Any]
    ) -> str:
        if _conflict(on_conflict) != "UPDATE" or not unique_fields:
            return ""
        target = ", ".join(map(self.quote_name, unique_fields))
        updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in map(self.quote_name, update_fields))
        return f"ON CONFLICT({target}) DO UPDATE SET {updates}"

    def pk_default_value(self) -> str:
        return "NULL"

    # -- flushing and sequences --

    def _referencing_tables(self, table_name: str) -> tuple[str, ...]:
        """Name the table and all that refer to it, directly or not."""
        query = """
        WITH tables AS (
            SELECT %s AS name
            UNION
            SELECT sqlite_master.name
            FROM sqlite_master
            JOIN tables ON sql REGEXP %s || tables.name || %s
            WHERE sqlite_master.type = 'table'
        ) SELECT name FROM tables
        """
        quotes = r'(?i)\s+references\s+("|\')?', r'("|\')?\s*\('
        with self.connection.cursor() as cursor:
            cursor.execute(query, (table_name, *quotes))
            return tuple(row[0] for row in cursor.fetchall())

    def sql_flush(
        self, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        wanted: Iterable[str] = tables
        if tables and allow_cascade:
            wanted = dict.fromkeys(chain.from_iterable(map(self._referencing_tables, tables)))
        statements = [
            f"{style.SQL_KEYWORD('DELETE')} {style.SQL_KEYWORD('FROM')} {style.SQL_FIELD(self.quote_name(table))};"
            for table in wanted
        ]
        if reset_sequences:
            statements.extend(self.sequence_reset_by_name_sql(style, [{"table": table} for table in wanted]))
        return statements

    def sequence_reset_by_name_sql(self, style: Any, sequences: Sequence[dict[str, Any]]) -> list[str]:
        if not sequences:
            return []
        word, table, field = style.SQL_KEYWORD, style.SQL_TABLE, style.SQL_FIELD
        names = ", ".join(f"'{sequence['table']}'" for sequence in sequences)
        return [
            (
                f"{word('UPDATE')} {table(self.quote_name('sqlite_sequence'))} {word('SET')} "
                f"{field(self.quote_name('seq'))} = 0 {word('WHERE')} {field(self.quote_name('name'))} {word('IN')} ({names});"
            )
        ]

    # -- dates and times in statements --

    def _zones(self, tzname: str | None) -> tuple[str | None, str | None]:
        if tzname and settings.USE_TZ:
            return tzname, self.connection.timezone_name
        return None, None

    def date_extract_sql(self, lookup_type: str, sql: str, params: Any) -> Sql:
        return f"django_date_extract(%s, {sql})", (lookup_type.lower(), *params)

    def date_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None = None) -> Sql:
        return f"django_date_trunc(%s, {sql}, %s, %s)", (lookup_type.lower(), *params, *self._zones(tzname))

    def time_extract_sql(self, lookup_type: str, sql: str, params: Any) -> Sql:
        return f"django_time_extract(%s, {sql})", (lookup_type.lower(), *params)

    def time_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None = None) -> Sql:
        return f"django_time_trunc(%s, {sql}, %s, %s)", (lookup_type.lower(), *params, *self._zones(tzname))

    def datetime_cast_date_sql(self, sql: str, params: Any, tzname: str | None) -> Sql:
        return f"django_datetime_cast_date({sql}, %s, %s)", (*params, *self._zones(tzname))

    def datetime_cast_time_sql(self, sql: str, params: Any, tzname: str | None) -> Sql:
        return f"django_datetime_cast_time({sql}, %s, %s)", (*params, *self._zones(tzname))

    def datetime_extract_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None) -> Sql:
        return f"django_datetime_extract(%s, {sql}, %s, %s)", (lookup_type.lower(), *params, *self._zones(tzname))

    def datetime_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None) -> Sql:
        return f"django_datetime_trunc(%s, {sql}, %s, %s)", (lookup_type.lower(), *params, *self._zones(tzname))

    def subtract_temporals(self, internal_type: str, lhs: Sql, rhs: Sql) -> Sql:
        (lhs_sql, lhs_params), (rhs_sql, rhs_params) = lhs, rhs
        function = "django_time_diff" if internal_type == "TimeField" else "django_timestamp_diff"
        return f"{function}({lhs_sql}, {rhs_sql})", (*lhs_params, *rhs_params)

    def format_for_duration_arithmetic(self, sql: str) -> str:
        return sql  # the function that combines them reads the value itself

    def combine_duration_expression(self, connector: str, sub_expressions: Sequence[str]) -> str:
        if connector not in {"+", "-", "*", "/"}:
            raise DatabaseError(f"Invalid connector for timedelta: {connector}.")
        arguments = ", ".join([f"'{connector}'", *sub_expressions])
        if len(sub_expressions) != 2:
            raise ValueError(f"A duration is combined with one other value, got {len(sub_expressions)} expressions.")
        return f"django_format_dtdelta({arguments})"

    def combine_expression(self, connector: str, sub_expressions: Sequence[str]) -> str:
        if connector == "^":
            return f"POWER({','.join(sub_expressions)})"
        if connector == "#":
            return f"BITXOR({','.join(sub_expressions)})"
        return super().combine_expression(connector, sub_expressions)

    def format_json_path_numeric_index(self, num: int) -> str:
        return f"[#{num}]" if num < 0 else super().format_json_path_numeric_index(num)

    # -- values to the database --

    def adapt_datetimefield_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if timezone.is_aware(value):
            if not settings.USE_TZ:
                raise ValueError("SQLite backend does not support timezone-aware datetimes when USE_TZ is False.")
            value = timezone.make_naive(value, self.connection.timezone)
        return str(value)

    def adapt_timefield_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if timezone.is_aware(value):
            raise ValueError("SQLite backend does not support timezone-aware times.")
        return str(value)

    # -- values from the database --

    def get_db_converters(self, expression: Any) -> list[Callable[..., Any]]:
        converters = super().get_db_converters(expression)
        name = _CONVERTERS.get(expression.output_field.get_internal_type())
        if name is not None:
            converters.append(getattr(self, name))
        elif expression.output_field.get_internal_type() == "DecimalField":
            converters.append(self.get_decimalfield_converter(expression))
        return converters

    @cached_property
    def _needs_zone(self) -> bool:
        return bool(settings.USE_TZ)

    def convert_datetimefield_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, datetime.datetime):
            value = parse_datetime(value)
        if settings.USE_TZ and not timezone.is_aware(value):
            value = timezone.make_aware(value, self.connection.timezone)
        return value

    def convert_datefield_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is not None and not isinstance(value, datetime.date):
            value = parse_date(value)
        return value

    def convert_timefield_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is not None and not isinstance(value, datetime.time):
            value = parse_time(value)
        return value

    def get_decimalfield_converter(self, expression: Any) -> Callable[..., Any]:
        """Give the converter of a decimal: a column is cut to its places, a calculation is not."""
        from_float = _FLOAT_DIGITS.create_decimal_from_float

        def create(value: Any) -> decimal.Decimal:
            # Whole numbers are kept exactly.
            return decimal.Decimal(value) if type(value) is int else from_float(value)

        field = expression.output_field
        places = getattr(field, "decimal_places", None)
        if hasattr(expression, "target") and places is not None:
            exponent = decimal.Decimal(1).scaleb(-places)
            context = field.context

            def convert_column(value: Any, expression: Any, connection: Any) -> Any:
                return None if value is None else create(value).quantize(exponent, context=context)

            return convert_column

        def convert(value: Any, expression: Any, connection: Any) -> Any:
            return None if value is None else create(value)

        return convert

    def convert_uuidfield_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else uuid.UUID(value)

    def convert_booleanfield_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return bool(value) if value in (0, 1) else value

    # -- debugging --

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        if not params:
            return str(sql)
        if hasattr(params, "keys"):
            quoted: Any = dict(zip(params.keys(), self._quoted(list(params.values())), strict=True))
        else:
            quoted = self._quoted(list(params))
        return str(sql % quoted)

    def _quoted(self, params: list[Any]) -> tuple[Any, ...]:
        """Write values as SQL literals, by SQLite itself; in steps, because a statement takes only so many."""
        step = 500
        if len(params) > step:
            return tuple(
                chain.from_iterable(self._quoted(params[at : at + step]) for at in range(0, len(params), step))
            )
        # A cursor of our own: the log must not contain what writes the log.
        cursor = self.connection.connection.cursor()
        try:
            return tuple(cursor.execute(f"SELECT {', '.join(['QUOTE(?)'] * len(params))}", params).fetchone())
        finally:
            cursor.close()


_CONVERTERS = {
    "DateTimeField": "convert_datetimefield_value",
    "DateField": "convert_datefield_value",
    "TimeField": "convert_timefield_value",
    "UUIDField": "convert_uuidfield_value",
    "BooleanField": "convert_booleanfield_value",
}


def _conflict(on_conflict: Any) -> str:
    return str(getattr(on_conflict, "name", on_conflict or ""))


def _given(expressions: Iterable[Any]) -> list[Any]:
    return [expression for expression in expressions if expression is not None]
