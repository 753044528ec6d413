"""`hotclub.contrib.postgres` on a real server: stored, searched, refused, in both halves."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.halves import Halves

pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
pytestmark = pytest.mark.parametrize("_chosen_database", ["postgresql"], indirect=True)


def span(first: int, last: int) -> tuple[datetime.date, datetime.date]:
    return datetime.date(2026, 1, first), datetime.date(2026, 1, last)


async def test_values_come_back_as_they_went(stay: Any, halves: Halves) -> None:
    from hotclub.db.backends.postgresql.psycopg_any import DateRange, NumericRange

    made = await halves(stay.objects.create)(
        room=1,
        days=span(1, 4),
        prices=(Decimal("1.5"), None),
        guests=["O'Neil", 'say "hi"', "a,b", "{x}", "back\\slash"],
        grid=[[1, None], [3, 4]],
        extras={"bed": "double", "view": None, 'k"=>': "'; --"},
    )
    found = await halves(stay.objects.get)(pk=made.pk)
    assert found.days == DateRange(*span(1, 4))
    assert found.prices == NumericRange(Decimal("1.5"), None, "[)")
    assert found.guests == ["O'Neil", 'say "hi"', "a,b", "{x}", "back\\slash"]
    assert found.grid == [[1, None], [3, 4]]
    assert found.extras == {"bed": "double", "view": None, 'k"=>': "'; --"}


async def test_bulk_writes_and_updates(stay: Any, halves: Halves) -> None:
    rows = [stay(room=room, guests=[f"g{room}"], extras={"n": str(room)}) for room in range(3)]
    await halves(stay.objects.bulk_create)(rows)
    await halves(stay.objects.filter(room=1).update)(guests=["x", "y"], days=span(2, 3))
    found = await halves(stay.objects.get)(guests__len=2)
    assert (found.room, found.guests) == (1, ["x", "y"])


async def test_lookups_of_arrays(stay: Any, halves: Halves) -> None:
    for room, guests in enumerate((["ann"], ["ann", "bob"], ["cid"], [])):
        await halves(stay.objects.create)(room=room, guests=guests)

    async def rooms(**conditions: Any) -> list[int]:
        return [each.room for each in await halves.listed(stay.objects.filter(**conditions).order_by("room"))]

    # The same shape with other values: nothing of the first call stays in the statement.
    assert await rooms(guests__contains=["ann"]) == [0, 1]
    assert await rooms(guests__contains=["bob"]) == [1]
    assert await rooms(guests__contained_by=["ann", "cid"]) == [0, 2, 3]
    assert await rooms(guests__overlap=["bob", "cid"]) == [1, 2]
    assert await rooms(guests__overlap=stay.objects.filter(room=1).values("guests")) == [0, 1]
    assert await rooms(guests=["ann", "bob"]) == [1]
    assert await rooms(guests__in=[["ann"], ["cid"]]) == [0, 2]
    assert await rooms(guests__1="bob") == [1]
    assert await rooms(guests__0_2=["ann", "bob"]) == [1]
    assert await rooms(guests__len=0) == [3]


async def test_lookups_of_ranges_and_mappings(stay: Any, halves: Halves) -> None:
    await halves(stay.objects.create)(room=1, days=span(1, 4), extras={"bed": "double"})
    await halves(stay.objects.create)(room=2, days=span(5, 9), extras={"bed": "twin", "cot": "yes"})

    async def rooms(**conditions: Any) -> list[int]:
        return [each.room for each in await halves.listed(stay.objects.filter(**conditions).order_by("room"))]

    assert await rooms(days__contains=datetime.date(2026, 1, 3)) == [1]
    assert await rooms(days__contains=span(6, 7)) == [2]
    assert await rooms(days__overlap=span(3, 6)) == [1, 2]
    assert await rooms(days__fully_lt=span(5, 9)) == [1]
    assert await rooms(days__adjacent_to=span(4, 5)) == [1, 2]
    assert await rooms(days__startswith__gte=datetime.date(2026, 1, 2)) == [2]
    assert await rooms(room__contained_by=(2, 5)) == [2]
    assert await rooms(extras__bed="twin") == [2]
    assert await rooms(extras__has_key="cot") == [2]
    assert await rooms(extras__contains={"bed": "double"}) == [1]
    assert await rooms(extras__keys__contains=["bed"]) == [1, 2]
    assert await rooms(**{"extras__x' = 'y') OR 1 = 1 OR ('": "z"}) == []


async def test_search(stay: Any, halves: Halves) -> None:
    from hotclub.contrib.postgres.search import (
        Lexeme,
        SearchHeadline,
        SearchQuery,
        SearchRank,
        SearchVector,
        TrigramSimilarity,
    )

    await halves(stay.objects.create)(room=1, note="A quiet room with a view of the garden")
    await halves(stay.objects.create)(room=2, note="Loud, next to the garden's bar; a garden chair")
    await halves(stay.objects.update)(note_vector=SearchVector("note", config="english"))

    async def rooms(query: Any) -> list[int]:
        return [each.room for each in await halves.listed(query)]

    assert await rooms(stay.objects.filter(note__search="quiet views")) == [1]
    assert await rooms(stay.objects.filter(note_vector=SearchQuery("bars", config="english"))) == [2]
    both = SearchQuery("garden") & ~SearchQuery("loud")
    assert await rooms(stay.objects.annotate(v=SearchVector("note")).filter(v=both)) == [1]
    ranked = stay.objects.annotate(rank=SearchRank("note", "garden", weights=[0.1, 0.2, 0.4, 1])).order_by("-rank")
    assert await rooms(ranked) == [2, 1]
    shown = SearchHeadline("note", "view", start_sel='<i class="x">', stop_sel="</i>")
    found = await halves(stay.objects.annotate(shown=shown).get)(room=1)
    assert '<i class="x">view</i>' in found.shown
    alike = stay.objects.annotate(alike=TrigramSimilarity("note", "quiet room")).filter(alike__gt=0.2)
    assert await rooms(alike) == [1]
    assert await rooms(stay.objects.filter(note__unaccent__icontains="GÁRDEN CHAÎR")) == [2]
    prefix = SearchQuery(Lexeme("gard", prefix=True) & ~Lexeme("loud"))
    assert await rooms(stay.objects.annotate(v=SearchVector("note")).filter(v=prefix)) == [1]


@pytest.mark.parametrize("text", ["'", "' | 'a", "!(a & b)", "a:*", "\\'", "a' <-> 'b", "&|!()", "  "])
async def test_a_strangers_words_are_no_operators(stay: Any, halves: Halves, text: str) -> None:
    from hotclub.contrib.postgres.search import Lexeme, SearchQuery, SearchVector

    await halves(stay.objects.create)(room=1, note="anything")
    query = stay.objects.annotate(v=SearchVector("note")).filter(v=SearchQuery(Lexeme(text)))
    assert await halves.listed(query) == []
    assert await halves.listed(stay.objects.filter(note__search=text)) == []


async def test_aggregates(stay: Any, halves: Halves) -> None:
    from hotclub.contrib.postgres.aggregates import ArrayAgg, BoolOr, Corr
    from hotclub.contrib.postgres.expressions import ArraySubquery
    from hotclub.db.models import F, Q

    for room in (3, 1, 2):
        await halves(stay.objects.create)(room=room, guests=["ann"] * room)
    found = await halves(stay.objects.aggregate)(
        rooms=ArrayAgg("room", order_by="-room"),
        some=ArrayAgg("room", filter=Q(room__gt=9), default=[]),
        large=BoolOr(Q(room__gt=2)),
        corr=Corr(y="room", x=F("guests__len")),
    )
    assert found == {"rooms": [3, 2, 1], "some": [], "large": True, "corr": 1.0}
    others = ArraySubquery(stay.objects.order_by("room").values("room"))
    assert (await halves(stay.objects.annotate(others=others).first)()).others == [1, 2, 3]


async def test_two_stays_at_a_time_are_refused(stay: Any, halves: Halves) -> None:
    from hotclub.core.exceptions import ValidationError
    from hotclub.db import IntegrityError

    first = await halves(stay.objects.create)(room=1, days=span(1, 5))
    clash = stay(room=1, days=span(4, 6))
    with pytest.raises(IntegrityError):
        async with halves.atomic():
            await halves(clash.save)()
    constraint = stay._meta.constraints[0]
    if halves.name == "sync":
        with pytest.raises(ValidationError, match="one_stay_at_a_time"):
            constraint.validate(stay, clash)
        constraint.validate(stay, first)
        constraint.validate(stay, stay(room=2, days=span(4, 6)))
        constraint.validate(stay, clash, exclude={"days"})
    assert await halves(stay.objects.count)() == 1


def test_the_schema_says_what_was_asked(stay: Any) -> None:
    from hotclub.contrib.postgres.indexes import BloomIndex, BTreeIndex, OpClass
    from hotclub.db import connection
    from hotclub.db.models.functions import Lower

    with connection.cursor() as cursor:
        known = connection.introspection.get_constraints(cursor, stay._meta.db_table)
    assert (known["stay_guests"]["type"], known["stay_guests"]["options"]) == ("gin", ["fastupdate=off"])
    assert "one_stay_at_a_time" in known
    index = BTreeIndex(OpClass(Lower("note"), name="text_pattern_ops").desc(), name="stay_note", fillfactor=70)
    with connection.schema_editor() as editor:
        sql = str(index.create_sql(stay, editor))
        editor.add_index(stay, index)
    assert sql.endswith('USING btree ((LOWER("note")) text_pattern_ops DESC) WITH (fillfactor = 70)')
    with pytest.raises(ValueError, match="length must be None or an integer from 1 to 4096"):
        BloomIndex(fields=["note"], name="x", length=5000)


def test_defaults_and_wrong_definitions_are_reported(stay: Any) -> None:
    from hotclub.contrib.postgres.fields import ArrayField, HStoreField
    from hotclub.db import models

    class Wrong(models.Model):
        shared = ArrayField(models.IntegerField(), default=[])
        inner = ArrayField(models.CharField(max_length=-1))
        related = ArrayField(models.ForeignKey("sample.Author", models.CASCADE))
        mapping = HStoreField(default={})

        class Meta:
            app_label = "sample"
            apps = stay._meta.apps

    found = {each.obj.name: each.id for each in Wrong.check()}
    assert found == {
        "shared": "fields.E010",
        "inner": "postgres.E001",
        "related": "postgres.E002",
        "mapping": "fields.E010",
    }
    assert [each.id for each in stay.check(databases=["default"])] == []


def test_ranges_in_migrations_can_be_run(stay: Any) -> None:
    from hotclub.contrib.postgres.fields import DecimalRangeField
    from hotclub.db.backends.postgresql.psycopg_any import NumericRange
    from hotclub.db.migrations.writer import MigrationWriter

    field = DecimalRangeField(default=NumericRange(Decimal("1.5"), None, "(]"))
    source, imports = MigrationWriter.serialize(field)
    names: dict[str, Any] = {}
    exec("\n".join(sorted(imports)), names)
    assert eval(source, names).default == NumericRange(Decimal("1.5"), None, "(]")


@pytest.mark.parametrize(
    ("entered", "result"),
    [("a,b", ["a", "b"]), ("", []), ("a,,b", "Item 2 in the array did not validate: This field is required.")],
)
def test_arrays_in_forms(stay: Any, entered: str, result: Any) -> None:
    from hotclub import forms
    from hotclub.contrib.postgres.forms import SimpleArrayField

    class Form(forms.Form):
        names = SimpleArrayField(forms.CharField(max_length=5), required=False)

    form = Form({"names": entered})
    if form.is_valid():
        assert form.cleaned_data == {"names": result}
    else:
        assert form.errors == {"names": [result]}
