"""Databases: connections by alias, the router, and the exceptions every backend raises."""

from __future__ import annotations

from hotclub.db.connection_registry import close_old_connections, connection, connections, reset_queries, router
from hotclub.db.utils import (
    DEFAULT_DB_ALIAS,
    HOTCLUB_VERSION_PICKLE_KEY,
    ConnectionHandler,
    ConnectionRouter,
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

DJANGO_VERSION_PICKLE_KEY = HOTCLUB_VERSION_PICKLE_KEY  # the name that pickles are checked under elsewhere

__all__ = [
    "DEFAULT_DB_ALIAS",
    "DJANGO_VERSION_PICKLE_KEY",
    "HOTCLUB_VERSION_PICKLE_KEY",
    "ConnectionHandler",
    "ConnectionRouter",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "close_old_connections",
    "connection",
    "connections",
    "reset_queries",
    "router",
]

for _public in (reset_queries, close_old_connections):
    _public.__module__ = "hotclub.db"
