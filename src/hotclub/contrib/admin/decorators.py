"""Decorators for actions, for columns, and for registering models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.contrib.admin.marks import action, display
from hotclub.contrib.admin.model_admin import ModelAdmin
from hotclub.contrib.admin.sites import AdminSite
from hotclub.contrib.admin.sites import site as default_site

__all__ = ["action", "display", "register"]


def register(*models: Any, site: Any = None) -> Callable[[Any], Any]:
    """Register a `ModelAdmin` for models.

    Args:
        *models: the models.
        site: the admin site; the default one if not given.

    Raises:
        ValueError: no model is given, or something that is no site or no admin.
    """

    def wrap(admin_class: Any) -> Any:
        if not models:
            raise ValueError("At least one model must be passed to register.")
        admin_site = site or default_site
        if not isinstance(admin_site, AdminSite):
            raise ValueError("site must subclass AdminSite")
        if not issubclass(admin_class, ModelAdmin):
            raise ValueError("Wrapped class must subclass ModelAdmin.")
        admin_site.register(models, admin_class=admin_class)
        return admin_class

    return wrap
