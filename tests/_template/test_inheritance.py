from __future__ import annotations

from typing import Any

import pytest

from hotclub.template import Context, Engine, Template, TemplateDoesNotExist, TemplateSyntaxError


def engine_of(**templates: str) -> Engine:
    return Engine(
        loaders=[
            (
                "hotclub.template.loaders.cached.Loader",
                [("hotclub.template.loaders.locmem.Loader", templates)],
            )
        ]
    )


def test_three_levels_with_super() -> None:
    engine = engine_of(
        base="[{% block a %}base{% endblock %}|{% block b %}b{% endblock %}]",
        middle='{% extends "base" %}{% block a %}middle({{ block.super }}){% endblock %}',
        leaf='{% extends "middle" %}{% block a %}{{ x }}<{{ block.super }}>{% endblock %}{% block c %}no{% endblock %}',
    )
    for _ in range(3):
        assert engine.render_to_string("leaf", {"x": "&"}) == "[&amp;<middle(base)>|b]"


def test_blocks_in_blocks_and_loops() -> None:
    engine = engine_of(
        base="{% for i in x %}{% block row %}{{ i }}{% block cell %}c{% endblock %}{% endblock %}{% endfor %}",
        leaf='{% extends "base" %}{% block cell %}<{{ i }}{{ forloop.counter }}>{% endblock %}',
    )
    assert engine.render_to_string("leaf", {"x": "ab"}) == "a<a1>b<b2>"


def test_a_template_may_extend_a_namesake_of_a_later_loader() -> None:
    engine = Engine(
        loaders=[
            ("hotclub.template.loaders.locmem.Loader", {"a": '{% extends "a" %}{% block x %}new{% endblock %}'}),
            ("hotclub.template.loaders.locmem.Loader", {"a": "[{% block x %}old{% endblock %}]"}),
        ]
    )
    assert engine.get_template("a").render(Context()) == "[new]"


def test_extending_oneself_ends() -> None:
    engine = engine_of(a='{% extends "a" %}')
    with pytest.raises(TemplateDoesNotExist) as caught:
        engine.get_template("a").render(Context())
    assert caught.value.tried[0][1] == "Skipped to avoid recursion"


def test_includes() -> None:
    engine = engine_of(
        page='{% for x in xs %}{% include "part" with y=x %}{% include "part" with y="o" only %}{% endfor %}{{ y }}',
        part="({{ x }}{{ y }}{% with z=1 %}{{ z }}{% endwith %})",
    )
    assert engine.render_to_string("page", {"xs": [1]}) == "(111)(o1)"


def test_recursive_include_of_a_tree() -> None:
    engine = engine_of(tree='{{ n.v }}{% for n in n.kids %}({% include "tree" %}){% endfor %}')
    tree: dict[str, Any] = {"v": 1, "kids": [{"v": 2, "kids": [{"v": 3}]}, {"v": 4}]}
    assert engine.render_to_string("tree", {"n": tree}) == "1(2(3))(4)"


def test_cycles_of_includes_start_afresh_and_those_of_blocks_go_on() -> None:
    engine = engine_of(
        page='{% for x in "abc" %}{% include "part" %}{% block b %}{% cycle "1" "2" %}{% endblock %}{% endfor %}',
        part='{% cycle "x" "y" %}',
    )
    assert engine.render_to_string("page") == "x1x2x1"


def test_every_rendering_goes_through_the_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_of(base='{% block a %}{% endblock %}{% include "part" %}', leaf='{% extends "base" %}', part="p")
    seen: list[str | None] = []
    original = Template._render

    def hooked(self: Template, context: Context) -> Any:
        seen.append(self.name)
        return original(self, context)

    monkeypatch.setattr(Template, "_render", hooked)
    engine.render_to_string("leaf")
    assert seen == ["leaf", "base", "part"]


def test_partials() -> None:
    engine = engine_of(page="{% partialdef a %}[{{ x }}]{% endpartialdef %}{% partial a %}{% partial a %}")
    assert engine.render_to_string("page", {"x": 1}) == "[1][1]"
    assert engine.render_to_string("page#a", {"x": 2}) == "[2]"
    with pytest.raises(TemplateDoesNotExist, match="nope"):
        engine.get_template("page#nope")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% block %}{% endblock %}", "'block' tag takes only one argument"),
        ("{% block a %}{% endblock %}{% block a %}{% endblock %}", "'block' tag with name 'a' appears more than once"),
        ("{% extends %}", "'extends' takes one argument"),
        ("{{ x }}{% extends 'a' %}", "must be the first tag in the template"),
        ("{% include %}", "'include' tag takes at least one argument"),
        ("{% blok a %}{% endblok %}", "Did you mean 'block'"),
        ("{{ x|uppr }}", "Did you mean 'upper'"),
    ],
)
def test_errors(source: str, message: str) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        Engine().from_string(source)
    assert message in str(caught.value)
