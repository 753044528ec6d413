"""HTML attributes and names made for people. Must not know forms or widgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotclub.utils.html import conditional_escape
from hotclub.utils.safestring import SafeString, mark_safe


def pretty_name(name: str | None) -> str:
    """Turn `first_name` into "First name"; an empty or missing name into an empty string."""
    if not name:
        return ""
    return name[0].upper() + name[1:].replace("_", " ") if name[0] != "_" else name.replace("_", " ").capitalize()


def flatatt(attrs: Mapping[str, Any]) -> SafeString:
    """Return attributes as HTML with a leading space each, sorted by name.

    Args:
        attrs: names and values. True gives the bare name after the others; False and None leave it out.

    Returns:
        Safe text such as ` class="a" id="b" required`.
    """
    valued = []
    bare = []
    for name, value in attrs.items():
        if value is True:
            bare.append(name)
        elif value is not None and value is not False:
            valued.append((name, value))
    parts = [f' {name}="{conditional_escape(value)}"' for name, value in sorted(valued)]
    parts += [f" {name}" for name in sorted(bare)]
    return mark_safe("".join(parts))
