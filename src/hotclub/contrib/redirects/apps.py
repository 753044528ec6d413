"""Configuration of the redirects application."""

from hotclub.apps import AppConfig
from hotclub.utils.translation import gettext_lazy as _


class RedirectsConfig(AppConfig):
    """Redirects that editors keep in the database."""

    default_auto_field = "hotclub.db.models.AutoField"
    name = "hotclub.contrib.redirects"
    verbose_name = _("Redirects")
