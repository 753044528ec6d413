"""Configuration of the sitemaps application."""

from hotclub.apps import AppConfig
from hotclub.utils.translation import gettext_lazy as _


class SiteMapsConfig(AppConfig):
    """Offers the templates of sitemaps."""

    default_auto_field = "hotclub.db.models.AutoField"
    name = "hotclub.contrib.sitemaps"
    verbose_name = _("Site Maps")
