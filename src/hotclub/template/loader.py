"""Loads templates from all configured engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub._template.errors import TemplateDoesNotExist
from hotclub.template.handler import engines


def get_template(template_name: Any, using: str | None = None) -> Any:
    """Return the template of a name.

    Args:
        template_name: its name.
        using: name of the engine to ask; all of them in order, if None.

    Raises:
        TemplateDoesNotExist: no engine has it.
        TemplateSyntaxError: it is not well-formed.
    """
    chain: list[TemplateDoesNotExist] = []
    for engine in _engine_list(using):
        try:
            return engine.get_template(template_name)
        except TemplateDoesNotExist as error:
            chain.append(error)
    raise TemplateDoesNotExist(template_name, chain=chain)


def select_template(template_name_list: Sequence[Any], using: str | None = None) -> Any:
    """Return the first template that exists.

    Args:
        template_name_list: names, the preferred first.
        using: see `get_template`.

    Raises:
        TypeError: a single name was given.
        TemplateDoesNotExist: none exists.
    """
    if isinstance(template_name_list, str):
        raise TypeError(
            f"select_template() takes an iterable of template names but got a string: {template_name_list!r}. Use "
            "get_template() if you want to load a single template by name."
        )
    chain: list[TemplateDoesNotExist] = []
    for template_name in template_name_list:
        for engine in _engine_list(using):
            try:
                return engine.get_template(template_name)
            except TemplateDoesNotExist as error:
                chain.append(error)
    if template_name_list:
        raise TemplateDoesNotExist(", ".join(template_name_list), chain=chain)
    raise TemplateDoesNotExist("No template names provided")


def render_to_string(
    template_name: Any, context: dict[str, Any] | None = None, request: Any = None, using: str | None = None
) -> str:
    """Load a template (or the first existing of several) and render it.

    Args:
        template_name: name, or list of names.
        context: names and values.
        request: made known to context processors.
        using: see `get_template`.
    """
    if isinstance(template_name, (list, tuple)):
        template = select_template(template_name, using=using)
    else:
        template = get_template(template_name, using=using)
    return template.render(context, request)  # type: ignore[no-any-return]  # documented type


def _engine_list(using: str | None = None) -> list[Any]:
    return engines.all() if using is None else [engines[using]]
