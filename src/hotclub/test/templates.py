"""Watching templates render: the signal, and the context that collects names. Knows no test case."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hotclub.test.captures import ContextList
from hotclub.test.signals import template_rendered

if TYPE_CHECKING:
    from typing import Self


def store_rendered_templates(
    store: dict[str, Any], signal: Any, sender: Any, template: Any, context: Any, **_: Any
) -> None:
    """Keep a template and a copy of its context: a receiver of `template_rendered`, for the test client.

    The copy matters: the context changes as rendering goes on.
    """
    store.setdefault("templates", []).append(template)
    store.setdefault("context", ContextList()).append(copy.copy(context))


def template_names(templates: Iterable[Any]) -> list[str]:
    """Return the names of rendered templates: of a partial with its template's in front, as it is asked for."""
    names = []
    for template in templates:
        if template.name is None:
            continue
        if hasattr(template, "find_partial_source"):
            names.append(f"{template.origin.template_name}#{template.name}")
        else:
            names.append(template.name)
    return names


class TemplateWatch:
    """Collects the names of templates rendered inside `with`, then hands them to a check.

    Args:
        check: called with the names, in order, unless the block failed.
    """

    def __init__(self, check: Callable[[list[str]], None]) -> None:
        self.check = check
        self.rendered_templates: list[Any] = []
        self.context = ContextList()

    @property
    def rendered_template_names(self) -> list[str]:
        """Names so far; templates without a name are left out."""
        return template_names(self.rendered_templates)

    def on_template_render(self, sender: Any, signal: Any, template: Any, context: Any, **_: Any) -> None:
        """Receive the signal."""
        self.rendered_templates.append(template)
        self.context.append(copy.copy(context))

    def __enter__(self) -> Self:
        template_rendered.connect(self.on_template_render)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        template_rendered.disconnect(self.on_template_render)
        if kind is None:
            self.check(self.rendered_template_names)
