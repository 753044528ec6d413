"""A cache in a table of a database, made by `createcachetable`: key, pickled value in base64, moment of expiry."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from hotclub.conf import settings
from hotclub.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from hotclub.db import DatabaseError, connections, models, router, transaction
from hotclub.utils.timezone import now as tz_now


class Options:
    """What database routers ask a model's `_meta`: the cache's table stands in for a model."""

    def __init__(self, table: str) -> None:
        self.db_table = table
        self.app_label = "django_cache"
        self.model_name = "cacheentry"
        self.verbose_name = "cache entry"
        self.verbose_name_plural = "cache entries"
        self.object_name = "CacheEntry"
        self.abstract = False
        self.managed = True
        self.proxy = False
        self.swapped = False


class BaseDatabaseCache(BaseCache):
    """What `createcachetable` needs to know.

    Args:
        table: name of the table.
    """

    def __init__(self, table: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._table = table
        self.cache_model_class: Any = type("CacheEntry", (), {"_meta": Options(table)})


class _Row:
    """The row of one key, in a transaction: what may be done to it, a statement each.

    Attributes:
        written: whether the last statement changed it.
    """

    def __init__(self, cache: DatabaseCache, connection: Any, cursor: Any, key: str, now: datetime) -> None:
        self.written = False
        self._cache = cache
        self._cursor = cursor
        self._key = key
        self._adapted = connection.ops.adapt_datetimefield_value
        self._now = self._adapted(now)
        self._columns = cache._columns(connection)

    def _run(self, sql: str, *params: Any) -> bool:
        self._cursor.execute(sql, params)
        self.written = self._cursor.rowcount > 0
        return self.written

    def _packed(self, value: Any) -> str:
        return base64.b64encode(pickle.dumps(value, self._cache.pickle_protocol)).decode("latin1")

    def _until(self, timeout: Any) -> Any:
        return self._adapted(self._cache.expiry(timeout))

    def update(self, value: Any, timeout: Any) -> bool:
        """Change value and expiry; say whether there is such a row."""
        table, key, value_column, expires = self._columns
        sql = f"UPDATE {table} SET {value_column} = %s, {expires} = %s WHERE {key} = %s"
        return self._run(sql, self._packed(value), self._until(timeout), self._key)

    def insert(self, value: Any, timeout: Any) -> bool:
        """Make the row.

        Raises:
            DatabaseError: there is one.
        """
        table, key, value_column, expires = self._columns
        sql = f"INSERT INTO {table} ({key}, {value_column}, {expires}) VALUES (%s, %s, %s)"
        return self._run(sql, self._key, self._packed(value), self._until(timeout))

    def prolong(self, timeout: Any) -> bool:
        """Change the expiry of a row that has not expired; say whether there is one."""
        table, key, _value, expires = self._columns
        sql = f"UPDATE {table} SET {expires} = %s WHERE {key} = %s AND {expires} >= %s"
        return self._run(sql, self._until(timeout), self._key, self._now)

    def delete_if_expired(self) -> bool:
        """Delete the row if it has expired; say whether it had."""
        table, key, _value, expires = self._columns
        return self._run(f"DELETE FROM {table} WHERE {key} = %s AND {expires} < %s", self._key, self._now)


class DatabaseCache(BaseDatabaseCache):
    """Keeps values in a table. The routers decide on the database."""

    # Names of columns are fixed; the table's name is quoted by the database.
    pickle_protocol = pickle.HIGHEST_PROTOCOL

    def _connection(self, *, write: bool = False) -> Any:
        ask = router.db_for_write if write else router.db_for_read
        return connections[ask(self.cache_model_class)]

    def _columns(self, connection: Any) -> tuple[str, str, str, str]:
        quote = connection.ops.quote_name
        return quote(self._table), quote("cache_key"), quote("value"), quote("expires")

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self.get_many([key], version).get(key, default)

    def get_many(self, keys: Iterable[Any], version: Any = None) -> dict[Any, Any]:
        by_stored = {self.make_and_validate_key(key, version=version): key for key in keys}
        if not by_stored:
            return {}
        connection = self._connection()
        table, key_column, value_column, expires_column = self._columns(connection)
        holes = ", ".join(["%s"] * len(by_stored))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {key_column}, {value_column}, {expires_column} FROM {table} WHERE {key_column} IN ({holes})",
                list(by_stored),
            )
            rows = cursor.fetchall()
        found = {}
        expired = []
        for stored, value, expires in rows:
            if self._as_moment(connection, expires) < tz_now():
                expired.append(stored)
            else:
                found[by_stored[stored]] = self._unpack(connection, value)
        self._delete_rows(expired)
        return found

    def _as_moment(self, connection: Any, expires: Any) -> Any:
        expression = models.Expression(output_field=models.DateTimeField())
        field = expression.output_field
        for converter in (*connection.ops.get_db_converters(expression), *field.get_db_converters(connection)):
            expires = converter(expires, expression, connection)
        return expires

    @staticmethod
    def _unpack(connection: Any, value: Any) -> Any:
        value = connection.ops.process_clob(value)
        return pickle.loads(base64.b64decode(value.encode()))

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        with self._writing(key, version) as row:
            if not row.update(value, timeout):
                row.insert(value, timeout)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        with self._writing(key, version) as row:
            row.delete_if_expired()
            row.insert(value, timeout)
        return row.written

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        with self._writing(key, version) as row:
            row.prolong(timeout)
        return row.written

    @contextmanager
    def _writing(self, key: Any, version: Any) -> Iterator[_Row]:
        """Give the row of a key for writing, in a table that has room for it.

        Where somebody else writes the key at the same time, theirs counts: the row is not written, and no error raised.
        """
        stored = self.make_and_validate_key(key, version=version)
        connection = self._connection(write=True)
        now = tz_now().replace(microsecond=0)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(self._table)}")
            entries = cursor.fetchone()[0]
            if entries > self._max_entries:
                self._cull(cursor, now, connection, entries)
            row = _Row(self, connection, cursor, stored, now)
            try:
                # A lost race must not break the transaction around.
                with transaction.atomic(using=connection.alias):
                    yield row
            except DatabaseError:
                row.written = False

    def expiry(self, timeout: Any) -> datetime:
        """Return the moment at which a row expires."""
        moment = self.get_backend_timeout(timeout)
        zone = UTC if settings.USE_TZ else None
        expiry = datetime.max.replace(tzinfo=zone) if moment is None else datetime.fromtimestamp(moment, tz=zone)
        return expiry.replace(microsecond=0)

    def delete(self, key: Any, version: Any = None) -> bool:
        return self._delete_rows([self.make_and_validate_key(key, version=version)])

    def delete_many(self, keys: Iterable[Any], version: Any = None) -> None:
        self._delete_rows([self.make_and_validate_key(key, version=version) for key in keys])

    def _delete_rows(self, keys: list[str]) -> bool:
        if not keys:
            return False
        connection = self._connection(write=True)
        table, key_column, _, _ = self._columns(connection)
        holes = ", ".join(["%s"] * len(keys))
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE {key_column} IN ({holes})", keys)
            return bool(cursor.rowcount)

    def has_key(self, key: Any, version: Any = None) -> bool:
        stored = self.make_and_validate_key(key, version=version)
        connection = self._connection()
        table, key_column, _, expires_column = self._columns(connection)
        now = connection.ops.adapt_datetimefield_value(tz_now().replace(microsecond=0))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {expires_column} FROM {table} WHERE {key_column} = %s and {expires_column} > %s",
                [stored, now],
            )
            return cursor.fetchone() is not None

    def _cull(self, cursor: Any, now: datetime, connection: Any, entries: int) -> None:
        """Delete what has expired and, if that was not enough, a part of the rest."""
        if self._cull_frequency == 0:
            self.clear()
            return
        table, key_column, _, expires_column = self._columns(connection)
        cursor.execute(
            f"DELETE FROM {table} WHERE {expires_column} < %s", [connection.ops.adapt_datetimefield_value(now)]
        )
        left = entries - max(0, cursor.rowcount)
        if left > self._max_entries:
            cursor.execute(connection.ops.cache_key_culling_sql() % table, [left // self._cull_frequency])
            last = cursor.fetchone()
            if last:
                # Everything before a key in the middle: cheap, and as good as any choice.
                cursor.execute(f"DELETE FROM {table} WHERE {key_column} < %s", [last[0]])

    def clear(self) -> None:
        connection = self._connection(write=True)
        table, _, _, _ = self._columns(connection)
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
