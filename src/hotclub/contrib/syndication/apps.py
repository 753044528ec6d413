"""Configuration of the syndication application."""

from hotclub.apps import AppConfig
from hotclub.utils.translation import gettext_lazy as _


class SyndicationConfig(AppConfig):
    """Feeds as views."""

    name = "hotclub.contrib.syndication"
    verbose_name = _("Syndication")
