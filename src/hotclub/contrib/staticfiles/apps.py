"""The application's configuration."""

from __future__ import annotations

from hotclub.apps import AppConfig
from hotclub.contrib.staticfiles.checks import check_finders, check_storages
from hotclub.core import checks
from hotclub.utils.translation import gettext_lazy as _


class StaticFilesConfig(AppConfig):
    """Static files.

    Attributes:
        ignore_patterns: file names that are never collected.
    """

    name = "hotclub.contrib.staticfiles"
    verbose_name = _("Static Files")
    ignore_patterns = ["CVS", ".*", "*~"]

    def ready(self) -> None:
        """Register the checks."""
        checks.register(check_finders, checks.Tags.staticfiles)
        checks.register(check_storages, checks.Tags.staticfiles)
