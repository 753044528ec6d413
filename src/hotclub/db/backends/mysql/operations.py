"""MySQL's and MariaDB's statements and values."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hotclub.conf import settings
from hotclub.db.backends.base.operations import BaseDatabaseOperations, Sql
from hotclub.db.backends.utils import split_tzname_delta
from hotclub.utils import timezone
from hotclub.utils.encoding import force_str

# Units of EXTRACT; a kind is text of the statement, so only known ones may be.
_PARTS = frozenset(
    [
        "MICROSECOND",
        "SECOND",
        "MINUTE",
        "HOUR",
        "DAY",
        "WEEK",
        "MONTH",
        "QUARTER",
        "YEAR",
        "SECOND_MICROSECOND",
        "MINUTE_MICROSECOND",
        "MINUTE_SECOND",
        "HOUR_MICROSECOND",
        "HOUR_SECOND",
        "HOUR_MINUTE",
        "DAY_MICROSECOND",
        "DAY_SECOND",
        "DAY_MINUTE",
        "DAY_HOUR",
        "YEAR_MONTH",
    ]
)
_MOMENT_FORMATS = {
    "year": "%Y-01-01 00:00:00",
    "month": "%Y-%m-01 00:00:00",
    "day": "%Y-%m-%d 00:00:00",
    "hour": "%Y-%m-%d %H:00:00",
    "minute": "%Y-%m-%d %H:%i:00",
    "second": "%Y-%m-%d %H:%i:%s",
}
_TIME_FORMATS = {"hour": "%H:00:00", "minute": "%H:%i:00", "second": "%H:%i:%s"}


class DatabaseOperations(BaseDatabaseOperations):
    """Differences of MySQL and MariaDB."""

    integer_field_ranges = {
        **BaseDatabaseOperations.integer_field_ranges,
        "PositiveSmallIntegerField": (0, 65535),
        "PositiveIntegerField": (0, 4294967295),
        "PositiveBigIntegerField": (0, 18446744073709551615),
    }
    cast_data_types = {
        "AutoField": "signed integer",
        "BigAutoField": "signed integer",
        "SmallAutoField": "signed integer",
        "CharField": "char(%(max_length)s)",
        "DecimalField": "decimal(%(max_digits)s, %(decimal_places)s)",
        "TextField": "char",
        "IntegerField": "signed integer",
        "BigIntegerField": "signed integer",
        "SmallIntegerField": "signed integer",
        "PositiveBigIntegerField": "unsigned integer",
        "PositiveIntegerField": "unsigned integer",
        "PositiveSmallIntegerField": "unsigned integer",
        "DurationField": "signed integer",
    }
    cast_char_field_without_max_length = "char"
    explain_prefix = "EXPLAIN"

    def quote_name(self, name: str) -> str:
        if name.startswith("`") and name.endswith("`"):
            return name
        return f"`{name}`"

    def max_name_length(self) -> int:
        return 64

    def no_limit_value(self) -> int:
        return 2**64 - 1  # what the manual recommends

    def force_no_ordering(self) -> list[tuple[Any, tuple[str, list[Any], bool]]]:
        return [(None, ("NULL", [], False))]

    def explain_query_prefix(self, format: str | None = None, **options: Any) -> str:
        if format and format.upper() == "TEXT":
            format = "TRADITIONAL"
        analyze = options.pop("analyze", False)
        prefix = super().explain_query_prefix(format, **options)
        if analyze:
            prefix = "ANALYZE" if self.connection.mysql_is_mariadb else f"{prefix} ANALYZE"
        if format and not (analyze and not self.connection.mysql_is_mariadb):
            prefix += f" FORMAT={format}"
        return prefix

    # -- inserting --

    def insert_statement(self, on_conflict: Any = None) -> str:
        return "INSERT IGNORE INTO" if getattr(on_conflict, "name", "") == "IGNORE" else "INSERT INTO"

    def on_conflict_suffix_sql(
        self, fields: Sequence[Any], on_conflict: Any, update_fields: Iterable[Any], unique_fields: Iterable[Any]
    ) -> str:
        if getattr(on_conflict, "name", "") != "UPDATE":
            return ""
        value = "VALUE" if self.connection.mysql_is_mariadb else "VALUES"
        updates = ", ".join(f"{name} = {value}({name})" for name in map(self.quote_name, update_fields))
        return f"ON DUPLICATE KEY UPDATE {updates}"

    def pk_default_value(self) -> str:
        return "DEFAULT" if not self.connection.mysql_is_mariadb else "NULL"

    def validate_autopk_value(self, value: Any) -> Any:
        # Zero means "the next number" unless a mode says otherwise.
        if value == 0 and not self.connection.features.allows_auto_pk_0:
            raise ValueError("The database backend does not accept 0 as a value for AutoField.")
        return value

    def binary_placeholder_sql(self, value: Any, compiler: Any = None) -> str:
        return "_binary %s" if value is not None and not hasattr(value, "as_sql") else "%s"

    # -- flushing --

    def sql_flush(
        self, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        if not tables:
            return []
        word = style.SQL_KEYWORD
        statements = ["SET FOREIGN_KEY_CHECKS = 0;"]
        for table in tables:
            name = style.SQL_FIELD(self.quote_name(table))
            statements.append(
                f"{word('TRUNCATE')} {name};" if reset_sequences else f"{word('DELETE')} {word('FROM')} {name};"
            )
        return [*statements, "SET FOREIGN_KEY_CHECKS = 1;"]

    def sequence_reset_by_name_sql(self, style: Any, sequences: Sequence[dict[str, Any]]) -> list[str]:
        return [
            f"{style.SQL_KEYWORD('ALTER')} {style.SQL_KEYWORD('TABLE')} "
            f"{style.SQL_TABLE(self.quote_name(sequence['table']))} AUTO_INCREMENT = 1;"
            for sequence in sequences
        ]

    # -- dates and times --

    def _in_zone(self, sql: str, params: Any, tzname: str | None) -> Sql:
        own = self.connection.timezone_name
        if not (tzname and settings.USE_TZ and own != tzname):
            return sql, tuple(params)
        name, sign, offset = split_tzname_delta(tzname)
        shown = f"{sign}{offset}" if offset else name
        return f"CONVERT_TZ({sql}, %s, %s)", (*params, own, shown)

    def date_extract_sql(self, lookup_type: str, sql: str, params: Any) -> Sql:
        params = tuple(params)
        if lookup_type == "week_day":
            return f"DAYOFWEEK({sql})", params
        if lookup_type == "iso_week_day":
            return f"WEEKDAY({sql}) + 1", params
        if lookup_type == "week":
            return f"WEEK({sql}, %s)", (*params, 3)
        if lookup_type == "iso_year":
            return f"TRUNCATE(YEARWEEK({sql}, %s), -2) / 100", (*params, 3)
        part = lookup_type.upper()
        if part not in _PARTS:
            raise ValueError(f"Invalid lookup type: {part!r}")
        return f"EXTRACT({part} FROM {sql})", params

    def date_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None = None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        if lookup_type in ("year", "month"):
            pattern = "%Y-01-01" if lookup_type == "year" else "%Y-%m-01"
            return f"CAST(DATE_FORMAT({sql}, %s) AS DATE)", (*params, pattern)
        if lookup_type == "quarter":
            return f"MAKEDATE(YEAR({sql}), 1) + INTERVAL QUARTER({sql}) QUARTER - INTERVAL 1 QUARTER", (
                *params,
                *params,
            )
        if lookup_type == "week":
            return f"DATE_SUB({sql}, INTERVAL WEEKDAY({sql}) DAY)", (*params, *params)
        return f"DATE({sql})", params

    def datetime_cast_date_sql(self, sql: str, params: Any, tzname: str | None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        return f"DATE({sql})", params

    def datetime_cast_time_sql(self, sql: str, params: Any, tzname: str | None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        return f"TIME({sql})", params

    def datetime_extract_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        return self.date_extract_sql(lookup_type, sql, params)

    def datetime_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        if lookup_type == "quarter":
            return (
                (
                    f"CAST(DATE_FORMAT(MAKEDATE(YEAR({sql}), 1) + INTERVAL QUARTER({sql}) QUARTER - INTERVAL 1 QUARTER, %s) "
                    "AS DATETIME)"
                ),
                (*params, *params, _MOMENT_FORMATS["month"]),
            )
        if lookup_type == "week":
            return (
                f"CAST(DATE_FORMAT(DATE_SUB({sql}, INTERVAL WEEKDAY({sql}) DAY), %s) AS DATETIME)",
                (*params, *params, _MOMENT_FORMATS["day"]),
            )
        pattern = _MOMENT_FORMATS.get(lookup_type)
        return (sql, params) if pattern is None else (f"CAST(DATE_FORMAT({sql}, %s) AS DATETIME)", (*params, pattern))

    def time_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None = None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        pattern = _TIME_FORMATS.get(lookup_type)
        return (
            (f"TIME({sql})", params)
            if pattern is None
            else (f"CAST(DATE_FORMAT({sql}, %s) AS TIME)", (*params, pattern))
        )

    def format_for_duration_arithmetic(self, sql: str) -> str:
        return f"INTERVAL {sql} MICROSECOND"

    def subtract_temporals(self, internal_type: str, lhs: Sql, rhs: Sql) -> Sql:
        (lhs_sql, lhs_params), (rhs_sql, rhs_params) = lhs, rhs
        if internal_type == "TimeField" and self.connection.mysql_is_mariadb:
            # MariaDB counts fractions of a second.
            return (
                f"CAST((TIME_TO_SEC({lhs_sql}) - TIME_TO_SEC({rhs_sql})) * 1000000 AS SIGNED)",
                (*lhs_params, *rhs_params),
            )
        if internal_type == "TimeField":
            micros = "(TIME_TO_SEC({0}) * 1000000 + MICROSECOND({0}))"
            return (
                f"({micros.format(lhs_sql)} - {micros.format(rhs_sql)})",
                (*lhs_params, *lhs_params, *rhs_params, *rhs_params),
            )
        return f"TIMESTAMPDIFF(MICROSECOND, {rhs_sql}, {lhs_sql})", (*rhs_params, *lhs_params)

    def combine_expression(self, connector: str, sub_expressions: Sequence[str]) -> str:
        if connector == "^":
            return f"POW({','.join(sub_expressions)})"
        if connector in ("&", "|", "<<", "#"):
            sign = "^" if connector == "#" else connector
            return f"CONVERT({f' {sign} '.join(sub_expressions)}, SIGNED)"
        if connector == ">>":
            left, right = sub_expressions
            return f"FLOOR({left} / POW(2, {right}))"
        return super().combine_expression(connector, sub_expressions)

    def lookup_cast(self, lookup_type: str, internal_type: str | None = None) -> str:
        if internal_type == "JSONField" and (
            self.connection.mysql_is_mariadb
            or lookup_type
            in (
                "iexact",
                "contains",
                "icontains",
                "startswith",
                "istartswith",
                "endswith",
                "iendswith",
                "regex",
                "iregex",
            )
        ):
            return "JSON_UNQUOTE(%s)"
        return "%s"

    def regex_lookup(self, lookup_type: str) -> str:
        if self.connection.mysql_is_mariadb:
            return "%s REGEXP BINARY %s" if lookup_type == "regex" else "%s REGEXP %s"
        return f"REGEXP_LIKE(%s, %s, '{'c' if lookup_type == 'regex' else 'i'}')"

    def conditional_expression_supported_in_where_clause(self, expression: Any) -> bool:
        # EXISTS beside a comparison is wrongly folded by some versions; a plain lookup is not.
        return super().conditional_expression_supported_in_where_clause(expression)

    # -- values --

    def adapt_datetimefield_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if timezone.is_aware(value):
            if not settings.USE_TZ:
                raise ValueError("MySQL backend does not support timezone-aware datetimes when USE_TZ is False.")
            value = timezone.make_naive(value, self.connection.timezone)
        return str(value)

    def adapt_timefield_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if timezone.is_aware(value):
            raise ValueError("MySQL backend does not support timezone-aware times.")
        return value.isoformat(timespec="microseconds")

    def get_db_converters(self, expression: Any) -> list[Callable[..., Any]]:
        converters = super().get_db_converters(expression)
        kind = expression.output_field.get_internal_type()
        if kind == "BooleanField":
            converters.append(_to_bool)
        elif kind == "DateTimeField":
            converters.append(self.convert_datetimefield_value)
        elif kind == "UUIDField":
            converters.append(_to_uuid)
        return converters

    def convert_datetimefield_value(self, value: Any, expression: Any, connection: Any) -> Any:
        # Asked at each value: a plan outlives a change of the setting.
        if value is None or not settings.USE_TZ:
            return value
        return timezone.make_aware(value, self.connection.timezone)

    # -- debugging --

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        executed = getattr(cursor, "_executed", None)
        return force_str(executed, errors="replace") if executed else str(sql)


def _to_bool(value: Any, expression: Any, connection: Any) -> Any:
    return bool(value) if value in (0, 1) else value


def _to_uuid(value: Any, expression: Any, connection: Any) -> Any:
    return value if value is None or isinstance(value, uuid.UUID) else uuid.UUID(value)
