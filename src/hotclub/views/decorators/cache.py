"""`cache_page`, `cache_control`, `never_cache`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.middleware.cache import CacheMiddleware
from hotclub.utils.cache import add_never_cache_headers, patch_cache_control
from hotclub.utils.decorators import decorator_from_middleware_with_args
from hotclub.views.decorators.wrapping import change_response, check_request, require_request


def cache_page(timeout: float, *, cache: str | None = None, key_prefix: str | None = None) -> Callable[..., Any]:
    """Keep the responses of a view in the cache.

    Args:
        timeout: seconds.
        cache: alias of the cache.
        key_prefix: put before the keys.

    Source: docs topics/cache, "The per-view cache".
    """
    return decorator_from_middleware_with_args(CacheMiddleware)(  # type: ignore[no-any-return]
        page_timeout=timeout, cache_alias=cache, key_prefix=key_prefix
    )


def _guarded(view: Callable[..., Any], decorator: str, change: Callable[[Any, Any], None]) -> Callable[..., Any]:
    def check(request: Any) -> None:
        require_request(request, decorator)

    return check_request(change_response(view, change), check)


def cache_control(**kwargs: Any) -> Callable[..., Any]:
    """Set directives of the Cache-Control header.

    Source: docs topics/cache, "Controlling cache: Using other headers".
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        return _guarded(view, "cache_control", lambda request, response: patch_cache_control(response, **kwargs))

    return decorate


def never_cache(view_func: Callable[..., Any]) -> Callable[..., Any]:
    """Keep the responses of a view out of all caches."""
    return _guarded(view_func, "never_cache", lambda request, response: add_never_cache_headers(response))
