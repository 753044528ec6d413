"""`GZipMiddleware`: compressed responses, padded at random against BREACH."""

from __future__ import annotations

from typing import Any

from hotclub._http.codings import accepted_codings
from hotclub.middleware.inline import runs_inline
from hotclub.utils.cache import patch_vary_headers
from hotclub.utils.deprecation import MiddlewareMixin
from hotclub.utils.text import acompress_sequence, compress_sequence, compress_string

MIN_LENGTH = 200


class GZipMiddleware(MiddlewareMixin):
    """Compresses responses for clients that take gzip.

    Up to `max_random_bytes` random bytes in the header hide the length of the content (Heal-the-BREACH).

    Source: docs ref/middleware, "GZip middleware".
    """

    max_random_bytes = 100

    @runs_inline
    def process_response(self, request: Any, response: Any) -> Any:
        """Compress, unless the content is short, compressed already, or would not get shorter."""
        if not response.streaming and len(response.content) < MIN_LENGTH:
            return response
        if response.has_header("Content-Encoding"):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if "gzip" not in accepted_codings(request.META.get("HTTP_ACCEPT_ENCODING", "")):
            return response
        if response.streaming:
            compress = acompress_sequence if response.is_async else compress_sequence
            response.streaming_content = compress(response.streaming_content, max_random_bytes=self.max_random_bytes)
            # The length is known only in the end.
            del response.headers["Content-Length"]
        else:
            compressed = compress_string(response.content, max_random_bytes=self.max_random_bytes)
            if len(compressed) >= len(response.content):
                return response
            response.content = compressed
            response.headers["Content-Length"] = str(len(response.content))
        # The compressed form is another representation: a strong ETag becomes a weak one (RFC 9110 §8.8.1).
        etag = response.get("ETag")
        if etag and etag.startswith('"'):
            response.headers["ETag"] = "W/" + etag
        response.headers["Content-Encoding"] = "gzip"
        return response
