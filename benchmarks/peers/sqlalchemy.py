"""SQLAlchemy's ORM. One session; what it holds is let go before each read, so that rows become objects each time."""

from __future__ import annotations

import itertools

from benchmarks.cases.case import repeated, simple
from benchmarks.site.rows import fill

LABEL = "SQLAlchemy"
NEEDS = ("SQLAlchemy",)


def set_up() -> None:
    global Author, Book, Folder, Paper, Sheet, Note, session, sa, orm
    import sqlalchemy as sa
    from sqlalchemy import orm
    from sqlalchemy.pool import StaticPool

    class Base(orm.DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "site_author"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        name: orm.Mapped[str] = orm.mapped_column(sa.String(100))
        age: orm.Mapped[int]
        books: orm.Mapped[list[Book]] = orm.relationship(back_populates="author", cascade="all, delete-orphan")

    class Book(Base):
        __tablename__ = "site_book"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        title: orm.Mapped[str] = orm.mapped_column(sa.String(100))
        author_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("site_author.id"))
        pages: orm.Mapped[int]
        price: orm.Mapped[int]
        author: orm.Mapped[Author] = orm.relationship(back_populates="books")

    class Folder(Base):
        __tablename__ = "site_folder"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        name: orm.Mapped[str] = orm.mapped_column(sa.String(100))
        papers: orm.Mapped[list[Paper]] = orm.relationship(cascade="all, delete-orphan")

    class Paper(Base):
        __tablename__ = "site_paper"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        title: orm.Mapped[str] = orm.mapped_column(sa.String(100))
        folder_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("site_folder.id"))

    class Sheet(Base):
        __tablename__ = "site_sheet"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        name: orm.Mapped[str] = orm.mapped_column(sa.String(100))
        notes: orm.Mapped[list[Note]] = orm.relationship(cascade="all, delete-orphan")

    class Note(Base):
        __tablename__ = "site_note"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        text: orm.Mapped[str] = orm.mapped_column(sa.String(100))
        sheet_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("site_sheet.id"))

    engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    driver = engine.raw_connection().driver_connection
    driver.execute("PRAGMA foreign_keys = ON")
    fill(driver)
    session = orm.Session(engine)


def values(book):
    return [book.id, book.title, book.author_id, book.pages, book.price]


def point(scale):
    def work():
        session.expunge_all()
        return session.get(Book, 4711)

    return repeated(work), lambda: values(work())


def filtered(scale):
    def work():
        session.expunge_all()
        query = (
            sa.select(Book)
            .where(Book.author_id == 7, Book.pages > 100)
            .order_by(Book.pages.desc(), Book.id.desc())
            .limit(20)
        )
        return session.scalars(query).all()

    return repeated(work), lambda: [book.id for book in work()]


def counted(scale):
    return simple(lambda: session.scalar(sa.select(sa.func.count()).select_from(Author).where(Author.age >= 30)))


def exists(scale):
    return simple(lambda: session.scalar(sa.select(sa.exists().where(Author.age >= 30))))


def aggregated(scale):
    return simple(
        lambda: list(
            session.execute(sa.select(sa.func.max(Author.age), sa.func.sum(Author.age)).where(Author.age >= 30)).one()
        )
    )


def building(scale):
    def work():
        return (
            sa.select(Book)
            .join(Book.author)
            .where(Author.age >= 30)
            .where(Book.title != "")
            .where(sa.or_(Book.pages > 10, Book.price < 5))
            .options(orm.contains_eager(Book.author))
            .order_by(Book.pages.desc(), Book.id)
            .limit(20)
        )

    return repeated(work), lambda: [book.id for book in session.scalars(work())]


def instances(rows):
    def prepare(scale):
        def work():
            session.expunge_all()
            return session.scalars(sa.select(Book).where(Book.id <= rows * scale)).all()

        return repeated(work), lambda: [values(book) for book in work()][:500]

    return prepare


def tuples(rows):
    def prepare(scale):
        def work():
            return session.execute(sa.select(Book.id, Book.title, Book.pages).where(Book.id <= rows * scale)).all()

        return repeated(work), lambda: [tuple(row) for row in work()[:500]]

    return prepare


def related(rows):
    def prepare(scale):
        def work():
            session.expunge_all()
            query = sa.select(Book).options(orm.joinedload(Book.author, innerjoin=True)).where(Book.id <= rows * scale)
            return [book.author.name for book in session.scalars(query)]

        return repeated(work), lambda: work()[:500]

    return prepare


def prefetched(parents):
    def prepare(scale):
        def work():
            session.expunge_all()
            query = sa.select(Folder).options(orm.selectinload(Folder.papers)).where(Folder.id <= parents * scale)
            return [len(folder.papers) for folder in session.scalars(query)]

        return repeated(work), work

    return prepare


def rolled_back(work):
    def run(count):
        for _ in range(count):
            work()
        session.rollback()

    return run


def taken_back(work):
    def once():
        answer = work()
        session.rollback()
        return answer

    return once


def create():
    author = Author(name="new", age=1)
    session.add(author)
    session.flush()
    return author


def creating(scale):
    def check():
        key = create().id
        session.expunge_all()
        found = session.get(Author, key)
        return found.name, found.age

    return rolled_back(create), taken_back(check)


def saving(scale):
    ages = itertools.cycle([20, 21])

    def run(count):
        author = session.get(Author, 1)
        for _ in range(count):
            author.age = next(ages)
            session.flush()
        session.rollback()

    def check():
        session.get(Author, 1).age = 33
        session.flush()
        session.expunge_all()
        return session.get(Author, 1).age

    return run, taken_back(check)


def bulk_creating(rows):
    def prepare(scale):
        def work():
            made = [Author(name=f"bulk {i}", age=i) for i in range(rows * scale)]
            session.add_all(made)
            session.flush()
            assert made[0].id
            return len(made)

        return simple(taken_back(work))

    return prepare


def bulk_updating(rows):
    def prepare(scale):
        session.expunge_all()
        books = session.scalars(sa.select(Book).where(Book.id <= rows * scale).order_by(Book.id)).all()
        session.expunge_all()

        def work():
            changes = [{"id": book.id, "price": number} for number, book in enumerate(books)]
            session.execute(sa.update(Book), changes)
            return len(changes)

        def check():
            return work(), list(session.scalars(sa.select(Book.price).where(Book.id.in_([1, 500, 1000]))))

        return repeated(taken_back(work)), taken_back(check)

    return prepare


def deleting_author(scale):
    def work():
        session.expunge_all()
        author = session.get(Author, 7)
        session.delete(author)
        count = 1 + len(author.books)
        session.flush()
        return count

    return simple(taken_back(work))


def deleting_sheets(rows):
    def prepare(scale):
        def work():
            session.expunge_all()
            query = sa.select(Sheet).options(orm.selectinload(Sheet.notes)).where(Sheet.id <= rows * scale)
            count = 0
            for sheet in session.scalars(query):
                count += 1 + len(sheet.notes)
                session.delete(sheet)
            session.flush()
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
