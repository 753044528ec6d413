"""Which of the site's pages may be framed: decorators over X-Frame-Options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.views.decorators.wrapping import change_response


def xframe_options_deny(view_func: Callable[..., Any]) -> Callable[..., Any]:
    """Set DENY, unless the response says otherwise."""
    return change_response(view_func, lambda request, response: _set(response, "DENY"))


def xframe_options_sameorigin(view_func: Callable[..., Any]) -> Callable[..., Any]:
    """Set SAMEORIGIN, unless the response says otherwise."""
    return change_response(view_func, lambda request, response: _set(response, "SAMEORIGIN"))


def xframe_options_exempt(view_func: Callable[..., Any]) -> Callable[..., Any]:
    """Have the middleware set nothing."""
    return change_response(view_func, lambda request, response: setattr(response, "xframe_options_exempt", True))


def _set(response: Any, value: str) -> None:
    if response.get("X-Frame-Options") is None:
        response["X-Frame-Options"] = value
