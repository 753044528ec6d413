"""`SecurityMiddleware`: HTTPS redirects and the protective headers."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from hotclub._http.headers import ResponseHeaders
from hotclub.conf import settings
from hotclub.http import HttpResponsePermanentRedirect
from hotclub.middleware.inline import runs_inline
from hotclub.utils.deprecation import MiddlewareMixin


class SecurityMiddleware(MiddlewareMixin):
    """Redirects to HTTPS and sets HSTS, nosniff, referrer policy and opener policy, as the `SECURE_*` settings say.

    Source: docs ref/middleware, "Security middleware".
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self.sts_seconds = settings.SECURE_HSTS_SECONDS
        self.sts_include_subdomains = settings.SECURE_HSTS_INCLUDE_SUBDOMAINS
        self.sts_preload = settings.SECURE_HSTS_PRELOAD
        self.content_type_nosniff = settings.SECURE_CONTENT_TYPE_NOSNIFF
        self.redirect = settings.SECURE_SSL_REDIRECT
        self.redirect_host = settings.SECURE_SSL_HOST
        self.redirect_exempt = [re.compile(pattern) for pattern in settings.SECURE_REDIRECT_EXEMPT]
        self.referrer_policy = settings.SECURE_REFERRER_POLICY
        self.cross_origin_opener_policy = settings.SECURE_CROSS_ORIGIN_OPENER_POLICY

    @runs_inline
    def process_request(self, request: Any) -> Any:
        """Redirect a plain request, unless its path is exempt."""
        if not self.redirect or request.is_secure():
            return None
        path = request.path.lstrip("/")
        if any(pattern.search(path) for pattern in self.redirect_exempt):
            return None
        host = self.redirect_host or request.get_host()
        return HttpResponsePermanentRedirect(f"https://{host}{request.get_full_path()}")

    @runs_inline
    def process_response(self, request: Any, response: Any) -> Any:
        """Set the headers that are wanted and not there yet."""
        headers = response.headers
        if self.sts_seconds and request.is_secure() and "Strict-Transport-Security" not in headers:
            value = f"max-age={self.sts_seconds}"
            if self.sts_include_subdomains:
                value += "; includeSubDomains"
            if self.sts_preload:
                value += "; preload"
            headers["Strict-Transport-Security"] = value
        headers.add_missing(self._fixed_headers)
        return response

    @cached_property
    def _fixed_headers(self) -> list[tuple[str, tuple[str, str]]]:
        """The headers that are the same for every response, checked once."""
        fixed = ResponseHeaders()
        if self.content_type_nosniff:
            fixed["X-Content-Type-Options"] = "nosniff"
        if self.referrer_policy:
            policies = self.referrer_policy
            values = policies.split(",") if isinstance(policies, str) else policies
            fixed["Referrer-Policy"] = ",".join(value.strip() for value in values)
        if self.cross_origin_opener_policy:
            fixed["Cross-Origin-Opener-Policy"] = self.cross_origin_opener_policy
        return [(name.lower(), (name, value)) for name, value in fixed.pairs()]
