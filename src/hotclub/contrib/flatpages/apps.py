"""Configuration of the flat pages application."""

from hotclub.apps import AppConfig
from hotclub.utils.translation import gettext_lazy as _


class FlatPagesConfig(AppConfig):
    """Pages that editors keep in the database."""

    default_auto_field = "hotclub.db.models.AutoField"
    name = "hotclub.contrib.flatpages"
    verbose_name = _("Flat Pages")
