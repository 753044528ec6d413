"""Packages put methods of their own in the place of the ORM's: fast ways stand aside for them, sync and async."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hotclub.core import checks
from hotclub.db import connection, models
from hotclub.db.models import QuerySet
from hotclub.test.utils import isolate_apps
from tests.databases import TestDatabase
from tests.halves import Halves


@pytest.fixture
def author_class(database: TestDatabase) -> Any:
    from tests._orm.sample.models import Author

    Author.objects.create(name="Ada")
    return Author


async def test_a_method_replaced_on_one_set_stays_there(author_class: Any, halves: Halves) -> None:
    watched = author_class.objects.all()

    def refuse() -> None:
        raise AssertionError("evaluated")

    watched._fetch_all = refuse
    watched.note = "kept"
    copies = [watched.all(), watched.filter(name="Ada"), watched._clone()]
    for copy in copies:
        assert [author.name for author in await halves.listed(copy)] == ["Ada"]
        assert copy.note == "kept"
    with pytest.raises(AssertionError, match="evaluated"):
        list(watched)


async def test_results_pass_through_an_own_fetch_all(author_class: Any, halves: Halves) -> None:
    class Shouting(QuerySet[Any]):
        def _fetch_all(self) -> None:
            super()._fetch_all()
            for each in self._result_cache or ():
                each.name = each.name.upper()

    rows = Shouting(author_class)
    assert [author.name for author in await halves.listed(rows.all())] == ["ADA"]
    assert (await halves(rows.get)()).name == "ADA"
    assert (await halves(rows.first)()).name == "ADA"


@pytest.mark.parametrize("method", ["_chain", "_clone"])
def test_every_step_goes_through_an_own_copy(author_class: Any, method: str) -> None:
    steps = []

    def copy(self: Any) -> Any:
        steps.append(method)
        made = getattr(QuerySet, method)(self)
        made.mark = "mine"
        return made

    own = type("Own", (QuerySet,), {method: copy})(author_class)
    made = own.filter(name="Ada").order_by("name").all()
    assert made.mark == "mine"
    assert len(steps) == 3


async def test_save_calls_an_own_save_base(author_class: Any, halves: Halves, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    stock = author_class.save_base

    def save_base(self: Any, *args: Any, **kwargs: Any) -> None:
        calls.append(kwargs["update_fields"])
        stock(self, *args, **kwargs)

    monkeypatch.setattr(author_class, "save_base", save_base)
    author = await halves(author_class.objects.get)()
    author.name = "Bo"
    await halves(author.save)(update_fields=["name"])
    assert calls == [frozenset({"name"})]
    assert (await halves(author_class.objects.get)()).name == "Bo"


@pytest.fixture
def watched_statements() -> Iterator[list[str]]:
    """What an own `cursor()`, set on the connection as tools do it, sees."""
    seen: list[str] = []
    stock = connection.cursor

    def cursor() -> Any:
        made = stock()
        execute = made.execute

        def watched(sql: str, params: Any = None) -> Any:
            seen.append(sql)
            return execute(sql, params)

        made.execute = watched
        return made

    connection.cursor = cursor
    yield seen
    del connection.cursor


def test_a_cursor_method_set_on_the_connection_sees_every_statement(
    author_class: Any, watched_statements: list[str]
) -> None:
    author = author_class.objects.get()
    author_class.objects.create(name="Bo")
    author.save()
    author_class.objects.filter(name="Bo").delete()
    kinds = [sql.split()[0] for sql in watched_statements]
    assert [kind for kind in kinds if kind in {"SELECT", "INSERT", "UPDATE", "DELETE"}][:3] == [
        "SELECT",
        "INSERT",
        "UPDATE",
    ]
    assert "DELETE" in kinds


def test_a_backend_with_cursors_of_its_own_is_not_passed_by() -> None:
    from hotclub.db.backends.sqlite3.base import DatabaseWrapper

    def create_cursor(self: Any, name: Any = None) -> Any:
        return DatabaseWrapper.create_cursor(self, name)

    assert not DatabaseWrapper.own_cursors
    assert not type("Plain", (DatabaseWrapper,), {}).own_cursors  # type: ignore[attr-defined]
    for name in ("create_cursor", "make_cursor", "cursor"):
        assert type("Own", (DatabaseWrapper,), {name: create_cursor}).own_cursors  # type: ignore[attr-defined]


@isolate_apps("tests._orm.sample", attr_name="apps")
def test_id_is_free_beside_a_primary_key_of_another_name() -> None:
    class Record(models.Model):
        id = models.IntegerField()
        record_id = models.AutoField(primary_key=True)

        class Meta:
            app_label = "sample"

    class Clash(models.Model):
        id = models.IntegerField()

        class Meta:
            app_label = "sample"

    assert Record.check() == []
    assert "models.E004" in {found.id for found in Clash.check() if isinstance(found, checks.Error)}
