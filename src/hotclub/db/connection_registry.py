"""The project's connections and router: the objects that `hotclub.db` hands out.

They live below the façade so that transactions, ports and backends reach them without importing it.
"""

from __future__ import annotations

from typing import Any

from hotclub.core import signals
from hotclub.db.utils import DEFAULT_DB_ALIAS, ConnectionHandler, ConnectionRouter
from hotclub.utils.connection import ConnectionProxy

connections = ConnectionHandler()
"""Database connections of the current context, by alias."""

router = ConnectionRouter()
"""The routers of `DATABASE_ROUTERS`, as one."""

connection: Any = ConnectionProxy(connections, DEFAULT_DB_ALIAS)
"""The default database's connection. Typed Any: a proxy whose target is a `BaseDatabaseWrapper`."""


def reset_queries(**kwargs: Any) -> None:
    """Forget the queries that were logged on every connection of this context."""
    for wrapper in connections.all(initialized_only=True):
        wrapper.queries_log.clear()


def close_old_connections(**kwargs: Any) -> None:
    """Close the connections that are unusable or past their `CONN_MAX_AGE`."""
    for wrapper in connections.all(initialized_only=True):
        wrapper.close_if_unusable_or_obsolete()


# Neither waits: closing a connection that is too old is a message sent, not an answer awaited.
reset_queries.runs_inline = True  # type: ignore[attr-defined]
close_old_connections.runs_inline = True  # type: ignore[attr-defined]
signals.request_started.connect(reset_queries)
signals.request_started.connect(close_old_connections)
signals.request_finished.connect(close_old_connections)
