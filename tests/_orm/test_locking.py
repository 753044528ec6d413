"""`select_for_update()`: where it may be used, and which tables it names."""

from __future__ import annotations

import pytest

from tests.databases import TestDatabase
from tests.halves import Halves


async def test_it_is_refused_outside_of_a_transaction(database: TestDatabase, halves: Halves) -> None:
    from hotclub.db.transaction import TransactionManagementError
    from tests._orm.sample.models import Author

    await halves(Author.objects.create)(name="One")
    query = Author.objects.select_for_update()
    if not database.connection.features.has_select_for_update:
        assert len(await halves.listed(query)) == 1
        return
    for _time in range(2):  # the second time the plan is known
        with pytest.raises(TransactionManagementError, match="outside of a transaction"):
            await halves.listed(query.all())
        async with halves.atomic():
            assert len(await halves.listed(query.all())) == 1


async def test_of_names_what_the_query_loads(database: TestDatabase, halves: Halves) -> None:
    from hotclub.core.exceptions import FieldError
    from hotclub.db import connection
    from tests._orm.sample.models import Book, Loan

    if not connection.features.has_select_for_update_of:
        pytest.skip("this database locks all tables of a query or none: it has no OF")
    book = await halves(Book.objects.create)(title="x")
    await halves(Loan.objects.create)(book=book)
    query = Loan.objects.select_related("book").select_for_update(of=("book",))
    assert 'FOR UPDATE OF "sample_book"' in str(query.query)
    async with halves.atomic():
        assert [loan.book for loan in await halves.listed(query)] == [book]
    with pytest.raises(FieldError, match=r"of=\(...\)\): title\. .* Choices are: self, book\."):
        str(Loan.objects.select_related("book").select_for_update(of=("title",)).query)
