"""`StringAgg` with order, condition and delimiter, on each database in its own words."""

from __future__ import annotations

import pytest

from tests.databases import TestDatabase
from tests.halves import Halves


async def test_texts_are_joined_in_order(database: TestDatabase, halves: Halves) -> None:
    from hotclub.db import NotSupportedError
    from hotclub.db.models import StringAgg, Value
    from tests._orm.sample.models import Author

    for name in ("Cid", "Ann", "Bob"):
        await halves(Author.objects.create)(name=name)
    everyone = StringAgg("name", Value("'; %s"), order_by="-name")
    if not database.connection.features.supports_aggregate_order_by_clause:  # SQLite before 3.44
        with pytest.raises(NotSupportedError, match="order on aggregates"):
            await halves(Author.objects.aggregate)(everyone=everyone)
        return
    assert await halves(Author.objects.aggregate)(everyone=everyone) == {"everyone": "Cid'; %sBob'; %sAnn"}


async def test_a_condition_and_a_default(database: TestDatabase, halves: Halves) -> None:
    from hotclub.db.models import Q, StringAgg, Value
    from tests._orm.sample.models import Author

    await halves(Author.objects.create)(name="Ann")
    await halves(Author.objects.create)(name="Zoe")
    found = await halves(Author.objects.aggregate)(
        some=StringAgg("name", Value(","), filter=Q(name__lt="C")),
        none=StringAgg("name", Value(","), filter=Q(name="x"), default=Value("nobody")),
    )
    assert found == {"some": "Ann", "none": "nobody"}
