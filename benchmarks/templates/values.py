"""What the templates are rendered with, and the functions that the peers get in place of Django's filters and tags."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace


def table(scale: int) -> dict:
    return {"rows": [[f"cell {r} & {c}" for c in range(10)] for r in range(1000 * scale)]}


def integers(scale: int) -> dict:
    return {"rows": [list(range(r, r + 10)) for r in range(1000 * scale)]}


def items(count: int) -> list:
    return [
        SimpleNamespace(
            pk=i,
            slug=f"item-{i}",
            url=f"?item={i}",
            title=f"Item <{i}>",
            text="word " * 30,
            price=i * 1.5,
            stock=i % 4 * 7,
            active=bool(i % 3),
            added=datetime(2026, 1 + i % 12, 1 + i % 28, 12, 30),
            tags=["New", "Used", "Rare"],
        )
        for i in range(count)
    ]


def page(scale: int) -> dict:
    return {
        "section": "Guitars & more",
        "year": 2030,
        "owner": SimpleNamespace(name="R & Sons"),
        "menu": [{"url": f"?menu={i}", "label": f"Entry {i}", "active": i == 3} for i in range(8)],
        "items": items(21 * scale),
    }


def attributes(scale: int) -> dict:
    return {"items": items(300 * scale)}


def variables(scale: int) -> dict:
    return {f"v{i}": f"value {i}" for i in range(300)}


def small(scale: int) -> dict:
    return {"name": "world"}


def includes(scale: int) -> dict:
    return {"rows": [{"name": f"row {i}", "value": f"{i} < {i + 1}"} for i in range(1000 * scale)]}


def long(scale: int) -> dict:
    children = [{"url": f"?child={i}", "label": f"Child {i}"} for i in range(3)]
    return {
        "language": "en",
        "title": "Products",
        "static": "static/",
        "home": "?home",
        "login": "?login",
        "year": 2030,
        "shop": {
            "name": "Shop & Co",
            "phone": "",
            "mail": "Info@Example.org",
            "owner": "R & Sons",
            "address": {"street": "Main street 1", "city": "Town"},
        },
        "user": {"is_authenticated": True, "name": "ann", "messages": [1, 2, 3]},
        "menu": [
            {"url": f"?menu={i}", "label": f"entry {i}", "active": i == 2, "children": children if i % 2 else []}
            for i in range(5)
        ],
        "notices": [{"level": "info", "text": "a < b"}],
        "items": items(3),
        "page": {"number": 1, "count": 7},
    }


TEMPLATES = {
    "table of 10,000 cells, a filter": ("table.html", table),
    "table of 10,000 integers": ("integers.html", integers),
    "page": ("page.html", page),
    "300 variables": ("variables.html", variables),
    "300 objects, attributes": ("attributes.html", attributes),
    "200 × 5 filters": ("filters.html", variables),
    "1,000 includes": ("includes.html", includes),
    "smallest": ("small.html", small),
}
"""Name of a case: template and function of a scale that gives the values."""

PATTERNS = {"item": "/shop/items/{pk}/{slug}/", "list": "/shop/page/{page}/"}


def url(name: str, **values: object) -> str:
    return PATTERNS[name].format(**values)


def stars(count: int) -> str:
    return "★" * count + "☆" * (5 - count)


def truncatewords(text: str, count: int) -> str:
    words = text.split()
    return " ".join(words[:count]) + (" …" if len(words) > count else "")


def floatformat(value: float, places: int) -> str:
    return f"{value:.{places}f}"


def date(value: datetime) -> str:
    return value.strftime("%d %b %Y")


FILTERS = {"truncatewords": truncatewords, "floatformat": floatformat, "date": date}
FUNCTIONS = {"url": url, "stars": stars}
