"""Queries and writes on SQLite in memory, on the rows of `site/rows.py`.

Writes run inside a transaction that is rolled back, so that each measurement finds the same tables. What a case does in the words of the
other peers stands in `peers/`.
"""

from __future__ import annotations

import itertools

from benchmarks.cases.case import Case, repeated, simple

ORMS = ("sqlalchemy", "peewee", "pony", "tortoise", "sqlite3")
LIMITS = ("sqlite3",)


def models():
    from benchmarks.site.models import Author, Book

    return Author, Book


def folders():
    from benchmarks.site.models import Folder, Paper

    return Folder, Paper


# -- point reads --


def book_values(book):
    return [book.id, book.title, book.author_id, book.pages, book.price]


def point(scale):
    Book = models()[1]
    return repeated(lambda: Book.objects.get(pk=4711)), lambda: book_values(Book.objects.get(pk=4711))


def slice_of_20(Book):
    return Book.objects.filter(author_id=7, pages__gt=100).order_by("-pages", "-pk")[:20]


def filtered(scale):
    Book = models()[1]
    return repeated(lambda: list(slice_of_20(Book))), lambda: [book.pk for book in slice_of_20(Book)]


def entries():
    from benchmarks.site.models import Entry

    return Entry.objects


# What the next five find is little, so that what is measured is the way there. The values change with each call.


def changing(values, work):
    """Ask with the next of some values at each call."""
    turns = itertools.cycle(values)
    return repeated(lambda: work(next(turns))), lambda: [work(value) for value in values]


def json_key(scale):
    Entry = entries()
    return changing(range(20), lambda width: list(Entry.filter(data__size__width=width).values_list("shelf", "place")))


def json_has_key(scale):
    Entry = entries()
    return changing(("depth", "kinds", "sizes"), lambda key: list(Entry.filter(data__has_key=key).values_list("shelf")))


def tuple_lookup(scale):
    Entry = entries()
    keys = [(1, place) for place in range(10)]
    return changing(keys, lambda key: list(Entry.filter(pk=key).values_list("shelf", "place")))


def tuples_in(scale):
    Entry = entries()
    lists = [[(1, place) for place in range(length)] for length in (1, 2, 3, 5)]
    return changing(lists, lambda keys: list(Entry.filter(pk__in=keys).values_list("shelf", "place")))


def filtered_relation(scale):
    Folder = folders()[0]
    from django.db.models import FilteredRelation, Q

    def work(number):
        condition = Q(paper__title=f"paper {number * 5}")
        named = Folder.objects.annotate(chosen=FilteredRelation("paper", condition=condition))
        return list(named.filter(pk=number + 1, chosen__isnull=False).values_list("name", "chosen__title"))

    return changing(range(20), work)


def list_of_any_length(scale):
    Author = models()[0]
    lists = [list(range(1, length + 1)) for length in range(1, 11)]
    return changing(lists, lambda keys: list(Author.objects.filter(pk__in=keys).values_list("pk")))


def pages(scale):
    Author = models()[0]

    def work(start):
        return list(Author.objects.filter(age__gte=20).order_by("pk").values_list("pk")[start : start + 5])

    return changing(range(0, 90, 5), work)


def counted(scale):
    Author = models()[0]
    return simple(lambda: Author.objects.filter(age__gte=30).count())


def exists(scale):
    Author = models()[0]
    return simple(lambda: Author.objects.filter(age__gte=30).exists())


def aggregated(scale):
    Author = models()[0]
    from django.db.models import Max, Sum

    def work():
        return Author.objects.filter(age__gte=30).aggregate(oldest=Max("age"), total=Sum("age"))

    return repeated(work), lambda: list(work().values())


def asynchronous(start):
    """Make a case of a function that gives an awaitable; the calls of one measurement run in one event loop."""

    def prepare(scale):
        from asgiref.sync import async_to_sync

        work, shown = start()

        async def many(count):
            for _ in range(count):
                await work()

        async def once():
            return shown(await work())

        # Django asks its database in the thread of the outermost synchronous caller, where the rows are.
        return async_to_sync(many), async_to_sync(once)

    return prepare


def apoint():
    Book = models()[1]
    return lambda: Book.objects.aget(pk=4711), book_values


def afiltered():
    Book = models()[1]

    async def work():
        return [book async for book in slice_of_20(Book)]

    return work, lambda found: [book.pk for book in found]


