"""The lookups, functions and aggregates of PostgreSQL have shapes: one plan for all values, and the same text as without the cache."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest

from hotclub._orm.cache import plans
from hotclub.db.models import F, IntegerField, OuterRef, Q, Value

psycopg = pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
pytestmark = pytest.mark.parametrize("_chosen_database", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def with_cache() -> Iterator[None]:
    yield
    plans.enabled = True


def planned(queryset: Any) -> Any:
    """Text and parameters, and whether the plan was kept."""
    node = queryset.query.node
    kind, maker = queryset._plan_maker()
    plan, params = queryset.query.plan("default", kind, maker)
    kept = any(plan is each or plan in each._fits.values() for each in node.plans.values())
    return (plan.sql, [repr(getattr(param, "obj", param)) for param in params]), kept


def families(Stay: Any) -> dict[str, tuple[Callable[[Any], Any], list[Any]]]:
    """Queries that differ in values only."""
    from hotclub.contrib.postgres import aggregates as pg
    from hotclub.contrib.postgres import search as s
    from hotclub.contrib.postgres.expressions import ArraySubquery
    from hotclub.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary
    from hotclub.contrib.postgres.functions import RandomUUID, TransactionNow
    from hotclub.contrib.postgres.lexemes import Lexeme
    from hotclub.db.backends.postgresql.psycopg_any import DateRange
    from hotclub.db.models import CharField, Func

    B = Stay.objects
    day = datetime.date(2026, 1, 2)
    later = datetime.date(2026, 3, 4)
    pairs = [(day, later), (day, None), (None, later)]
    ranges = [DateRange(day, later), DateRange(day, None, "[]"), DateRange(empty=True)]
    lists = [["a"], ["b", "c%s"], [], ["d", "e", "f"]]
    texts = ["a", "b%s", "c'd", "e & !f"]
    found: dict[str, tuple[Callable[[Any], Any], list[Any]]] = {}

    def add(name: str, make: Callable[[Any], Any], values: list[Any]) -> None:
        found[name] = make, values

    for name in ("exact", "contains", "contained_by", "overlap", "gt", "gte", "lt", "lte"):
        add(f"array {name}", lambda value, name=name: B.filter(**{f"guests__{name}": value}), lists[:2] + lists[3:])
        add(f"array not {name}", lambda value, name=name: B.exclude(**{f"guests__{name}": value}), lists[:2])
    add("array in", lambda value: B.filter(guests__in=value), [[["a"]], [["b"], ["c", "d"]]])
    add("array element", lambda value: B.filter(guests__0=value), texts)
    add("array element in", lambda value: B.filter(guests__1__in=value), lists[:2])
    add("array element of element", lambda value: B.filter(grid__0__1__gt=value), [1, 2])
    add("array slice", lambda value: B.filter(guests__0_2=value), lists[:2])
    add("array length", lambda value: B.filter(guests__len__in=value), [[1], [2, 3]])
    add("array part", lambda value: B.annotate(x=F("guests")[1:3]).filter(x__contains=value), lists[:2])
    add("array literal", lambda value: B.annotate(x=Value(value, output_field=ArrayField(CharField()))), lists[:2])
    add("array overlaps a query", lambda value: B.filter(guests__overlap=B.filter(note=value).values("guests")), texts)
    for name in (
        "exact", "contains", "contained_by", "overlap", "fully_lt", "fully_gt", "not_lt", "not_gt", "adjacent_to", "gt", "gte", "lt", "lte",
    ):  # fmt: skip
        add(f"range {name}", lambda value, name=name: B.filter(**{f"days__{name}": value}), ranges)
        add(
            f"range of a pair {name}",
            lambda value, name=name: B.filter(**{f"days__{name}": value}),
            pairs[:1] + pairs[:1],
        )
    add("range contains a value", lambda value: B.filter(days__contains=value), [day, later])
    add("range in", lambda value: B.filter(days__in=value), [ranges[:1], ranges[1:]])
    add("range bounds", lambda value: B.filter(days__startswith__gt=value, days__endswith=value), [day, later])
    add(
        "range facts",
        lambda value: B.filter(room=value, days__isempty=False, days__lower_inc=True, days__upper_inf=True),
        [1, 2],
    )
    add("value in a range", lambda value: B.filter(room__contained_by=value), [(1, 2), (3, 4)])
    add(
        "range made",
        lambda value: B.annotate(
            x=Func(
                Value(value),
                Value(later),
                RangeBoundary(True, True),
                function="DATERANGE",
                output_field=DateRangeField(),
            )
        ),
        [day, later],
    )
    for name in ("exact", "contains", "contained_by"):
        add(
            f"mapping {name}",
            lambda value, name=name: B.filter(**{f"extras__{name}": value}),
            [{"a": "b"}, {}, {"c": None}],
        )
    add("mapping in", lambda value: B.filter(extras__in=value), [[{"a": "b"}], [{"c": "d"}, {}]])
    add("mapping has_key", lambda value: B.filter(extras__has_key=value), texts)
    add("mapping has_keys", lambda value: B.filter(extras__has_keys=value, extras__has_any_keys=value), lists[:2])
    add("mapping key", lambda value: B.filter(extras__a=value).exclude(extras__b__icontains=value), texts)
    add("mapping keys", lambda value: B.filter(extras__keys__contains=value, extras__values__overlap=value), lists[:2])
    for name in (
        "search",
        "trigram_similar",
        "trigram_word_similar",
        "trigram_strict_word_similar",
        "unaccent",
        "unaccent__icontains",
    ):
        add(f"text {name}", lambda value, name=name: B.filter(**{f"note__{name}": value}), texts)
    add("text unaccent in", lambda value: B.filter(note__unaccent__in=value), lists[:2])
    add("vector", lambda value: B.filter(note_vector=value), texts)
    add("vector search", lambda value: B.filter(note_vector__search=s.SearchQuery(value, config="french")), texts)
    add(
        "configuration",
        lambda value: B.annotate(x=s.SearchVector("note", config=value)).filter(x="a"),
        ["french", "simple"],
    )
    add(
        "combined query",
        lambda value: B.filter(note__search=s.SearchQuery(value, config="simple") & ~s.SearchQuery("z")),
        texts,
    )
    add(
        "combined configuration",
        lambda value: B.filter(note__search=s.SearchQuery("a", config=value) | s.SearchQuery("z")),
        ["french", "simple"],
    )
    add(
        "combined vector",
        lambda value: B.annotate(x=s.SearchVector("note", weight="A") + s.SearchVector("room", weight=value)).filter(
            x="a"
        ),
        ["B", "C"],
    )
    add(
        "lexemes",
        lambda value: B.filter(note__search=s.SearchQuery(Lexeme(value, prefix=True) & ~Lexeme("z", weight="A"))),
        texts,
    )
    add("lexeme", lambda value: B.filter(note_vector=Lexeme(value)), texts)
    add(
        "rank",
        lambda value: B.annotate(
            x=s.SearchRank(
                s.SearchVector("note"),
                s.SearchQuery(value),
                weights=[0.1, 0.2, 0.3, 0.4],
                normalization=2,
                cover_density=True,
            )
        ).order_by("-x"),
        texts,
    )
    add(
        "weights",
        lambda value: B.annotate(x=s.SearchRank("note_vector", "a", weights=value)),
        [[0.1, 0.2, 0.3, 0.4], [1, 1, 1, 1]],
    )
    add("headline", lambda value: B.annotate(x=s.SearchHeadline("note", value, start_sel=value, max_words=9)), texts)
    for name in ("Similarity", "Distance"):
        add(
            f"trigram {name}",
            lambda value, name=name: B.annotate(x=getattr(s, f"Trigram{name}")("note", value)).filter(x__gt=0.5),
            texts,
        )
        for kind in ("Word", "StrictWord"):
            add(
                f"trigram {kind} {name}",
                lambda value, name=name, kind=kind: B.annotate(x=getattr(s, f"Trigram{kind}{name}")(value, "note")),
                texts,
            )
    for name in ("ArrayAgg", "JSONBAgg"):
        add(
            name,
            lambda value, name=name: B.values("room").annotate(
                x=getattr(pg, name)("note", filter=Q(note=value), order_by="-note", distinct=False)
            ),
            texts,
        )
    for name in ("BoolAnd", "BoolOr"):
        add(name, lambda value, name=name: B.values("room").annotate(x=getattr(pg, name)(Q(note=value))), texts)
    for name in (
        "Corr",
        "CovarPop",
        "RegrAvgX",
        "RegrAvgY",
        "RegrCount",
        "RegrIntercept",
        "RegrR2",
        "RegrSlope",
        "RegrSXX",
        "RegrSXY",
        "RegrSYY",
    ):
        add(
            name,
            lambda value, name=name: B.values("note").annotate(x=getattr(pg, name)(F("room") + value, "room")),
            [1, 2],
        )
    for name in ("BitAnd", "BitOr", "BitXor"):
        add(
            name,
            lambda value, name=name: B.values("note").annotate(x=getattr(pg, name)("room", filter=Q(room=value))),
            [1, 2],
        )
    add("StringAgg", lambda value: B.values("room").annotate(x=pg.StringAgg("note", Value(value))), texts)
    add(
        "subquery",
        lambda value: B.annotate(x=ArraySubquery(B.filter(room=OuterRef("room"), note=value).values("pk"))).filter(
            x__len=1
        ),
        texts,
    )
    add(
        "functions",
        lambda value: B.annotate(x=RandomUUID(), y=TransactionNow(), z=Value(value, output_field=IntegerField())),
        [1, 2],
    )
    return found


@pytest.fixture
def made(stay: Any) -> Iterator[dict[str, tuple[Callable[[Any], Any], list[Any]]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # aggregates that core has now
        yield families(stay)


def test_each_value_after_each_other(made: dict[str, tuple[Callable[[Any], Any], list[Any]]]) -> None:
    for name, (make, values) in made.items():
        for first, second in permutations(values, 2):
            plans.clear()
            _planned, kept = planned(make(first))
            assert kept, (name, first)
            got, kept = planned(make(second))
            assert kept, (name, second)
            plans.enabled = False
            expected, _kept = planned(make(second))
            plans.enabled = True
            assert got == expected, (name, first, second)
            assert make(first).query.node is make(second).query.node or not all((first, second)), (name, first, second)


def test_each_runs(made: dict[str, tuple[Callable[[Any], Any], list[Any]]]) -> None:
    for name, (make, values) in made.items():
        for value in values:
            assert list(make(value)) == [], (name, value)


def test_an_update_of_arrays_and_mappings(stay: Any) -> None:
    made = stay.objects.create(room=1)
    stay.objects.filter(pk=made.pk).update(guests=["a"], extras={"k": "v"}, days=(datetime.date(2026, 1, 1), None))
    before = plans.misses
    stay.objects.filter(pk=made.pk).update(guests=["b", "c"], extras={}, days=(None, datetime.date(2026, 2, 1)))
    assert plans.misses == before
    made.refresh_from_db()
    assert (made.guests, made.extras, made.days.upper) == (["b", "c"], {}, datetime.date(2026, 2, 1))
