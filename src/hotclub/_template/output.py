"""How a value becomes text: local time, localization, escaping.

`render_value_in_context` is the documented general way. The guarded fast paths that generated code takes first give
the same text for exact `str` and `int`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import markupsafe

from hotclub.utils.formats import localize
from hotclub.utils.html import conditional_escape
from hotclub.utils.safestring import SafeString
from hotclub.utils.timezone import template_localtime

# The C function behind markupsafe.escape; it gives the same object back if there is nothing to escape.
escape_inner: Callable[[str], str] = getattr(markupsafe, "_escape_inner", lambda text: str(markupsafe.escape(text)))


def documented_entities(text: str) -> str:
    """Give quotes the documented entities; all ampersands of the input are escaped already, so this is exact."""
    if "&#" in text:
        return text.replace("&#39;", "&#x27;").replace("&#34;", "&quot;")
    return text


def escape_text(text: str) -> str:
    """Escape an exact `str`."""
    escaped = escape_inner(text)
    return escaped if escaped is text else documented_entities(escaped)


class NumberRule:
    """Says whether integers are shown with their plain digits; the façade replaces the rule, as it knows settings."""

    __slots__ = ("rule",)

    def __init__(self) -> None:
        self.rule: Callable[[Any], bool] = lambda context: False

    def __call__(self, context: Any) -> bool:
        return self.rule(context)


plain_integers = NumberRule()


def render_value_in_context(value: Any, context: Any) -> str:
    """Return the text shown for a value: localized, and escaped if the context asks for it."""
    kind = type(value)
    if kind is str:
        return escape_text(value) if context.autoescape else value
    if kind is SafeString:
        return value  # type: ignore[no-any-return]  # checked by kind
    if kind is int and plain_integers(context):
        return str(value)
    value = template_localtime(value, use_tz=context.use_tz)
    value = localize(value, use_l10n=context.use_l10n)
    if context.autoescape:
        if not issubclass(type(value), str):
            value = str(value)
        text: str = conditional_escape(value)
        return text
    return str(value)


render_value_in_context.__module__ = "hotclub.template.base"
