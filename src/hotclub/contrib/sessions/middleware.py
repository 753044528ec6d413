"""`SessionMiddleware`: gives each request its session, and keeps what was changed."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub.conf import settings
from hotclub.contrib.sessions.backends.base import UpdateError, ask
from hotclub.contrib.sessions.exceptions import SessionInterrupted
from hotclub.db.ports import ASYNC, SYNC
from hotclub.middleware.inline import runs_inline
from hotclub.utils.cache import patch_vary_headers
from hotclub.utils.deprecation import MiddlewareMixin
from hotclub.utils.http import http_date


class SessionMiddleware(MiddlewareMixin):
    """Sets `request.session`.

    Source: docs topics/http/sessions.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self.SessionStore = import_module(settings.SESSION_ENGINE).SessionStore

    @runs_inline
    def process_request(self, request: Any) -> None:
        """Make the session; its data is loaded when somebody looks."""
        request.session = self.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))

    def response_is_idle(self, request: Any, response: Any) -> bool:
        """Whether nobody looked at the session, so that there is nothing to wait for."""
        session = getattr(request, "session", None)
        if session is None:
            return True
        if session.accessed or session.modified or settings.SESSION_SAVE_EVERY_REQUEST:
            return False
        return settings.SESSION_COOKIE_NAME not in request.COOKIES or not session.is_empty()

    def process_response(self, request: Any, response: Any) -> Any:
        """Save a changed session and set its cookie; delete the cookie of one that is gone."""
        return drive(self._conclude(request, response), SYNC)

    async def aprocess_response(self, request: Any, response: Any) -> Any:
        """The async half of `process_response()`."""
        return await adrive(self._conclude(request, response), ASYNC)

    async def _conclude(self, request: Any, response: Any) -> Any:
        """Flow: what happens to the session in the end."""
        try:
            session = request.session
            accessed, modified, empty = session.accessed, session.modified, session.is_empty()
        except AttributeError:
            return response
        if settings.SESSION_COOKIE_NAME in request.COOKIES and empty:
            # The session has ended: the cookie goes with it.
            response.delete_cookie(
                settings.SESSION_COOKIE_NAME,
                path=settings.SESSION_COOKIE_PATH,
                domain=settings.SESSION_COOKIE_DOMAIN,
                samesite=settings.SESSION_COOKIE_SAMESITE,
            )
            patch_vary_headers(response, ("Cookie",))
            return response
        # A cookie that is sent every time is an answer to the one that came.
        if accessed or (settings.SESSION_SAVE_EVERY_REQUEST and not empty):
            patch_vary_headers(response, ("Cookie",))
        # An error page must not keep half a change.
        if not (modified or settings.SESSION_SAVE_EVERY_REQUEST) or empty or response.status_code >= 500:
            return response
        if await ask(session.get_expire_at_browser_close, session.aget_expire_at_browser_close):
            max_age = expires = None
        else:
            max_age = await ask(session.get_expiry_age, session.aget_expiry_age)
            expires = http_date(time.time() + max_age)
        try:
            await ask(session.save, session.asave)
        except UpdateError as error:
            raise SessionInterrupted(
                "The request's session was deleted before the request completed. The user may have logged out in a "
                "concurrent request, for example."
            ) from error
        response.set_cookie(
            settings.SESSION_COOKIE_NAME,
            session.session_key,
            max_age=max_age,
            expires=expires,
            domain=settings.SESSION_COOKIE_DOMAIN,
            path=settings.SESSION_COOKIE_PATH,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=settings.SESSION_COOKIE_HTTPONLY,
            samesite=settings.SESSION_COOKIE_SAMESITE,
        )
        return response
