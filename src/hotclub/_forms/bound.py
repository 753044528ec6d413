"""Bound fields: a field together with its form's data. Must not know how forms clean or render."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hotclub._forms.attributes import pretty_name
from hotclub._forms.rendering import RenderableFieldMixin
from hotclub._forms.widgets import MultiWidget, Textarea, TextInput
from hotclub.core.exceptions import ValidationError
from hotclub.utils.functional import cached_property
from hotclub.utils.html import format_html, html_safe
from hotclub.utils.safestring import SafeString
from hotclub.utils.translation import gettext_lazy as _

_CAMEL_END = re.compile(r"widget$|input$")


class BoundField(RenderableFieldMixin):
    """A field of a form, with its data, its errors and its HTML.

    Args:
        form: the form.
        field: the form's own copy of the field.
        name: name of the field in the form.
    """

    __module__ = "hotclub.forms.boundfield"

    def __init__(self, form: Any, field: Any, name: str) -> None:
        self.form = form
        self.field = field
        self.name = name
        self.html_name = form.add_prefix(name)
        self.label = pretty_name(name) if field.label is None else field.label
        self.help_text = field.help_text or ""
        self.renderer = form.renderer

    @property
    def html_initial_name(self) -> str:
        """Name of the hidden input that carries the initial value."""
        name: str = self.form.add_initial_prefix(self.name)
        return name

    @property
    def html_initial_id(self) -> str:
        """Id of that input."""
        id_: str = self.form.add_initial_prefix(self.auto_id)
        return id_

    @cached_property
    def subwidgets(self) -> list[BoundWidget]:
        """The parts of the widget: options, radio buttons …; most widgets have one."""
        id_ = self.field.widget.attrs.get("id") or self.auto_id
        attrs = self.build_widget_attrs({"id": id_} if id_ else {})
        return [
            BoundWidget(self.field.widget, widget, self.form.renderer)
            for widget in self.field.widget.subwidgets(self.html_name, self.value(), attrs=attrs)
        ]

    def __bool__(self) -> bool:
        # True even without subwidgets.
        return True

    def __iter__(self) -> Iterator[BoundWidget]:
        return iter(self.subwidgets)

    def __len__(self) -> int:
        return len(self.subwidgets)

    def __getitem__(self, index: Any) -> Any:
        # Templates look names up here first; only numbers are meant.
        if not isinstance(index, int | slice):
            raise TypeError(f"BoundField indices must be integers or slices, not {type(index).__name__}.")
        return self.subwidgets[index]

    @property
    def errors(self) -> Any:
        """The field's errors; an empty list if there are none."""
        found = self.form.errors.get(self.name)
        if found is None:
            found = self.form.error_class(renderer=self.form.renderer)
        return found

    @property
    def template_name(self) -> Any:
        """Template of the field group."""
        return self.field.template_name or self.form.renderer.field_template_name

    def get_context(self) -> dict[str, Any]:
        return {"field": self}

    def as_widget(
        self, widget: Any = None, attrs: dict[str, Any] | None = None, only_initial: bool = False
    ) -> SafeString:
        """Return the widget as HTML.

        Args:
            widget: instead of the field's.
            attrs: HTML attributes for it.
            only_initial: render the hidden input of the initial value.
        """
        widget = widget or self.field.widget
        if self.field.localize:
            widget.is_localized = True
        attrs = self.build_widget_attrs(attrs or {}, widget)
        if self.auto_id and "id" not in widget.attrs:
            attrs.setdefault("id", self.html_initial_id if only_initial else self.auto_id)
        if only_initial and self.html_initial_name in self.form.data:
            # Once it travelled, it stays what it was.
            value = self.form._widget_data_value(self.field.hidden_widget(), self.html_initial_name)
        else:
            value = self.value()
        name = self.html_initial_name if only_initial else self.html_name
        rendered: SafeString = widget.render(name=name, value=value, attrs=attrs, renderer=self.form.renderer)
        return rendered

    def as_text(self, attrs: dict[str, Any] | None = None, **kwargs: Any) -> SafeString:
        """Return the field as a text input."""
        return self.as_widget(TextInput(), attrs, **kwargs)

    def as_textarea(self, attrs: dict[str, Any] | None = None, **kwargs: Any) -> SafeString:
        """Return the field as a textarea."""
        return self.as_widget(Textarea(), attrs, **kwargs)

    def as_hidden(self, attrs: dict[str, Any] | None = None, **kwargs: Any) -> SafeString:
        return self.as_widget(self.field.hidden_widget(), attrs, **kwargs)

    @property
    def data(self) -> Any:
        """What was submitted, as the widget reads it; None if nothing was."""
        return self.form._widget_data_value(self.field.widget, self.html_name)

    def value(self) -> Any:
        """Return what the widget shows: the data of a bound form, else the initial value."""
        data = self.initial
        if self.form.is_bound:
            data = self.field.bound_data(self.data, data)
        return self.field.prepare_value(data)

    def _has_changed(self) -> bool:
        field = self.field
        if field.show_hidden_initial:
            hidden_widget = field.hidden_widget()
            initial = self.form._widget_data_value(hidden_widget, self.html_initial_name)
            try:
                initial = field.to_python(initial)
            except ValidationError:
                # What came back is not what was sent.
                return True
        else:
            initial = self.initial
        return bool(field.has_changed(initial, self.data))

    def label_tag(
        self,
        contents: Any = None,
        attrs: dict[str, Any] | None = None,
        label_suffix: Any = None,
        tag: str | None = None,
    ) -> SafeString:
        """Return the label element; bare text if the field has no id.

        Args:
            contents: instead of the label.
            attrs: HTML attributes.
            label_suffix: instead of the field's or the form's; added if the text does not end in punctuation.
            tag: element name instead of `label`.
        """
        contents = contents or self.label
        if label_suffix is None:
            label_suffix = self.form.label_suffix if self.field.label_suffix is None else self.field.label_suffix
        # Translators: If found as last label character, these punctuation characters will prevent the default
        # label_suffix to be appended to the label.
        if label_suffix and contents and contents[-1] not in _(":?.!"):
            contents = format_html("{}{}", contents, label_suffix)
        widget = self.field.widget
        id_ = widget.attrs.get("id") or self.auto_id
        if id_:
            attrs = attrs or {}
            if tag != "legend" and (id_for_label := widget.id_for_label(id_)):
                attrs = {**attrs, "for": id_for_label}
            required_class = getattr(self.form, "required_css_class", None)
            if self.field.required and required_class:
                attrs = {**attrs, "class": f"{attrs['class']} {required_class}" if "class" in attrs else required_class}
        context = {"field": self, "label": contents, "attrs": attrs, "use_tag": bool(id_), "tag": tag or "label"}
        rendered: SafeString = self.form.render(self.form.template_name_label, context)
        return rendered

    def legend_tag(
        self, contents: Any = None, attrs: dict[str, Any] | None = None, label_suffix: Any = None
    ) -> SafeString:
        """Return the label as a `<legend>`, for widgets in a `<fieldset>`."""
        return self.label_tag(contents, attrs, label_suffix, tag="legend")

    def css_classes(self, extra_classes: Any = None) -> str:
        """Return the CSS classes of the field's row, separated by spaces.

        Args:
            extra_classes: text or iterable of classes besides the form's for errors and required fields.
        """
        if hasattr(extra_classes, "split"):
            extra_classes = extra_classes.split()
        classes = set(extra_classes or [])
        if self.errors and hasattr(self.form, "error_css_class"):
            classes.add(self.form.error_css_class)
        if self.field.required and hasattr(self.form, "required_css_class"):
            classes.add(self.form.required_css_class)
        return " ".join(classes)

    @property
    def is_hidden(self) -> bool:
        """Whether the widget is hidden."""
        return bool(self.field.widget.is_hidden)

    @property
    def auto_id(self) -> str:
        """The id made from the form's `auto_id`; empty for none."""
        auto_id = self.form.auto_id
        if auto_id and "%s" in str(auto_id):
            return str(auto_id % self.html_name)
        return self.html_name if auto_id else ""

    @property
    def id_for_label(self) -> str:
        """The id a label points to."""
        widget = self.field.widget
        id_: str = widget.id_for_label(widget.attrs.get("id") or self.auto_id)
        return id_

    @cached_property
    def initial(self) -> Any:
        """The initial value, evaluated once."""
        return self.form.get_initial_for_field(self.field, self.name)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Any = None) -> dict[str, Any]:
        """Return the attributes of the widget: `required`, `disabled` and those that tell assistive technology more."""
        widget = widget or self.field.widget
        attrs = dict(attrs)
        field = self.field
        if widget.use_required_attribute(self.initial) and field.required and self.form.use_required_attribute:
            if not getattr(field, "require_all_fields", True) and isinstance(widget, MultiWidget):
                # MultiValueField: each part says for itself whether it is required.
                for subfield, subwidget in zip(field.fields, widget.widgets, strict=False):
                    subwidget.attrs["required"] = subwidget.use_required_attribute(self.initial) and subfield.required
            else:
                attrs["required"] = True
        if field.disabled:
            attrs["disabled"] = True
        if not widget.is_hidden and self.errors:
            attrs["aria-invalid"] = "true"
        if (
            not widget.use_fieldset
            and not attrs.get("aria-describedby")
            and not widget.attrs.get("aria-describedby")
            and (described_by := self.aria_describedby)
        ):
            attrs["aria-describedby"] = described_by
        return attrs

    @property
    def aria_describedby(self) -> str | None:
        """Ids of help text and errors, for the attribute of that name; None if the widget names its own."""
        if self.field.widget.attrs.get("aria-describedby"):
            return None
        if not self.auto_id or self.is_hidden:
            return ""
        ids = []
        if self.help_text:
            ids.append(f"{self.auto_id}_helptext")
        if self.errors:
            ids.append(f"{self.auto_id}_error")
        return " ".join(ids)

    @property
    def widget_type(self) -> str:
        """Class name of the widget in small letters, without `widget` or `input` at its end."""
        return _CAMEL_END.sub("", self.field.widget.__class__.__name__.lower())

    @property
    def use_fieldset(self) -> bool:
        """Whether the widget belongs in a `<fieldset>` with a `<legend>`."""
        return bool(self.field.widget.use_fieldset)


@html_safe
class BoundWidget:
    """One part of a widget; templates iterate over a bound field to get them.

    Args:
        parent_widget: the widget it is a part of.
        data: its context.
        renderer: renders it.
    """

    __module__ = "hotclub.forms.boundfield"

    def __init__(self, parent_widget: Any, data: dict[str, Any], renderer: Any) -> None:
        self.parent_widget = parent_widget
        self.data = data
        self.renderer = renderer

    def __str__(self) -> str:
        return self.tag(wrap_label=True)

    def tag(self, wrap_label: bool = False) -> SafeString:
        """Return the part as HTML, with its label around it or not."""
        context = {"widget": {**self.data, "wrap_label": wrap_label}}
        rendered: SafeString = self.parent_widget._render(self.template_name, context, self.renderer)
        return rendered

    @property
    def template_name(self) -> str:
        """Template of the part."""
        name: str = self.data.get("template_name") or self.parent_widget.template_name
        return name

    @property
    def id_for_label(self) -> Any:
        """The id a label points to."""
        return self.data["attrs"].get("id")

    @property
    def choice_label(self) -> Any:
        """The label of an option."""
        return self.data["label"]
