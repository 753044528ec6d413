"""Fields, relations and query sets give the types of what they hold."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, assert_type
from uuid import UUID

from tests.typing.cases.library import Author, Book, BookQuerySet

from hotclub.db import models
from hotclub.db.models.fields.related import RelatedManager


def fields(author: Author, book: Book) -> None:
    assert_type(Author.objects.get().name, str)
    assert_type(author.born, date | None)
    assert_type(author.rating, Decimal)
    assert_type(author.active, bool)
    assert_type(book.title, str)
    assert_type(book.subtitle, str | None)
    assert_type(book.kind, str)
    assert_type(book.pages, int | None)
    assert_type(book.printed, datetime)
    assert_type(book.key, UUID)
    assert_type(Author.name, models.CharField[str])
    assert_type(Book.pages, models.PositiveIntegerField[int | None])


def relations(author: Author, book: Book) -> None:
    assert_type(book.author, Author)
    assert_type(book.author.name, str)
    assert_type(book.editor, Author | None)
    assert_type(book.sequel, Book | None)
    assert_type(book.translators.get(), Author)
    assert_type(book.translators.add(author, 5), None)
    assert_type(author.books, RelatedManager[Book])
    assert_type(author.books.first(), Book | None)
    assert_type(author.books.filter(pages=1), models.QuerySet[Book])
    assert_type(author.books.create(title="x"), Book)


def query_sets() -> None:
    authors = Author.objects.filter(name="x").exclude(active=False).order_by("name")
    assert_type(authors, models.QuerySet[Author])
    assert_type(authors.get(), Author)
    assert_type(authors.first(), Author | None)
    assert_type(authors[0], Author)
    assert_type(authors[:5], models.QuerySet[Author])
    assert_type(list(authors), list[Author])
    assert_type([author.name for author in authors], list[str])
    assert_type(authors | authors, models.QuerySet[Author])
    assert_type(authors.count(), int)
    assert_type(authors.exists(), bool)
    assert_type(authors.in_bulk(), dict[Any, Author])
    assert_type(authors.aggregate(n=models.Count("pk")), dict[str, Any])
    assert_type(authors.update(name="y"), int)
    assert_type(authors.delete(), tuple[int, dict[str, int]])
    assert_type(Author.objects.get_or_create(name="x"), tuple[Author, bool])
    assert_type(Author.objects.bulk_create([Author()]), list[Author])
    assert_type(list(authors.values("name")), list[dict[str, Any]])
    assert_type(list(authors.values_list("name", "born")), list[tuple[Any, ...]])
    assert_type(authors.values_list("name", flat=True).first(), Any | None)
    assert_type(list(authors.dates("born", "year")), list[date])


def managers(books: BookQuerySet) -> None:
    assert_type(Book.objects.longest(), Book | None)
    assert_type(Book.objects.get(), Book)
    assert_type(Book.objects.filter(pages=1).first(), Book | None)
    assert_type(books.novels().novels(), BookQuerySet)
    assert_type(books.filter(pages=1).novels().get(), Book)
    assert_type(Book.sets.novels().get().title, str)


async def asynchronous(author: Author) -> None:
    assert_type(await Author.objects.aget(), Author)
    assert_type((await Author.objects.aget()).name, str)
    assert_type(await author.books.afirst(), Book | None)
    assert_type(await Author.objects.acount(), int)
    async for each in Author.objects.filter(active=True):
        assert_type(each, Author)
    async for row in Author.objects.values_list("name"):
        assert_type(row, tuple[Any, ...])
    assert_type([book.title async for book in author.books.all()], list[str])


def conditions() -> None:
    assert_type(models.Q(a=1) | models.Q(b=2) & ~models.Q(c=3), models.Q)
    total = models.F("pages") + 1
    assert_type(Book.objects.filter(pages__gt=total * 2), models.QuerySet[Book])
    assert_type(Book.objects.annotate(n=total).get(), Book)
