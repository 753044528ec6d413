"""Shapes: what two queries share, what tells them apart, and that a plan says the same as a fresh compilation."""

from __future__ import annotations

from tests._orm.models_session import run as run_session
from tests._orm.query_list import QUERIES


def run(code: str) -> None:
    run_session("from hotclub.db.models.expressions import RawSQL\n" + QUERIES + code)


def test_every_query_equals_its_own_rebuild_and_no_other() -> None:
    run(
        """
nodes = [make().query.node for make in QUERIES]
again = [make().query.node for make in QUERIES]
for index, (first, second) in enumerate(zip(nodes, again)):
    assert first is second or not first.interned, f"query {index} was resolved anew"
distinct = {id(node) for node in nodes}
assert len(distinct) == len(nodes), [i for i, n in enumerate(nodes) if nodes.index(n) != i]
assert sum(not node.interned for node in nodes) <= 2, [i for i, n in enumerate(nodes) if not n.interned]
"""
    )


def test_the_cache_changes_neither_text_nor_parameters() -> None:
    run(
        """
from hotclub._orm.cache import plans
known = [(plan_answer(make), plan_answer(make), answer(make)) for make in QUERIES]
plans.enabled = False
for index, make in enumerate(QUERIES):
    fresh = plan_answer(make)
    first, second, text = known[index]
    assert first == second == fresh, (index, first, second, fresh)
    if text != "nothing" and fresh != "nothing":
        assert text == fresh, (index, text, fresh)
"""
    )


def test_other_values_of_a_known_shape_are_bound_and_prepared() -> None:
    run(
        """
from hotclub._orm.cache import plans
B.filter(pages__gt=1, title__startswith="a").query.sql_with_params()
before = plans.misses
query = B.filter(pages__gt="7", title__startswith="50%").query
assert query.sql_with_params()[1] == (7, "50\\\\%%"[:4] + "%") or query.sql_with_params()[1] == (7, "50\\\\%%")
query = B.filter(pages__gt=8, title__startswith="z").query
assert plans.misses == before + 1, "the type of a value belongs to the shape, the value does not"
assert query.sql_with_params()[1] == (8, "z%")
with raises(ValueError, "expected a number but got 'x'"):
    B.filter(pages__gt="x")
with raises(FieldError, "Cannot resolve keyword 'nope' into field."):
    B.filter(nope=1)
""".replace("with raises(FieldError", "from hotclub.core.exceptions import FieldError\nwith raises(FieldError")
    )


def test_values_that_decide_the_text_after_all() -> None:
    run(
        """
book = Book.objects.create(title="x", pages=3)
assert B.filter(pages=3).count() == 1
assert B.filter(pages=2**70).count() == 0
assert B.exclude(pages=2**70).count() == 1
assert B.filter(pages__lt=2**70).count() == 1
assert B.filter(pages=3).count() == 1
"""
    )


def test_every_expression_class_declares_its_shape_with_all_it_was_given() -> None:
    run(
        """
import inspect
from hotclub._orm.expressions import BaseExpression
from hotclub._orm.lookup_registry import subclasses_of
from hotclub._orm.shape import declares_shape

# Arguments that become parts of the tree, or its type: their own shape is in the shape.
PARTS = set("self args kwargs output_field expressions expression extra lhs rhs condition then cases lookups value queryset "
            "partition_by filter order_by frame delimiter precision pos length text replacement fill_text number offset nth "
            "num_buckets shift default source frame named key_transform obj targets sources data".split())
# Arguments that are kept under another name.
KEPT_AS = {"start": "_bounds", "end": "_bounds", "named": "_names", "sample": "function", "refs": "refs", "position": "sql"}
DDL_ONLY = ("hotclub._orm.index_expressions",)  # written into indexes and constraints, never into queries
for cls in subclasses_of(BaseExpression):
    if not cls.__module__.startswith("hotclub.") or cls.__module__ in DDL_ONLY:
        continue
    assert declares_shape(cls), f"{cls} does not declare its shape"
    declared = {name for parent in cls.__mro__ for name in parent.__dict__.get("shape_attributes", ())}
    for name in inspect.signature(cls.__init__).parameters:
        kept = KEPT_AS.get(name, name)
        assert name in PARTS or kept in declared or kept in cls.shape_attributes, f"{cls}: {name} is not in its shape"
"""
    )


def test_a_class_with_code_of_its_own_is_compiled_each_time() -> None:
    run(
        """
class Shout(Func):
    function = "UPPER"

class Twice(Func):
    def as_sql(self, compiler, connection):
        sql, params = compiler.compile(self.source_expressions[0])
        return f"({sql} || {sql})", [*params, *params]

assert B.annotate(x=Shout("title")).query.node.interned
query = B.annotate(x=Twice(Value("a"))).filter(pages=1).query
assert not query.node.interned
assert query.sql_with_params()[1] == ("a", "a", 1)
Book.objects.create(title="x", pages=1)
assert B.annotate(x=Twice(Value("a", output_field=CharField()))).get(pages=1).x == "aa"
assert B.annotate(x=Twice(Value("b", output_field=CharField()))).get(pages=1).x == "bb"
"""
    )


def test_the_cache_is_bounded() -> None:
    run(
        """
from hotclub._orm.cache import PlanCache, Node
cache = PlanCache(limit=64)
root = cache.root(Book)
for number in range(1000):
    cache.keep(root, number, Node(root.tree, None, True))
assert len(cache) <= 64
assert cache.find(root, 999) is not None and cache.find(root, 0) is None
assert (cache.hits, cache.misses) == (1, 1)
"""
    )


def test_names_from_outside_cannot_reach_the_text() -> None:
    run(
        """
from hotclub.core.exceptions import FieldError
hostile = 'x" FROM auth_user; --'
for attack in (
    lambda: B.filter(**{hostile: 1}),
    lambda: B.exclude(**{f"title__{hostile}": 1}),
    lambda: B.values(hostile),
    lambda: B.order_by(hostile),
    lambda: B.annotate(**{hostile: Value(1)}),
    lambda: B.aggregate(**{hostile: Count("id")}),
    lambda: B.alias(**{hostile: Value(1)}),
    lambda: B.annotate(**{hostile: FilteredRelation("author")}),
    lambda: B.extra(select={hostile: "1"}),
    lambda: B.filter(_connector="OR 1=1 OR"),
    lambda: Q(title="a", _connector=") OR 1=1 OR ("),
    lambda: B.all().explain(**{"analyze) SELECT (": True}),
    lambda: B.update(**{hostile: 1}),
):
    try:
        attack()
    except (FieldError, ValueError, TypeError) as error:
        continue
    except Exception as error:
        from hotclub.core.exceptions import FieldDoesNotExist
        assert isinstance(error, FieldDoesNotExist), error
    else:
        raise AssertionError("an attack passed")
"""
    )


def test_async_halves_run_what_a_subclass_overrode() -> None:
    run(
        """
import asyncio
class Counting(QuerySet):
    def count(self):
        return 42
async def main():
    return await Counting(Book).acount(), await QuerySet(Book).acount(), [x async for x in QuerySet(Book)]
assert asyncio.run(main()) == (42, 0, [])
""".replace("import asyncio", "import asyncio\nfrom hotclub.db.models.query import QuerySet")
    )
