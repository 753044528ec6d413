"""Inlines of the admin for objects with a generic key."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.admin.checks import InlineModelAdminChecks
from hotclub.contrib.admin.options import InlineModelAdmin
from hotclub.contrib.contenttypes.fields import GenericForeignKey
from hotclub.contrib.contenttypes.forms import BaseGenericInlineFormSet, generic_inlineformset_factory
from hotclub.core import checks
from hotclub.core.exceptions import FieldDoesNotExist


class GenericInlineModelAdminChecks(InlineModelAdminChecks):
    """The generic key takes the place of the foreign key."""

    def check_excluded_parent(self, obj: Any, parent_model: Any) -> list[Any]:
        # There is no foreign key to the parent that could be excluded.
        return []

    def check_relation(self, obj: Any, parent_model: Any) -> list[Any]:
        label = obj.model._meta.label
        keys = [field for field in obj.model._meta.private_fields if isinstance(field, GenericForeignKey)]
        if not keys:
            return [checks.Error(f"'{label}' has no GenericForeignKey.", obj=obj.__class__, id="admin.E301")]
        for option, name in (("ct_field", obj.ct_field), ("ct_fk_field", obj.ct_fk_field)):
            try:
                obj.model._meta.get_field(name)
            except FieldDoesNotExist:
                return [
                    checks.Error(
                        f"'{option}' references '{name}', which is not a field on '{label}'.",
                        obj=obj.__class__,
                        id="admin.E302" if option == "ct_field" else "admin.E303",
                    )
                ]
        if any(key.ct_field == obj.ct_field and key.fk_field == obj.ct_fk_field for key in keys):
            return []
        return [
            checks.Error(
                f"'{label}' has no GenericForeignKey using content type field '{obj.ct_field}' and object ID field "
                f"'{obj.ct_fk_field}'.",
                obj=obj.__class__,
                id="admin.E304",
            )
        ]


class GenericInlineModelAdmin(InlineModelAdmin):
    """An inline whose objects point at the parent by a generic key.

    Source: docs ref/contrib/contenttypes, "Generic relations in admin".
    """

    ct_field = "content_type"
    ct_fk_field = "object_id"
    formset = BaseGenericInlineFormSet
    checks_class = GenericInlineModelAdminChecks

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        options = {
            "ct_field": self.ct_field,
            "fk_field": self.ct_fk_field,
            "can_order": False,
            **self.formset_options(request, obj, kwargs),
        }
        return generic_inlineformset_factory(self.model, **options)


class GenericStackedInline(GenericInlineModelAdmin):
    """One below the other."""

    template = "admin/edit_inline/stacked.html"


class GenericTabularInline(GenericInlineModelAdmin):
    """A table row each."""

    template = "admin/edit_inline/tabular.html"
