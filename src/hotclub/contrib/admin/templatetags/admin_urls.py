"""URLs of the admin in templates."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from hotclub import template
from hotclub.contrib.admin.utils import quote
from hotclub.urls import Resolver404, get_script_prefix, resolve
from hotclub.utils.http import urlencode

register = template.Library()


@register.filter
def admin_urlname(value: Any, arg: str) -> str:
    """Return the name of a model's page: `opts|admin_urlname:"add"`."""
    return f"admin:{value.app_label}_{value.model_name}_{arg}"


@register.filter
def admin_urlquote(value: Any) -> Any:
    """Return a primary key as it stands in URLs."""
    return quote(value)


@register.simple_tag(takes_context=True)
def add_preserved_filters(context: Any, url: str, popup: bool = False, to_field: Any = None) -> str:
    """Return a URL with the query string of the list the user came from.

    Args:
        context: has `opts` and `preserved_filters`.
        url: the URL.
        popup: whether the page is a popup.
        to_field: the field whose value a popup gives.
    """
    opts = context.get("opts")
    preserved_filters = context.get("preserved_filters")
    preserved_pairs = context.get("preserved_qsl")
    parts = list(urlsplit(url))
    query = dict(parse_qsl(parts[3]))
    merged: dict[str, Any] = {}
    if preserved_pairs:
        merged.update(preserved_pairs)
    if opts and preserved_filters:
        preserved = dict(parse_qsl(preserved_filters))
        # On the list itself the filters stand in the query string as they are.
        if "_changelist_filters" in preserved and _is_changelist(parts[2], opts):
            preserved = dict(parse_qsl(preserved["_changelist_filters"]))
        merged.update(preserved)
    if popup:
        # The names are constants of the documented protocol of popups.
        merged["_popup"] = 1
    if to_field:
        merged["_to_field"] = to_field
    merged.update(query)
    parts[3] = urlencode(merged)
    return urlunsplit(parts)


def _is_changelist(url_path: str, opts: Any) -> bool:
    try:
        match = resolve("/" + unquote(url_path).partition(get_script_prefix())[2])
    except Resolver404:
        return False
    current = f"{match.app_name}:{match.url_name}"
    return current == f"admin:{opts.app_label}_{opts.model_name}_changelist"
