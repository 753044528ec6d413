"""Protection against cross-site request forgery: `CsrfViewMiddleware`, `get_token`, `rotate_token`.

A secret lives in a cookie or the session. Forms carry it masked anew each time, so that its text never repeats (BREACH).
An unsafe request must come from here (Origin, else Sec-Fetch-Site, and under HTTPS the Referer) and bring the secret.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

from hotclub.conf import settings
from hotclub.core.exceptions import DisallowedHost, ImproperlyConfigured
from hotclub.http import HttpHeaders, UnreadablePostError
from hotclub.middleware import csrf_secrets
from hotclub.middleware.csrf_secrets import InvalidTokenFormat
from hotclub.middleware.inline import runs_inline
from hotclub.urls import get_callable
from hotclub.utils.cache import patch_vary_headers
from hotclub.utils.deprecation import MiddlewareMixin
from hotclub.utils.functional import cached_property
from hotclub.utils.http import is_same_domain
from hotclub.utils.log import log_response

logger = logging.getLogger("hotclub.security.csrf")

REASON_BAD_ORIGIN = "Origin checking failed - %s does not match any trusted origins."
REASON_CROSS_SITE = "Sec-Fetch-Site checking failed - the request was sent by another site."
REASON_NO_REFERER = "Referer checking failed - no Referer."
REASON_BAD_REFERER = "Referer checking failed - %s does not match any trusted origins."
REASON_NO_CSRF_COOKIE = "CSRF cookie not set."
REASON_CSRF_TOKEN_MISSING = "CSRF token missing."
REASON_MALFORMED_REFERER = "Referer checking failed - Referer is malformed."
REASON_INSECURE_REFERER = "Referer checking failed - Referer is insecure while host is secure."

CSRF_SESSION_KEY = "_csrftoken"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

# The names by which test suites know them.
CSRF_ALLOWED_CHARS = csrf_secrets.ALPHABET
CSRF_SECRET_LENGTH = csrf_secrets.SECRET_LENGTH
CSRF_TOKEN_LENGTH = csrf_secrets.TOKEN_LENGTH
_check_token_format = csrf_secrets.check
_does_token_match = csrf_secrets.stands_for
_get_new_csrf_string = csrf_secrets.new_secret
_mask_cipher_secret = csrf_secrets.mask
_unmask_cipher_token = csrf_secrets.unmask


class RejectRequest(Exception):
    """The request is refused, for this reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def _renew_secret(request: Any) -> str:
    secret = csrf_secrets.new_secret()
    request.META.update({"CSRF_COOKIE": secret, "CSRF_COOKIE_NEEDS_UPDATE": True})
    return secret


def get_token(request: Any) -> str:
    """Give a token for a form; the response will then set the cookie.

    Source: docs howto/csrf.
    """
    secret = request.META.get("CSRF_COOKIE")
    if secret is None:
        secret = _renew_secret(request)
    else:
        # Used: the lifetime of the cookie starts anew.
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    return csrf_secrets.mask(secret)


def rotate_token(request: Any) -> None:
    """Change the secret; done at login."""
    _renew_secret(request)


