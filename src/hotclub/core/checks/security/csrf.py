"""Checks of the protection against cross-site request forgery, for deployment."""

from __future__ import annotations

import inspect
from typing import Any

from hotclub.conf import settings
from hotclub.core.checks.messages import Error, Warning
from hotclub.core.checks.registry import Tags, register
from hotclub.utils.module_loading import import_string

_MIDDLEWARE = "hotclub.middleware.csrf.CsrfViewMiddleware"

W003 = Warning(
    "You don't appear to be using Django's built-in cross-site request forgery protection via the middleware "
    f"('{_MIDDLEWARE}' is not in your MIDDLEWARE). Enabling the middleware is the safest approach to ensure you don't leave "
    "any holes.",
    id="security.W003",
)
W016 = Warning(
    f"You have '{_MIDDLEWARE}' in your MIDDLEWARE, but you have not set CSRF_COOKIE_SECURE to True. Using a secure-only CSRF "
    "cookie makes it more difficult for network traffic sniffers to steal the CSRF token.",
    id="security.W016",
)


def _csrf_middleware() -> bool:
    return _MIDDLEWARE in settings.MIDDLEWARE


@register(Tags.security, deploy=True)
def check_csrf_middleware(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [] if _csrf_middleware() else [W003]


@register(Tags.security, deploy=True)
def check_csrf_cookie_secure(app_configs: Any, **kwargs: Any) -> list[Any]:
    passed = settings.CSRF_USE_SESSIONS or not _csrf_middleware() or settings.CSRF_COOKIE_SECURE is True
    return [] if passed else [W016]


@register(Tags.security)
def check_csrf_failure_view(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Check that the view for refused requests exists and takes its arguments."""
    path = settings.CSRF_FAILURE_VIEW
    try:
        view = import_string(path)
    except ImportError:
        return [Error(f"The CSRF failure view '{path}' could not be imported.", id="security.E102")]
    try:
        inspect.signature(view).bind(None, reason=None)
    except TypeError:
        return [
            Error(f"The CSRF failure view '{path}' does not take the correct number of arguments.", id="security.E101")
        ]
    return []
