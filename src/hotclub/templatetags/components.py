"""Components: templates with declared attributes and slots. `{% load components %}`.

A component is a template file. It declares what it takes (`attributes`), says where content of its caller goes (`slot`), and
shows what it did not declare (`{{ attrs }}`, `attrs`). A caller writes `component … endcomponent`, with `fill … endfill` for
named slots. The component sees its attributes and nothing else of the caller's context; what fills a slot is rendered in the
caller's.

Everything here is written with the documented extension points: `Library.tag`, `Node.render`, `Context.new`, `Context.push`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from hotclub._template.tags.inheritance import absolute_name
from hotclub.template.base import Node, NodeList, TextNode
from hotclub.template.exceptions import TemplateDoesNotExist, TemplateSyntaxError
from hotclub.template.library import Library
from hotclub.utils.functional import Promise
from hotclub.utils.html import conditional_escape
from hotclub.utils.safestring import SafeString, mark_safe

register = Library()

MOST_NESTED_COMPONENTS = 50
"""Components that render one another deeper than this never end; below the limit of templates, so that the error names the place."""

ACTIVE = "_component"
"""Where a component's context keeps what its slots need; templates cannot read a name with an underscore."""

DEFAULT_SLOT = "default"
RESERVED_NAMES = frozenset({"attrs", "slots"})
JOINED_ATTRIBUTES = {"class": " ", "style": "; "}
"""Attributes whose values of component and caller stand side by side."""

_attribute_name_re = re.compile(r"[A-Za-z_:@][\w:.@-]*")
_declaration_re = re.compile(r"([A-Za-z]\w*)(?::(\w+))?(?:=(.+))?", re.DOTALL)


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, Promise))


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


TYPES: dict[str, Callable[[Any], bool]] = {
    "any": lambda value: True,
    "bool": lambda value: isinstance(value, bool),
    "dict": lambda value: isinstance(value, Mapping),
    "float": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "list": _is_list,
    "str": _is_text,
}
"""What may stand behind the colon of a declared attribute."""


class AttributeSet(Mapping[str, Any]):
    """Attributes of an HTML element that a component did not declare; shown as HTML, escaped and in double quotes.

    True gives the name alone, False and None leave the attribute out.
    """

    do_not_call_in_templates = True

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def over(self, defaults: Mapping[str, Any]) -> AttributeSet:
        """Return these attributes over some defaults; classes and styles of both count."""
        values = dict(defaults)
        for name, value in self._values.items():
            before = values.get(name)
            if name in JOINED_ATTRIBUTES and before and value and value is not True:
                value = JOINED_ATTRIBUTES[name].join((str(before), str(value)))
            values[name] = value
        return AttributeSet(values)

    def __html__(self) -> str:
        return str(self)

    def __str__(self) -> SafeString:
        parts = []
        for name, value in self._values.items():
            if value is None or value is False:
                continue
            # A safe text may hold quotes: it was made to stand between tags.
            shown = "" if value is True else '="{}"'.format(str(conditional_escape(value)).replace('"', "&quot;"))
            parts.append(f" {name}{shown}")
        return mark_safe("".join(parts))


class Declaration(NamedTuple):
    """A declared attribute.

    Args:
        name: of the variable.
        kind: key of `TYPES`.
        default: expression, or None if the attribute is required.
    """

    name: str
    kind: str
    default: Any


class Active:
    """A component while it renders: what fills its slots, in which context.

    Args:
        context: of the caller.
        fills: contents by name of slot.
        depth: how many components are around.
    """

    def __init__(self, context: Any, fills: Mapping[str, Fill], depth: int) -> None:
        self.context = context
        self.fills = fills
        self.depth = depth


class Fill(NamedTuple):
    """Content for a slot.

    Args:
        nodelist: the content.
        variable: name under which it sees the slot's values; empty for none.
    """

    nodelist: NodeList
    variable: str = ""


