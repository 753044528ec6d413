"""Functions of PostgreSQL.

Source: docs ref/contrib/postgres/functions.
"""

from __future__ import annotations

from hotclub.db.models import DateTimeField, Func, UUIDField


class RandomUUID(Func):
    """A random UUID (version 4), made by the server."""

    template = "GEN_RANDOM_UUID()"
    output_field = UUIDField()


class TransactionNow(Func):
    """When the current transaction began: the same for all its statements."""

    template = "CURRENT_TIMESTAMP"
    output_field = DateTimeField()
