"""Merging of media keeps the order of each list."""

from __future__ import annotations

import pytest

from hotclub.forms import Media, Script
from hotclub.forms.widgets import MediaOrderConflictWarning


@pytest.mark.parametrize(
    ("lists", "merged"),
    [
        ([[1, 2], [3, 4]], [1, 3, 2, 4]),
        ([[2, 3], [1, 2]], [1, 2, 3]),
        ([], []),
    ],
)
def test_order_is_kept(lists: list[list[int]], merged: list[int]) -> None:
    assert Media.merge(*lists) == merged


def test_contradicting_lists_warn() -> None:
    with pytest.warns(MediaOrderConflictWarning, match="opposite order"):
        assert Media.merge([1, 2], [2, 1]) == [1, 2]


def test_an_attribute_cannot_be_set_twice() -> None:
    with pytest.raises(ValueError, match="conflicting attributes: nonce"):
        Script("a.js", nonce="x").render(attrs={"nonce": "y"})


def test_paths_are_escaped() -> None:
    assert str(Media(js=['/a"><b'])) == '<script src="/a&quot;&gt;&lt;b"></script>'
