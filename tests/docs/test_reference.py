"""The reference of models, queries and settings names everything that there is: what the code offers is asked, not listed."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from hotclub._orm.options import META_OPTIONS
from hotclub.conf import global_settings
from hotclub.db import models
from hotclub.db.migrations import operations
from hotclub.db.models import constraints, functions, signals
from hotclub.db.models.query import QuerySet

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "ref"
OLD_FIELDS = {"CommaSeparatedIntegerField", "IPAddressField", "NullBooleanField", "ForeignObject"}
"""Fields that exist for old migrations, and one that is described with composite keys."""


def words(page: str) -> set[str]:
    return set(re.findall(r"\w+", (REFERENCE / page).read_text(encoding="utf-8")))


def public(owner: type, name: str) -> bool:
    return not name.startswith("_") and "hotclub" in (getattr(getattr(owner, name), "__module__", "") or "hotclub")


def fields() -> set[str]:
    found = {name for name, value in vars(models).items() if inspect.isclass(value) and issubclass(value, models.Field)}
    return found - OLD_FIELDS - {"Field", "OrderWrt"}


def field_options() -> set[str]:
    named = [*vars(models).values()]
    classes = [value for value in named if inspect.isclass(value) and issubclass(value, models.Field)]
    arguments = {name for each in classes for name in inspect.signature(each.__init__).parameters}
    return arguments - {"self", "args", "kwargs", "to", "from_fields", "to_fields", "field_names"}


def query_methods() -> set[str]:
    documented = (name for name in dir(QuerySet) if public(QuerySet, name))
    return {name for name in documented if not name.endswith("_flow")} - {
        # What the parts of a query say to each other.
        *("copies_plainly", "resolve_expression", "shape", "shape_neutral", "slotted", "twin"),
    }


def meta_options() -> set[str]:
    return set(META_OPTIONS) - {"apps", "swappable", "auto_created"}


def lookups() -> set[str]:
    classes = [value for value in vars(models).values() if inspect.isclass(value) and issubclass(value, models.Field)]
    return {name for each in classes for name in each.get_lookups()}


def aggregates() -> set[str]:
    return {n for n, v in vars(models).items() if inspect.isclass(v) and issubclass(v, models.Aggregate)} - {
        "Aggregate"
    }


def expressions() -> set[str]:
    found = {n for n, v in vars(models).items() if inspect.isclass(v) and issubclass(v, models.Expression)}
    return found - aggregates() - {"WindowFrame", "Lookup", "Transform"} | {"F", "OuterRef", "Q"}


def settings() -> set[str]:
    return {name for name in vars(global_settings) if name.isupper()}


def operation_names() -> set[str]:
    return {name for name in vars(operations)["__all__"] if name[0].isupper()} - {"Operation", "OperationCategory"}


def signal_names() -> set[str]:
    return {name for name, value in vars(signals).items() if isinstance(value, signals.ModelSignal)} | {
        "pre_migrate",
        "post_migrate",
        "connection_created",
    }


PAGES = {
    "models/fields.md": [fields, field_options],
    "models/options.md": [meta_options],
    "models/querysets.md": [query_methods, lookups],
    "models/aggregates.md": [aggregates],
    "models/expressions.md": [expressions],
    "models/functions.md": [lambda: set(vars(functions)["__all__"]) - {"ConcatPair"}],
    "models/constraints.md": [lambda: set(vars(constraints)["__all__"])],
    "settings.md": [settings],
    "migrations.md": [operation_names],
    "signals.md": [signal_names],
}


@pytest.mark.parametrize("page", PAGES)
def test_the_page_names_everything(page: str) -> None:
    there = words(page)
    wanted = set().union(*(names() for names in PAGES[page]))
    assert len(wanted) > 2
    assert sorted(wanted - there) == []


def test_every_check_has_its_line() -> None:
    source = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    wanted = set(re.findall(r'["\']([a-z_0-9]+\.[EWC]\d{3})["\']', source))
    text = (REFERENCE / "checks.md").read_text(encoding="utf-8")
    found = set()
    for row in re.findall(r"^\| ([^|]+) \|", text, re.M):
        family = ""
        for part in row.split(", "):
            match = re.fullmatch(r"(?:(\w+)\.)?([EWC])(\d{3})(?: to ([EWC])(\d{3}))?", part.strip())
            if match:
                family = match[1] or family
                last = int(match[5] or match[3])
                found |= {f"{family}.{match[4] or match[2]}{n:03}" for n in range(int(match[3]), last + 1)}
    assert len(wanted) > 200
    assert sorted(wanted - found - {"app.E001"}) == []  # an example in a docstring
