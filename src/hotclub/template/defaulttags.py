"""The built-in tags. Those that need settings or URLs are here, the others come from the engine."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from datetime import datetime
from pprint import pformat
from typing import Any

from hotclub._template.emitter import Emitter
from hotclub._template.errors import TemplateSyntaxError
from hotclub._template.expression import FilterExpression, kwarg_re
from hotclub._template.library import Library
from hotclub._template.nodes import AnnotatedNode, CompiledNode
from hotclub._template.output import plain_integers
from hotclub._template.tags import control, partials, values
from hotclub._template.tags.control import ForNode, IfChangedNode, IfNode, WithNode
from hotclub._template.tags.values import (
    CycleNode,
    FirstOfNode,
    GroupedResult,
    LoadNode,
    RegroupNode,
)
from hotclub.conf import settings
from hotclub.template.defaultfilters import date
from hotclub.urls import NoReverseMatch, reverse
from hotclub.utils import timezone
from hotclub.utils.html import conditional_escape, escape, format_html

__all__ = [
    "CsrfTokenNode",
    "CycleNode",
    "DebugNode",
    "FirstOfNode",
    "ForNode",
    "GroupedResult",
    "IfChangedNode",
    "IfNode",
    "LoadNode",
    "NowNode",
    "RegroupNode",
    "URLNode",
    "WithNode",
    "register",
]

register = Library()
for _library in (control.register, values.register, partials.register):
    register.tags.update(_library.tags)
    register.filters.update(_library.filters)


def _integers_are_plain(context: Any) -> bool:
    return not settings.USE_THOUSAND_SEPARATOR


plain_integers.rule = _integers_are_plain


class CsrfTokenNode(AnnotatedNode):
    """Shows the hidden input with the token against forged requests."""

    child_nodelists = ()

    def render(self, context: Any) -> Any:
        csrf_token = context.get("csrf_token")
        if csrf_token:
            if csrf_token == "NOTPROVIDED":
                return format_html("")
            return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', csrf_token)
        if settings.DEBUG:
            warnings.warn(
                "A {% csrf_token %} was used in a template, but the context did not provide the value. This is usually "
                "caused by not using RequestContext.",
                stacklevel=2,
            )
        return ""


@register.tag
def csrf_token(parser: Any, token: Any) -> CsrfTokenNode:
    """Protect a form against forged requests: `{% csrf_token %}`."""
    return CsrfTokenNode()


class DebugNode(AnnotatedNode):
    """Shows what the context holds, in debug mode."""

    child_nodelists = ()

    def render(self, context: Any) -> Any:
        if not settings.DEBUG:
            return ""
        levels = [escape(pformat(level)) for level in context]
        return "".join([*levels, "\n\n", escape(pformat(sys.modules))])


@register.tag
def debug(parser: Any, token: Any) -> DebugNode:
    """Show the context and the imported modules: `{% debug %}`."""
    return DebugNode()


class NowNode(AnnotatedNode):
    """Shows the current date or time."""

    child_nodelists = ()

    def __init__(self, format_string: str, asvar: str | None = None) -> None:
        self.format_string = format_string
        self.asvar = asvar

    def render(self, context: Any) -> Any:
        zone = timezone.get_current_timezone() if settings.USE_TZ else None
        formatted = date(datetime.now(tz=zone), self.format_string)
        if self.asvar:
            context[self.asvar] = formatted
            return ""
        return formatted


@register.tag
def now(parser: Any, token: Any) -> NowNode:
    """Show the current date or time: `{% now "Y-m-d" as today %}`."""
    bits = token.split_contents()
    asvar = None
    if len(bits) == 4 and bits[-2] == "as":
        asvar = bits[-1]
        bits = bits[:-2]
    if len(bits) != 2:
        raise TemplateSyntaxError("'now' statement takes one argument")
    return NowNode(bits[1][1:-1], asvar)


class URLNode(CompiledNode):
    """Shows the URL of a named route."""

    child_nodelists = ()

    def __init__(
        self,
        view_name: FilterExpression,
        args: list[FilterExpression],
        kwargs: dict[str, FilterExpression],
        asvar: str | None,
    ) -> None:
        self.view_name = view_name
        self.args = args
        self.kwargs = kwargs
        self.asvar = asvar
        self.sees_context = asvar is not None

    def __repr__(self) -> str:
        return (
            f"<{self.__class__.__qualname__} view_name='{self.view_name}' args={self.args!r} kwargs={self.kwargs!r} "
            f"as={self.asvar!r}>"
        )

    def expressions(self) -> Iterable[FilterExpression]:
        return (self.view_name, *self.args, *self.kwargs.values())

    def render(self, context: Any) -> Any:
        name = self.view_name.resolve(context)
        args = [argument.resolve(context) for argument in self.args]
        kwargs = {key: argument.resolve(context) for key, argument in self.kwargs.items()}
        if self.asvar is not None:
            context[self.asvar] = _find_url_or_nothing(context, name, args, kwargs)
            return ""
        url = _find_url(context, name, args, kwargs)
        return conditional_escape(url) if context.autoescape else url

    def emit(self, out: Emitter) -> None:
        name = out.value(self.view_name)
        args = ", ".join(out.value(argument) for argument in self.args)
        kwargs = ", ".join(f"{key!r}: {out.value(argument)}" for key, argument in self.kwargs.items())
        find = out.constant(_find_url if self.asvar is None else _find_url_or_nothing)
        url = out.assign(f"{find}(context, {name}, [{args}], {{{kwargs}}})")
        if self.asvar is not None:
            out.line(f"context[{self.asvar!r}] = {url}")
            return
        if out.autoescape:
            out.line(f"{url} = escape_text({url}) if type({url}) is str else {out.constant(conditional_escape)}({url})")
        out.piece(url)


def _find_url(context: Any, name: Any, args: list[Any], kwargs: dict[str, Any]) -> str:
    current_app = None
    request = getattr(context, "request", None)
    if request is not None:
        try:
            current_app = request.current_app
        except AttributeError:
            current_app = getattr(getattr(request, "resolver_match", None), "namespace", None)
    return reverse(name, args=args, kwargs=kwargs, current_app=current_app)


def _find_url_or_nothing(context: Any, name: Any, args: list[Any], kwargs: dict[str, Any]) -> str:
    try:
        return _find_url(context, name, args, kwargs)
    except NoReverseMatch:
        return ""


@register.tag
def url(parser: Any, token: Any) -> URLNode:
    """Show the URL of a named route: `{% url "name" arg key=value as name %}`."""
    bits = token.split_contents()
    if len(bits) < 2:
        raise TemplateSyntaxError(f"'{bits[0]}' takes at least one argument, a URL pattern name.")
    view_name = parser.compile_filter(bits[1])
    args: list[FilterExpression] = []
    kwargs: dict[str, FilterExpression] = {}
    asvar = None
    bits = bits[2:]
    if len(bits) >= 2 and bits[-2] == "as":
        asvar = bits[-1]
        bits = bits[:-2]
    for bit in bits:
        match = kwarg_re.match(bit)
        if not match:
            raise TemplateSyntaxError("Malformed arguments to url tag")
        name, value = match.groups()
        if name:
            kwargs[name] = parser.compile_filter(value)
        else:
            args.append(parser.compile_filter(value))
    return URLNode(view_name, args, kwargs, asvar)
