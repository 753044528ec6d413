"""The application's configuration."""

from __future__ import annotations

from hotclub.apps import AppConfig
from hotclub.utils.translation import gettext_lazy as _


class SessionsConfig(AppConfig):
    """Sessions."""

    name = "hotclub.contrib.sessions"
    verbose_name = _("Sessions")
