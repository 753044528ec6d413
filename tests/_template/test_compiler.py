"""What generated code does: closed parts, open parts, fast paths and their guards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hotclub._template.compiler import write
from hotclub._template.nodes import COMPILE_AFTER, flavour_for
from hotclub.template import Context, Engine, Library, Node, NodeList, TemplateSyntaxError
from hotclub.utils.functional import SimpleLazyObject
from hotclub.utils.safestring import mark_safe

register = Library()


class ShowNames(Node):
    """A foreign node: shows names of the context, and may set one."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def render(self, context: Any) -> str:
        return ",".join(f"{name}={context.get(name)}" for name in self.names)


@register.tag
def show(parser: Any, token: Any) -> ShowNames:
    return ShowNames(token.split_contents()[1:])


class SetName(Node):
    def __init__(self, name: str, value: Any) -> None:
        self.name, self.value = name, value

    def render(self, context: Any) -> str:
        context[self.name] = self.value.resolve(context)
        return ""


@register.tag
def setname(parser: Any, token: Any) -> SetName:
    _, name, value = token.split_contents()
    return SetName(name, parser.compile_filter(value))


class Twice(Node):
    """A foreign block tag that renders its body twice."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Any) -> str:
        return self.nodelist.render(context) + self.nodelist.render(context)


@register.tag
def twice(parser: Any, token: Any) -> Twice:
    nodelist = parser.parse(("endtwice",))
    parser.delete_first_token()
    return Twice(nodelist)


@pytest.fixture(params=[0, COMPILE_AFTER, None], ids=["compiled", "both tiers", "called"])
def engine(request: pytest.FixtureRequest) -> Engine:
    engine = Engine(compile_after=request.param)
    engine.template_builtins.append(register)
    return engine


def render(engine: Engine, source: str, **names: Any) -> str:
    template = engine.from_string(source)
    results = {template.render(Context(dict(names))) for _ in range(COMPILE_AFTER + 2)}
    assert len(results) == 1  # cold and hot code agree
    return str(results.pop())


def source_of(engine: Engine, template_source: str) -> str:
    template = engine.from_string(template_source)
    return write(template.nodelist, flavour_for(Context()))[0]


def test_closed_loop_keeps_its_variable_in_a_local(engine: Engine) -> None:
    source = source_of(engine, "{% for x in xs %}{{ x }}{{ forloop.counter }}{% endfor %}")
    assert "context.push" not in source
    assert "set_forloop" not in source


def test_open_loop_shows_its_variables_to_foreign_nodes(engine: Engine) -> None:
    text = render(engine, "{% for a, b in xs %}{% show a b forloop %}|{% endfor %}{% show a %}", xs=[(1, 2)])
    assert text.startswith("a=1,b=2,forloop={")
    assert text.endswith("|a=None")


def test_foreign_assignments_are_seen_at_once(engine: Engine) -> None:
    source = '{{ x }}{% setname x "new" %}{{ x }}{% for i in xs %}{{ x }}{% setname x i %}{{ x }}{% endfor %}{{ x }}'
    assert render(engine, source, x="old", xs="ab") == "oldnewnewaabnew"


def test_assignment_inside_a_loop_is_seen_by_the_next_iteration(engine: Engine) -> None:
    assert render(engine, "{% for i in xs %}{{ y }}{% setname y i %}{% endfor %}", xs="abc") == "ab"


def test_foreign_block_tags_render_our_nodes(engine: Engine) -> None:
    assert (
        render(
            engine,
            "{% for x in xs %}{% twice %}{{ x }}{% if x == 1 %}!{% endif %}{% endtwice %}{% endfor %}",
            xs=[1, 2],
        )
        == "1!1!22"
    )


def test_nodes_of_ours_render_alone(engine: Engine) -> None:
    template = engine.from_string("{% for x in xs %}{{ x }}{% endfor %}")
    (loop,) = template.nodelist
    assert loop.render(Context({"xs": [1, 2]})) == "12"
    assert loop.nodelist_loop[0].render(Context({"x": "<"})) == "&lt;"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("<&\"'>", "&lt;&amp;&quot;&#x27;&gt;"),
        ("&#39;", "&amp;#39;"),
        (mark_safe("<b>"), "<b>"),
        (type("Text", (str,), {})("<b>"), "&lt;b&gt;"),
        (5, "5"),
        (True, "True"),
        (1.5, "1.5"),
        (Decimal("1.50"), "1.50"),
        (None, "None"),
        ([1, "a"], "[1, &#x27;a&#x27;]"),
        (lambda: "<x>", "&lt;x&gt;"),
    ],
)
def test_every_type_shows_alike_inside_and_outside_of_loops(engine: Engine, value: Any, text: str) -> None:
    assert render(engine, "{{ v }}", v=value) == text
    assert render(engine, "{% for v in vs %}{{ v }}{% endfor %}", vs=[value]) == text
    assert render(engine, "{% for v in vs %}{% for w in v %}{{ w }}{% endfor %}{% endfor %}", vs=[[value]]) == text


def test_escaping_follows_the_context_and_the_tag(engine: Engine) -> None:
    template = engine.from_string(
        "{{ v }}{% autoescape on %}{{ v }}{% endautoescape %}{% autoescape off %}{{ v }}{% endautoescape %}"
    )
    assert template.render(Context({"v": "<"})) == "&lt;&lt;<"
    assert template.render(Context({"v": "<"}, autoescape=False)) == "<&lt;<"


def test_a_callable_is_called_once_per_use(engine: Engine) -> None:
    calls: list[int] = []
    template = engine.from_string("{{ f }}{{ f }}{% if f %}{% endif %}")
    template.render(Context({"f": lambda: calls.append(1) or "x"}))
    assert len(calls) == 3


def test_paths(engine: Engine) -> None:
    class Thing:
        name = "n"

        def method(self) -> dict[str, Any]:
            return {"k": ["zero", "one"]}

        def __getattr__(self, name: str) -> Any:
            raise AttributeError(name)

    assert render(engine, "{{ t.name }}{{ t.method.k.1 }}{{ t.missing }}{{ t.missing.more }}", t=Thing()) == "none"


def test_data_altering_methods_are_not_called(engine: Engine) -> None:
    class Record:
        def delete(self) -> str:
            raise AssertionError("called from a template")

        delete.alters_data = True  # type: ignore[attr-defined]

    assert render(engine, "[{{ r.delete }}]", r=Record()) == "[]"


def test_names_of_python_are_no_names_of_templates(engine: Engine) -> None:
    assert (
        render(engine, "{{ len }}{{ context }}{{ __builtins }}" if False else "{{ len }}{{ context }}{{ out }}") == ""
    )


def test_text_is_never_code(engine: Engine) -> None:
    source = "\\n'''\"\"\"{t1}{{ x }}\\{%comment%}{%endcomment%} %s \x00 \u2028 }} {"
    assert render(engine, source, x="{t2}") == "\\n'''\"\"\"{t1}{t2}\\ %s \x00 \u2028 }} {"


def test_keyword_arguments_may_be_words_of_python(engine: Engine) -> None:
    library = Library()

    @library.simple_tag
    def tag(**kwargs: Any) -> str:
        return ";".join(f"{key}={value}" for key, value in kwargs.items())

    engine.template_builtins.append(library)
    assert render(engine, "{% tag class='a' for=b %}", b=1) == "class=a;for=1"


@pytest.mark.parametrize("depth", [5, 15, 30, 90])
def test_deep_nesting_compiles(engine: Engine, depth: int) -> None:
    loops = "".join(f"{{% for x{level} in one %}}" for level in range(depth))
    ends = "{% endfor %}" * depth
    assert render(engine, f"{loops}{{{{ x0 }}}}{{{{ x{depth - 1} }}}}{ends}", one=["v"]) == "vv"
    conditions = "{% if a %}" * depth
    assert render(engine, f"{conditions}{{{{ a }}}}{'{% endif %}' * depth}", a=1) == "1"


def test_unbounded_nesting_is_refused(engine: Engine) -> None:
    with pytest.raises(TemplateSyntaxError, match="nested deeper than 200"):
        engine.from_string("{% if a %}" * 300 + "{% endif %}" * 300)


def test_parentloop(engine: Engine) -> None:
    source = (
        "{% for a in x %}{% for b in x %}{{ forloop.parentloop.counter }}{{ forloop.counter }} {% endfor %}{% endfor %}"
    )
    assert render(engine, source, x="ab") == "11 12 21 22 "


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ("counter", "123"),
        ("counter0", "012"),
        ("revcounter", "321"),
        ("revcounter0", "210"),
        ("first", "TrueFalseFalse"),
        ("last", "FalseFalseTrue"),
        ("length", "333"),
    ],
)
def test_forloop_members_closed_and_open(engine: Engine, member: str, text: str) -> None:
    assert render(engine, f"{{% for a in x %}}{{{{ forloop.{member} }}}}{{% endfor %}}", x="abc") == text
    opened = f"{{% for a in x %}}{{% show %}}{{{{ forloop.{member} }}}}{{% endfor %}}"
    assert render(engine, opened, x="abc") == text


def test_errors_know_their_tag_in_debug_mode() -> None:
    engine = Engine(debug=True)
    template = engine.from_string("line\n{% for x in xs %}\n  {{ x.fail }}{% endfor %}")

    class Failing:
        @property
        def fail(self) -> str:
            raise ZeroDivisionError("no")

    with pytest.raises(ZeroDivisionError) as caught:
        template.render(Context({"xs": [Failing()]}))
    place = caught.value.template_debug  # type: ignore[attr-defined]
    assert (place["line"], place["during"], place["before"]) == (3, "{{ x.fail }}", "  ")


def test_string_if_invalid_passes_by_the_filters() -> None:
    engine = Engine(string_if_invalid="<%s?>")
    template = engine.from_string("{{ a|upper }}{{ b.c }}{% for x in y %}{{ x.z|lower }}{% endfor %}")
    assert template.render(Context({"y": [1]})) == "&lt;a?&gt;&lt;b.c?&gt;&lt;x.z?&gt;"


def test_a_foreign_node_must_render_text(engine: Engine) -> None:
    class Wrong(Node):
        def render(self, context: Any) -> Any:
            return 5

    library = Library()
    library.tag("wrong", lambda parser, token: Wrong())
    engine.template_builtins.append(library)
    with pytest.raises(TypeError, match="returned int, expected str"):
        engine.from_string("{% wrong %}").render(Context())


def test_a_subclass_with_its_own_render_is_called(engine: Engine) -> None:
    from hotclub.template.defaulttags import IfNode

    class Loud(IfNode):
        def render(self, context: Any) -> str:
            return "loud"

    library = Library()
    library.tag("loud", lambda parser, token: Loud([]))
    engine.template_builtins.append(library)
    assert render(engine, "{% loud %}") == "loud"


def test_a_changed_node_list_is_compiled_again(engine: Engine) -> None:
    template = engine.from_string("a{{ x }}")
    assert template.render(Context({"x": 1})) == "a1"
    template.nodelist.append(template.nodelist[0])
    assert template.render(Context({"x": 1})) == "a1a"


def test_a_lazy_object_that_says_it_is_text_is_not_taken_for_it(engine: Engine) -> None:
    # The guards ask for the real type: a lazy object answers `__class__` for what it wraps.
    lazy = SimpleLazyObject(lambda: "<x>")
    assert isinstance(lazy, str)
    assert render(
        engine, "{{ v }}{{ v|upper }}{{ v|length }}{% for w in vs %}{{ w }}{% endfor %}", v=lazy, vs=[lazy]
    ) == ("&lt;x&gt;&lt;X&gt;3&lt;x&gt;")


@pytest.mark.parametrize("body", ["{{ x }},", "{% for y in ys %}{{ x }}{{ y }},{% endfor %}", "{% show x %},"])
def test_long_loops_lose_nothing_when_their_output_is_joined_in_parts(engine: Engine, body: str) -> None:
    numbers = range(10_000)
    once = engine.from_string(body)
    expected = "".join(once.render(Context({"x": x, "ys": "ab"})) for x in numbers)
    source = "<{% for x in xs %}" + body + "{% endfor %}{% for x in xs %}" + body + "{% endfor %}>"
    assert render(engine, source, xs=numbers, ys="ab") == f"<{expected}{expected}>"


@pytest.mark.parametrize("part", ["\ufb01eld", "class", "match"])
def test_names_of_parts_are_taken_as_they_are_written(engine: Engine, part: str) -> None:
    holder = type("Holder", (), {"field": "folded", "match": "found"})()
    expected = {"match": "found"}.get(part, "")
    assert render(engine, "{{ x." + part + " }}", x=holder) == expected
    assert render(engine, "{% for x in xs %}{{ x." + part + " }}{% endfor %}", xs=[holder]) == expected
