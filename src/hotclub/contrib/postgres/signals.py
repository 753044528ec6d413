"""The types of extensions: each new connection learns how to read and write them.

Their numbers (OIDs) differ from database to database; they are asked for once for each.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from psycopg.types import TypeInfo
from psycopg.types.hstore import register_hstore

from hotclub.db import connections
from hotclub.db.backends.base.base import NO_DB_ALIAS

Oids = tuple[tuple[int, ...], tuple[int, ...]]


def _oids_of(type_name: str, alias: str) -> Oids:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT oid, typarray FROM pg_type WHERE typname = %s", [type_name])
        rows = cursor.fetchall()
    return tuple(row[0] for row in rows), tuple(row[1] for row in rows)


@lru_cache(maxsize=64)
def get_hstore_oids(connection_alias: str) -> Oids:
    """Return the numbers of the type `hstore` and of its array type: one of each for each schema that has it."""
    return _oids_of("hstore", connection_alias)


@lru_cache(maxsize=64)
def get_citext_oids(connection_alias: str) -> Oids:
    """Return the numbers of the type `citext` and of its array type."""
    return _oids_of("citext", connection_alias)


def forget_oids() -> None:
    """Have the numbers asked for anew: an extension came or went."""
    get_hstore_oids.cache_clear()
    get_citext_oids.cache_clear()


def register_type_handlers(connection: Any, **kwargs: Any) -> None:
    """Teach a connection the types of the extensions `hstore` and `citext`."""
    if connection.vendor != "postgresql" or connection.alias == NO_DB_ALIAS:
        return
    for oid, array_oid in zip(*get_hstore_oids(connection.alias), strict=True):
        register_hstore(TypeInfo("hstore", oid, array_oid), connection.connection)
        connection.introspection.data_types_reverse[oid] = "hotclub.contrib.postgres.fields.HStoreField"
    for oid, array_oid in zip(*get_citext_oids(connection.alias), strict=True):
        TypeInfo("citext", oid, array_oid).register(connection.connection)
