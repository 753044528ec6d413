"""Decorators that let only some users reach a view, sync or async.

Each is a test of the user: a flow, as it may have to ask the database. The view itself is called outside of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser, Flow
from hotclub._kernel.crossing import iscoroutinefunction
from hotclub.contrib.auth.flows import REDIRECT_FIELD_NAME, ask
from hotclub.contrib.auth.redirects import redirect_from
from hotclub.core.exceptions import PermissionDenied
from hotclub.db.ports import ASYNC, SYNC

View: TypeAlias = Callable[..., Any]
UserTest: TypeAlias = Callable[[Any], Flow[bool]]
"""A flow that takes the user and says whether they may."""


def _guard(test: UserTest, login_url: Any, redirect_field_name: str) -> Callable[[View], View]:
    """Return the decorator that sends users who fail a test to the page for logging in."""

    async def refusal(request: Any) -> Any:
        user = await CallUser(lambda: request.user, async_function=getattr(request, "auser", None))
        return None if await test(user) else redirect_from(request, login_url, redirect_field_name)

    def decorator(view: View) -> View:
        def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            refused = drive(refusal(request), SYNC)
            return view(request, *args, **kwargs) if refused is None else refused

        async def aguarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            refused = await adrive(refusal(request), ASYNC)
            return await view(request, *args, **kwargs) if refused is None else refused

        wrapper: Any = aguarded if iscoroutinefunction(view) else guarded
        # What LoginRequiredMiddleware reads.
        wrapper.login_url = login_url
        wrapper.redirect_field_name = redirect_field_name
        return wraps(view)(wrapper)

    return decorator


def user_passes_test(
    test_func: Callable[[Any], Any], login_url: Any = None, redirect_field_name: str = REDIRECT_FIELD_NAME
) -> Callable[[View], View]:
    """Decorate a view so that users who fail a test are sent to the page for logging in.

    Args:
        test_func: takes the user; sync or async.
        login_url: that page; `LOGIN_URL`, if None.
        redirect_field_name: name of the query parameter with the way back.
    """

    async def passes(user: Any) -> bool:
        return bool(await CallUser(test_func, (user,)))

    return _guard(passes, login_url, redirect_field_name)


async def _is_known(user: Any) -> bool:
    return bool(user.is_authenticated)


def login_required(
    function: View | None = None, redirect_field_name: str = REDIRECT_FIELD_NAME, login_url: Any = None
) -> Any:
    """Decorate a view for users who are logged in; with or without arguments."""
    decorator = _guard(_is_known, login_url, redirect_field_name)
    return decorator(function) if function else decorator


def login_not_required(view_func: View) -> View:
    """Decorate a view that `LoginRequiredMiddleware` shall leave alone."""
    view_func.login_required = False  # type: ignore[attr-defined]
    return view_func


def permission_required(perm: Any, login_url: Any = None, raise_exception: bool = False) -> Callable[[View], View]:
    """Decorate a view for users with a permission, or all of several.

    Args:
        perm: "app_label.codename", or several of them.
        login_url: where others are sent; `LOGIN_URL`, if None.
        raise_exception: refuse others with a 403 instead.
    """
    perms = (perm,) if isinstance(perm, str) else perm

    async def has_them(user: Any) -> bool:
        if await ask(user, "has_perms", perms):
            return True
        if raise_exception:
            raise PermissionDenied
        return False

    return _guard(has_them, login_url, REDIRECT_FIELD_NAME)
