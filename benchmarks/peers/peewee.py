"""Peewee."""

from __future__ import annotations

import itertools

from benchmarks.cases.case import repeated, simple
from benchmarks.site.rows import fill

LABEL = "Peewee"
NEEDS = ("peewee",)


def set_up() -> None:
    global db, peewee, Author, Book, Folder, Paper, Sheet, Note
    import peewee

    db = peewee.SqliteDatabase(":memory:", pragmas={"foreign_keys": 1})

    class Base(peewee.Model):
        class Meta:
            database = db

    class Author(Base):
        name = peewee.CharField(max_length=100)
        age = peewee.IntegerField()

        class Meta:
            table_name = "site_author"

    class Book(Base):
        title = peewee.CharField(max_length=100)
        author = peewee.ForeignKeyField(Author, backref="books")
        pages = peewee.IntegerField()
        price = peewee.IntegerField()

        class Meta:
            table_name = "site_book"

    class Folder(Base):
        name = peewee.CharField(max_length=100)

        class Meta:
            table_name = "site_folder"

    class Paper(Base):
        title = peewee.CharField(max_length=100)
        folder = peewee.ForeignKeyField(Folder, backref="papers")

        class Meta:
            table_name = "site_paper"

    class Sheet(Base):
        name = peewee.CharField(max_length=100)

        class Meta:
            table_name = "site_sheet"

    class Note(Base):
        text = peewee.CharField(max_length=100)
        sheet = peewee.ForeignKeyField(Sheet, backref="notes")

        class Meta:
            table_name = "site_note"

    connection = db.connection()
    connection.execute("BEGIN")
    fill(connection)


def values(book):
    return [book.id, book.title, book.author_id, book.pages, book.price]


def point(scale):
    return repeated(lambda: Book.get_by_id(4711)), lambda: values(Book.get_by_id(4711))


def filtered(scale):
    def work():
        query = Book.select().where(Book.author == 7, Book.pages > 100)
        return list(query.order_by(Book.pages.desc(), Book.id.desc()).limit(20))

    return repeated(work), lambda: [book.id for book in work()]


def counted(scale):
    return simple(lambda: Author.select().where(Author.age >= 30).count())


def exists(scale):
    return simple(lambda: Author.select().where(Author.age >= 30).exists())


def aggregated(scale):
    return simple(
        lambda: list(
            Author.select(peewee.fn.MAX(Author.age), peewee.fn.SUM(Author.age)).where(Author.age >= 30).tuples().get()
        )
    )


def building(scale):
    def work():
        return (
            Book.select(Book, Author)
            .join(Author)
            .where(Author.age >= 30)
            .where(Book.title != "")
            .where((Book.pages > 10) | (Book.price < 5))
            .order_by(Book.pages.desc(), Book.id)
            .limit(20)
        )

    return repeated(work), lambda: [book.id for book in work()]


def instances(rows):
    def prepare(scale):
        def work():
            return list(Book.select().where(Book.id <= rows * scale))

        return repeated(work), lambda: [values(book) for book in work()][:500]

    return prepare


def tuples(rows):
    def prepare(scale):
        def work():
            return list(Book.select(Book.id, Book.title, Book.pages).where(Book.id <= rows * scale).tuples())

        return repeated(work), lambda: work()[:500]

    return prepare


def related(rows):
    def prepare(scale):
        def work():
            query = Book.select(Book, Author).join(Author).where(Book.id <= rows * scale)
            return [book.author.name for book in query]

        return repeated(work), lambda: work()[:500]

    return prepare


def prefetched(parents):
    def prepare(scale):
        def work():
            found = Folder.select().where(Folder.id <= parents * scale).prefetch(Paper.select())
            return [len(folder.papers) for folder in found]

        return repeated(work), work

    return prepare


def rolled_back(work):
    def run(count):
        with db.atomic() as transaction:
            for _ in range(count):
                work()
            transaction.rollback()

    return run


def taken_back(work):
    def once():
        with db.atomic() as transaction:
            answer = work()
            transaction.rollback()
        return answer

    return once


def creating(scale):
    def check():
        found = Author.get_by_id(Author.create(name="new", age=1).id)
        return found.name, found.age

    return rolled_back(lambda: Author.create(name="new", age=1)), taken_back(check)


def saving(scale):
    author = Author.get_by_id(1)
    ages = itertools.cycle([20, 21])

    def work():
        author.age = next(ages)
        author.save()

    def check():
        author.age = 33
        author.save()
        return Author.get_by_id(1).age

    return rolled_back(work), taken_back(check)


def bulk_creating(rows):
    def prepare(scale):
        def work():
            made = [Author(name=f"bulk {i}", age=i) for i in range(rows * scale)]
            Author.bulk_create(made)
            return len(made)

        return simple(taken_back(work))

    return prepare


def bulk_updating(rows):
    def prepare(scale):
        books = list(Book.select().where(Book.id <= rows * scale).order_by(Book.id))

        def work():
            for number, book in enumerate(books):
                book.price = number
            return Book.bulk_update(books, [Book.price], batch_size=200)

        def check():
            count = work()
            return count, [row[0] for row in Book.select(Book.price).where(Book.id << [1, 500, 1000]).tuples()]

        return repeated(taken_back(work)), taken_back(check)

    return prepare


def delete(instance, children):
    count = 1 + children.count()
    instance.delete_instance(recursive=True)
    return count


def deleting_author(scale):
    def work():
        author = Author.get_by_id(7)
        return delete(author, author.books)

    return simple(taken_back(work))


def deleting_sheets(rows):
    def prepare(scale):
        def work():
            return sum(delete(sheet, sheet.notes) for sheet in Sheet.select().where(Sheet.id <= rows * scale))

        return simple(taken_back(work))

    return prepare


CASES = {
    "orm: get(pk)": point,
    "orm: filter, order, slice of 20": filtered,
    "orm: count": counted,
    "orm: exists": exists,
    "orm: aggregate": aggregated,
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
    "orm: cascade delete of 1 and its 1,000": deleting_author,
    "orm: cascade delete of 1,000 and a child each": deleting_sheets(1000),
}
