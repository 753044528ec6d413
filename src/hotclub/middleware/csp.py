"""`ContentSecurityPolicyMiddleware`: the policy of `SECURE_CSP`, with a nonce where it asks for one."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.middleware.inline import runs_inline
from hotclub.utils.csp import CSP, LazyNonce, build_policy
from hotclub.utils.deprecation import MiddlewareMixin


def get_nonce(request: Any) -> Any:
    """Give the nonce of a request; None without the middleware."""
    return getattr(request, "_csp_nonce", None)


class ContentSecurityPolicyMiddleware(MiddlewareMixin):
    """Sets Content-Security-Policy and its report-only form.

    Source: docs ref/csp.
    """

    @runs_inline
    def process_request(self, request: Any) -> None:
        """Have a nonce ready, which is made when a template asks for it."""
        request._csp_nonce = LazyNonce()

    @runs_inline
    def process_response(self, request: Any, response: Any) -> Any:
        """Set both headers, as settings or the view's decorators say."""
        nonce = get_nonce(request)
        unset = object()
        for header, attribute, default in (
            (CSP.HEADER_ENFORCE, "_csp_config", settings.SECURE_CSP),
            (CSP.HEADER_REPORT_ONLY, "_csp_ro_config", settings.SECURE_CSP_REPORT_ONLY),
        ):
            if header in response.headers:
                continue
            config = getattr(response, attribute, unset)
            policy = default if config is unset else config
            if policy and (text := build_policy(policy, nonce)):  # type: ignore[arg-type]
                response.headers[str(header)] = text
        return response
