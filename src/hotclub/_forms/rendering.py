"""Objects that render themselves through a renderer and a template. Must not know what they show."""

from __future__ import annotations

import json
from typing import Any

from hotclub._forms.environment import Renderer, environment
from hotclub.utils.safestring import SafeString, mark_safe


class RenderableMixin:
    """Rendering through `template_name`, `get_context()` and `renderer`; `str()` renders."""

    template_name: Any = None
    renderer: Any = None

    def get_context(self) -> dict[str, Any]:
        """Return the context of the template."""
        raise NotImplementedError("Subclasses of RenderableMixin must provide a get_context() method.")

    def render(
        self, template_name: str | None = None, context: dict[str, Any] | None = None, renderer: Renderer | None = None
    ) -> SafeString:
        """Render with a template.

        Args:
            template_name: instead of the object's own.
            context: instead of `get_context()`.
            renderer: instead of the object's own.
        """
        renderer = renderer or self.renderer
        template = template_name or self.template_name
        context = context or self.get_context()
        return mark_safe((renderer or environment.default_renderer()).render(template, context))

    def __str__(self) -> str:
        return self.render()

    def __html__(self) -> str:
        return self.render()


class RenderableFieldMixin(RenderableMixin):
    """What a bound field offers beside `render()`."""

    def as_field_group(self) -> SafeString:
        """Render label, help text, errors and widget together."""
        return self.render()

    def as_hidden(self, attrs: dict[str, Any] | None = None, **kwargs: Any) -> SafeString:
        """Render the hidden widget."""
        raise NotImplementedError("Subclasses of RenderableFieldMixin must provide an as_hidden() method.")

    def as_widget(self, *args: Any, **kwargs: Any) -> SafeString:
        """Render the widget alone."""
        raise NotImplementedError("Subclasses of RenderableFieldMixin must provide an as_widget() method.")

    def __str__(self) -> str:
        """Render as a widget, in hidden form beside it where the initial value has to travel along."""
        if getattr(self, "field").show_hidden_initial:  # noqa: B009  # provided by the class this is mixed into
            return mark_safe(self.as_widget() + self.as_hidden(only_initial=True))
        return self.as_widget()

    def __html__(self) -> str:
        return str(self)


class RenderableFormMixin(RenderableMixin):
    """The documented layouts of forms and formsets."""

    template_name_p: str
    template_name_table: str
    template_name_ul: str
    template_name_div: str

    def as_p(self) -> SafeString:
        """Render as paragraphs."""
        return self.render(self.template_name_p)

    def as_table(self) -> SafeString:
        """Render as table rows, without `<table>`."""
        return self.render(self.template_name_table)

    def as_ul(self) -> SafeString:
        """Render as list items, without `<ul>`."""
        return self.render(self.template_name_ul)

    def as_div(self) -> SafeString:
        """Render as `<div>` elements."""
        return self.render(self.template_name_div)


class RenderableErrorMixin(RenderableMixin):
    """The documented layouts of errors."""

    template_name_text: str
    template_name_ul: str

    def get_json_data(self, escape_html: bool = False) -> Any:
        """Return the errors as plain data."""
        raise NotImplementedError("Subclasses of RenderableErrorMixin must provide a get_json_data() method.")

    def as_json(self, escape_html: bool = False) -> str:
        """Return the errors as JSON text."""
        return json.dumps(self.get_json_data(escape_html))

    def as_text(self) -> SafeString:
        """Render as plain text, one line an error."""
        return self.render(self.template_name_text)

    def as_ul(self) -> SafeString:
        """Render as an HTML list."""
        return self.render(self.template_name_ul)
