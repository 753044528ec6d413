"""Caches on memcached, through pymemcache or pylibmc."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from typing import Any

from hotclub.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache, InvalidCacheKey, memcache_key_warnings
from hotclub.utils.functional import cached_property

# Memcached takes numbers beyond this for moments.
_LONGEST_RELATIVE_TIMEOUT = 2592000


class BaseMemcachedCache(BaseCache):
    """What caches on memcached share.

    Args:
        server: address of a server, or several: a list, or a text with commas or semicolons between.
        params: see `BaseCache`.
        library: the client library.
        value_not_found_exception: what it raises for a missing key.
    """

    _class: Any

    def __init__(
        self, server: Any, params: dict[str, Any], library: Any, value_not_found_exception: type[Exception]
    ) -> None:
        super().__init__(params)
        self._servers: list[str] = re.split("[;,]", server) if isinstance(server, str) else server
        self.LibraryValueNotFoundException = value_not_found_exception
        self._lib = library
        self._class = library.Client
        self._options: dict[str, Any] = params.get("OPTIONS") or {}

    @property
    def client_servers(self) -> Any:
        """The addresses in the form that the library wants."""
        return self._servers

    @cached_property
    def _cache(self) -> Any:
        return self._class(self.client_servers, **self._options)

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> int:
        """Return the timeout as memcached takes it: 0 for never, a moment if it lies far away."""
        if timeout is DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        if timeout is None:
            return 0
        if int(timeout) == 0:
            return -1
        if timeout > _LONGEST_RELATIVE_TIMEOUT:
            timeout += int(time.time())
        return int(timeout)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        key = self.make_and_validate_key(key, version=version)
        return bool(self._cache.add(key, value, self.get_backend_timeout(timeout)))

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        key = self.make_and_validate_key(key, version=version)
        return self._cache.get(key, default)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        key = self.make_and_validate_key(key, version=version)
        if not self._cache.set(key, value, self.get_backend_timeout(timeout)):
            # Too big for the server: what was there before must not stay.
            self._cache.delete(key)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        key = self.make_and_validate_key(key, version=version)
        return bool(self._cache.touch(key, self.get_backend_timeout(timeout)))

    def delete(self, key: Any, version: Any = None) -> bool:
        key = self.make_and_validate_key(key, version=version)
        return bool(self._cache.delete(key))

    def get_many(self, keys: Iterable[Any], version: Any = None) -> dict[Any, Any]:
        by_stored = {self.make_and_validate_key(key, version=version): key for key in keys}
        found = self._cache.get_multi(by_stored.keys())
        return {by_stored[stored]: value for stored, value in found.items()}

    def close(self, **kwargs: Any) -> None:
        # Many clients keep connections for all threads: they close them at the end of each request.
        self._cache.disconnect_all()

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        stored = self.make_and_validate_key(key, version=version)
        try:
            # Memcached knows no negative steps.
            value = self._cache.decr(stored, -delta) if delta < 0 else self._cache.incr(stored, delta)
        except self.LibraryValueNotFoundException:
            value = None
        if value is None:
            raise ValueError(f"Key '{key}' not found")
        return value

    def set_many(self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> list[Any]:
        by_stored = {self.make_and_validate_key(key, version=version): key for key in data}
        values = {stored: data[key] for stored, key in by_stored.items()}
        failed = self._cache.set_multi(values, self.get_backend_timeout(timeout))
        return [by_stored[stored] for stored in failed]

    def delete_many(self, keys: Iterable[Any], version: Any = None) -> None:
        self._cache.delete_multi([self.make_and_validate_key(key, version=version) for key in keys])

    def clear(self) -> None:
        self._cache.flush_all()

    def validate_key(self, key: str) -> None:
        for warning in memcache_key_warnings(key):
            raise InvalidCacheKey(warning)


class PyLibMCCache(BaseMemcachedCache):
    """Memcached through pylibmc."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        import pylibmc  # type: ignore[import-not-found]  # noqa: PLC0415  # optional

        super().__init__(server, params, library=pylibmc, value_not_found_exception=pylibmc.NotFound)

    @property
    def client_servers(self) -> list[str]:
        # A Unix socket is a path here, without the prefix others want.
        return [server.removeprefix("unix:") for server in self._servers]

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        stored = self.make_and_validate_key(key, version=version)
        if timeout == 0:
            return bool(self._cache.delete(stored))
        return bool(self._cache.touch(stored, self.get_backend_timeout(timeout)))

    def close(self, **kwargs: Any) -> None:
        # The library manages its connections.
        return None


class PyMemcacheCache(BaseMemcachedCache):
    """Memcached through pymemcache."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        try:
            import pymemcache.serde  # noqa: PLC0415  # optional
        except ImportError as error:
            raise ImportError("This cache needs pymemcache: pip install 'hotclub[memcached]'") from error

        super().__init__(server, params, library=pymemcache, value_not_found_exception=KeyError)
        self._class = self._lib.HashClient
        self._options = {
            "allow_unicode_keys": True,
            "default_noreply": False,
            "serde": pymemcache.serde.pickle_serde,
            **self._options,
        }
