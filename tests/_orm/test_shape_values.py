"""A plan made for one value says for another what a fresh compilation says: the values of each kind of query, in turn."""

from __future__ import annotations

import datetime
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotclub._orm.cache import plans
from hotclub.core.exceptions import EmptyResultSet, FullResultSet
from hotclub.db import NotSupportedError
from hotclub.db.models import (
    Case,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from hotclub.db.models.expressions import RawSQL
from hotclub.db.models.fields.json import KT, KeyTransform
from hotclub.db.models.fields.tuple_lookups import Tuple, TupleExact, TupleIn
from hotclub.db.models.functions import Coalesce, Concat, Lower, RowNumber
from hotclub.db.models.lookups import Exact, GreaterThan, In
from tests.databases import TestDatabase

HOSTILE = ("a'b", 'a"b', "%s", "%%", "a\\b", "a.b", "$", "[0]", "'; DROP TABLE x --", "ä", "", "null", "true", "0")


@pytest.fixture
def models(database: TestDatabase) -> Any:
    from tests._orm.sample import models

    return models


@pytest.fixture(autouse=True)
def with_cache() -> Iterator[None]:
    yield
    plans.enabled = True


def plain(param: Any) -> Any:
    """A parameter by what it says: the drivers' own wrappers do not compare."""
    return repr(getattr(param, "obj", param))


def planned(queryset: Any) -> Any:
    """Text and parameters of a query set as it would be run."""
    kind, maker = queryset._plan_maker()
    try:
        plan, params = queryset.query.plan("default", kind, maker)
    except (EmptyResultSet, FullResultSet):
        return "nothing"
    except NotSupportedError as error:
        return str(error)
    return plan.sql, [plain(param) for param in params]


def fresh(make: Callable[[], Any]) -> Any:
    plans.enabled = False
    try:
        return planned(make())
    finally:
        plans.enabled = True


def compiled(queryset: Any) -> Any:
    """Text and parameters as the compiler writes them, which knows the values."""
    try:
        sql, params = queryset.query.sql_with_params()
    except (EmptyResultSet, FullResultSet):
        return "nothing"
    except NotSupportedError as error:
        return str(error)
    return sql, [plain(param) for param in params]


def families(m: Any) -> dict[str, tuple[Callable[[Any], Any], list[Any]]]:
    """Queries that differ in values only, by what they are about."""
    B, P, S, H = m.Book.objects, m.Paper.objects, m.Stop.objects, m.Halt.objects
    documents = [{"a": 1}, {}, {"b": None}]
    texts = ["x", *HOSTILE]
    day = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
    return {
        "key": (lambda v: P.filter(data__a=v), texts),
        "key of a number": (lambda v: P.filter(data__a=v), [1, 2, 0, -1]),
        "key of a document": (lambda v: P.filter(data__a=v), documents),
        "key of a list": (lambda v: P.filter(data__a=v), [[1], [2, 3], ["a", "b"], [[1], None]]),
        "deep key": (lambda v: P.filter(data__a__0__b__gt=v), [1, 2, 3]),
        "key, text lookups": (
            lambda v: P.filter(
                Q(data__a__icontains=v) | Q(data__a__startswith=v) | Q(data__a__iexact=v) | Q(data__a__endswith=v)
            ),
            texts,
        ),
        "key in": (lambda v: P.filter(data__a__in=v), [[1], [2, 3], ["x", "y"], [True, 1], [None, 2], [[1], {"a": 2}]]),
        "key in, excluded": (lambda v: P.exclude(data__a__in=v), [[1], [2, 3], [None, 2]]),
        "document": (lambda v: P.filter(data=v), documents),
        "document in": (lambda v: P.filter(data__in=v), [[{"a": 1}], [{"b": 1}, {}], [[1], 2]]),
        "contains": (lambda v: P.filter(data__contains=v), documents),
        "contained by": (lambda v: P.filter(data__contained_by=v), [*documents, [1, None]][:3]),
        "has key": (lambda v: P.filter(data__has_key=v), texts),
        "has key inside": (lambda v: P.filter(data__a__has_key=v), texts),
        "has keys": (lambda v: P.filter(data__has_keys=v), [["a"], ["a", "b"], list(HOSTILE)]),
        "has any keys": (lambda v: P.filter(data__has_any_keys=v), [["a"], [1, 2], list(HOSTILE)]),
        "excluded key": (lambda v: P.exclude(data__a=v), [1, 2]),
        "key annotated": (lambda v: P.annotate(k=KT("data__a")).filter(k=v).order_by("data__b"), texts),
        "key of a literal": (
            lambda v: P.annotate(k=KeyTransform("a", Value(v, output_field=JSONField()))).filter(k__gt=1),
            documents,
        ),
        "literal document": (lambda v: P.annotate(k=Value(v, output_field=JSONField())), [*documents, {"c": [1]}]),
        "literal list": (lambda v: P.annotate(k=Value(v, output_field=JSONField())), [[1], [2, 3]]),
        "composite key": (lambda v: S.filter(pk=v), [(1, 2), (3, 4), ("5", "6")]),
        "composite key in": (lambda v: S.filter(pk__in=v), [[(1, 2)], [(3, 4), (5, 6)], [(1, 2), (1, None)]]),
        "composite key after": (lambda v: S.filter(pk__gt=v).exclude(pk__lte=v), [(1, 2), (3, 4)]),
        "multi-column relation": (lambda v: H.filter(at=v), [m.Stop(line=1, number=2), m.Stop(line=3, number=4)]),
        "multi-column relation in": (
            lambda v: H.filter(at__in=v),
            [[m.Stop(line=1, number=2)], [m.Stop(line=3, number=4), m.Stop(line=5, number=6)]],
        ),
        "multi-column relation by tuple": (lambda v: H.filter(at=v), [(1, 2), (3, 4)]),
        "tuple lookup": (lambda v: H.filter(TupleExact(Tuple(F("line"), F("number")), v)), [(1, 2), (3, 4)]),
        "tuple lookup in": (
            lambda v: H.filter(TupleIn(Tuple(F("line"), F("number")), v)),
            [[(1, 2)], [(3, 4), (5, 6)], [(7, 8), (9, 0), (1, 1)]],
        ),
        "filtered relation": (
            lambda v: (
                B.annotate(e=FilteredRelation("editors", condition=Q(editors__name=v)))
                .filter(e__born__isnull=True)
                .values("e__name")
            ),
            texts,
        ),
        "filtered relation, prepared": (
            lambda v: B.annotate(
                e=FilteredRelation("editors", condition=Q(editors__pk__in=v) | Q(pages__gt="3"))
            ).order_by("e__name"),
            [[1], ["2", "3"], [4, 5, 6]],
        ),
        "filtered relation in a subquery": (
            lambda v: B.filter(
                title="outer",
                pk__in=B.annotate(e=FilteredRelation("editors", condition=Q(editors__name=v)))
                .filter(e__name=v)
                .values("pk"),
            ),
            texts,
        ),
        "filtered relation ordered in a subquery": (
            lambda v: B.filter(
                title="outer",
                pk__in=B.annotate(e=FilteredRelation("editors", condition=Q(editors__name=v)))
                .order_by("e__name")
                .values("pk")[:3],
            ),
            texts,
        ),
        "two filtered relations joined": (
            lambda v: (
                B.annotate(e=FilteredRelation("editors", condition=Q(editors__name=v))).filter(e__name="a")
                | B.annotate(e=FilteredRelation("editors", condition=Q(editors__name="x"))).filter(e__name="b")
            ),
            texts,
        ),
        "in": (lambda v: B.filter(pages__in=v), [[1], [2, 3], (4, 5, 6), {7, 8}, list(range(600)), [1, None], [None]]),
        "in, other kinds": (lambda v: B.filter(pages__in=v), [range(3), {1: 2}.keys(), {1: 2}.values(), deque([1, 2])]),
        "in, an iterator": (lambda v: B.filter(pages__in=iter(v)), [[1], [2, 3]]),
        "in, excluded": (lambda v: B.exclude(author__in=v), [[1], [2, 3], [None], [1, None]]),
        "in, twice": (lambda v: B.filter(pages__in=v).exclude(title__in=[str(each) for each in v]), [[1], [2, 3]]),
        "in, of objects": (lambda v: B.filter(author__in=v), [[m.Author(pk=1)], [m.Author(pk=2), m.Author(pk=3)]]),
        "in, under a percent sign": (
            lambda v: B.annotate(x=Concat("title", Value("%s"))).filter(x__contains="%", pages__in=v),
            [[1], [2, 3]],
        ),
        "in, out of bounds": (lambda v: B.filter(pages__in=v), [[1], [2**70, 3]]),
        "range": (lambda v: B.filter(pages__range=v), [(1, 2), (3, 4)]),
        "truth": (lambda v: P.filter(done=v), ["t", "f", 1, 0]),
        "lookup object": (lambda v: B.filter(GreaterThan(F("pages"), v)), [1, 2]),
        "lookup object in": (lambda v: B.filter(In(F("pages"), v)), [[1], [2, 3]]),
        "lookup object annotated": (lambda v: B.annotate(x=Exact(F("title"), v)), ["a", "b"]),
        "ordered by a case": (lambda v: B.order_by(Case(When(title=v, then=Value(1)), default=Value(2))), texts),
        "ordered by a case in a subquery": (
            lambda v: B.filter(
                title="outer", pk__in=B.order_by(Case(When(title=v, then=1), default=2)).values("pk")[:2]
            ),
            texts,
        ),
        "exists": (lambda v: B.filter(Exists(m.Author.objects.filter(pk=OuterRef("author"), name=v)), title=v), texts),
        "subquery": (
            lambda v: B.annotate(
                n=Subquery(m.Author.objects.filter(name__in=v, pk=OuterRef("author")).values("name")[:1])
            ),
            [["a"], ["b", "c"]],
        ),
        "window": (
            lambda v: B.annotate(n=Window(RowNumber(), partition_by=Coalesce("title", Value(v)))).filter(n__lte=3),
            texts,
        ),
        "aggregate with a filter": (lambda v: B.annotate(n=Sum("pages", filter=Q(editors__name__in=v))), [["a"], ["b", "c"]]),
        "wrapped": (lambda v: B.annotate(n=ExpressionWrapper(F("pages") + v, output_field=IntegerField())), [1, 2]),
        "union": (lambda v: B.filter(title=v).union(B.filter(title__in=[v, "z"])), texts),
        "values of many types": (
            lambda v: P.filter(price=v[0], key=v[1], read_at__gt=v[2], scan=v[3]),
            [
                (Decimal("1.50"), uuid.UUID(int=1), day, b"a"),
                (Decimal("2"), uuid.UUID(int=2), day + datetime.timedelta(days=1), b"b'%s"),
            ],
        ),
        "bytes of other kinds": (lambda v: P.filter(scan=v), [bytearray(b"a"), bytearray(b"%s")]),
        "lowered": (lambda v: B.annotate(x=Lower(Value(v, output_field=CharField()))).filter(x=v), texts),
        "two windows in conditions": (
            lambda v: B.filter(
                GreaterThan(Window(Sum(F("pages") + v[0])), 0), GreaterThan(Window(Sum(F("pages") + v[1])), 0)
            ),
            [(1, 1), (1, 2), (2, 1)],
        ),
        "two groups": (
            lambda v: B.values(x=F("pages") + v[0]).annotate(n=Sum("id")).order_by(F("pages") + v[1]),
            [(1, 1), (1, 2), (2, 1)],
        ),
        "two filtered relations": (
            lambda v: (
                B.annotate(
                    a=FilteredRelation("editors", condition=Q(editors__name=v[0])),
                    b=FilteredRelation("editors", condition=Q(editors__name=v[1])),
                )
                .filter(a__born=None, b__born=None)
                .values("a__pk", "b__pk")
            ),
            [("a", "a"), ("a", "b")],
        ),
        "two parts of a union": (
            lambda v: B.annotate(x=F("pages") + v[0]).union(B.annotate(x=F("pages") + v[1])).order_by("x"),
            [(1, 1), (1, 2)],
        ),
        "raw SQL": (lambda v: B.annotate(x=RawSQL("pages + %s", (v,))).filter(x__gt=v).order_by(RawSQL("%s", [v])), [1, 2]),
        "raw SQL of two": (
            lambda v: B.annotate(x=RawSQL("pages + %s", (v[0],)), y=RawSQL("pages + %s", (v[1],)), n=Sum("editors")),
            # Not the same value twice: a plan, which does not know, names both in GROUP BY, and a compiler that does names one.
            [(1, 2), (2, 3)],
        ),
        "slices": (lambda v: B.order_by("pk")[v[0] : v[1]], [(0, 20), (20, 40), (3, 9), (0, 5), (2, None), (5, 6), (4, 4)]),
        "slices of slices": (lambda v: B.order_by("pk")[v : v + 20][v:10], [3, 5, 7]),
        "slices in a subquery": (lambda v: B.filter(pages=v, pk__in=B.order_by("pk")[v : v + 4].values("pk")), [3, 5]),
        "slices of a union": (lambda v: B.filter(pages=v).union(B.filter(pages=1))[v : v + 4], [3, 5]),
    }  # fmt: skip


def test_each_value_after_each_other(models: Any) -> None:
    for name, (make, values) in families(models).items():
        for first, second in permutations(values[:6], 2):
            plans.clear()
            planned(make(first))
            got = planned(make(second))
            expected = fresh(lambda make=make, second=second: make(second))
            assert got == expected, (name, first, second)
            assert compiled(make(second)) == expected, (name, second)


MAY_BE_COMPILED_EACH_TIME = {
    "two filtered relations joined",  # whether the two are one decides the joins
}
FEW_SHAPES = {
    # A kind of values that is written in a way of its own has a shape, or a text, of its own.
    "key in": 4, "key of a list": 2, "key in, excluded": 2, "truth": 2, "in": 5, "in, excluded": 3,
    "slices": 5,
}  # fmt: skip


def test_values_share_their_shape(models: Any) -> None:
    for name, (make, values) in families(models).items():
        if name in MAY_BE_COMPILED_EACH_TIME:
            continue
        nodes = set()
        for value in values:
            queryset = make(value)
            if value not in ([None], (4, 4)):  # known to find nothing
                assert queryset.query.node.interned, (name, value)
            nodes.add(queryset.query.node)
        kinds = len({type(value) for value in values})
        assert len(nodes) <= max(FEW_SHAPES.get(name, 1), 2 if "" in values else 1, kinds), (name, len(nodes))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
            max_leaves=6,
        ),
        min_size=2,
        max_size=4,
    ),
    st.text(min_size=1, max_size=6).filter(lambda name: "__" not in name and name.strip("_")),
)
def test_any_document_and_any_key(models: Any, values: list[Any], key: str) -> None:
    Paper = models.Paper
    wanted = [value for value in values if value is not None]
    makes: list[Callable[[Any], Any]] = [
        lambda value: Paper.objects.filter(**{f"data__k{key}": value}),
        lambda value: Paper.objects.exclude(**{f"data__k{key}__in": [value, 1]}),
        lambda value: Paper.objects.filter(data__has_key=f"{key}{value}"),
        lambda value: Paper.objects.filter(data__has_any_keys=[key, str(value)]),
    ]
    for make in makes:
        for value in (*wanted, *wanted):
            got = planned(make(value))
            assert got == fresh(lambda make=make, value=value: make(value))


