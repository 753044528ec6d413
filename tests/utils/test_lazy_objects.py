"""Lazy objects: special methods are those of the wrapped object, in use and when asked for."""

from __future__ import annotations

import copy
import pickle

import pytest

from hotclub.utils.functional import LazyObject, SimpleLazyObject, cached_property


def test_operations_reach_the_wrapped_object() -> None:
    lazy = SimpleLazyObject(lambda: [1, 2])
    assert (len(lazy), list(lazy), 2 in lazy, lazy[0], str(lazy)) == (2, [1, 2], True, 1, "[1, 2]")
    more = [3]
    assert lazy + more == [1, 2, 3]
    assert more + lazy == [3, 1, 2]
    assert isinstance(lazy, list)
    assert lazy == [1, 2]


def test_what_the_wrapped_object_lacks_is_not_there() -> None:
    lazy = SimpleLazyObject(object)
    assert not hasattr(lazy, "__len__")
    assert not hasattr(lazy, "__getitem__")
    with pytest.raises(TypeError):
        len(lazy)
    with pytest.raises(TypeError):
        iter(lazy)


def test_copies_of_what_is_not_made_stay_unmade() -> None:
    made: list[int] = []

    def make() -> list[int]:
        made.append(1)
        return [7]

    lazy = SimpleLazyObject(make)
    copies = [copy.copy(lazy), copy.deepcopy(lazy)]
    assert made == []
    assert [list(one) for one in copies] == [[7], [7]]
    assert pickle.loads(pickle.dumps(SimpleLazyObject(lambda: [7]))) == [7]


def test_a_subclass_without_setup_says_so() -> None:
    with pytest.raises(NotImplementedError, match="_setup"):
        str(LazyObject())


def test_a_cached_property_needs_a_name() -> None:
    class Room:
        pass

    Room.size = cached_property(lambda self: 3)  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="__set_name__"):
        Room().size  # type: ignore[attr-defined]
