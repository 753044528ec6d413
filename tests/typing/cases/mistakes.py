"""What type checkers must refuse: each line that ends in `# error` is one, and no other."""

from __future__ import annotations

from tests.typing.cases.library import Author, Book

from hotclub.db import models


def mistakes(author: Author, book: Book) -> None:
    length: int = author.name  # error
    year = author.born.year  # error
    name: str = book.editor.name  # error
    other: Book = book.author  # error
    Author.objects.nothing()  # error
    Author.objects.filter(active=True).nothing()  # error
    found: Author = Author.objects.first()  # error
    author.objects  # error
    author.books.add(author)  # error
    books: models.QuerySet[Book] = Author.objects.all()  # error
    row: Author = Author.objects.values("name")[0]  # error
    print(length, year, name, other, found, books, row)


async def forgotten_await() -> None:
    name: str = Author.objects.aget().name  # error
    print(name)
