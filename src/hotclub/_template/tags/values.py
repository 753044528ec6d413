"""Tags that show, choose or compute values: `cycle`, `firstof`, `regroup`, `widthratio`, `lorem`, `querystring` …"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlencode

from hotclub._template.emitter import Emitter
from hotclub._template.errors import TemplateSyntaxError, VariableDoesNotExist
from hotclub._template.expression import FilterExpression
from hotclub._template.library import Library
from hotclub._template.nodes import AnnotatedNode, CompiledNode
from hotclub._template.output import render_value_in_context
from hotclub.utils.html import format_html
from hotclub.utils.lorem_ipsum import paragraphs, words
from hotclub.utils.safestring import SafeString

register = Library()


# cycle ---------------------------------------------------------------------------------------------------------------


def next_in_cycle(context: Any, node: Any, count: int) -> int:
    """Return which value of a cycle comes next in this rendering."""
    state = context.render_context.dicts[-1]
    index = state.get(node, 0)
    state[node] = index + 1 if index + 1 < count else 0
    return index  # type: ignore[no-any-return]  # kept by this function


def is_literal(expression: FilterExpression) -> bool:
    """Whether an expression is a quoted text without filters: it shows the same, always."""
    return not expression.is_var and not expression.filters and type(expression.var) is SafeString


class CycleNode(CompiledNode):
    """Gives its values in turn."""

    child_nodelists = ()

    def __init__(
        self, cyclevars: list[FilterExpression], variable_name: str | None = None, silent: bool = False
    ) -> None:
        self.cyclevars = cyclevars
        self.variable_name = variable_name
        self.silent = silent
        self.sees_context = variable_name is not None

    def expressions(self) -> Iterable[FilterExpression]:
        return self.cyclevars

    def render(self, context: Any) -> Any:
        value = self.cyclevars[next_in_cycle(context, self, len(self.cyclevars))].resolve(context)
        if self.variable_name is not None:
            context.set_upward(self.variable_name, value)
            if self.silent:
                return ""
        return render_value_in_context(value, context)

    def emit(self, out: Emitter) -> None:
        index = f"{out.constant(next_in_cycle)}(context, {out.constant(self)}, {len(self.cyclevars)})"
        if self.variable_name is None and all(is_literal(expression) for expression in self.cyclevars):
            texts = tuple(expression.var for expression in self.cyclevars)
            out.piece(out.assign(f"{out.constant(texts)}[{index}]"))
            return
        index = out.assign(index)
        value = out.temp()
        for number, expression in enumerate(self.cyclevars):
            with out.guard(f"if {index} == {number}:"):
                out.line(f"{value} = {out.value(expression)}")
        if self.variable_name is not None:
            out.line(f"context.set_upward({self.variable_name!r}, {value})")
            out.known.pop(self.variable_name, None)
            if self.silent:
                return
        out.piece(out.assign(f"show({value}, context)"))

    def reset(self, context: Any) -> None:
        """Begin again with the first value."""
        context.render_context.dicts[-1][self] = 0


@register.tag
def cycle(parser: Any, token: Any) -> CycleNode:
    """Give values in turn: `{% cycle "a" b as name silent %}`, later `{% cycle name %}`."""
    args = token.split_contents()
    if len(args) < 2:
        raise TemplateSyntaxError("'cycle' tag requires at least two arguments")
    named: dict[str, CycleNode] = parser.__dict__.setdefault("_named_cycle_nodes", {})
    if len(args) == 2:
        name = args[1]
        if not named:
            raise TemplateSyntaxError(f"No named cycles in template. '{name}' is not defined")
        if name not in named:
            raise TemplateSyntaxError(f"Named cycle '{name}' does not exist")
        return named[name]
    silent = False
    name = None
    if len(args) > 4 and args[-3] == "as":
        if args[-1] != "silent":
            raise TemplateSyntaxError(f"Only 'silent' flag is allowed after cycle's name, not '{args[-1]}'.")
        silent = True
        args = args[:-1]
    if len(args) > 3 and args[-2] == "as":
        name = args[-1]
        args = args[:-2]
    node = CycleNode([parser.compile_filter(arg) for arg in args[1:]], name, silent)
    if name is not None:
        named[name] = node
    parser._last_cycle_node = node
    return node


class ResetCycleNode(AnnotatedNode):
    """Resets a cycle."""

    child_nodelists = ()

    def __init__(self, node: CycleNode) -> None:
        self.node = node

    def render(self, context: Any) -> Any:
        self.node.reset(context)
        return ""


@register.tag
def resetcycle(parser: Any, token: Any) -> ResetCycleNode:
    """Let a cycle begin again: `{% resetcycle %}` the last one, `{% resetcycle name %}` a named one."""
    args = token.split_contents()
    if len(args) > 2:
        raise TemplateSyntaxError(f"{args[0]!r} tag accepts at most one argument.")
    if len(args) == 2:
        name = args[1]
        try:
            return ResetCycleNode(parser._named_cycle_nodes[name])
        except (AttributeError, KeyError):
            raise TemplateSyntaxError(f"Named cycle '{name}' does not exist.")
    try:
        return ResetCycleNode(parser._last_cycle_node)
    except AttributeError:
        raise TemplateSyntaxError("No cycles in template.")


# firstof -------------------------------------------------------------------------------------------------------------


class FirstOfNode(CompiledNode):
    """Shows the first value that is true."""

    child_nodelists = ()

    def __init__(self, variables: list[FilterExpression], asvar: str | None = None) -> None:
        self.vars = variables
        self.asvar = asvar
        self.sees_context = asvar is not None

    def expressions(self) -> Iterable[FilterExpression]:
        return self.vars

    def render(self, context: Any) -> Any:
        values = (expression.resolve(context, ignore_failures=True) for expression in self.vars)
        value = next(filter(None, values), None)
        text = "" if value is None else render_value_in_context(value, context)
        if self.asvar is None:
            return text
        context[self.asvar] = text
        return ""

    def emit(self, out: Emitter) -> None:
        value = out.assign("None")
        for expression in self.vars:
            with out.guard(f"if not {value}:"):
                out.line(f"{value} = {out.value(expression, '_none')}")
        text = out.assign(f"show({value}, context) if {value} else ''")
        if self.asvar is None:
            out.piece(text)
        else:
            out.line(f"context[{self.asvar!r}] = {text}")


@register.tag
def firstof(parser: Any, token: Any) -> FirstOfNode:
    """Show the first true value: `{% firstof a b "fallback" as name %}`."""
    bits = token.split_contents()[1:]
    if not bits:
        raise TemplateSyntaxError("'firstof' statement requires at least one argument")
    asvar = None
    if len(bits) >= 2 and bits[-2] == "as":
        asvar = bits[-1]
        bits = bits[:-2]
    return FirstOfNode([parser.compile_filter(bit) for bit in bits], asvar)


# regroup -------------------------------------------------------------------------------------------------------------


class GroupedResult(NamedTuple):
    """One group of `{% regroup %}`."""

    grouper: Any
    list: list[Any]


class RegroupNode(AnnotatedNode):
    """Groups neighbours of a list that share a value."""

    child_nodelists = ()

    def __init__(self, target: FilterExpression, expression: FilterExpression, var_name: str) -> None:
        self.target = target
        self.expression = expression
        self.var_name = var_name

    def resolve_expression(self, obj: Any, context: Any) -> Any:
        """Return the value by which an item is grouped; the expression sees the item under the result's name."""
        context[self.var_name] = obj
        return self.expression.resolve(context, ignore_failures=True)

    def render(self, context: Any) -> Any:
        items = self.target.resolve(context, ignore_failures=True)
        if items is None:
            context[self.var_name] = []
            return ""
        groups = groupby(items, lambda item: self.resolve_expression(item, context))
        context[self.var_name] = [GroupedResult(grouper, list(group)) for grouper, group in groups]
        return ""


