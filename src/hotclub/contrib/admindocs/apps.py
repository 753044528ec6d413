"""The app configuration."""

from __future__ import annotations

from hotclub.apps import AppConfig
from hotclub.utils.translation import gettext_lazy as _


class AdminDocsConfig(AppConfig):
    name = "hotclub.contrib.admindocs"
    verbose_name = _("Administrative Documentation")
