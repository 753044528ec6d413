"""Queries and writes on SQLite in memory, with 100 authors and 100,000 books."""

from __future__ import annotations

from benchmarks.cases.case import Case, repeated, simple


def models():
    from benchmarks.site.models import Author, Book

    return Author, Book


def point(scale):
    Book = models()[1]
    run = repeated(lambda: Book.objects.get(pk=4711))
    return run, lambda: sorted((k, v) for k, v in vars(Book.objects.get(pk=4711)).items() if k != "_state")


def filtered(scale):
    Book = models()[1]

    def work():
        return list(Book.objects.filter(author_id=7, pages__gt=100).order_by("-pages", "pk")[:20])

    return repeated(work), lambda: [(book.pk, book.title) for book in work()]


def counted(scale):
    Author = models()[0]
    return simple(lambda: Author.objects.filter(age__gte=30).count())


def exists(scale):
    Author = models()[0]
    return simple(lambda: Author.objects.filter(age__gte=30).exists())


def building(scale):
    Book = models()[1]
    from django.db.models import Q

    def work():
        return (
            Book.objects.filter(author__age__gte=30)
            .exclude(title="")
            .filter(Q(pages__gt=10) | Q(price__lt=5))
            .select_related("author")
            .order_by("-pages")[:20]
        )

    return repeated(work), lambda: [book.pk for book in work()]


def instances(scale):
    Book = models()[1]

    def work():
        return list(Book.objects.filter(pk__lte=1000 * scale))

    return repeated(work), lambda: [(book.pk, book.title, book.pages) for book in work()][:500]


def tuples(scale):
    Book = models()[1]
    return repeated(
        lambda: list(Book.objects.filter(pk__lte=1000 * scale).values_list("id", "title", "pages"))
    ), lambda: list(Book.objects.filter(pk__lte=500).values_list("id", "title", "pages"))


def related(scale):
    Book = models()[1]

    def work():
        return [book.author.name for book in Book.objects.select_related("author").filter(pk__lte=1000 * scale)]

    return repeated(work), lambda: work()[:500]


def prefetched(scale):
    Author = models()[0]

    def work():
        return [
            len(author.book_set.all()) for author in Author.objects.filter(pk__lte=scale).prefetch_related("book_set")
        ]

    return repeated(work), work


def creating(scale):
    Author = models()[0]
    from django.db import transaction

    def run(count):
        with transaction.atomic():
            for _ in range(count):
                Author.objects.create(name="new", age=1)
            transaction.set_rollback(True)

    return run, lambda: "created"


def saving(scale):
    Author = models()[0]
    author = Author.objects.get(pk=1)

    def work():
        author.age = 20
        author.save()

    return repeated(work), lambda: Author.objects.get(pk=1).age


def bulk(scale):
    Author = models()[0]
    from django.db import transaction

    def work():
        with transaction.atomic():
            made = Author.objects.bulk_create([Author(name=f"bulk {i}", age=i) for i in range(1000 * scale)])
            transaction.set_rollback(True)
        return len(made)

    return simple(work)


CASES = [
    Case("orm: get(pk)", point, wanted=3.0),
    Case("orm: filter, order, slice of 20", filtered),
    Case("orm: count", counted),
    Case("orm: exists", exists),
    Case("orm: building a query of five steps", building),
    Case("orm: 1,000 rows to instances", instances, grows=True),
    Case("orm: 1,000 rows as tuples", tuples, grows=True),
    Case("orm: 1,000 rows with select_related", related, grows=True),
    Case("orm: prefetch of 1,000 rows", prefetched, grows=True),
    Case("orm: create", creating),
    Case("orm: save", saving),
    Case("orm: bulk_create of 1,000", bulk, grows=True),
]
