"""Pony. Each piece of work has a session of its own, as its objects belong to one."""

from __future__ import annotations

import itertools

from benchmarks.cases.case import repeated, simple
from benchmarks.site.rows import fill

LABEL = "Pony"
NEEDS = ("pony",)


def set_up() -> None:
    global db, orm, Author, Book, Folder, Paper, Sheet, Note
    from pony import orm

    db = orm.Database()

    class Author(db.Entity):
        _table_ = "site_author"
        name = orm.Required(str, 100)
        age = orm.Required(int)
        books = orm.Set("Book", cascade_delete=True)

    class Book(db.Entity):
        _table_ = "site_book"
        title = orm.Required(str, 100, autostrip=False)
        author = orm.Required(Author, column="author_id")
        pages = orm.Required(int)
        price = orm.Required(int)

    class Folder(db.Entity):
        _table_ = "site_folder"
        name = orm.Required(str, 100)
        papers = orm.Set("Paper", cascade_delete=True)

    class Paper(db.Entity):
        _table_ = "site_paper"
        title = orm.Required(str, 100)
        folder = orm.Required(Folder, column="folder_id")

    class Sheet(db.Entity):
        _table_ = "site_sheet"
        name = orm.Required(str, 100)
        notes = orm.Set("Note", cascade_delete=True)

    class Note(db.Entity):
        _table_ = "site_note"
        text = orm.Required(str, 100)
        sheet = orm.Required(Sheet, column="sheet_id")

    db.bind("sqlite", ":memory:")
    with orm.db_session(ddl=True):
        fill(db.get_connection())
    db.generate_mapping(create_tables=False, check_tables=False)


def values(book):
    return [book.id, book.title, book.author.id, book.pages, book.price]


def point(scale):
    def work():
        with orm.db_session:
            return Book[4711]

    def check():
        with orm.db_session:
            return values(Book[4711])

    return repeated(work), check


def filtered(scale):
    def work():
        with orm.db_session:
            query = Book.select(lambda b: b.author.id == 7 and b.pages > 100)
            return list(query.order_by(lambda b: (orm.desc(b.pages), orm.desc(b.id))).limit(20))

    return repeated(work), lambda: [book.id for book in work()]


def counted(scale):
    def work():
        with orm.db_session:
            return Author.select(lambda a: a.age >= 30).count()

    return simple(work)


def exists(scale):
    def work():
        with orm.db_session:
            return Author.select(lambda a: a.age >= 30).exists()

    return simple(work)


def aggregated(scale):
    def work():
        with orm.db_session:
            return list(orm.select((orm.max(a.age), orm.sum(a.age)) for a in Author if a.age >= 30).first())

    return simple(work)


def building(scale):
    def work():
        return (
            Book.select(lambda b: b.author.age >= 30)
            .filter(lambda b: b.title != "")
            .filter(lambda b: b.pages > 10 or b.price < 5)
            .prefetch(Author)
            .order_by(lambda b: (orm.desc(b.pages), b.id))
            .limit(20)
        )

    def run(count):
        with orm.db_session:
            for _ in range(count):
                work()

    def check():
        with orm.db_session:
            return [book.id for book in work()]

    return run, check


def instances(rows):
    def prepare(scale):
        most = rows * scale

        def work():
            with orm.db_session:
                return list(Book.select(lambda b: b.id <= most))

        def check():
            with orm.db_session:
                return [values(book) for book in Book.select(lambda b: b.id <= most)][:500]

        return repeated(work), check

    return prepare


def tuples(rows):
    def prepare(scale):
        most = rows * scale

        def work():
            with orm.db_session:
                return list(orm.select((b.id, b.title, b.pages) for b in Book if b.id <= most))

        return repeated(work), lambda: work()[:500]

    return prepare


def related(rows):
    def prepare(scale):
        most = rows * scale

        def work():
            with orm.db_session:
                return [book.author.name for book in Book.select(lambda b: b.id <= most).prefetch(Author)]

        return repeated(work), lambda: work()[:500]

    return prepare


def prefetched(parents):
    def prepare(scale):
        most = parents * scale

        def work():
            with orm.db_session:
                found = Folder.select(lambda f: f.id <= most).prefetch(Folder.papers)
                return [len(folder.papers) for folder in found]

        return repeated(work), work

    return prepare


def rolled_back(work):
    def run(count):
        with orm.db_session:
            for _ in range(count):
                work()
            orm.rollback()

    return run


def taken_back(work):
    def once():
        with orm.db_session:
            answer = work()
            orm.rollback()
        return answer

    return once


def create():
    author = Author(name="new", age=1)
    author.flush()
    return author


def creating(scale):
    def check():
        made = create()
        return made.name, made.age

    return rolled_back(create), taken_back(check)


def saving(scale):
    ages = itertools.cycle([20, 21])

    def run(count):
        with orm.db_session:
            author = Author[1]
            for _ in range(count):
                author.age = next(ages)
                author.flush()
            orm.rollback()

    def check():
        author = Author[1]
        author.age = 33
        author.flush()
        return db.get("SELECT age FROM site_author WHERE id = 1")

    return run, taken_back(check)


def bulk_creating(rows):
    def prepare(scale):
        def work():
            made = [Author(name=f"bulk {i}", age=i) for i in range(rows * scale)]
            orm.flush()
            assert made[0].id
            return len(made)

        return simple(taken_back(work))

    return prepare


def bulk_updating(rows):
    def prepare(scale):
        most = rows * scale

        def change():
            books = Book.select(lambda b: b.id <= most).order_by(Book.id)[:]
            for number, book in enumerate(books):
                book.price = number
            orm.flush()
            return len(books)

        def check():
            count = change()
            return count, list(orm.select(b.price for b in Book if b.id in (1, 500, 1000)).without_distinct())

        return repeated(taken_back(change)), taken_back(check)

    return prepare


def deleting_author(scale):
    def work():
        author = Author[7]
        count = 1 + author.books.count()
        author.delete()
        orm.flush()
        return count

    return simple(taken_back(work))


def deleting_sheets(rows):
    def prepare(scale):
        most = rows * scale

        def work():
            count = 0
            for sheet in Sheet.select(lambda f: f.id <= most).prefetch(Sheet.notes)[:]:
                count += 1 + len(sheet.notes)
                sheet.delete()
            orm.flush()
            return count

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