@register.tag
def regroup(parser: Any, token: Any) -> RegroupNode:
    """Group neighbours: `{% regroup cities by country as groups %}`."""
    bits = token.split_contents()
    if len(bits) != 6:
        raise TemplateSyntaxError("'regroup' tag takes five arguments")
    target = parser.compile_filter(bits[1])
    if bits[2] != "by":
        raise TemplateSyntaxError("second argument to 'regroup' tag must be 'by'")
    if bits[4] != "as":
        raise TemplateSyntaxError("next-to-last argument to 'regroup' tag must be 'as'")
    var_name = bits[5]
    expression = parser.compile_filter(f"{var_name}.{bits[3]}")
    return RegroupNode(target, expression, var_name)


# widthratio ----------------------------------------------------------------------------------------------------------


class WidthRatioNode(AnnotatedNode):
    """Shows a share of a width."""

    child_nodelists = ()

    def __init__(
        self,
        val_expr: FilterExpression,
        max_expr: FilterExpression,
        max_width: FilterExpression,
        asvar: str | None = None,
    ) -> None:
        self.val_expr = val_expr
        self.max_expr = max_expr
        self.max_width = max_width
        self.asvar = asvar

    def render(self, context: Any) -> Any:
        result = self._ratio(context)
        if self.asvar:
            context[self.asvar] = result
            return ""
        return result

    def _ratio(self, context: Any) -> str:
        try:
            value = self.val_expr.resolve(context)
            maximum = self.max_expr.resolve(context)
            width = int(self.max_width.resolve(context))
        except VariableDoesNotExist:
            return ""
        except (ValueError, TypeError):
            raise TemplateSyntaxError("widthratio final argument must be a number")
        try:
            return str(round(float(value) / float(maximum) * width))
        except ZeroDivisionError:
            return "0"
        except (ValueError, TypeError, OverflowError):
            return ""


