"""Checks of `MAILERS`."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.core.checks.messages import Error, Warning
from hotclub.core.checks.registry import Tags, register

_DEVELOPMENT = tuple(
    f"hotclub.core.mail.backends.{name}.EmailBackend" for name in ("console", "dummy", "filebased", "locmem")
)


@register(Tags.mail)
def check_mailers_default_alias(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Check that there is a mailer for what names none."""
    mailers = getattr(settings, "MAILERS", None)
    if mailers is None or "default" in mailers:
        return []
    hint = "Add a 'default' entry to MAILERS"
    hint += ", or pass 'using' when sending email." if mailers else "."
    return [
        Warning(
            "Your MAILERS setting has no 'default' entry. Sending email without a valid mailer will fail.",
            hint=hint,
            id="mail.W001",
        )
    ]


@register(Tags.mail, deploy=True)
def check_mailers_production_backend(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Check that the default mailer really sends."""
    backend = (getattr(settings, "MAILERS", None) or {}).get("default", {}).get("BACKEND")
    if backend not in _DEVELOPMENT:
        return []
    return [
        Error(
            f"Your MAILERS setting uses a development-only email backend in the 'default' entry ({backend}).",
            hint="Use a production-ready email backend, such as the SMTP backend, otherwise email will not be sent.",
            id="mail.E001",
        )
    ]
