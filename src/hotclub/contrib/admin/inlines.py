"""Inlines: rows of another model, edited together with the object they belong to."""

from __future__ import annotations

from functools import partial
from typing import Any

from hotclub import forms
from hotclub.contrib.admin.checks import InlineModelAdminChecks
from hotclub.contrib.admin.deletion_tree import NestedObjects
from hotclub.contrib.admin.form_options import BaseModelAdmin
from hotclub.contrib.admin.utils import flatten_fieldsets
from hotclub.contrib.auth import get_permission_codename
from hotclub.core.exceptions import ValidationError
from hotclub.db import router
from hotclub.forms.formsets import DELETION_FIELD_NAME
from hotclub.forms.models import BaseInlineFormSet, inlineformset_factory
from hotclub.utils.text import format_lazy, get_text_list
from hotclub.utils.translation import gettext as _


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
        fields = kwargs.pop("fields") if "fields" in kwargs else flatten_fieldsets(self.get_fieldsets(request, obj))
        excluded = self.get_exclude(request, obj)
        exclude = [*(excluded or ()), *self.get_readonly_fields(request, obj)]
        if excluded is None and getattr(self.form, "_meta", None) and self.form._meta.exclude:
            # The form's own list counts if the inline has none.
            exclude.extend(self.form._meta.exclude)
        can_change = self.has_change_permission(request, obj) if request else True
        can_add = self.has_add_permission(request, obj) if request else True
        defaults = {
            "form": self.form,
            "formset": self.formset,
            "fk_name": self.fk_name,
            "fields": fields,
            "exclude": exclude or None,
            "formfield_callback": partial(self.formfield_for_dbfield, request=request),
            "extra": self.get_extra(request, obj),
            "min_num": self.get_min_num(request, obj),
            "max_num": self.get_max_num(request, obj),
            "can_delete": self.can_delete and self.has_delete_permission(request, obj),
            **kwargs,
        }
        defaults["form"] = self._guarded_form(defaults["form"], can_change, can_add, bool(defaults["can_delete"]))
        if defaults["fields"] is None and not forms.models.modelform_defines_fields(defaults["form"]):
            defaults["fields"] = forms.ALL_FIELDS
        return inlineformset_factory(self.parent_model, self.model, **defaults)

    def _guarded_form(self, base_form: Any, can_change: bool, can_add: bool, can_delete: bool) -> Any:
        """Return a form class that writes only what the user may write, whatever is submitted."""

        class GuardedForm(base_form):  # type: ignore[misc]  # chosen at run time
            def hand_clean_DELETE(self) -> None:
                """Refuse to delete a row that protected objects depend on.

                The form's `DELETE` field is added by the formset and is no field of the model, so `clean_DELETE` would
                not see the others: this runs at the end of cleaning.
                """
                if not self.cleaned_data.get(DELETION_FIELD_NAME, False):
                    return
                using = router.db_for_write(self._meta.model)
                if self.instance._state.adding:
                    return
                collector = NestedObjects(using=using)
                collector.collect([self.instance])
                if not collector.protected:
                    return
                described = [
                    _("%(class_name)s %(instance)s") % {"class_name": p._meta.verbose_name, "instance": p}
                    for p in collector.protected
                ]
                message = _(
                    "Deleting %(class_name)s %(instance)s would require deleting the following protected related "
                    "objects: %(related_objects)s"
                )
                params = {
                    "class_name": self._meta.model._meta.verbose_name,
                    "instance": self.instance,
                    "related_objects": get_text_list(described, _("and")),
                }
                raise ValidationError(message, code="deleting_protected", params=params)

            def is_valid(self) -> bool:
                result: bool = super().is_valid()
                if can_delete:
                    try:
                        self.hand_clean_DELETE()
                    except ValidationError as error:
                        self._errors[DELETION_FIELD_NAME] = self.error_class(error.messages)
                        return False
                return result

            def has_changed(self) -> bool:
                # Without the permission nothing has changed, so nothing is written.
                if not can_change and not self.instance._state.adding:
                    return False
                if not can_add and self.instance._state.adding:
                    return False
                changed: bool = super().has_changed()
                return changed

        GuardedForm.__name__ = base_form.__name__
        GuardedForm.__qualname__ = base_form.__qualname__
        GuardedForm.__module__ = base_form.__module__
        return GuardedForm

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
