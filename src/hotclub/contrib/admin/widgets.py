"""Widgets of the admin's forms."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote as url_quote
from urllib.parse import urlencode

from hotclub import forms
from hotclub.contrib.admin.parameters import IS_POPUP_VAR, SOURCE_MODEL_VAR, TO_FIELD_VAR
from hotclub.core.exceptions import ValidationError
from hotclub.core.validators import URLValidator
from hotclub.db.models import CASCADE, UUIDField
from hotclub.urls import NoReverseMatch, reverse
from hotclub.utils.text import Truncator
from hotclub.utils.translation import get_language
from hotclub.utils.translation import gettext as _


class FilteredSelectMultiple(forms.SelectMultiple):
    """A select that scripts turn into two lists with a filter; without scripts it is a plain one.

    Args:
        verbose_name: name of what is chosen.
        is_stacked: put one list above the other.
        attrs: HTML attributes.
        choices: as for a select.
    """

    use_fieldset = True

    class Media:
        js = ["admin/js/select-filter.js"]

    def __init__(
        self, verbose_name: Any, is_stacked: bool, attrs: Mapping[str, Any] | None = None, choices: Any = ()
    ) -> None:
        self.verbose_name = verbose_name
        self.is_stacked = is_stacked
        super().__init__(attrs, choices)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        attributes = context["widget"]["attrs"]
        attributes["class"] = "selectfilterstacked" if self.is_stacked else "selectfilter"
        attributes["data-field-name"] = self.verbose_name
        attributes["data-is-stacked"] = int(self.is_stacked)
        return context


def _with_class(attrs: Mapping[str, Any] | None, class_name: str, **more: Any) -> dict[str, Any]:
    return {"class": class_name, **more, **(attrs or {})}


class _TimezoneNote:
    """Points assistive technology to the note about time zones that scripts put beside the input."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)  # type: ignore[misc]  # mixed into a widget
        attributes = context["widget"]["attrs"]
        base = attributes.get("id") or f"id_{name}"
        # The parts of a split date-time share one note.
        for suffix in ("_0", "_1"):
            if getattr(self, "_is_part", False):
                base = base.removesuffix(suffix)
        note = f"{base}_timezone_warning_helptext"
        described_by = attributes.get("aria-describedby")
        attributes["aria-describedby"] = f"{described_by} {note}" if described_by else note
        return context


class BaseAdminDateWidget(_TimezoneNote, forms.DateInput):
    """A date with a button for today and a calendar."""

    class Media:
        js = ["admin/js/date-time.js"]

    def __init__(self, attrs: Mapping[str, Any] | None = None, format: str | None = None) -> None:
        super().__init__(_with_class(attrs, "vDateField", size="10"), format)


class AdminDateWidget(BaseAdminDateWidget):
    template_name = "admin/widgets/date.html"


class BaseAdminTimeWidget(_TimezoneNote, forms.TimeInput):
    """A time with a button for now."""

    class Media:
        js = ["admin/js/date-time.js"]

    def __init__(self, attrs: Mapping[str, Any] | None = None, format: str | None = None) -> None:
        super().__init__(_with_class(attrs, "vTimeField", size="8"), format)


class AdminTimeWidget(BaseAdminTimeWidget):
    template_name = "admin/widgets/time.html"


class AdminSplitDateTime(forms.SplitDateTimeWidget):
    """A date and a time."""

    template_name = "admin/widgets/split_datetime.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        parts = [BaseAdminDateWidget, BaseAdminTimeWidget]
        forms.MultiWidget.__init__(self, parts, attrs)
        for part in self.widgets:
            part._is_part = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["date_label"] = _("Date:")
        context["time_label"] = _("Time:")
        return context

    def id_for_label(self, id_: str) -> str:
        return id_


class AdminRadioSelect(forms.RadioSelect):
    template_name = "admin/widgets/radio.html"


class AdminFileWidget(forms.ClearableFileInput):
    template_name = "admin/widgets/clearable_file_input.html"
    use_fieldset = True


