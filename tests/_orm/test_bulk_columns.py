"""Many rows go to PostgreSQL as one array a column; everywhere the same rows arrive."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from hotclub.db import DataError, connection
from hotclub.db.models import Value
from hotclub.db.models.functions import Upper
from hotclub.test.utils import CaptureQueriesContext
from tests.databases import TestDatabase


def insert(**values: list[Any]) -> list[str]:
    from tests._orm.sample.models import Author

    rows = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
    with CaptureQueriesContext(connection) as captured:
        made = Author.objects.bulk_create([Author(**row) for row in rows])
    assert all(author.pk for author in made) or not connection.features.can_return_rows_from_bulk_insert
    return [query["sql"] for query in captured if query["sql"].startswith("INSERT")]


def test_plain_values_are_sent_as_columns(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    names = ["plain", "it's", 'a "quoted", {braced} \\ one', "", "Ünï✓", "NULL"]
    born = [datetime.date(1999, 1, 2), None, None, datetime.date(1, 1, 1), None, None]
    (sql,) = insert(name=names, born=born)
    assert ("UNNEST" in sql) == (database.name == "postgresql")
    assert list(Author.objects.order_by("pk").values_list("name", "born")) == list(zip(names, born, strict=True))


def test_one_row_and_computed_values_are_rows(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    assert "UNNEST" not in insert(name=["one"])[0]
    assert "UNNEST" not in insert(name=["two", Upper(Value("three"))])[0]
    assert sorted(Author.objects.values_list("name", flat=True)) == ["THREE", "one", "two"]


def test_a_text_that_is_too_long_is_refused_not_cut(database: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    if database.name == "sqlite":
        pytest.skip("SQLite does not look at the length of a text")
    with pytest.raises(DataError):
        insert(name=["short", "long" * 20])
    assert not Author.objects.exists()
