"""What the change form's templates iterate over: fieldsets, lines, fields, inlines, and all errors together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hotclub import forms
from hotclub.contrib.admin.parameters import ACTION_CHECKBOX_NAME as ACTION_CHECKBOX_NAME
from hotclub.contrib.admin.utils import (
    boolean_icon,
    display_for_field,
    flatten_fieldsets,
    help_text_for_field,
    label_for_field,
    lookup_field,
    quote,
)
from hotclub.core.exceptions import ObjectDoesNotExist
from hotclub.db.models import ForeignObjectRel, ManyToManyRel, OneToOneField
from hotclub.forms.formsets import DELETION_FIELD_NAME
from hotclub.forms.utils import ErrorList, flatatt
from hotclub.template.defaultfilters import capfirst, linebreaksbr
from hotclub.urls import NoReverseMatch, reverse
from hotclub.utils.functional import cached_property
from hotclub.utils.html import conditional_escape, format_html
from hotclub.utils.safestring import SafeString, mark_safe
from hotclub.utils.translation import gettext
from hotclub.utils.translation import gettext_lazy as _


class ActionForm(forms.Form):
    """Choice of an action."""

    action = forms.ChoiceField(label=_("Action:"))
    select_across = forms.BooleanField(
        label="", required=False, initial=0, widget=forms.HiddenInput({"class": "select-across"})
    )


class AdminForm:
    """A form in fieldsets.

    Args:
        form: the form.
        fieldsets: pairs of name and options.
        prepopulated_fields: names of fields and of those they are filled from.
        readonly_fields: names of what is shown only.
        model_admin: the admin.
    """

    def __init__(
        self, form: Any, fieldsets: Any, prepopulated_fields: Any, readonly_fields: Any = None, model_admin: Any = None
    ) -> None:
        self.form = form
        self.fieldsets = fieldsets
        self.prepopulated_fields = [
            {"field": form[name], "dependencies": [form[other] for other in dependencies]}
            for name, dependencies in prepopulated_fields.items()
        ]
        self.model_admin = model_admin
        self.readonly_fields = () if readonly_fields is None else readonly_fields

    def __repr__(self) -> str:
        return f"<{self.__class__.__qualname__}: form={self.form.__class__.__qualname__} fieldsets={self.fieldsets!r}>"

    def __iter__(self) -> Iterator[Any]:
        for name, options in self.fieldsets:
            yield Fieldset(
                self.form, name, readonly_fields=self.readonly_fields, model_admin=self.model_admin, **options
            )

    @property
    def errors(self) -> Any:
        return self.form.errors

    @property
    def non_field_errors(self) -> Any:
        return self.form.non_field_errors

    @property
    def fields(self) -> Any:
        return self.form.fields

    @property
    def is_bound(self) -> bool:
        return bool(self.form.is_bound)

    @property
    def media(self) -> Any:
        media = self.form.media
        for fieldset in self:
            media += fieldset.media
        return media


class Fieldset:
    """One fieldset."""

    def __init__(
        self,
        form: Any,
        name: Any = None,
        readonly_fields: Any = (),
        fields: Any = (),
        classes: Any = (),
        description: Any = None,
        model_admin: Any = None,
    ) -> None:
        self.form = form
        self.name, self.fields = name, fields
        self.classes = " ".join(classes)
        self.description = description
        self.model_admin = model_admin
        self.readonly_fields = readonly_fields

    @property
    def media(self) -> Any:
        return forms.Media()

    @cached_property
    def is_collapsible(self) -> bool:
        """Whether it can be folded away: never while it holds errors."""
        if any(name in self.fields for name in self.form.errors):
            return False
        return "collapse" in self.classes

    def __iter__(self) -> Iterator[Any]:
        for field in self.fields:
            yield Fieldline(self.form, field, self.readonly_fields, model_admin=self.model_admin)


class Fieldline:
    """One line of a fieldset: a field or several."""

    def __init__(self, form: Any, field: Any, readonly_fields: Any = None, model_admin: Any = None) -> None:
        self.form = form
        self.fields = field if not isinstance(field, str) and hasattr(field, "__iter__") else [field]
        self.has_visible_field = not all(
            name in form.fields and form.fields[name].widget.is_hidden for name in self.fields
        )
        self.model_admin = model_admin
        self.readonly_fields = () if readonly_fields is None else readonly_fields

    def __iter__(self) -> Iterator[Any]:
        for index, field in enumerate(self.fields):
            if field in self.readonly_fields:
                yield AdminReadonlyField(self.form, field, is_first=index == 0, model_admin=self.model_admin)
            else:
                yield AdminField(self.form, field, is_first=index == 0)

    def errors(self) -> SafeString:
        """Return the errors of all its fields."""
        return mark_safe(
            "\n".join(self.form[name].errors.as_ul() for name in self.fields if name not in self.readonly_fields).strip(
                "\n"
            )
        )


class AdminField:
    """A field that can be edited."""

    is_readonly = False

    def __init__(self, form: Any, field: Any, is_first: bool) -> None:
        self.field = form[field]
        self.is_first = is_first
        self.is_checkbox = isinstance(self.field.field.widget, forms.CheckboxInput)
        self.is_fieldset = self.field.field.widget.use_fieldset

    def label_tag(self) -> Any:
        """Return the label, or the legend of a group of inputs."""
        classes = []
        if self.is_checkbox:
            classes.append("vCheckboxLabel")
        if self.field.field.required:
            classes.append("required")
        if not self.is_first:
            classes.append("inline")
        attrs = {"class": " ".join(classes)} if classes else {}
        # A checkbox stands before its label: no colon.
        return self.field.label_tag(
            contents=conditional_escape(self.field.label),
            attrs=attrs,
            label_suffix="" if self.is_checkbox else None,
            tag="legend" if self.is_fieldset else None,
        )

    def errors(self) -> SafeString:
        """Return its errors."""
        return mark_safe(str(self.field.errors.as_ul()))


class AdminReadonlyField:
    """A value that is shown only."""

    is_readonly = True
    is_checkbox = False
    is_fieldset = False

    def __init__(self, form: Any, field: Any, is_first: bool, model_admin: Any = None) -> None:
        # The templates treat it like a bound field.
        class_name = field.__name__ if callable(field) and field.__name__ != "<lambda>" else ""
        class_name = class_name or (field if isinstance(field, str) else "")
        labels = form._meta.labels or {}
        help_texts = form._meta.help_texts or {}
        if class_name in labels:
            label = labels[class_name]
        else:
            label = label_for_field(field, form._meta.model, model_admin, form=form)
        if class_name in help_texts:
            help_text = help_texts[class_name]
        else:
            help_text = help_text_for_field(class_name, form._meta.model)
        self.field = {
            "name": class_name,
            "label": label,
            "help_text": help_text,
            "field": field,
            # A hidden input stays out of sight where it is shown only.
            "is_hidden": class_name in form.fields and form.fields[class_name].widget.is_hidden,
        }
        self.form = form
        self.model_admin = model_admin
        self.is_first = is_first
        self.empty_value_display = model_admin.get_empty_value_display()

    def label_tag(self) -> SafeString:
        """Return the label."""
        attrs = {} if self.is_first else {"class": "inline"}
        return format_html(
            "<label{}>{}{}</label>", flatatt(attrs), capfirst(self.field["label"]), self.form.label_suffix
        )

    def get_admin_url(self, remote_field: Any, remote_obj: Any) -> Any:
        """Return a related object with a link to its change page, if it has one."""
        opts = remote_field.model._meta
        name = f"admin:{opts.app_label}_{opts.model_name}_change"
        try:
            url = reverse(name, args=[quote(remote_obj.pk)], current_app=self.model_admin.admin_site.name)
        except NoReverseMatch:
            return str(remote_obj)
        return format_html('<a href="{}">{}</a>', url, remote_obj)

    def contents(self) -> Any:
        """Return the value for people."""
        name, obj = self.field["field"], self.form.instance
        try:
            field, attr, value = lookup_field(name, obj, self.model_admin)
        except (AttributeError, ValueError, ObjectDoesNotExist):
            return conditional_escape(self.empty_value_display)
        if field is None:
            return conditional_escape(self._attribute(attr, value, name))
        return conditional_escape(self._field(field, value, obj))

    def _attribute(self, attr: Any, value: Any, name: Any) -> Any:
        if name in self.form.fields:
            widget = self.form[name].field.widget
            # A widget that only shows, such as that of a password.
            if getattr(widget, "read_only", False):
                return widget.render(name, value)
        if getattr(attr, "boolean", False):
            return boolean_icon(value)
        if hasattr(value, "__html__"):
            return value
        empty = getattr(attr, "empty_value_display", self.empty_value_display)
        return linebreaksbr(value) if value not in (None, "") else empty

    def _field(self, field: Any, value: Any, obj: Any) -> Any:
        name = self.field["field"]
        if name in self.form.fields and getattr(self.form[name].field.widget, "read_only", False):
            return self.form[name].field.widget.render(name, value)
        if isinstance(field.remote_field, ManyToManyRel) and value is not None:
            return ", ".join(str(related) for related in value.all()) or self.empty_value_display
        if isinstance(field.remote_field, ForeignObjectRel | OneToOneField) and value is not None:
            return self.get_admin_url(field.remote_field, value)
        return linebreaksbr(display_for_field(value, field, self.empty_value_display))


class InlineAdminFormSet:
    """A formset of an inline.

    Args:
        inline: the inline.
        formset: its formset.
        fieldsets: its fieldsets.
        prepopulated_fields: as for the form.
        readonly_fields: as for the form.
        model_admin: admin of the parent.
        has_add_permission: whether the user may add rows.
        has_change_permission: whether the user may change rows.
        has_delete_permission: whether the user may delete rows.
        has_view_permission: whether the user may view rows.
    """

    def __init__(
        self,
        inline: Any,
        formset: Any,
        fieldsets: Any,
        prepopulated_fields: Any = None,
        readonly_fields: Any = None,
        model_admin: Any = None,
        has_add_permission: bool = True,
        has_change_permission: bool = True,
        has_delete_permission: bool = True,
        has_view_permission: bool = True,
    ) -> None:
        self.opts = inline
        self.formset = formset
        self.fieldsets = fieldsets
        self.model_admin = model_admin
        self.readonly_fields = () if readonly_fields is None else readonly_fields
        self.prepopulated_fields = {} if prepopulated_fields is None else prepopulated_fields
        self.classes = " ".join(inline.classes) if inline.classes else ""
        self.has_add_permission = has_add_permission
        self.has_change_permission = has_change_permission
        self.has_delete_permission = has_delete_permission
        self.has_view_permission = has_view_permission

    def __iter__(self) -> Iterator[Any]:
        readonly = list(self.readonly_fields)
        if not self.has_change_permission:
            readonly += flatten_fieldsets(self.fieldsets)
        for form, original in zip(self.formset.initial_forms, self.formset.get_queryset(), strict=False):
            view_on_site_url = self.opts.get_view_on_site_url(original)
            prepopulated = self.prepopulated_fields if self.has_change_permission else {}
            yield self._form(form, original, readonly, prepopulated, view_on_site_url)
        for form in self.formset.extra_forms:
            yield self._form(form, None, self.readonly_fields, self.prepopulated_fields)
        if self.has_add_permission:
            yield self._form(self.formset.empty_form, None, self.readonly_fields, self.prepopulated_fields)

    def _form(
        self, form: Any, original: Any, readonly: Any, prepopulated: Any, view_on_site_url: str | None = None
    ) -> Any:
        return InlineAdminForm(
            self.formset,
            form,
            self.fieldsets,
            prepopulated,
            original,
            readonly,
            model_admin=self.opts,
            view_on_site_url=view_on_site_url,
        )

    def fields(self) -> Iterator[dict[str, Any]]:
        """Yield the columns of a tabular inline."""
        fk = getattr(self.formset, "fk", None)
        empty_form = self.formset.empty_form
        meta_labels = empty_form._meta.labels or {}
        meta_help_texts = empty_form._meta.help_texts or {}
        for name in flatten_fieldsets(self.fieldsets):
            if fk and fk.name == name:
                continue
            if name in self.readonly_fields or (not self.has_change_permission and name not in empty_form.fields):
                label = meta_labels.get(name) or label_for_field(name, self.opts.model, self.opts, form=empty_form)
                yield {
                    "name": name,
                    "label": label,
                    "widget": {"is_hidden": False},
                    "required": False,
                    "help_text": meta_help_texts.get(name) or help_text_for_field(name, self.opts.model),
                }
                continue
            form_field = empty_form.fields[name]
            label = form_field.label
            if label is None:
                label = label_for_field(name, self.opts.model, self.opts, form=empty_form)
            yield {
                "name": name,
                "label": label,
                "widget": form_field.widget,
                "required": form_field.required and (self.has_change_permission or self.has_add_permission),
                "help_text": form_field.help_text,
            }

    def inline_formset_data(self) -> str:
        """Return what the scripts need, as JSON."""
        verbose_name = self.opts.verbose_name
        return json.dumps(
            {
                "name": f"#{self.formset.prefix}",
                "options": {
                    "prefix": self.formset.prefix,
                    "addText": gettext("Add another %(verbose_name)s") % {"verbose_name": capfirst(verbose_name)},
                    "deleteText": gettext("Remove"),
                },
            }
        )

    @property
    def forms(self) -> Any:
        return self.formset.forms

    @cached_property
    def is_collapsible(self) -> bool:
        """Whether it can be folded away: never while it holds errors."""
        if any(self.formset.errors):
            return False
        return "collapse" in self.classes

    def non_form_errors(self) -> Any:
        return self.formset.non_form_errors()

    @property
    def is_bound(self) -> bool:
        return bool(self.formset.is_bound)

    @property
    def total_form_count(self) -> Any:
        return self.formset.total_form_count

    @property
    def media(self) -> Any:
        media = self.opts.media + self.formset.media
        for form in self:
            media += form.media
        return media


class InlineAdminForm(AdminForm):
    """A form of an inline.

    Args:
        formset: its formset.
        original: the row it shows; None for a new one.
        view_on_site_url: where the row is seen by visitors.
    """

    def __init__(
        self,
        formset: Any,
        form: Any,
        fieldsets: Any,
        prepopulated_fields: Any,
        original: Any,
        readonly_fields: Any = None,
        model_admin: Any = None,
        view_on_site_url: str | None = None,
    ) -> None:
        self.formset = formset
        self.original = original
        self.show_url = bool(original and view_on_site_url is not None)
        self.absolute_url = view_on_site_url
        super().__init__(form, fieldsets, prepopulated_fields, readonly_fields, model_admin)

    def __iter__(self) -> Iterator[Any]:
        for name, options in self.fieldsets:
            yield InlineFieldset(
                self.formset,
                self.form,
                name,
                self.readonly_fields,
                model_admin=self.model_admin,
                **options,
            )

    def needs_explicit_pk_field(self) -> bool:
        """Whether the primary key has to be rendered hidden, since no visible field is it."""
        opts = self.form._meta.model._meta
        return bool(
            # A key the user cannot see, or that the database or a default makes.
            opts.auto_field
            or not opts.pk.editable
            or opts.pk.has_default()
            or any(parent._meta.auto_field or not parent._meta.model._meta.pk.editable for parent in opts.all_parents)
        )

    def pk_field(self) -> AdminField:
        return AdminField(self.form, self.formset._pk_field.name, False)

    def fk_field(self) -> Any:
        fk = getattr(self.formset, "fk", None)
        return AdminField(self.form, fk.name, False) if fk else ""

    def deletion_field(self) -> AdminField:
        return AdminField(self.form, DELETION_FIELD_NAME, False)


class InlineFieldset(Fieldset):
    """A fieldset of an inline: without the key to the parent."""

    def __init__(self, formset: Any, *args: Any, **kwargs: Any) -> None:
        self.formset = formset
        super().__init__(*args, **kwargs)

    def __iter__(self) -> Iterator[Any]:
        fk = getattr(self.formset, "fk", None)
        for field in self.fields:
            if not fk or fk.name != field:
                yield Fieldline(self.form, field, self.readonly_fields, model_admin=self.model_admin)


class AdminErrorList(ErrorList):
    """All errors of a form and its formsets, to say how many there are."""

    def __init__(self, form: Any, inline_formsets: Any) -> None:
        super().__init__()
        if not form.is_bound:
            return
        self.extend(form.errors.values())
        for formset in inline_formsets:
            self.extend(formset.non_form_errors())
            for errors in formset.errors:
                self.extend(errors.values())
