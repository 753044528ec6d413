"""Caches of the project, by alias (façade), and the default one.

`caches["default"]` gives the cache of the running context; `cache` stands for it wherever it is used.
"""

from __future__ import annotations

from typing import Any

from hotclub.core.cache.backends.base import BaseCache, CacheKeyWarning, InvalidCacheBackendError, InvalidCacheKey
from hotclub.core.signals import request_finished
from hotclub.utils.connection import BaseConnectionHandler, ConnectionProxy
from hotclub.utils.module_loading import import_string

__all__ = [
    "DEFAULT_CACHE_ALIAS",
    "BaseCache",
    "CacheKeyWarning",
    "InvalidCacheBackendError",
    "InvalidCacheKey",
    "cache",
    "caches",
    "close_caches",
]

DEFAULT_CACHE_ALIAS = "default"


class CacheHandler(BaseConnectionHandler):
    """The caches of `CACHES`, each made when it is first asked for."""

    settings_name = "CACHES"
    exception_class = InvalidCacheBackendError

    def create_connection(self, alias: str) -> Any:
        params = self.settings[alias].copy()
        backend = params.pop("BACKEND")
        location = params.pop("LOCATION", "")
        try:
            backend_class = import_string(backend)
        except ImportError as error:
            raise InvalidCacheBackendError(f"Could not find backend '{backend}': {error}") from error
        return backend_class(location, params)


caches = CacheHandler()
cache: Any = ConnectionProxy(caches, DEFAULT_CACHE_ALIAS)


def close_caches(**kwargs: Any) -> None:
    """Close the caches of the running context, at the end of each request."""
    caches.close_all()


# Closing a socket does not wait.
close_caches.runs_inline = True  # type: ignore[attr-defined]
request_finished.connect(close_caches)
