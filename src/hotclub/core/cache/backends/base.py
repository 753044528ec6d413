"""`BaseCache`: what a cache offers. Subclasses provide the single steps; everything else is composed of them."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from hotclub._flow.drivers import adrive, drive
from hotclub._kernel.crossing import sync_to_async
from hotclub.core.cache import flows
from hotclub.core.cache.flows import ASYNC_METHODS, METHODS
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.utils.module_loading import import_string
from hotclub.utils.regex_helper import lazy_pattern


class InvalidCacheBackendError(ImproperlyConfigured):
    """No cache is configured under the alias, or its backend cannot be imported."""


class CacheKeyWarning(RuntimeWarning):
    """A key that another backend would refuse."""


class InvalidCacheKey(ValueError):
    """A key that this backend refuses."""


# Stands for "the default timeout", as None means forever.
DEFAULT_TIMEOUT: Any = object()

# Memcached does not accept keys longer than this.
MEMCACHE_MAX_KEY_LENGTH = 250

KeyFunction = Callable[[Any, str, Any], str]


def default_key_func(key: Any, key_prefix: str, version: Any) -> str:
    """Return the key as it is stored: prefix, version and key with colons between."""
    return f"{key_prefix}:{version}:{key}"


def get_key_func(key_func: Any) -> KeyFunction:
    """Return the function that a function, a dotted path or None stands for."""
    if key_func is None:
        return default_key_func
    function: Any = key_func if callable(key_func) else import_string(key_func)
    return cast("KeyFunction", function)


class BaseCache:
    """Base of cache backends.

    Args:
        params: what `CACHES` says beside backend and location: TIMEOUT, KEY_PREFIX, VERSION, KEY_FUNCTION, and OPTIONS with
            MAX_ENTRIES and CULL_FREQUENCY.
    """

    _missing_key = object()

    def __init__(self, params: dict[str, Any]) -> None:
        timeout = params.get("timeout", params.get("TIMEOUT", 300))
        self.default_timeout: int | None = _integer(timeout, 300) if timeout is not None else None
        options = params.get("OPTIONS", {})
        self._max_entries = _integer(params.get("max_entries", options.get("MAX_ENTRIES", 300)), 300)
        self._cull_frequency = _integer(params.get("cull_frequency", options.get("CULL_FREQUENCY", 3)), 3)
        self.key_prefix: str = params.get("KEY_PREFIX", "")
        self.version: Any = params.get("VERSION", 1)
        self.key_func = get_key_func(params.get("KEY_FUNCTION"))

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> float | None:
        """Return the moment at which an entry expires; None for never."""
        if timeout is DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        elif timeout == 0:
            # Some backends take 0 for "never".
            timeout = -1
        return None if timeout is None else time.time() + timeout

    def make_key(self, key: Any, version: Any = None) -> str:
        """Return the key as it is stored."""
        return self.key_func(key, self.key_prefix, self.version if version is None else version)

    def validate_key(self, key: str) -> None:
        """Warn about keys that memcached would refuse, so that the backend can be changed later."""
        for warning in memcache_key_warnings(key):
            warnings.warn(warning, CacheKeyWarning, stacklevel=2)

    def make_and_validate_key(self, key: Any, version: Any = None) -> str:
        """Return the key as it is stored, after `validate_key`."""
        key = self.make_key(key, version=version)
        self.validate_key(key)
        return str(key)

    # The single steps.

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        """Set a value unless the key is there; say whether it was set."""
        raise NotImplementedError("subclasses of BaseCache must provide an add() method")

    async def aadd(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return await sync_to_async(self.add, thread_sensitive=True)(key, value, timeout, version)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        """Return the value of the key; the default if there is none."""
        raise NotImplementedError("subclasses of BaseCache must provide a get() method")

    async def aget(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return await sync_to_async(self.get, thread_sensitive=True)(key, default, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        """Set a value; for `timeout` seconds, forever if None, not at all if 0."""
        raise NotImplementedError("subclasses of BaseCache must provide a set() method")

    async def aset(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        return await sync_to_async(self.set, thread_sensitive=True)(key, value, timeout, version)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        """Set when the key expires; say whether it is there."""
        raise NotImplementedError("subclasses of BaseCache must provide a touch() method")

    async def atouch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return await sync_to_async(self.touch, thread_sensitive=True)(key, timeout, version)

    def delete(self, key: Any, version: Any = None) -> bool:
        """Delete the key; say whether it was there."""
        raise NotImplementedError("subclasses of BaseCache must provide a delete() method")

    async def adelete(self, key: Any, version: Any = None) -> bool:
        return await sync_to_async(self.delete, thread_sensitive=True)(key, version)

    def clear(self) -> None:
        """Delete everything, whoever put it there."""
        raise NotImplementedError("subclasses of BaseCache must provide a clear() method")

    async def aclear(self) -> None:
        return await sync_to_async(self.clear, thread_sensitive=True)()

    # What is composed of them.

    def _has_own(self, name: str) -> bool:
        """Say whether a backend does one of them in its own way: then its async half does it that way too."""
        return getattr(type(self), name) is not getattr(BaseCache, name)

    def get_many(self, keys: Iterable[Any], version: Any = None) -> dict[Any, Any]:
        """Return the values of those keys that are there."""
        return drive(flows.get_many(self, keys, version), METHODS)

    async def aget_many(self, keys: Iterable[Any], version: Any = None) -> dict[Any, Any]:
        if self._has_own("get_many"):
            return await sync_to_async(self.get_many, thread_sensitive=True)(keys, version)
        return await adrive(flows.get_many(self, keys, version), ASYNC_METHODS)

    def get_or_set(self, key: Any, default: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        """Return the value of the key; if there is none, set it to the default (called, if it can be)."""
        return drive(flows.get_or_set(self, key, default, timeout, version), METHODS)

    async def aget_or_set(self, key: Any, default: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        if self._has_own("get_or_set"):
            return await sync_to_async(self.get_or_set, thread_sensitive=True)(key, default, timeout, version)
        return await adrive(flows.get_or_set(self, key, default, timeout, version), ASYNC_METHODS)

    def has_key(self, key: Any, version: Any = None) -> bool:
        """Say whether the key is there."""
        return drive(flows.has_key(self, key, version), METHODS)

    async def ahas_key(self, key: Any, version: Any = None) -> bool:
        if self._has_own("has_key"):
            return await sync_to_async(self.has_key, thread_sensitive=True)(key, version)
        return await adrive(flows.has_key(self, key, version), ASYNC_METHODS)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        """Add to the value and return the sum; ValueError if the key is not there."""
        return drive(flows.incr(self, key, delta, version), METHODS)

    async def aincr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        if self._has_own("incr"):
            return await sync_to_async(self.incr, thread_sensitive=True)(key, delta, version)
        return await adrive(flows.incr(self, key, delta, version), ASYNC_METHODS)

    def decr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        """Take from the value and return the difference; ValueError if the key is not there."""
        return self.incr(key, -delta, version=version)

    async def adecr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        return await self.aincr(key, -delta, version=version)

    def __contains__(self, key: Any) -> bool:
        # Always goes through has_key(): subclasses override that one.
        return self.has_key(key)

    def set_many(self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> list[Any]:
        """Set several values; return the keys that could not be set."""
        return drive(flows.set_many(self, data, timeout, version), METHODS)

    async def aset_many(
        self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: Any = None
    ) -> list[Any]:
        if self._has_own("set_many"):
            return await sync_to_async(self.set_many, thread_sensitive=True)(data, timeout, version)
        return await adrive(flows.set_many(self, data, timeout, version), ASYNC_METHODS)

    def delete_many(self, keys: Iterable[Any], version: Any = None) -> None:
        """Delete several keys."""
        drive(flows.delete_many(self, keys, version), METHODS)

    async def adelete_many(self, keys: Iterable[Any], version: Any = None) -> None:
        if self._has_own("delete_many"):
            return await sync_to_async(self.delete_many, thread_sensitive=True)(keys, version)
        await adrive(flows.delete_many(self, keys, version), ASYNC_METHODS)

    def incr_version(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """Move the value to another version of the key and return that version; ValueError if it is not there."""
        return drive(flows.incr_version(self, key, delta, version), METHODS)

    async def aincr_version(self, key: Any, delta: int = 1, version: Any = None) -> int:
        if self._has_own("incr_version"):
            return await sync_to_async(self.incr_version, thread_sensitive=True)(key, delta, version)
        return await adrive(flows.incr_version(self, key, delta, version), ASYNC_METHODS)

    def decr_version(self, key: Any, delta: int = 1, version: Any = None) -> int:
        """Move the value to an earlier version of the key; see `incr_version`."""
        return self.incr_version(key, -delta, version)

    async def adecr_version(self, key: Any, delta: int = 1, version: Any = None) -> int:
        return await self.aincr_version(key, -delta, version)

    def close(self, **kwargs: Any) -> None:
        """Close the connection, if there is one."""

    async def aclose(self, **kwargs: Any) -> None:
        self.close(**kwargs)


class InlineAsync:
    """For backends that never wait: the async halves of the single steps are called in place, without a thread hop."""

    async def aadd(self: Any, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return bool(self.add(key, value, timeout, version))

    async def aget(self: Any, key: Any, default: Any = None, version: Any = None) -> Any:
        return self.get(key, default, version)

    async def aset(self: Any, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        self.set(key, value, timeout, version)

    async def atouch(self: Any, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return bool(self.touch(key, timeout, version))

    async def adelete(self: Any, key: Any, version: Any = None) -> bool:
        return bool(self.delete(key, version))

    async def aclear(self: Any) -> None:
        self.clear()

    async def ahas_key(self: Any, key: Any, version: Any = None) -> bool:
        return bool(self.has_key(key, version))

    async def aincr(self: Any, key: Any, delta: int = 1, version: Any = None) -> Any:
        return self.incr(key, delta, version)


def _integer(value: Any, default: int) -> int:
    try:
        return int(value)
    except (ValueError, TypeError):
        return default


_unsafe_key_re = lazy_pattern(r"[\x00-\x20\x7f]")


def memcache_key_warnings(key: str) -> Iterator[str]:
    """Give what memcached has against a key: its length, or a control character or blank in it."""
    if len(key) > MEMCACHE_MAX_KEY_LENGTH:
        yield (f"Cache key will cause errors if used with memcached: {key!r} (longer than {MEMCACHE_MAX_KEY_LENGTH})")
    if _unsafe_key_re.search(key):
        yield f"Cache key contains characters that will cause errors if used with memcached: {key!r}"
