"""Middleware: who the user is, and who must be logged in."""

from __future__ import annotations

from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub.conf import settings
from hotclub.contrib import auth
from hotclub.contrib.auth import REDIRECT_FIELD_NAME, flows, load_backend
from hotclub.contrib.auth.backends import RemoteUserBackend
from hotclub.contrib.auth.flows import ask
from hotclub.contrib.auth.redirects import redirect_from
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db.ports import ASYNC, SYNC
from hotclub.utils.deprecation import MiddlewareMixin
from hotclub.utils.functional import SimpleLazyObject


def get_user(request: Any) -> Any:
    """Return the request's user, looked up once."""
    if not hasattr(request, "_cached_user"):
        request._cached_user = auth.get_user(request)
    return request._cached_user


async def auser(request: Any) -> Any:
    """See `get_user`."""
    if not hasattr(request, "_acached_user"):
        request._acached_user = await auth.aget_user(request)
    return request._acached_user


class AuthenticationMiddleware(MiddlewareMixin):
    """Sets `request.user` (found when it is used) and `request.auser`."""

    def process_request(self, request: Any) -> None:
        if not hasattr(request, "session"):
            raise ImproperlyConfigured(
                "The Django authentication middleware requires session middleware to be installed. Edit your MIDDLEWARE "
                "setting to insert 'hotclub.contrib.sessions.middleware.SessionMiddleware' before "
                "'hotclub.contrib.auth.middleware.AuthenticationMiddleware'."
            )
        request.user = SimpleLazyObject(lambda: get_user(request))
        request.auser = partial(auser, request)

    # Nothing is looked up here.
    process_request.runs_inline = True  # type: ignore[attr-defined]


class LoginRequiredMiddleware(MiddlewareMixin):
    """Sends everybody who is not logged in to the page for that; views can be left out by `login_not_required`."""

    redirect_field_name = REDIRECT_FIELD_NAME

    def process_view(self, request: Any, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        if not getattr(view_func, "login_required", True):
            return None
        if request.user.is_authenticated:
            return None
        return self.handle_no_permission(request, view_func)

    def get_login_url(self, view_func: Any) -> str:
        """Return the page for logging in: of the view, or of the project.

        Raises:
            ImproperlyConfigured: there is neither.
        """
        login_url = getattr(view_func, "login_url", None) or settings.LOGIN_URL
        if not login_url:
            raise ImproperlyConfigured(
                "No login URL to redirect to. Define settings.LOGIN_URL or provide a login_url via the "
                "'hotclub.contrib.auth.decorators.login_required' decorator."
            )
        return str(login_url)

    def get_redirect_field_name(self, view_func: Any) -> str:
        """Return the name of the query parameter with the way back."""
        return getattr(view_func, "redirect_field_name", self.redirect_field_name)

    def handle_no_permission(self, request: Any, view_func: Any) -> Any:
        """Return the redirect."""
        return redirect_from(request, self.get_login_url(view_func), self.get_redirect_field_name(view_func))


class RemoteUserMiddleware:
    """Logs users in whom the web server has authenticated.

    Attributes:
        header: key of `request.META` with the name.
        force_logout_if_no_header: whether the user is logged out where it is missing.
    """

    sync_capable = True
    async_capable = True
    header = "REMOTE_USER"
    force_logout_if_no_header = True

    def __init__(self, get_response: Any) -> None:
        if get_response is None:
            raise ValueError("get_response must be provided.")
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)
        super().__init__()

    def __call__(self, request: Any) -> Any:
        if self.is_async:
            return self.__acall__(request)
        self.process_request(request)
        return self.get_response(request)

    async def __acall__(self, request: Any) -> Any:
        """The async half of `__call__`."""
        await self.aprocess_request(request)
        return await self.get_response(request)

    def process_request(self, request: Any) -> None:
        """Log the user of the header in, or out."""
        drive(self._steps(request), SYNC)

    async def aprocess_request(self, request: Any) -> None:
        """See `process_request`."""
        await adrive(self._steps(request), ASYNC)

    async def _steps(self, request: Any) -> None:
        if not hasattr(request, "user"):
            raise ImproperlyConfigured(
                "The Django remote user auth middleware requires the authentication middleware to be installed. Edit your "
                "MIDDLEWARE setting to insert 'hotclub.contrib.auth.middleware.AuthenticationMiddleware' before the "
                f"{type(self).__name__} class."
            )
        current = await CallUser(lambda: request.user, async_function=request.auser)
        try:
            username = self.get_username(request)
        except KeyError:
            # Only a user who came this way leaves this way.
            if self.force_logout_if_no_header and current.is_authenticated:
                await self._forget_remote_user(request)
            return
        if current.is_authenticated:
            if current.get_username() == await ask(self, "clean_username", username, request):
                return
            # Somebody else than in the session.
            await self._forget_remote_user(request)
        user = await flows.authenticate(request, {"remote_user": username})
        if user:
            flows.set_user(request, user)
            await flows.login(request, user, None)

    def get_username(self, request: Any) -> Any:
        """Return the name in the header; KeyError if it is missing."""
        if hasattr(request, "scope") and self.header not in request.META:
            # An ASGI server has no variables of its own: what a proxy in front has found out comes as a header.
            return request.META[f"HTTP_{self.header}"]
        return request.META[self.header]

    def clean_username(self, username: Any, request: Any) -> Any:
        """Return the name as the session's backend writes it."""
        return drive(self._cleaned(username, request), SYNC)

    async def aclean_username(self, username: Any, request: Any) -> Any:
        """See `clean_username`."""
        return await adrive(self._cleaned(username, request), ASYNC)

    async def _cleaned(self, username: Any, request: Any) -> Any:
        backend = load_backend(await ask(request.session, "get", auth.BACKEND_SESSION_KEY))
        return backend.clean_username(username) if hasattr(backend, "clean_username") else username

    async def _forget_remote_user(self, request: Any) -> None:
        """Log the user out, unless another backend than that for remote users let them in."""
        try:
            backend = load_backend(await ask(request.session, "get", auth.BACKEND_SESSION_KEY, ""))
        except (ImportError, ValueError):
            # The backend is gone: so is what it said.
            backend = None
        if backend is None or isinstance(backend, RemoteUserBackend):
            await CallUser(auth.logout, (request,), async_function=auth.alogout)


class PersistentRemoteUserMiddleware(RemoteUserMiddleware):
    """`RemoteUserMiddleware` for servers that only authenticate on the page for logging in."""

    force_logout_if_no_header = False
