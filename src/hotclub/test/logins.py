"""The test clients' sessions and logins, written once as flows over the documented pairs of sessions and auth."""

from __future__ import annotations

from http.cookies import SimpleCookie
from importlib import import_module
from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db.ports import ASYNC, SYNC
from hotclub.http import HttpRequest


def _ask(obj: Any, name: str, *args: Any, **kwargs: Any) -> CallUser[Any]:
    """Effect: call a documented function or method, or its async half."""
    return CallUser(getattr(obj, name), args, kwargs, async_function=getattr(obj, f"a{name}"))


def _auth() -> Any:
    """Auth is an app that a project may leave out, so it is imported where a login needs it."""
    return import_module("hotclub.contrib.auth")


def _first_usable_backend() -> str:
    load_backend = _auth().load_backend
    for path in settings.AUTHENTICATION_BACKENDS:
        if hasattr(load_backend(path), "get_user"):
            return str(path)
    raise ImproperlyConfigured(
        "force_login() needs an authentication backend with get_user(); none of AUTHENTICATION_BACKENDS has it."
    )


class Logins:
    """Mixin of the clients."""

    cookies: SimpleCookie

    @property
    def session(self) -> Any:
        """The session of the client; made and kept in a cookie where there is none. Save it after a change."""
        return drive(self._kept_session(), SYNC)

    async def asession(self) -> Any:
        """Return the session of the client; see `session`."""
        return await adrive(self._kept_session(), ASYNC)

    def login(self, **credentials: Any) -> bool:
        """Log in with credentials; returns whether they were right."""
        return drive(self._present(credentials), SYNC)

    async def alogin(self, **credentials: Any) -> bool:
        """Log in with credentials; returns whether they were right."""
        return await adrive(self._present(credentials), ASYNC)

    def force_login(self, user: Any, backend: str | None = None) -> None:
        """Log a user in without credentials.

        Args:
            user: who.
            backend: dotted path of the backend to note; the first one that can load users, if None.
        """
        drive(self._force_login(user, backend), SYNC)

    async def aforce_login(self, user: Any, backend: str | None = None) -> None:
        """Log a user in without credentials; see `force_login`."""
        await adrive(self._force_login(user, backend), ASYNC)

    def logout(self) -> None:
        """Log out: the session and all cookies are gone."""
        drive(self._logout(), SYNC)

    async def alogout(self) -> None:
        """Log out: the session and all cookies are gone."""
        await adrive(self._logout(), ASYNC)

    def _login(self, user: Any, backend: str | None = None) -> None:
        # The step behind the logins, by the name under which existing test suites call it.
        drive(self._enter(user, backend), SYNC)

    # -- flows ---------------------------------------------------------------------------------------------------

    def _session_of_cookie(self) -> Any:
        """The session that the cookie names; a new one without key, if there is no cookie."""
        cookie = self.cookies.get(settings.SESSION_COOKIE_NAME)
        return import_module(settings.SESSION_ENGINE).SessionStore(cookie.value if cookie else None)

    async def _kept_session(self) -> Any:
        session = self._session_of_cookie()
        if not self.cookies.get(settings.SESSION_COOKIE_NAME):
            await _ask(session, "save")
            self.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return session

    async def _present(self, credentials: dict[str, Any]) -> bool:
        user = await _ask(_auth(), "authenticate", **credentials)
        if user:
            await self._enter(user, None)
        return bool(user)

    async def _force_login(self, user: Any, backend: str | None) -> None:
        user.backend = backend = backend or _first_usable_backend()
        await self._enter(user, backend)

    async def _enter(self, user: Any, backend: str | None) -> None:
        request = HttpRequest()
        request.session = session = self._session_of_cookie()
        await _ask(_auth(), "login", request, user, backend)
        await _ask(session, "save")
        name = settings.SESSION_COOKIE_NAME
        self.cookies[name] = session.session_key
        attributes: dict[str, Any] = {
            "max-age": None,
            "path": "/",
            "domain": settings.SESSION_COOKIE_DOMAIN,
            "secure": settings.SESSION_COOKIE_SECURE or None,
            "expires": None,
        }
        self.cookies[name].update(attributes)

    async def _logout(self) -> None:
        request = HttpRequest()
        request.session = session = self._session_of_cookie()
        if session:
            request.user = await _ask(_auth(), "get_user", request)
        await _ask(_auth(), "logout", request)
        self.cookies = SimpleCookie()
