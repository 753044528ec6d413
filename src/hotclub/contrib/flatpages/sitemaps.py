"""Flat pages in a sitemap."""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps
from hotclub.contrib.sitemaps import Sitemap
from hotclub.core.exceptions import ImproperlyConfigured


class FlatPageSitemap(Sitemap):
    """All public flat pages of the current site."""

    def items(self) -> Any:
        if not apps.is_installed("hotclub.contrib.sites"):
            raise ImproperlyConfigured("FlatPageSitemap requires hotclub.contrib.sites, which isn't installed.")
        site = apps.get_model("sites.Site")._default_manager.get_current()
        return site.flatpage_set.filter(registration_required=False)