def acounted():
    Author = models()[0]
    return lambda: Author.objects.filter(age__gte=30).acount(), int


def aexists():
    Author = models()[0]
    return lambda: Author.objects.filter(age__gte=30).aexists(), bool


def aaggregated():
    Author = models()[0]
    from django.db.models import Max, Sum

    def work():
        return Author.objects.filter(age__gte=30).aaggregate(oldest=Max("age"), total=Sum("age"))

    return work, lambda found: list(found.values())


# -- building --


def building(scale):
    Book = models()[1]
    from django.db.models import Q

    def work():
        return (
            Book.objects.filter(author__age__gte=30)
            .exclude(title="")
            .filter(Q(pages__gt=10) | Q(price__lt=5))
            .select_related("author")
            .order_by("-pages", "pk")[:20]
        )

    return repeated(work), lambda: [book.pk for book in work()]


# -- many rows --


def instances(rows):
    def prepare(scale):
        Book = models()[1]

        def work():
            return list(Book.objects.filter(pk__lte=rows * scale))

        return repeated(work), lambda: [book_values(book) for book in work()][:500]

    return prepare


def tuples(rows):
    def prepare(scale):
        Book = models()[1]

        def work():
            return list(Book.objects.filter(pk__lte=rows * scale).values_list("id", "title", "pages"))

        return repeated(work), lambda: [tuple(row) for row in work()[:500]]

    return prepare


def related(rows):
    def prepare(scale):
        Book = models()[1]

        def work():
            return [book.author.name for book in Book.objects.select_related("author").filter(pk__lte=rows * scale)]

        return repeated(work), lambda: work()[:500]

    return prepare


def prefetched(parents):
    def prepare(scale):
        Folder = folders()[0]

        def work():
            found = Folder.objects.filter(pk__lte=parents * scale).prefetch_related("paper_set")
            return [len(folder.paper_set.all()) for folder in found]

        return repeated(work), work

    return prepare


# -- writes --


def rolled_back(work):
    """Run a function n times in one transaction that is then taken back."""
    from django.db import transaction

    def run(count):
        with transaction.atomic():
            for _ in range(count):
                work()
            transaction.set_rollback(True)

    return run


def taken_back(work):
    """The same with a transaction for each run, and its answer."""
    from django.db import transaction

    def once():
        with transaction.atomic():
            answer = work()
            transaction.set_rollback(True)
        return answer

    return once


def creating(scale):
    Author = models()[0]

    def check():
        made = Author.objects.create(name="new", age=1)
        found = Author.objects.get(pk=made.pk)
        return found.name, found.age

    return rolled_back(lambda: Author.objects.create(name="new", age=1)), taken_back(check)


def saving(scale):
    Author = models()[0]
    author = Author.objects.get(pk=1)
    ages = itertools.cycle([20, 21])

    def work():
        author.age = next(ages)
        author.save()

    def check():
        author.age = 33
        author.save()
        return Author.objects.get(pk=1).age

    return rolled_back(work), taken_back(check)


def bulk_creating(rows):
    def prepare(scale):
        Author = models()[0]

        def work():
            made = Author.objects.bulk_create([Author(name=f"bulk {i}", age=i) for i in range(rows * scale)])
            assert made[0].pk
            return len(made)

        return simple(taken_back(work))

    return prepare


def bulk_updating(rows):
    def prepare(scale):
        Book = models()[1]
        books = list(Book.objects.filter(pk__lte=rows * scale).order_by("pk"))

        def work():
            for number, book in enumerate(books):
                book.price = number
            return Book.objects.bulk_update(books, ["price"])

        def check():
            return work(), list(Book.objects.filter(pk__in=[1, 500, 1000]).values_list("price", flat=True))

        return repeated(taken_back(work)), taken_back(check)

    return prepare


def deleting_author(scale):
    Author = models()[0]
    return simple(taken_back(lambda: Author.objects.get(pk=7).delete()[0]))


def deleting_sheets(rows):
    def prepare(scale):
        from benchmarks.site.models import Sheet

        return simple(taken_back(lambda: Sheet.objects.filter(pk__lte=rows * scale).delete()[0]))

    return prepare


# -- growth --

