"""`CSRF_TRUSTED_ORIGINS` holds origins, with their schemes."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.core.checks.messages import Error
from hotclub.core.checks.registry import Tags, register


@register(Tags.compatibility)
def check_csrf_trusted_origins(app_configs: Any, **kwargs: Any) -> list[Any]:
    return [
        Error(
            "As of Django 4.0, the values in the CSRF_TRUSTED_ORIGINS setting must start with a scheme (usually http:// or "
            f"https://) but found {origin}. See the release notes for details.",
            id="4_0.E001",
        )
        for origin in settings.CSRF_TRUSTED_ORIGINS
        if "://" not in origin
    ]