def url_params_from_lookup_dict(lookups: Any) -> dict[str, str]:
    """Return `limit_choices_to` as query parameters of a change list."""
    if callable(lookups):
        lookups = lookups()
    params: dict[str, str] = {}
    if not lookups or not hasattr(lookups, "items"):
        return params
    for key, value in lookups.items():
        if callable(value):
            value = value()
        if isinstance(value, tuple | list):
            value = ",".join(str(part) for part in value)
        elif isinstance(value, bool):
            value = ("0", "1")[value]
        else:
            value = str(value)
        params[key] = value
    return params


class ForeignKeyRawIdWidget(forms.TextInput):
    """The bare key of a related object, with a link to look it up.

    Args:
        rel: the relation.
        admin_site: whose pages are linked.
        attrs: HTML attributes.
        using: alias of the database to look in.
    """

    template_name = "admin/widgets/foreign_key_raw_id.html"

    def __init__(
        self, rel: Any, admin_site: Any, attrs: Mapping[str, Any] | None = None, using: str | None = None
    ) -> None:
        self.rel = rel
        self.admin_site = admin_site
        self.db = using
        super().__init__(attrs)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        target = self.rel.model
        if self.admin_site.is_registered(target):
            opts = target._meta
            url = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist", current_app=self.admin_site.name)
            params = self.url_parameters()
            context["related_url"] = f"{url}?{urlencode(params)}" if params else url
            context["link_title"] = _("Lookup")
            # Scripts find the input by this class.
            css_class = "vForeignKeyRawIdAdminField"
            if isinstance(self.rel.get_related_field(), UUIDField):
                css_class += " vUUIDField"
            context["widget"]["attrs"].setdefault("class", css_class)
        else:
            context["related_url"] = None
        if context["widget"]["value"]:
            context["link_label"], context["link_url"] = self.label_and_url_for_value(value)
        else:
            context["link_label"] = None
        return context

    def base_url_parameters(self) -> dict[str, str]:
        """Return what narrows the list to look in."""
        return url_params_from_lookup_dict(self.rel.limit_choices_to)

    def url_parameters(self) -> dict[str, str]:
        """Return the parameters of the link."""
        params = self.base_url_parameters()
        params[TO_FIELD_VAR] = self.rel.get_related_field().name
        return params

    def label_and_url_for_value(self, value: Any) -> tuple[str, str]:
        """Return text and URL of the object with that key; empty if there is none."""
        key = self.rel.get_related_field().name
        try:
            obj = self.rel.model._base_manager.using(self.db).get(**{key: value})
        except (ValueError, self.rel.model.DoesNotExist, ValidationError, OverflowError):
            return "", ""
        opts = obj._meta
        try:
            url = reverse(f"{self.admin_site.name}:{opts.app_label}_{opts.object_name.lower()}_change", args=(obj.pk,))
        except NoReverseMatch:
            # Not registered.
            url = ""
        return Truncator(obj).words(14), url


class ManyToManyRawIdWidget(ForeignKeyRawIdWidget):
    """The bare keys of related objects, separated by commas."""

    template_name = "admin/widgets/many_to_many_raw_id.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if self.admin_site.is_registered(self.rel.model):
            context["widget"]["attrs"]["class"] = "vManyToManyRawIdAdminField"
        return context

    def url_parameters(self) -> dict[str, str]:
        return self.base_url_parameters()

    def label_and_url_for_value(self, value: Any) -> tuple[str, str]:
        return "", ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = data.get(name)
        return value.split(",") if value else None

    def format_value(self, value: Any) -> str:
        return ",".join(str(part) for part in value) if value else ""


