"""Looks for a redirect when nothing else was found."""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.contrib.redirects.models import Redirect
from hotclub.contrib.sites.shortcuts import get_current_site
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.http import HttpResponseGone, HttpResponsePermanentRedirect
from hotclub.utils.deprecation import MiddlewareMixin


class RedirectFallbackMiddleware(MiddlewareMixin):
    """Answers a 404 with the redirect of the path, if there is one.

    Args:
        get_response: the next layer.

    Raises:
        ImproperlyConfigured: the sites application is not installed.
    """

    response_gone_class: Any = HttpResponseGone
    response_redirect_class: Any = HttpResponsePermanentRedirect

    def __init__(self, get_response: Any) -> None:
        if not apps.is_installed("hotclub.contrib.sites"):
            raise ImproperlyConfigured(
                "You cannot use RedirectFallbackMiddleware when hotclub.contrib.sites is not installed."
            )
        super().__init__(get_response)

    def process_response(self, request: Any, response: Any) -> Any:
        """Replace a 404."""
        if response.status_code != 404:
            return response
        paths = [request.get_full_path()]
        if settings.APPEND_SLASH and not request.path.endswith("/"):
            paths.append(request.get_full_path(force_append_slash=True))
        found = {
            redirect.old_path: redirect
            for redirect in Redirect.objects.filter(site=get_current_site(request), old_path__in=paths)
        }
        for path in paths:
            if path in found:
                target = found[path].new_path
                return self.response_redirect_class(target) if target else self.response_gone_class()
        return response
