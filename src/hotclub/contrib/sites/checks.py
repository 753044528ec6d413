"""System check of `SITE_ID`."""

from __future__ import annotations

from types import NoneType
from typing import Any

from hotclub.conf import settings
from hotclub.core.checks import Error


def check_site_id(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Check that `SITE_ID` is a number, if it is set."""
    value = getattr(settings, "SITE_ID", None)
    if isinstance(value, NoneType | int):
        return []
    return [Error("The SITE_ID setting must be an integer", id="sites.E101")]
