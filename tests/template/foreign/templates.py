"""Templates that use the library inside loops, blocks, includes, conditions and each other."""

from __future__ import annotations

import datetime
from typing import Any

LOAD = "{% load foreign %}"

TEMPLATES = {
    "row": "[{{ label }}={{ item }}{{ user }}{{ forloop.counter }}]",
    "part": LOAD + '{% tick %}{% set x "part" %}{{ x }}{{ y }}{% names %}',
    "base": LOAD + "{% block head %}h{% tick %}{% endblock %}-{% block body %}{% endblock %}-{{ x }}{% names %}",
    "child": '{% extends "base" %}'
    + LOAD
    + "{% block head %}{{ block.super }}{% shout %}{{ block.super }}a{{ x }}{% endshout %}{% endblock %}"
    "{% block body %}{% for i in numbers %}{% box kind=i %}{% tick %}{{ i }}{% set x i %}{% endbox %}{{ x }}{% endfor %}{{ x }}{% endblock %}",
    "loop": LOAD
    + "{% for i in numbers %}{{ x }}{% set x i %}{{ x }}{% tick %}{% names %};{% endfor %}{{ x }}{% names %}",
    "everywhere": LOAD + "{% for i in numbers %}{{ x }}{% set_everywhere x i %}{{ x }}{% endfor %}{{ x }}",
    "switch": LOAD
    + "{% for i in numbers %}{% switch i %}drop{% case 1 %}one{{ matched }}{% case 2 y %}two{% for j in numbers %}{{ forloop.parentloop.counter }}{{ matched }}{% endfor %}{% default %}other{% endswitch %}{% endfor %}{{ matched }}",
    "repeat": LOAD
    + "{% for i in numbers %}{% repeat i %}{{ round }}{{ i }}{{ forloop.last }}{% if round %}{% tick %}{% endif %}{% cycle 'a' 'b' %}{% endrepeat %},{% endfor %}{{ round }}",
    "nested": LOAD
    + "{% shout %}{% repeat 2 %}{% with z=round %}{% shout %}{{ z }}{{ user }}{% quote %}{{ user }}{% unquote %}{% endshout %}{% endwith %}{% endrepeat %}{% endshout %}",
    "include": LOAD
    + "{% for i in numbers %}{% include 'part' %}{% include 'part' with y=i only %}{{ x }}{% endfor %}{% tick %}",
    "simple": LOAD
    + "{% for i in numbers %}{% add_up i 2 start=i %}{% add_up i i as s %}{{ s }}{% greet %}{{ greeted }}{% endfor %}{{ s }}{% greet word='<i>' as g %}{{ g }}",
    "inclusion": LOAD + "{% for i in numbers %}{% row i %}{% row item=user label='<l>' %}{% user_row %}{% endfor %}",
    "filters": LOAD
    + "{{ user|initial }}{{ user|double }}{{ safe|double }}{{ user|cut_after:' ' }}{{ moment|hour }}{% autoescape off %}{{ user|initial }}{% endautoescape %}{% for u in users %}{{ u|initial|double }}{% endfor %}",
    "time": LOAD
    + "{% format_time moment '%Y' %}{% format_time missing '%Y' %}{% format_time moment '%m' as m %}{{ m }}{% for i in numbers %}{% format_time moment '%d' as m %}{{ m }}{% endfor %}{{ m }}",
    "variables": LOAD
    + "{% variables %}{{ user }}{% for i in numbers %}{{ i }}{% if i %}{{ x }}{% endif %}{% endfor %}{% shout %}{{ user }}{% endshout %}{% endvariables %}",
    "remark": LOAD + "a{% remark %}{{ user }}{% nonsense %}{% endremark %}b",
    "rest": LOAD
    + "a{% for i in numbers %}{{ i }}{% endfor %}{% rest %}{{ user }}{% for i in numbers %}{% tick %}{% endfor %}",
    "changed": LOAD
    + "{% for i in numbers %}{% ifchanged %}{% tick %}{% set x i %}{{ x }}{% endifchanged %}{% filter upper %}{{ x }}a{% set x user %}{% endfilter %}{{ x }}{% endfor %}",
}

ALL = [name for name in TEMPLATES if name not in ("row", "base", "part")]


def values(mark_safe: Any) -> dict[str, Any]:
    """Return what the templates are rendered with."""
    return {
        "numbers": [1, 2, 3],
        "x": "start",
        "y": 3,
        "user": "Ann <b>",
        "users": ["a&", "b"],
        "safe": mark_safe("<i>"),
        "moment": datetime.datetime(2026, 3, 4, 5, 6, tzinfo=datetime.UTC),
    }
