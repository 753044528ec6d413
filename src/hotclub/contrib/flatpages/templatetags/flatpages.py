"""A tag that lists flat pages."""

from __future__ import annotations

from typing import Any

from hotclub import template
from hotclub.conf import settings
from hotclub.contrib.flatpages.models import FlatPage
from hotclub.contrib.sites.shortcuts import get_current_site

register = template.Library()


class FlatpageNode(template.Node):
    """Stores flat pages of the current site under a name."""

    child_nodelists = ()

    def __init__(self, context_name: str, starts_with: Any = None, user: Any = None) -> None:
        self.context_name = context_name
        self.starts_with = starts_with
        self.user = user

    def render(self, context: Any) -> str:
        site_id = get_current_site(context["request"]).pk if "request" in context else settings.SITE_ID
        pages = FlatPage.objects.filter(sites__id=site_id)
        if self.starts_with is not None:
            pages = pages.filter(url__startswith=self.starts_with.resolve(context))
        user = None if self.user is None else self.user.resolve(context)
        if user is None or not getattr(user, "is_authenticated", False):
            pages = pages.filter(registration_required=False)
        context[self.context_name] = pages
        return ""


@register.tag
def get_flatpages(parser: Any, token: Any) -> FlatpageNode:
    """Store flat pages: `{% get_flatpages "/about/" for user as pages %}`.

    Without `for`, or for nobody who is logged in, pages that require a login are left out.
    """
    name, *words = token.split_contents()
    starts_with = user = None
    if len(words) in (3, 5):
        starts_with = parser.compile_filter(words.pop(0))
    if len(words) == 4 and words[0] == "for":
        user = parser.compile_filter(words[1])
        words = words[2:]
    if len(words) != 2 or words[0] != "as":
        raise template.TemplateSyntaxError(
            f"{name} expects a syntax of {name} ['url_starts_with'] [for user] as context_name"
        )
    return FlatpageNode(words[1], starts_with, user)
