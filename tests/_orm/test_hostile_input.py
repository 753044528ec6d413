"""What a stranger may send as names and values never becomes text of a statement.

Each hostile string carries a token. Every statement that reaches the driver is watched: outside quoted identifiers and
literals the token must not stand, and the database must find no fault in the statement. What is not allowed as a name ends
with one of the documented errors.

Source: docs ref/models/querysets (names of annotations, "extra()"), topics/security.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotclub.core.exceptions import (
    FieldDoesNotExist,
    FieldError,
    MultipleObjectsReturned,
    ObjectDoesNotExist,
    ValidationError,
)
from hotclub.db import DataError, IntegrityError, NotSupportedError, OperationalError, ProgrammingError
from hotclub.db.models import (
    Case,
    CharField,
    Count,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Prefetch,
    Q,
    StringAgg,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from hotclub.db.models.functions import (
    Cast,
    Collate,
    Concat,
    Extract,
    JSONObject,
    LPad,
    Replace,
    RowNumber,
    StrIndex,
    Trunc,
)
from hotclub.utils.connection import ConnectionDoesNotExist
from tests.databases import TestDatabase

TOKEN = "zqxjtoken"
FRAGMENTS = (
    '"', "'", "`", ";", "--", "/*", "*/", "#", "\\", "%", "%s", "%(a)s", "%%", "(", ")", ",", " ", "\n", "\t", "\x00", "]", "[",
    '" FROM sample_author; --', "' OR '1'='1", "`; DROP TABLE sample_author; --", "$.a", "$$", "{", "}", "__", ".", "é", "\u2028",
    "\ufeff", "\U0001f600", "1", "a", "NULL", "?", ":x", "@x",
)  # fmt: skip
DOCUMENTED = (
    AttributeError,  # prefetch_related()
    ConnectionDoesNotExist,
    DataError,  # PostgreSQL has no NUL in texts
    FieldError,
    FieldDoesNotExist,
    IntegrityError,
    MultipleObjectsReturned,
    NotSupportedError,
    ObjectDoesNotExist,
    TypeError,
    ValidationError,
    ValueError,
)

hostile = st.builds(
    lambda before, after: "".join(before) + TOKEN + "".join(after),
    st.lists(st.sampled_from(FRAGMENTS), max_size=3),
    st.lists(st.sampled_from(FRAGMENTS), max_size=3),
)
many_times = settings(
    max_examples=120, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

# Quoted identifiers and literals: a quote inside is doubled; on MySQL a backslash takes the next character along.
QUOTED = {
    "sqlite": re.compile(r"""x?'(?:[^']|'')*'|"(?:[^"]|"")*\"""", re.S),
    "postgresql": re.compile(r"""E'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*\"""", re.S),
    "mysql": re.compile(r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`""", re.S),
}


@contextmanager
def watched(database: TestDatabase) -> Iterator[list[str]]:
    """Collect the statements that reach the driver; check each for the token."""
    seen: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        bare = QUOTED[database.connection.vendor].sub("_", sql)
        assert TOKEN not in bare.lower(), sql
        return execute(sql, params, many, context)

    with database.connection.execute_wrapper(watch):
        yield seen


# What the database itself must look up: a collation, a column of extra(). It may not know it, but it must understand.
UNKNOWN = re.compile(
    r"no such c|does not exist|missing FROM-clause|Unknown c|null character|No such collation|Invalid utf8mb4", re.I
)


def attempt(database: TestDatabase, work: Callable[[], Any]) -> None:
    """Do what is hostile; a documented error is as good as a result, an error of the database is not."""
    with watched(database), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # percent signs in names are deprecated
        try:
            work()
        except DOCUMENTED:
            pass
        except (OperationalError, ProgrammingError) as error:
            if not UNKNOWN.search(str(error)):
                raise


@pytest.fixture
def books(database: TestDatabase) -> Any:
    from tests._orm.sample.models import Author, Book

    author = Author.objects.create(name="One")
    Book.objects.create(title="x", author=author).editors.add(author)
    return Book.objects


def names(books: Any, name: str) -> list[Callable[[], Any]]:
    """The places where a name comes from a keyword or a string."""
    return [
        lambda: list(books.annotate(**{name: Value(1)})),
        lambda: list(books.annotate(**{name: F("pages")}).order_by(name).values(name)),
        lambda: list(books.annotate(**{name: Count("editors")}).filter(**{name: 1})),
        lambda: list(books.annotate(**{name: Window(RowNumber())})),
        lambda: list(books.alias(**{name: Value(1)}).filter(**{name: 1})),
        lambda: books.aggregate(**{name: Count("pk")}),
        lambda: books.annotate(**{name: F("pages")}).aggregate(total=Sum(name)),
        lambda: list(books.values(name)),
        lambda: list(books.values(**{name: F("pages")})),
        lambda: list(books.values_list(name, flat=True)),
        lambda: list(books.values_list("pages", F(name))),
        lambda: list(books.order_by(name)),
        lambda: list(books.order_by(f"-{name}", F(name).desc())),
        lambda: list(books.filter(**{name: 1})),
        lambda: list(books.exclude(**{f"title__{name}": 1})),
        lambda: list(books.filter(**{f"author__{name}__exact": 1})),
        lambda: list(books.filter(pages=F(name))),
        lambda: list(books.filter(pages=OuterRef(name))),
        lambda: list(books.only(name)),
        lambda: list(books.defer(name)),
        lambda: list(books.distinct(name)),
        lambda: list(books.select_related(name)),
        lambda: list(books.prefetch_related(name)),
        lambda: list(books.prefetch_related(Prefetch("editors", to_attr=name))),
        lambda: list(books.annotate(**{name: FilteredRelation("editors")}).filter(**{f"{name}__name": "One"})),
        lambda: list(books.annotate(x=FilteredRelation("editors", condition=Q(**{f"editors__{name}": 1}))).filter(x__pk=1)),
        lambda: list(books.annotate(x=FilteredRelation(name)).filter(x__pk=1)),
        lambda: list(books.extra(select={name: "1"})),
        lambda: list(books.extra(order_by=[name])),
        lambda: books.update(**{name: 1}),
        lambda: list(books.dates(name, "year")),
        lambda: books.in_bulk([1], field_name=name),
        lambda: books.latest(name),
        lambda: books.bulk_update(list(books.all()), [name]),
        lambda: books.bulk_create([books.model(title="y")], update_conflicts=True, unique_fields=[name], update_fields=["title"]),
        lambda: list(books.union(books.all()).order_by(name)),
        lambda: list(books.annotate(x=Subquery(books.model.objects.values(name)[:1]))),
        lambda: list(books.filter(Q(title="x", _connector=name))),
        lambda: list(books.filter(_connector=name)),
        lambda: books.all().explain(format=name),
        lambda: books.all().explain(**{name: True}),
        lambda: list(books.select_for_update(of=(name,))),
        lambda: list(books.using(name)),
    ]  # fmt: skip


def values(books: Any, value: str) -> list[Callable[[], Any]]:
    """The places where a value comes from outside."""
    return [
        lambda: list(books.filter(title=value)),
        lambda: list(books.filter(title__in=[value, "x"])),
        lambda: list(books.filter(Q(title__contains=value) | Q(title__istartswith=value) | Q(title__iendswith=value))),
        lambda: list(books.exclude(title__iexact=value)),
        lambda: list(books.annotate(x=Value(value)).filter(x=value).order_by("x")),
        lambda: list(books.annotate(x=Concat("title", Value(value), F("shelf"), output_field=CharField()))),
        lambda: list(books.annotate(x=Replace("title", Value(value), Value(value)), y=StrIndex("title", Value(value)))),
        lambda: list(books.annotate(x=LPad("title", 20, Value(value)))),
        lambda: list(books.annotate(x=Case(When(title=value, then=Value(value)), default=Value("y")))),
        lambda: list(books.values("author").annotate(x=StringAgg("title", Value(value)))),
        lambda: list(books.annotate(x=JSONObject(**{value: "title"}))),
        lambda: list(books.annotate(x=Collate("title", value))),
        lambda: list(books.order_by(Collate("title", value))),
        lambda: list(books.annotate(x=Trunc("author__born", value))),
        lambda: list(books.annotate(x=Extract("author__born", value))),
        lambda: list(books.dates("author__born", value)),
        lambda: list(books.datetimes("author__born", value)),
        lambda: list(books.annotate(x=Cast(Value(value), CharField()))),
        lambda: list(books.annotate(x=Func(Value(value), function="UPPER"))),
        lambda: list(books.extra(where=["title = %s"], params=[value])),
        lambda: list(books.extra(select={"x": "%s"}, select_params=[value])),
        lambda: list(books.raw("SELECT * FROM sample_book WHERE title = %s", [value])),
        lambda: books.update(title=value),
        lambda: books.get_or_create(title=value[:80]),
        lambda: books.bulk_create([books.model(title=value[:70])], ignore_conflicts=True),
        lambda: list(books.filter(pages=value)),
        lambda: list(books.filter(pages__in=[value])),
        lambda: list(books.filter(author__born=value)),
        lambda: books.get(pk=value),
    ]  # fmt: skip


def test_names_are_quoted_or_refused(database: TestDatabase, books: Any) -> None:
    @many_times
    @given(hostile)
    def check(name: str) -> None:
        for work in names(books, name):
            attempt(database, work)

    check()


def test_values_are_parameters(database: TestDatabase, books: Any) -> None:
    @many_times
    @given(hostile)
    def check(value: str) -> None:
        for work in values(books, value):
            attempt(database, work)

    check()