@register.tag
def widthratio(parser: Any, token: Any) -> WidthRatioNode:
    """Show `value / maximum * width`, rounded: `{% widthratio value maximum width as name %}`."""
    bits = token.split_contents()
    asvar = None
    if len(bits) == 6:
        if bits[4] != "as":
            raise TemplateSyntaxError("Invalid syntax in widthratio tag. Expecting 'as' keyword")
        asvar = bits[5]
    elif len(bits) != 4:
        raise TemplateSyntaxError("widthratio takes at least three arguments")
    value, maximum, width = bits[1:4]
    return WidthRatioNode(
        parser.compile_filter(value), parser.compile_filter(maximum), parser.compile_filter(width), asvar
    )


# Stored values -------------------------------------------------------------------------------------------------------


class StoredNode(AnnotatedNode):
    """Stores a value under a name and shows nothing.

    Args:
        name: name in the context.
        compute: gives the value for a context.
    """

    child_nodelists = ()

    def __init__(self, name: str, compute: Callable[[Any], Any]) -> None:
        self.name = name
        self.compute = compute

    def render(self, context: Any) -> Any:
        context[self.name] = self.compute(context)
        return ""


def stored_name(token: Any) -> str:
    """Return the name in a tag of the form `{% tag as name %}`."""
    words = token.contents.split()
    if len(words) != 3 or words[1] != "as":
        raise TemplateSyntaxError(f"'{words[0]}' requires 'as variable' (got {words!r})")
    return str(words[2])


# lorem ---------------------------------------------------------------------------------------------------------------


class LoremNode(AnnotatedNode):
    """Shows filler text."""

    child_nodelists = ()

    def __init__(self, count: FilterExpression, method: str, common: bool) -> None:
        self.count = count
        self.method = method
        self.common = common

    def render(self, context: Any) -> Any:
        try:
            count = int(self.count.resolve(context))
        except (ValueError, TypeError):
            count = 1
        if self.method == "w":
            return words(count, common=self.common)
        texts = paragraphs(count, common=self.common)
        if self.method == "p":
            texts = [f"<p>{text}</p>" for text in texts]
        return "\n\n".join(texts)


@register.tag
def lorem(parser: Any, token: Any) -> LoremNode:
    """Show filler text: `{% lorem 3 p random %}` (`w` words, `p` HTML paragraphs, `b` plain blocks)."""
    bits = token.split_contents()
    given = len(bits)
    common = bits[-1] != "random"
    if not common:
        bits.pop()
    method = bits.pop() if bits[-1] in ("w", "p", "b") else "b"
    count = bits.pop() if len(bits) > 1 else "1"
    if len(bits) != 1 or given > 4:
        raise TemplateSyntaxError(f"Incorrect format for {token.contents.split()[0]!r} tag")
    return LoremNode(parser.compile_filter(count), method, common)


# querystring, csp_nonce_attr -----------------------------------------------------------------------------------------


@register.simple_tag(name="querystring", takes_context=True)
def querystring(context: Any, *args: Any, **kwargs: Any) -> str:
    """Build a query string from mappings and keywords: `{% querystring page=2 sort=None %}`.

    Args:
        context: gives `request.GET` if no mapping is passed.
        *args: mappings; later ones win, a value None removes the key.
        **kwargs: keys and values that win over all mappings.

    Raises:
        TemplateSyntaxError: an argument is no mapping, or a key is no text.
    """
    parameters: dict[str, list[Any]] = {}
    for mapping in (*(args or (context.request.GET,)), kwargs):
        if not isinstance(mapping, Mapping):
            raise TemplateSyntaxError(
                f"querystring requires mappings for positional arguments (got {mapping!r} instead)."
            )
        for key in mapping:
            if not isinstance(key, str):
                raise TemplateSyntaxError(f"querystring requires strings for mapping keys (got {key!r} instead).")
            values = mapping.getlist(key) if hasattr(mapping, "getlist") else mapping[key]
            if not isinstance(values, Iterable) or isinstance(values, (str, bytes)):
                values = [values]
            kept = [value for value in values if value is not None]
            if kept:
                parameters[key] = kept
            else:
                parameters.pop(key, None)
    return f"?{urlencode(parameters, doseq=True)}"


