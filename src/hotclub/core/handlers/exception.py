"""From an exception to an error response: the documented mapping, logged and signalled."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async

from hotclub.conf import settings
from hotclub.core import signals
from hotclub.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from hotclub.http import Http404
from hotclub.http.multipartparser import MultiPartParserError
from hotclub.urls import get_resolver, get_urlconf
from hotclub.utils.log import log_response
from hotclub.views import debug


def convert_exception_to_response(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a handler so that it answers with a response instead of raising."""
    if iscoroutinefunction(get_response):

        @wraps(get_response)
        async def async_inner(request: Any) -> Any:
            try:
                return await get_response(request)
            except Exception as error:
                return await sync_to_async(response_for_exception, thread_sensitive=False)(request, error)

        return async_inner

    @wraps(get_response)
    def inner(request: Any) -> Any:
        try:
            return get_response(request)
        except Exception as error:
            return response_for_exception(request, error)

    return inner


def response_for_exception(request: Any, exc: Exception) -> Any:
    """Give the response for an exception that nobody handled.

    Source: docs topics/http/views, "Customizing error views"; ref/exceptions.
    """
    if isinstance(exc, Http404):
        if settings.DEBUG:
            response = debug.technical_404_response(request, exc)
        else:
            response = _error_response(request, 404, exc)
    elif isinstance(exc, PermissionDenied):
        response = _error_response(request, 403, exc)
        log_response(
            "Forbidden (Permission denied): %s", request.path, response=response, request=request, exception=exc
        )
    elif isinstance(exc, MultiPartParserError):
        response = _error_response(request, 400, exc)
        log_response(
            "Bad request (Unable to parse request body): %s",
            request.path,
            response=response,
            request=request,
            exception=exc,
        )
    elif isinstance(exc, BadRequest):
        response = _bad_request(request, exc)
        log_response("%s: %s", str(exc), request.path, response=response, request=request, exception=exc)
    elif isinstance(exc, SuspiciousOperation):
        if isinstance(exc, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
            # The error page must not read the body again.
            request._give_up_body()
        logging.getLogger(f"hotclub.security.{type(exc).__name__}").error(
            str(exc), exc_info=exc, extra={"status_code": 400, "request": request}
        )
        response = _bad_request(request, exc)
    else:
        _signal(request, exc)
        response = handle_uncaught_exception(request, get_resolver(get_urlconf()), _exc_info(exc))
        log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request, exception=exc)
    if not getattr(response, "is_rendered", True) and callable(getattr(response, "render", None)):
        response = response.render()
    return response


def _signal(request: Any, exc: BaseException) -> None:
    """Send `got_request_exception` while the exception is the one being handled: receivers use `sys.exc_info()`."""
    trace = exc.__traceback__
    try:
        raise exc
    except BaseException:
        exc.__traceback__ = trace
        signals.got_request_exception.send(sender=None, request=request)


def _exc_info(exc: BaseException) -> Any:
    return (type(exc), exc, exc.__traceback__)


def _bad_request(request: Any, exc: Exception) -> Any:
    if settings.DEBUG:
        return debug.technical_500_response(request, *_exc_info(exc), status_code=400)  # type: ignore[misc]
    return _error_response(request, 400, exc)


def _error_response(request: Any, status_code: int, exception: Exception) -> Any:
    return get_exception_response(request, get_resolver(get_urlconf()), status_code, exception)


def get_exception_response(request: Any, resolver: Any, status_code: int, exception: Exception) -> Any:
    """Call the error view for `status_code`; an error in it becomes a server error."""
    try:
        view = resolver.resolve_error_handler(status_code)
        return _checked(view, view(request, exception=exception))
    except Exception:
        signals.got_request_exception.send(sender=None, request=request)
        return handle_uncaught_exception(request, resolver, sys.exc_info())


def _checked(view: Callable[..., Any], response: Any) -> Any:
    if not hasattr(response, "status_code"):
        raise ValueError(
            f"The error view {getattr(view, '__module__', '')}.{getattr(view, '__name__', view)} didn't return an "
            "HttpResponse object."
        )
    return response


def handle_uncaught_exception(request: Any, resolver: Any, exc_info: Any) -> Any:
    """Give the answer to a bug: the debug page, or the `handler500` view."""
    if settings.DEBUG_PROPAGATE_EXCEPTIONS:
        raise exc_info[1]
    if settings.DEBUG:
        return debug.technical_500_response(request, *exc_info)
    return resolver.resolve_error_handler(500)(request)
