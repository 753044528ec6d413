"""The order of tests: by kind of test case, reversed, or shuffled in a way that a seed repeats. Runs nothing."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest import TestSuite

from hotclub.test.utils import iter_test_cases


class Shuffler:
    """Puts items in an order that depends on a seed and on each item alone.

    Leaving an item out does not change the order of the others: that is how a failing order is narrowed down.

    Args:
        seed: of the order; a random one, if None.
    """

    __module__ = "hotclub.test.runner"
    hash_algorithm = "md5"

    @classmethod
    def _hash_text(cls, text: str) -> str:
        digest = hashlib.new(cls.hash_algorithm, usedforsecurity=False)
        digest.update(text.encode("utf-8"))
        return digest.hexdigest()

    def __init__(self, seed: int | str | None = None) -> None:
        # Ten digits are easy to type again.
        self.seed = random.randint(0, 10**10 - 1) if seed is None else seed
        self.seed_source = "generated" if seed is None else "given"

    @property
    def seed_display(self) -> str:
        """The seed and where it comes from."""
        return f"{self.seed!r} ({self.seed_source})"

    def _hash_item(self, item: Any, key: Callable[[Any], str]) -> str:
        return self._hash_text(f"{self.seed}{key(item)}")

    def shuffle(self, items: Iterable[Any], key: Callable[[Any], str]) -> list[Any]:
        """Return the items in a new order.

        Raises:
            RuntimeError: two items have the same key.
        """
        hashes: dict[str, Any] = {}
        for item in items:
            digest = self._hash_item(item, key)
            if digest in hashes:
                raise RuntimeError(f"item {item!r} has same hash {digest!r} as item {hashes[digest]!r}")
            hashes[digest] = item
        return [hashes[digest] for digest in sorted(hashes)]


def _class_of(test: Any) -> type:
    return type(test)


def _by_class(tests: Iterable[Any]) -> dict[type, list[Any]]:
    bins: dict[type, list[Any]] = {}
    for test in tests:
        bins.setdefault(_class_of(test), []).append(test)
    return bins


def _class_name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def shuffle_tests(tests: Iterable[Any], shuffler: Shuffler) -> Iterator[Any]:
    """Shuffle tests; those of a class stay together."""
    bins = _by_class(tests)
    for cls in shuffler.shuffle(bins, key=_class_name):
        yield from shuffler.shuffle(bins[cls], key=lambda test: str(test.id()))


def reorder_test_bin(tests: Iterable[Any], shuffler: Shuffler | None = None, reverse: bool = False) -> Iterator[Any]:
    """Order the tests of one kind."""
    if shuffler is None:
        grouped = [test for members in _by_class(tests).values() for test in members]
        return reversed(grouped) if reverse else iter(grouped)
    shuffled = shuffle_tests(tests, shuffler)
    return reversed(list(shuffled)) if reverse else shuffled


def reorder_tests(
    tests: Iterable[Any], classes: Iterable[type], reverse: bool = False, shuffler: Shuffler | None = None
) -> Iterator[Any]:
    """Order tests by kind, each test once.

    Args:
        tests: tests in the order in which they were found.
        classes: kinds; tests of the first come first, tests of none last.
        reverse: within a kind.
        shuffler: within a kind.
    """
    kinds = list(classes)
    bins: list[dict[Any, None]] = [{} for _ in range(len(kinds) + 1)]
    *_, last = bins
    for test in tests:
        chosen = next((members for kind, members in zip(kinds, bins, strict=False) if isinstance(test, kind)), last)
        chosen[test] = None
    for members in bins:
        yield from reorder_test_bin(list(members), shuffler=shuffler, reverse=reverse)


def suites_by_class(suite: TestSuite) -> list[TestSuite]:
    """Return a suite for each run of neighbouring tests of one class."""
    suite_class = type(suite)
    return [suite_class(tests) for _cls, tests in itertools.groupby(iter_test_cases(suite), key=_class_of)]


for _public in (shuffle_tests, reorder_test_bin, reorder_tests, suites_by_class):
    _public.__module__ = "hotclub.test.runner"
