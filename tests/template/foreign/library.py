"""Tags and filters of every documented kind.

The same text makes the same library for the framework that the oracle is: only `PACKAGE` is another.
"""

from __future__ import annotations

import datetime
from importlib import import_module
from typing import Any

PACKAGE = "hotclub"
template = import_module(f"{PACKAGE}.template")
stringfilter = import_module(f"{PACKAGE}.template.defaultfilters").stringfilter
html = import_module(f"{PACKAGE}.utils.html")
mark_safe = import_module(f"{PACKAGE}.utils.safestring").mark_safe

register = template.Library()


# Nodes with state, with variables, with a body ------------------------------------------------------------------------


class FormatTime(template.Node):
    """`{% format_time moment "%Y" as name %}`: resolves a Variable, may set a name."""

    def __init__(self, moment: str, form: str, name: str | None) -> None:
        self.moment = template.Variable(moment)
        self.form = form
        self.name = name

    def render(self, context: Any) -> str:
        try:
            text = self.moment.resolve(context).strftime(self.form)
        except template.VariableDoesNotExist:
            text = ""
        if self.name is None:
            return str(text)
        context[self.name] = text
        return ""


@register.tag("format_time")
def do_format_time(parser: Any, token: Any) -> FormatTime:
    words = token.split_contents()
    if len(words) not in (3, 5):
        raise template.TemplateSyntaxError(f"{words[0]!r} tag requires two arguments")
    return FormatTime(words[1], words[2][1:-1], words[4] if len(words) == 5 else None)


class Upper(template.Node):
    """`{% shout %}…{% endshout %}`."""

    def __init__(self, nodelist: Any) -> None:
        self.nodelist = nodelist

    def render(self, context: Any) -> str:
        return str(self.nodelist.render(context).upper())


@register.tag
def shout(parser: Any, token: Any) -> Upper:
    nodelist = parser.parse(("endshout",))
    parser.delete_first_token()
    return Upper(nodelist)


class Switch(template.Node):
    """`{% switch value %}{% case 1 %}…{% case 2 3 %}…{% default %}…{% endswitch %}`: a parser of its own."""

    child_nodelists = ("everything",)

    def __init__(self, value: Any, cases: list[tuple[list[Any] | None, Any]]) -> None:
        self.value = value
        self.cases = cases
        self.everything = template.NodeList(node for _, nodelist in cases for node in nodelist)

    def render(self, context: Any) -> str:
        value = self.value.resolve(context, ignore_failures=True)
        for wanted, nodelist in self.cases:
            if wanted is None or value in [one.resolve(context) for one in wanted]:
                with context.push(matched=value):
                    return str(nodelist.render(context))
        return ""


@register.tag
def switch(parser: Any, token: Any) -> Switch:
    _, value = token.split_contents()
    parser.parse(("case", "default", "endswitch"))  # what stands before the first case is dropped
    cases: list[tuple[list[Any] | None, Any]] = []
    token = parser.next_token()
    while token.contents != "endswitch":
        word, *wanted = token.split_contents()
        nodelist = parser.parse(("case", "default", "endswitch"))
        cases.append((None if word == "default" else [parser.compile_filter(one) for one in wanted], nodelist))
        token = parser.next_token()
    return Switch(parser.compile_filter(value), cases)


class Counter(template.Node):
    """`{% tick %}`: state in the render context, so that renderings do not disturb one another."""

    def render(self, context: Any) -> str:
        context.render_context[self] = context.render_context.get(self, 0) + 1
        return str(context.render_context[self])


@register.tag
def tick(parser: Any, token: Any) -> Counter:
    return Counter()


class SetName(template.Node):
    """`{% set name value %}`: changes the context around it."""

    def __init__(self, name: str, value: Any) -> None:
        self.name, self.value = name, value

    def render(self, context: Any) -> str:
        context[self.name] = self.value.resolve(context)
        return ""


@register.tag("set")
def do_set(parser: Any, token: Any) -> SetName:
    _, name, value = token.split_contents()
    return SetName(name, parser.compile_filter(value))


class SetEverywhere(SetName):
    """`{% set_everywhere name value %}`: the base of the context, below all loops."""

    def render(self, context: Any) -> str:
        context.dicts[1][self.name] = self.value.resolve(context)
        return ""


