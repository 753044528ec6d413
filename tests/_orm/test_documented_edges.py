"""Behaviour at the edges of the query API that the documentation fixes."""

from __future__ import annotations

import datetime
import gc
import inspect
from typing import Any

import pytest

from hotclub._orm.cache import plans
from hotclub.core.exceptions import FieldError
from hotclub.db import connection
from hotclub.db.models import Count, Exists, F, OuterRef
from hotclub.db.models.functions import Length
from hotclub.test.utils import CaptureQueriesContext
from tests.databases import TestDatabase


@pytest.fixture
def authors(database: TestDatabase) -> Any:
    from tests._orm.sample.models import Author, Book

    first = Author.objects.create(name="Ada", born=datetime.date(1990, 1, 1))
    second = Author.objects.create(name="Bo")
    Book.objects.create(title="Ada", author=first, pages=3)
    Book.objects.create(title="Long title", author=second, pages=10)
    Book.objects.create(title="Alone", pages=5)
    return Author


@pytest.mark.parametrize("name", ["author__nope", "author_id__nope"])
def test_a_name_after_a_relation_names_the_choices(authors: Any, name: str) -> None:
    from tests._orm.sample.models import Book

    with pytest.raises(FieldError, match=r"Cannot resolve keyword 'nope' into field. Choices are: "):
        Book.objects.filter(pages=F(name))
    with pytest.raises(FieldError, match=r"Cannot resolve keyword 'nope' into field. Choices are: "):
        list(Book.objects.order_by(name))


def test_a_name_after_a_column_cannot_join(authors: Any) -> None:
    from tests._orm.sample.models import Book

    with pytest.raises(FieldError, match=r"Cannot resolve keyword 'nope' into field. Join on 'title' not permitted."):
        Book.objects.filter(pages=F("title__nope"))


def test_values_list_gives_a_name_as_often_as_it_is_asked(authors: Any) -> None:
    from tests._orm.sample.models import Book

    rows = Book.objects.order_by("pages").values_list("pages", "title", "pages")
    assert list(rows) == [(3, "Ada", 3), (5, "Alone", 5), (10, "Long title", 10)]


def test_in_bulk_of_named_rows_has_the_key(authors: Any) -> None:
    from tests._orm.sample.models import Book

    key = Book.objects.get(pages=3).pk
    (row,) = Book.objects.values_list("title", named=True).in_bulk([key]).values()
    assert row._fields == ("pk", "title")
    assert row == (key, "Ada")


def test_none_in_an_excluded_list_excludes_rows_without_a_value(authors: Any) -> None:
    assert [each.name for each in authors.objects.exclude(born__in=[None])] == ["Ada"]
    assert [each.name for each in authors.objects.exclude(born__in=[datetime.date(1990, 1, 1)])] == ["Bo"]
    assert list(authors.objects.exclude(born__in=[None, datetime.date(1990, 1, 1)])) == []


def test_expressions_among_the_values_of_a_list_follow_their_tables(authors: Any) -> None:
    from tests._orm.sample.models import Book

    found = Book.objects.filter(pages__in=[F("pages"), 0], pk__in=Book.objects.filter(pages__range=(F("pages"), 4)))
    assert [each.title for each in found] == ["Ada"]


def test_a_slice_of_an_outer_reference(authors: Any) -> None:
    from tests._orm.sample.models import Book

    inner = Book.objects.filter(title__startswith=OuterRef("name")[:1])
    assert [each.name for each in authors.objects.filter(Exists(inner)).order_by("pk")] == ["Ada"]


def test_combined_query_sets_keep_subqueries_apart(authors: Any) -> None:
    from tests._orm.sample.models import Book

    long = authors.objects.filter(Exists(Book.objects.filter(author=OuterRef("pk"), pages__gt=5)))
    both = authors.objects.filter(pk__isnull=False) & long
    assert [each.name for each in authors.objects.filter(pk__in=both.values("pk"))] == ["Bo"]


def test_a_count_counts_the_groups_that_the_ordering_makes(authors: Any) -> None:
    from tests._orm.sample.models import Book

    groups = Book.objects.values("kind").annotate(n=Count("pk"))
    assert (groups.order_by().count(), len(groups.order_by())) == (1, 1)
    assert (groups.order_by("pages").count(), len(groups.order_by("pages"))) == (3, 3)


def test_a_percent_sign_in_an_alias_is_deprecated(authors: Any) -> None:
    with pytest.warns(DeprecationWarning, match=r"Using percent signs in a column alias is deprecated."):
        authors.objects.annotate(**{"share%": Length("name")})


def test_select_related_without_names_is_deprecated(authors: Any) -> None:
    with pytest.warns(DeprecationWarning, match=r"Calling select_related\(\) with no arguments is deprecated."):
        authors.objects.select_related()


def test_a_related_manager_is_called_with_the_name_of_another_manager(authors: Any) -> None:
    ada = authors.objects.get(name="Ada")
    assert str(inspect.signature(ada.book_set)) == "(*, manager: str)"
    assert ada.book_set(manager="objects").get().title == "Ada"


def test_first_and_last_leave_an_empty_order_alone(authors: Any) -> None:
    cleared = authors.objects.order_by()
    for queryset in (cleared, authors.objects.order_by("name").order_by()):
        with CaptureQueriesContext(connection) as asked:
            assert queryset.first() is not None
            assert queryset.last() is not None
        assert not any("ORDER BY" in statement["sql"] for statement in asked)
    assert authors.objects.first().name == "Ada"
    assert authors.objects.last().name == "Bo"
    grouped = authors.objects.values("name").annotate(books=Count("book"))
    with pytest.raises(TypeError, match="unordered queryset performing aggregation"):
        grouped.first()
    assert grouped.order_by().first() is not None


def test_a_first_call_leaves_nothing_to_the_garbage_collector(authors: Any) -> None:
    def ask() -> None:
        books = authors.objects.filter(book__pages__gt=1).annotate(count=Count("book"))
        mine = authors.objects.filter(pk=OuterRef("pk"), name="Ada")
        list(books.exclude(book__title="x").filter(Exists(mine)).order_by("-count", "name"))

    ask()  # what models and fields find out about themselves once may stay
    plans.clear()
    gc.collect()
    gc.disable()
    try:
        ask()
        assert gc.collect() == 0
    finally:
        gc.enable()
