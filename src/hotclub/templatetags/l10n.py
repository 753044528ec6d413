"""Tags and filters that switch localization of values."""

from __future__ import annotations

from typing import Any

from hotclub._template.errors import TemplateSyntaxError
from hotclub._template.library import Library
from hotclub._template.nodes import AnnotatedNode, NodeList
from hotclub.utils import formats

register = Library()


@register.filter(is_safe=False)
def localize(value: Any) -> str:
    """Show a value in the language's format, whatever the surroundings say."""
    return str(formats.localize(value, use_l10n=True))


@register.filter(is_safe=False)
def unlocalize(value: Any) -> str:
    """Show a value as Python does, whatever the surroundings say."""
    return str(formats.localize(value, use_l10n=False))


class LocalizeNode(AnnotatedNode):
    """Switches localization for its body."""

    def __init__(self, nodelist: NodeList, use_l10n: bool) -> None:
        self.nodelist = nodelist
        self.use_l10n = use_l10n

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}>"

    def render(self, context: Any) -> Any:
        outer, context.use_l10n = context.use_l10n, self.use_l10n
        try:
            return self.nodelist.render(context)
        finally:
            context.use_l10n = outer


@register.tag("localize")
def localize_tag(parser: Any, token: Any) -> LocalizeNode:
    """Switch localization: `{% localize off %}…{% endlocalize %}`."""
    words = token.split_contents()
    if len(words) > 2 or (len(words) == 2 and words[1] not in ("on", "off")):
        raise TemplateSyntaxError(f"{words[0]!r} argument should be 'on' or 'off'")
    nodelist = parser.parse(("endlocalize",))
    parser.delete_first_token()
    return LocalizeNode(nodelist, words[1:] != ["off"])