def test_rows_are_found_by_hostile_keys_and_values(models: Any, database: TestDatabase) -> None:
    Paper = models.Paper
    # A path of SQLite ends a name at the first quotation mark: it knows no escapes (sqlite.org, "JSON Functions").
    names = [text for text in HOSTILE if database.name != "sqlite" or not {'"', "\\"} & set(text)]
    for text in names:
        Paper.objects.create(data={f"k{text}": text}, title=text)
    for text in names:
        assert [paper.title for paper in Paper.objects.filter(**{f"data__k{text}": text})] == [text], text
        assert [paper.title for paper in Paper.objects.filter(data__has_key=f"k{text}")] == [text], text
        assert [paper.title for paper in Paper.objects.filter(data__has_keys=[f"k{text}"])] == [text], text


def test_lists_of_any_length_find_their_rows_with_one_shape(models: Any) -> None:
    Stop = models.Stop
    Stop.objects.bulk_create(Stop(line=line, number=line * 2) for line in range(40))
    list(Stop.objects.filter(line__in=[1]))
    list(Stop.objects.filter(pk__in=[(1, 2)]))
    before = plans.misses
    for length in (1, 2, 3, 7, 40, 5, 1):
        assert len(Stop.objects.filter(line__in=list(range(length)))) == length
        assert len(Stop.objects.filter(pk__in=[(line, line * 2) for line in range(length)])) == length
    assert plans.misses == before


