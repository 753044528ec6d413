"""Functions with which Apache's mod_wsgi asks for users and groups."""

from __future__ import annotations

from typing import Any

from hotclub import db
from hotclub.contrib import auth

UserModel = auth.get_user_model()


def _user(username: Any) -> Any:
    try:
        user = UserModel._default_manager.get_by_natural_key(username)
    except UserModel.DoesNotExist:
        return None
    return user if getattr(user, "is_active", True) else None


def check_password(environ: Any, username: Any, password: Any) -> bool | None:
    """Say whether the password is right; None if there is no such (active) user. The work is the same."""
    db.reset_queries()
    try:
        user = _user(username)
        if user is None:
            UserModel().set_password(password)
            return None
        return bool(user.check_password(password))
    finally:
        db.close_old_connections()


def groups_for_user(environ: Any, username: Any) -> list[bytes]:
    """Return the names of the user's groups; none if there is no such (active) user."""
    db.reset_queries()
    try:
        user = _user(username)
        return [] if user is None else [group.name.encode() for group in user.groups.all()]
    finally:
        db.close_old_connections()
