"""Which methods a view takes, and conditional requests."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction

from hotclub.http import HttpResponseNotAllowed
from hotclub.middleware.http import ConditionalGetMiddleware
from hotclub.utils import timezone
from hotclub.utils.cache import get_conditional_response
from hotclub.utils.decorators import decorator_from_middleware
from hotclub.utils.http import http_date, quote_etag
from hotclub.utils.log import log_response
from hotclub.views.decorators.wrapping import check_request

conditional_page = decorator_from_middleware(ConditionalGetMiddleware)


def require_http_methods(request_method_list: Iterable[str]) -> Callable[..., Any]:
    """Answer all but these methods (in upper case) with 405.

    Source: docs topics/http/decorators.
    """
    methods = request_method_list

    def check(request: Any) -> Any:
        if request.method in methods:
            return None
        response = HttpResponseNotAllowed(methods)
        log_response("Method Not Allowed (%s): %s", request.method, request.path, response=response, request=request)
        return response

    def decorator(func: Callable[..., Any]) -> Callable[..., Any]:
        return check_request(func, check)

    return decorator


require_GET = require_http_methods(["GET"])
require_GET.__doc__ = "Decorator to require that a view only accepts the GET method."
require_POST = require_http_methods(["POST"])
require_POST.__doc__ = "Decorator to require that a view only accepts the POST method."
require_safe = require_http_methods(["GET", "HEAD"])
require_safe.__doc__ = "Decorator to require that a view only accepts safe methods: GET and HEAD."


class _Validators:
    """The ETag and Last-Modified of what a view would show."""

    __slots__ = ("etag", "last_modified")

    def __init__(self, etag: str | None, moment: datetime.datetime | None) -> None:
        self.etag = quote_etag(etag) if etag else None
        self.last_modified: int | None = None
        if moment:
            if not timezone.is_aware(moment):
                moment = timezone.make_aware(moment, datetime.UTC)
            self.last_modified = int(moment.timestamp())

    def early_response(self, request: Any) -> Any:
        return get_conditional_response(request, etag=self.etag, last_modified=self.last_modified)

    def set_on(self, request: Any, response: Any) -> None:
        # For unsafe methods the validators are those of before the change.
        if request.method in ("GET", "HEAD"):
            if self.last_modified and not response.has_header("Last-Modified"):
                response.headers["Last-Modified"] = http_date(self.last_modified)
            if self.etag:
                response.headers.setdefault("ETag", self.etag)


def condition(
    etag_func: Callable[..., Any] | None = None, last_modified_func: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """Answer conditional requests before the view runs.

    Args:
        etag_func: gives the ETag of what the view would show; takes its arguments.
        last_modified_func: gives the moment of its last change.

    Source: docs topics/conditional-view-processing.
    """

    def decorator(func: Callable[..., Any]) -> Callable[..., Any]:
        if iscoroutinefunction(func):

            async def ask(function: Any, *args: Any, **kwargs: Any) -> Any:
                if function is None:
                    return None
                answer = function(*args, **kwargs)
                return await answer if iscoroutinefunction(function) else answer

            @wraps(func)
            async def async_inner(request: Any, *args: Any, **kwargs: Any) -> Any:
                validators = _Validators(
                    await ask(etag_func, request, *args, **kwargs),
                    await ask(last_modified_func, request, *args, **kwargs),
                )
                response = validators.early_response(request)
                if response is None:
                    response = await func(request, *args, **kwargs)
                validators.set_on(request, response)
                return response

            return async_inner

        @wraps(func)
        def inner(request: Any, *args: Any, **kwargs: Any) -> Any:
            validators = _Validators(
                etag_func(request, *args, **kwargs) if etag_func else None,
                last_modified_func(request, *args, **kwargs) if last_modified_func else None,
            )
            response = validators.early_response(request)
            if response is None:
                response = func(request, *args, **kwargs)
            validators.set_on(request, response)
            return response

        return inner

    return decorator


def etag(etag_func: Callable[..., Any]) -> Callable[..., Any]:
    """`condition()` with an ETag only."""
    return condition(etag_func=etag_func)


def last_modified(last_modified_func: Callable[..., Any]) -> Callable[..., Any]:
    """`condition()` with a moment only."""
    return condition(last_modified_func=last_modified_func)
