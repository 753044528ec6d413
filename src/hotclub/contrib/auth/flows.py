"""Logging in and out, and who a request's user is: the steps, written once for sync and async.

Sessions and backends are asked through effects with both halves of each documented pair; a backend that only has the
sync half is called in a thread. Knows no models.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from hotclub._flow.effects import CallUser
from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from hotclub.core.exceptions import ImproperlyConfigured, PermissionDenied
from hotclub.middleware.csrf import rotate_token
from hotclub.utils.crypto import constant_time_compare
from hotclub.utils.module_loading import import_string
from hotclub.views.decorators.debug import sensitive_variables

SESSION_KEY = "_auth_user_id"
BACKEND_SESSION_KEY = "_auth_user_backend"
HASH_SESSION_KEY = "_auth_user_hash"
REDIRECT_FIELD_NAME = "next"
# Values of credentials that must not be passed on to receivers.
_SENSITIVE_NAMES = ("api", "token", "key", "secret", "password", "signature")
_CLEANSED = "********************"


def ask(obj: Any, name: str, /, *args: Any, **kwargs: Any) -> CallUser[Any]:
    """Effect: call a method, or its async half (the name with an "a" in front) if the object has one."""
    return CallUser(getattr(obj, name), args, kwargs, async_function=getattr(obj, f"a{name}", None))


class Concealed(functools.partial[Any]):
    """A call with its arguments that does not show them: error reports print the variables of the frames on the way."""

    def __repr__(self) -> str:
        return f"<call of {getattr(self.func, '__qualname__', self.func)}, arguments concealed>"


def ask_secretly(obj: Any, name: str, /, *args: Any, **kwargs: Any) -> CallUser[Any]:
    """Effect: `ask`, with arguments that error reports must not show."""
    own_async = getattr(obj, f"a{name}", None)
    return CallUser(
        Concealed(getattr(obj, name), *args, **kwargs),
        async_function=None if own_async is None else Concealed(own_async, *args, **kwargs),
    )


def send(signal: Any, **arguments: Any) -> CallUser[Any]:
    """Effect: send a signal."""
    return CallUser(signal.send, (), arguments, async_function=signal.asend)


def read_session(session: Any, *keys: str) -> CallUser[list[Any]]:
    """Effect: read keys of a session; None where one is not there."""

    async def aread() -> list[Any]:
        return [await session.aget(key) for key in keys]

    return CallUser(lambda: [session.get(key) for key in keys], async_function=aread)


def write_session(session: Any, key: str, value: Any) -> CallUser[Any]:
    """Effect: write a key of a session."""
    return CallUser(session.__setitem__, (key, value), async_function=session.aset)


def load_backend(path: str) -> Any:
    """Return the authentication backend of a dotted path."""
    return import_string(path)()


def get_backends_with_paths() -> list[tuple[Any, str]]:
    """Return the backends of `AUTHENTICATION_BACKENDS` with their paths.

    Raises:
        ImproperlyConfigured: there are none.
    """
    backends = [(load_backend(path), path) for path in settings.AUTHENTICATION_BACKENDS]
    if not backends:
        raise ImproperlyConfigured(
            "No authentication backends have been defined. Does AUTHENTICATION_BACKENDS contain anything?"
        )
    return backends


def get_backends() -> list[Any]:
    """Return the backends of `AUTHENTICATION_BACKENDS`."""
    return [backend for backend, _ in get_backends_with_paths()]


@sensitive_variables("credentials")
def _takes(function: Callable[..., Any], request: Any, credentials: dict[str, Any]) -> bool:
    """Say whether a backend is one for such credentials."""
    try:
        inspect.signature(function).bind(request, **credentials)
    except TypeError:
        return False
    return True


@sensitive_variables("credentials")
def cleansed(credentials: dict[str, Any]) -> dict[str, Any]:
    """Return the credentials without what must not be passed on."""
    shown = {**credentials}
    for name in shown:
        if any(word in name.lower() for word in _SENSITIVE_NAMES):
            shown[name] = _CLEANSED
    return shown


@sensitive_variables("credentials")
async def authenticate(request: Any, credentials: dict[str, Any]) -> Any:
    """Return the user whom the first backend for such credentials knows, with `backend` set; None if none does."""
    for backend, path in get_backends_with_paths():
        if not _takes(backend.authenticate, request, credentials):
            continue
        try:
            user = await ask_secretly(backend, "authenticate", request, **credentials)
        except PermissionDenied:
            # The backend says no for all of them.
            break
        if user is None:
            continue
        user.backend = path
        return user
    await send(user_login_failed, sender="hotclub.contrib.auth", credentials=cleansed(credentials), request=request)
    return None


def _backend_of(user: Any, backend: Any) -> str:
    """Return the path of the backend to write into the session.

    Raises:
        ValueError: several are configured, and neither argument nor user says which.
        TypeError: the argument is no path.
    """
    path = backend or getattr(user, "backend", None)
    if path is None:
        backends = get_backends_with_paths()
        if len(backends) != 1:
            raise ValueError(
                "You have multiple authentication backends configured and therefore must provide the `backend` argument "
                "or set the `backend` attribute on the user."
            )
        return backends[0][1]
    if not isinstance(path, str):
        raise TypeError(f"backend must be a dotted import path string (got {backend}).")
    return path


def user_model() -> Any:
    """Return the model of users.

    Raises:
        ImproperlyConfigured: `AUTH_USER_MODEL` names none.
    """
    try:
        return apps.get_model(settings.AUTH_USER_MODEL, require_ready=False)
    except ValueError:
        raise ImproperlyConfigured("AUTH_USER_MODEL must be of the form 'app_label.model_name'") from None
    except LookupError:
        raise ImproperlyConfigured(
            f"AUTH_USER_MODEL refers to model '{settings.AUTH_USER_MODEL}' that has not been installed"
        ) from None


async def login(request: Any, user: Any, backend: Any) -> None:
    """Write the user into the session."""
    session_hash = user.get_session_auth_hash()
    session = request.session
    known_id, known_hash = await read_session(session, SESSION_KEY, HASH_SESSION_KEY)
    if known_id is not None:
        same_user = user_model()._meta.pk.to_python(known_id) == user.pk
        if not same_user or (session_hash and not constant_time_compare(known_hash or "", session_hash)):
            # Another user's data must not be found by this one.
            await ask(session, "flush")
    else:
        # What was an anonymous session may be known to somebody else.
        await ask(session, "cycle_key")
    path = _backend_of(user, backend)
    await write_session(session, SESSION_KEY, user._meta.pk.value_to_string(user))
    await write_session(session, BACKEND_SESSION_KEY, path)
    await write_session(session, HASH_SESSION_KEY, session_hash)
    set_user(request, user)
    rotate_token(request)
    await send(user_logged_in, sender=user.__class__, request=request, user=user)


def set_user(request: Any, user: Any) -> None:
    """Make somebody the user of a request that has one: `user` and `auser` say the same."""
    if hasattr(request, "user"):
        request.user = user
    if hasattr(request, "auser"):

        async def auser() -> Any:
            return user

        request.auser = auser


async def logout(request: Any, anonymous: Any) -> None:
    """End the session; from here on the request is that of `anonymous`."""
    # The receivers get the user who leaves.
    user = await _current_user(request)
    if not getattr(user, "is_authenticated", True):
        user = None
    await send(user_logged_out, sender=user.__class__, request=request, user=user)
    await ask(request.session, "flush")
    set_user(request, anonymous)


def _current_user(request: Any) -> CallUser[Any]:
    """Effect: the request's user; None if nothing has set one."""

    async def current() -> Any:
        auser = getattr(request, "auser", None)
        return None if auser is None else await auser()

    return CallUser(lambda: getattr(request, "user", None), async_function=current)


