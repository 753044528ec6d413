"""A manager for the objects of the current site."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.core import checks
from hotclub.core.exceptions import FieldDoesNotExist
from hotclub.db import models


class CurrentSiteManager(models.Manager):
    """Leaves out the objects of other sites.

    Args:
        field_name: name of the relation to sites; "site" or "sites", if None.
    """

    use_in_migrations = True

    def __init__(self, field_name: str | None = None) -> None:
        super().__init__()
        self.__field_name = field_name

    def check(self, **kwargs: Any) -> list[Any]:
        errors: list[Any] = super().check(**kwargs)
        errors.extend(self._check_field_name())
        return errors

    def _check_field_name(self) -> list[Any]:
        field_name = self._get_field_name()
        try:
            field = self.model._meta.get_field(field_name)
        except FieldDoesNotExist:
            return [
                checks.Error(
                    f"CurrentSiteManager could not find a field named '{field_name}'.", obj=self, id="sites.E001"
                )
            ]
        if not field.many_to_many and not isinstance(field, models.ForeignKey):
            return [
                checks.Error(
                    f"CurrentSiteManager cannot use '{self.model._meta.object_name}.{field_name}' as it is not a foreign "
                    "key or a many-to-many field.",
                    obj=self,
                    id="sites.E002",
                )
            ]
        return []

    def _get_field_name(self) -> str:
        if not self.__field_name:
            names = {field.name for field in self.model._meta.get_fields()}
            self.__field_name = "site" if "site" in names else "sites"
        return self.__field_name

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(**{f"{self._get_field_name()}__id": settings.SITE_ID})
