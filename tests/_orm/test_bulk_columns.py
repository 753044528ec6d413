"""Many rows go to PostgreSQL as one array a column; everywhere the same rows arrive."""

from __future__ import annotations

import datetime
from copy import copy
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from hotclub.db import DataError, connection, models
from hotclub.db.models import Value
from hotclub.db.models.functions import Upper
from hotclub.test.utils import CaptureQueriesContext, isolate_apps
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


def test_a_text_without_a_place_in_the_database_is_the_drivers_to_refuse(database: TestDatabase) -> None:
    if database.name != "postgresql":
        pytest.skip("other databases keep the letter NUL")
    with pytest.raises((DataError, ValueError), match="NUL"):
        insert(name=["good", "b\0ad"])


ZONE = datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))
COLUMNS: dict[str, tuple[models.Field[Any], list[Any]]] = {
    "whole": (models.BigIntegerField(null=True), [0, -(2**63), 2**63 - 1, None]),
    "fraction": (models.FloatField(null=True), [0.1, -1e-300, 1.7976931348623157e308, None]),
    "truth": (models.BooleanField(null=True), [True, False, None, True]),
    "exact": (models.DecimalField(max_digits=12, decimal_places=3, null=True), [Decimal("0.100"), None, Decimal(-7), 5]),
    "key": (models.UUIDField(null=True), [UUID(int=5), None, UUID(int=2**128 - 1), UUID(int=0)]),
    "day": (models.DateField(null=True), [datetime.date(1000, 1, 1), datetime.date(9999, 12, 31), None, None]),
    "moment": (
        models.DateTimeField(null=True),
        [
            datetime.datetime(1001, 1, 1, tzinfo=datetime.UTC),
            datetime.datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=ZONE),
            None,
            datetime.datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=datetime.UTC),
        ],
    ),
    "clock": (models.TimeField(null=True), [datetime.time(0), datetime.time(23, 59, 59, 999999), None, datetime.time(1)]),
    "length": (models.DurationField(null=True), [datetime.timedelta(days=-3, microseconds=1), None, None, datetime.timedelta(1)]),
    "raw": (models.BinaryField(null=True), [b"", b"\x00\xff\\'\"{}", None, b"NULL"]),
    "text": (models.TextField(null=True), ["", None, "NULL", '{"a\\\\"}']),
    "tree": (models.JSONField(null=True), [{"a": [1, None, '"']}, [], "x", 1.5]),
}  # fmt: skip


def test_every_kind_of_value_arrives_as_it_was(database: TestDatabase) -> None:
    with isolate_apps("tests._orm.sample"):
        fields = {name: copy(field) for name, (field, _values) in COLUMNS.items()}
        meta = type("Meta", (), {"app_label": "sample", "db_table": "every_kind_of_value"})
        Kinds: Any = type("Kinds", (models.Model,), {**fields, "__module__": __name__, "Meta": meta})
        with connection.schema_editor() as editor:
            editor.create_model(Kinds)
        try:
            rows = list(zip(*(values for _field, values in COLUMNS.values()), strict=True))
            Kinds.objects.bulk_create([Kinds(**dict(zip(COLUMNS, row, strict=True))) for row in rows])
            got = [tuple(map(_plain, row)) for row in Kinds.objects.order_by("pk").values_list(*COLUMNS)]
            assert got == rows
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(Kinds)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
