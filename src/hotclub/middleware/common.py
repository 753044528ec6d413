"""`CommonMiddleware` (slashes, www, forbidden agents, Content-Length) and `BrokenLinkEmailsMiddleware`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from hotclub.conf import settings
from hotclub.core.exceptions import PermissionDenied
from hotclub.core.mail import mail_managers
from hotclub.core.mail.exceptions import MailerDoesNotExist
from hotclub.http import HttpResponsePermanentRedirect
from hotclub.middleware.inline import runs_inline
from hotclub.urls import is_valid_path
from hotclub.utils.deprecation import MiddlewareMixin
from hotclub.utils.http import escape_leading_slashes


class CommonMiddleware(MiddlewareMixin):
    """Forbids user agents, adds missing slashes and `www.`, sets Content-Length.

    Source: docs ref/middleware, "“Common” middleware".
    """

    response_redirect_class: Any = HttpResponsePermanentRedirect

    @runs_inline
    def process_request(self, request: Any) -> Any:
        """Check the user agent; redirect to the host with `www.` and the path with a slash."""
        if settings.DISALLOWED_USER_AGENTS:
            agent = request.META.get("HTTP_USER_AGENT")
            if agent is not None and any(pattern.search(agent) for pattern in settings.DISALLOWED_USER_AGENTS):
                raise PermissionDenied("Forbidden user agent")
        # Also refuses a host that is not allowed.
        host = request.get_host()
        if settings.PREPEND_WWW and host and not host.startswith("www."):
            # Both redirects in one.
            if self.should_redirect_with_slash(request):
                path = self.get_full_path_with_slash(request)
            else:
                path = request.get_full_path()
            return self.response_redirect_class(f"{request.scheme}://www.{host}{path}")
        return None

    def should_redirect_with_slash(self, request: Any) -> bool:
        """Whether the path would be found with a slash appended, and is not found as it is."""
        if not settings.APPEND_SLASH or request.path_info.endswith("/"):
            return False
        urlconf = getattr(request, "urlconf", None)
        if is_valid_path(request.path_info, urlconf):
            return False
        match: Any = is_valid_path(f"{request.path_info}/", urlconf)
        return bool(match) and getattr(match.func, "should_append_slash", True)

    def get_full_path_with_slash(self, request: Any) -> str:
        """Give the full path with a slash.

        Raises:
            RuntimeError: `DEBUG` is on and the request has data that a redirect would lose.
        """
        # A path that begins with two slashes would lead to another host.
        new_path = escape_leading_slashes(request.get_full_path(force_append_slash=True))
        if settings.DEBUG and request.method in ("DELETE", "POST", "PUT", "PATCH"):
            raise RuntimeError(
                f"You called this URL via {request.method}, but the URL doesn't end in a slash and you have APPEND_SLASH "
                f"set. Django can't redirect to the slash URL while maintaining {request.method} data. Change your form "
                f"to point to {request.get_host() + new_path} (note the trailing slash), or set APPEND_SLASH=False in "
                "your Django settings."
            )
        return new_path

    @runs_inline
    def process_response(self, request: Any, response: Any) -> Any:
        """Redirect what was not found, if a slash helps; set Content-Length."""
        if response.status_code == 404 and self.should_redirect_with_slash(request):
            response = self.response_redirect_class(self.get_full_path_with_slash(request))
        if not response.streaming:
            store = response.headers._store
            if "content-length" not in store:
                store["content-length"] = ("Content-Length", str(len(response.content)))
        return response


class BrokenLinkEmailsMiddleware(MiddlewareMixin):
    """Tells `MANAGERS` about broken links to the site.

    Attributes:
        using: alias of the mailer; the default one if None.

    Source: docs howto/error-reporting, "404 errors".
    """

    using: str | None = None

    def process_response(self, request: Any, response: Any) -> Any:
        """Send a mail for a 404 that was linked to."""
        if response.status_code != 404 or settings.DEBUG:
            return response
        domain = request.get_host()
        path = request.get_full_path()
        referer = request.META.get("HTTP_REFERER", "")
        if not self.is_ignorable_request(request, path, domain, referer):
            agent = request.META.get("HTTP_USER_AGENT", "<none>")
            address = request.META.get("REMOTE_ADDR", "<none>")
            internal = "INTERNAL " if self.is_internal_request(domain, referer) else ""
            self.send_mail(
                f"Broken {internal}link on {domain}",
                f"Referrer: {referer}\nRequested URL: {path}\nUser agent: {agent}\nIP address: {address}\n",
            )
        return response

    def send_mail(self, subject: str, message: str, *args: Any, **kwargs: Any) -> None:
        """Send the mail, by the mailer `using`; a subclass may write it differently."""
        if self.using is not None:
            kwargs.setdefault("using", self.using)
        else:
            kwargs.setdefault("fail_silently", True)
        try:
            mail_managers(subject, message, *args, **kwargs)
        except MailerDoesNotExist:
            # A site without mail still answers what is not there with a 404.
            if self.using is not None:
                raise

    def is_internal_request(self, domain: str, referer: str) -> bool:
        """Whether the link is on the site itself."""
        # Different subdomains are different sites.
        return bool(re.match(f"^https?://{re.escape(domain)}/", referer))

    def is_ignorable_request(self, request: Any, uri: str, domain: str, referer: str) -> bool:
        """Whether nobody wants to know: no referer, a search engine's, the page itself, or an ignored path."""
        if not referer:
            return True
        # A link from the same URL without its slash is a redirect by APPEND_SLASH.
        if settings.APPEND_SLASH and uri.endswith("/") and referer == uri[:-1]:
            return True
        # A "?" in a foreign referer is typical for search results.
        if not self.is_internal_request(domain, referer) and "?" in referer:
            return True
        # The referer is the page itself, whatever the scheme: a bot that fakes it.
        parts = urlsplit(referer)
        if parts.netloc in ["", domain] and parts.path == uri:
            return True
        return any(pattern.search(uri) for pattern in settings.IGNORABLE_404_URLS)
