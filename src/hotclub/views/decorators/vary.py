"""`vary_on_headers`, `vary_on_cookie`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.utils.cache import patch_vary_headers
from hotclub.views.decorators.wrapping import change_response


def vary_on_headers(*headers: str) -> Callable[..., Any]:
    """Add headers to Vary."""

    def decorator(func: Callable[..., Any]) -> Callable[..., Any]:
        return change_response(func, lambda request, response: patch_vary_headers(response, headers))

    return decorator


vary_on_cookie = vary_on_headers("Cookie")
vary_on_cookie.__doc__ = "Add Cookie to Vary: the response depends on it."