@register.simple_tag(takes_context=True)
def csp_nonce_attr(context: Any, media: Any = None) -> Any:
    """Show a `nonce` attribute for the page's Content-Security-Policy, or a form's media with it.

    Args:
        context: its `csp_nonce` is the nonce, set by the context processor of that name.
        media: assets to show with the attribute; without any (a name that does not exist, too) the attribute alone is shown.
    """
    nonce = context.get("csp_nonce")
    if media:
        return media.render(attrs=None if nonce is None else {"nonce": nonce})
    return "" if nonce is None else format_html('nonce="{}"', nonce)


# comment, verbatim, templatetag, load --------------------------------------------------------------------------------


class EmptyNode(CompiledNode):
    """Shows nothing."""

    child_nodelists = ()

    def render(self, context: Any) -> Any:
        return ""

    def emit(self, out: Emitter) -> None:
        return None


class CommentNode(EmptyNode):
    """A comment."""


class LoadNode(EmptyNode):
    """`{% load %}` did its work while parsing."""


class FixedTextNode(CompiledNode):
    """Shows a text that the parser knows."""

    child_nodelists = ()

    def __init__(self, text: str) -> None:
        self.text = text

    def render(self, context: Any) -> Any:
        return self.text

    def emit(self, out: Emitter) -> None:
        out.text(self.text)


@register.tag
def comment(parser: Any, token: Any) -> CommentNode:
    """Leave out a part: `{% comment "why" %}…{% endcomment %}`."""
    parser.skip_past("endcomment")
    return CommentNode()


class VerbatimNode(CompiledNode):
    """Shows template syntax as it stands."""

    def __init__(self, content: Any) -> None:
        self.content = content

    def bodies(self) -> Any:
        return [(self.content, ())]

    def render(self, context: Any) -> Any:
        return self.content.text(context)

    def emit(self, out: Emitter) -> None:
        out.body(self.content)


@register.tag
def verbatim(parser: Any, token: Any) -> VerbatimNode:
    """Show template syntax as it stands: `{% verbatim name %}{{ x }}{% endverbatim name %}`."""
    content = parser.parse(("endverbatim",))
    parser.delete_first_token()
    return VerbatimNode(content)


TEMPLATE_TAGS = {
    "openblock": "{%",
    "closeblock": "%}",
    "openvariable": "{{",
    "closevariable": "}}",
    "openbrace": "{",
    "closebrace": "}",
    "opencomment": "{#",
    "closecomment": "#}",
}


@register.tag
def templatetag(parser: Any, token: Any) -> FixedTextNode:
    """Show a mark of the template language: `{% templatetag openblock %}`."""
    bits = token.contents.split()
    if len(bits) != 2:
        raise TemplateSyntaxError("'templatetag' statement takes one argument")
    text = TEMPLATE_TAGS.get(bits[1])
    if text is None:
        raise TemplateSyntaxError(f"Invalid templatetag argument: '{bits[1]}'. Must be one of: {list(TEMPLATE_TAGS)}")
    return FixedTextNode(text)


def library_named(parser: Any, name: str) -> Any:
    """Return a library that may be loaded.

    Raises:
        TemplateSyntaxError: there is none of that name.
    """
    try:
        return parser.libraries[name]
    except KeyError:
        known = "\n".join(sorted(parser.libraries))
        raise TemplateSyntaxError(f"'{name}' is not a registered tag library. Must be one of:\n{known}")


def part_of_library(library: Any, label: str, names: list[str]) -> Library:
    """Return a library of only some tags and filters.

    Raises:
        TemplateSyntaxError: one of the names is neither.
    """
    subset = Library()
    for name in names:
        if name not in library.tags and name not in library.filters:
            raise TemplateSyntaxError(f"'{name}' is not a valid tag or filter in tag library '{label}'")
        if name in library.tags:
            subset.tags[name] = library.tags[name]
        if name in library.filters:
            subset.filters[name] = library.filters[name]
    return subset


@register.tag
def load(parser: Any, token: Any) -> LoadNode:
    """Make the tags and filters of libraries known: `{% load a b %}`, `{% load tag filter from a %}`."""
    bits = token.contents.split()
    if len(bits) >= 4 and bits[-2] == "from":
        name = bits[-1]
        parser.add_library(part_of_library(library_named(parser, name), name, bits[1:-2]))
    else:
        for name in bits[1:]:
            parser.add_library(library_named(parser, name))
    return LoadNode()
