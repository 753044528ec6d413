"""The bare driver, making the same objects by hand: the limit of what an ORM can reach."""

from __future__ import annotations

import itertools
import sqlite3

from benchmarks.cases.case import repeated, simple
from benchmarks.site.rows import fill

LABEL = "sqlite3, bare"
NEEDS = ()

connection = None

BOOK = "SELECT id, title, author_id, pages, price FROM site_book"
SLICE = f"{BOOK} WHERE author_id = ? AND pages > ? ORDER BY pages DESC, id DESC LIMIT 20"
RELATED = (
    "SELECT b.id, b.title, b.author_id, b.pages, b.price, a.id, a.name, a.age FROM site_book b"
    " JOIN site_author a ON a.id = b.author_id WHERE b.id <= ?"
)


def set_up() -> None:
    global connection
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN")
    fill(connection)


class Author:
    def __init__(self, id, name, age):
        self.id = id
        self.name = name
        self.age = age


class Book:
    def __init__(self, id, title, author_id, pages, price):
        self.id = id
        self.title = title
        self.author_id = author_id
        self.pages = pages
        self.price = price


class Folder:
    def __init__(self, id, name):
        self.id = id
        self.name = name
        self.papers = []


class Paper:
    def __init__(self, id, title, folder_id):
        self.id = id
        self.title = title
        self.folder_id = folder_id


def values(book):
    return [book.id, book.title, book.author_id, book.pages, book.price]


def point(scale):
    def work():
        return Book(*connection.execute(f"{BOOK} WHERE id = ?", (4711,)).fetchone())

    return repeated(work), lambda: values(work())


def filtered(scale):
    def work():
        return [Book(*row) for row in connection.execute(SLICE, (7, 100)).fetchall()]

    return repeated(work), lambda: [book.id for book in work()]


def counted(scale):
    return simple(lambda: connection.execute("SELECT COUNT(*) FROM site_author WHERE age >= ?", (30,)).fetchone()[0])


def exists(scale):
    return simple(
        lambda: connection.execute("SELECT 1 FROM site_author WHERE age >= ? LIMIT 1", (30,)).fetchone() is not None
    )


def aggregated(scale):
    return simple(
        lambda: list(connection.execute("SELECT MAX(age), SUM(age) FROM site_author WHERE age >= ?", (30,)).fetchone())
    )


def instances(rows):
    def prepare(scale):
        def work():
            return [Book(*row) for row in connection.execute(f"{BOOK} WHERE id <= ?", (rows * scale,)).fetchall()]

        return repeated(work), lambda: [values(book) for book in work()][:500]

    return prepare


def tuples(rows):
    def prepare(scale):
        def work():
            return connection.execute(
                "SELECT id, title, pages FROM site_book WHERE id <= ?", (rows * scale,)
            ).fetchall()

        return repeated(work), lambda: work()[:500]

    return prepare


def related(rows):
    def prepare(scale):
        def work():
            names = []
            for row in connection.execute(RELATED, (rows * scale,)).fetchall():
                book = Book(*row[:5])
                book.author = Author(*row[5:])
                names.append(book.author.name)
            return names

        return repeated(work), lambda: work()[:500]

    return prepare


def prefetched(parents):
    def prepare(scale):
        def work():
            rows = connection.execute("SELECT id, name FROM site_folder WHERE id <= ?", (parents * scale,)).fetchall()
            found = {row[0]: Folder(*row) for row in rows}
            marks = ", ".join("?" * len(found))
            statement = f"SELECT id, title, folder_id FROM site_paper WHERE folder_id IN ({marks})"
            for row in connection.execute(statement, list(found)).fetchall():
                found[row[2]].papers.append(Paper(*row))
            return [len(folder.papers) for folder in found.values()]

        return repeated(work), work

    return prepare


def rolled_back(work):
    def run(count):
        connection.execute("BEGIN")
        for _ in range(count):
            work()
        connection.execute("ROLLBACK")

    return run


def taken_back(work):
    def once():
        connection.execute("BEGIN")
        answer = work()
        connection.execute("ROLLBACK")
        return answer

    return once


def create():
    author = Author(None, "new", 1)
    statement = "INSERT INTO site_author (name, age) VALUES (?, ?)"
    author.id = connection.execute(statement, (author.name, author.age)).lastrowid
    return author


def creating(scale):
    def check():
        key = create().id
        return connection.execute("SELECT name, age FROM site_author WHERE id = ?", (key,)).fetchone()

    return rolled_back(create), taken_back(check)


def saving(scale):
    author = Author(*connection.execute("SELECT id, name, age FROM site_author WHERE id = 1").fetchone())
    ages = itertools.cycle([20, 21])

    def save(age):
        author.age = age
        connection.execute(
            "UPDATE site_author SET name = ?, age = ? WHERE id = ?", (author.name, author.age, author.id)
        )

    def check():
        save(33)
        return connection.execute("SELECT age FROM site_author WHERE id = 1").fetchone()[0]

    return rolled_back(lambda: save(next(ages))), taken_back(check)


def bulk_creating(rows):
    def prepare(scale):
        def work():
            made = [Author(None, f"bulk {i}", i) for i in range(rows * scale)]
            marks = ", ".join(["(?, ?)"] * len(made))
            statement = f"INSERT INTO site_author (name, age) VALUES {marks} RETURNING id"
            parameters = [value for author in made for value in (author.name, author.age)]
            for author, (key,) in zip(made, connection.execute(statement, parameters).fetchall(), strict=True):
                author.id = key
            return len(made)

        return simple(taken_back(work))

    return prepare


def bulk_updating(rows):
    def prepare(scale):
        books = [
            Book(*row) for row in connection.execute(f"{BOOK} WHERE id <= ? ORDER BY id", (rows * scale,)).fetchall()
        ]

        def work():
            for number, book in enumerate(books):
                book.price = number
            statement = "UPDATE site_book SET price = ? WHERE id = ?"
            return connection.executemany(statement, [(book.price, book.id) for book in books]).rowcount

        def check():
            count = work()
            found = connection.execute("SELECT price FROM site_book WHERE id IN (1, 500, 1000)").fetchall()
            return count, [row[0] for row in found]

        return repeated(taken_back(work)), taken_back(check)

    return prepare


def deleting_author(scale):
    def work():
        author = Author(*connection.execute("SELECT id, name, age FROM site_author WHERE id = 7").fetchone())
        count = connection.execute("DELETE FROM site_book WHERE author_id = ?", (author.id,)).rowcount
        return count + connection.execute("DELETE FROM site_author WHERE id = ?", (author.id,)).rowcount

    return simple(taken_back(work))


def deleting_sheets(rows):
    def prepare(scale):
        most = (rows * scale,)

        def work():
            chosen = "SELECT id FROM site_sheet WHERE id <= ?"
            count = connection.execute(f"DELETE FROM site_note WHERE sheet_id IN ({chosen})", most).rowcount
            return count + connection.execute("DELETE FROM site_sheet WHERE id <= ?", most).rowcount

        return simple(taken_back(work))

    return prepare


CASES = {
    "orm: get(pk)": point,
    "orm: filter, order, slice of 20": filtered,
    "orm: count": counted,
    "orm: exists": exists,
    "orm: aggregate": aggregated,
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
