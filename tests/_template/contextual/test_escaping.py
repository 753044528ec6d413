"""Contextual escaping: each place, hostile values in it, branches that do not meet, and what is told of them."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotclub._template.contextual.analysis import EscapingWarning
from hotclub._template.contextual.states import State
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.template import Context, Engine
from hotclub.utils.safestring import mark_safe

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "x onclick=alert(1)",
    "javascript:alert(1)",
    "\x01java\nscript:alert(1)",
    "vbscript:x",
    "data:text/html,<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "';alert(1);//",
    '";alert(1);//',
    "`${alert(1)}`",
    "\\'; alert(1)//",
    "*/alert(1)/*",
    "\n alert(1)",
    "\u2028alert(1)",
    "</style><script>alert(1)</script>",
    "red; background: url(javascript:alert(1))",
    "expression(alert(1))",
    "--><script>alert(1)</script>",
    "]]><script>",
    "alert(1)",
    "",
]


def engine(mode: str = "contextual", **files: str) -> Engine:
    loaders = [("hotclub.template.loaders.locmem.Loader", files)]
    return Engine(loaders=loaders, escaping=mode, libraries={"i18n": "hotclub.templatetags.i18n"})


def show(source: str, mode: str = "contextual", **values: Any) -> str:
    template = engine(mode).from_string(source)
    texts = {template.render(Context(values)) for _ in range(12)}  # called nodes, then compiled code
    assert len(texts) == 1
    return str(texts.pop())


@pytest.fixture(autouse=True)
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", EscapingWarning)
        yield


@pytest.mark.parametrize(
    ("source", "value", "text"),
    [
        ("<p>{{ v }}</p>", "<&\"'", "<p>&lt;&amp;&quot;&#x27;</p>"),
        ("<p>{{ v }}</p>", mark_safe("<b>"), "<p><b></p>"),
        ("<textarea>{{ v }}</textarea>", "</textarea>", "<textarea>&lt;/textarea&gt;</textarea>"),
        ('<a title="{{ v }}">', "<&\"'", '<a title="&lt;&amp;&quot;&#x27;">'),
        ('<a title="{{ v }}">', mark_safe('a &amp; <b c="d">'), '<a title="a &amp; &lt;b c=&quot;d&quot;&gt;">'),
        ("<a title='{{ v }}'>", mark_safe("'x"), "<a title='&#x27;x'>"),
        ("<a title={{ v }}>", "a b=c>", "<a title=a&#32;b&#61;c&#38;gt;>".replace("&#38;gt;", "&gt;")),
        ("<a title={{ v }} x>", "", "<a title=&#32; x>"),
        ('<a href="{{ v }}">', "javascript:alert(1)", '<a href="about:invalid#blocked">'),
        ('<a href="{{ v }}">', " JaVa\tScript:alert(1)", '<a href="about:invalid#blocked">'),
        ('<a href="{{ v }}">', mark_safe("javascript:alert(1)"), '<a href="about:invalid#blocked">'),
        ('<a href="{{ v }}">', "/a b?c=d&e=ü#f", '<a href="/a%20b?c=d&amp;e=%C3%BC#f">'),
        ('<a href="{{ v }}">', "https://example.com/%20x", '<a href="https://example.com/%20x">'),
        ('<a href="/s?q={{ v }}&x">', "a&b=c/d", '<a href="/s?q=a%26b%3Dc%2Fd&x">'),
        ('<a href="/s?q={{ v|urlencode }}">', "a b", '<a href="/s?q=a%20b">'),
        ('<a href="/p/{{ v }}/">', 'x"y', '<a href="/p/x%22y/">'),
        ('<a href="x{{ v }}">', "y:z", '<a href="xy%3Az">'),
        ('<img srcset="{{ v }}">', "a.png 1x, javascript:x 2x", '<img srcset="a.png 1x, about:invalid#blocked 2x">'),
        ('<img src="data:image/png;base64,{{ v }}">', "ab+/=", '<img src="data:image/png;base64,ab+/=">'),
        ('<a href="javascript:f({{ v }})">', "alert(1)", '<a href="javascript:f(blocked)">'),
        ("<script>var x = {{ v }};</script>", "</script>'", '<script>var x =  "\\u003C/script\\u003E\\u0027" ;</script>'),
        ("<script>var x = {{ v }};</script>", 5, "<script>var x =  5 ;</script>"),
        ("<script>var x = {{ v }};</script>", {"a": [1, None, True]}, '<script>var x =  {"a": [1, null, true]} ;</script>'),
        ("<script>var x = '{{ v }}';</script>", "';alert(1)//", "<script>var x = '\\u0027\\u003Balert(1)//';</script>"),
        ("<script>var x = '{{ v|escapejs }}';</script>", "a'b", "<script>var x = 'a\\u0027b';</script>"),
        ("<script>var x = `a{{ v }}`;</script>", "${x}`", "<script>var x = `a\\u0024{x}\\u0060`;</script>"),
        ("<script>var x = `${ {{ v }} }`;</script>", "alert(1)", '<script>var x = `${  "alert(1)"  }`;</script>'),
        ("<script>// {{ v }}\nx</script>", "\nalert(1)", "<script>// \nx</script>"),
        ("<script>a = b / {{ v }} / 2</script>", 3, "<script>a = b /  3  / 2</script>"),
        ("<script>r = /a{{ v }}/;</script>", "b/", "<script>r = /ab\\u002F/;</script>"),
        ('<script type="text/x-template"><p>{{ v }}</p></script>', "<", '<script type="text/x-template"><p>&lt;</p></script>'),
        ('<a onclick="f({{ v }})">', "');alert('", '<a onclick="f( &quot;\\u0027);alert(\\u0027&quot; )">'),
        ("<a onclick=\"f('{{ v }}')\">", "');alert('", "<a onclick=\"f('\\u0027)\\u003Balert(\\u0027')\">"),
        ("<a onclick=\"f(&quot;{{ v }}&quot;)\">", '"', '<a onclick="f(&quot;\\u0022&quot;)">'),
        ("<style>p { color: {{ v }} }</style>", "red", "<style>p { color: red }</style>"),
        ("<style>p { color: {{ v }} }</style>", "red; x: y", "<style>p { color: blocked }</style>"),
        ("<style>p { content: '{{ v }}' }</style>", "'</style>", "<style>p { content: '\\27 \\3C \\2F style\\3E ' }</style>"),
        ("<p style=\"width: {{ v }}px\">", 5, '<p style="width: 5px">'),
        ("<p style=\"background: url({{ v }})\">", "javascript:x", '<p style="background: url(about\\3A invalid#blocked)">'),
        ("<iframe srcdoc=\"{{ v }}\">", "<b>", '<iframe srcdoc="&amp;lt;b&amp;gt;">'),
        ("<h{{ v }}>", 2, "<h2>"),
        ("<{{ v }}>", "script", "<blocked>"),
        ("<a {{ v }}>", "onclick=alert(1)", "<a blocked>"),
        ("<a {{ v }}>", "hidden", "<a hidden>"),
        ("<a {{ v }}>", mark_safe('id="x"'), '<a id="x">'),
        ('<a {{ v }}="1">', "href", '<a blocked="1">'),
        ("<!-- {{ v }} -->", "--><b>", "<!-- --&gt;&lt;b&gt; -->"),
        ('{% autoescape off %}<a href="{{ v }}">{% endautoescape %}', "javascript:", '<a href="javascript:">'),
        ('<a href="{% firstof v %}">', "javascript:x", '<a href="about:invalid#blocked">'),
        ("<script>'{% cycle v v %}'</script>", "'", "<script>'\\u0027'</script>"),
    ],
)  # fmt: skip
def test_each_place(source: str, value: Any, text: str) -> None:
    assert show(source, v=value) == text


def test_two_values_cannot_make_a_scheme_together() -> None:
    assert show('<a href="{{ a }}{{ b }}">', a="java", b="script:alert(1)") == '<a href="javascript%3Aalert(1)">'


def test_branches_that_meet() -> None:
    source = '<a {% if a %}class="{{ a }}"{% endif %} href="{% if a %}/x/{% else %}/y/{% endif %}{{ a }}">{{ a }}</a>'
    assert show(source, a="<") == '<a class="&lt;" href="/x/%3C">&lt;</a>'
    loop = "<script>var a = [{% for x in xs %}{{ x }}{% if not forloop.last %},{% endif %}{% endfor %}];</script>"
    assert show(loop, xs=["a", 1]) == '<script>var a = [ "a" , 1 ];</script>'


def test_branches_that_do_not_meet_show_words_only() -> None:
    source = '<a title={% if a %}"{% endif %}{{ v }}'
    with pytest.warns(EscapingWarning) as caught:
        template = engine().from_string(source)
    assert "from here on the place in the HTML is not known" in str(caught[0].message)
    assert template.render(Context({"v": "x y"})) == "<a title=x y"
    assert template.render(Context({"v": "x=y"})) == "<a title=blocked"


def test_a_loop_is_taken_to_run_again_where_it_ended() -> None:
    with pytest.warns(EscapingWarning):
        engine().from_string("<p>{% for x in xs %}<a title='{% endfor %}{{ v }}")


def test_deeply_nested_loops_are_read_in_time() -> None:
    depth = 60
    source = "{% for x in xs %}<script>'{{ x }}'</script>" * depth + "{% endfor %}" * depth
    assert engine().from_string(source) is not None


def test_blocks_are_read_where_the_parent_has_them() -> None:
    files = {
        "base.html": "<script>var x = '{% block name %}{% endblock %}';</script>{% block body %}{% endblock %}",
        "middle.html": '{% extends "base.html" %}{% block body %}<a href="{% block url %}{% endblock %}">{% endblock %}',
        "page.html": '{% extends "middle.html" %}{% block name %}{{ v }}{% endblock %}{% block url %}{{ v }}{% endblock %}',
    }
    text = engine(**files).get_template("page.html").render(Context({"v": "javascript:'"}))
    assert text == "<script>var x = 'javascript:\\u0027';</script><a href=\"about:invalid#blocked\">"


def test_safe_is_trusted_and_told() -> None:
    with pytest.warns(EscapingWarning, match=r"line 2: \{\{ v\|safe \}\} is trusted in a script element \(code\)"):
        template = engine().from_string("<script>\nvar x = {{ v|safe }};</script>")
    assert template.render(Context({"v": "[1]"})) == "<script>\nvar x = [1];</script>"


def test_the_warning_mode_changes_nothing() -> None:
    source = '<a href="{{ v }}" title="{{ v }}" onclick={{ v }}>'
    with pytest.warns(EscapingWarning) as caught:
        template = engine("warn").from_string(source)
    assert [str(warning.message).partition(": ")[2] for warning in caught] == [
        "{{ v }} stands in the attribute 'href', which the usual escaping is not made for.",
        "{{ v }} stands in the attribute 'onclick' without quotes, which the usual escaping is not made for.",
    ]
    assert template.render(Context({"v": "a:b"})) == '<a href="a:b" title="a:b" onclick=a:b>'


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(
        ImproperlyConfigured, match="Unknown escaping 'strict'; it should be one of 'html', 'contextual', 'warn'"
    ):
        engine("strict")


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))


def structure(text: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = Elements()
    parser.feed(text)
    parser.close()
    return parser.seen


PLACES = [
    "<p>{{ v }}</p><i>",
    '<p title="{{ v }}"></p><i>',
    "<p title='{{ v }}'></p><i>",
    "<p title={{ v }}></p><i>",
    '<a href="{{ v }}"></a><i>',
    "<a href={{ v }}></a><i>",
    '<a href="/x?y={{ v }}"></a><i>',
    "<script>x = {{ v }};</script><i>",
    "<script>x = '{{ v }}';</script><i>",
    "<script>x = `{{ v }}`;</script><i>",
    "<script>/* {{ v }} */</script><i>",
    "<style>p { color: {{ v }} }</style><i>",
    '<style>p { content: "{{ v }}" }</style><i>',
    '<p onclick="f({{ v }})" style="color: {{ v }}"></p><i>',
    "<!-- {{ v }} --><i>",
    "<textarea>{{ v }}</textarea><i>",
]


@pytest.mark.parametrize("source", PLACES)
@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_changes_the_elements_of_a_page(source: str, value: str) -> None:
    assert structure(show(source, v=value)) == structure(show(source, v="x"))


@given(st.text(alphabet=st.sampled_from(list("<>\"'`=/\\ \n&;:()*-!${}ax1")), max_size=30), st.sampled_from(PLACES))
def test_random_values_change_no_elements(value: str, source: str) -> None:
    template = engine().from_string(source)
    assert structure(template.render(Context({"v": value}))) == structure(template.render(Context({"v": "x"})))


@given(st.text(max_size=40))
def test_values_come_through_a_script_whole(value: str) -> None:
    text = engine().from_string("<script>{{ v }}</script>").render(Context({"v": value}))
    assert json.loads(text.removeprefix("<script>").removesuffix("</script>")) == value


@given(
    st.lists(
        st.sampled_from(
            [
                "<a ",
                "<",
                ">",
                "href=",
                '"',
                "'",
                "x",
                " ",
                "/",
                "<script>",
                "</script>",
                "`",
                "${",
                "}",
                "<!--",
                "-->",
                "{",
                "=",
                "url(",
            ]
        ),
        max_size=30,
    )
)
def test_the_place_does_not_depend_on_how_text_is_cut(pieces: list[str]) -> None:
    state = State()
    for piece in pieces:
        state = state.after(piece)
    assert state.mode in {
        "text",
        "open",
        "name",
        "tag",
        "attribute",
        "named",
        "before",
        "value",
        "end",
        "comment",
        "raw",
        "rcdata",
    }
