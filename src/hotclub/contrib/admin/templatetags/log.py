"""The tag that reads the log for the index page."""

from __future__ import annotations

from typing import Any

from hotclub import template

register = template.Library()


class AdminLogNode(template.Node):
    """Puts log entries into the context.

    Args:
        limit: how many.
        varname: name in the context.
        user: name of the user in the context, or a key; None for all users.
    """

    def __init__(self, limit: str, varname: str, user: str | None) -> None:
        self.limit = limit
        self.varname = varname
        self.user = user

    def __repr__(self) -> str:
        return "<GetAdminLog Node>"

    def render(self, context: Any) -> str:
        entries = context["log_entries"]
        if self.user is not None:
            user_id = self.user
            if not user_id.isdigit():
                user_id = context[self.user].pk
            entries = entries.filter(user__pk=user_id)
        context[self.varname] = entries[: int(self.limit)]
        return ""


@register.tag
def get_admin_log(parser: Any, token: Any) -> AdminLogNode:
    """Read the log: `{% get_admin_log 10 as admin_log for_user user %}`."""
    words = token.contents.split()
    if len(words) < 4:
        raise template.TemplateSyntaxError("'get_admin_log' statements require two arguments")
    if not words[1].isdigit():
        raise template.TemplateSyntaxError("First argument to 'get_admin_log' must be an integer")
    if words[2] != "as":
        raise template.TemplateSyntaxError("Second argument to 'get_admin_log' must be 'as'")
    if len(words) > 4 and words[4] != "for_user":
        raise template.TemplateSyntaxError("Fourth argument to 'get_admin_log' must be 'for_user'")
    return AdminLogNode(limit=words[1], varname=words[3], user=words[5] if len(words) > 5 else None)
