"""Rendering, with templates loaded before."""

from __future__ import annotations

from types import SimpleNamespace

from benchmarks.cases.case import Case, simple


def rendering(name, context):
    def prepare(scale):
        from django.template.loader import get_template

        template = get_template(name)
        values = context(scale)
        return simple(lambda: template.render(dict(values)))

    return prepare


def table(scale):
    return {"rows": [[f"cell {r} & {c}" for c in range(10)] for r in range(1000 * scale)]}


def page(scale):
    return {
        "section": "Guitars & more",
        "year": 2030,
        "menu": [{"url": f"/menu/{i}/", "label": f"Entry {i}", "active": i == 3} for i in range(8)],
        "items": [
            SimpleNamespace(
                pk=i,
                slug=f"item-{i}",
                title=f"Item <{i}>",
                text="word " * 30,
                price=i * 1.5,
                stock=i % 4,
                tags=["New", "Used", "Rare"],
            )
            for i in range(30)
        ],
    }


CASES = [
    Case("template: table of 10,000 cells", rendering("table.html", table), wanted=10.0, grows=True, peers=("jinja2",)),
    Case("template: realistic page", rendering("page.html", page)),
    Case(
        "template: 300 variables",
        rendering("variables.html", lambda scale: {f"v{i}": f"value {i}" for i in range(300)}),
        peers=("jinja2",),
    ),
    Case("template: smallest", rendering("small.html", lambda scale: {"name": "world"}), peers=("jinja2",)),
]
