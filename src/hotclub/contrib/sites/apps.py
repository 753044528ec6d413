"""Configuration of the sites application."""

from __future__ import annotations

from hotclub.apps import AppConfig
from hotclub.contrib.sites.checks import check_site_id
from hotclub.contrib.sites.management import create_default_site
from hotclub.core import checks
from hotclub.db.models.signals import post_migrate
from hotclub.utils.translation import gettext_lazy as _


class SitesConfig(AppConfig):
    """Creates the first site."""

    default_auto_field = "hotclub.db.models.AutoField"
    name = "hotclub.contrib.sites"
    verbose_name = _("Sites")

    def ready(self) -> None:
        post_migrate.connect(create_default_site, sender=self)
        checks.register(check_site_id, checks.Tags.sites)
