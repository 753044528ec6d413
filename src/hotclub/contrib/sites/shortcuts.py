"""The current site, whether or not the application is installed."""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps
from hotclub.contrib.sites.requests import RequestSite


def get_current_site(request: Any) -> Any:
    """Return the current `Site`; a `RequestSite` if the sites application is not installed."""
    if apps.is_installed("hotclub.contrib.sites"):
        return apps.get_model("sites.Site").objects.get_current(request)
    return RequestSite(request)