class RelatedFieldWidgetWrapper(forms.Widget):
    """A widget for related objects with links to add, change, delete and view them.

    Args:
        widget: the widget.
        rel: the relation.
        admin_site: whose pages are linked.
        can_add_related: link for adding; if the model is registered, by default.
        can_change_related: link for changing; for a select of one object only.
        can_delete_related: link for deleting; never where that would cascade.
        can_view_related: link for viewing.
    """

    template_name = "admin/widgets/related_widget_wrapper.html"

    def __init__(
        self,
        widget: Any,
        rel: Any,
        admin_site: Any,
        can_add_related: bool | None = None,
        can_change_related: bool = False,
        can_delete_related: bool = False,
        can_view_related: bool = False,
    ) -> None:
        self.needs_multipart_form = widget.needs_multipart_form
        self.attrs = widget.attrs
        self.widget = widget
        if not isinstance(widget, AutocompleteMixin):
            # Scripts keep such widgets up to date when an object is added elsewhere on the page.
            self.attrs["data-context"] = "available-source"
        self.rel = rel
        self.admin_site = admin_site
        if can_add_related is None:
            can_add_related = admin_site.is_registered(rel.model)
        self.can_add_related = can_add_related
        # The links follow the selected option, so there has to be exactly one.
        one = not getattr(widget, "allow_multiple_selected", False) and isinstance(widget, forms.Select)
        cascades = getattr(rel, "on_delete", None) is CASCADE
        self.can_change_related = one and can_change_related
        self.can_delete_related = one and not cascades and can_delete_related
        self.can_view_related = one and can_view_related
        # Autocomplete and others look at it.
        self.use_fieldset = getattr(widget, "use_fieldset", False)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = copy.copy(self)
        made.widget = copy.deepcopy(self.widget, memo)
        made.attrs = made.widget.attrs
        memo[id(self)] = made
        return made

    @property
    def is_hidden(self) -> bool:
        return bool(self.widget.is_hidden)

    def _get_media(self) -> Any:
        return self.widget.media

    media = property(_get_media)

    @property
    def choices(self) -> Any:
        return self.widget.choices

    @choices.setter
    def choices(self, value: Any) -> None:
        self.widget.choices = value

    def get_related_url(self, info: tuple[str, str], action: str, *args: Any) -> str:
        """Return the URL of a page of the related model."""
        name = "admin:{}_{}_{}".format(*info, action)
        return str(reverse(name, current_app=self.admin_site.name, args=args))

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        opts = self.rel.model._meta
        info = (opts.app_label, opts.model_name)
        related_field_name = self.rel.get_related_field().name
        source = self.rel.field.model._meta.label_lower
        to_field = f"{TO_FIELD_VAR}={related_field_name}"
        context: dict[str, Any] = {
            "rendered_widget": self._render_widget(name, value, attrs),
            "is_hidden": self.is_hidden,
            "name": name,
            "url_params": f"{to_field}&{IS_POPUP_VAR}=1&{SOURCE_MODEL_VAR}={source}",
            "model": opts.verbose_name,
            "model_name": opts.model_name,
            "can_add_related": self.can_add_related,
            "can_change_related": self.can_change_related,
            "can_delete_related": self.can_delete_related,
            "can_view_related": self.can_view_related,
            "view_related_url_params": to_field,
        }
        if self.can_add_related:
            context["add_related_url"] = self.get_related_url(info, "add")
        if self.can_delete_related:
            context["delete_related_template_url"] = self.get_related_url(info, "delete", "__fk__")
        if self.can_view_related or self.can_change_related:
            context["change_related_template_url"] = self.get_related_url(info, "change", "__fk__")
        return context

    def _render_widget(self, name: str, value: Any, attrs: dict[str, Any] | None) -> Any:
        # A custom widget may override render() and ignore attributes it does not know.
        self.widget.is_required = self.is_required
        return self.widget.render(name, value, attrs)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return self.widget.value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return bool(self.widget.value_omitted_from_data(data, files, name))

    def id_for_label(self, id_: str) -> str:
        return str(self.widget.id_for_label(id_))

    def use_required_attribute(self, initial: Any) -> bool:
        return bool(self.widget.use_required_attribute(initial))


class AdminTextareaWidget(forms.Textarea):
    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(_with_class(attrs, "vLargeTextField"))


class AdminTextInputWidget(forms.TextInput):
    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(_with_class(attrs, "vTextField"))


class AdminEmailInputWidget(forms.EmailInput):
    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(_with_class(attrs, "vTextField"))


