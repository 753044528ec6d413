"""Partials: named parts of a template that render where they are used, or on their own (`page.html#name`)."""

from __future__ import annotations

from typing import Any

from hotclub._template.errors import TemplateSyntaxError
from hotclub._template.library import Library
from hotclub._template.nodes import AnnotatedNode, NodeList
from hotclub._template.template import PartialTemplate

register = Library()


class PartialDefNode(AnnotatedNode):
    """Defines a partial; shows it in place only if it is `inline`."""

    def __init__(self, partial_name: str, inline: bool, nodelist: NodeList) -> None:
        self.partial_name = partial_name
        self.inline = inline
        self.nodelist = nodelist

    def render(self, context: Any) -> Any:
        return self.nodelist.render(context) if self.inline else ""


class PartialNode(AnnotatedNode):
    """Shows a partial."""

    child_nodelists = ()

    def __init__(self, partial_name: str, partial_mapping: dict[str, PartialTemplate]) -> None:
        self.partial_name = partial_name
        self.partial_mapping = partial_mapping

    def render(self, context: Any) -> Any:
        partial = self.partial_mapping.get(self.partial_name)
        if partial is None:
            raise TemplateSyntaxError(f"Partial '{self.partial_name}' is not defined in the current template.")
        return partial.render(context)


@register.tag(name="partialdef")
def partialdef_tag(parser: Any, token: Any) -> PartialDefNode:
    """Define a partial: `{% partialdef name inline %}…{% endpartialdef name %}`."""
    words = token.split_contents()
    if len(words) == 3 and words[2] != "inline":
        raise TemplateSyntaxError(
            "The 'inline' argument does not have any parameters; either use 'inline' or remove it."
        )
    if len(words) > 3:
        raise TemplateSyntaxError("'partialdef' tag takes at most 2 arguments")
    if len(words) < 2:
        raise TemplateSyntaxError("'partialdef' tag requires a name")
    name = words[1]
    nodelist = parser.parse(("endpartialdef",))
    end_token = parser.next_token()
    acceptable = ("endpartialdef", f"endpartialdef {name}")
    if end_token.contents not in acceptable:
        parser.invalid_block_tag(end_token, end_token.contents, acceptable)
    partials: dict[str, PartialTemplate] = parser.extra_data.setdefault("partials", {})
    if name in partials:
        raise TemplateSyntaxError(f"Partial '{name}' is already defined in the '{parser.origin.name}' template.")
    partials[name] = PartialTemplate(
        nodelist,
        parser.origin,
        name,
        source_start=token.position[0] if token.position else None,
        source_end=end_token.position[1] if end_token.position else None,
    )
    return PartialDefNode(name, len(words) == 3, nodelist)


@register.tag(name="partial")
def partial_tag(parser: Any, token: Any) -> PartialNode:
    """Show a partial: `{% partial name %}`."""
    words = token.split_contents()
    if len(words) != 2:
        raise TemplateSyntaxError("'partial' tag requires a single argument")
    return PartialNode(words[1], parser.extra_data.setdefault("partials", {}))
