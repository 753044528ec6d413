"""`gzip_page`."""

from __future__ import annotations

from hotclub.middleware.gzip import GZipMiddleware
from hotclub.utils.decorators import decorator_from_middleware

gzip_page = decorator_from_middleware(GZipMiddleware)
gzip_page.__doc__ = "Compress the responses of a view, if the client takes that."
