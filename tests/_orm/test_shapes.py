"""Shapes: what two queries share, what tells them apart, and that a plan says the same as a fresh compilation."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hotclub._orm.cache import Node, PlanCache, plans
from hotclub._orm.expressions import BaseExpression
from hotclub._orm.lookup_registry import subclasses_of
from hotclub._orm.shape import declares_shape
from hotclub.core.exceptions import EmptyResultSet, FieldError
from hotclub.db import transaction
from hotclub.db.models import CharField, Func, Value
from hotclub.db.models.functions import ExtractHour, Now
from hotclub.db.models.query import QuerySet
from hotclub.test import override_settings
from hotclub.utils import timezone
from tests._orm.query_list import queries
from tests.databases import TestDatabase
from tests.halves import Halves


@pytest.fixture
def books(database: TestDatabase) -> Any:
    from tests._orm.sample.models import Book

    return Book.objects


@pytest.fixture
def made(books: Any) -> list[Callable[[], Any]]:
    from tests._orm.sample.models import Author

    return queries(books, Author.objects)


@pytest.fixture
def without_cache() -> Iterator[Callable[[], None]]:
    """A switch that turns the cache off until the test's end."""

    def switch() -> None:
        plans.enabled = False

    yield switch
    plans.enabled = True


def written(make: Callable[[], Any]) -> Any:
    """The text and the parameters of a query."""
    try:
        return make().query.sql_with_params()
    except EmptyResultSet:
        return "nothing"


def planned(make: Callable[[], Any]) -> Any:
    """The same from its plan."""
    queryset = make()
    kind, maker = queryset._plan_maker()
    try:
        plan, params = queryset.query.plan("default", kind, maker)
    except EmptyResultSet:
        return "nothing"
    return plan.sql, tuple(params)


def test_every_query_equals_its_own_rebuild_and_no_other(made: list[Callable[[], Any]]) -> None:
    nodes = [make().query.node for make in made]
    again = [make().query.node for make in made]
    for index, (first, second) in enumerate(zip(nodes, again, strict=True)):
        assert first is second or not first.interned, f"query {index} was resolved anew"
    assert len({id(node) for node in nodes}) == len(nodes), [i for i, n in enumerate(nodes) if nodes.index(n) != i]
    assert all(node.interned for node in nodes), [i for i, n in enumerate(nodes) if not n.interned]


def test_the_cache_changes_neither_text_nor_parameters(
    made: list[Callable[[], Any]], without_cache: Callable[[], None]
) -> None:
    with transaction.atomic():  # select_for_update() asks for one
        known = [(planned(make), planned(make), written(make)) for make in made]
        without_cache()
        fresh_plans = [planned(make) for make in made]
    for index, fresh in enumerate(fresh_plans):
        first, second, text = known[index]
        assert first == second == fresh, (index, first, second, fresh)
        if "nothing" not in (text, fresh):
            assert text == fresh, (index, text, fresh)


def test_other_values_of_a_known_shape_are_bound_and_prepared(books: Any) -> None:
    books.filter(pages__gt=1, title__startswith="a").query.sql_with_params()
    before = plans.misses
    query = books.filter(pages__gt="7", title__startswith="50%").query
    assert query.sql_with_params()[1] == (7, "50\\%%")
    query = books.filter(pages__gt=8, title__startswith="z").query
    assert plans.misses == before + 1, "the type of a value belongs to the shape, the value does not"
    assert query.sql_with_params()[1] == (8, "z%")
    with pytest.raises(ValueError, match="expected a number but got 'x'"):
        books.filter(pages__gt="x")
    with pytest.raises(FieldError, match=r"Cannot resolve keyword 'nope' into field\."):
        books.filter(nope=1)


async def test_values_that_decide_the_text_after_all(books: Any, halves: Halves) -> None:
    await halves(books.create)(title="x", pages=3)
    assert await halves(books.filter(pages=3).count)() == 1
    assert await halves(books.filter(pages=2**70).count)() == 0
    assert await halves(books.exclude(pages=2**70).count)() == 1
    assert await halves(books.filter(pages__lt=2**70).count)() == 1
    assert await halves(books.filter(pages=3).count)() == 1