class CsrfViewMiddleware(MiddlewareMixin):
    """Refuses unsafe requests that do not bring the secret.

    Source: docs ref/csrf.
    """

    @cached_property
    def csrf_trusted_origins_hosts(self) -> list[str]:
        """Hosts of the trusted origins, with a leading dot where they stand for all subdomains."""
        return [urlsplit(origin).netloc.lstrip("*") for origin in settings.CSRF_TRUSTED_ORIGINS]

    @cached_property
    def allowed_origins_exact(self) -> set[str]:
        """Trusted origins without wildcard."""
        return {origin for origin in settings.CSRF_TRUSTED_ORIGINS if "*" not in origin}

    @cached_property
    def allowed_origin_subdomains(self) -> dict[str, list[str]]:
        """Trusted origins with a wildcard: hosts by scheme."""
        allowed: dict[str, list[str]] = defaultdict(list)
        for origin in settings.CSRF_TRUSTED_ORIGINS:
            if "*" in origin:
                parts = urlsplit(origin)
                allowed[parts.scheme].append(parts.netloc.lstrip("*"))
        return allowed

    # The secret

    def _secret_of(self, request: Any) -> str | None:
        """Give the secret of session or cookie; None if there is none.

        Raises:
            InvalidTokenFormat: the cookie holds something else.
            ImproperlyConfigured: it should be in a session that is not there.
        """
        if settings.CSRF_USE_SESSIONS:
            try:
                secret = request.session.get(CSRF_SESSION_KEY)
            except AttributeError as error:
                raise ImproperlyConfigured(
                    "CSRF_USE_SESSIONS is enabled, but request.session is not set. SessionMiddleware must appear before "
                    "CsrfViewMiddleware in MIDDLEWARE."
                ) from error
        else:
            secret = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
            if secret is not None:
                csrf_secrets.check(secret)
        # Old cookies hold a token.
        return None if secret is None else csrf_secrets.unmask(secret)

    def _keep_secret(self, request: Any, response: Any) -> None:
        """Write the secret into the session, or into the cookie."""
        secret = request.META["CSRF_COOKIE"]
        if settings.CSRF_USE_SESSIONS:
            if request.session.get(CSRF_SESSION_KEY) != secret:
                request.session[CSRF_SESSION_KEY] = secret
            return
        response.set_cookie(
            settings.CSRF_COOKIE_NAME,
            secret,
            max_age=settings.CSRF_COOKIE_AGE,
            domain=settings.CSRF_COOKIE_DOMAIN,
            path=settings.CSRF_COOKIE_PATH,
            secure=settings.CSRF_COOKIE_SECURE,
            httponly=settings.CSRF_COOKIE_HTTPONLY,
            samesite=settings.CSRF_COOKIE_SAMESITE,
        )
        patch_vary_headers(response, ("Cookie",))

    # Hooks

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        # Decorators are made while modules are imported, when there may be no settings yet.
        if settings.configured and settings.CSRF_USE_SESSIONS:
            # Reading a session may wait: this half does not run inline.
            self.process_request = self._take_over_secret  # type: ignore[method-assign]

    @runs_inline
    def process_request(self, request: Any) -> None:
        """Take over the secret; one that cannot be right is replaced."""
        self._take_over_secret(request)

    def _take_over_secret(self, request: Any) -> None:
        try:
            secret = self._secret_of(request)
        except InvalidTokenFormat:
            _renew_secret(request)
        else:
            if secret is not None:
                request.META["CSRF_COOKIE"] = secret

    async def aprocess_request(self, request: Any) -> None:
        """The async half: a session is read without holding up the loop."""
        if settings.CSRF_USE_SESSIONS and hasattr(request, "session"):
            await request.session.ahas_key(CSRF_SESSION_KEY)
        self._take_over_secret(request)

    @runs_inline
    def process_view(self, request: Any, callback: Any, callback_args: Any, callback_kwargs: Any) -> Any:
        """Refuse an unsafe request that does not pass the checks."""
        if getattr(request, "csrf_processing_done", False):
            return None
        # Exempt views do not mark the request as done: a decorator on the inside may still check it.
        if getattr(callback, "csrf_exempt", False):
            return None
        if request.method in SAFE_METHODS or getattr(request, "_dont_enforce_csrf_checks", False):
            request.csrf_processing_done = True
            return None
        try:
            self._check_source(request)
            self._require_token(request)
        except RejectRequest as reject:
            return self._reject(request, reject.reason)
        request.csrf_processing_done = True
        return None

    @runs_inline
    def process_response(self, request: Any, response: Any) -> Any:
        """Set the cookie, if the token was used or changed."""
        if request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
            self._keep_secret(request, response)
            # A second middleware or decorator must not set it again, unless it changes again.
            request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False
        return response

    def _reject(self, request: Any, reason: str) -> Any:
        response = get_callable(settings.CSRF_FAILURE_VIEW)(request, reason=reason)
        log_response("Forbidden (%s): %s", reason, request.path, response=response, request=request, logger=logger)
        return response

    # Where it came from

    def _check_source(self, request: Any) -> None:
        if "HTTP_ORIGIN" in request.META:
            if not self._origin_verified(request):
                raise RejectRequest(REASON_BAD_ORIGIN % request.META["HTTP_ORIGIN"])
            return
        if request.META.get("HTTP_SEC_FETCH_SITE") == "cross-site" and not self._referer_trusted(request):
            raise RejectRequest(REASON_CROSS_SITE)
        if request.is_secure():
            # Over HTTPS a man in the middle could set the cookie for the plain site: only pages of ours may post.
            self._check_referer(request)

    def _origin_verified(self, request: Any) -> bool:
        origin = request.META["HTTP_ORIGIN"]
        try:
            host = request.get_host()
        except DisallowedHost:
            pass
        else:
            if origin == f"{'https' if request.is_secure() else 'http'}://{host}":
                return True
        if origin in self.allowed_origins_exact:
            return True
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return any(is_same_domain(parts.netloc, host) for host in self.allowed_origin_subdomains.get(parts.scheme, ()))

    def _referer_trusted(self, request: Any) -> bool:
        try:
            netloc = urlsplit(request.META.get("HTTP_REFERER", "")).netloc
        except ValueError:
            return False
        return any(is_same_domain(netloc, host) for host in self.csrf_trusted_origins_hosts)

    def _check_referer(self, request: Any) -> None:
        text = request.META.get("HTTP_REFERER")
        if text is None:
            raise RejectRequest(REASON_NO_REFERER)
        try:
            referer = urlsplit(text)
        except ValueError as error:
            raise RejectRequest(REASON_MALFORMED_REFERER) from error
        if not referer.scheme or not referer.netloc:
            raise RejectRequest(REASON_MALFORMED_REFERER)
        if referer.scheme != "https":
            raise RejectRequest(REASON_INSECURE_REFERER)
        if any(is_same_domain(referer.netloc, host) for host in self.csrf_trusted_origins_hosts):
            return
        good = settings.SESSION_COOKIE_DOMAIN if settings.CSRF_USE_SESSIONS else settings.CSRF_COOKIE_DOMAIN
        if good is None:
            try:
                good = request.get_host()
            except DisallowedHost as error:
                raise RejectRequest(REASON_BAD_REFERER % referer.geturl()) from error
        else:
            port = request.get_port()
            if port not in ("443", "80"):
                good = f"{good}:{port}"
        if not is_same_domain(referer.netloc, good):
            raise RejectRequest(REASON_BAD_REFERER % referer.geturl())

    # What it brings

    def _require_token(self, request: Any) -> None:
        try:
            secret = self._secret_of(request)
        except InvalidTokenFormat as error:
            raise RejectRequest(f"CSRF cookie {error.reason}.") from error
        if secret is None:
            raise RejectRequest(REASON_NO_CSRF_COOKIE)
        token = ""
        if request.method == "POST":
            try:
                token = request.POST.get("csrfmiddlewaretoken", "")
            except UnreadablePostError:
                # The connection broke; without its form, the request has no token.
                token = ""
        source = "POST"
        if token == "":
            try:
                token = request.META[settings.CSRF_HEADER_NAME]
            except KeyError as error:
                raise RejectRequest(REASON_CSRF_TOKEN_MISSING) from error
            source = f"the {HttpHeaders.parse_header_name(settings.CSRF_HEADER_NAME)!r} HTTP header"
        try:
            csrf_secrets.check(token)
        except InvalidTokenFormat as error:
            raise RejectRequest(f"CSRF token from {source} {error.reason}.") from error
        if not csrf_secrets.stands_for(token, secret):
            raise RejectRequest(f"CSRF token from {source} incorrect.")
