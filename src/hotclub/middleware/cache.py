"""Whole pages in the cache: `UpdateCacheMiddleware`, `FetchFromCacheMiddleware` and both in one for `cache_page()`.

The first stands outermost and stores responses, the second innermost and gives them. Key and lifetime follow the
response's own headers (`utils.cache`).
"""

from __future__ import annotations

import time
from typing import Any

from hotclub.conf import settings
from hotclub.core.cache import DEFAULT_CACHE_ALIAS, caches
from hotclub.utils.cache import (
    get_cache_key,
    get_max_age,
    has_vary_header,
    learn_cache_key,
    patch_response_headers,
    patch_vary_headers,
)
from hotclub.utils.deprecation import MiddlewareMixin
from hotclub.utils.http import parse_http_date_safe, split_directive_names

UNSHARED_DIRECTIVES = {"private", "no-cache", "no-store"}


def may_be_shared(request: Any, response: Any) -> bool:
    """Say whether a response may be given to other clients.

    An answer to a request with credentials may not, unless it is public; here it is kept apart by varying on them.
    """
    # A cookie that is set for one client would be given to all with the same cookies.
    if response.cookies and has_vary_header(response, "Cookie"):
        return False
    if has_vary_header(response, "*"):
        return False
    directives = set(split_directive_names(response.get("Cache-Control", "")))
    if directives & UNSHARED_DIRECTIVES:
        return False
    if request.META.get("HTTP_AUTHORIZATION") and "public" not in directives:
        patch_vary_headers(response, ("Authorization",))
    return True


class UpdateCacheMiddleware(MiddlewareMixin):
    """Stores responses that may be stored.

    Source: docs topics/cache, "The per-site cache".
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self.cache_timeout = settings.CACHE_MIDDLEWARE_SECONDS
        self.page_timeout: float | None = None
        self.key_prefix = settings.CACHE_MIDDLEWARE_KEY_PREFIX
        self.cache_alias = settings.CACHE_MIDDLEWARE_ALIAS

    @property
    def cache(self) -> Any:
        """The cache in use."""
        return caches[self.cache_alias]

    def process_response(self, request: Any, response: Any) -> Any:
        """Store the response, if it was not taken from the cache and may be shared."""
        if not getattr(request, "_cache_update_cache", False):
            return response
        if response.streaming or response.status_code not in (200, 304):
            return response
        if not may_be_shared(request, response):
            return response
        # The view's own lifetime, then the header's, then the setting's.
        timeout = self.page_timeout
        if timeout is None:
            timeout = get_max_age(response)
            if timeout is None:
                timeout = self.cache_timeout
            elif timeout == 0:
                return response
        patch_response_headers(response, timeout)
        if timeout and response.status_code == 200:
            key = learn_cache_key(request, response, timeout, self.key_prefix, cache=self.cache)
            if callable(getattr(response, "render", None)) and hasattr(response, "add_post_render_callback"):
                response.add_post_render_callback(lambda rendered: self.cache.set(key, rendered, timeout))
            else:
                self.cache.set(key, response, timeout)
        return response


class FetchFromCacheMiddleware(MiddlewareMixin):
    """Gives responses from the cache.

    Source: docs topics/cache, "The per-site cache".
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self.key_prefix = settings.CACHE_MIDDLEWARE_KEY_PREFIX
        self.cache_alias = settings.CACHE_MIDDLEWARE_ALIAS

    @property
    def cache(self) -> Any:
        """The cache in use."""
        return caches[self.cache_alias]

    def process_request(self, request: Any) -> Any:
        """Give the stored response; say whether this one is to be stored."""
        if request.method not in ("GET", "HEAD"):
            request._cache_update_cache = False
            return None
        key = get_cache_key(request, self.key_prefix, "GET", cache=self.cache)
        if key is None:
            request._cache_update_cache = True
            return None
        response = self.cache.get(key)
        # The answer to HEAD may have been stored separately.
        if response is None and request.method == "HEAD":
            key = get_cache_key(request, self.key_prefix, "HEAD", cache=self.cache)
            response = self.cache.get(key)
        if response is None:
            request._cache_update_cache = True
            return None
        # How long it has been here.
        max_age = get_max_age(response)
        expires = parse_http_date_safe(response["Expires"]) if response.has_header("Expires") else None
        if max_age is not None and expires is not None:
            left = max(0, int(expires - time.time()))
            response["Age"] = max(0, max_age - left)
        request._cache_update_cache = False
        return response


class CacheMiddleware(UpdateCacheMiddleware, FetchFromCacheMiddleware):
    """Both in one, for `cache_page()` and small sites.

    Args:
        get_response: the rest.
        cache_timeout: seconds.
        page_timeout: seconds, even if the response says otherwise.
        **kwargs: `key_prefix` and `cache_alias`; an explicit None means the cache's default.
    """

    def __init__(
        self,
        get_response: Any,
        cache_timeout: float | None = None,
        page_timeout: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(get_response)
        # A given None is not the same as nothing: it asks for the default.
        if "key_prefix" in kwargs:
            self.key_prefix = kwargs["key_prefix"] if kwargs["key_prefix"] is not None else ""
        if "cache_alias" in kwargs:
            self.cache_alias = kwargs["cache_alias"] if kwargs["cache_alias"] is not None else DEFAULT_CACHE_ALIAS
        if cache_timeout is not None:
            self.cache_timeout = cache_timeout
        self.page_timeout = page_timeout