class AdminURLFieldWidget(forms.URLInput):
    """A URL, with a link to the current one if it is safe to follow.

    Args:
        attrs: HTML attributes.
        validator_class: decides whether the link is shown.
    """

    template_name = "admin/widgets/url.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None, validator_class: Any = URLValidator) -> None:
        super().__init__(_with_class(attrs, "vURLField"))
        self.validator = validator_class()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        try:
            self.validator(value if value else "")
            url_valid = True
        except ValidationError:
            url_valid = False
        context["current_label"] = _("Currently:")
        context["change_label"] = _("Change:")
        context["widget"]["href"] = _quoted_url(str(value)) if url_valid and value else ""
        context["url_valid"] = url_valid
        return context


def _quoted_url(url: str) -> str:
    # What is escaped already stays so; all that could end the attribute or the URL is escaped.
    return url_quote(url, safe="!*'();:@&=+$,/?#[]~%")


class AdminIntegerFieldWidget(forms.NumberInput):
    class_name = "vIntegerField"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(_with_class(attrs, self.class_name))


class AdminBigIntegerFieldWidget(AdminIntegerFieldWidget):
    class_name = "vBigIntegerField"


class AdminUUIDInputWidget(forms.TextInput):
    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(_with_class(attrs, "vUUIDField"))


class AutocompleteMixin:
    """A select that scripts turn into a search box; the options come from the server as they are asked for.

    Args:
        field: the related model field.
        admin_site: whose autocomplete view is asked.
        attrs: HTML attributes.
        choices: as for a select.
        using: alias of the database to look in.
    """

    url_name = "%s:autocomplete"

    def __init__(
        self,
        field: Any,
        admin_site: Any,
        attrs: Mapping[str, Any] | None = None,
        choices: Any = (),
        using: str | None = None,
    ) -> None:
        self.field = field
        self.admin_site = admin_site
        self.db = using
        self.choices = choices
        self.attrs = {} if attrs is None else dict(attrs)

    def get_url(self) -> str:
        """Return the URL of the autocomplete view."""
        return str(reverse(self.url_name % self.admin_site.name))

    def build_attrs(
        self, base_attrs: Mapping[str, Any], extra_attrs: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        attrs: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs=extra_attrs)  # type: ignore[misc]
        own_class = attrs.get("class", "")
        attrs.update(
            {
                "data-ajax--cache": "true",
                "data-ajax--delay": 250,
                "data-ajax--type": "GET",
                "data-ajax--url": self.get_url(),
                "data-app-label": self.field.model._meta.app_label,
                "data-model-name": self.field.model._meta.model_name,
                "data-field-name": self.field.name,
                "data-theme": "admin-autocomplete",
                "data-allow-clear": json.dumps(not self.is_required),  # type: ignore[attr-defined]
                "data-placeholder": "",
                "lang": get_language(),
                "class": f"{own_class} admin-autocomplete" if own_class else "admin-autocomplete",
            }
        )
        return attrs

    def optgroups(self, name: str, value: Any, attr: dict[str, Any] | None = None) -> list[Any]:
        """Return the selected options only, and the empty one if it is allowed."""
        groups: list[Any] = [(None, [], 0)]
        options = groups[0][1]
        selected = {str(part) for part in value if str(part) not in self.choices.field.empty_values}
        if not self.is_required and not self.allow_multiple_selected:  # type: ignore[attr-defined]
            options.append(self.create_option(name, "", "", False, 0))  # type: ignore[attr-defined]
        for position, (key, label) in enumerate(self._selected_choices(selected)):
            options.append(
                self.create_option(  # type: ignore[attr-defined]
                    name, key, label, True, position
                )
            )
        return groups

    def _selected_choices(self, selected: set[str]) -> Iterator[Any]:
        if not selected:
            return
        relation = self.field.remote_field
        to_field_name = getattr(relation, "field_name", None) or relation.model._meta.pk.attname
        to_field_name = relation.model._meta.get_field(to_field_name).attname
        label = self.choices.field.label_from_instance
        for obj in self.choices.queryset.using(self.db).filter(**{f"{to_field_name}__in": selected}):
            yield getattr(obj, to_field_name), label(obj)

    class Media:
        js = ["admin/js/autocomplete.js"]


class AutocompleteSelect(AutocompleteMixin, forms.Select):
    """Autocomplete for one object."""


class AutocompleteSelectMultiple(AutocompleteMixin, forms.SelectMultiple):
    """Autocomplete for several objects."""
