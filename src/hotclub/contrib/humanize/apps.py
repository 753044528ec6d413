"""Application for filters that make data easier to read."""

from hotclub.apps import AppConfig
from hotclub.utils.translation import gettext_lazy as _


class HumanizeConfig(AppConfig):
    """Offers the `humanize` tag library."""

    name = "hotclub.contrib.humanize"
    verbose_name = _("Humanize")
