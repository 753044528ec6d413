"""A template that names a writing method of a manager must not run it."""

from __future__ import annotations

import pytest

from hotclub._orm.relations.many_managers import ManyRelatedManager
from hotclub._orm.relations.reverse_managers import NullableReverseRelatedManager, ReverseRelatedManager
from hotclub.contrib.contenttypes.generic_relation import GenericRelatedManager

VERBS = ("add", "create", "get_or_create", "update_or_create", "remove", "clear", "set")


@pytest.mark.parametrize(
    "kind", [ReverseRelatedManager, NullableReverseRelatedManager, ManyRelatedManager, GenericRelatedManager]
)
def test_writing_methods_of_related_managers_are_marked(kind: type) -> None:
    names = [name for verb in VERBS for name in (verb, f"a{verb}") if hasattr(kind, name)]
    assert len(names) >= 10
    assert [name for name in names if not getattr(getattr(kind, name), "alters_data", False)] == []
