"""The dialects by vendor name."""

from __future__ import annotations

from hotclub._sql.dialect import Dialect
from hotclub._sql.mysql import MySQLDialect
from hotclub._sql.postgresql import PostgreSQLDialect
from hotclub._sql.sqlite import SQLiteDialect

_dialects: dict[str, Dialect] = {
    dialect.vendor: dialect for dialect in (SQLiteDialect(), PostgreSQLDialect(), MySQLDialect())
}
_standard = Dialect()


def get_dialect(vendor: str) -> Dialect:
    """Return the dialect of a vendor; the standard one for vendors unknown here (third-party backends)."""
    return _dialects.get(vendor, _standard)
