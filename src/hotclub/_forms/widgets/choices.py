"""Widgets that offer choices: selects, radio buttons, groups of checkboxes. Must not know fields or forms."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from hotclub._forms.widgets.widget import Widget
from hotclub.utils.choices import normalize_choices
from hotclub.utils.formats import localize_input
from hotclub.utils.translation import gettext_lazy as _


class ChoiceWidget(Widget):
    """What all widgets with choices share.

    Args:
        attrs: HTML attributes of the element.
        choices: pairs, groups of pairs, a mapping, or a callable giving one of these.
    """

    allow_multiple_selected = False
    input_type: str | None = None
    template_name: Any = None
    option_template_name: Any = None
    add_id_index = True
    checked_attribute: Mapping[str, Any] = {"checked": True}
    option_inherits_attrs = True

    def __init__(self, attrs: Mapping[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__(attrs)
        self.choices = choices

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = super().__deepcopy__(memo)
        made._choices = copy.copy(self._choices)
        return made

    @property
    def choices(self) -> Any:
        return self._choices

    @choices.setter
    def choices(self, value: Any) -> None:
        self._choices = normalize_choices(value)

    def subwidgets(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Iterator[Any]:
        yield from self.options(name, self.format_value(value), attrs)

    def options(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yield the contexts of all options, without their groups."""
        for _label, options, _index in self.optgroups(name, value, attrs):
            yield from options

    def optgroups(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> list[Any]:
        """Return the groups as tuples of label (None outside a group), contexts of the options, and index."""
        groups: list[Any] = []
        has_selected = False
        for index, (option_value, option_label) in enumerate(self.choices):
            if option_value is None:
                option_value = ""
            options: list[Any] = []
            if isinstance(option_label, list | tuple):
                groups.append((option_value, options, index))
                choices: Any = option_label
                subindex: int | None = 0
            else:
                groups.append((None, options, index))
                choices = ((option_value, option_label),)
                subindex = None
            for subvalue, sublabel in choices:
                selected = (not has_selected or self.allow_multiple_selected) and str(subvalue) in value
                has_selected |= selected
                options.append(
                    self.create_option(name, subvalue, sublabel, selected, index, subindex=subindex, attrs=attrs)
                )
                if subindex is not None:
                    subindex += 1
        return groups

    def create_option(
        self,
        name: str,
        value: Any,
        label: Any,
        selected: bool,
        index: int,
        subindex: int | None = None,
        attrs: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the context of one option; the documented place to change it."""
        full_index = str(index) if subindex is None else f"{index}_{subindex}"
        option_attrs = self.build_attrs(self.attrs, attrs) if self.option_inherits_attrs else {}
        if selected:
            option_attrs.update(self.checked_attribute)
        if "id" in option_attrs:
            option_attrs["id"] = self.id_for_label(option_attrs["id"], full_index)
        return {
            "name": name,
            "value": value,
            "label": label,
            "selected": selected,
            "index": full_index,
            "attrs": option_attrs,
            "type": self.input_type,
            "template_name": self.option_template_name,
            "wrap_label": True,
        }

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["optgroups"] = self.optgroups(name, context["widget"]["value"], attrs)
        return context

    def id_for_label(self, id_: str, index: str = "0") -> str:
        # The options are numbered; a label for the whole points to the first.
        if id_ and self.add_id_index:
            id_ = f"{id_}_{index}"
        return id_

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if self.allow_multiple_selected and hasattr(data, "getlist"):
            return data.getlist(name)
        return data.get(name)

    def format_value(self, value: Any) -> list[str]:
        if value is None and self.allow_multiple_selected:
            return []
        if not isinstance(value, list | tuple):
            value = [value]
        shown = localize_input if self.is_localized else str
        return [str(shown(part)) if part is not None else "" for part in value]


class Select(ChoiceWidget):
    """A `<select>` element."""

    input_type = "select"
    template_name = "hotclub/forms/widgets/select.html"
    option_template_name = "hotclub/forms/widgets/select_option.html"
    add_id_index = False
    checked_attribute = {"selected": True}
    option_inherits_attrs = False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if self.allow_multiple_selected:
            context["widget"]["attrs"]["multiple"] = True
        return context

    def use_required_attribute(self, initial: Any) -> bool:
        # HTML allows `required` on a single select only if the first option is a placeholder with an empty value.
        if not super().use_required_attribute(initial):
            return False
        if self.allow_multiple_selected:
            return True
        first = next(iter(self.choices), None)
        return first is not None and _is_placeholder(first)


def _is_placeholder(choice: Any) -> bool:
    value, label = choice
    return not isinstance(label, list | tuple) and (value is None or value == "")


class NullBooleanSelect(Select):
    """Unknown, yes or no."""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(attrs, (("unknown", _("Unknown")), ("true", _("Yes")), ("false", _("No"))))

    def format_value(self, value: Any) -> str:  # type: ignore[override]  # one word; the test is "in"
        # "2" and "3" are the wire values of an older documented form.
        known = {True: "true", False: "false", "true": "true", "false": "false", "2": "true", "3": "false"}
        try:
            return known.get(value, "unknown")
        except TypeError:
            return "unknown"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        known = {True: True, "True": True, "true": True, "2": True, "False": False, "false": False, "3": False}
        known[False] = False
        try:
            return known.get(data.get(name))
        except TypeError:
            return None


class SelectMultiple(Select):
    """A `<select multiple>` element."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return getattr(data, "getlist", data.get)(name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        # Nothing selected sends nothing, so absence is not an omission.
        return False


class RadioSelect(ChoiceWidget):
    """Radio buttons."""

    input_type = "radio"
    template_name = "hotclub/forms/widgets/radio.html"
    option_template_name = "hotclub/forms/widgets/radio_option.html"
    use_fieldset = True

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        # A label for all buttons would select the first when clicked: there is none.
        if index is None:
            return ""
        return super().id_for_label(id_, index)


class CheckboxSelectMultiple(RadioSelect):
    """Checkboxes of one name."""

    allow_multiple_selected = True
    input_type = "checkbox"
    template_name = "hotclub/forms/widgets/checkbox_select.html"
    option_template_name = "hotclub/forms/widgets/checkbox_option.html"

    def use_required_attribute(self, initial: Any) -> bool:
        # The browser would ask for all of them instead of one.
        return False

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        # Nothing checked sends nothing.
        return False