def place_of(node: Any) -> str:
    """Return file and line of a node, for messages."""
    name = getattr(node.origin, "template_name", None) or getattr(node.origin, "name", None) or "<unknown source>"
    return f"{name}, line {getattr(node.token, 'lineno', '?')}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a question for the nearest known name, or nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


# What a component says of itself --------------------------------------------------------------------------------------


class AttributesNode(Node):
    """`{% attributes title:str level:int=1 %}`: declares, and shows nothing."""

    child_nodelists = ()

    def __init__(self, declared: dict[str, Declaration]) -> None:
        self.declared = declared

    def render(self, context: Any) -> str:
        return ""


@register.tag("attributes")
def attributes_tag(parser: Any, token: Any) -> AttributesNode:
    """Declare the attributes of a component: `name`, `name:type`, `name=default` or `name:type=default`."""
    declared: dict[str, Declaration] = {}
    for word in token.split_contents()[1:]:
        match = _declaration_re.fullmatch(word)
        if match is None:
            raise TemplateSyntaxError(
                f"'attributes' takes name, name:type, name=default or name:type=default; got {word!r}."
            )
        name, kind, default = match[1], match[2] or "any", match[3]
        if kind not in TYPES:
            raise TemplateSyntaxError(
                f"Attribute {name!r} has the unknown type {kind!r}; there are {', '.join(sorted(TYPES))}.{nearest(kind, TYPES)}"
            )
        if name in RESERVED_NAMES or name in declared:
            reason = "is taken by the component itself" if name in RESERVED_NAMES else "is declared twice"
            raise TemplateSyntaxError(f"Attribute {name!r} {reason}.")
        declared[name] = Declaration(name, kind, parser.compile_filter(default) if default else None)
    return AttributesNode(declared)


def declared_attributes(template: Any) -> dict[str, Declaration] | None:
    """Return what a template declares; None if it declares nothing and takes whatever comes.

    Raises:
        TemplateSyntaxError: it declares twice.
    """
    nodes = template.nodelist.get_nodes_by_type(AttributesNode)
    if not nodes:
        return None
    if len(nodes) > 1:
        raise TemplateSyntaxError(f"{place_of(nodes[1])}: a component has one {{% attributes %}} tag.")
    declared: dict[str, Declaration] = nodes[0].declared
    return declared


def slot_names(template: Any) -> set[str]:
    """Return the names of the slots of a template."""
    return {node.name for node in template.nodelist.get_nodes_by_type(SlotNode)}


class SlotNode(Node):
    """`{% slot "name" value=… %}default content{% endslot %}`."""

    def __init__(self, name: str, values: dict[str, Any], nodelist: NodeList) -> None:
        self.name = name
        self.values = values
        self.nodelist = nodelist

    def render(self, context: Any) -> Any:
        active = context.get(ACTIVE)
        if not isinstance(active, Active):
            raise TemplateSyntaxError(f"{place_of(self)}: {{% slot %}} stands in a component's template only.")
        fill = active.fills.get(self.name)
        if fill is None:
            return self.nodelist.render(context)
        values = {name: expression.resolve(context) for name, expression in self.values.items()}
        with active.context.push(**({fill.variable: values} if fill.variable else {})):
            return fill.nodelist.render(active.context)


@register.tag("slot")
def slot_tag(parser: Any, token: Any) -> SlotNode:
    """Mark where content of the caller goes; the body is shown where the caller gives none."""
    words = token.split_contents()[1:]
    name = _constant(words.pop(0)) if words and words[0][:1] in "\"'" else DEFAULT_SLOT
    values = {key: parser.compile_filter(value) for key, value in _pairs(words, "slot")}
    nodelist = parser.parse(("endslot",))
    parser.delete_first_token()
    return SlotNode(name, values, nodelist)


