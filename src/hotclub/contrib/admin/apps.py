"""The app configurations of the admin."""

from __future__ import annotations

from hotclub.apps import AppConfig
from hotclub.contrib.admin.checks import check_admin_app, check_dependencies
from hotclub.core import checks
from hotclub.utils.translation import gettext_lazy as _


class SimpleAdminConfig(AppConfig):
    """The admin without automatic discovery of `admin` modules."""

    default_auto_field = "hotclub.db.models.AutoField"
    default_site = "hotclub.contrib.admin.sites.AdminSite"
    name = "hotclub.contrib.admin"
    verbose_name = _("Administration")

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_admin_app, checks.Tags.admin)


class AdminConfig(SimpleAdminConfig):
    """The admin; imports the `admin` module of every installed app."""

    default = True

    def ready(self) -> None:
        super().ready()
        self.module.autodiscover()
