"""Widgets that are one `<input>` or `<textarea>`. Must not know fields or forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hotclub._forms.widgets.widget import Widget


class Input(Widget):
    """An `<input>` element; `input_type` is its type."""

    input_type: str | None = None
    template_name = "hotclub/forms/widgets/input.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        if attrs is not None:
            attrs = dict(attrs)
            self.input_type = attrs.pop("type", self.input_type)
        super().__init__(attrs)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["type"] = self.input_type
        return context


class TextInput(Input):
    input_type = "text"
    template_name = "hotclub/forms/widgets/text.html"


class NumberInput(Input):
    input_type = "number"
    template_name = "hotclub/forms/widgets/number.html"


class EmailInput(Input):
    input_type = "email"
    template_name = "hotclub/forms/widgets/email.html"


class URLInput(Input):
    input_type = "url"
    template_name = "hotclub/forms/widgets/url.html"


class ColorInput(Input):
    input_type = "color"
    template_name = "hotclub/forms/widgets/color.html"


class SearchInput(Input):
    input_type = "search"
    template_name = "hotclub/forms/widgets/search.html"


class TelInput(Input):
    input_type = "tel"
    template_name = "hotclub/forms/widgets/tel.html"


class PasswordInput(Input):
    """A password; what was submitted is not sent back unless `render_value` asks for it."""

    input_type = "password"
    template_name = "hotclub/forms/widgets/password.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None, render_value: bool = False) -> None:
        super().__init__(attrs)
        self.render_value = render_value

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value if self.render_value else None, attrs)


class HiddenInput(Input):
    input_type = "hidden"
    template_name = "hotclub/forms/widgets/hidden.html"


class MultipleHiddenInput(HiddenInput):
    """Hidden inputs of the same name, one for each value of a list."""

    template_name = "hotclub/forms/widgets/multiple_hidden.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shared = context["widget"]["attrs"]
        id_ = shared.get("id")
        subwidgets = []
        for index, part in enumerate(context["widget"]["value"]):
            part_attrs = dict(shared)
            if id_:
                part_attrs["id"] = f"{id_}_{index}"
            widget = HiddenInput()
            widget.is_required = self.is_required
            subwidgets.append(widget.get_context(name, part, part_attrs)["widget"])
        context["widget"]["subwidgets"] = subwidgets
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return getattr(data, "getlist", data.get)(name)

    def format_value(self, value: Any) -> Any:
        return [] if value is None else value


class Textarea(Widget):
    template_name = "hotclub/forms/widgets/textarea.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__({"cols": "40", "rows": "10", **(attrs or {})})


def boolean_check(value: Any) -> bool:
    """Whether a checkbox shows a value as checked: everything but False, None and the empty string."""
    return not (value is False or value is None or value == "")


class CheckboxInput(Input):
    """A checkbox.

    Args:
        check_test: tells for a value whether the box is checked.
    """

    input_type = "checkbox"
    template_name = "hotclub/forms/widgets/checkbox.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None, check_test: Callable[[Any], bool] | None = None) -> None:
        super().__init__(attrs)
        self.check_test = boolean_check if check_test is None else check_test

    def format_value(self, value: Any) -> Any:
        if value is True or not boolean_check(value):
            return None
        return str(value)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        if self.check_test(value):
            attrs = {**(attrs or {}), "checked": True}
        return super().get_context(name, value, attrs)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if name not in data:
            # A checkbox that is not checked sends nothing.
            return False
        value = data.get(name)
        if isinstance(value, str):
            value = {"true": True, "false": False}.get(value.lower(), value)
        return bool(value)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        # Absence means "not checked", so it is never an omission.
        return False
