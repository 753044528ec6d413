"""The order of tests."""

from __future__ import annotations

import unittest

import pytest

from hotclub.test.ordering import Shuffler, reorder_tests


class Early(unittest.TestCase):
    def test_a(self) -> None: ...
    def test_b(self) -> None: ...


class Late(unittest.TestCase):
    def test_a(self) -> None: ...


TESTS = [Late("test_a"), Early("test_a"), Late("test_a"), Early("test_b")]


def names(tests) -> list[str]:
    return [f"{type(test).__name__}.{test._testMethodName}" for test in tests]


def test_kinds_come_in_order_and_each_test_once() -> None:
    assert names(reorder_tests(TESTS, [Early])) == ["Early.test_a", "Early.test_b", "Late.test_a"]


def test_reversed_within_a_kind_only() -> None:
    assert names(reorder_tests(TESTS, [Early], reverse=True)) == ["Early.test_b", "Early.test_a", "Late.test_a"]


@pytest.mark.parametrize("seed", range(20))
def test_leaving_one_out_keeps_the_order_of_the_others(seed: int) -> None:
    items = [str(number) for number in range(12)]
    whole = Shuffler(seed).shuffle(items, str)
    assert sorted(whole) == sorted(items)
    for missing in items:
        rest = [item for item in items if item != missing]
        assert Shuffler(seed).shuffle(rest, str) == [item for item in whole if item != missing]


def test_the_same_key_twice_is_refused() -> None:
    with pytest.raises(RuntimeError, match="has same hash"):
        Shuffler(1).shuffle(["a", "A"], str.lower)
