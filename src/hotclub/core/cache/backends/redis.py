"""A cache on Redis: reads from replicas, writes to the first server. Needs redis-py."""

from __future__ import annotations

import pickle
import random
import re
from collections.abc import Iterable, Mapping
from typing import Any

from hotclub.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from hotclub.utils.functional import cached_property
from hotclub.utils.module_loading import import_string


class RedisSerializer:
    """Pickles everything but integers, which Redis counts with."""

    def __init__(self, protocol: int | None = None) -> None:
        self.protocol = pickle.HIGHEST_PROTOCOL if protocol is None else protocol

    def dumps(self, obj: Any) -> Any:
        # bool is an int, but must come back as what it is.
        return obj if type(obj) is int else pickle.dumps(obj, self.protocol)

    def loads(self, data: bytes) -> Any:
        try:
            return int(data)
        except ValueError:
            return pickle.loads(data)


class RedisCacheClient:
    """Talks to the servers.

    Args:
        servers: URLs; the first one takes the writes.
        serializer: object with `dumps` and `loads`, its class, or a dotted path.
        pool_class: class of the connection pools, or a dotted path.
        parser_class: class of the parser, or a dotted path.
        **options: for the pools.
    """

    def __init__(
        self,
        servers: list[str],
        serializer: Any = None,
        pool_class: Any = None,
        parser_class: Any = None,
        **options: Any,
    ) -> None:
        try:
            import redis  # noqa: PLC0415  # optional
        except ImportError as error:
            raise ImportError("This cache needs redis-py: pip install 'hotclub[redis]'") from error

        self._lib = redis
        self._servers = servers
        self._pools: dict[int, Any] = {}
        self._client = redis.Redis
        self._pool_class = (
            import_string(pool_class) if isinstance(pool_class, str) else pool_class or redis.ConnectionPool
        )
        if isinstance(serializer, str):
            serializer = import_string(serializer)
        if callable(serializer):
            serializer = serializer()
        self._serializer = serializer or RedisSerializer()
        if isinstance(parser_class, str):
            parser_class = import_string(parser_class)
        self._pool_options = {
            "parser_class": parser_class or import_string("redis.connection.DefaultParser"),
            **options,
        }

    def _get_connection_pool_index(self, write: bool) -> int:
        if write or len(self._servers) == 1:
            return 0
        return random.randint(1, len(self._servers) - 1)

    def _get_connection_pool(self, write: bool) -> Any:
        index = self._get_connection_pool_index(write)
        if index not in self._pools:
            self._pools[index] = self._pool_class.from_url(self._servers[index], **self._pool_options)
        return self._pools[index]

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Return a client for reading, or for writing; `key` is there for clients that spread keys."""
        return self._client(connection_pool=self._get_connection_pool(write))

    def add(self, key: str, value: Any, timeout: int | None) -> bool:
        client = self.get_client(key, write=True)
        value = self._serializer.dumps(value)
        if timeout == 0:
            # Set and expired at once: the answer is whether it could have been set.
            if result := bool(client.set(key, value, nx=True)):
                client.delete(key)
            return result
        return bool(client.set(key, value, ex=timeout, nx=True))

    def get(self, key: str, default: Any) -> Any:
        value = self.get_client(key).get(key)
        return default if value is None else self._serializer.loads(value)

    def set(self, key: str, value: Any, timeout: int | None) -> None:
        client = self.get_client(key, write=True)
        if timeout == 0:
            client.delete(key)
        else:
            client.set(key, self._serializer.dumps(value), ex=timeout)

    def touch(self, key: str, timeout: int | None) -> bool:
        client = self.get_client(key, write=True)
        if timeout is None:
            # PERSIST says "no" as well where the key had no timeout.
            client.persist(key)
            return bool(client.exists(key))
        return bool(client.expire(key, timeout))

    def delete(self, key: str) -> bool:
        return bool(self.get_client(key, write=True).delete(key))

    def get_many(self, keys: list[str]) -> dict[str, Any]:
        values = self.get_client(None).mget(keys)
        return {
            key: self._serializer.loads(value) for key, value in zip(keys, values, strict=True) if value is not None
        }

    def has_key(self, key: str) -> bool:
        return bool(self.get_client(key).exists(key))

    def incr(self, key: str, delta: int) -> Any:
        client = self.get_client(key, write=True)
        if not client.exists(key):
            raise ValueError(f"Key '{key}' not found.")
        return client.incr(key, delta)

    def set_many(self, data: Mapping[str, Any], timeout: int | None) -> None:
        pipeline = self.get_client(None, write=True).pipeline()
        pipeline.mset({key: self._serializer.dumps(value) for key, value in data.items()})
        if timeout is not None:
            # MSET knows no timeout.
            for key in data:
                pipeline.expire(key, timeout)
        pipeline.execute()

    def delete_many(self, keys: list[str]) -> None:
        self.get_client(None, write=True).delete(*keys)

    def clear(self) -> bool:
        return bool(self.get_client(None, write=True).flushdb())


class RedisCache(BaseCache):
    """Keeps values in Redis.

    Args:
        server: URL of the server, or several: a list, or a text with commas or semicolons between.
    """

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._servers: list[str] = re.split("[;,]", server) if isinstance(server, str) else server
        self._class: Any = RedisCacheClient
        self._options: dict[str, Any] = params.get("OPTIONS", {})

    @cached_property
    def _cache(self) -> Any:
        return self._class(self._servers, **self._options)

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> int | None:
        """Return the timeout in seconds; None for never."""
        if timeout is DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        # Redis refuses negative ones; they mean "expired".
        return None if timeout is None else max(0, int(timeout))

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        key = self.make_and_validate_key(key, version=version)
        return bool(self._cache.add(key, value, self.get_backend_timeout(timeout)))

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._cache.get(self.make_and_validate_key(key, version=version), default)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        key = self.make_and_validate_key(key, version=version)
        self._cache.set(key, value, self.get_backend_timeout(timeout))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        key = self.make_and_validate_key(key, version=version)
        return bool(self._cache.touch(key, self.get_backend_timeout(timeout)))

    def delete(self, key: Any, version: Any = None) -> bool:
        return bool(self._cache.delete(self.make_and_validate_key(key, version=version)))

    def get_many(self, keys: Iterable[Any], version: Any = None) -> dict[Any, Any]:
        by_stored = {self.make_and_validate_key(key, version=version): key for key in keys}
        if not by_stored:
            return {}
        found = self._cache.get_many(list(by_stored))
        return {by_stored[stored]: value for stored, value in found.items()}

    def has_key(self, key: Any, version: Any = None) -> bool:
        return bool(self._cache.has_key(self.make_and_validate_key(key, version=version)))

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        return self._cache.incr(self.make_and_validate_key(key, version=version), delta)

    def set_many(self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> list[Any]:
        if data:
            stored = {self.make_and_validate_key(key, version=version): value for key, value in data.items()}
            self._cache.set_many(stored, self.get_backend_timeout(timeout))
        return []

    def delete_many(self, keys: Iterable[Any], version: Any = None) -> None:
        stored = [self.make_and_validate_key(key, version=version) for key in keys]
        if stored:
            self._cache.delete_many(stored)

    def clear(self) -> None:
        self._cache.clear()
