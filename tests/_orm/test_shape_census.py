"""Every lookup, transform, function, aggregate and step of a query set that the framework brings has a shape, and keeps its plan.

What is compiled each time is listed in `COMPILED_EACH_TIME`, with the reason.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from hotclub._orm.cache import plans
from hotclub.core.exceptions import EmptyResultSet
from hotclub.db import NotSupportedError, connection, models
from hotclub.db.models import (
    Avg,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    JSONNull,
    Max,
    OuterRef,
    Prefetch,
    Q,
    StdDev,
    StringAgg,
    Subquery,
    Sum,
    Value,
    When,
    Window,
    aggregates,
    functions,
)
from hotclub.db.models.expressions import NegatedExpression, RawSQL, RowRange, ValueRange
from hotclub.db.models.fields.json import KT
from tests.databases import TestDatabase

COMPILED_EACH_TIME = {
    "list with an expression": "the values around the expression would each need a slot; the list is left as it is",
    "an expression with code of its own": "only its class knows what decides its text",
    "two filtered relations joined": "whether the two are one, values included, decides the joins",
}

NOON = datetime.datetime(2026, 1, 2, 12, tzinfo=datetime.UTC)
VALUES: dict[str, tuple[Any, Any]] = {
    # Two values by the kind of field.
    "IntegerField": (1, 2),
    "DecimalField": (Decimal("1.5"), Decimal("2.5")),
    "FloatField": (1.5, 2.5),
    "BooleanField": ("1", "0"),
    "CharField": ("a", "b%s"),
    "TextField": ("a", "b%s"),
    "DateField": (datetime.date(2026, 1, 2), datetime.date(2026, 3, 4)),
    "DateTimeField": (NOON, NOON + datetime.timedelta(days=1)),
    "TimeField": (datetime.time(1), datetime.time(2)),
    "DurationField": (datetime.timedelta(1), datetime.timedelta(2)),
    "UUIDField": (uuid.UUID(int=1), uuid.UUID(int=2)),
    "BinaryField": (b"a", b"b"),
    "JSONField": ({"a": 1}, {"b": [2]}),
    "GenericIPAddressField": ("127.0.0.1", "::1"),
    "SlugField": ("a", "b"),
}
TEXTS = frozenset(
    {"contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "regex", "iregex", "iexact"}
)


class Unshaped(Exception):
    """A query has no shape, or its plan is not kept."""


def check(make: Callable[..., Any], *values: Any) -> None:
    """Build and plan a query set for each value.

    Raises:
        Unshaped: one of them was compiled with its values.
    """
    for value in values or (None,):
        queryset = make(value) if values else make()
        node = queryset.query.node
        if not node.interned:
            raise Unshaped(f"{value!r}: no shape")
        kind, maker = queryset._plan_maker()
        try:
            plan, _params = queryset.query.plan("default", kind, maker)
        except (EmptyResultSet, NotSupportedError):
            continue
        kept = list(node.plans.values())
        if not any(plan is each or plan in each._fits.values() for each in kept):
            raise Unshaped(f"{value!r}: compiled with its value: {plan.sql}")


def is_shaped(make: Callable[[], Any]) -> bool:
    try:
        check(make)
    except Unshaped:
        return False
    return True


@pytest.fixture
def everything(database: TestDatabase) -> Iterator[Any]:
    """A model with a field of each kind; only planned, so that it needs no table."""
    from hotclub.apps.registry import Apps

    body: dict[str, Any] = {
        "__module__": __name__,
        "Meta": type("Meta", (), {"app_label": "sample", "apps": Apps(["tests._orm.sample"])}),
    }
    for name in VALUES:
        options = {"max_digits": 5, "decimal_places": 2} if name == "DecimalField" else {}
        if name == "CharField":
            options = {"max_length": 9}
        body[f"f_{name.lower()}"] = getattr(models, name)(null=True, **options)
    yield type("Everything", (models.Model,), body)
    plans.enabled = True


@pytest.fixture
def sample(database: TestDatabase) -> Any:
    from tests._orm.sample import models

    return models


def value_for(lookup: str, first: Any, second: Any) -> tuple[Any, Any]:
    """Two right sides of a lookup."""
    if lookup in ("in", "range"):
        return [first, second], [second, first]
    if lookup == "isnull":
        return True, False
    if lookup in TEXTS:
        return "a", "b%s"
    if lookup in ("has_keys", "has_any_keys"):
        return ["a"], ["b", "c"]
    if lookup == "has_key":
        return "a", "b"
    return first, second


def test_lookups_and_transforms_of_all_fields(everything: Any) -> None:
    seen = 0
    for field in everything._meta.concrete_fields:
        kind = "IntegerField" if field.primary_key else type(field).__name__
        names = field.get_lookups()
        assert {"exact", "in", "isnull"} <= set(names)
        for name, cls in names.items():
            if getattr(cls, "is_transform", False) and not getattr(cls, "is_lookup", False):
                output = getattr(cls, "output_field", None)
                inner = VALUES.get(type(output).__name__, (1, 2))
                if name in ("date", "time"):
                    inner = VALUES[f"{name.capitalize()}Field"]
                lookups = {"exact": inner, "in": (list(inner), [inner[0]]), "gte": inner}
                key = f"{field.name}__{name}__"
            else:
                lookups, key = {name: value_for(name, *VALUES[kind])}, f"{field.name}__"
            for lookup, values in lookups.items():
                try:
                    check(lambda value, key=key + lookup: everything.objects.filter(**{key: value}), *values)
                    check(lambda value, key=key + lookup: everything.objects.exclude(**{key: value}), *values)
                except Unshaped as error:
                    pytest.fail(f"{key}{lookup}: {error}")
                seen += 1
    assert seen > 250


def test_lookups_of_keys_in_documents(everything: Any) -> None:
    names = set(models.JSONField().get_transform("a")("f_jsonfield").get_lookups()) | {
        "exact",
        "in",
        "isnull",
        "contains",
    }
    assert "startswith" in names
    for name in sorted(names):
        values = value_for(name, 1, 2)
        for path in ("f_jsonfield__a", "f_jsonfield__a__0__b%s"):
            check(lambda value, key=f"{path}__{name}": everything.objects.filter(**{key: value}), *values)
            check(lambda value, key=f"{path}__{name}": everything.objects.exclude(**{key: value}), *values)
    check(lambda: everything.objects.filter(f_jsonfield__a=None))
    check(lambda: everything.objects.filter(f_jsonfield=JSONNull()))
    check(lambda: everything.objects.order_by("f_jsonfield__a").values("f_jsonfield__a__b"))
    check(lambda: everything.objects.annotate(k=KT("f_jsonfield__a__b")).values("k").annotate(n=Count("pk")))


def calls() -> dict[str, Callable[[], Any]]:
    """A call of each function, by name."""
    number, other, text, moment = "f_integerfield", "f_floatfield", "f_charfield", "f_datetimefield"
    extracts = [name for name in functions.__all__ if name.startswith(("Extract", "Trunc"))]
    found: dict[str, Callable[[], Any]] = {}
    for name in functions.__all__:
        cls = getattr(functions, name)
        if name in extracts:
            found[name] = lambda cls=cls: cls(moment)
        elif issubclass(cls, models.Transform):
            found[name] = lambda cls=cls: cls(text if getattr(cls, "lookup_name", "") in TEXT_FUNCTIONS else number)
    found.update(
        Trunc=lambda: functions.Trunc(moment, "day"),
        Extract=lambda: functions.Extract(moment, "day"),
        ATan2=lambda: functions.ATan2(number, Value(2.5)),
        Cast=lambda: functions.Cast(number, models.FloatField()),
        Coalesce=lambda: functions.Coalesce(text, Value("x")),
        Collate=lambda: functions.Collate(text, "nocase"),
        Concat=lambda: functions.Concat(text, Value("x"), text),
        ConcatPair=lambda: functions.ConcatPair(text, Value("x")),
        Greatest=lambda: functions.Greatest(number, Value(3)),
        Least=lambda: functions.Least(number, Value(3)),
        JSONArray=lambda: functions.JSONArray(text, Value("x")),
        JSONObject=lambda: functions.JSONObject(a=text, b=Value(1)),
        LPad=lambda: functions.LPad(text, 5, Value("x")),
        RPad=lambda: functions.RPad(text, 5, Value("x")),
        Left=lambda: functions.Left(text, 5),
        Right=lambda: functions.Right(text, 5),
        Repeat=lambda: functions.Repeat(text, 5),
        Replace=lambda: functions.Replace(text, Value("a"), Value("b")),
        StrIndex=lambda: functions.StrIndex(text, Value("a")),
        Substr=lambda: functions.Substr(text, 1, 2),
        NullIf=lambda: functions.NullIf(text, Value("a")),
        Log=lambda: functions.Log(other, Value(2.5)),
        Mod=lambda: functions.Mod(number, Value(2)),
        Power=lambda: functions.Power(number, Value(2)),
        Round=lambda: functions.Round(other, 2),
        Now=lambda: functions.Now(),
        Pi=lambda: functions.Pi(),
        Random=lambda: functions.Random(),
        UUID4=lambda: functions.UUID4(),
        UUID7=lambda: functions.UUID7(datetime.timedelta(1)),
    )
    for name in ("CumeDist", "DenseRank", "PercentRank", "Rank", "RowNumber"):
        found[name] = lambda name=name: Window(getattr(functions, name)(), order_by=number)
    for name in ("FirstValue", "LastValue"):
        found[name] = lambda name=name: Window(getattr(functions, name)(number), order_by=F(number).desc())
    found.update(
        Lag=lambda: Window(functions.Lag(number, 2, Value(0)), order_by=number),
        Lead=lambda: Window(functions.Lead(number), partition_by=text, order_by=number),
        NthValue=lambda: Window(functions.NthValue(number, 2), frame=RowRange(-2, 3)),
        Ntile=lambda: Window(functions.Ntile(4), frame=ValueRange(None, 0), order_by=number),
    )
    return found


TEXT_FUNCTIONS = frozenset(
    {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "length", "lower", "upper", "ltrim", "rtrim", "trim", "reverse", "ord"}
)  # fmt: skip


def test_functions(everything: Any) -> None:
    made = calls()
    assert set(made) == set(functions.__all__), set(functions.__all__) ^ set(made)
    for name, make in made.items():
        try:
            check(lambda make=make: everything.objects.annotate(x=make()))
            check(lambda make=make: everything.objects.order_by(make()))
            if not isinstance(make(), Window) and name not in ("JSONArray", "JSONObject"):
                check(lambda make=make: everything.objects.filter(pk=1).alias(x=make()).filter(x__isnull=False))
        except Unshaped as error:
            pytest.fail(f"{name}: {error}")


def test_aggregates(everything: Any) -> None:
    for name in set(aggregates.__all__) - {"Aggregate"}:
        cls = getattr(aggregates, name)
        arguments: tuple[Any, ...] = ("f_charfield", Value("-")) if name == "StringAgg" else ("f_integerfield",)
        options: list[dict[str, Any]] = [{}, {"filter": Q(f_charfield="a")}]
        if name not in ("Count",):
            options.append({"default": "" if name == "StringAgg" else 0})
        for option in options:
            check(
                lambda cls=cls, arguments=arguments, option=option: everything.objects.annotate(
                    x=cls(*arguments, **option)
                ).filter(x__isnull=False)
            )
    check(lambda: everything.objects.annotate(x=StringAgg("f_charfield", Value(","), order_by="-f_integerfield")))
    check(lambda: everything.objects.values("f_charfield").annotate(n=Count("pk", distinct=True)).order_by("-n"))
    check(lambda: everything.objects.annotate(x=StdDev("f_floatfield", sample=True), y=Avg("f_integerfield")))


def steps(m: Any) -> list[Callable[[], Any]]:
    """Query sets by each method, and each kind of expression."""
    B, A, S = m.Book.objects, m.Author.objects, m.Stop.objects
    authors = A.filter(name="a")
    return [
        lambda: B.all(), lambda: B.filter(Q(title="a") | ~Q(pages=1) ^ Q(pages=2)), lambda: B.exclude(editors__name="a"),
        lambda: B.complex_filter({"title": "a"}), lambda: B.annotate(x=Value(1)), lambda: B.alias(x=F("pages") + 1).filter(x=2),
        lambda: B.order_by("author__name", F("pages").desc(nulls_last=True)), lambda: B.order_by("?"), lambda: B.reverse(),
        lambda: B.distinct(), lambda: B.distinct("title"), lambda: B.values("title"), lambda: B.values(x=F("pages") + 2),
        lambda: B.values_list("title", flat=True), lambda: B.values_list("title", "author__name", named=True),
        lambda: A.dates("born", "month"), lambda: m.Paper.objects.datetimes("read_at", "day", order="DESC"), lambda: B.none(),
        lambda: B.union(B.filter(pages=1)), lambda: B.filter(pages=1).intersection(B.all()), lambda: B.difference(B.filter(pages=2))[:3],
        lambda: B.filter(title="a").union(B.filter(pages=1), all=True).order_by("title")[1:2],
        lambda: B.select_related("author"), lambda: B.only("title"), lambda: B.defer("title"), lambda: B.using("default"),
        lambda: B.prefetch_related(Prefetch("editors", queryset=A.filter(name="x")[:3])),
        lambda: B.extra(where=["pages > 1"], select={"one": "1"}), lambda: B.filter(pk=1) | B.filter(title="b"),
        lambda: B.filter(pk=1) & B.filter(editors__name="b"), lambda: B.filter(pk=1) ^ B.filter(title="b"),
        lambda: B.all()[3:9], lambda: B.all()[3:4], lambda: B.all()[:1], lambda: B.filter(pk__in=[1, 2]).order_by("-pk")[:5],
        lambda: B.filter(pages__in=A.filter(name="a").values("pk")), lambda: B.filter(author__in=authors), lambda: B.filter(author=authors[:1]),
        lambda: B.filter(Exists(A.filter(pk=OuterRef("author"), name="z"))), lambda: B.exclude(~Exists(authors)),
        lambda: B.annotate(x=Subquery(A.filter(pk=OuterRef("author")).values("name")[:1])).filter(x="a"),
        lambda: B.annotate(x=Subquery(B.filter(author=OuterRef("author")).values("author").annotate(n=Max("pages")).values("n"))),
        lambda: B.annotate(x=Case(When(Q(pages__gt=1) & Q(title__startswith="a"), then=Value("b")), When(pages=3, then=F("title")), default=Value("c"))),
        lambda: B.annotate(x=ExpressionWrapper(Q(pages__gt=3), output_field=models.BooleanField())).filter(x=True),
        lambda: B.annotate(x=NegatedExpression(ExpressionWrapper(Q(pages=3), output_field=models.BooleanField()))),
        lambda: B.annotate(x=FilteredRelation("editors", condition=Q(editors__name="a"))).filter(x__born=None).values("x__name"),
        lambda: B.annotate(x=FilteredRelation("author", condition=Q(author__born__year__in=[1, 2]))).select_related("x"),
        lambda: B.annotate(x=RawSQL("pages + %s", (1,))), lambda: B.filter(title=F("kind")[:3]), lambda: B.annotate(x=F("title")[1:4]),
        lambda: B.annotate(x=F("pages").bitand(3) + F("pages") % 2 - 1), lambda: B.annotate(x=-F("pages") ** 2 / 3),
        lambda: B.annotate(x=Window(Sum("pages"), partition_by=["author", F("kind")], order_by=["-pages"], frame=RowRange(-1, 1))).filter(x__gt=3),
        lambda: S.filter(pk=(1, 2)), lambda: S.filter(pk__in=[(1, 2), (3, 4)]), lambda: S.exclude(pk__gt=(1, 2)), lambda: S.filter(pk__in=S.filter(name="a")),
        lambda: m.Halt.objects.filter(at__name="a").select_related("at"), lambda: m.Halt.objects.filter(at__in=S.filter(name="a")[:3]),
        lambda: S.annotate(x=Count("pk")), lambda: S.filter(Exists(m.Halt.objects.filter(at=OuterRef("pk")))), lambda: S.order_by("pk"),
        lambda: m.Restaurant.objects.filter(stars=1, name="a"), lambda: B.filter(editors__in=[m.Author(pk=1), m.Author(pk=2)]),
        lambda: B.filter(author=m.Author(pk=1)), lambda: B.filter(kind=m.Book.Kind.ESSAY), lambda: B.filter(pages__range=(1, 2)),
        lambda: B.filter(Q(title__in=["a"]) & Q(pages__in={1, 2})), lambda: B.filter(title__in={"a": 1}.keys()),
        lambda: B.order_by(Case(When(title="a", then=1), default=2), "pk"), lambda: B.filter(title__in=("a", None)),
    ]  # fmt: skip


def test_steps_and_expressions(sample: Any) -> None:
    for number, make in enumerate(steps(sample)):
        try:
            check(make)
        except Unshaped as error:
            pytest.fail(f"{number}: {error}")


def test_reads_and_writes(sample: Any) -> None:
    Book, Author, Paper = sample.Book, sample.Author, sample.Paper
    author = Author.objects.create(name="a")
    books = Book.objects.bulk_create(Book(title=str(number), pages=number + 1, author=author) for number in range(4))

    def work(number: int) -> None:
        Book.objects.in_bulk([book.pk for book in books[: number + 1]])
        Book.objects.in_bulk([str(number), "2"][: number + 1], field_name="pk")
        Book.objects.filter(pages=number).explain() if connection.vendor == "sqlite" else None
        Book.objects.filter(pk=books[number].pk).update(pages=F("pages") + number, title=f"t{number}")
        Paper.objects.filter(data__a=number).update(data={"a": number}, title=f"{number}")
        Paper.objects.filter(data__has_key=f"k{number}").count()
        sample.Restaurant.objects.filter(stars=number).update(name=f"n{number}", stars=number + 1)
        Paper.objects.filter(data__a=number).exists()
        Book.objects.filter(pages__in=[number]).aggregate(n=Sum("pages", filter=Q(title=f"t{number}")), m=Count("*"))
        Book.objects.order_by("pk")[number : number + 2].aggregate(n=Count("*"))
        list(Book.objects.prefetch_related(Prefetch("editors", queryset=Author.objects.filter(name=f"{number}"))))
        author.book_set.filter(title=f"{number}").first()
        author.book_set.order_by("title").last()
        Book.objects.earliest("pages")
        Book.objects.filter(pages=99 + number).delete()
        list(Book.objects.filter(title__startswith=f"{number}").iterator(chunk_size=2))
        Book.objects.get_or_create(title=f"t{number}", defaults={"pages": 1})
        Book.objects.filter(pk=books[number].pk, title__contains=f"{number}").get()

    work(0)
    work(1)
    before = plans.misses
    work(0)
    work(1)
    assert plans.misses == before


def test_what_is_compiled_each_time(sample: Any) -> None:
    Book = sample.Book

    class Twice(models.Func):
        def as_sql(self, compiler: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
            return super().as_sql(compiler, connection, *args, template="2 * %(expressions)s", **kwargs)

    relation = FilteredRelation("editors", condition=Q(editors__name="a"))
    made: dict[str, Callable[[], Any]] = {
        "list with an expression": lambda: Book.objects.filter(pages__in=[1, F("id")]),
        "an expression with code of its own": lambda: Book.objects.annotate(x=Twice("pages")),
        "two filtered relations joined": lambda: (
            Book.objects.annotate(x=relation).filter(x__pk=1) | Book.objects.annotate(x=relation).filter(x__pk=2)
        ),
    }
    assert set(made) == set(COMPILED_EACH_TIME)
    for name, make in made.items():
        assert not is_shaped(make), f"{name} has a shape: take it off the list"
