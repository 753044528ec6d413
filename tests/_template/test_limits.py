"""Whatever a template says: a rendering or one clear error, in time and stack that have a bound."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from hotclub.template import Context, Engine, Library, TemplateDoesNotExist, TemplateSyntaxError

DEEP = 190


@pytest.fixture(params=[0, None], ids=["compiled", "called"])
def tier(request: pytest.FixtureRequest) -> Any:
    return request.param


def engine(tier: Any, **texts: str) -> Engine:
    return Engine(loaders=[("hotclub.template.loaders.locmem.Loader", texts)], compile_after=tier)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% if " + "not " * 500 + "x %}y{% else %}n{% endif %}", "y"),
        ("{% if " + "x and " * 500 + "x %}y{% else %}n{% endif %}", "y"),
        ("{% if " + "z or " * 500 + "z %}y{% else %}n{% endif %}", "n"),
        ("{% if " + "x == " * 500 + "x %}y{% else %}n{% endif %}", "y"),
        ("{% if " + "x == not " * 250 + "x %}y{% else %}n{% endif %}", None),
        ("{% if not " + "x == not x and z or " * 120 + "x %}y{% else %}n{% endif %}", None),
        ("{{ x" + "|default:x" * 3000 + "}}", "1"),
        ("{{ x" + ".a" * 20_000 + " }}", ""),
        ("{% if z %}" + "".join(f"{{% elif n == {i} %}}{i}" for i in range(2000)) + "{% endif %}", "1999"),
        ("{% cycle " + " ".join(f"v{i}" for i in range(2000)) + " %}", ""),
        ("{% firstof " + " ".join(f"v{i}" for i in range(2000)) + " x %}", "1"),
        ("{% with " + " ".join(f"v{i}=x" for i in range(2000)) + " %}{{ v7 }}{% endwith %}", "1"),
        ("{% if x %}" * DEEP + "{{ x }}" + "{% endif %}" * DEEP, "1"),
        ("{% for i in one %}" * DEEP + "{{ i }}" + "{% endfor %}" * DEEP, "1"),
        ("{% with x=x %}{% if x %}" * (DEEP // 2) + "{{ x }}" + "{% endif %}{% endwith %}" * (DEEP // 2), "1"),
        ("{% spaceless %}" * DEEP + "{{ x }}" + "{% endspaceless %}" * DEEP, "1"),
        ("{% autoescape off %}" * DEEP + "{{ x }}" + "{% endautoescape %}" * DEEP, "1"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_long_and_deep_templates_render(tier: Any, source: str, text: str | None) -> None:
    values = {"x": 1, "z": 0, "n": 1999, "one": [1]}
    found = engine(tier).from_string(source).render(Context(values))
    if text is None:
        other = engine(0 if tier is None else None).from_string(source).render(Context(values))
        assert found == other
    else:
        assert found == text


def test_tags_that_nest_too_deep_are_refused(tier: Any) -> None:
    with pytest.raises(TemplateSyntaxError, match=r"nested deeper than 200 levels.*line 1: {% if x %}"):
        engine(tier).from_string("{% if x %}" * 300 + "{% endif %}" * 300)


def test_conditions_with_too_many_operators_are_refused(tier: Any) -> None:
    with pytest.raises(TemplateSyntaxError, match="at most 500 operators"):
        engine(tier).from_string("{% if " + "not " * 501 + "x %}{% endif %}")


@pytest.mark.parametrize(
    "texts",
    [
        {"main": "{% include 'main' %}"},
        {"main": "{% for i in one %}{% if i %}{% with a=i %}{% include name %}{% endwith %}{% endif %}{% endfor %}"},
        {"main": "{% include 'main' with x=1 only %}"},
        {"main": "{% include 'other' %}", "other": "{% block b %}{% include 'main' %}{% endblock %}"},
        {
            "main": "{% extends 'base' %}{% block b %}{% include 'main' %}{% endblock %}",
            "base": "{% block b %}{% endblock %}",
        },
        {"main": "{% partialdef p inline %}{% partial p %}{% endpartialdef %}"},
        {"main": "{% load again %}{% again %}"},
        {"main": "{% filter upper %}{% include 'main' %}{% endfilter %}"},
        {"main": "{% ifchanged %}{% include 'main' %}{% endifchanged %}"},
    ],
)
def test_templates_without_an_end_are_refused(tier: Any, texts: dict[str, str]) -> None:
    library = Library()

    @library.inclusion_tag("main")
    def again() -> dict[str, Any]:
        return {}

    made = engine(tier, **texts)
    made.template_libraries["again"] = library
    with pytest.raises(RecursionError, match="100 levels deep"):
        made.get_template("main").render(Context({"one": [1], "name": "main"}))


def test_parents_without_an_end_are_refused(tier: Any) -> None:
    texts = {"a": "{% extends 'b' %}", "b": "{% extends 'a' %}"}
    with pytest.raises(TemplateDoesNotExist) as caught:
        engine(tier, **texts).get_template("a").render(Context())
    assert {reason for _, reason in caught.value.tried} == {"Skipped to avoid recursion"}
    template = engine(tier).from_string("{% extends me %}")
    with pytest.raises(RecursionError, match="extend one another more than 100 levels deep, now me"):
        template.render(Context({"me": template}))


def test_recursion_with_an_end_is_rendered(tier: Any) -> None:
    tree: list[Any] = []
    for _ in range(80):
        tree = [tree]
    source = "<{% for part in tree %}{% if True %}{% include 'main' with tree=part %}{% endif %}{% endfor %}>"
    text = engine(tier, main=source).get_template("main").render(Context({"tree": tree}))
    assert text == "<" * 81 + ">" * 81


@pytest.mark.parametrize("unit", ["{%", "{{", "{#", "{% ", '{{ x|default:"', "{{ x|", "{% if ", "{{ _(", "%}", "{%}"])
def test_unfinished_marks_are_text_or_an_error(tier: Any, unit: str) -> None:
    source = unit * 200_000
    with contextlib.suppress(TemplateSyntaxError):  # looking from each mark to the end would take minutes
        assert engine(tier).from_string(source).render(Context()) == source


# Syntax errors -------------------------------------------------------------------------------------------------------

MISTAKES = [
    ("{% fro x in y %}{% endfor %}", "Did you mean 'for'"),
    ("{{ x|uper }}", "Did you mean 'upper'"),
    ("{% if x == %}{% endif %}", "Unexpected end of expression"),
    ("{% for x y %}{% endfor %}", "at least four words"),
    ("{% if x %}", "Unclosed tag"),
    ("{% include %}", "at least one argument"),
    ("{{ x y }}", "Could not parse the remainder"),
    ("{{ _x }}", "may not begin with underscores"),
    ("{{ x|default }}", "requires 2 arguments"),
    ("{{ }}", "Empty variable tag"),
    ("{% %}", "Empty block tag"),
    ("{% load humanise %}", "not a registered tag library"),
    ("{% block a %}{% endblock %}{% block a %}{% endblock %}", "appears more than once"),
    ("{% with %}{% endwith %}", "at least one variable"),
    ("{% cycle %}", "at least two arguments"),
    ("{% endif %}", "Invalid block tag"),
    ("{% if x %}{% endfor %}", "expected 'elif', 'else' or 'endif'"),
    ("{{ x }}{% extends 'x' %}", "must be the first tag"),
    ("{% url %}", "at least one argument"),
    ("{% now %}", "takes one argument"),
]


@pytest.mark.parametrize(("source", "message"), MISTAKES)
@pytest.mark.parametrize("debug", [False, True])
def test_syntax_errors_name_template_line_and_source(source: str, message: str, debug: bool) -> None:
    made = Engine(
        loaders=[("hotclub.template.loaders.locmem.Loader", {"shop/page.html": f"one\ntwo\n{source}"})], debug=debug
    )
    with pytest.raises(TemplateSyntaxError) as caught:
        made.get_template("shop/page.html")
    text = str(caught.value)
    assert message in text
    assert "Template: shop/page.html" in text
    assert "line 3" in text
    start = source[source.index("{") :].split("%}")[0].split("}}")[0].strip("{}% ").split(" ")[0]
    assert start in text
    if debug:
        info = caught.value.template_debug  # type: ignore[attr-defined]
        assert info["line"] == 3
        assert info["during"]
        assert info["during"] in source


def test_syntax_errors_of_texts_have_a_line_too() -> None:
    with pytest.raises(TemplateSyntaxError, match=r"from 'x y' \(line 2: {{ x y }}\)"):
        Engine().from_string("one\n{{ x y }}")


@pytest.mark.parametrize("tier", [0, None])
def test_tracebacks_show_where_a_rendering_failed(tier: Any) -> None:
    source = "one\n{% for x in xs %}\n{{ x|divisibleby:2 }}{% endfor %}"
    made = Engine(
        loaders=[("hotclub.template.loaders.locmem.Loader", {"page": source, "outer": "{% include 'page' %}"})],
        debug=True,
        compile_after=tier,
    )
    with pytest.raises(ValueError, match="invalid literal") as caught:
        made.get_template("outer").render(Context({"xs": ["a"]}))
    assert caught.value.__notes__ == ["In template page, line 3: {{ x|divisibleby:2 }}"]
