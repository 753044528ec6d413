"""Decorators that let only some users reach a view."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async

from hotclub.conf import settings
from hotclub.contrib.auth import REDIRECT_FIELD_NAME
from hotclub.core.exceptions import PermissionDenied
from hotclub.shortcuts import resolve_url
from hotclub.utils.module_loading import import_string

View = Callable[..., Any]


def _to_login(request: Any, login_url: Any, redirect_field_name: str) -> Any:
    """Return the redirect to the page for logging in, from where one comes back here."""
    path = request.build_absolute_uri()
    resolved = resolve_url(login_url or settings.LOGIN_URL)
    # Without host, if that page is on this one.
    login_scheme, login_host = urlsplit(resolved)[:2]
    scheme, host = urlsplit(path)[:2]
    if login_scheme in ("", scheme) and login_host in ("", host):
        path = request.get_full_path()
    # Views are imported by the project; this module is imported by views.
    return import_string("hotclub.contrib.auth.views.redirect_to_login")(path, resolved, redirect_field_name)


def user_passes_test(
    test_func: Callable[[Any], Any], login_url: Any = None, redirect_field_name: str = REDIRECT_FIELD_NAME
) -> Callable[[View], View]:
    """Decorate a view so that users who fail a test are sent to the page for logging in.

    Args:
        test_func: takes the user; sync or async.
        login_url: that page; `LOGIN_URL`, if None.
        redirect_field_name: name of the query parameter with the way back.
    """

    def decorator(view_func: View) -> View:
        if iscoroutinefunction(view_func):

            async def _view_wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:
                user = await request.auser()
                if iscoroutinefunction(test_func):
                    passed = await test_func(user)
                else:
                    passed = await sync_to_async(test_func)(user)
                if passed:
                    return await view_func(request, *args, **kwargs)
                return _to_login(request, login_url, redirect_field_name)

        else:

            def _view_wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:  # type: ignore[misc]  # the sync half
                if iscoroutinefunction(test_func):
                    passed = async_to_sync(test_func)(request.user)
                else:
                    passed = test_func(request.user)
                if passed:
                    return view_func(request, *args, **kwargs)
                return _to_login(request, login_url, redirect_field_name)

        # What LoginRequiredMiddleware reads.
        _view_wrapper.login_url = login_url  # type: ignore[attr-defined]
        _view_wrapper.redirect_field_name = redirect_field_name  # type: ignore[attr-defined]
        return wraps(view_func)(_view_wrapper)

    return decorator


def login_required(
    function: View | None = None, redirect_field_name: str = REDIRECT_FIELD_NAME, login_url: Any = None
) -> Any:
    """Decorate a view for users who are logged in; with or without arguments."""
    decorator = user_passes_test(
        lambda user: user.is_authenticated, login_url=login_url, redirect_field_name=redirect_field_name
    )
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

    def decorator(view_func: View) -> View:
        if iscoroutinefunction(view_func):

            async def check_perms(user: Any) -> bool:
                if await user.ahas_perms(perms):
                    return True
                return _refused()

        else:

            def check_perms(user: Any) -> bool:  # type: ignore[misc]  # the sync half
                if user.has_perms(perms):
                    return True
                return _refused()

        return user_passes_test(check_perms, login_url=login_url)(view_func)

    def _refused() -> bool:
        if raise_exception:
            raise PermissionDenied
        return False

    return decorator
