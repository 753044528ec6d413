"""SQLite when its disk is full, when others hold its lock, and when several writers want it at once."""

# ruff: noqa: PT012  # what fails is the end of a block

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import pytest

from hotclub.db import OperationalError, close_old_connections, connection, transaction
from hotclub.db.models import F
from tests.databases import fixed_models
from tests.halves import Halves

On = Callable[[dict[str, Any]], AbstractContextManager[None]]


def authors() -> Any:
    from tests._orm.sample.models import Author

    return Author.objects


def books() -> Any:
    from tests._orm.sample.models import Book

    return Book.objects


@pytest.fixture
def path(tmp_path: Path, on: On, _project: None) -> Path:
    """A database file with the tables of the tests."""
    file = tmp_path / "faults.sqlite3"
    with on(settings(file)), connection.schema_editor() as editor:
        for model in fixed_models():
            editor.create_model(model)
    return file


def settings(path: Path, **options: Any) -> dict[str, Any]:
    return {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": path, "OPTIONS": options}


async def test_a_full_disk(path: Path, halves: Halves, on: On) -> None:
    with closing(sqlite3.connect(path)) as plain:
        pages = plain.execute("PRAGMA page_count").fetchone()[0]
    with on(settings(path, init_command=f"PRAGMA max_page_count = {pages + 5}")):
        await halves(authors().create)(name="before")
        with pytest.raises(OperationalError, match="database or disk is full"):
            async with halves.atomic():
                for n in range(5000):
                    await halves(authors().create)(name=f"lost {n}")
        assert await halves(authors().count)() == 1
        with pytest.raises(OperationalError, match="database or disk is full"):
            await halves(authors().bulk_create)([authors().model(name=f"lost {n}") for n in range(5000)])
        close_old_connections()
        assert await halves(authors().count)() == 1
        async with halves.atomic():
            await halves(authors().create)(name="after")
        assert await halves(authors().count)() == 2
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_lock_that_is_not_given_up(path: Path, halves: Halves, on: On) -> None:
    with on(settings(path, timeout=0.2)):
        await halves(authors().create)(name="before")
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        with pytest.raises(OperationalError, match="database is locked"):
            async with halves.atomic():
                assert await halves(authors().count)() == 1
                await halves(authors().create)(name="lost")
        with pytest.raises(OperationalError, match="database is locked"):
            await halves(authors().create)(name="lost")
        assert 0.15 < time.monotonic() - start < 5
        other.execute("COMMIT")
        other.close()
        close_old_connections()
        await halves(authors().create)(name="after")
        assert await halves(authors().count)() == 2


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_writers_in_threads(path: Path, on: On, journal: str) -> None:
    """Each adds to one number in transactions that read first: none is lost, none is refused."""
    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": f"PRAGMA journal_mode = {journal}; PRAGMA synchronous = OFF",
    }
    failed: list[BaseException] = []

    def write() -> None:
        try:
            for n in range(50):
                with transaction.atomic():
                    pages = books().get(title="x").pages
                    books().filter(title="x").update(pages=pages + 1)
                    authors().create(name=str(n))
        except BaseException as error:  # shown by the test
            failed.append(error)
        finally:
            connection.close()

    with on(settings(path, **options)):
        books().create(title="x", pages=1)
        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert failed == []
        assert books().get(title="x").pages == 201
        assert authors().count() == 200


def test_tasks_and_a_process_write_at_once(path: Path, on: On) -> None:
    """Tasks of a loop share a connection in turn, while another process writes as well."""
    other = textwrap.dedent(
        """
        import sqlite3, sys
        connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
        print("ready", flush=True)
        for n in range(100):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE sample_book SET pages = pages + 1")
            connection.execute("COMMIT")
        connection.close()
        """
    )

    async def main() -> None:
        await books().acreate(title="x", pages=1)
        process = subprocess.Popen([sys.executable, "-c", other, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        async def write() -> None:
            for _ in range(20):
                async with transaction.atomic():
                    await books().filter(title="x").aupdate(pages=F("pages") + 1)
                    await authors().acreate(name="x")

        await asyncio.gather(*[write() for _ in range(5)])
        assert await asyncio.to_thread(process.wait, 60) == 0
        process.stdout.close()
        assert (await books().aget(title="x")).pages == 201
        assert await authors().acount() == 100

    options = {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": "PRAGMA synchronous = OFF"}
    with on(settings(path, **options)):
        asyncio.run(main())
