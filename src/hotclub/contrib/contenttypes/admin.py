"""Generic relations in the admin."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.admin.checks import InlineModelAdminChecks
from hotclub.contrib.admin.options import InlineModelAdmin
from hotclub.contrib.contenttypes.fields import GenericForeignKey
from hotclub.contrib.contenttypes.forms import BaseGenericInlineFormSet, generic_inlineformset_factory
from hotclub.core import checks
from hotclub.core.exceptions import FieldDoesNotExist


class GenericInlineModelAdminChecks(InlineModelAdminChecks):  # type: ignore[misc]
    """Checks of generic inlines: there is no foreign key, but a generic one."""

    def _check_exclude_of_parent_model(self, obj: Any, parent_model: Any) -> list[Any]:
        return []

    def _check_relation(self, obj: Any, parent_model: Any) -> list[Any]:
        label = obj.model._meta.label
        generic = [field for field in obj.model._meta.private_fields if isinstance(field, GenericForeignKey)]
        if not generic:
            return [checks.Error(f"'{label}' has no GenericForeignKey.", obj=obj.__class__, id="admin.E301")]
        for attribute, name, id in (
            ("ct_field", obj.ct_field, "admin.E302"),
            ("ct_fk_field", obj.ct_fk_field, "admin.E303"),
        ):
            try:
                obj.model._meta.get_field(name)
            except FieldDoesNotExist:
                return [
                    checks.Error(
                        f"'{attribute}' references '{name}', which is not a field on '{label}'.",
                        obj=obj.__class__,
                        id=id,
                    )
                ]
        if any(field.ct_field == obj.ct_field and field.fk_field == obj.ct_fk_field for field in generic):
            return []
        return [
            checks.Error(
                f"'{label}' has no GenericForeignKey using content type field '{obj.ct_field}' and object ID field "
                f"'{obj.ct_fk_field}'.",
                obj=obj.__class__,
                id="admin.E304",
            )
        ]


class GenericInlineModelAdmin(InlineModelAdmin):  # type: ignore[misc]
    """An inline over a generic foreign key."""

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
    """Forms one below the other."""

    template = "admin/edit_inline/stacked.html"


class GenericTabularInline(GenericInlineModelAdmin):
    """Forms as rows of a table."""

    template = "admin/edit_inline/tabular.html"
