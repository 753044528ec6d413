"""Readers: what is compiled, when, and what it is shared by."""

from __future__ import annotations

from typing import Any

import pytest

from hotclub._orm import rows
from hotclub.db.models.signals import post_init
from tests.databases import TestDatabase


@pytest.fixture
def authors(database: TestDatabase) -> Any:
    from tests._orm.sample.models import Author

    Author.objects.create(name="Ann")
    Author.objects.create(name="Ben")
    return Author.objects


def test_plans_that_read_the_same_columns_share_their_code(authors: Any) -> None:
    list(authors.filter(name="Ann"))
    compiled = rows._maker.cache_info().misses
    for queryset in (
        authors.filter(pk__gt=0, name__gt=""),
        authors.exclude(name="x").order_by("-pk"),
        authors.all()[:1],
    ):
        assert list(queryset)
    assert rows._maker.cache_info().misses == compiled


def test_a_plan_that_finds_nothing_writes_no_reader(authors: Any) -> None:
    compiled = rows._maker.cache_info()
    assert not list(authors.filter(name="nobody", born__isnull=False).only("name"))
    assert rows._maker.cache_info() == compiled


def test_a_receiver_that_comes_later_sees_the_instances_of_a_known_plan(authors: Any) -> None:
    seen: list[str] = []

    def note(instance: Any, **kwargs: Any) -> None:
        seen.append(instance.name)

    assert len(authors.order_by("name")) == 2
    post_init.connect(note, sender=authors.model)
    try:
        assert len(authors.order_by("name")) == 2
    finally:
        post_init.disconnect(note, sender=authors.model)
    assert len(authors.order_by("name")) == 2
    assert seen == ["Ann", "Ben"]
