"""A decorator for views outside the admin that are for staff only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.contrib.auth import REDIRECT_FIELD_NAME
from hotclub.contrib.auth.decorators import user_passes_test


def _is_staff(user: Any) -> bool:
    return bool(user.is_active and user.is_staff)


def staff_member_required(
    view_func: Callable[..., Any] | None = None,
    redirect_field_name: str = REDIRECT_FIELD_NAME,
    login_url: str = "admin:login",
) -> Any:
    """Send everyone but active staff to the login page.

    Args:
        view_func: the view.
        redirect_field_name: parameter with the page to come back to.
        login_url: URL or name of the login page.
    """
    decorator = user_passes_test(_is_staff, login_url=login_url, redirect_field_name=redirect_field_name)
    return decorator(view_func) if view_func else decorator
