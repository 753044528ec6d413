"""Filters for the admin's templates."""

from __future__ import annotations

from typing import Any

from hotclub import template
from hotclub.contrib.admin.parameters import EMPTY_VALUE_STRING
from hotclub.contrib.admin.utils import display_for_value
from hotclub.template.defaultfilters import unordered_list
from hotclub.utils.html import format_html
from hotclub.utils.safestring import mark_safe
from hotclub.utils.translation import ngettext

register = template.Library()


@register.filter(needs_autoescape=True)
def truncated_unordered_list(value: Any, max_items: Any, autoescape: bool = True) -> Any:
    """Return a nested list as HTML list items, at most so many; the rest is counted.

    Args:
        value: a nested list.
        max_items: greatest number of items; None for all.
        autoescape: escape texts.
    """
    if max_items is None or max_items == "":
        return unordered_list(value, autoescape=autoescape)
    limit = int(max_items)
    if limit == 0:
        return ""
    kept, left_out = _cut(value, limit)
    html = unordered_list(kept, autoescape=autoescape)
    if left_out:
        text = ngettext("…and %(count)d more object.", "…and %(count)d more objects.", left_out) % {"count": left_out}
        html = mark_safe(html + format_html("\n\t<li>{}</li>", text))
    return html


@register.filter
def to_object_display_value(value: Any) -> Any:
    """Return the text of an object; a dash for one that has none to see."""
    return display_for_value(str(value), EMPTY_VALUE_STRING)


def _cut(items: Any, limit: int) -> tuple[list[Any], int]:
    """Return the first items of a nested list, and how many there are beyond them."""
    kept: list[Any] = []
    left_out = 0
    room = limit
    for item in items:
        if isinstance(item, list | tuple):
            inner, more = _cut(item, room)
            if inner:
                kept.append(inner)
            room -= _count(inner)
            left_out += more
        elif room > 0:
            kept.append(item)
            room -= 1
        else:
            left_out += 1
    return kept, left_out


def _count(items: Any) -> int:
    return sum(_count(item) if isinstance(item, list | tuple) else 1 for item in items)
