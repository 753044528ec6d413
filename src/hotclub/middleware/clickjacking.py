"""`XFrameOptionsMiddleware`: who may show a page in a frame."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.middleware.inline import runs_inline
from hotclub.utils.deprecation import MiddlewareMixin


class XFrameOptionsMiddleware(MiddlewareMixin):
    """Sets X-Frame-Options to `X_FRAME_OPTIONS`, unless the response has it or is exempt.

    Source: docs ref/clickjacking.
    """

    @runs_inline
    def process_response(self, request: Any, response: Any) -> Any:
        """Set the header."""
        if "X-Frame-Options" in response.headers or getattr(response, "xframe_options_exempt", False):
            return response
        response.headers["X-Frame-Options"] = self.get_xframe_options_value(request, response)
        return response

    def get_xframe_options_value(self, request: Any, response: Any) -> str:
        """Give the value; a subclass may decide by request and response."""
        return getattr(settings, "X_FRAME_OPTIONS", "DENY").upper()
