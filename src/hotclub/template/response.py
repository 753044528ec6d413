"""Responses that are rendered late: middleware and decorators may still change template and context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.http import HttpResponse
from hotclub.template.loader import get_template, select_template


class ContentNotRenderedError(Exception):
    """The content was asked for before the response was rendered."""


class SimpleTemplateResponse(HttpResponse):
    """A response whose content is a template that is rendered when the response is sent.

    Args:
        template: a template object, a name or a list of names.
        context: names and values.
        content_type: see `HttpResponse`.
        status: see `HttpResponse`.
        charset: see `HttpResponse`.
        using: name of the engine that loads the template.
        headers: see `HttpResponse`.
    """

    non_picklable_attrs = HttpResponse.non_picklable_attrs | frozenset(
        ["template_name", "context_data", "_post_render_callbacks"]
    )
    rendering_attrs = ["template_name", "context_data", "_post_render_callbacks"]

    def __init__(
        self,
        template: Any,
        context: dict[str, Any] | None = None,
        content_type: str | None = None,
        status: int | None = None,
        charset: str | None = None,
        using: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.template_name = template
        self.context_data = context
        self.using = using
        self._post_render_callbacks: list[Callable[[Any], Any]] = []
        self._request: Any = None
        # The base class assigns the content, which is not that of a rendering.
        super().__init__("", content_type, status, charset=charset, headers=headers)
        self._is_rendered = False

    def __getstate__(self) -> dict[str, Any]:
        """Return the state for pickling.

        Raises:
            ContentNotRenderedError: the response is not rendered yet.
        """
        if not self._is_rendered:
            raise ContentNotRenderedError("The response content must be rendered before it can be pickled.")
        return super().__getstate__()

    def resolve_template(self, template: Any) -> Any:
        """Return the template object for a template, a name or several names."""
        if isinstance(template, (list, tuple)):
            return select_template(template, using=self.using)
        if isinstance(template, str):
            return get_template(template, using=self.using)
        return template

    def resolve_context(self, context: Any) -> Any:
        """Return the context to render with."""
        return context

    @property
    def rendered_content(self) -> str:
        """The template rendered now; the response is not changed by asking."""
        template = self.resolve_template(self.template_name)
        context = self.resolve_context(self.context_data)
        return template.render(context, self._request)  # type: ignore[no-any-return]  # documented type

    def add_post_render_callback(self, callback: Callable[[Any], Any]) -> None:
        """Call a function with the response after rendering; at once, if it is rendered already."""
        if self._is_rendered:
            callback(self)
        else:
            self._post_render_callbacks.append(callback)

    def render(self) -> Any:
        """Render the content, once.

        Returns:
            This response, or the one that the last callback with a result gave.
        """
        response: Any = self
        if not self._is_rendered:
            self.content = self.rendered_content
            for callback in self._post_render_callbacks:
                result = callback(response)
                if result is not None:
                    response = result
        return response

    @property
    def is_rendered(self) -> bool:
        """Whether the content has been rendered."""
        return self._is_rendered

    def __iter__(self) -> Any:
        if not self._is_rendered:
            raise ContentNotRenderedError("The response content must be rendered before it can be iterated over.")
        return super().__iter__()

    @property
    def content(self) -> Any:
        """The rendered content.

        Raises:
            ContentNotRenderedError: the response is not rendered yet.
        """
        if not self._is_rendered:
            raise ContentNotRenderedError("The response content must be rendered before it can be accessed.")
        return super().content

    @content.setter
    def content(self, value: Any) -> None:
        HttpResponse.content.fset(self, value)  # type: ignore[attr-defined]  # the property of the base class
        self._is_rendered = True


class TemplateResponse(SimpleTemplateResponse):
    """A late response that knows its request, so that context processors run.

    Args:
        request: the request.

    The other arguments are those of `SimpleTemplateResponse`.
    """

    rendering_attrs = [*SimpleTemplateResponse.rendering_attrs, "_request"]
    non_picklable_attrs = SimpleTemplateResponse.non_picklable_attrs | frozenset(["_request"])

    def __init__(
        self,
        request: Any,
        template: Any,
        context: dict[str, Any] | None = None,
        content_type: str | None = None,
        status: int | None = None,
        charset: str | None = None,
        using: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(template, context, content_type, status, charset, using, headers=headers)
        self._request = request
