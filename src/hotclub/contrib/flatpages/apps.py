"""Configuration of the flat pages application."""

from hotclub.apps import AppConfig
from hotclub.utils.translation import gettext_lazy as _


class FlatPagesConfig(AppConfig):
    """Pages that editors keep in the database."""

    default_auto_field = "hotclub.db.models.AutoField"  # type: ignore[assignment]  # documented as a plain attribute
    name = "hotclub.contrib.flatpages"
    verbose_name = _("Flat Pages")
