"""Sets `request.site`."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.sites.shortcuts import get_current_site
from hotclub.utils.deprecation import MiddlewareMixin


class CurrentSiteMiddleware(MiddlewareMixin):
    """Sets the current site on each request."""

    def process_request(self, request: Any) -> None:
        request.site = get_current_site(request)
