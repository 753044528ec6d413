"""Texts and checks for the way to send mail before `MAILERS`."""

from __future__ import annotations

import warnings
from typing import Any

from hotclub.conf import DEPRECATED_EMAIL_SETTINGS, settings
from hotclub.utils.deprecation import RemovedInDjango2028Warning, warn_about_external_use

FAIL_SILENTLY_ARG_WARNING = (
    "The 'fail_silently' argument is deprecated. Catch the errors you expect where the mail is sent, or set "
    "'fail_silently' in the OPTIONS of a mailer."
)
AUTH_ARGS_WARNING = "The 'auth_user' and 'auth_password' arguments are deprecated. Set 'username' and 'password' OPTIONS in MAILERS instead."
CONNECTION_ARG_WARNING = "The 'connection' argument is deprecated. Switch to the 'using' argument with a MAILERS alias."
NO_DEFAULT_MAILER_WARNING = (
    "Django 2028 will not have a default mailer. Configure settings.MAILERS to avoid errors when sending email."
)
GET_CONNECTION_WARNING = (
    "get_connection() is deprecated. See 'Migrating email to mailers' in Django's documentation for recommended "
    "replacements."
)


def warn_external(message: str, skip_frames: int = 0) -> None:
    """Warn the project's code that calls into this package."""
    warn_about_external_use(
        message,
        RemovedInDjango2028Warning,
        skip_name_prefixes=("hotclub.core.mail", "hotclub.utils.deprecation"),
        skip_frames=skip_frames,
    )


def report_using_incompatibility(
    connection: Any = None, fail_silently: bool = False, auth_user: str | None = None, auth_password: str | None = None
) -> None:
    """Refuse the old arguments next to `using`."""
    if connection is not None:
        raise TypeError("'connection' is not compatible with 'using'.")
    if fail_silently:
        raise TypeError("'fail_silently' is not compatible with 'using'.")
    if auth_user is not None or auth_password is not None:
        raise TypeError(
            "'auth_user' and 'auth_password' are not compatible with 'using'. Set 'username' and 'password' OPTIONS in "
            "MAILERS instead."
        )


def report_connection_incompatibility(
    connection: Any, fail_silently: bool, auth_user: str | None = None, auth_password: str | None = None
) -> None:
    """Refuse arguments that say again what the connection says."""
    if connection is None:
        return
    if fail_silently:
        raise TypeError(
            "fail_silently cannot be used with a connection. Pass fail_silently to get_connection() instead."
        )
    if auth_user is not None or auth_password is not None:
        raise TypeError(
            "auth_user and auth_password cannot be used with a connection. Pass auth_user and auth_password to "
            "get_connection() instead."
        )


def warn_about_default_mailers_if_needed() -> None:
    """Warn where mail is sent and neither MAILERS nor an older setting says how."""
    if hasattr(settings, "MAILERS"):
        return
    if any(settings.is_overridden(name) for name in DEPRECATED_EMAIL_SETTINGS):
        return
    warnings.warn(NO_DEFAULT_MAILER_WARNING, RemovedInDjango2028Warning, stacklevel=3)
