"""Looks for a flat page when nothing else was found."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.contrib.flatpages.views import flatpage
from hotclub.http import Http404
from hotclub.utils.deprecation import MiddlewareMixin


class FlatpageFallbackMiddleware(MiddlewareMixin):
    """Answers a 404 with the flat page of the path, if there is one."""

    def process_response(self, request: Any, response: Any) -> Any:
        """Replace a 404."""
        if response.status_code != 404:
            return response
        try:
            return flatpage(request, request.path_info)
        except Http404:
            return response
        except Exception:  # the first answer stands; a broken page must not hide it
            if settings.DEBUG:
                raise
            return response
