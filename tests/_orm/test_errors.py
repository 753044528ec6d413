"""Documented errors, with their texts where the documentation or long habit fixes them: both halves, three databases.

Source: docs ref/models/querysets, ref/exceptions, topics/db/transactions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from hotclub.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from hotclub.db import DataError, IntegrityError, NotSupportedError, OperationalError, ProgrammingError, transaction
from hotclub.db.models import Avg, Count, F, OuterRef, ProtectedError, Q, QuerySet, RestrictedError, Sum, Value, Window
from hotclub.db.models.functions import RowNumber
from tests.databases import TestDatabase
from tests.halves import Halves


@pytest.fixture
def library(database: TestDatabase) -> Any:
    from tests._orm.sample import models

    return models


async def refused(kind: type[BaseException], text: str, work: Callable[[], Awaitable[Any]]) -> BaseException:
    """Await something that must raise."""
    with pytest.raises(kind) as caught:
        await work()
    assert text in str(caught.value)
    return caught.value


async def test_get_finds_one_row_or_says_what_it_found(library: Any, halves: Halves) -> None:
    authors = library.Author.objects
    error = await refused(
        library.Author.DoesNotExist, "Author matching query does not exist.", lambda: halves(authors.get)(name="x")
    )
    assert isinstance(error, library.Author.DoesNotExist)
    for name in ("a", "b"):
        await halves(authors.create)(name=name)
    text = "get() returned more than one Author -- it returned 2!"
    await refused(library.Author.MultipleObjectsReturned, text, lambda: halves(authors.all().get)())
    assert await halves(authors.all().first)() is not None
    await refused(library.Author.DoesNotExist, "", lambda: halves(authors.filter(name="x").latest)("born"))


def test_unknown_names_are_refused_when_the_query_is_built(library: Any) -> None:
    books = library.Book.objects
    choices = "Choices are: author, author_id, doubled, editors, id, kind, loan, pages, shelf, title"
    for build, text in (
        (lambda: books.filter(nothing=1), f"Cannot resolve keyword 'nothing' into field. {choices}"),
        (
            lambda: books.exclude(author__nothing=1),
            "Unsupported lookup 'nothing' for ForeignKey or join on the field not",
        ),
        (lambda: books.filter(pages__nothing=1), "Unsupported lookup 'nothing' for PositiveIntegerField"),
        (lambda: books.order_by("nothing"), "Cannot resolve keyword 'nothing' into field."),
        (lambda: books.values("nothing"), "Cannot resolve keyword 'nothing' into field."),
        (lambda: books.annotate(x=F("nothing")), "Cannot resolve keyword 'nothing' into field."),
        (lambda: books.annotate(x=Count("nothing")), "Cannot resolve keyword 'nothing' into field."),
        (lambda: books.aggregate(x=Sum(Count("pk"))), "Cannot compute"),
        (lambda: books.update(pages=Count("pk")), "Aggregate functions are not allowed in this query"),
        (lambda: books.update(pages=F("author__name")), "Joined field references are not permitted in this query"),
        (lambda: list(books.select_related("title")), "Non-relational field given in select_related: 'title'."),
        (lambda: list(books.select_related("nothing")), "Invalid field name(s) given in select_related: 'nothing'."),
    ):
        with pytest.raises(FieldError) as caught:
            build()  # type: ignore[no-untyped-call]
        assert text in str(caught.value)
    with pytest.raises(FieldDoesNotExist, match="has no field named 'nothing'"):
        books.update(nothing=1)


async def test_wrong_types_are_refused_before_the_database_sees_them(library: Any, halves: Halves) -> None:
    books, authors = library.Book.objects, library.Author.objects
    for build, kind, text in (
        (lambda: books.filter(pages="many"), ValueError, "Field 'pages' expected a number but got 'many'."),
        (lambda: books.filter(pages=[]), TypeError, "Field 'pages' expected a number but got []."),
        (lambda: authors.filter(born="yesterday"), ValidationError, "“yesterday” value has an invalid date format."),
        (lambda: books.filter(author=library.Loan(pk=1)), ValueError, 'Cannot query "Loan object (1)": Must be "Author"'),
        (lambda: books.filter(pages__in=5), TypeError, "'int' object is not iterable"),
        (lambda: books.filter(author__isnull="no"), ValueError, "The QuerySet value for an isnull lookup must be True"),
        (lambda: books.filter("title"), TypeError, "Cannot filter against a non-conditional expression"),
        (lambda: books.all()[-1], ValueError, "Negative indexing is not supported."),
        (lambda: books.all()["a"], TypeError, "QuerySet indices must be integers or slices, not str."),
        (lambda: books.all()[:2].filter(pk=1), TypeError, "Cannot filter a query once a slice has been taken."),
        (lambda: books.all()[:2].order_by("pk"), TypeError, "Cannot reorder a query once a slice has been taken."),
        (lambda: books.all()[:2].update(pages=1), TypeError, "Cannot update a query once a slice has been taken."),
        (lambda: books.all()[:2].delete(), TypeError, "Cannot use 'limit' or 'offset' with delete()."),
        (lambda: books.values("pk").delete(), TypeError, "Cannot call delete() after .values() or .values_list()"),
        (lambda: books.annotate(title=Value(1)), ValueError, "The annotation 'title' conflicts with a field on the model"),
        (lambda: books.annotate(Value(1)), TypeError, "Complex annotations require an alias"),
        (lambda: books.values_list("pk", "title", flat=True), TypeError, "'flat' is not valid when values_list is called"),
        (lambda: books.filter(pages=OuterRef("pk")).count(), ValueError, "This queryset contains a reference to an outer"),
        (lambda: books.union(books.all()).filter(pk=1), NotSupportedError, "Calling QuerySet.filter() after union()"),
        (lambda: books.in_bulk(["x"], field_name="title"), ValueError, "in_bulk()'s field_name must be a unique field"),
        (lambda: books.bulk_create([], batch_size=-1), ValueError, "Batch size must be a positive integer."),
        (lambda: books.bulk_update([library.Book()], ["pages"]), ValueError, "All bulk_update() objects must have a primary"),
        (lambda: books.all().contains(5), TypeError, "'obj' must be a model instance."),
        (lambda: books.filter(Q(pk=1) | 5), TypeError, ""),
        (lambda: books.all() | authors.all(), TypeError, "Cannot combine queries on two different base models."),
    ):  # fmt: skip
        with pytest.raises(kind) as caught:
            str(getattr(build(), "query", ""))  # type: ignore[no-untyped-call]  # some are seen when the text is written
        assert text in str(caught.value), text
    await refused(ValueError, "expected a number but got", lambda: halves(books.create)(title="x", pages="many"))
    await refused(TypeError, "unexpected keyword arguments", lambda: halves(books.create)(nothing=1))


async def test_values_that_do_not_fit_are_errors_of_the_database(
    library: Any, database: TestDatabase, halves: Halves
) -> None:
    if database.name == "sqlite":
        pytest.skip("SQLite stores texts of any length")
    with pytest.raises(DataError):
        await halves(library.Author.objects.create)(name="x" * 51)
    assert await halves(library.Author.objects.count)() == 0


async def test_constraints_are_integrity_errors(library: Any, halves: Halves) -> None:
    readers = library.Reader.objects
    await halves(readers.create)(card="taken")
    for work in (
        lambda: halves(readers.create)(card="taken"),
        lambda: halves(readers.create)(card="x", visits=0),
        lambda: halves(readers.create)(card=None),
        lambda: halves(readers.bulk_create)([library.Reader(card="y"), library.Reader(card="y")]),
        lambda: halves(readers.update)(visits=0),
    ):
        await refused(IntegrityError, "", work)
    assert await halves(readers.count)() == 1


async def test_foreign_keys_are_checked(library: Any, halves: Halves) -> None:
    async def dangling() -> None:
        async with halves.atomic():
            await halves(library.Book.objects.create)(title="x", author_id=999)

    await refused(IntegrityError, "", dangling)
    assert await halves(library.Book.objects.count)() == 0


async def test_protected_rows_stay(library: Any, halves: Halves) -> None:
    book = await halves(library.Book.objects.create)(title="x")
    loan = await halves(library.Loan.objects.create)(book=book)
    error: Any = await refused(
        ProtectedError,
        "Cannot delete some instances of model 'Book' because they are referenced through protected foreign keys",
        lambda: halves(book.delete)(),
    )
    assert error.protected_objects == {loan}
    assert not issubclass(ProtectedError, RestrictedError)
    assert issubclass(ProtectedError, IntegrityError)
    assert await halves(library.Book.objects.filter(pk=book.pk).exists)()


async def test_an_error_in_a_block_undoes_it_and_leaves_the_connection_usable(library: Any, halves: Halves) -> None:
    readers = library.Reader.objects

    async def failing() -> None:
        async with halves.atomic():
            await halves(readers.create)(card="one")
            await halves(readers.create)(card="one")

    await refused(IntegrityError, "", failing)
    assert await halves(readers.count)() == 0
    await halves(readers.create)(card="two")
    assert await halves(readers.count)() == 1


async def test_a_savepoint_is_undone_alone(library: Any, halves: Halves) -> None:
    readers = library.Reader.objects

    async def inner() -> None:
        async with halves.atomic():
            await halves(readers.create)(card="lost")
            await halves(readers.create)(card="one")

    async with halves.atomic():
        await halves(readers.create)(card="one")
        await refused(IntegrityError, "", inner)
        await halves(readers.create)(card="two")
    assert sorted(reader.card for reader in await halves.listed(readers.all())) == ["one", "two"]


async def test_a_broken_block_refuses_further_queries(library: Any, halves: Halves) -> None:
    readers = library.Reader.objects

    async def going_on() -> None:
        async with halves.atomic():
            await halves(readers.create)(card="one")
            with pytest.raises(IntegrityError):
                await halves(readers.create)(card="one")
            await halves(readers.count)()

    text = (
        "An error occurred in the current transaction. You can't execute queries until the end of the 'atomic' block."
    )
    await refused(transaction.TransactionManagementError, text, going_on)
    assert await halves(readers.count)() == 0


async def test_get_or_create_survives_a_block_around_it(library: Any, halves: Halves) -> None:
    async with halves.atomic():
        await halves(library.Reader.objects.create)(card="one")
        # Looked for with other values, the row is found only by the constraint.
        await refused(IntegrityError, "", lambda: halves(library.Reader.objects.get_or_create)(card="one", visits=3))
        _book, created = await halves(library.Reader.objects.get_or_create)(card="one")
        assert created is False
    assert await halves(library.Reader.objects.count)() == 1


async def test_statements_that_are_wrong(library: Any, database: TestDatabase, halves: Halves) -> None:
    for sql in ("SELECT * FROM nowhere_at_all", "SELEC 1"):
        with pytest.raises((ProgrammingError, OperationalError)):
            await halves.listed(library.Book.objects.raw(sql))
    assert await halves(library.Book.objects.count)() == 0


async def test_what_a_window_or_aggregate_may_not_do(library: Any, halves: Halves) -> None:
    books = library.Book.objects
    await halves(books.create)(title="x")
    with pytest.raises(TypeError, match=r"The following are not aggregates|is not an aggregate"):
        books.aggregate(x=Value(1))
    with pytest.raises(FieldError):
        books.annotate(n=Count("pk")).annotate(m=Avg("n")).aggregate(x=Sum("m"), y=Sum(Window(RowNumber())))
    assert (await halves(books.all().aggregate)(n=Sum("pages")))["n"] == 1


async def test_saving_refuses_what_cannot_be_meant(library: Any, halves: Halves) -> None:
    author = library.Author(name="x", born=date(1900, 1, 1))
    text = "Cannot force both insert and updating in model saving."
    await refused(ValueError, text, lambda: halves(author.save)(force_insert=True, force_update=True))
    await refused(
        library.Author.NotUpdated,
        "Forced update did not affect any rows.",
        lambda: halves(library.Author(pk=9).save)(force_update=True),
    )
    unsaved = library.Book(title="x", author=author)
    text = "save() prohibited to prevent data loss due to unsaved related object 'author'."
    await refused(ValueError, text, lambda: halves(unsaved.save)())
    await refused(ValueError, "id attribute is set to None", lambda: halves(author.delete)())
    with pytest.raises(ValueError, match="needs to have a value for field"):
        unsaved.editors.all()


def test_a_fetch_mode_that_is_none_is_refused_where_it_is_given(library: Any) -> None:
    with pytest.raises(
        TypeError, match=r"fetch_mode\(\) got 'peers'. It should be models.FETCH_ONE, models.FETCH_PEERS"
    ):
        library.Author.objects.fetch_mode("peers")


@pytest.mark.parametrize("name", ["filter", "union", "get", "acount", "bulk_create"])
def test_an_error_about_arguments_names_the_query_set(name: str) -> None:
    """Whichever module the method stands in."""
    method = getattr(QuerySet, name)
    assert (method.__module__, method.__qualname__) == ("hotclub._orm.queryset", f"QuerySet.{name}")
    with pytest.raises(TypeError, match=rf"^QuerySet\.{name}\(\) "):
        method()
