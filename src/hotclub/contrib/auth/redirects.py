"""The way to the page for logging in, and back: shared by decorators, mixins, middleware and views."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from hotclub.conf import settings
from hotclub.contrib.auth.flows import REDIRECT_FIELD_NAME
from hotclub.http import HttpResponseRedirect, QueryDict
from hotclub.shortcuts import resolve_url


def redirect_to_login(next: str, login_url: Any = None, redirect_field_name: str | None = REDIRECT_FIELD_NAME) -> Any:
    """Return the redirect to the page for logging in, with the way back.

    Args:
        next: where to come back to.
        login_url: that page; `LOGIN_URL`, if None.
        redirect_field_name: name of the query parameter; none is added, if None.

    Source: docs topics/auth/default, "Helper functions".
    """
    parts = list(urlsplit(resolve_url(login_url or settings.LOGIN_URL)))
    if redirect_field_name:
        query = QueryDict(parts[3], mutable=True)
        query[redirect_field_name] = next
        parts[3] = query.urlencode(safe="/")
    return HttpResponseRedirect(urlunsplit(parts))


redirect_to_login.__module__ = "hotclub.contrib.auth.views"  # where it is documented


def redirect_from(request: Any, login_url: Any, redirect_field_name: str | None) -> Any:
    """Return the redirect to the page for logging in, from where one comes back to what a request asks for.

    The way back is a path, unless that page is on another host or has another scheme.
    """
    page = resolve_url(login_url or settings.LOGIN_URL)
    here = request.build_absolute_uri()
    asked, wanted = urlsplit(page)[:2], urlsplit(here)[:2]
    same_site = all(mine in ("", theirs) for mine, theirs in zip(asked, wanted, strict=True))
    return redirect_to_login(request.get_full_path() if same_site else here, page, redirect_field_name)
