"""The app: content types are made after each migrate, and renamed with their models."""

from __future__ import annotations

from hotclub.apps import AppConfig
from hotclub.contrib.contenttypes.checks import check_generic_foreign_keys, check_model_name_lengths
from hotclub.contrib.contenttypes.management import create_contenttypes, inject_rename_contenttypes_operations
from hotclub.core import checks
from hotclub.db.models.signals import post_migrate, pre_migrate
from hotclub.utils.translation import gettext_lazy as _


class ContentTypesConfig(AppConfig):
    """Configuration of `contenttypes`."""

    default_auto_field = "hotclub.db.models.AutoField"
    name = "hotclub.contrib.contenttypes"
    verbose_name = _("Content Types")

    def ready(self) -> None:
        pre_migrate.connect(inject_rename_contenttypes_operations, sender=self)
        post_migrate.connect(create_contenttypes)
        checks.register(check_generic_foreign_keys, checks.Tags.models)
        checks.register(check_model_name_lengths, checks.Tags.models)