def configured_backend(path: str) -> str | None:
    """Return the entry of `AUTHENTICATION_BACKENDS` that a session names; None if there is none.

    Sessions that a site made before it came here name the same backend under `django`.
    """
    if path in settings.AUTHENTICATION_BACKENDS:
        return path

    def plain(entry: str) -> str:
        return f"hotclub.{entry.removeprefix('django.')}" if entry.startswith("django.") else entry

    return next((entry for entry in settings.AUTHENTICATION_BACKENDS if plain(entry) == plain(path)), None)


async def get_user(request: Any) -> Any:
    """Return the user of the session; None if there is none, or the session is not valid for them."""
    session = request.session
    known_id, known_path, known_hash = await read_session(session, SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY)
    if known_id is None or known_path is None:
        return None
    path = configured_backend(known_path)
    if path is None:
        return None
    user = await ask(load_backend(path), "get_user", user_model()._meta.pk.to_python(known_id))
    if user is None or not hasattr(user, "get_session_auth_hash"):
        return user
    # A changed password ends the user's other sessions.
    if not known_hash:
        await ask(session, "flush")
        return None
    current_hash = user.get_session_auth_hash()
    if constant_time_compare(known_hash, current_hash):
        return user
    fallbacks = user.get_session_auth_fallback_hash()
    if any(constant_time_compare(known_hash, fallback) for fallback in fallbacks):
        # Made with an earlier SECRET_KEY: renewed with the current one.
        await ask(session, "cycle_key")
        await write_session(session, HASH_SESSION_KEY, current_hash)
        return user
    await ask(session, "flush")
    return None


async def update_session_auth_hash(request: Any, user: Any) -> None:
    """Give the session a new key and, if it is the user's own, the hash of their new password."""
    await ask(request.session, "cycle_key")
    if hasattr(user, "get_session_auth_hash") and await _current_user(request) == user:
        await write_session(request.session, HASH_SESSION_KEY, user.get_session_auth_hash())
