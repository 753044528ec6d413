"""What a backend says about statements and values: quoting, limits, date parts, adapting, reading back.

Names and signatures are the protocol that fields, expressions and third-party backends rely on. The defaults here are
standard SQL; what only some database has raises `NotSupportedError` or `NotImplementedError` with the method's name.
"""

from __future__ import annotations

import datetime
import decimal
import json
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from hotclub._kernel.late_modules import LateModule
from hotclub.conf import settings
from hotclub.db import transaction
from hotclub.db.backends.base.part import ConnectionPart
from hotclub.db.utils import NotSupportedError
from hotclub.utils import timezone
from hotclub.utils.encoding import force_str

if TYPE_CHECKING:
    import sqlparse
else:
    sqlparse = LateModule("sqlparse")

Sql = tuple[str, Any]
"""Text with placeholders, and its parameters."""


class BaseDatabaseOperations(ConnectionPart):
    """Differences between databases in statements and values."""

    compiler_module = "hotclub.db.models.sql.compiler"
    integer_field_ranges: ClassVar[dict[str, tuple[int, int]]] = {
        "SmallIntegerField": (-(2**15), 2**15 - 1),
        "IntegerField": (-(2**31), 2**31 - 1),
        "BigIntegerField": (-(2**63), 2**63 - 1),
        "PositiveBigIntegerField": (0, 2**63 - 1),
        "PositiveSmallIntegerField": (0, 2**15 - 1),
        "PositiveIntegerField": (0, 2**31 - 1),
        "SmallAutoField": (-(2**15), 2**15 - 1),
        "AutoField": (-(2**31), 2**31 - 1),
        "BigAutoField": (-(2**63), 2**63 - 1),
    }
    set_operators: ClassVar[dict[str, str]] = {"union": "UNION", "intersection": "INTERSECT", "difference": "EXCEPT"}
    cast_data_types: ClassVar[dict[str, str]] = {}
    cast_char_field_without_max_length: str | None = None
    jsonfield_datatype_values: frozenset[str] = frozenset()

    PRECEDING = "PRECEDING"
    FOLLOWING = "FOLLOWING"
    UNBOUNDED_PRECEDING = "UNBOUNDED PRECEDING"
    UNBOUNDED_FOLLOWING = "UNBOUNDED FOLLOWING"
    CURRENT_ROW = "CURRENT ROW"

    explain_prefix: str | None = None

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._compilers: Any = None

    def _missing(self, method: str) -> NotImplementedError:
        return NotImplementedError(f"subclasses of BaseDatabaseOperations may require a {method}() method")

    # -- names, limits, compilers --

    def quote_name(self, name: str) -> str:
        """Quote an identifier; what is quoted already stays as it is."""
        raise self._missing("quote_name")

    def max_name_length(self) -> int | None:
        """Give the longest identifier the database keeps; None for no limit."""
        return None

    def max_in_list_size(self) -> int | None:
        """Give the longest list of an IN clause; None for no limit."""
        return None

    array_value_types: frozenset[type] = frozenset()
    """Types of values that an array of a column may hold, in an INSERT of many rows."""

    def insert_array_types(self, fields: Sequence[Any]) -> list[str] | None:
        """Name the array type of each field's column, for an INSERT of one array a column.

        Returns:
            None where many rows are written as rows: the database has no such form, or a field has no array of its type.
        """
        return None

    def array_parameter(self, values: list[Any]) -> Any:
        """Give the parameter for an array of a column's values: the list, or the text of the array.

        A driver looks at each element of a list, which takes ten times as long as writing the plain ones.

        Args:
            values: all of one of the `array_value_types`, or None.
        """
        return values

    def bulk_batch_size(self, fields: Sequence[Any], objs: Sequence[Any]) -> int:
        """Say how many objects fit into one statement."""
        limit = self.connection.features.max_query_params
        if limit is None or not fields:
            return len(objs)
        columns = sum(len(getattr(field, "fields", (field,))) if _is_composite(field) else 1 for field in fields)
        return max(1, int(limit) // max(1, columns))

    def compiler(self, compiler_name: str) -> Any:
        """Give a compiler class by name, from `compiler_module`."""
        if self._compilers is None:
            self._compilers = import_module(self.compiler_module)
        return getattr(self._compilers, compiler_name)

    def check_expression_support(self, expression: Any) -> None:
        """Raise NotSupportedError for an expression the database cannot evaluate."""

    def conditional_expression_supported_in_where_clause(self, expression: Any) -> bool:
        """Say whether a boolean expression may stand alone in WHERE."""
        return True

    def distinct_sql(self, fields: Sequence[str], params: Sequence[Any]) -> tuple[list[str], list[Any]]:
        """Give the DISTINCT clause, as parts and parameters."""
        if fields:
            raise NotSupportedError("DISTINCT ON fields is not supported by this database backend")
        return ["DISTINCT"], []

    def force_group_by(self) -> list[str]:
        """Give a GROUP BY for a query that has only HAVING."""
        return []

    def force_no_ordering(self) -> list[tuple[Any, tuple[str, list[Any], bool]]]:
        """Give an ORDER BY that says there is none."""
        return []

    def for_update_sql(
        self, nowait: bool = False, skip_locked: bool = False, of: Sequence[str] = (), no_key: bool = False
    ) -> str:
        """Give the clause that locks the selected rows."""
        parts = ["FOR", "NO KEY" if no_key else "", "UPDATE"]
        if of:
            parts.append("OF " + ", ".join(of))
        parts.append("NOWAIT" if nowait else "SKIP LOCKED" if skip_locked else "")
        return " ".join(part for part in parts if part)

    def no_limit_value(self) -> Any:
        """Give the LIMIT that means all rows; None where it can be left out."""
        raise self._missing("no_limit_value")

    def _get_limit_offset_params(self, low_mark: int | None, high_mark: int | None) -> tuple[Any, int]:
        offset = low_mark or 0
        if high_mark is not None:
            return high_mark - offset, offset
        return (self.no_limit_value() if offset else None), offset

    def limit_offset_sql(self, low_mark: int | None, high_mark: int | None) -> str:
        """Give the LIMIT and OFFSET clause for a slice."""
        limit, offset = self._get_limit_offset_params(low_mark, high_mark)
        parts = [f"LIMIT {int(limit)}" if limit else "", f"OFFSET {int(offset)}" if offset else ""]
        return " ".join(part for part in parts if part)

    def explain_query_prefix(self, format: str | None = None, **options: Any) -> str:
        """Give the prefix that turns a query into its explanation."""
        if not self.connection.features.supports_explaining_query_execution or self.explain_prefix is None:
            raise NotSupportedError("This backend does not support explaining query execution.")
        if format:
            supported = self.connection.features.supported_explain_formats
            if format.upper() not in supported:
                message = f"{format.upper()} is not a recognized format."
                if supported:
                    message += f" Allowed formats: {', '.join(sorted(supported))}"
                else:
                    message += f" {self.connection.display_name} does not support any formats."
                raise ValueError(message)
        if options:
            raise ValueError(f"Unknown options: {', '.join(sorted(map(str, options)))}")
        return self.explain_prefix

    def prepare_join_on_clause(self, lhs_table: str, lhs_field: Any, rhs_table: str, rhs_field: Any) -> tuple[Any, Any]:
        """Give the two column expressions that a join compares."""
        return lhs_field.get_col(lhs_table), rhs_field.get_col(rhs_table)

    # -- inserting --

    def insert_statement(self, on_conflict: Any = None) -> str:
        """Give the start of an INSERT."""
        return "INSERT INTO"

    def on_conflict_suffix_sql(
        self, fields: Sequence[Any], on_conflict: Any, update_fields: Sequence[Any], unique_fields: Sequence[Any]
    ) -> str:
        """Give the end of an INSERT that says what happens on a conflict."""
        return ""

    def bulk_insert_sql(self, fields: Sequence[Any], placeholder_rows: Iterable[Sequence[str]]) -> str:
        """Give the VALUES clause for rows of placeholders."""
        return "VALUES " + ", ".join(f"({', '.join(row)})" for row in placeholder_rows)

    def modify_insert_params(self, placeholder: str, params: Any) -> Any:
        """Adjust the parameters of one inserted value."""
        return params

    def pk_default_value(self) -> str:
        """Give the word that lets the database make a primary key."""
        return "DEFAULT"

    def returning_columns(self, fields: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """Give the RETURNING clause for fields, and its parameters."""
        if not fields:
            return "", ()
        names = (f"{self.quote_name(f.model._meta.db_table)}.{self.quote_name(f.column)}" for f in fields)
        return "RETURNING " + ", ".join(names), ()

    def fetch_returned_rows(self, cursor: Any, returning_params: Sequence[Any]) -> list[Any]:
        """Give the rows of a statement with a RETURNING clause."""
        return list(cursor.fetchall())

    def last_insert_id(self, cursor: Any, table_name: str, pk_name: str) -> Any:
        """Give the id made by the cursor's last INSERT."""
        return cursor.lastrowid

    def autoinc_sql(self, table: str, column: str) -> Any:
        """Give statements that make a column count by itself, where the type does not."""
        return None

    def validate_autopk_value(self, value: Any) -> Any:
        """Refuse a value the database would not take for an automatic primary key."""
        return value

    def binary_placeholder_sql(self, value: Any, compiler: Any = None) -> str:
        """Give the placeholder of binary data."""
        return "%s"

    # -- flushing, sequences, scripts --

    def sql_flush(
        self, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        """Give the statements that empty tables."""
        raise NotImplementedError("subclasses of BaseDatabaseOperations must provide an sql_flush() method")

    def execute_sql_flush(self, sql_list: Sequence[str]) -> None:
        """Run the statements that empty tables, in one transaction where the database can."""
        with (
            transaction.atomic(using=self.connection.alias, savepoint=self.connection.features.can_rollback_ddl),
            self.connection.cursor() as cursor,
        ):
            for sql in sql_list:
                cursor.execute(sql)

    def sequence_reset_by_name_sql(self, style: Any, sequences: Sequence[dict[str, Any]]) -> list[str]:
        """Give statements that set sequences back to their start."""
        return []

    def sequence_reset_sql(self, style: Any, model_list: Sequence[Any]) -> list[str]:
        """Give statements that set the models' sequences past their highest value."""
        return []

    def prepare_sql_script(self, sql: str) -> list[str]:
        """Split a script into statements, without comments."""
        statements = (sqlparse.format(statement, strip_comments=True) for statement in sqlparse.split(sql))
        return [statement for statement in statements if statement]

    def tablespace_sql(self, tablespace: str, inline: bool = False) -> str:
        """Give the clause that chooses a tablespace."""
        return ""

    def deferrable_sql(self) -> str:
        """Give the clause that defers a foreign key check to the commit."""
        return ""

    def fk_on_delete_sql(self, operation: str) -> str:
        """Give the clause for an `on_delete` that the database performs."""
        if operation in {"CASCADE", "SET NULL", "SET DEFAULT"}:
            return f" ON DELETE {operation}"
        if operation == "":
            return ""
        raise NotImplementedError(f"ON DELETE {operation} is not supported.")

    # -- transactions --

    def start_transaction_sql(self) -> str:
        """Give the statement that begins a transaction."""
        return "BEGIN;"

    def end_transaction_sql(self, success: bool = True) -> str:
        """Give the statement that ends a transaction."""
        return "COMMIT;" if success else "ROLLBACK;"

    def savepoint_create_sql(self, sid: str) -> str:
        """Give the statement that creates a savepoint."""
        return f"SAVEPOINT {self.quote_name(sid)}"

    def savepoint_commit_sql(self, sid: str) -> str:
        """Give the statement that releases a savepoint."""
        return f"RELEASE SAVEPOINT {self.quote_name(sid)}"

    def savepoint_rollback_sql(self, sid: str) -> str:
        """Give the statement that rolls back to a savepoint."""
        return f"ROLLBACK TO SAVEPOINT {self.quote_name(sid)}"

    def set_time_zone_sql(self) -> str:
        """Give the statement that sets the session's time zone; empty where there is none."""
        return ""

    # -- dates and times in statements --

    def date_extract_sql(self, lookup_type: str, sql: str, params: Any) -> Sql:
        """Give the expression of a part of a date."""
        raise self._missing("date_extract_sql")

    def date_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None = None) -> Sql:
        """Give the expression of a date cut to a part."""
        raise self._missing("date_trunc_sql")

    def datetime_cast_date_sql(self, sql: str, params: Any, tzname: str | None) -> Sql:
        """Give the expression of a datetime's date."""
        raise self._missing("datetime_cast_date_sql")

    def datetime_cast_time_sql(self, sql: str, params: Any, tzname: str | None) -> Sql:
        """Give the expression of a datetime's time."""
        raise self._missing("datetime_cast_time_sql")

    def datetime_extract_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None) -> Sql:
        """Give the expression of a part of a datetime."""
        raise self._missing("datetime_extract_sql")

    def datetime_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None) -> Sql:
        """Give the expression of a datetime cut to a part."""
        raise self._missing("datetime_trunc_sql")

    def time_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None = None) -> Sql:
        """Give the expression of a time cut to a part."""
        raise self._missing("time_trunc_sql")

    def time_extract_sql(self, lookup_type: str, sql: str, params: Any) -> Sql:
        """Give the expression of a part of a time."""
        return self.date_extract_sql(lookup_type, sql, params)

    def subtract_temporals(self, internal_type: str, lhs: Sql, rhs: Sql) -> Sql:
        """Give the expression of the duration between two moments."""
        if not self.connection.features.supports_temporal_subtraction:
            raise NotSupportedError(f"This backend does not support {internal_type} subtraction.")
        (lhs_sql, lhs_params), (rhs_sql, rhs_params) = lhs, rhs
        return f"({lhs_sql} - {rhs_sql})", (*lhs_params, *rhs_params)

    def format_for_duration_arithmetic(self, sql: str) -> str:
        """Give the form of a duration that can be added to a moment."""
        raise self._missing("format_for_duration_arithmetic")

    def combine_expression(self, connector: str, sub_expressions: Sequence[str]) -> str:
        """Join expressions by an operator."""
        return f" {connector} ".join(sub_expressions)

    def combine_duration_expression(self, connector: str, sub_expressions: Sequence[str]) -> str:
        """Join a moment or duration and a duration by an operator."""
        return self.combine_expression(connector, sub_expressions)

    # -- lookups --

    def lookup_cast(self, lookup_type: str, internal_type: str | None = None) -> str:
        """Give the template of a lookup's left side."""
        return "%s"

    def regex_lookup(self, lookup_type: str) -> str:
        """Give the template of a regular expression lookup."""
        raise self._missing("regex_lookup")

    def prep_for_like_query(self, x: Any) -> str:
        """Escape what has a meaning in LIKE."""
        return str(x).replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")

    prep_for_iexact_query = prep_for_like_query

    def unification_cast_sql(self, output_field: Any) -> str:
        """Give the template that makes the types of a union agree."""
        return "%s"

    def integer_field_range(self, internal_type: str) -> tuple[int | None, int | None]:
        """Give the least and greatest value of an integer field."""
        return self.integer_field_ranges[internal_type]

    # -- JSON --

    def compile_json_path(self, key_transforms: Iterable[Any], include_root: bool = True) -> str:
        """Give the path of nested keys, such as `$."a"[0]`."""
        path = ["$"] if include_root else []
        for key in key_transforms:
            try:
                number = int(key)
            except ValueError:
                path.append(f".{json.dumps(key)}")
            else:
                if number < 0 and not self.connection.features.supports_json_negative_indexing:
                    raise NotSupportedError(
                        "Using negative JSON array indices is not supported on this database backend."
                    )
                path.append(self.format_json_path_numeric_index(number))
        return "".join(path)

    def format_json_path_numeric_index(self, num: int) -> str:
        """Give the path step of a position in an array."""
        return f"[{num}]"

    # -- windows --

    def window_frame_value(self, value: Any) -> str:
        """Give one bound of a window frame."""
        if isinstance(value, int):
            if value == 0:
                return self.CURRENT_ROW
            return f"{abs(value)} {self.PRECEDING if value < 0 else self.FOLLOWING}"
        raise ValueError(f"A window frame's bound is a whole number or None, not {value!r}.")

    def window_frame_rows_start_end(self, start: int | None = None, end: int | None = None) -> tuple[str, str]:
        """Give both bounds of a ROWS frame."""
        if isinstance(start, int) and isinstance(end, int) and start > end:
            raise ValueError("start cannot be greater than end.")
        if start is not None and not isinstance(start, int):
            raise ValueError(f"start argument must be an integer, zero, or None, but got '{start}'.")
        if end is not None and not isinstance(end, int):
            raise ValueError(f"end argument must be an integer, zero, or None, but got '{end}'.")
        return (
            self.UNBOUNDED_PRECEDING if start is None else self.window_frame_value(start),
            self.UNBOUNDED_FOLLOWING if end is None else self.window_frame_value(end),
        )

    def window_frame_range_start_end(self, start: int | None = None, end: int | None = None) -> tuple[str, str]:
        """Give both bounds of a RANGE frame."""
        if (start is not None and not isinstance(start, int)) or (isinstance(start, int) and start > 0):
            raise ValueError(f"start argument must be a negative integer, zero, or None, but got '{start}'.")
        if (end is not None and not isinstance(end, int)) or (isinstance(end, int) and end < 0):
            raise ValueError(f"end argument must be a positive integer, zero, or None, but got '{end}'.")
        features = self.connection.features
        if features.only_supports_unbounded_with_preceding_and_following and (
            (start and start < 0) or (end and end > 0)
        ):
            raise NotSupportedError(
                f"{self.connection.display_name} only supports UNBOUNDED together with PRECEDING and FOLLOWING."
            )
        return self.window_frame_rows_start_end(start, end)

    # -- values to the database --

    def adapt_unknown_value(self, value: Any) -> Any:
        """Adapt a value whose field is not known, by its type."""
        if isinstance(value, datetime.datetime):
            return self.adapt_datetimefield_value(value)
        if isinstance(value, datetime.date):
            return self.adapt_datefield_value(value)
        if isinstance(value, datetime.time):
            return self.adapt_timefield_value(value)
        if isinstance(value, decimal.Decimal):
            return self.adapt_decimalfield_value(value)
        return value

    def adapt_integerfield_value(self, value: Any, internal_type: str) -> Any:
        """Adapt an integer."""
        return value

    def adapt_datefield_value(self, value: datetime.date | None) -> Any:
        """Adapt a date."""
        return None if value is None else str(value)

    def adapt_datetimefield_value(self, value: datetime.datetime | None) -> Any:
        """Adapt a datetime."""
        return None if value is None else str(value)

    def adapt_timefield_value(self, value: Any) -> Any:
        """Adapt a time; an aware one has no meaning without a date."""
        if value is None:
            return None
        if timezone.is_aware(value):
            raise ValueError("Django does not support timezone-aware times.")
        return str(value)

    def adapt_decimalfield_value(
        self, value: decimal.Decimal | None, max_digits: int | None = None, decimal_places: int | None = None
    ) -> Any:
        """Adapt a decimal."""
        return value

    def adapt_durationfield_value(self, value: datetime.timedelta | None) -> Any:
        """Adapt a duration: microseconds, where the database has no type for it."""
        if value is None:
            return None
        return (value.days * 86400 + value.seconds) * 1_000_000 + value.microseconds

    def adapt_ipaddressfield_value(self, value: Any) -> Any:
        """Adapt an IP address."""
        return value or None

    def adapt_json_value(self, value: Any, encoder: Any) -> Any:
        """Adapt a JSON value."""
        return json.dumps(value, cls=encoder)

    def year_lookup_bounds_for_date_field(self, value: int, iso_year: bool = False) -> list[Any]:
        """Give the first and last date of a year, adapted."""
        return [self.adapt_datefield_value(day) for day in _year_bounds(value, iso_year)]

    def year_lookup_bounds_for_datetime_field(self, value: int, iso_year: bool = False) -> list[Any]:
        """Give the first and last moment of a year in the current time zone, adapted."""
        first_day, last_day = _year_bounds(value, iso_year)
        first = datetime.datetime.combine(first_day, datetime.time.min)
        last = datetime.datetime.combine(last_day, datetime.time.max)
        if settings.USE_TZ:
            zone = timezone.get_current_timezone()
            first, last = timezone.make_aware(first, zone), timezone.make_aware(last, zone)
        return [self.adapt_datetimefield_value(first), self.adapt_datetimefield_value(last)]

    # -- values from the database --

    def get_db_converters(self, expression: Any) -> list[Callable[..., Any]]:
        """Give functions `(value, expression, connection)` that read the database's form of an expression's type."""
        return []

    def convert_durationfield_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Read a duration from microseconds."""
        if value is None:
            return None
        # A sum or an average may come as a decimal number, which a timedelta does not take.
        return datetime.timedelta(microseconds=round(value) if isinstance(value, decimal.Decimal) else value)

    def convert_trunc_expression(self, value: Any, expression: Any) -> Any:
        """Read a value that an expression cut."""
        return value

    def process_clob(self, value: Any) -> Any:
        """Read a long text."""
        return value

    # -- debugging --

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """Give the statement as it was run, as near as the driver lets us."""
        if isinstance(params, dict):
            shown: Any = {key: force_str(value, strings_only=True, errors="replace") for key, value in params.items()}
        elif params is None:
            shown = ()
        else:
            shown = tuple(force_str(value, strings_only=True, errors="replace") for value in params)
        return f"QUERY = {str(sql)!r} - PARAMS = {shown!r}"

    def format_debug_sql(self, sql: str) -> str:
        """Lay a statement out for reading."""
        return str(sqlparse.format(sql, reindent=True, keyword_case="upper"))

    def cache_key_culling_sql(self) -> str | None:
        """Give the query for the cache key at a position, with one parameter."""
        key = self.quote_name("cache_key")
        return f"SELECT {key} FROM %s ORDER BY {key} LIMIT 1 OFFSET %%s"


def _is_composite(field: Any) -> bool:
    return bool(getattr(field, "fields", None)) and getattr(field, "column", None) is None


def _year_bounds(year: int, iso_year: bool) -> tuple[datetime.date, datetime.date]:
    if iso_year:
        first = datetime.date.fromisocalendar(year, 1, 1)
        return first, datetime.date.fromisocalendar(year + 1, 1, 1) - datetime.timedelta(days=1)
    return datetime.date(year, 1, 1), datetime.date(year, 12, 31)
