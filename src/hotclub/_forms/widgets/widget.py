"""The widget protocol. Must not know fields, forms or particular widgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hotclub._forms.environment import Renderer, environment
from hotclub._forms.media import MediaDefiningClass
from hotclub.utils.formats import localize_input
from hotclub.utils.safestring import SafeString, mark_safe


class Widget(metaclass=MediaDefiningClass):
    """Shows a value as HTML and reads it back from submitted data.

    Args:
        attrs: HTML attributes of the rendered element.
    """

    needs_multipart_form = False
    is_localized = False
    is_required = False
    supports_microseconds = True
    use_fieldset = False
    template_name: str
    input_type: str | None = None

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        self.attrs: dict[str, Any] = {} if attrs is None else dict(attrs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made: Any = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.attrs = self.attrs.copy()
        memo[id(self)] = made
        return made

    @property
    def is_hidden(self) -> bool:
        """Whether this is an input of type hidden."""
        return self.input_type == "hidden"

    def subwidgets(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> Iterator[Any]:
        """Yield the contexts of the parts this widget consists of; itself, if it has none."""
        yield self.get_context(name, value, attrs)["widget"]

    def format_value(self, value: Any) -> Any:
        """Return the value as the template shows it; None for an empty one or a database expression."""
        if value is None or value == "" or hasattr(value, "resolve_expression"):
            return None
        if self.is_localized:
            return localize_input(value)
        return str(value)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return the context of the template: everything under the key `widget`."""
        return {
            "widget": {
                "name": name,
                "is_hidden": self.is_hidden,
                "required": self.is_required,
                "value": self.format_value(value),
                "attrs": self.build_attrs(self.attrs, attrs),
                "template_name": self.template_name,
            }
        }

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Renderer | None = None
    ) -> SafeString:
        """Return the widget as HTML.

        Args:
            name: name of the form control.
            value: value to show.
            attrs: HTML attributes besides those of the widget.
            renderer: instead of the default one.
        """
        return self._render(self.template_name, self.get_context(name, value, attrs), renderer)

    def _render(self, template_name: str, context: dict[str, Any], renderer: Renderer | None = None) -> SafeString:
        return mark_safe((renderer or environment.default_renderer()).render(template_name, context))

    def build_attrs(
        self, base_attrs: Mapping[str, Any], extra_attrs: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return both sets of attributes as one; the extra ones win."""
        return {**base_attrs, **(extra_attrs or {})}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return this widget's value in the submitted data, or None."""
        return data.get(name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Return whether the data hold nothing for this widget."""
        return name not in data

    def id_for_label(self, id_: str) -> str:
        """Return the id a label points to; empty for none."""
        return id_

    def use_required_attribute(self, initial: Any) -> bool:
        """Return whether the `required` attribute may be rendered."""
        return not self.is_hidden
