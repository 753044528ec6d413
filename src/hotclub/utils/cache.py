"""Headers that say how long a response may be kept, and the keys of the cache middleware.

A response's key depends on the request headers that its Vary header names; that list is learnt and kept under a key made
of the URL alone.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from hashlib import md5
from typing import Any

from hotclub.conf import settings
from hotclub.utils.http import http_date, parse_etags, parse_http_date_safe, quote_etag, split_header_value
from hotclub.utils.log import log_response
from hotclub.utils.module_loading import import_string
from hotclub.utils.timezone import get_current_timezone_name
from hotclub.utils.translation import get_language


def _directive(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    return name.strip().lower(), value.strip() if equals else True


def patch_cache_control(response: Any, **kwargs: Any) -> None:
    """Add directives to the Cache-Control header: `max_age=3600`, `private=True`.

    A smaller max-age that is there wins; private and public replace each other.
    """
    directives: dict[str, Any] = defaultdict(set)
    for field in split_header_value(response.get("Cache-Control", "")):
        name, value = _directive(field)
        if name == "no-cache":
            # It may name headers, several times.
            directives[name].add(value)
        else:
            directives[name] = value
    if "max-age" in directives and "max_age" in kwargs:
        kwargs["max_age"] = min(int(directives["max-age"]), kwargs["max_age"])
    if "private" in directives and "public" in kwargs:
        del directives["private"]
    elif "public" in directives and "private" in kwargs:
        del directives["public"]
    for name, value in kwargs.items():
        directive = name.replace("_", "-")
        if directive == "no-cache":
            directives[directive].add(value)
        else:
            directives[directive] = value
    parts: list[str] = []
    for name, value in directives.items():
        if isinstance(value, set):
            # no-cache without a name says it all.
            values = [True] if True in value else sorted(map(str, value))
            parts.extend(_write(name, item) for item in values)
        else:
            parts.append(_write(name, value))
    response.headers["Cache-Control"] = ", ".join(parts)


def _write(name: str, value: Any) -> str:
    return name if value is True else f"{name}={value}"


def get_max_age(response: Any) -> int | None:
    """Return the max-age of the Cache-Control header; None if it has none, or no number."""
    if not response.has_header("Cache-Control"):
        return None
    for field in split_header_value(response.headers["Cache-Control"]):
        name, value = _directive(field)
        if name == "max-age":
            try:
                return int(value)
            except (ValueError, TypeError):
                return None
    return None


def set_response_etag(response: Any) -> Any:
    """Set the ETag header to the hash of the content; empty and streaming responses are left alone."""
    if not response.streaming and response.content:
        response.headers["ETag"] = quote_etag(md5(response.content, usedforsecurity=False).hexdigest())
    return response


def _refused_by_condition(request: Any) -> Any:
    response = import_string("hotclub.http.HttpResponse")(status=412)
    log_response("Precondition Failed: %s", request.path, response=response, request=request)
    return response


def _known_already(request: Any, response: Any = None) -> Any:
    new_response = import_string("hotclub.http.HttpResponse")(status=304)
    if response:
        # What a 304 repeats of the 200 (RFC 9110 §15.4.5), and cookies, which are no metadata of the content.
        for header in ("Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Last-Modified", "Vary"):
            if header in response:
                new_response.headers[header] = response.headers[header]
        cookies = response.cookies
        for cookie in cookies:
            new_response.cookies[cookie] = cookies[cookie]
    return new_response


def get_conditional_response(
    request: Any, etag: str | None = None, last_modified: int | None = None, response: Any = None
) -> Any:
    """Return what the conditional headers of a request ask for: a 304, a 412, or the response given.

    Source: RFC 9110 §13.2.2, the order of evaluation.
    """
    # Only answers of success are subject to conditions.
    if response and not (200 <= response.status_code < 300):
        return response
    if_match = parse_etags(request.META.get("HTTP_IF_MATCH", ""))
    if_unmodified_since = _date_header(request, "HTTP_IF_UNMODIFIED_SINCE")
    if_none_match = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    if_modified_since = _date_header(request, "HTTP_IF_MODIFIED_SINCE")
    if if_match and not _strong_match(etag, if_match):
        return _refused_by_condition(request)
    if not if_match and if_unmodified_since and not (last_modified and last_modified <= if_unmodified_since):
        return _refused_by_condition(request)
    if if_none_match:
        if _weak_match(etag, if_none_match):
            return (
                _known_already(request, response)
                if request.method in ("GET", "HEAD")
                else _refused_by_condition(request)
            )
    elif if_modified_since and request.method in ("GET", "HEAD"):
        if last_modified and last_modified <= if_modified_since:
            return _known_already(request, response)
    return response


def _date_header(request: Any, name: str) -> int | None:
    value = request.META.get(name)
    return parse_http_date_safe(value) if value else None


def _strong_match(etag: str | None, wanted: list[str]) -> bool:
    """Compare as If-Match does: weak tags never match (RFC 9110 §8.8.3.2)."""
    if not etag or etag.startswith("W/"):
        return bool(etag) and wanted == ["*"]
    return wanted == ["*"] or etag in wanted


def _weak_match(etag: str | None, wanted: list[str]) -> bool:
    """Compare as If-None-Match does: "W/" makes no difference."""
    if not etag:
        return False
    return wanted == ["*"] or etag.removeprefix("W/") in {tag.removeprefix("W/") for tag in wanted}


def patch_response_headers(response: Any, cache_timeout: float | None = None) -> None:
    """Set Expires and Cache-Control for so many seconds (`CACHE_MIDDLEWARE_SECONDS`, if None); Expires only if missing."""
    if cache_timeout is None:
        cache_timeout = settings.CACHE_MIDDLEWARE_SECONDS
    seconds = max(0, cache_timeout or 0)
    if not response.has_header("Expires"):
        response.headers["Expires"] = http_date(time.time() + seconds)
    patch_cache_control(response, max_age=seconds)


def add_never_cache_headers(response: Any) -> None:
    """Say that the response must not be kept anywhere."""
    patch_response_headers(response, cache_timeout=-1)
    patch_cache_control(response, no_cache=True, no_store=True, must_revalidate=True, private=True)


def patch_vary_headers(response: Any, newheaders: Iterable[str]) -> None:
    """Add names of headers to the Vary header, each once; "*" stands alone."""
    names = list(split_header_value(response.headers["Vary"])) if response.has_header("Vary") else []
    known = {name.lower() for name in names}
    names += [name.strip() for name in newheaders if name.strip().lower() not in known]
    response.headers["Vary"] = "*" if "*" in names else ", ".join(names)


def has_vary_header(response: Any, header_query: str) -> bool:
    """Say whether the Vary header names a header."""
    if not response.has_header("Vary"):
        return False
    return header_query.lower() in {name.lower() for name in split_header_value(response.headers["Vary"])}


def _with_language(request: Any, cache_key: str) -> str:
    """Return the key with what the content depends on beside the URL: language and time zone."""
    if settings.USE_I18N:
        cache_key += ".{}".format(getattr(request, "LANGUAGE_CODE", get_language()))
    if settings.USE_TZ:
        cache_key += f".{get_current_timezone_name()}"
    return cache_key


def _page_key(request: Any, method: str, headerlist: Iterable[str], key_prefix: str) -> str:
    headers = md5(usedforsecurity=False)
    for header in headerlist:
        value = request.META.get(header)
        # With its length in front, so that no two lists of values give the same text; one that is missing is no value.
        text = None if value is None else value.encode()
        headers.update(b"-," if text is None else b"%d:%b," % (len(text), text))
    url = md5(request.build_absolute_uri().encode("ascii"), usedforsecurity=False).hexdigest()
    return _with_language(
        request, f"views.decorators.cache.cache_page.{key_prefix}.{method}.{url}.{headers.hexdigest()}"
    )


def _header_list_key(key_prefix: str, request: Any) -> str:
    url = md5(request.build_absolute_uri().encode("ascii"), usedforsecurity=False).hexdigest()
    return _with_language(request, f"views.decorators.cache.cache_header.{key_prefix}.{url}")


def _default_cache() -> Any:
    # The caches lie above this module.
    return import_string("hotclub.core.cache.caches")[settings.CACHE_MIDDLEWARE_ALIAS]


def get_cache_key(request: Any, key_prefix: str | None = None, method: str = "GET", cache: Any = None) -> str | None:
    """Return the key under which a page for the request would be; None if nothing is known about its URL.

    Args:
        request: the request.
        key_prefix: `CACHE_MIDDLEWARE_KEY_PREFIX`, if None.
        method: "GET" or "HEAD".
        cache: where the list of headers was learnt; the middleware's, if None.
    """
    prefix = settings.CACHE_MIDDLEWARE_KEY_PREFIX if key_prefix is None else key_prefix
    headerlist = (cache or _default_cache()).get(_header_list_key(prefix, request))
    if headerlist is None:
        return None
    return _page_key(request, method, headerlist, prefix)


def learn_cache_key(
    request: Any,
    response: Any,
    cache_timeout: float | None = None,
    key_prefix: str | None = None,
    cache: Any = None,
) -> str:
    """Remember which request headers the response varies by, and return the key for the page."""
    prefix = settings.CACHE_MIDDLEWARE_KEY_PREFIX if key_prefix is None else key_prefix
    timeout = settings.CACHE_MIDDLEWARE_SECONDS if cache_timeout is None else cache_timeout
    headerlist: list[str] = []
    if response.has_header("Vary"):
        for name in split_header_value(response.headers["Vary"]):
            header = name.upper().replace("-", "_")
            # With translation on, the language is in the key already.
            if header == "ACCEPT_LANGUAGE" and settings.USE_I18N:
                continue
            headerlist.append(f"HTTP_{header}")
        headerlist.sort()
    (cache or _default_cache()).set(_header_list_key(prefix, request), headerlist, timeout)
    return _page_key(request, request.method, headerlist, prefix)
