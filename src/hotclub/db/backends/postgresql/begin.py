"""BEGIN and the first statement of a transaction in one journey to the server.

psycopg sends BEGIN by itself before a transaction's first statement, and waits for the answer. Where the driver writes
parameters into the text (client-side binding), both go as one text over the simple query protocol: a transaction of one
INSERT takes two journeys instead of three.

This leans on the driver's generators, which are not public. Where a version of the driver lacks one of them, its own way is
taken; everything that is not a plain `execute()` (COPY, server-side cursors, pipelines) takes it anyway.
"""

from __future__ import annotations

from typing import Any

from hotclub.db.backends.postgresql.psycopg_any import psycopg

_NEEDED = ("_execute_gen", "_start_query", "_convert_query", "_maybe_prepare_gen", "_select_current_result")
_THERE = all(hasattr(psycopg.Cursor, name) for name in _NEEDED) and hasattr(psycopg.Connection, "_get_tx_start_command")
_IDLE = psycopg.pq.TransactionStatus.IDLE


class BeginsWithStatement:
    """Mixin of a client-side cursor."""

    def _execute_gen(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        connection = self._conn
        idle = connection.pgconn.transaction_status == _IDLE
        if connection._autocommit or not idle or connection._pipeline or not _THERE:
            return super()._execute_gen(query, params, **options)  # type: ignore[misc]  # the cursor's
        return self._execute_with_begin(query, params, **options)

    def _execute_with_begin(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        connection = self._conn
        connection._autocommit = True  # or the next step would send BEGIN; it yields nothing then
        try:
            yield from self._start_query(query)
        finally:
            connection._autocommit = False
        written = self._convert_query(query, params)
        text = written.query
        written.query = b"%b;\n%b" % (connection._get_tx_start_command(), text)
        try:
            yield from self._maybe_prepare_gen(written, **options)
        finally:
            written.query = text
        self._last_query = query
        if len(self._results) > 1:  # an empty statement has no result
            del self._results[0]
            self._select_current_result(0)
