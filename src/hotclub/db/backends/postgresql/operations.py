"""PostgreSQL's statements and values: types are native, so little has to be adapted."""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from types import NoneType
from typing import Any

from hotclub.conf import settings
from hotclub.db.backends.base.operations import BaseDatabaseOperations, Sql
from hotclub.db.backends.postgresql.psycopg_any import Inet, Jsonb, errors, mogrify
from hotclub.db.backends.utils import split_tzname_delta

# Fields of EXTRACT; a kind is text of the statement, so only known ones may be.
_PARTS = frozenset(
    [
        "CENTURY",
        "DAY",
        "DECADE",
        "DOW",
        "DOY",
        "EPOCH",
        "HOUR",
        "ISODOW",
        "ISOYEAR",
        "JULIAN",
        "MICROSECONDS",
        "MILLENNIUM",
        "MILLISECONDS",
        "MINUTE",
        "MONTH",
        "QUARTER",
        "SECOND",
        "TIMEZONE",
        "TIMEZONE_HOUR",
        "TIMEZONE_MINUTE",
        "WEEK",
        "YEAR",
    ]
)
_TEXT_LOOKUPS = frozenset(
    {"iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "regex", "iregex"}
)
_CASELESS_LOOKUPS = frozenset({"iexact", "icontains", "istartswith", "iendswith"})
_FIELDS_OF_DATES = {
    "week_day": "(EXTRACT(DOW FROM {}) + 1)",
    "iso_week_day": "EXTRACT(ISODOW FROM {})",
    "iso_year": "EXTRACT(ISOYEAR FROM {})",
}


@lru_cache(maxsize=64)
def dumps_with(encoder: Any) -> Callable[[Any], str]:
    """Give the function that writes JSON with an encoder; the same one each time, as the driver's cache wants."""
    return json.dumps if encoder is None else partial(json.dumps, cls=encoder)


_WRITERS: dict[type, Callable[[Any], str]] = {
    datetime.date: str,
    datetime.datetime: datetime.datetime.isoformat,
    float: str,
    int: str,
    uuid.UUID: str,
}
"""How values are written as elements of an array, where nothing has to be quoted."""


class DatabaseOperations(BaseDatabaseOperations):
    """Differences of PostgreSQL."""

    cast_char_field_without_max_length = "varchar"
    explain_prefix = "EXPLAIN"
    explain_options = frozenset(
        {
            "ANALYZE",
            "BUFFERS",
            "COSTS",
            "GENERIC_PLAN",
            "MEMORY",
            "SETTINGS",
            "SERIALIZE",
            "SUMMARY",
            "TIMING",
            "VERBOSE",
            "WAL",
        }
    )
    cast_data_types = {"AutoField": "integer", "BigAutoField": "bigint", "SmallAutoField": "smallint"}

    array_value_types = frozenset(
        {
            bool,
            bytes,
            datetime.date,
            datetime.datetime,
            datetime.time,
            datetime.timedelta,
            decimal.Decimal,
            float,
            int,
            Jsonb,
            str,
            uuid.UUID,
        }
    )

    # -- names, limits, clauses --

    def quote_name(self, name: str) -> str:
        if name.startswith('"') and name.endswith('"'):
            return name
        return f'"{name}"'

    def max_name_length(self) -> int:
        return 63

    def no_limit_value(self) -> None:
        return None

    def distinct_sql(self, fields: Sequence[str], params: Sequence[Any]) -> tuple[list[str], list[Any]]:
        if not fields:
            return ["DISTINCT"], []
        flat = [param for field_params in params for param in field_params]
        return [f"DISTINCT ON ({', '.join(fields)})"], flat

    def explain_query_prefix(self, format: str | None = None, **options: Any) -> str:
        chosen: dict[str, str] = {}
        rest: dict[str, Any] = {}
        for name, value in options.items():
            if name.upper() in self.explain_options:
                chosen[name.upper()] = "true" if value else "false"
            else:
                rest[name] = value
        prefix = super().explain_query_prefix(format, **rest)
        if format:
            chosen["FORMAT"] = format.upper()
        if chosen:
            prefix += f" ({', '.join(f'{name} {value}' for name, value in chosen.items())})"
        return prefix

    def on_conflict_suffix_sql(
        self, fields: Sequence[Any], on_conflict: Any, update_fields: Iterable[Any], unique_fields: Iterable[Any]
    ) -> str:
        what = getattr(on_conflict, "name", "")
        if what == "IGNORE":
            return "ON CONFLICT DO NOTHING"
        if what == "UPDATE":
            target = ", ".join(map(self.quote_name, unique_fields))
            updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in map(self.quote_name, update_fields))
            return f"ON CONFLICT({target}) DO UPDATE SET {updates}"
        return ""

    def insert_array_types(self, fields: Sequence[Any]) -> list[str] | None:
        known = self.connection.data_types
        types = []
        for field in fields:
            if field.get_internal_type() not in known and not field.remote_field:
                return None  # a type of somebody else's, perhaps an array itself
            # Without its length: a cast would cut a text that is too long, where the column refuses it.
            name = str(field.db_type(self.connection)).split("(")[0]
            if name.endswith("]"):
                return None
            types.append(f"{name}[]")
        return types

    def array_parameter(self, values: list[Any]) -> Any:
        kinds = set(map(type, values))
        if kinds == {str}:
            text = "\0".join(values)
            if text.count("\0") != len(values) - 1:
                return values  # one holds what no text may hold: the driver says so
            text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","')
            return f'{{"{text}"}}'
        nulls = NoneType in kinds
        kinds.discard(NoneType)
        write = _WRITERS.get(kinds.pop()) if len(kinds) == 1 else None
        if write is None:
            return values
        texts = ["NULL" if value is None else write(value) for value in values] if nulls else map(write, values)
        return f"{{{','.join(texts)}}}"

    def unification_cast_sql(self, output_field: Any) -> str:
        kind = output_field.get_internal_type()
        if kind in ("GenericIPAddressField", "IPAddressField", "TimeField", "UUIDField"):
            # PostgreSQL will not find the common type of a text literal and these by itself.
            return f"CAST(%s AS {output_field.db_type(self.connection).split('(')[0]})"
        return "%s"

    def lookup_cast(self, lookup_type: str, internal_type: str | None = None) -> str:
        template = "%s"
        if lookup_type in _TEXT_LOOKUPS:
            template = "HOST(%s)" if internal_type in ("IPAddressField", "GenericIPAddressField") else "%s::text"
        return f"UPPER({template})" if lookup_type in _CASELESS_LOOKUPS else template

    def regex_lookup(self, lookup_type: str) -> str:
        return "%s ~* %s" if lookup_type == "iregex" else "%s ~ %s"

    def prep_for_iexact_query(self, x: Any) -> str:  # no LIKE: nothing to escape
        return x  # type: ignore[no-any-return]

    def deferrable_sql(self) -> str:
        return " DEFERRABLE INITIALLY DEFERRED"

    def tablespace_sql(self, tablespace: str, inline: bool = False) -> str:
        quoted = self.quote_name(tablespace)
        return f"USING INDEX TABLESPACE {quoted}" if inline else f"TABLESPACE {quoted}"

    def prepare_sql_script(self, sql: str) -> list[str]:
        return [sql]

    def integer_field_range(self, internal_type: str) -> tuple[int | None, int | None]:
        return super().integer_field_range(internal_type)

    # -- flushing and sequences --

    def sql_flush(
        self, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        if not tables:
            return []
        listed = ", ".join(style.SQL_FIELD(self.quote_name(table)) for table in tables)
        parts = [style.SQL_KEYWORD("TRUNCATE"), listed]
        if reset_sequences:
            parts.append(style.SQL_KEYWORD("RESTART IDENTITY"))
        if allow_cascade:
            parts.append(style.SQL_KEYWORD("CASCADE"))
        return [f"{' '.join(parts)};"]

    def sequence_reset_by_name_sql(self, style: Any, sequences: Sequence[dict[str, Any]]) -> list[str]:
        return [
            f"{style.SQL_KEYWORD('SELECT')} setval(pg_get_serial_sequence('"
            f"{style.SQL_TABLE(self.quote_name(sequence['table']))}','{style.SQL_FIELD(sequence['column'] or 'id')}'), 1, "
            "false);"
            for sequence in sequences
        ]

    def sequence_reset_sql(self, style: Any, model_list: Iterable[Any]) -> list[str]:
        statements = []
        for model in model_list:
            for field in model._meta.local_fields:
                if field.get_internal_type() not in ("AutoField", "BigAutoField", "SmallAutoField"):
                    continue
                table, column = self.quote_name(model._meta.db_table), self.quote_name(field.column)
                statements.append(
                    f"{style.SQL_KEYWORD('SELECT')} setval(pg_get_serial_sequence('{style.SQL_TABLE(table)}','"
                    f"{style.SQL_FIELD(field.column)}'), coalesce(max({style.SQL_FIELD(column)}), 1), "
                    f"max({style.SQL_FIELD(column)}) {style.SQL_KEYWORD('IS NOT')} null) {style.SQL_KEYWORD('FROM')} "
                    f"{style.SQL_TABLE(table)};"
                )
                break  # one automatic field a model
        return statements

    def set_time_zone_sql(self) -> str:
        return "SELECT set_config('TimeZone', %s, false)"

    # -- dates and times --

    def _in_zone(self, sql: str, params: Any, tzname: str | None) -> Sql:
        if not (tzname and settings.USE_TZ):
            return sql, tuple(params)
        name, sign, offset = split_tzname_delta(tzname)
        if offset:
            # PostgreSQL reads offsets with the sign of POSIX.
            tzname = f"{name}{'-' if sign == '+' else '+'}{offset}"
        return f"{sql} AT TIME ZONE %s", (*params, tzname)

    def date_extract_sql(self, lookup_type: str, sql: str, params: Any) -> Sql:
        template = _FIELDS_OF_DATES.get(lookup_type)
        if template is not None:
            return template.format(sql), tuple(params)
        part = lookup_type.upper()
        if part not in _PARTS:
            raise ValueError(f"Invalid lookup type: {part!r}")
        return f"EXTRACT({part} FROM {sql})", tuple(params)

    def date_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None = None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        return f"DATE_TRUNC(%s, {sql})", (lookup_type, *params)

    def datetime_cast_date_sql(self, sql: str, params: Any, tzname: str | None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        return f"({sql})::date", params

    def datetime_cast_time_sql(self, sql: str, params: Any, tzname: str | None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        return f"({sql})::time", params

    def datetime_extract_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        if lookup_type == "second":
            return f"EXTRACT(SECOND FROM DATE_TRUNC(%s, {sql}))", ("second", *params)  # whole seconds
        return self.date_extract_sql(lookup_type, sql, params)

    def datetime_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        return f"DATE_TRUNC(%s, {sql})", (lookup_type, *params)

    def time_extract_sql(self, lookup_type: str, sql: str, params: Any) -> Sql:
        if lookup_type == "second":
            return f"EXTRACT(SECOND FROM DATE_TRUNC(%s, {sql}))", ("second", *params)
        return self.date_extract_sql(lookup_type, sql, params)

    def time_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None = None) -> Sql:
        sql, params = self._in_zone(sql, params, tzname)
        return f"DATE_TRUNC(%s, {sql})::time", (lookup_type, *params)

    def subtract_temporals(self, internal_type: str, lhs: Sql, rhs: Sql) -> Sql:
        if internal_type == "DateField":
            (lhs_sql, lhs_params), (rhs_sql, rhs_params) = lhs, rhs
            return f"(interval '1 day' * ({lhs_sql} - {rhs_sql}))", (*lhs_params, *rhs_params)
        return super().subtract_temporals(internal_type, lhs, rhs)

    # -- values --

    def adapt_datefield_value(self, value: Any) -> Any:
        return value

    def adapt_datetimefield_value(self, value: Any) -> Any:
        return value

    def adapt_timefield_value(self, value: Any) -> Any:
        return value

    def adapt_durationfield_value(self, value: Any) -> Any:
        return value

    def adapt_ipaddressfield_value(self, value: Any) -> Any:
        return Inet(value) if value else None

    def adapt_json_value(self, value: Any, encoder: Any) -> Any:
        return Jsonb(value, dumps=dumps_with(encoder))

    # -- debugging --

    def compose_sql(self, sql: Any, params: Any) -> str:
        """Write a statement with its parameters as literals."""
        return mogrify(sql, params, self.connection)

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        sent = getattr(cursor, "_query", None)
        if sent is not None and sent.query is not None and not sent.params:
            return str(bytes(sent.query), "utf-8", "replace")
        try:
            return self.compose_sql(sql, params)
        except errors.DataError:
            return ""  # a value that cannot be written was not run either


__all__ = ["DatabaseOperations"]