def test_every_expression_class_declares_its_shape_with_all_it_was_given() -> None:
    # Arguments that become parts of the tree, or its type: their own shape is in the shape.
    PARTS = {
        "self", "args", "kwargs", "fields", "output_field", "expressions", "expression", "extra", "lhs", "rhs",
        "condition", "then", "cases", "lookups", "value", "queryset", "partition_by", "filter", "order_by", "frame",
        "delimiter", "precision", "pos", "length", "text", "replacement", "fill_text", "number", "offset", "nth",
        "num_buckets", "shift", "default", "source", "named", "key_transform", "obj", "targets", "sources", "data",
        "left", "right", "config", "weight", "vector", "query", "weights", "normalization", "string", "x", "y",
        # Made into one literal, which is a value.
        "start_sel", "stop_sel", "max_words", "min_words", "short_word", "highlight_all",
        "max_fragments", "fragment_delimiter",
    }  # fmt: skip
    # Arguments that are kept under another name.
    KEPT_AS = {
        "start": "_bounds",
        "end": "_bounds",
        "named": "_names",
        "sample": "function",
        "refs": "refs",
        "position": "sql",
        "inclusive_lower": "lower",
        "inclusive_upper": "upper",
        "search_type": "function",
        "cover_density": "function",
        "name": "extra",
    }
    DDL_ONLY = ("hotclub._orm.index_expressions",)  # written into indexes and constraints, never into queries
    for module in ("aggregates", "constraints", "expressions", "fields", "functions", "indexes", "lookups", "search"):
        importlib.import_module(f"hotclub.contrib.postgres.{module}")
    from hotclub.contrib.postgres.lexemes import QuotedQuery

    for cls in subclasses_of(BaseExpression):
        if not cls.__module__.startswith("hotclub.") or cls.__module__ in DDL_ONLY:
            continue
        assert declares_shape(cls), f"{cls} does not declare its shape"
        if issubclass(cls, QuotedQuery):
            continue  # the whole is one value: its text
        declared = {name for parent in cls.__mro__ for name in parent.__dict__.get("shape_attributes", ())}
        for name in inspect.signature(cls.__init__).parameters:
            kept = KEPT_AS.get(name, name)
            assert PARTS.union(declared, cls.shape_attributes) & {name, kept}, f"{cls}: {name} is not in its shape"


def test_a_class_with_code_of_its_own_is_compiled_each_time(books: Any) -> None:
    class Shout(Func):
        function = "UPPER"

    class Twice(Func):
        def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
            sql, params = compiler.compile(self.source_expressions[0])
            return f"CONCAT({sql}, {sql})" if connection.vendor == "mysql" else f"({sql} || {sql})", [*params, *params]

    assert books.annotate(x=Shout("title")).query.node.interned
    query = books.annotate(x=Twice(Value("a"))).filter(pages=1).query
    assert not query.node.interned
    assert query.sql_with_params()[1] == ("a", "a", 1)
    books.create(title="x", pages=1)
    assert books.annotate(x=Twice(Value("a", output_field=CharField()))).get(pages=1).x == "aa"
    assert books.annotate(x=Twice(Value("b", output_field=CharField()))).get(pages=1).x == "bb"


def test_the_cache_is_bounded(books: Any) -> None:
    cache = PlanCache(limit=64)
    root = cache.root(books.model)
    for number in range(1000):
        cache.keep(root, number, Node(root.tree, None, True))
    assert len(cache) <= 64
    assert cache.find(root, 999) is not None
    assert cache.find(root, 0) is None
    assert (cache.hits, cache.misses) == (1, 1)


def test_a_plan_is_made_anew_in_other_time_zones(books: Any) -> None:
    def make() -> Any:
        return books.annotate(hour=ExtractHour(Now()))

    seen = set()
    for zones_are_used in (True, False):
        with override_settings(USE_TZ=zones_are_used):
            for name in ("Africa/Nairobi", "Asia/Bangkok"):
                with timezone.override(name):
                    assert planned(make) == written(make)
                    seen.add(planned(make))
    assert len(seen) == 3  # one for each zone, one without zones


async def test_both_halves_run_what_a_subclass_overrode(books: Any, halves: Halves) -> None:
    class Counting(QuerySet):
        def count(self) -> int:
            return 42

    assert await halves(Counting(books.model).count)() == 42
    assert await halves(QuerySet(books.model).count)() == 0
    assert await halves.listed(QuerySet(books.model)) == []
