"""Tags and filters for time zones."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, tzinfo
from typing import Any

from hotclub._template.errors import TemplateSyntaxError
from hotclub._template.expression import FilterExpression
from hotclub._template.library import Library
from hotclub._template.nodes import AnnotatedNode, NodeList
from hotclub._template.tags.values import StoredNode, stored_name
from hotclub.utils import timezone

register = Library()


class datetimeobject(datetime):  # the name shows in debug output of existing projects
    """A moment that was converted already; templates leave it as it is."""

    convert_to_local_time = False


@register.filter
def localtime(value: Any) -> Any:
    """Convert a moment to the current time zone."""
    return in_timezone(value, timezone.get_current_timezone())


@register.filter
def utc(value: Any) -> Any:
    """Convert a moment to UTC."""
    return in_timezone(value, UTC)


@register.filter("timezone")
def in_timezone(value: Any, arg: Any) -> Any:
    """Convert a moment to a time zone.

    Args:
        value: a datetime; a naive one is taken to be in the default time zone.
        arg: a `tzinfo`, or a name.

    Returns:
        The moment; an empty text if the value is no datetime or the zone is unknown.
    """
    if not isinstance(value, datetime):
        return ""
    try:
        if timezone.is_naive(value):
            value = timezone.make_aware(value, timezone.get_default_timezone())
        if isinstance(arg, tzinfo):
            zone = arg
        elif isinstance(arg, str):
            zone = zoneinfo.ZoneInfo(arg)
        else:
            return ""
        moved = timezone.localtime(value, zone)
    except (ValueError, OverflowError, zoneinfo.ZoneInfoNotFoundError, OSError):
        return ""
    return datetimeobject(
        moved.year,
        moved.month,
        moved.day,
        moved.hour,
        moved.minute,
        moved.second,
        moved.microsecond,
        moved.tzinfo,
        fold=moved.fold,
    )


class LocalTimeNode(AnnotatedNode):
    """Switches conversion to local time for its body."""

    def __init__(self, nodelist: NodeList, use_tz: bool) -> None:
        self.nodelist = nodelist
        self.use_tz = use_tz

    def render(self, context: Any) -> Any:
        outer, context.use_tz = context.use_tz, self.use_tz
        try:
            return self.nodelist.render(context)
        finally:
            context.use_tz = outer


class TimezoneNode(AnnotatedNode):
    """Sets the time zone for its body."""

    def __init__(self, nodelist: NodeList, tz: FilterExpression) -> None:
        self.nodelist = nodelist
        self.tz = tz

    def render(self, context: Any) -> Any:
        with timezone.override(self.tz.resolve(context)):
            return self.nodelist.render(context)


@register.tag("localtime")
def localtime_tag(parser: Any, token: Any) -> LocalTimeNode:
    """Switch conversion to local time: `{% localtime off %}…{% endlocaltime %}`."""
    words = token.split_contents()
    if len(words) > 2 or (len(words) == 2 and words[1] not in ("on", "off")):
        raise TemplateSyntaxError(f"{words[0]!r} argument should be 'on' or 'off'")
    nodelist = parser.parse(("endlocaltime",))
    parser.delete_first_token()
    return LocalTimeNode(nodelist, words[1:] != ["off"])


@register.tag("timezone")
def timezone_tag(parser: Any, token: Any) -> TimezoneNode:
    """Set the time zone: `{% timezone "Europe/Paris" %}…{% endtimezone %}`; None switches back to the default."""
    words = token.split_contents()
    if len(words) != 2:
        raise TemplateSyntaxError(f"'{words[0]}' takes one argument (timezone)")
    zone = parser.compile_filter(words[1])
    nodelist = parser.parse(("endtimezone",))
    parser.delete_first_token()
    return TimezoneNode(nodelist, zone)


@register.tag("get_current_timezone")
def get_current_timezone_tag(parser: Any, token: Any) -> StoredNode:
    """Store the name of the current time zone: `{% get_current_timezone as name %}`."""
    return StoredNode(stored_name(token), lambda context: timezone.get_current_timezone_name())
