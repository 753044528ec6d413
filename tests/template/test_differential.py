"""Random templates give the same text, or the same error, as the framework whose language this is.

Needs an interpreter with that framework: `HOTCLUB_ORACLE_PYTHON=/path/to/python pytest tests/template`.
`HOTCLUB_ORACLE_TEMPLATES` says how many templates are tried.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ORACLE = os.environ.get("HOTCLUB_ORACLE_PYTHON")
COUNT = int(os.environ.get("HOTCLUB_ORACLE_TEMPLATES", "400"))
WORKER = Path(__file__).with_name("oracle_worker.py")

pytestmark = pytest.mark.skipif(
    not ORACLE, reason="HOTCLUB_ORACLE_PYTHON names no interpreter with the other framework"
)

CONTEXT: dict[str, Any] = {
    "text": "it's <b>bold</b> & more",
    "word": "hello",
    "empty": "",
    "number": 42,
    "zero": 0,
    "real": 3.14159,
    "yes": True,
    "nothing": None,
    "items": ["a", "<b>", "c c", ""],
    "numbers": [3, 1, 2, 2],
    "rows": [["x", 1], ["<y>", 2], ["z", None]],
    "people": [
        {"name": "Ann", "age": 30, "town": {"name": "Oslo", "tags": ["n", "o"]}},
        {"name": "Bo <i>", "age": 25, "town": {"name": "Oslo", "tags": []}},
        {"name": "Cy", "age": 25, "town": {"name": "Rome"}},
    ],
    "zone": "Australia/Adelaide",
    "table": {"k": "v", "items": "shadow", "0": "zeroth", "list": [[1, 2], [3]]},
}
PATHS = [*CONTEXT, "table.k", "table.items", "table.0", "table.list.1.0", "people.0.town.name", "items.1", "items.9"]
PATHS += ["missing", "people.2.town.tags", "rows.0.1", "x", "y", "x.name", "x.town.name", "x.0", "forloop.counter"]
PATHS += ["forloop.last", "forloop.parentloop.counter0", "forloop.revcounter", "block.name", "text.upper", "table.keys"]
PATHS += ["moment", "naive", "day", "hour", "exact", "big", "safe", "lazy", "moment.year", "day.month", "csrf_token"]
LITERALS = ['_("May")', "_('Some')", '"lit <&>"', "'q'", "7", "-2", "1.5", '""']
FILTERS = [
    "upper", "lower", "title", "capfirst", "length", "default:'d'", "default:word", "default_if_none:'n'", "add:3",
    "add:word", "add:items", "join:', '", "join:text", "first", "last", "slice:':2'", "slice:'1:'", "cut:' '", "safe", "escape",
    "force_escape", "striptags", "truncatechars:5", "truncatewords:2", "yesno", "yesno:'a,b,c'", "pluralize", "floatformat",
    "floatformat:2", "floatformat:'-3'", "linebreaks", "linebreaksbr", "urlencode", "urlize", "wordcount", "center:9", "ljust:6",
    "rjust:6", "make_list", "dictsort:'age'", "dictsort:'name'", "dictsortreversed:0", "unordered_list", "stringformat:'s'",
    "stringformat:'05d'", "divisibleby:2", "get_digit:1", "filesizeformat", "addslashes", "escapejs", "slugify", "pprint",
    "wordwrap:7", "linenumbers", "escapeseq", "safeseq", "truncatechars_html:7", "truncatewords_html:2",
    "iriencode", "json_script:'i'", "default:missing", "date:'Y'", "timesince", "escapeseq|join:'-'",
    "date", "date:'D d M Y'", "date:'l jS F y, N b E'", "date:'c r U'", "date:'H:i:s.u e T O Z P f A a'", "date:'t L z W o w S B I'",
    "date:'SHORT_DATE_FORMAT'", "date:'DATETIME_FORMAT'", "date:word", "time", "time:'H:i'", "time:'TIME_FORMAT'", "timeuntil:day",
    "timesince:naive", "timesince:moment", "floatformat:'2g'", "floatformat:'-2u'", "floatformat:exact", "stringformat:'.2f'", "stringformat:'x'",
    "lower|phone2numeric", "urlizetrunc:9", "dictsort:0", "dictsortreversed:'town.name'", "last|default:'z'", "add:big", "add:lazy",
    "localize", "unlocalize", "localtime", "utc", "timezone:'Asia/Tokyo'", "timezone:zone", "intcomma", "intword", "ordinal", "apnumber",
    "language_name", "language_name_local", "language_bidi", "cut:safe", "safe|upper", "join:safe", "title|truncatewords:1", "pluralize:'y,ies'",
    "divisibleby:zero", "center:'x'", "yesno:lazy", "filesizeformat|length", "default_if_none:lazy", "slice:'::-1'", "slice:word",
]  # fmt: skip


MESSAGES = ["word", "lazy", '"May"', "'100%'", "missing"]
MESSAGE_ENDS = ["", "noop", "as x"]
MESSAGE_CONTEXTS = ['"abbr. month"', "word"]
BLOCK_OPTIONS = ["", "trimmed", "asvar z"]
COUNTS = ["number", "numbers|length", "zero", "missing", "1"]
ROUTES = ["'start'", "'item' number", "'item' number=number", "'word' word 'o'", "'item' x", "'gone'", "word"]
STATIC_FILES = ["word", "'a b.css'", "text", "items.0"]
NOW_FORMATS = ["'Y'", '"\\Y"', "word"]
SWITCHES = ["on", "off"]
BLOCK_FILTERS = ["upper", "force_escape", "cut:x", "linebreaksbr"]
WATCHED = ["x", "y", "x.age"]
ZONES = ['"Asia/Tokyo"', '"UTC"', "None", "zone", "word"]
LANGUAGES = ['"de"', '"en"', "word", "'en-us'"]
FRAGMENTS = ["frag", "frag x word"]


class Writer:
    """Writes random templates.

    Args:
        choose: source of randomness.
    """

    def __init__(self, choose: random.Random) -> None:
        self.choose = choose
        self.blocks = 0

    def expression(self) -> str:
        choose = self.choose
        base = choose.choice(PATHS) if choose.random() < 0.85 else choose.choice(LITERALS)
        count = choose.choices((0, 1, 2, 3), (5, 4, 2, 1))[0]
        return "|".join([base, *(choose.choice(FILTERS) for _ in range(count))])

    def condition(self) -> str:
        choose = self.choose
        words = []
        for index in range(choose.choices((1, 2, 3), (5, 3, 1))[0]):
            if index:
                words.append(choose.choice(["and", "or", "==", "!=", "<", ">", "<=", "in", "not in", "is", "is not"]))
            if choose.random() < 0.2:
                words.append("not")
            words.append(self.expression())
        return " ".join(words)

    def body(self, depth: int) -> str:
        return "".join(self.piece(depth) for _ in range(self.choose.randint(1, 3)))

    def piece(self, depth: int) -> str:
        choose = self.choose
        if depth <= 0 or choose.random() < 0.45:
            return choose.choice(
                [
                    lambda: f"{{{{ {self.expression()} }}}}",
                    lambda: f"{{{{ {self.expression()} }}}}",
                    lambda: choose.choice(["text ", "<p> </p>\n", "{", "}}", "%}", "'", "\\", "\n", "{# note #}"]),
                    lambda: f"{{% firstof {self.expression()} {self.expression()} %}}",
                    lambda: f"{{% cycle {self.expression()} 'b' %}}",
                    lambda: "{% cycle 'p' 'q' as x %}",
                    lambda: f"{{% widthratio {self.expression()} 10 100 %}}",
                    lambda: '{% include "part" %}',
                    lambda: f'{{% include "part" with x={self.expression()} %}}',
                    lambda: f'{{% include "part" with x={self.expression()} only %}}',
                    lambda: "{% templatetag openblock %}{% comment %}{{ x }}{% endcomment %}",
                    lambda: f"{{% translate {choose.choice(MESSAGES)} {choose.choice(MESSAGE_ENDS)} %}}",
                    lambda: f"{{% translate 'May' context {choose.choice(MESSAGE_CONTEXTS)} %}}",
                    lambda: (
                        f"{{% blocktranslate with a={self.expression()} b={self.expression()} {choose.choice(BLOCK_OPTIONS)} %}} "
                        "one {{ a }}%\n two {{ b }} {{ x }}{% endblocktranslate %}{{ z }}"
                    ),
                    lambda: (
                        f"{{% blocktranslate count n={choose.choice(COUNTS)} %}}"
                        "{{ n }} thing{% plural %}{{ n }} things{% endblocktranslate %}"
                    ),
                    lambda: "{% get_current_language as z %}{{ z }}{% get_current_language_bidi as z %}{{ z }}",
                    lambda: "{% get_language_info for 'de' as z %}{{ z.code }}{{ z.name_local }}{{ z.bidi }}",
                    lambda: "{% get_current_timezone as z %}{{ z }}",
                    lambda: f"{{% url {choose.choice(ROUTES)} %}}",
                    lambda: "{% url 'item' x as z %}{{ z }}",
                    lambda: (
                        f"{{% static {choose.choice(STATIC_FILES)} %}}{{% get_static_prefix %}}{{% get_media_prefix as z %}}{{{{ z }}}}"
                    ),
                    lambda: f"{{% now {choose.choice(NOW_FORMATS)} as z %}}{{{{ z|length }}}}",
                    lambda: "{% lorem 3 w %}{% csrf_token %}",
                    lambda: "{% querystring %}{% querystring a=1 b=items c=None %}",
                    lambda: f"{{% querystring word=word x={self.expression()} %}}",
                    lambda: "{% partialdef q inline %}{{ x }}{{ word }}{% endpartialdef %}{% partial q %}",
                    lambda: self.mistake() if choose.random() < 0.1 else "{{ safe }}",
                ]
            )()
        inner = depth - 1
        return choose.choice(
            [
                lambda: f"{{% if {self.condition()} %}}{self.body(inner)}{{% endif %}}",
                lambda: (
                    f"{{% if {self.condition()} %}}{self.body(inner)}{{% elif {self.condition()} %}}{self.body(inner)}"
                    f"{{% else %}}{self.body(inner)}{{% endif %}}"
                ),
                lambda: f"{{% for x in {self.expression()} %}}{self.body(inner)}{{% endfor %}}",
                lambda: f"{{% for y in people %}}{self.body(inner)}{{% endfor %}}",
                lambda: (
                    f"{{% for x, y in rows reversed %}}{self.body(inner)}{{% empty %}}{self.body(inner)}{{% endfor %}}"
                ),
                lambda: f"{{% with x={self.expression()} y={self.expression()} %}}{self.body(inner)}{{% endwith %}}",
                lambda: f"{{% autoescape {choose.choice(SWITCHES)} %}}{self.body(inner)}{{% endautoescape %}}",
                lambda: f"{{% filter {choose.choice(BLOCK_FILTERS)} %}}{self.body(inner)}{{% endfilter %}}",
                lambda: f"{{% spaceless %}}{self.body(inner)}{{% endspaceless %}}",
                lambda: (
                    f"{{% ifchanged {choose.choice(WATCHED)} %}}{self.body(inner)}{{% else %}}same{{% endifchanged %}}"
                ),
                lambda: (
                    "{% regroup people by town.name as y %}{% for x in y %}{{ x.grouper }}{{ x.list|length }}"
                    f"{self.body(inner)}{{% endfor %}}"
                ),
                lambda: f"{{% localize {choose.choice(SWITCHES)} %}}{self.body(inner)}{{% endlocalize %}}",
                lambda: f"{{% localtime {choose.choice(SWITCHES)} %}}{self.body(inner)}{{% endlocaltime %}}",
                lambda: f"{{% timezone {choose.choice(ZONES)} %}}{self.body(inner)}{{% endtimezone %}}",
                lambda: f"{{% language {choose.choice(LANGUAGES)} %}}{self.body(inner)}{{% endlanguage %}}",
                lambda: f"{{% cache 60 {choose.choice(FRAGMENTS)} %}}{self.body(inner)}{{% endcache %}}",
                lambda: f"{{% with {self.expression()} as y %}}{self.body(inner)}{{% endwith %}}",
                lambda: f"{{% ifchanged %}}{self.body(inner)}{{% endifchanged %}}",
                lambda: (
                    f"{{% for x in numbers %}}{{% cycle 'a' 'b' as z silent %}}{{{{ z }}}}{self.body(inner)}{{% endfor %}}"
                ),
                lambda: f"{{% for x in table.items %}}{self.body(inner)}{{% endfor %}}",
                lambda: f"{{% for a, b in table.list %}}{{{{ a }}}}{{{{ b }}}}{self.body(inner)}{{% endfor %}}",
                lambda: self.block(inner),
                lambda: "{% verbatim %}{{ x }}{% endverbatim %}" + self.body(inner),
            ]
        )()

    def mistake(self) -> str:
        """Return something that is refused, while parsing or while rendering."""
        return self.choose.choice(
            [
                "{% partial missing_one %}", "{% resetcycle %}", "{{ x|nofilter }}", "{{ x|upper:1 }}", "{% nosuchtag %}", "{% if %}",
                "{% for x %}", "{% url 'gone' %}", "{% url %}", "{% timezone %}", "{{ x..y }}", "{{ _x }}", "{{ x|add }}", "{% cycle %}",
                "{% include %}", "{% include missing %}", "{% with %}{% endwith %}", "{% blocktranslate %}{% if %}{% endblocktranslate %}",
                "{% translate %}", "{% language %}", "{% endif %}", "{% widthratio 1 2 %}", "{% regroup x %}", "{% load nothing %}", "{{ x y }}",
                "{% now %}", "{% static %}", "{% cache %}{% endcache %}", "{% templatetag x %}", "{{ }}", "{% autoescape x %}{% endautoescape %}",
            ]
        )  # fmt: skip

    def block(self, depth: int) -> str:
        self.blocks += 1
        name = f"b{self.blocks}"
        return f"{{% block {name} %}}{self.body(depth)}{{% endblock %}}"

    def job(self) -> dict[str, Any]:
        choose = self.choose
        templates = {
            "part": "<" + self.body(1).replace('{% include "part"', '{% include "tiny"') + ">",
            "tiny": "t{{ x }}{% cycle 1 2 %}",
        }
        templates["part"] = templates["part"].replace("{% block", "{% comment %}{% endcomment %}{% block")
        self.blocks = 0
        main = self.body(3)
        if choose.random() < 0.35:
            templates["base"] = main
            overrides = [
                f"{{% block b{number} %}}[{self.body(1)}{{{{ block.super }}}}]{{% endblock %}}"
                for number in range(1, min(self.blocks, 3) + 1)
                if choose.random() < 0.7
            ]
            self.blocks += 100
            main = '{% extends "base" %}' + "".join(overrides)
        templates["main"] = main
        loads = "{% load i18n l10n tz static cache humanize %}"
        templates = {
            name: text.replace('{% extends "base" %}', f'{{% extends "base" %}}{loads}')
            if "{% extends" in text
            else loads + text
            for name, text in templates.items()
        }
        return {
            "templates": templates,
            "context": CONTEXT,
            "times": 10,
            "autoescape": choose.random() < 0.85,
            "invalid": choose.choice(["", "", "", "INVALID", "[%s]"]),
            "debug": choose.random() < 0.2,
            "language": choose.choice(["en", "en", "en", "de", "en-us"]),
            "zone": choose.choice(["UTC", "Europe/Berlin", "America/New_York"]),
            "separators": choose.random() < 0.3,
            "request": choose.choice([None, {"a": "1", "b": "x y"}]),
        }


@pytest.fixture(scope="module")
def workers() -> Iterator[list[subprocess.Popen[str]]]:
    started = [
        subprocess.Popen(
            [interpreter, str(WORKER), package],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        for interpreter, package in ((str(ORACLE), "django"), (sys.executable, "hotclub"))
    ]
    yield started
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def ask(process: subprocess.Popen[str], job: dict[str, Any]) -> list[str]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(job) + "\n")
    process.stdin.flush()
    answer: list[str] = json.loads(process.stdout.readline())
    return answer


def comparable(answer: list[str]) -> list[str]:
    """Leave out what is ours on purpose: the hint at the nearest name, the line and the tag."""
    # Long messages are cut off, perhaps within what is ours.
    ours = r"(\.? Did you mean .*?)?( (\((l(i(n(e.*)?)?)?)?)?)?$"
    return [re.sub(ours, "", text, flags=re.DOTALL) for text in answer]


def test_random_templates(workers: list[subprocess.Popen[str]]) -> None:
    seed = int(os.environ.get("HOTCLUB_ORACLE_SEED", "1"))
    different = []
    for number in range(COUNT):
        job = Writer(random.Random(f"{seed}-{number}")).job()
        theirs, ours = (comparable(ask(process, job)) for process in workers)
        if theirs == ["StopIteration", ""]:
            continue  # `_("text")|filter` inside of a tag: there it is an error, here one word
        if theirs != ours:
            different.append((number, job["templates"], theirs[:2], ours[:2]))
    shown = "\n\n".join(
        f"{number}: {templates}\n theirs {theirs}\n ours   {ours}" for number, templates, theirs, ours in different[:3]
    )
    assert not different, f"{len(different)} of {COUNT} differ:\n{shown}"


SUITE = Path(__file__).parents[2] / ".scratch/conformance/django-6.1.3/tests"
JINJA = ("jinja2", "jinja")
"""Folders with templates of another language."""


def without_clock(texts: list[str]) -> list[str]:
    """Leave out seconds since 1970."""
    return [re.sub(r"\b\d{10}\.\d+", "now", text) for text in texts]


@pytest.mark.skipif(not SUITE.exists(), reason="the suite is not unpacked; `conformance/run.py --unpack` does that")
def test_every_template_file_of_the_suite(workers: list[subprocess.Popen[str]]) -> None:
    """Those that none of its tests renders, too: what is shown, or the error, with the context above."""
    different, shown = [], 0
    for folder in sorted(path for path in SUITE.rglob("*templates") if path.is_dir()):
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not set(JINJA) & set(path.parts)]
        texts = {}
        for path in files:
            with contextlib.suppress(UnicodeDecodeError):
                texts[str(path.relative_to(folder))] = path.read_text(encoding="utf-8")
        for name in texts:
            job = {"templates": texts, "name": name, "context": CONTEXT, "times": 2, "request": {"a": "1"}}
            theirs, ours = (without_clock(comparable(ask(process, job))) for process in workers)
            shown += len(theirs) == 2 and theirs[0] == theirs[1]
            if theirs != ours:
                different.append(f"{folder.relative_to(SUITE)}: {name}\n theirs {theirs}\n ours   {ours}")
    assert not different, f"{len(different)} differ:\n" + "\n\n".join(different[:8])
    assert shown > 100
