"""Models as a project writes them."""

from __future__ import annotations

from hotclub.db import models
from hotclub.db.models.fields.related import RelatedManager


class Author(models.Model):
    name = models.CharField(max_length=50)
    born = models.DateField(null=True)
    rating = models.DecimalField(max_digits=4, decimal_places=2, default=0)
    active = models.BooleanField(default=True)
    books: RelatedManager[Book]


class BookQuerySet(models.QuerySet["Book"]):
    def novels(self) -> BookQuerySet:
        return self.filter(kind="novel")


class BookManager(models.Manager["Book"]):
    def longest(self) -> Book | None:
        return self.order_by("-pages").first()


class Book(models.Model):
    title = models.CharField(max_length=80)
    subtitle = models.CharField(max_length=80, null=True)
    kind = models.TextField()
    pages = models.PositiveIntegerField(null=True)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="edited")
    translators = models.ManyToManyField(Author, related_name="translated")
    sequel: models.OneToOneField[Book | None] = models.OneToOneField("self", models.SET_NULL, null=True)
    printed = models.DateTimeField()
    key = models.UUIDField()

    objects = BookManager()
    sets = models.Manager.from_queryset(BookQuerySet)()
