"""The first call of a query: nothing about its shape is known, so it is resolved and compiled.

Start-up, tests, short-lived processes and queries without a shape pay this. hotclub's plan cache is emptied before each call; Django
has none. Each query is asked for a few rows at most, so that the database's work is small.
"""

from __future__ import annotations

from benchmarks.cases.case import Case, repeated
from benchmarks.cases.orm import models


def forgetting():
    """Return what makes the next call a first one."""
    from django.db.models import Model

    if Model.__module__.partition(".")[0] == "django":
        return lambda: None
    from hotclub._orm.cache import plans

    return plans.clear


def cold(build):
    def prepare(scale):
        Author, Book = models()
        forget = forgetting()

        def work():
            forget()
            return build(Author, Book)

        return repeated(work), lambda: repr(work())

    return prepare


def by_key(Author, Book):
    return Book.objects.get(pk=4711).title


def by_keyword(Author, Book):
    return len(Author.objects.filter(pk__lte=2, name="author 1", age__gt=10))


def over_joins(Author, Book):
    return len(Book.objects.filter(pk__lte=3, author__name__startswith="author", author__age__gte=0))


def with_related(Author, Book):
    return [book.author.name for book in Book.objects.filter(pk=3).select_related("author")]


def grouped(Author, Book):
    from django.db.models import Count, Max

    return list(
        Author.objects.filter(pk=3).annotate(books=Count("book"), longest=Max("book__pages")).values_list("pk", "books")
    )


def totals(Author, Book):
    from django.db.models import Avg, Sum

    return sorted(Author.objects.filter(pk=3).aggregate(total=Sum("age"), mean=Avg("age")).items())


def alternatives(Author, Book):
    from django.db.models import Q

    return len(Book.objects.filter(Q(pk=1) | Q(pk=2, pages__gt=5) | ~Q(pages__gt=0), Q(pk=3) | Q(pk__lte=2)))


def in_subquery(Author, Book):
    return len(Author.objects.filter(pk__lte=2, pk__in=Book.objects.filter(pk__lte=2).values("author_id")))


def correlated(Author, Book):
    from django.db.models import Exists, OuterRef

    books = Book.objects.filter(author=OuterRef("pk"), pages__gt=1)
    return len(Author.objects.filter(pk=2).annotate(writes=Exists(books)))


def named_values(Author, Book):
    return list(Book.objects.filter(pk=7).values("title", "author__name"))


def excluded(Author, Book):
    return len(Author.objects.filter(pk=2).exclude(book__pk=7, book__pages__gt=0))


def ordered(Author, Book):
    return [book.pk for book in Book.objects.filter(pk__lte=2).order_by("author__name", "-pages", "pk")[:20]]


def cases_when(Author, Book):
    from django.db.models import Case as Choose
    from django.db.models import F, Value, When

    size = Choose(When(pages__gt=500, then=Value("long")), When(pages__gt=100, then=F("title")), default=Value("short"))
    return list(Book.objects.filter(pk=5).annotate(size=size).values_list("size", flat=True))


def existing(Author, Book):
    return Author.objects.filter(age__gte=30).exists()


def changed(Author, Book):
    from django.db.models import F

    return Book.objects.filter(pk=0, author__age=1).update(pages=F("pages") + 1)


QUERIES = {
    "get(pk)": by_key,
    "filter by three keywords": by_keyword,
    "filter over a join": over_joins,
    "select_related": with_related,
    "annotate two aggregates": grouped,
    "aggregate": totals,
    "Q trees": alternatives,
    "subquery in __in": in_subquery,
    "Exists over OuterRef": correlated,
    "values over a join": named_values,
    "exclude over many rows": excluded,
    "order_by over a join, slice": ordered,
    "Case and When": cases_when,
    "exists": existing,
    "update with F": changed,
}


def every(Author, Book):
    return [query(Author, Book) for query in QUERIES.values()]


CASES = [
    *(Case(f"cold: {name}", cold(query)) for name, query in QUERIES.items()),
    Case(f"cold: all {len(QUERIES)} of them", cold(every), wanted=1.0),
]
