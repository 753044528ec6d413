"""The fixtures themselves: three databases, two halves, empty tables."""

from __future__ import annotations

from typing import Any

import pytest

from tests.databases import TestDatabase
from tests.halves import Halves


@pytest.mark.parametrize("time", [1, 2])
async def test_tables_are_empty_before_each_test(database: TestDatabase, halves: Halves, time: int) -> None:
    from tests._orm.sample.models import Author, Book

    assert database.connection.vendor == {"mariadb": "mysql"}.get(database.name, database.name)
    assert await halves.listed(Author.objects.all()) == []
    author = await halves(Author.objects.create)(name="One")
    book = await halves(Book.objects.create)(title="x", author=author)
    await halves(book.editors.add)(author)
    assert await halves.listed(book.editors.all()) == [author]


async def test_a_block_is_rolled_back_in_both_halves(database: TestDatabase, halves: Halves) -> None:
    from tests._orm.sample.models import Author

    async def failing() -> None:
        async with halves.atomic():
            await halves(Author.objects.create)(name="One")
            raise KeyError

    with pytest.raises(KeyError):
        await failing()
    assert await halves(Author.objects.count)() == 0


def test_further_tables(database: TestDatabase) -> None:
    from hotclub.apps.registry import Apps
    from hotclub.db import models

    registry = Apps(["tests._orm.sample"])

    class Meta:
        app_label = "sample"
        apps = registry

    body: dict[str, Any] = {"__module__": __name__, "Meta": Meta, "n": models.IntegerField()}
    made: Any = type("Extra", (models.Model,), body)
    with database.tables(made):
        made.objects.create(n=1)
        assert made.objects.count() == 1
    assert "sample_extra" not in database.connection.introspection.table_names()