def test_pages_share_a_shape(models: Any) -> None:
    Stop = models.Stop
    Stop.objects.bulk_create(Stop(line=line, number=1) for line in range(30))
    query = Stop.objects.order_by("line")
    assert [stop.line for stop in query[3:7]] == [3, 4, 5, 6]
    before = plans.misses
    assert [stop.line for stop in query[10:12]] == [10, 11]
    assert [stop.line for stop in query[25:60]] == [25, 26, 27, 28, 29]
    assert plans.misses == before
    assert query[10:20].query.low_mark == 10
    assert query[10:20].query.high_mark == 20
    assert [stop.line for stop in query[10:20][2:4]] == [12, 13]
    assert [stop.line for stop in query[11:20][2:4]] == [13, 14]
    assert query[10:20].count() == 10
    assert query[25:45].count() == 5
    assert query[10:20].exists()
    assert not query[40:50].exists()
    assert query[5:25].aggregate(total=Sum("line"))["total"] == sum(range(5, 25))
    assert query[6:26].aggregate(total=Sum("line"))["total"] == sum(range(6, 26))
    assert query[7:8].get().line == 7
    assert query[29:60].get().line == 29


def test_a_tuple_with_too_many_parts_is_refused_though_the_shape_is_known(models: Any) -> None:
    Halt, Stop = models.Halt, models.Stop
    for known, wrong in (((1, 2), (1, 2, 3)), ((1, 2), (1,))):
        assert list(Halt.objects.filter(at=known)) == list(Stop.objects.filter(pk=known)) == []
        for queryset in (lambda value: Halt.objects.filter(at=value), lambda value: Stop.objects.filter(pk=value)):
            with pytest.raises(ValueError, match="must have 2 elements"):
                list(queryset(wrong))
        assert list(Halt.objects.filter(at__in=[known])) == list(Stop.objects.filter(pk__in=[known])) == []
        for queryset in (
            lambda value: Halt.objects.filter(at__in=value),
            lambda value: Stop.objects.filter(pk__in=value),
        ):
            with pytest.raises(ValueError, match="must have 2 elements each"):
                list(queryset([known, wrong]))


def test_the_texts_of_a_plan_are_bounded(models: Any) -> None:
    Stop = models.Stop
    for length in range(1, 200):
        planned(Stop.objects.filter(line__in=list(range(length))))
    planned(Stop.objects.filter(line__in=list(range(5000))))
    (plan,) = Stop.objects.filter(line__in=[1]).query.node.plans.values()
    assert 0 < len(plan._fits) <= 64
    assert max(len(fitted.sql) for fitted in plan._fits.values()) < 10_000
