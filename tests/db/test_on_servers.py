"""What the databases do each in their own words, asked of the real ones: introspection, commands, locks, plans, upserts."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

import hotclub
from hotclub.apps.registry import Apps
from hotclub.core.management import call_command
from hotclub.db import DatabaseError, NotSupportedError, connection, models, transaction
from hotclub.db.models import F, Sum, Value, Window
from hotclub.db.models.functions import Coalesce, Collate, Lag, Rank, RowNumber
from hotclub.db.transaction import TransactionManagementError
from hotclub.test.utils import CaptureQueriesContext
from tests.databases import TestDatabase

hotclub.setup()  # models are defined here
REGISTRY = Apps(["tests._orm.sample"])


class Thing(models.Model):
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=40, db_index=True)
    amount = models.IntegerField(default=0)
    data = models.JSONField(default=dict)
    price = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    at = models.DateTimeField(null=True)

    class Meta:
        app_label = "sample"
        apps = REGISTRY
        constraints = [
            models.UniqueConstraint(fields=["name", "amount"], name="thing_name_amount"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="thing_amount"),
        ]


class Part(models.Model):
    thing = models.ForeignKey(Thing, models.CASCADE)

    class Meta:
        app_label = "sample"
        apps = REGISTRY


@pytest.fixture
def tables(database: TestDatabase) -> Iterator[TestDatabase]:
    for model in (Thing, Part):
        model._meta._expire_cache()  # of another database
    with database.tables(Thing, Part):
        yield database


def command(*args: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out, no_color=True, **options)
    return out.getvalue()


# -- introspection and commands --


def test_introspection(tables: TestDatabase) -> None:
    with connection.cursor() as cursor:
        introspection = connection.introspection
        assert {"sample_thing", "sample_part"} <= set(introspection.table_names(cursor))
        columns = {info.name: info for info in introspection.get_table_description(cursor, "sample_thing")}
        assert list(columns) == ["id", "code", "name", "amount", "data", "price", "at"]
        assert columns["price"].null_ok
        assert not columns["name"].null_ok
        assert introspection.get_relations(cursor, "sample_part")["thing_id"][:2] == ("id", "sample_thing")
        constraints = introspection.get_constraints(cursor, "sample_thing")
        assert constraints["thing_name_amount"]["unique"]
        assert constraints["thing_name_amount"]["columns"] == ["name", "amount"]
        assert constraints["thing_amount"]["check"]
        assert any(made["primary_key"] and made["columns"] == ["id"] for made in constraints.values())
        assert any(made["index"] and made["columns"] == ["name"] for made in constraints.values())
        keys = introspection.get_constraints(cursor, "sample_part").values()
        assert any(made["foreign_key"] == ("sample_thing", "id") for made in keys)
        assert introspection.get_sequences(cursor, "sample_thing")[0]["column"] == "id"


def test_inspectdb(tables: TestDatabase) -> None:
    text = command("inspectdb", "sample_thing", "sample_part")
    assert "class SampleThing(models.Model):" in text
    assert "code = models.CharField(unique=True, max_length=20" in text
    assert "amount = models.IntegerField()" in text
    assert "data = models.JSONField()" in text
    if tables.name != "sqlite":  # which does not keep the digits
        assert "price = models.DecimalField(max_digits=7, decimal_places=2, blank=True, null=True)" in text
    assert "at = models.DateTimeField(blank=True, null=True)" in text
    assert "thing = models.ForeignKey(SampleThing, models.DO_NOTHING" in text
    assert "unique_together = (('name', 'amount'),)" in text


def test_sqlflush_and_sqlsequencereset(tables: TestDatabase) -> None:
    from tests._orm.sample.models import Author

    Author.objects.create(name="x")
    with connection.cursor() as cursor:
        flush = connection.ops.sql_flush(_style(), ["sample_author", "sample_book"], allow_cascade=True)
        connection.ops.execute_sql_flush(flush)
        assert Author.objects.count() == 0
        cursor.execute("INSERT INTO sample_author (id, name) VALUES (100041, 'explicit')")
        text = command("sqlsequencereset", "sample")
        for statement in connection.ops.sequence_reset_sql(_style(), [Author]):
            assert statement in text
            cursor.execute(statement)
    assert Author.objects.create(name="next").pk == 100042
    assert "sample_author" in command("sqlflush")


def _style() -> Any:
    from hotclub.core.management.color import no_style

    return no_style()


def test_dbshell(database: TestDatabase) -> None:
    name = connection.client.executable_name
    if shutil.which(name) is None:
        pytest.skip(f"the program {name} is not installed")
    last = {
        "sqlite": ["SELECT 41 + 1"],
        "postgresql": ["-At", "-c", "SELECT 41 + 1"],
        "mariadb": ["-N", "-e", "SELECT 41 + 1"],
    }[database.name]
    arguments, environment = connection.client.settings_to_cmd_args_env(connection.settings_dict, last)
    import os

    done = subprocess.run(
        arguments, env={**os.environ, **(environment or {})}, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stdout.strip()) == (0, "42"), done.stderr


# -- locks --


@pytest.fixture
def locked(tables: TestDatabase) -> Iterator[TestDatabase]:
    """Another connection holds the lock of the thing "a"; "b" is free."""
    if not connection.features.has_select_for_update:
        pytest.skip("SQLite locks the whole database: it has no SELECT FOR UPDATE")
    Thing.objects.bulk_create([Thing(code="a", name="a"), Thing(code="b", name="b")])
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT * FROM sample_thing WHERE code = 'a' FOR UPDATE")
    yield tables
    other.rollback()
    other.close()


def test_nowait_and_skip_locked(locked: TestDatabase) -> None:
    with transaction.atomic():
        free = Thing.objects.select_for_update(skip_locked=True).order_by("code")
        assert [thing.code for thing in free] == ["b"]
    with pytest.raises(DatabaseError), transaction.atomic():
        Thing.objects.select_for_update(nowait=True).get(code="a")
    with transaction.atomic():
        assert Thing.objects.select_for_update(nowait=True).get(code="b").name == "b"
    with pytest.raises(TransactionManagementError, match="select_for_update cannot be used outside of a transaction"):
        list(Thing.objects.select_for_update())


def test_of_and_no_key(tables: TestDatabase) -> None:
    features = connection.features
    if not features.has_select_for_update:
        pytest.skip("SQLite has no SELECT FOR UPDATE")
    Part.objects.create(thing=Thing.objects.create(code="a", name="a"))
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        if features.has_select_for_update_of:
            list(Part.objects.select_related("thing").select_for_update(of=("self",)))
            assert captured[-1]["sql"].endswith('FOR UPDATE OF "sample_part"')
        else:
            with pytest.raises(NotSupportedError, match="FOR UPDATE OF is not supported"):
                list(Part.objects.select_related("thing").select_for_update(of=("self",)))
        if features.has_select_for_no_key_update:
            list(Thing.objects.select_for_update(no_key=True))
            assert captured[-1]["sql"].endswith("FOR NO KEY UPDATE")
        else:
            with pytest.raises(NotSupportedError, match="FOR NO KEY UPDATE is not supported"):
                list(Thing.objects.select_for_update(no_key=True))


# -- plans --


def test_explain_formats(tables: TestDatabase) -> None:
    things = Thing.objects.filter(name="x")
    assert things.explain()
    formats = connection.features.supported_explain_formats
    for name in formats:
        text = things.explain(format=name.lower())
        if name == "JSON":
            assert json.loads(text)
    with pytest.raises(ValueError, match="SQUARE is not a recognized format"):
        things.explain(format="square")
    if connection.vendor == "postgresql":
        text = things.explain(analyze=True, buffers=True, costs=False)
        assert "actual" in text
        assert "cost=" not in text
    elif connection.vendor == "mysql":
        assert things.explain(analyze=True)


# -- collations, upserts, JSON, regular expressions, windows --


def test_collations(tables: TestDatabase) -> None:
    Thing.objects.bulk_create([Thing(code=name, name=name) for name in ("a", "B", "c")])
    exact, loose = {
        "sqlite": ("BINARY", "NOCASE"),
        "postgresql": ("C", "en-x-icu"),
        "mysql": ("utf8mb4_bin", "utf8mb4_general_ci"),
    }[connection.vendor]
    names = Thing.objects.values_list("name", flat=True)
    assert list(names.order_by(Collate("name", exact))) == ["B", "a", "c"]
    assert list(names.order_by(Collate("name", loose))) == ["a", "B", "c"]


def test_upserts(tables: TestDatabase) -> None:
    target = {"unique_fields": ["code"]} if connection.features.supports_update_conflicts_with_target else {}
    Thing.objects.create(code="a", name="old", amount=1)
    rows = [Thing(code="a", name="new", amount=2), Thing(code="b", name="b", amount=3)]
    Thing.objects.bulk_create(rows, update_conflicts=True, update_fields=["name"], **target)
    found = Thing.objects.order_by("code").values_list("code", "name", "amount")
    assert list(found) == [("a", "new", 1), ("b", "b", 3)]
    Thing.objects.bulk_create([Thing(code="a", name="no"), Thing(code="c", name="c")], ignore_conflicts=True)
    assert list(found.values_list("code", "name")) == [("a", "new"), ("b", "b"), ("c", "c")]


def test_json(tables: TestDatabase) -> None:
    Thing.objects.create(code="a", name="a", data={"n": 5, "deep": {"list": [1, {"x": "y"}]}, "null": None})
    Thing.objects.create(code="b", name="b", data={"n": 7, "text": "It's"})

    def codes(**conditions: Any) -> list[str]:
        return list(Thing.objects.filter(**conditions).order_by("code").values_list("code", flat=True))

    assert codes(data__n=5) == ["a"]
    assert codes(data__n__gt=5) == ["b"]
    assert codes(data__deep__list__1__x="y") == ["a"]
    assert codes(data__has_key="text") == ["b"]
    assert codes(data__has_any_keys=["text", "null"]) == ["a", "b"]
    assert codes(data__null=None) == ["a"]
    assert codes(data__text__icontains="it'S") == ["b"]
    assert codes(data__missing__isnull=True) == ["a", "b"]
    if connection.features.supports_json_field_contains:
        assert codes(data__contains={"deep": {"list": [1]}}) == ["a"]
    else:
        with pytest.raises(NotSupportedError):
            codes(data__contains={"n": 5})


def test_regular_expressions(tables: TestDatabase) -> None:
    Thing.objects.bulk_create([Thing(code=str(n), name=name) for n, name in enumerate(["abc", "ABD", "x%s"])])

    def names(**conditions: str) -> set[str]:
        return set(Thing.objects.filter(**conditions).values_list("name", flat=True))

    assert names(name__regex=r"^ab[cd]$") == {"abc"}
    assert names(name__iregex=r"^ab[cd]$") == {"abc", "ABD"}
    assert names(name__contains="%s") == {"x%s"}
    # SQLite's LIKE does not tell the case of ASCII letters, as documented.
    assert names(name__startswith="AB") == ({"ABD", "abc"} if tables.name == "sqlite" else {"ABD"})
    assert names(name__istartswith="AB") == {"abc", "ABD"}


def test_windows(tables: TestDatabase) -> None:
    pairs = [("a", 1), ("a", 3), ("b", 2), ("b", 5)]
    Thing.objects.bulk_create([Thing(code=str(n), name=name, amount=amount) for n, (name, amount) in enumerate(pairs)])
    by_name = {"partition_by": "name", "order_by": "amount"}
    before: Any = Window(Lag("amount", default=Value(0)), **by_name)
    if tables.name == "mariadb":  # which takes no default there, as documented
        before = Coalesce(Window(Lag("amount"), **by_name), Value(0))
    rows = (
        Thing.objects.annotate(
            place=Window(RowNumber(), **by_name),
            before=before,
            running=Window(Sum("amount"), **by_name),
            rank=Window(Rank(), order_by=F("amount").desc()),
        )
        .order_by("name", "amount")
        .values_list("name", "amount", "place", "before", "running", "rank")
    )
    assert [tuple(map(_plain, row)) for row in rows] == [
        ("a", 1, 1, 0, 1, 4),
        ("a", 3, 2, 1, 4, 2),
        ("b", 2, 1, 0, 2, 3),
        ("b", 5, 2, 2, 7, 1),
    ]
    best = Thing.objects.annotate(place=Window(RowNumber(), partition_by="name", order_by="-amount")).filter(place=1)
    assert sorted(best.values_list("code", flat=True)) == ["1", "3"]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)
