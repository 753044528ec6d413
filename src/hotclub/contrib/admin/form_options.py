"""What model admins and inlines share: their forms, fieldsets, querysets and permissions."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from hotclub import forms
from hotclub.contrib.admin import widgets
from hotclub.contrib.admin.checks import BaseModelAdminChecks
from hotclub.contrib.admin.exceptions import NotRegistered
from hotclub.contrib.admin.parameters import VERTICAL
from hotclub.contrib.auth import get_permission_codename
from hotclub.core.exceptions import FieldDoesNotExist
from hotclub.db import models
from hotclub.db.models.constants import LOOKUP_SEP
from hotclub.forms.widgets import CheckboxSelectMultiple, SelectMultiple
from hotclub.urls import reverse
from hotclub.utils.html import format_html
from hotclub.utils.text import format_lazy
from hotclub.utils.translation import gettext as _
from hotclub.utils.translation import gettext_lazy

FORMFIELD_FOR_DBFIELD_DEFAULTS: dict[type, dict[str, Any]] = {
    models.DateTimeField: {"form_class": forms.SplitDateTimeField, "widget": widgets.AdminSplitDateTime},
    models.DateField: {"widget": widgets.AdminDateWidget},
    models.TimeField: {"widget": widgets.AdminTimeWidget},
    models.TextField: {"widget": widgets.AdminTextareaWidget},
    models.URLField: {"widget": widgets.AdminURLFieldWidget},
    models.IntegerField: {"widget": widgets.AdminIntegerFieldWidget},
    models.BigIntegerField: {"widget": widgets.AdminBigIntegerFieldWidget},
    models.CharField: {"widget": widgets.AdminTextInputWidget},
    models.ImageField: {"widget": widgets.AdminFileWidget},
    models.FileField: {"widget": widgets.AdminFileWidget},
    models.EmailField: {"widget": widgets.AdminEmailInputWidget},
    models.UUIDField: {"widget": widgets.AdminUUIDInputWidget},
}


def get_ul_class(radio_style: int) -> str:
    """Return the CSS class of radio buttons side by side or below each other."""
    return "radiolist" if radio_style == VERTICAL else "radiolist inline"


class BaseModelAdmin(metaclass=forms.MediaDefiningClass):
    """What model admins and inlines share."""

    __module__ = "hotclub.contrib.admin.options"

    model: Any
    opts: Any
    admin_site: Any

    autocomplete_fields: Any = ()
    raw_id_fields: Any = ()
    fields: Any = None
    exclude: Any = None
    fieldsets: Any = None
    form: Any = forms.ModelForm
    filter_vertical: Any = ()
    filter_horizontal: Any = ()
    radio_fields: Any = {}
    prepopulated_fields: Any = {}
    formfield_overrides: Any = {}
    readonly_fields: Any = ()
    ordering: Any = None
    sortable_by: Any = None
    view_on_site: Any = True
    show_full_result_count = True
    checks_class: Any = BaseModelAdminChecks
    delete_confirmation_max_display: int | None = None

    def check(self, **kwargs: Any) -> list[Any]:
        """Run the system checks of this admin."""
        found: list[Any] = self.checks_class().check(self, **kwargs)
        return found

    def __init__(self) -> None:
        # An override for a class goes over the framework's, key by key.
        overrides = copy.deepcopy(FORMFIELD_FOR_DBFIELD_DEFAULTS)
        for key, value in self.formfield_overrides.items():
            overrides.setdefault(key, {}).update(value)
        self.formfield_overrides = overrides

    # Form fields

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Return the form field of a model field."""
        if db_field.choices:
            return self.formfield_for_choice_field(db_field, request, **kwargs)
        if isinstance(db_field, models.ForeignKey | models.ManyToManyField):
            return self._formfield_for_relation(db_field, request, kwargs)
        for cls in type(db_field).mro():
            if cls in self.formfield_overrides:
                return db_field.formfield(**{**copy.deepcopy(self.formfield_overrides[cls]), **kwargs})
        return db_field.formfield(**kwargs)

    def _formfield_for_relation(self, db_field: Any, request: Any, kwargs: dict[str, Any]) -> Any:
        # Overrides by class apply to relations too, unless a widget for them is asked for.
        for cls in type(db_field).mro():
            if cls in self.formfield_overrides:
                kwargs = {**self.formfield_overrides[cls], **kwargs}
                break
        if isinstance(db_field, models.ForeignKey):
            formfield = self.formfield_for_foreignkey(db_field, request, **kwargs)
        else:
            formfield = self.formfield_for_manytomany(db_field, request, **kwargs)
        if formfield and db_field.name not in self.raw_id_fields:
            self._wrap_relation(formfield, db_field, request)
        return formfield

    def _wrap_relation(self, formfield: Any, db_field: Any, request: Any) -> None:
        """Put links to the related model's pages around a widget, as far as the user's permissions go."""
        allowed: dict[str, bool] = {}
        try:
            related = self.admin_site.get_model_admin(db_field.remote_field.model)
        except NotRegistered:
            pass
        else:
            allowed = {
                "can_add_related": related.has_add_permission(request),
                "can_change_related": related.has_change_permission(request),
                "can_delete_related": related.has_delete_permission(request),
                "can_view_related": related.has_view_permission(request),
            }
        formfield.widget = widgets.RelatedFieldWidgetWrapper(
            formfield.widget, db_field.remote_field, self.admin_site, **allowed
        )

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Return the form field of a model field with choices."""
        if db_field.name in self.radio_fields:
            style = self.radio_fields[db_field.name]
            kwargs.setdefault("widget", widgets.AdminRadioSelect(attrs={"class": get_ul_class(style)}))
            kwargs.setdefault(
                "choices",
                db_field.get_choices(include_blank=db_field.blank, blank_choice=[("", _("None"))]),
            )
        return db_field.formfield(**kwargs)

    def get_field_queryset(self, db: str | None, db_field: Any, request: Any) -> Any:
        """Return the query of a related field in the order of the related model's admin; None for the default."""
        try:
            related = self.admin_site.get_model_admin(db_field.remote_field.model)
        except NotRegistered:
            return None
        ordering = related.get_ordering(request)
        if ordering is None or ordering == ():
            return None
        return db_field.remote_field.model._default_manager.using(db).order_by(*ordering)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Return the form field of a foreign key."""
        db = kwargs.get("using")
        if "widget" not in kwargs:
            if db_field.name in self.get_autocomplete_fields(request):
                kwargs["widget"] = widgets.AutocompleteSelect(db_field, self.admin_site, using=db)
            elif db_field.name in self.raw_id_fields:
                kwargs["widget"] = widgets.ForeignKeyRawIdWidget(db_field.remote_field, self.admin_site, using=db)
            elif db_field.name in self.radio_fields:
                style = self.radio_fields[db_field.name]
                kwargs["widget"] = widgets.AdminRadioSelect(attrs={"class": get_ul_class(style)})
                kwargs["empty_label"] = kwargs.get("empty_label", _("None")) if db_field.blank else None
        if "queryset" not in kwargs:
            queryset = self.get_field_queryset(db, db_field, request)
            if queryset is not None:
                kwargs["queryset"] = queryset
        return db_field.formfield(**kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Return the form field of a many-to-many field; None if its table has further columns."""
        if not db_field.remote_field.through._meta.auto_created:
            return None
        db = kwargs.get("using")
        if "widget" not in kwargs:
            if db_field.name in self.get_autocomplete_fields(request):
                kwargs["widget"] = widgets.AutocompleteSelectMultiple(db_field, self.admin_site, using=db)
            elif db_field.name in self.raw_id_fields:
                kwargs["widget"] = widgets.ManyToManyRawIdWidget(db_field.remote_field, self.admin_site, using=db)
            elif db_field.name in [*self.filter_vertical, *self.filter_horizontal]:
                kwargs["widget"] = widgets.FilteredSelectMultiple(
                    db_field.verbose_name, db_field.name in self.filter_vertical
                )
        if "queryset" not in kwargs:
            queryset = self.get_field_queryset(db, db_field, request)
            if queryset is not None:
                kwargs["queryset"] = queryset
        form_field = db_field.formfield(**kwargs)
        plain = isinstance(form_field.widget, SelectMultiple) and not isinstance(
            form_field.widget, CheckboxSelectMultiple | widgets.AutocompleteSelectMultiple
        )
        if plain and form_field.widget.allow_multiple_selected:
            hint = gettext_lazy("Hold down “Control”, or “Command” on a Mac, to select more than one.")
            text = form_field.help_text
            form_field.help_text = format_lazy("{} {}", text, hint) if text else hint
        return form_field

    # What is shown

    def get_autocomplete_fields(self, request: Any) -> Any:
        """Return the names of relations with autocomplete."""
        return self.autocomplete_fields

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        """Return where visitors see an object; None if nowhere."""
        if obj is None or not self.view_on_site:
            return None
        make_url: Any = self.view_on_site
        if callable(make_url):
            return str(make_url(obj))
        if hasattr(obj, "get_absolute_url"):
            # The redirect costs the content type only when it is followed.
            return str(
                reverse(
                    "admin:view_on_site",
                    kwargs={"content_type_id": get_content_type_for_model(obj).pk, "object_id": obj.pk},
                    current_app=self.admin_site.name,
                )
            )
        return None

    def get_empty_value_display(self) -> Any:
        """Return what stands for an empty value."""
        try:
            return format_html("{}", self.empty_value_display)  # type: ignore[attr-defined]  # documented, optional
        except AttributeError:
            return format_html("{}", self.admin_site.empty_value_display)

    def get_exclude(self, request: Any, obj: Any = None) -> Any:
        """Return the names of fields to leave out."""
        return self.exclude

    def get_fields(self, request: Any, obj: Any = None) -> Any:
        """Return the names of the fields to show."""
        if self.fields:
            return self.fields
        form = self._get_form_for_get_fields(request, obj)
        return [*form.base_fields, *self.get_readonly_fields(request, obj)]

    def _get_form_for_get_fields(self, request: Any, obj: Any) -> Any:
        raise NotImplementedError

    def get_fieldsets(self, request: Any, obj: Any = None) -> Any:
        """Return the fieldsets to show."""
        return self.fieldsets or [(None, {"fields": self.get_fields(request, obj)})]

    def get_inlines(self, request: Any, obj: Any) -> Any:
        """Return the classes of the inlines."""
        return self.inlines  # type: ignore[attr-defined]  # model admins have it

    def get_ordering(self, request: Any) -> Any:
        """Return the order of the rows."""
        return self.ordering or ()

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        """Return the names of what is shown only."""
        return self.readonly_fields

    def get_prepopulated_fields(self, request: Any, obj: Any = None) -> Mapping[str, Any]:
        """Return fields and those they are filled from."""
        fields: Mapping[str, Any] = self.prepopulated_fields
        return fields

    def get_queryset(self, request: Any) -> Any:
        """Return the objects the admin knows."""
        queryset = self.model._default_manager.get_queryset()
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def get_sortable_by(self, request: Any) -> Any:
        """Return the columns rows can be sorted by."""
        return self.sortable_by if self.sortable_by is not None else self.get_list_display(request)  # type: ignore[attr-defined]

    # What strangers may ask for

    def lookup_allowed(self, lookup: str, value: Any, request: Any) -> bool:
        """Return whether a lookup may come from the query string.

        Lookups into other models could reveal what the user must not see, letter by letter; so they are allowed only if
        a filter, the date hierarchy or a relation's `limit_choices_to` uses them.
        """
        model = self.model
        # What other admins link to.
        for relation in model._meta.related_fkey_lookups:
            limit = relation() if callable(relation) else relation
            if limit and any(
                (key, val) == (lookup, value) for key, val in widgets.url_params_from_lookup_dict(limit).items()
            ):
                return True
        relation_parts: list[str] = []
        previous = None
        parts = lookup.split(LOOKUP_SEP)
        for part in parts:
            try:
                field = model._meta.get_field(part)
            except FieldDoesNotExist:
                # A lookup or a transform: the end of the path.
                break
            # A key that is at hand anyway is as good as its own field.
            if not previous or (
                previous.is_relation
                and (field.is_relation or field not in previous.path_infos[-1].target_fields)
                and field not in model._meta.parents.values()
            ):
                relation_parts.append(part)
            if not getattr(field, "path_infos", None):
                previous = field
                break
            previous = field
            model = field.path_infos[-1].to_opts.model
        if len(relation_parts) <= 1:
            # A field of the model itself, or a relation to it.
            return True
        valid = {self.date_hierarchy}  # type: ignore[attr-defined]  # model admins have it
        for item in self.get_list_filter(request):  # type: ignore[attr-defined]
            if isinstance(item, type) and hasattr(item, "parameter_name"):
                valid.add(item.parameter_name)
            elif isinstance(item, list | tuple):
                valid.add(item[0])
            else:
                valid.add(item)
        return bool({LOOKUP_SEP.join(relation_parts), LOOKUP_SEP.join([*relation_parts, part])} & valid)

    def to_field_allowed(self, request: Any, to_field: str) -> bool:
        """Return whether a popup may give the value of a field: only if a registered model points to it."""
        try:
            field = self.opts.get_field(to_field)
        except FieldDoesNotExist:
            return False
        if field.primary_key:
            return True
        # Many-to-many fields of this model to itself point to the key.
        for many in self.opts.many_to_many:
            if many.m2m_target_field_name() == to_field:
                return True
        registered: set[Any] = set()
        for model, model_admin in self.admin_site._registry.items():
            registered.add(model)
            registered.update(inline.model for inline in getattr(model_admin, "inlines", ()))
        relations = (
            relation
            for relation in self.opts.get_fields(include_hidden=True)
            if relation.auto_created and not relation.concrete
        )
        for relation in relations:
            remote = relation.field.remote_field
            if any(issubclass(model, relation.related_model) for model in registered) and (
                hasattr(remote, "get_related_field") and remote.get_related_field() == field
            ):
                return True
        return False

    # Permissions

    def _has_perm(self, request: Any, action: str) -> bool:
        codename = get_permission_codename(action, self.opts)
        return bool(request.user.has_perm(f"{self.opts.app_label}.{codename}"))

    def has_add_permission(self, request: Any) -> bool:
        """Return whether the user may add objects."""
        return self._has_perm(request, "add")

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Return whether the user may change an object, or any if none is given."""
        return self._has_perm(request, "change")

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Return whether the user may delete an object, or any if none is given."""
        return self._has_perm(request, "delete")

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        """Return whether the user may view an object, or any if none is given."""
        return self._has_perm(request, "view") or self._has_perm(request, "change")

    def has_view_or_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Return whether the user may view or change an object."""
        return self.has_view_permission(request, obj) or self.has_change_permission(request, obj)

    def has_module_permission(self, request: Any) -> bool:
        """Return whether the user sees the app on the index page."""
        return bool(request.user.has_module_perms(self.opts.app_label))


def get_content_type_for_model(obj: Any) -> Any:
    """Return the content type of an object's own class."""
    # Content types are a model; the admin's modules are imported before models are loaded.
    from hotclub.contrib.contenttypes.models import ContentType  # noqa: PLC0415  # the registry's own bootstrap

    return ContentType.objects.get_for_model(obj, for_concrete_model=False)
