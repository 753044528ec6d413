"""Tortoise, whose every call is a coroutine; they run in one event loop. Cascades are the database's there: it has none of its own."""

from __future__ import annotations

import asyncio
import itertools
import sys
import types

from benchmarks.site.rows import INSERTS, TABLES

LABEL = "Tortoise"
NEEDS = ("tortoise-orm",)


def set_up() -> None:
    global loop, Author, Book, Folder, Paper
    from tortoise import Tortoise, fields, models

    class Author(models.Model):
        name = fields.CharField(max_length=100)
        age = fields.IntField()

        class Meta:
            table = "site_author"

    class Book(models.Model):
        title = fields.CharField(max_length=100)
        author = fields.ForeignKeyField("site.Author", related_name="books")
        pages = fields.IntField()
        price = fields.IntField()

        class Meta:
            table = "site_book"

    class Folder(models.Model):
        name = fields.CharField(max_length=100)

        class Meta:
            table = "site_folder"

    class Paper(models.Model):
        title = fields.CharField(max_length=100)
        folder = fields.ForeignKeyField("site.Folder", related_name="papers")

        class Meta:
            table = "site_paper"

    module = types.ModuleType("tortoise_site")
    for model in (Author, Book, Folder, Paper):
        model.__module__ = module.__name__
        setattr(module, model.__name__, model)
    sys.modules[module.__name__] = module

    async def start():
        await Tortoise.init(
            db_url="sqlite://:memory:", modules={"site": [module.__name__]}, _enable_global_fallback=True
        )
        connection = _connection()
        await connection.execute_script(TABLES)
        for statement, rows in INSERTS.items():
            await connection.execute_many(statement, rows)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(start())


def _connection():
    from tortoise import connections

    return connections.get("default")


def awaited(work, shown=lambda found: found):
    async def many(count):
        for _ in range(count):
            await work()

    async def once():
        return shown(await work())

    return (lambda count: loop.run_until_complete(many(count))), lambda: loop.run_until_complete(once())


def values(book):
    return [book.id, book.title, book.author_id, book.pages, book.price]


def point(scale):
    return awaited(lambda: Book.get(id=4711), values)


def filtered(scale):
    async def work():
        return await Book.filter(author_id=7, pages__gt=100).order_by("-pages", "-id").limit(20)

    return awaited(work, lambda found: [book.id for book in found])


def counted(scale):
    return awaited(lambda: Author.filter(age__gte=30).count())


def exists(scale):
    return awaited(lambda: Author.filter(age__gte=30).exists())


def aggregated(scale):
    from tortoise.functions import Max, Sum

    async def work():
        query = Author.filter(age__gte=30).annotate(oldest=Max("age"), total=Sum("age"))
        return (await query.values_list("oldest", "total"))[0]

    return awaited(work, list)


def building(scale):
    from tortoise.expressions import Q

    def work():
        return (
            Book.filter(author__age__gte=30)
            .exclude(title="")
            .filter(Q(pages__gt=10) | Q(price__lt=5))
            .select_related("author")
            .order_by("-pages", "id")
            .limit(20)
        )

    def run(count):
        for _ in range(count):
            work()

    async def found():
        return [book.id for book in await work()]

    return run, lambda: loop.run_until_complete(found())


def instances(rows):
    def prepare(scale):
        return awaited(lambda: Book.filter(id__lte=rows * scale), lambda found: [values(book) for book in found][:500])

    return prepare


def tuples(rows):
    def prepare(scale):
        return awaited(
            lambda: Book.filter(id__lte=rows * scale).values_list("id", "title", "pages"),
            lambda found: [tuple(row) for row in found[:500]],
        )

    return prepare


def related(rows):
    def prepare(scale):
        async def work():
            return [book.author.name for book in await Book.filter(id__lte=rows * scale).select_related("author")]

        return awaited(work, lambda found: found[:500])

    return prepare


def prefetched(parents):
    def prepare(scale):
        async def work():
            found = await Folder.filter(id__lte=parents * scale).prefetch_related("papers")
            return [len(folder.papers) for folder in found]

        return awaited(work)

    return prepare


def taken_back(work, many=1):
    """Return a coroutine function that does work n times in a transaction, which is then taken back."""
    from tortoise.transactions import in_transaction

    async def run(count=many):
        async with in_transaction() as connection:
            for _ in range(count):
                answer = await work()
            await connection.rollback()
        return answer

    return run


def rolled_back(work, check):
    work_back, once = taken_back(work), taken_back(check)

    def run(count):
        loop.run_until_complete(work_back(count))

    return run, lambda: loop.run_until_complete(once())


def creating(scale):
    async def check():
        found = await Author.get(id=(await Author.create(name="new", age=1)).id)
        return found.name, found.age

    return rolled_back(lambda: Author.create(name="new", age=1), check)


def saving(scale):
    author = loop.run_until_complete(_first_author())
    ages = itertools.cycle([20, 21])

    async def work():
        author.age = next(ages)
        await author.save()

    async def check():
        author.age = 33
        await author.save()
        return (await Author.get(id=1)).age

    return rolled_back(work, check)


async def _first_author():
    return await Author.get(id=1)


def bulk_creating(rows):
    def prepare(scale):
        async def work():
            made = [Author(name=f"bulk {i}", age=i) for i in range(rows * scale)]
            await Author.bulk_create(made)
            return len(made)

        return awaited(taken_back(work))

    return prepare


def bulk_updating(rows):
    def prepare(scale):
        async def load():
            return await Book.filter(id__lte=rows * scale).order_by("id")

        books = loop.run_until_complete(load())

        async def work():
            for number, book in enumerate(books):
                book.price = number
            return await Book.bulk_update(books, ["price"])

        async def check():
            count = await work()
            return count, await Book.filter(id__in=[1, 500, 1000]).order_by("id").values_list("price", flat=True)

        run, once = taken_back(work), taken_back(check)
        return awaited(run)[0], lambda: loop.run_until_complete(once())

    return prepare


CASES = {
    "orm: get(pk)": point,
    "orm: filter, order, slice of 20": filtered,
    "orm: count": counted,
    "orm: exists": exists,
    "orm: aggregate": aggregated,
    "orm: aget(pk)": point,
    "orm: async filter, order, slice of 20": filtered,
    "orm: acount": counted,
    "orm: aexists": exists,
    "orm: aaggregate": aggregated,
    "orm: building a query of five steps": building,
    "orm: 1,000 rows to instances": instances(1000),
    "orm: 10,000 rows to instances": instances(10_000),
    "orm: 10,000 rows as tuples": tuples(10_000),
    "orm: 1,000 rows with select_related": related(1000),
    "orm: 10,000 rows with select_related": related(10_000),
    "orm: prefetch of 1,000 rows": prefetched(200),
    "orm: create": creating,
    "orm: save": saving,
    "orm: bulk_create of 1,000": bulk_creating(1000),
    "orm: bulk_update of 1,000": bulk_updating(1000),
}
