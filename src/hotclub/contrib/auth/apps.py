"""Configuration of the auth application."""

from __future__ import annotations

from typing import Any

from hotclub.apps import AppConfig
from hotclub.contrib.auth import get_user_model
from hotclub.contrib.auth.checks import check_middleware, check_models_permissions, check_user_model
from hotclub.contrib.auth.management import create_permissions, rename_permissions_after_model_rename
from hotclub.contrib.auth.signals import user_logged_in
from hotclub.core import checks
from hotclub.db.models.signals import post_migrate
from hotclub.utils.module_loading import import_string
from hotclub.utils.translation import gettext_lazy as _


class AuthConfig(AppConfig):
    """Creates permissions along with models, and notes when users log in."""

    default_auto_field = "hotclub.db.models.AutoField"
    name = "hotclub.contrib.auth"
    verbose_name = _("Authentication and Authorization")

    def ready(self) -> None:
        post_migrate.connect(
            rename_permissions_after_model_rename,
            dispatch_uid="hotclub.contrib.auth.management.rename_permissions_after_model_rename",
        )
        post_migrate.connect(create_permissions, dispatch_uid="hotclub.contrib.auth.management.create_permissions")
        model: Any = get_user_model()
        last_login = getattr(model, "last_login", None)
        # Only for models that have the column.
        if last_login is not None and any(field.name == "last_login" for field in model._meta.get_fields()):
            # The models module cannot be imported with this one.
            user_logged_in.connect(
                import_string("hotclub.contrib.auth.models.update_last_login"), dispatch_uid="update_last_login"
            )
        checks.register(check_user_model, checks.Tags.models)
        checks.register(check_models_permissions, checks.Tags.models)
        checks.register(check_middleware, checks.Tags.security)
