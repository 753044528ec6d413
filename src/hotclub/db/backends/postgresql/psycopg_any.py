"""The PostgreSQL driver, psycopg 3: its types and adapters under the names that field and range code uses."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hotclub.core.exceptions import ImproperlyConfigured

try:
    import psycopg
    from psycopg import AsyncClientCursor, ClientCursor, IsolationLevel, adapt, adapters, errors, sql
    from psycopg import postgres as postgres
    from psycopg.adapt import Dumper
    from psycopg.client_cursor import ClientCursorMixin
    from psycopg.types.datetime import TimestamptzLoader
    from psycopg.types.json import Jsonb
    from psycopg.types.range import Range, RangeDumper
    from psycopg.types.string import TextLoader
except ImportError as error:
    raise ImproperlyConfigured(
        "Error loading psycopg module: PostgreSQL needs it. Install it with: pip install 'hotclub[postgres]'"
    ) from error

is_psycopg3 = True

Inet = str
"""An address is sent as text; the column's type reads it."""

DateRange = DateTimeRange = DateTimeTZRange = NumericRange = Range
RANGE_TYPES = (Range,)


def mogrify(query: Any, params: Any, connection: Any) -> str:
    """Write a statement with its parameters as literals."""
    connection.ensure_connection()  # whose encoding and types decide what a literal looks like
    driver = connection.connection
    return ClientCursor(getattr(driver, "raw", driver)).mogrify(query, params)


class UntypedRangeDumper(Dumper):
    """Sends a range as plain text: the column or cast it meets says what is a range of what."""

    oid = 0

    def dump(self, obj: Any) -> bytes:
        if obj.isempty:
            return b"empty"
        lower, upper = (_bound_text(bound) for bound in (obj.lower, obj.upper))
        return f"{obj.bounds[0]}{lower},{upper}{obj.bounds[1]}".encode()


def _bound_text(bound: Any) -> str:
    """Write a bound; always in quotes, so that no character of it means anything."""
    if bound is None:
        return ""
    text = bound.isoformat() if hasattr(bound, "isoformat") else str(bound)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(maxsize=64)
def zoned_loader(use_tz: bool, timezone: Any) -> type[TimestamptzLoader]:
    """Make the loader of moments: in a zone or, without time zone support, naive ones."""

    class ZonedLoader(TimestamptzLoader):
        """Gives moments in the connection's zone."""

        def load(self, data: Any) -> Any:
            return super().load(data).replace(tzinfo=timezone if use_tz else None)

    return ZonedLoader


@lru_cache(maxsize=64)
def adapters_for(use_tz: bool, timezone: Any) -> Any:
    """Make the adapters of connections: JSON stays text for the field to read, moments come in the wanted zone."""
    context = adapt.AdaptersMap(adapters)
    context.register_loader("jsonb", TextLoader)
    context.register_loader("json", TextLoader)
    # Addresses are texts in Python.
    context.register_loader("inet", TextLoader)
    context.register_loader("cidr", TextLoader)
    context.register_dumper(Range, UntypedRangeDumper)
    context.register_loader("timestamptz", zoned_loader(use_tz, timezone))
    return context


__all__ = [
    "RANGE_TYPES",
    "AsyncClientCursor",
    "ClientCursor",
    "ClientCursorMixin",
    "DateRange",
    "DateTimeRange",
    "DateTimeTZRange",
    "Inet",
    "IsolationLevel",
    "Jsonb",
    "NumericRange",
    "Range",
    "RangeDumper",
    "UntypedRangeDumper",
    "adapters_for",
    "errors",
    "is_psycopg3",
    "mogrify",
    "postgres",
    "psycopg",
    "sql",
    "zoned_loader",
]
