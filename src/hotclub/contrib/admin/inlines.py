"""Inlines: rows of another model, edited together with the object they belong to."""

from __future__ import annotations

from functools import partial
from typing import Any

from hotclub import forms
from hotclub.contrib.admin.checks import InlineModelAdminChecks
from hotclub.contrib.admin.form_options import BaseModelAdmin
from hotclub.contrib.admin.guarded_forms import guarded_form, guarded_formset
from hotclub.contrib.admin.known import bases
from hotclub.contrib.admin.utils import flatten_fieldsets
from hotclub.contrib.auth import get_permission_codename
from hotclub.forms.models import BaseInlineFormSet, inlineformset_factory, modelform_defines_fields
from hotclub.utils.text import format_lazy


class InlineModelAdmin(BaseModelAdmin):
    """Rows of `model` inside the form of an object they point to.

    Args:
        parent_model: model of the object.
        admin_site: the site.
    """

    model: Any = None
    fk_name: str | None = None
    formset: Any = BaseInlineFormSet
    extra = 3
    min_num: int | None = None
    max_num: int | None = None
    template: Any = None
    verbose_name: Any = None
    verbose_name_plural: Any = None
    can_delete = True
    show_change_link = False
    checks_class: Any = InlineModelAdminChecks
    classes: Any = None

    def __init__(self, parent_model: Any, admin_site: Any) -> None:
        self.admin_site = admin_site
        self.parent_model = parent_model
        self.opts = self.model._meta
        self.has_registered_model = admin_site.is_registered(self.model)
        super().__init__()
        if self.verbose_name_plural is None:
            if self.verbose_name is None:
                self.verbose_name_plural = self.opts.verbose_name_plural
            else:
                self.verbose_name_plural = format_lazy("{}s", self.verbose_name)
        if self.verbose_name is None:
            self.verbose_name = self.opts.verbose_name

    @property
    def media(self) -> Any:
        scripts = ["admin/js/inlines.js"]
        if self.filter_vertical or self.filter_horizontal:
            scripts.append("admin/js/select-filter.js")
        return forms.Media(js=scripts)

    def get_extra(self, request: Any, obj: Any = None, **kwargs: Any) -> int:
        """Return the number of empty rows."""
        return self.extra

    def get_min_num(self, request: Any, obj: Any = None, **kwargs: Any) -> int | None:
        """Return the least number of rows."""
        return self.min_num

    def get_max_num(self, request: Any, obj: Any = None, **kwargs: Any) -> int | None:
        """Return the greatest number of rows."""
        return self.max_num

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        """Return the formset class.

        Args:
            request: the request.
            obj: the object the rows belong to; None for a new one.
            **kwargs: arguments of `inlineformset_factory` that go over those made here.
        """
        options = {"fk_name": self.fk_name, **self.formset_options(request, obj, kwargs)}
        return inlineformset_factory(self.parent_model, self.model, **options)

    def formset_options(self, request: Any, obj: Any, given: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of the formset's factory: those given over the inline's own."""
        kwargs = dict(given)
        fields = kwargs.pop("fields") if "fields" in kwargs else flatten_fieldsets(self.get_fieldsets(request, obj))
        excluded = self.get_exclude(request, obj)
        exclude = [*(excluded or ()), *self.get_readonly_fields(request, obj)]
        if excluded is None and getattr(self.form, "_meta", None) and self.form._meta.exclude:
            # The form's own list counts if the inline has none.
            exclude.extend(self.form._meta.exclude)
        can_change = self.has_change_permission(request, obj) if request else True
        can_add = self.has_add_permission(request, obj) if request else True
        defaults: dict[str, Any] = {
            "form": self.form,
            "formset": self.formset,
            "fields": fields,
            "exclude": exclude or None,
            "formfield_callback": partial(self.formfield_for_dbfield, request=request),
            "extra": self.get_extra(request, obj),
            "min_num": self.get_min_num(request, obj),
            "max_num": self.get_max_num(request, obj),
            "can_delete": self.can_delete and self.has_delete_permission(request, obj),
            **kwargs,
        }
        defaults["form"] = guarded_form(defaults["form"], can_change, can_add)
        if defaults["can_delete"]:
            defaults["formset"] = guarded_formset(defaults["formset"], self._max_protected(request))
        if defaults["fields"] is None and not modelform_defines_fields(defaults["form"]):
            defaults["fields"] = forms.ALL_FIELDS
        return defaults

    def _max_protected(self, request: Any) -> int | None:
        """Return how many objects a message names: this inline's own limit, else that of the parent's admin."""
        if self.delete_confirmation_max_display is not None or not self.admin_site.is_registered(self.parent_model):
            return self.delete_confirmation_max_display
        limit: int | None = self.admin_site.get_model_admin(self.parent_model).delete_confirmation_max_display
        return limit

    def _get_form_for_get_fields(self, request: Any, obj: Any = None) -> Any:
        return self.get_formset(request, obj, fields=None).form

    def get_queryset(self, request: Any) -> Any:
        queryset = super().get_queryset(request)
        if not self.has_view_or_change_permission(request):
            queryset = queryset.none()
        return queryset

    def _has_perm_for_target(self, request: Any, actions: Any) -> bool:
        """Return whether the user has one of the permissions for the other model of a many-to-many relation.

        The table between two models has no permissions of its own that anyone would know of.
        """
        opts = self.opts
        target = opts
        for field in opts.fields:
            if field.remote_field and field.remote_field.model != self.parent_model:
                target = field.remote_field.model._meta
                break
        return any(
            request.user.has_perm(f"{target.app_label}.{get_permission_codename(action, target)}") for action in actions
        )

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        if self.opts.auto_created:
            # Adding a relation is no more than changing.
            return self._has_perm_for_target(request, ["change"])
        return super().has_add_permission(request)

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        if self.opts.auto_created:
            return self._has_perm_for_target(request, ["change"])
        return super().has_change_permission(request)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        if self.opts.auto_created:
            return self._has_perm_for_target(request, ["change"])
        return super().has_delete_permission(request, obj)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        if self.opts.auto_created:
            return self._has_perm_for_target(request, ["view", "change"])
        return super().has_view_permission(request)


class StackedInline(InlineModelAdmin):
    """Rows below each other."""

    template = "admin/edit_inline/stacked.html"


class TabularInline(InlineModelAdmin):
    """Rows of a table."""

    template = "admin/edit_inline/tabular.html"


for _class in (InlineModelAdmin, StackedInline, TabularInline):
    _class.__module__ = "hotclub.contrib.admin.options"
del _class


bases["InlineModelAdmin"] = InlineModelAdmin
