"""Built-in context processors: functions of a request that give names to templates."""

from __future__ import annotations

import itertools
from typing import Any

from hotclub.conf import settings
from hotclub.template.backends.utils import get_token
from hotclub.utils.encoding import smart_str
from hotclub.utils.functional import SimpleLazyObject, lazy
from hotclub.utils.module_loading import import_string
from hotclub.utils.timezone import get_current_timezone_name
from hotclub.utils.translation import get_language, get_language_bidi


def csrf(request: Any) -> dict[str, Any]:
    """Give `csrf_token`: the token for forms, made when a template shows it."""

    def token() -> str:
        value = get_token(request)
        # The tag shows nothing for this value; a missing one would be a mistake of the view.
        return "NOTPROVIDED" if value is None else smart_str(value)

    return {"csrf_token": SimpleLazyObject(token)}


def debug(request: Any) -> dict[str, Any]:
    """Give `debug` and `sql_queries` in debug mode to clients of `INTERNAL_IPS`."""
    if not settings.DEBUG or request.META.get("REMOTE_ADDR") not in settings.INTERNAL_IPS:
        return {}
    # By path, as the processors themselves: templates work without a database.
    connections = import_string("hotclub.db.connections")

    def queries() -> list[Any]:
        return list(itertools.chain.from_iterable(connections[alias].queries for alias in connections))

    return {"debug": True, "sql_queries": lazy(queries, list)}


def i18n(request: Any) -> dict[str, Any]:
    """Give `LANGUAGES`, `LANGUAGE_CODE` and `LANGUAGE_BIDI`."""
    return {
        "LANGUAGES": settings.LANGUAGES,
        "LANGUAGE_CODE": get_language(),
        "LANGUAGE_BIDI": get_language_bidi(),
    }


def tz(request: Any) -> dict[str, Any]:
    """Give `TIME_ZONE`, the name of the current one."""
    return {"TIME_ZONE": get_current_timezone_name()}


def static(request: Any) -> dict[str, Any]:
    """Give `STATIC_URL`."""
    return {"STATIC_URL": settings.STATIC_URL}


def media(request: Any) -> dict[str, Any]:
    """Give `MEDIA_URL`."""
    return {"MEDIA_URL": settings.MEDIA_URL}


def request(request: Any) -> dict[str, Any]:
    """Give `request`."""
    return {"request": request}


def csp(request: Any) -> dict[str, Any]:
    """Give `csp_nonce`, the nonce of the page's Content-Security-Policy, made when a template shows it."""
    return {"csp_nonce": import_string("hotclub.middleware.csp.get_nonce")(request)}
