"""The templates in Jinja2."""

from __future__ import annotations

from benchmarks.cases.case import simple
from benchmarks.cases.template_sources import JINJA_TABLE, SOURCES

LABEL = "Jinja2"
NEEDS = ("Jinja2",)


def set_up() -> None:
    import jinja2  # noqa: F401  # says now if it is not there


def rows(scale):
    return {"rows": [[f"cell {r} & {c}" for c in range(10)] for r in range(1000 * scale)]}


def rendering(source, context):
    def prepare(scale):
        from jinja2 import Environment

        template = Environment(autoescape=True).from_string(source)
        values = context(scale)
        return simple(lambda: template.render(values))

    return prepare


CASES = {
    "template: table of 10,000 cells": rendering(JINJA_TABLE, rows),
    "template: 300 variables": rendering(
        SOURCES["variables.html"], lambda scale: {f"v{i}": f"value {i}" for i in range(300)}
    ),
    "template: smallest": rendering(SOURCES["small.html"], lambda scale: {"name": "world"}),
}
