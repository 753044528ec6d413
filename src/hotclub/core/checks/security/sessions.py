"""Checks of the session cookie, for deployment."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.core.checks.messages import Warning
from hotclub.core.checks.registry import Tags, register


def _add_session_cookie_message(message: str) -> str:
    return f"{message} Using a secure-only session cookie makes it more difficult for network traffic sniffers to hijack user sessions."


def _add_httponly_message(message: str) -> str:
    return f"{message} Using an HttpOnly session cookie makes it more difficult for cross-site scripting attacks to hijack user sessions."


_APP = "You have 'hotclub.contrib.sessions' in your INSTALLED_APPS, but you have not set {} to True."
_MIDDLEWARE = "You have 'hotclub.contrib.sessions.middleware.SessionMiddleware' in your MIDDLEWARE, but you have not set {} to True."
W010 = Warning(_add_session_cookie_message(_APP.format("SESSION_COOKIE_SECURE")), id="security.W010")
W011 = Warning(_add_session_cookie_message(_MIDDLEWARE.format("SESSION_COOKIE_SECURE")), id="security.W011")
W012 = Warning(_add_session_cookie_message("SESSION_COOKIE_SECURE is not set to True."), id="security.W012")
W013 = Warning(_add_httponly_message(_APP.format("SESSION_COOKIE_HTTPONLY")), id="security.W013")
W014 = Warning(_add_httponly_message(_MIDDLEWARE.format("SESSION_COOKIE_HTTPONLY")), id="security.W014")
W015 = Warning(_add_httponly_message("SESSION_COOKIE_HTTPONLY is not set to True."), id="security.W015")


def _check(secure: Any, in_apps: Any, in_middleware: Any, in_both: Any) -> list[Any]:
    if secure is True:
        return []
    errors = []
    if "hotclub.contrib.sessions" in settings.INSTALLED_APPS:
        errors.append(in_apps)
    if "hotclub.contrib.sessions.middleware.SessionMiddleware" in settings.MIDDLEWARE:
        errors.append(in_middleware)
    return [in_both] if len(errors) > 1 else errors


@register(Tags.security, deploy=True)
def check_session_cookie_secure(app_configs: Any, **kwargs: Any) -> list[Any]:
    return _check(settings.SESSION_COOKIE_SECURE, W010, W011, W012)


@register(Tags.security, deploy=True)
def check_session_cookie_httponly(app_configs: Any, **kwargs: Any) -> list[Any]:
    return _check(settings.SESSION_COOKIE_HTTPONLY, W013, W014, W015)
