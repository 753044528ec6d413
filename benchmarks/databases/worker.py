"""A process that does the cases in the words of one peer.

    python -m benchmarks.databases.worker CLOCK PEER HOST PORT USER DATABASE

It reads lines `case count` and answers each with the seconds that `count` repetitions took by a clock of the module `time`; `case check` with what the case
gives. Reads find the rows that the coordinator made; writes are rolled back, except that of the case `atomic`.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time

ROWS = 1000
SELECT = "SELECT id, title, pages, price FROM bench_book"
INSERT = "INSERT INTO bench_book (title, pages, price) VALUES (%s, %s, %s) RETURNING id"


class Undo(Exception):
    """Takes a transaction back."""


def shown(book):
    return [book.id, book.title, book.pages, book.price]


class Framework:
    """hotclub and Django: the same code under two import names."""

    def __init__(self, package, host, port, user, database):
        settings = importlib.import_module(f"{package}.conf").settings
        settings.configure(
            DATABASES={
                "default": {
                    "ENGINE": f"{package}.db.backends.postgresql",
                    "HOST": host,
                    "PORT": port,
                    "USER": user,
                    "NAME": database,
                    "CONN_MAX_AGE": None,
                }
            },
            INSTALLED_APPS=[],
            USE_TZ=True,
        )
        importlib.import_module(package).setup()
        models = importlib.import_module(f"{package}.db.models")
        self.transaction = importlib.import_module(f"{package}.db.transaction")

        class Book(models.Model):
            id = models.BigAutoField(primary_key=True)
            title = models.CharField(max_length=100)
            pages = models.IntegerField()
            price = models.IntegerField()

            class Meta:
                app_label = "bench"
                db_table = "bench_book"

        self.Book = Book

    def point(self):
        return shown(self.Book.objects.get(pk=471))

    def rows(self):
        return [shown(book) for book in list(self.Book.objects.filter(pk__lte=ROWS))[:2]]

    def atomic(self):
        with self.transaction.atomic():
            return self.Book.objects.create(title="new", pages=1, price=2).title

    def bulk(self):
        made = [self.Book(title=f"bulk {n}", pages=n, price=2) for n in range(ROWS)]
        try:
            with self.transaction.atomic():
                self.Book.objects.bulk_create(made)
                raise Undo
        except Undo:
            return made[-1].pages

    async def apoint(self):
        return shown(await self.Book.objects.aget(pk=471))

    async def arows(self):
        return [shown(book) for book in [book async for book in self.Book.objects.filter(pk__lte=ROWS)][:2]]

    async def aatomic(self):
        if not hasattr(self.transaction.Atomic, "__aenter__"):
            return await self.in_thread()
        async with self.transaction.atomic():
            return (await self.Book.objects.acreate(title="new", pages=1, price=2)).title

    async def in_thread(self):
        from asgiref.sync import sync_to_async

        return await sync_to_async(self.atomic)()

    async def agather(self):
        found = await asyncio.gather(*[self.Book.objects.aget(pk=pk) for pk in range(1, 101)])
        return sum(book.id for book in found)


class SQLAlchemy:
    """Its ORM. Reads go over one session, emptied each time, so that rows become objects."""

    def __init__(self, host, port, user, database):
        import sqlalchemy as sa
        from sqlalchemy import orm
        from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

        class Base(orm.DeclarativeBase):
            pass

        class Book(Base):
            __tablename__ = "bench_book"
            id = orm.mapped_column(sa.BigInteger, primary_key=True)
            title = orm.mapped_column(sa.String(100))
            pages = orm.mapped_column(sa.Integer)
            price = orm.mapped_column(sa.Integer)

        self.Book, self.sa = Book, sa
        url = f"postgresql+psycopg://{user}@{host}:{port}/{database}"
        self.engine = sa.create_engine(url)
        self.aengine = create_async_engine(url, pool_size=10, max_overflow=0)
        self.session = orm.Session(self.engine)
        self.Session = orm.Session
        self.asession = AsyncSession(self.aengine)
        self.AsyncSession = AsyncSession

    def statement(self):
        return self.sa.select(self.Book).where(self.Book.id <= ROWS)

    def point(self):
        self.session.expunge_all()
        return shown(self.session.get(self.Book, 471))

    def rows(self):
        self.session.expunge_all()
        return [shown(book) for book in self.session.scalars(self.statement()).all()[:2]]

    def atomic(self):
        with self.Session(self.engine, expire_on_commit=False) as session, session.begin():
            book = self.Book(title="new", pages=1, price=2)
            session.add(book)
        return book.title

    def bulk(self):
        made = [self.Book(title=f"bulk {n}", pages=n, price=2) for n in range(ROWS)]
        with self.Session(self.engine, expire_on_commit=False) as session:
            session.add_all(made)
            session.flush()
            pages = made[-1].pages
            session.rollback()
        return pages

    async def apoint(self):
        self.asession.expunge_all()
        return shown(await self.asession.get(self.Book, 471))

    async def arows(self):
        self.asession.expunge_all()
        return [shown(book) for book in (await self.asession.scalars(self.statement())).all()[:2]]

    async def aatomic(self):
        async with self.AsyncSession(self.aengine, expire_on_commit=False) as session, session.begin():
            book = self.Book(title="new", pages=1, price=2)
            session.add(book)
        return book.title

    async def agather(self):
        async def one(pk):
            async with self.AsyncSession(self.aengine) as session:
                return (await session.get(self.Book, pk)).id

        return sum(await asyncio.gather(*[one(pk) for pk in range(1, 101)]))


class Driver:
    """psycopg alone, giving tuples."""

    def __init__(self, host, port, user, database):
        import psycopg
        from psycopg_pool import AsyncConnectionPool

        self.psycopg = psycopg
        self.conninfo = f"host={host} port={port} user={user} dbname={database}"
        self.connection = psycopg.connect(self.conninfo, autocommit=True)
        self.aconnection = None
        self.Pool = AsyncConnectionPool
        self.pool = None

    async def opened(self):
        if self.aconnection is None:
            self.aconnection = await self.psycopg.AsyncConnection.connect(self.conninfo, autocommit=True)
        return self.aconnection

    def point(self):
        return list(self.connection.execute(SELECT + " WHERE id = %s", (471,)).fetchone())

    def rows(self):
        return [list(row) for row in self.connection.execute(SELECT + " WHERE id <= %s", (ROWS,)).fetchall()[:2]]

    def atomic(self):
        with self.connection.transaction():
            self.connection.execute(INSERT, ("new", 1, 2)).fetchone()
        return "new"

    def bulk(self):
        rows = [(f"bulk {n}", n, 2) for n in range(ROWS)]
        with self.connection.transaction(force_rollback=True), self.connection.cursor() as cursor:
            cursor.executemany(INSERT, rows, returning=True)
        return rows[-1][1]

    async def apoint(self):
        cursor = await (await self.opened()).execute(SELECT + " WHERE id = %s", (471,))
        return list(await cursor.fetchone())

    async def arows(self):
        cursor = await (await self.opened()).execute(SELECT + " WHERE id <= %s", (ROWS,))
        return [list(row) for row in (await cursor.fetchall())[:2]]

    async def aatomic(self):
        connection = await self.opened()
        async with connection.transaction():
            await (await connection.execute(INSERT, ("new", 1, 2))).fetchone()
        return "new"

    async def agather(self):
        if self.pool is None:
            self.pool = self.Pool(self.conninfo, min_size=10, max_size=10, open=False, kwargs={"autocommit": True})
            await self.pool.open(wait=True)

        async def one(pk):
            async with self.pool.connection() as connection:
                cursor = await connection.execute(SELECT + " WHERE id = %s", (pk,))
                return (await cursor.fetchone())[0]

        return sum(await asyncio.gather(*[one(pk) for pk in range(1, 101)]))


def main():
    clock, peer, *where = sys.argv[1:]
    clock = getattr(time, clock)
    if peer in ("hotclub", "django"):
        owner = Framework(peer, *where)
    else:
        owner = {"sqlalchemy": SQLAlchemy, "psycopg": Driver}[peer](*where)
    loop = asyncio.new_event_loop()

    async def repeat(work, count):
        for _ in range(count):
            await work()

    for line in sys.stdin:
        name, count = line.split()
        work = getattr(owner, name)
        if count == "check":
            answer = work()
            answer = loop.run_until_complete(answer) if asyncio.iscoroutine(answer) else answer
        elif asyncio.iscoroutinefunction(work):
            start = clock()
            loop.run_until_complete(repeat(work, int(count)))
            answer = clock() - start
        else:
            start = clock()
            for _ in range(int(count)):
                work()
            answer = clock() - start
        print(json.dumps(answer), flush=True)
    loop.run_until_complete(loop.shutdown_asyncgens())


if __name__ == "__main__":
    main()