TITLES = ("", "title", "title__gt", "title__lt", "title__gte", "title__lte", "title__startswith", "title__contains")
NUMBERS = ("", "gt", "gte", "lt", "lte", "exact")
ORDERS = ((), ("title",), ("-title",), ("pages",), ("-pages",), ("price",), ("-price",), ("author",), ("-author",))
ANY_TITLE = {"title__gt": "", "title__gte": "", "title__lt": "c", "title__lte": "c", "title__contains": "book"}


def shaped(Book, number):
    """Ask for the first book by a query whose shape is the numbered one of 10,368."""
    number, title = divmod(number, len(TITLES))
    number, pages = divmod(number, len(NUMBERS))
    number, price = divmod(number, len(NUMBERS))
    number, order = divmod(number, len(ORDERS))
    lookups = {"pk": 1}
    if TITLES[title]:
        lookups[TITLES[title]] = ANY_TITLE.get(TITLES[title], "book 0")
    for name, chosen, value in (("pages", pages, 0), ("price", price, 0), ("author_id", number, 1)):
        if NUMBERS[chosen]:
            lookups[f"{name}__{NUMBERS[chosen]}"] = value
    return len(Book.objects.filter(**lookups).order_by(*ORDERS[order]))


def shapes(scale):
    Book = models()[1]

    def work():
        return sum(shaped(Book, number) for number in range(10 * scale))

    return simple(work)


def case(name, prepare, wanted=None, peers=ORMS, **more):
    return Case(f"orm: {name}", prepare, wanted=wanted, peers=peers, limits=LIMITS, **more)


def growing(name, prepare, scales):
    return Case(f"orm: {name}", prepare, grows=True, scales=scales, steady=1.3, growth_only=True)


CASES = [
    case("get(pk)", point, 4.0),
    case("filter, order, slice of 20", filtered, 4.0),
    case("count", counted, 4.0),
    case("exists", exists, 4.0),
    case("aggregate", aggregated, 4.0),
    case("key of a document", json_key, 4.0, peers=()),
    case("presence of a key in a document", json_has_key, 4.0, peers=()),
    case("composite key", tuple_lookup, 4.0, peers=()),
    case("list of composite keys, of any length", tuples_in, 4.0, peers=()),
    case("filtered relation", filtered_relation, 4.0, peers=()),
    case("list of keys, of any length", list_of_any_length, 4.0, peers=()),
    case("pages of a list", pages, 4.0, peers=()),
    case("aget(pk)", asynchronous(apoint), 4.0, peers=("tortoise",)),
    case("async filter, order, slice of 20", asynchronous(afiltered), 4.0, peers=("tortoise",)),
    case("acount", asynchronous(acounted), 4.0, peers=("tortoise",)),
    case("aexists", asynchronous(aexists), 4.0, peers=("tortoise",)),
    case("aaggregate", asynchronous(aaggregated), 4.0, peers=("tortoise",)),
    case("building a query of five steps", building, 6.0),
    case("1,000 rows to instances", instances(1000), 2.5),
    case("10,000 rows to instances", instances(10_000), 2.5),
    case("10,000 rows as tuples", tuples(10_000), 2.0),
    case("1,000 rows with select_related", related(1000), 2.5),
    case("10,000 rows with select_related", related(10_000), 2.5),
    case("prefetch of 1,000 rows", prefetched(200), 2.5),
    case("create", creating, 2.0),
    case("save", saving, 2.0),
    case("bulk_create of 1,000", bulk_creating(1000), 3.0),
    case("bulk_update of 1,000", bulk_updating(1000), 8.0),
    case("cascade delete of 1 and its 1,000", deleting_author),
    case("cascade delete of 1,000 and a child each", deleting_sheets(1000), 4.0),
    growing("10 calls of as many shapes", shapes, (1, 10, 100)),
    growing("100 rows to instances", instances(100), (1, 10, 100, 1000)),
    growing("100 rows as tuples", tuples(100), (1, 10, 100, 1000)),
    growing("100 rows with select_related", related(100), (1, 10, 100, 1000)),
    growing("prefetch of 100 rows", prefetched(20), (1, 10, 50)),
    growing("bulk_create of 100", bulk_creating(100), (1, 10, 100)),
    growing("bulk_update of 100", bulk_updating(100), (1, 10, 100)),
    growing("cascade delete of 100 and a child each", deleting_sheets(100), (1, 10, 100)),
]
