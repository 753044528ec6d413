"""CSRF protection for single views, or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.middleware.csrf import CsrfViewMiddleware, get_token
from hotclub.middleware.inline import runs_inline
from hotclub.utils.decorators import decorator_from_middleware
from hotclub.views.decorators.wrapping import mark

csrf_protect = decorator_from_middleware(CsrfViewMiddleware)
csrf_protect.__name__ = "csrf_protect"
csrf_protect.__doc__ = "Protect a view, whether or not the middleware is installed."


class _EnsureCsrfToken(CsrfViewMiddleware):
    """Makes the token known, and refuses nothing."""

    def _reject(self, request: Any, reason: str) -> Any:
        return None


requires_csrf_token = decorator_from_middleware(_EnsureCsrfToken)
requires_csrf_token.__name__ = "requires_csrf_token"
requires_csrf_token.__doc__ = "Have `csrf_token` work in templates of a view that takes no unsafe requests of its own."


class _EnsureCsrfCookie(CsrfViewMiddleware):
    """Sends the cookie with every response."""

    def _reject(self, request: Any, reason: str) -> Any:
        return None

    @runs_inline
    def process_view(self, request: Any, callback: Any, callback_args: Any, callback_kwargs: Any) -> Any:
        response = super().process_view(request, callback, callback_args, callback_kwargs)
        get_token(request)
        return response


ensure_csrf_cookie = decorator_from_middleware(_EnsureCsrfCookie)
ensure_csrf_cookie.__name__ = "ensure_csrf_cookie"
ensure_csrf_cookie.__doc__ = "Send the CSRF cookie, whether or not the template uses the token."


def csrf_exempt(view_func: Callable[..., Any]) -> Callable[..., Any]:
    """Exempt a view from the middleware's protection."""
    return mark(view_func, "csrf_exempt", True)