class AttrsNode(Node):
    """`{% attrs class="card" %}`: the attributes that were not declared, over defaults."""

    child_nodelists = ()

    def __init__(self, defaults: dict[str, Any]) -> None:
        self.defaults = defaults

    def render(self, context: Any) -> str:
        given = context.get("attrs")
        defaults = {name: value.resolve(context) for name, value in self.defaults.items()}
        return str((given if isinstance(given, AttributeSet) else AttributeSet({})).over(defaults))


@register.tag("attrs")
def attrs_tag(parser: Any, token: Any) -> AttrsNode:
    """Show the attributes that the component did not declare, with a blank before each, over the given defaults."""
    words = token.split_contents()[1:]
    return AttrsNode({name: parser.compile_filter(value) for name, value in _pairs(words, "attrs")})


# What a caller writes -------------------------------------------------------------------------------------------------


class FillNode(Node):
    """`{% fill "name" as values %}…{% endfill %}`: taken by the component around it."""

    def __init__(self, name: str, variable: str, nodelist: NodeList) -> None:
        self.name = name
        self.variable = variable
        self.nodelist = nodelist

    def render(self, context: Any) -> Any:
        raise TemplateSyntaxError(f"{place_of(self)}: {{% fill %}} stands right inside of {{% component %}} only.")


@register.tag("fill")
def fill_tag(parser: Any, token: Any) -> FillNode:
    """Give content for a named slot."""
    words = token.split_contents()[1:]
    if len(words) not in (1, 3) or words[0][:1] not in "\"'" or (len(words) == 3 and words[1] != "as"):
        raise TemplateSyntaxError("'fill' takes the quoted name of a slot, and 'as name' for the slot's values.")
    nodelist = parser.parse(("endfill",))
    parser.delete_first_token()
    return FillNode(_constant(words[0]), words[2] if len(words) == 3 else "", nodelist)


