"""Template tags of the authentication app."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, identify_hasher
from hotclub.template import Library
from hotclub.utils.html import format_html, format_html_join
from hotclub.utils.safestring import SafeString
from hotclub.utils.translation import gettext

register = Library()


@register.simple_tag  # type: ignore[untyped-decorator, unused-ignore]
def render_password_as_hash(value: Any) -> SafeString:
    """Show how a password is stored, without showing it."""
    if not value or value.startswith(UNUSABLE_PASSWORD_PREFIX):
        return format_html("<p><strong>{}</strong></p>", gettext("No password set."))
    try:
        parts = identify_hasher(value).safe_summary(value)
    except ValueError:
        return format_html(
            "<p><strong>{}</strong></p>", gettext("Invalid password format or unknown hashing algorithm.")
        )
    shown = ((gettext(key), text) for key, text in parts.items())
    return format_html("<p>{}</p>", format_html_join(" ", "<strong>{}</strong>: <bdi>{}</bdi>", shown))
