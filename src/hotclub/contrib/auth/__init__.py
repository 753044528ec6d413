"""Users: who they are, how they prove it, and what they may do.

This module has the functions for views and must not import models: applications are imported before them.
"""

from __future__ import annotations

from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub.contrib.auth import flows
from hotclub.contrib.auth.flows import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    REDIRECT_FIELD_NAME,
    SESSION_KEY,
    get_backends,
    load_backend,
)
from hotclub.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from hotclub.db.ports import ASYNC, SYNC
from hotclub.utils.module_loading import import_string
from hotclub.views.decorators.debug import sensitive_variables

__all__ = [
    "BACKEND_SESSION_KEY", "HASH_SESSION_KEY", "REDIRECT_FIELD_NAME", "SESSION_KEY", "aauthenticate", "aget_user",
    "alogin", "alogout", "aupdate_session_auth_hash", "authenticate", "get_backends", "get_permission_codename",
    "get_user", "get_user_model", "load_backend", "login", "logout", "update_session_auth_hash", "user_logged_in",
    "user_logged_out", "user_login_failed",
]  # fmt: skip


_clean_credentials = flows.cleansed
"""The name that existing test suites import."""


def _anonymous() -> Any:
    return import_string("hotclub.contrib.auth.models.AnonymousUser")()


@sensitive_variables("credentials")
def authenticate(request: Any = None, **credentials: Any) -> Any:
    """Return the user the credentials belong to; None if no backend accepts them.

    Args:
        request: the request, if there is one.
        **credentials: username and password, usually.
    """
    return drive(flows.authenticate(request, credentials), SYNC)


@sensitive_variables("credentials")
async def aauthenticate(request: Any = None, **credentials: Any) -> Any:
    """See `authenticate`."""
    return await adrive(flows.authenticate(request, credentials), ASYNC)


def login(request: Any, user: Any, backend: Any = None) -> None:
    """Write the user into the session; an anonymous session's data is kept, under a new key.

    Args:
        request: its session is written.
        user: who logs in.
        backend: path of the backend, where several are configured and `authenticate` was not used.
    """
    drive(flows.login(request, user, backend), SYNC)


async def alogin(request: Any, user: Any, backend: Any = None) -> None:
    """See `login`."""
    await adrive(flows.login(request, user, backend), ASYNC)


def logout(request: Any) -> None:
    """Delete the session, and all its data."""
    drive(flows.logout(request, _anonymous()), SYNC)


async def alogout(request: Any) -> None:
    """See `logout`."""
    await adrive(flows.logout(request, _anonymous()), ASYNC)


def get_user_model() -> Any:
    """Return the model of users that is active in the project."""
    return flows.user_model()


def get_user(request: Any) -> Any:
    """Return the user of the request's session; an `AnonymousUser` if nobody is logged in."""
    return drive(flows.get_user(request), SYNC) or _anonymous()


async def aget_user(request: Any) -> Any:
    """See `get_user`."""
    return await adrive(flows.get_user(request), ASYNC) or _anonymous()


def get_permission_codename(action: str, opts: Any) -> str:
    """Return the name of a permission for a model (given by its `_meta`): "change_poll"."""
    return f"{action}_{opts.model_name}"


def update_session_auth_hash(request: Any, user: Any) -> None:
    """Keep this session valid after the user's password was changed; all others end."""
    drive(flows.update_session_auth_hash(request, user), SYNC)


async def aupdate_session_auth_hash(request: Any, user: Any) -> None:
    """See `update_session_auth_hash`."""
    await adrive(flows.update_session_auth_hash(request, user), ASYNC)