class ComponentNode(Node):
    """`{% component "name.html" attribute=value %}…{% endcomponent %}`."""

    child_nodelists = ("nodelist", "fill_nodes")

    def __init__(self, name: Any, attributes: dict[str, Any], nodelist: NodeList) -> None:
        self.name = name
        self.attributes = attributes
        self.nodelist = NodeList(node for node in nodelist if not isinstance(node, FillNode))
        self.fill_nodes = NodeList(node for node in nodelist if isinstance(node, FillNode))
        self.fills: dict[str, Fill] = {}
        for node in self.fill_nodes:
            if node.name in self.fills:
                raise TemplateSyntaxError(f"Slot {node.name!r} is filled twice.")
            self.fills[node.name] = Fill(node.nodelist, node.variable)
        if any(not isinstance(node, TextNode) or node.s.strip() for node in self.nodelist):
            if DEFAULT_SLOT in self.fills:
                raise TemplateSyntaxError(
                    "The default slot is filled twice: by a fill, and by what stands outside of fills."
                )
            self.fills[DEFAULT_SLOT] = Fill(self.nodelist)

    def render(self, context: Any) -> Any:
        around = context.get(ACTIVE)
        depth = around.depth + 1 if isinstance(around, Active) else 1
        if depth > MOST_NESTED_COMPONENTS:
            raise TemplateSyntaxError(
                f"{place_of(self)}: components render one another more than {MOST_NESTED_COMPONENTS} levels deep."
            )
        template = self._template(context)
        given = {name: value.resolve(context) for name, value in self.attributes.items()}
        spread = given.pop("attrs", None)
        if isinstance(spread, Mapping):
            given = {**spread, **given}
        for name in given:
            if not _attribute_name_re.fullmatch(str(name)):
                raise TemplateSyntaxError(f"{place_of(self)}: {name!r} is no name of an attribute.")
        inner = context.new({ACTIVE: Active(context, self.fills, depth), "slots": dict.fromkeys(self.fills, True)})
        if (token := context.get("csrf_token")) is not None:
            inner["csrf_token"] = token
        self._bind(template, given, inner)
        return template.render(inner)

    def _template(self, context: Any) -> Any:
        name = self.name.resolve(context)
        if callable(getattr(name, "render", None)):
            return getattr(name, "template", name)
        return context.template.engine.get_template(name)

    def _bind(self, template: Any, given: dict[str, Any], inner: Any) -> None:
        """Put the attributes into the component's context, checked, and the rest into `attrs`."""
        for problem in self._mismatches(template, given):
            raise TemplateSyntaxError(f"{place_of(self)}: {problem}")
        for name, kind, default in (declared_attributes(template) or {}).values():
            value = given.pop(name) if name in given else default.resolve(inner)
            if not TYPES[kind](value):
                raise TemplateSyntaxError(
                    f"{place_of(self)}: attribute {name!r} of component {template.name!r} must be {kind}, got {value!r:.100} "
                    f"({type(value).__name__})."
                )
            inner[name] = value
        inner["attrs"] = AttributeSet(given)

    def _mismatches(self, template: Any, given: Iterable[str]) -> Iterator[str]:
        """Yield what is missing or filled in vain."""
        given = set(given)
        for name, kind, default in (declared_attributes(template) or {}).values():
            if default is None and name not in given:
                yield f"component {template.name!r} needs the attribute {name!r} ({kind}).{nearest(name, given)}"
        slots = slot_names(template)
        for name in self.fills:
            if name not in slots and not (name == DEFAULT_SLOT and not slots and self._has_include(template)):
                yield f"component {template.name!r} has no slot {name!r}.{nearest(name, slots)}"

    @staticmethod
    def _has_include(template: Any) -> bool:
        """Whether slots may stand in a template that this one includes or extends."""
        return any(
            type(node).__name__ in ("IncludeNode", "ExtendsNode") for node in template.nodelist.get_nodes_by_type(Node)
        )

    def problems(self, engine: Any) -> Iterator[str]:
        """Yield what is wrong with this use, as far as that is known without rendering; the system check asks."""
        name = getattr(self.name, "var", None)
        if self.name.is_var or self.name.filters or not isinstance(name, str):
            return
        try:
            template = engine.get_template(str(name))
        except TemplateDoesNotExist:
            yield f"there is no component {str(name)!r}."
        except TemplateSyntaxError:
            return  # reported where it stands
        else:
            if "attrs" not in self.attributes:
                yield from self._mismatches(template, self.attributes)


@register.tag("component")
def component_tag(parser: Any, token: Any) -> ComponentNode:
    """Render a component. A slash as last word says that there is no body."""
    words = token.split_contents()[1:]
    empty = bool(words) and words[-1] == "/"
    if empty:
        words.pop()
    if not words:
        raise TemplateSyntaxError("'component' needs the name of a template.")
    name = parser.compile_filter(absolute_name(parser.origin.template_name, words.pop(0)))
    attributes: dict[str, Any] = {}
    for key, value in _pairs(words, "component"):
        if key in attributes:
            raise TemplateSyntaxError(f"Attribute {key!r} is given twice.")
        attributes[key] = parser.compile_filter(value)
    nodelist = NodeList()
    if not empty:
        nodelist = parser.parse(("endcomponent",))
        parser.delete_first_token()
    return ComponentNode(name, attributes, nodelist)


def _constant(word: str) -> str:
    if len(word) < 3 or word[0] != word[-1]:
        raise TemplateSyntaxError(f"The name of a slot is a quoted text, got {word}.")
    return word[1:-1]


def _pairs(words: Sequence[str], tag: str) -> Iterator[tuple[str, str]]:
    """Yield name and expression of each word; a name alone stands for True."""
    for word in words:
        name, sign, value = word.partition("=")
        if not _attribute_name_re.fullmatch(name) or (sign and not value):
            raise TemplateSyntaxError(f"'{tag}' takes name=value or name, got {word!r}.")
        yield name, value if sign else "True"
