"""`ConditionalGetMiddleware`: 304 for what the client has already."""

from __future__ import annotations

from typing import Any

from hotclub.middleware.inline import runs_inline
from hotclub.utils.cache import get_conditional_response, set_response_etag
from hotclub.utils.deprecation import MiddlewareMixin
from hotclub.utils.http import parse_http_date_safe, split_directive_names


class ConditionalGetMiddleware(MiddlewareMixin):
    """Sets an ETag and answers conditional GET requests.

    Source: docs ref/middleware, "Conditional GET middleware".
    """

    @runs_inline
    def process_response(self, request: Any, response: Any) -> Any:
        """Set the ETag, and give 304 if the client's copy is good."""
        # Only GET: for other methods the ETag of what they change is not that of the response.
        if request.method != "GET":
            return response
        if self.needs_etag(response) and not response.has_header("ETag"):
            set_response_etag(response)
        etag = response.get("ETag")
        last_modified = response.get("Last-Modified")
        last_modified = parse_http_date_safe(last_modified) if last_modified else None
        if etag or last_modified:
            return get_conditional_response(request, etag=etag, last_modified=last_modified, response=response)
        return response

    def needs_etag(self, response: Any) -> bool:
        """Whether the response may be stored at all."""
        return "no-store" not in split_directive_names(response.get("Cache-Control", ""))
