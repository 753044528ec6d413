"""Components: declared attributes, slots, attributes passed through, errors that name their place."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hotclub.http import HttpRequest
from hotclub.template import Context, Engine, RequestContext
from hotclub.template.checks import node_problems
from hotclub.template.exceptions import TemplateSyntaxError
from hotclub.templatetags.components import MOST_NESTED_COMPONENTS, AttributeSet
from hotclub.utils.safestring import mark_safe

CARD = """{% load components %}{% attributes title:str level:int=2 open:bool=False %}<section{% attrs class="card" %}>\
<h{{ level }}>{{ title }}</h{{ level }}>{% if open %}OPEN{% endif %}{% slot %}nothing{% endslot %}\
<footer>{% slot "footer" %}by {{ title }}{% endslot %}</footer></section>"""

FILES = {
    "card.html": CARD,
    "list.html": "{% load components %}{% attributes items:list %}{% for item in items %}"
    '{% slot "row" item=item number=forloop.counter %}-{{ item }}{% endslot %}{% endfor %}',
    "outer.html": '{% load components %}{% component "card.html" title="Inner" attrs=attrs %}[{% slot %}{% endslot %}]{% endcomponent %}',
    "self.html": '{% load components %}{% component "self.html" / %}',
    "free.html": "{% load components %}<b{{ attrs }}>{% slot %}{% endslot %}</b>",
    "twice.html": "{% load components %}{% attributes a %}{% attributes b %}",
}


def engine(**files: str) -> Engine:
    loader = ("hotclub.template.loaders.locmem.Loader", {**FILES, **files})
    return Engine(
        loaders=[loader],
        libraries={"components": "hotclub.templatetags.components"},
        builtins=["hotclub.templatetags.components"],
    )


def show(source: str, values: dict[str, Any] | None = None, **files: str) -> str:
    return engine(**{"page.html": source, **files}).get_template("page.html").render(Context(values or {}))


def test_attributes_defaults_and_slots() -> None:
    assert show('{% component "card.html" title=t %}Body{% endcomponent %}', {"t": "A & B"}) == (
        '<section class="card"><h2>A &amp; B</h2>Body<footer>by A &amp; B</footer></section>'
    )
    text = show(
        '{% component "card.html" title=t level=3 open %}{% fill "footer" %}F {{ t }}{% endfill %}{% endcomponent %}',
        {"t": "<T>"},
    )
    assert text == '<section class="card"><h3>&lt;T&gt;</h3>OPENnothing<footer>F &lt;T&gt;</footer></section>'


def test_a_component_without_body() -> None:
    assert "nothing" in show('{% component "card.html" title="x" / %}after')


def test_a_component_sees_its_attributes_only() -> None:
    files = {"spy.html": "{% load components %}{{ secret }}|{% slot %}{% endslot %}"}
    assert show('{% component "spy.html" %}{{ secret }}{% endcomponent %}', {"secret": "s"}, **files) == "|s"


def test_slots_hand_values_to_their_content() -> None:
    source = '{% component "list.html" items=names %}{% fill "row" as row %}{{ row.number }}:{{ row.item }}{{ tail }};{% endfill %}{% endcomponent %}'
    assert show(source, {"names": ["a", "<b>"], "tail": "!"}) == "1:a!;2:&lt;b&gt;!;"
    assert show('{% component "list.html" items=names / %}', {"names": ["a"]}) == "-a"


def test_components_nest_and_pass_attributes_on() -> None:
    assert show('{% component "outer.html" id="o" class="wide" %}{{ x }}{% endcomponent %}', {"x": "X"}) == (
        '<section class="card wide" id="o"><h2>Inner</h2>[X]<footer>by Inner</footer></section>'
    )


def test_loops_around_and_inside() -> None:
    source = '{% for n in names %}{% component "card.html" title=n %}{{ forloop.counter }}{{ n }}{% endcomponent %}{% endfor %}'
    for _ in range(12):  # cold and compiled renderings
        text = show(source, {"names": ["a", "b"]})
    assert text.count("<section") == 2
    assert "1a<footer>" in text
    assert "2b<footer>" in text


def test_passed_attributes_are_escaped_and_quoted() -> None:
    values = {"bad": '"><script>x</script>', "safe": mark_safe('"onclick="x'), "no": None, "off": False}
    text = show('{% component "free.html" data-x=bad title=safe hidden @click="f(\'a\')" a=no b=off / %}', values)
    assert text == (
        '<b data-x="&quot;&gt;&lt;script&gt;x&lt;/script&gt;" title="&quot;onclick=&quot;x" hidden @click="f(\'a\')"></b>'
    )


def test_names_of_spread_attributes_are_checked() -> None:
    with pytest.raises(TemplateSyntaxError, match="is no name of an attribute"):
        show('{% component "free.html" attrs=given / %}', {"given": {'x onclick="a"': "1"}})
    assert show('{% component "free.html" attrs=given b=2 / %}', {"given": {"a": 1, "b": 1}}) == '<b a="1" b="2"></b>'


@pytest.mark.parametrize(
    ("source", "values", "message"),
    [
        ('\n{% component "card.html" titel="x" / %}', {}, r"page.html, line 2: component 'card.html' needs the attribute 'title' \(str\). Did you mean 'titel'\?"),
        ('{% component "card.html" title="x" level="3" / %}', {}, r"line 1: attribute 'level' of component 'card.html' must be int, got '3' \(SafeString\)"),
        ('{% component "card.html" title="x" level=True / %}', {}, "must be int, got True"),
        ('{% component "card.html" title="x" %}{% fill "foter" %}{% endfill %}{% endcomponent %}', {}, r"has no slot 'foter'. Did you mean 'footer'\?"),
        ('{% component "card.html" title="x" %}{% if a %}{% fill "footer" %}{% endfill %}{% endif %}{% endcomponent %}', {"a": 1}, "fill %} stands right inside"),
        ('{% component "self.html" / %}', {}, f"more than {MOST_NESTED_COMPONENTS} levels deep"),
        ('{% slot "a" %}{% endslot %}', {}, "slot %} stands in a component's template only"),
        ('{% component "twice.html" / %}', {}, "a component has one {% attributes %} tag"),
    ],
)  # fmt: skip
def test_errors_of_rendering(source: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=message):
        show(source, values)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% component %}{% endcomponent %}", "needs the name"),
        ('{% component "a" x=1 x=2 / %}', "'x' is given twice"),
        ('{% component "a" <x>=1 / %}', "takes name=value or name"),
        ('{% component "a" %}', "Unclosed tag on line 1: 'component'"),
        ('{% component "a" %}{% fill "x" %}{% endfill %}{% fill "x" %}{% endfill %}{% endcomponent %}', "filled twice"),
        ('{% component "a" %}{% fill "default" %}{% endfill %}text{% endcomponent %}', "default slot is filled twice"),
        ("{% attributes a:strr %}", r"unknown type 'strr'.* Did you mean 'str'\?"),
        ("{% attributes a a %}", "declared twice"),
        ("{% attributes attrs %}", "is taken"),
        ("{% attributes 1a %}", "takes name, name:type"),
        ("{% fill x %}{% endfill %}", "quoted name of a slot"),
    ],
)
def test_errors_of_parsing(source: str, message: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=message):
        engine().from_string(source)


def test_the_check_sees_uses_without_rendering() -> None:
    template = engine().from_string('{% component "card.html" / %}{% component "gone.html" / %}{% component name / %}')
    assert [text for _, text in node_problems(template.engine, template.nodelist)] == [
        "component 'card.html' needs the attribute 'title' (str).",
        "there is no component 'gone.html'.",
    ]


def test_a_request_context_and_an_async_caller() -> None:
    async def page() -> str:
        template = engine(
            **{"page.html": '{% component "free.html" id=i %}{{ request.method }}{% endcomponent %}'}
        ).get_template("page.html")
        request = HttpRequest()
        request.method = "PUT"
        return str(template.render(RequestContext(request, {"i": 1, "request": request})))

    assert asyncio.run(page()) == '<b id="1">PUT</b>'


def test_classes_and_styles_of_both_count() -> None:
    given = AttributeSet({"class": "b", "style": "color:red", "id": "x"})
    assert str(given.over({"class": "a", "style": "margin:0", "role": "note"})) == (
        ' class="a b" style="margin:0; color:red" role="note" id="x"'
    )