@register.tag
def set_everywhere(parser: Any, token: Any) -> SetEverywhere:
    _, name, value = token.split_contents()
    return SetEverywhere(name, parser.compile_filter(value))


class Names(template.Node):
    """`{% names %}`: what a tag sees of the context, loops included."""

    def render(self, context: Any) -> str:
        names = sorted(name for name in context.flatten() if name not in ("True", "False", "None", "moment"))
        loop = context.get("forloop")
        place = f"@{loop['counter']}/{loop['length']}" if loop else ""
        return "+".join(names) + place


@register.tag
def names(parser: Any, token: Any) -> Names:
    return Names()


class Repeat(template.Node):
    """`{% repeat times %}…{% endrepeat %}`: renders its body several times, each with a name of its own."""

    def __init__(self, nodelist: Any, times: Any) -> None:
        self.nodelist, self.times = nodelist, times

    def render(self, context: Any) -> str:
        output = []
        for number in range(self.times.resolve(context)):
            with context.push():
                context["round"] = number
                output.append(self.nodelist.render(context))
        return "|".join(output)


@register.tag
def repeat(parser: Any, token: Any) -> Repeat:
    nodelist = parser.parse(("endrepeat",))
    parser.delete_first_token()
    return Repeat(nodelist, parser.compile_filter(token.split_contents()[1]))


class CountVariables(template.Node):
    """`{% variables %}…{% endvariables %}`: looks into the nodes of its body."""

    def __init__(self, nodelist: Any) -> None:
        self.nodelist = nodelist

    def render(self, context: Any) -> str:
        found = self.nodelist.get_nodes_by_type(import_module(f"{PACKAGE}.template.base").VariableNode)
        return f"{len(found)}:{self.nodelist.render(context)}"


@register.tag
def variables(parser: Any, token: Any) -> CountVariables:
    nodelist = parser.parse(("endvariables",))
    parser.delete_first_token()
    return CountVariables(nodelist)


class Nothing(template.Node):
    """`{% remark %}…{% endremark %}`: leaves out what is not even parsed."""

    def render(self, context: Any) -> str:
        return ""


@register.tag
def remark(parser: Any, token: Any) -> Nothing:
    parser.skip_past("endremark")
    return Nothing()


class TrailingTag(template.Node):
    """`{% rest %}`: takes all that follows in the template."""

    def __init__(self, nodelist: Any) -> None:
        self.nodelist = nodelist

    def render(self, context: Any) -> str:
        return "(" + self.nodelist.render(context) + ")"


@register.tag
def rest(parser: Any, token: Any) -> TrailingTag:
    return TrailingTag(parser.parse())


# The decorated kinds --------------------------------------------------------------------------------------------------


@register.simple_tag
def add_up(*numbers: int, start: int = 0) -> int:
    return sum(numbers, start)


@register.simple_tag(takes_context=True, name="greet")
def greeting(context: Any, word: str = "Hello") -> str:
    context["greeted"] = True
    return f"{word} <{context.get('user', 'nobody')}>"


@register.simple_block_tag(takes_context=True)
def box(context: Any, content: str, kind: str = "plain") -> str:
    return str(html.format_html('<div class="{}">{}</div>', kind, content))


@register.simple_block_tag(end_name="unquote")
def quote(content: str) -> Any:
    return mark_safe(f"“{content}”")


@register.inclusion_tag("row")
def row(item: Any, label: str = "item") -> dict[str, Any]:
    return {"item": item, "label": label}


@register.inclusion_tag("row", takes_context=True)
def user_row(context: Any) -> dict[str, Any]:
    return {"item": context["user"], "label": "user", "forloop": context.get("forloop")}


@register.filter
def cut_after(value: Any, mark: str) -> str:
    return str(value).partition(mark)[0]


@register.filter(is_safe=True)
@stringfilter
def double(value: str) -> str:
    return value + value


@register.filter(needs_autoescape=True)
def initial(text: str, autoescape: bool = True) -> Any:
    escape = html.conditional_escape if autoescape else str
    return mark_safe(f"<b>{escape(text[0])}</b>{escape(text[1:])}")


@register.filter(expects_localtime=True)
def hour(value: datetime.datetime) -> str:
    return str(value.hour)
