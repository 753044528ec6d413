"""Enumerations for choices, and choices in their other spellings."""

from __future__ import annotations

import pytest

from hotclub.db.models.enums import IntegerChoices, TextChoices
from hotclub.utils.choices import CallableChoiceIterator, flatten_choices, normalize_choices


class Suit(IntegerChoices):
    DIAMOND = 1, "Diamond"
    HEART_OF_GOLD = 2


class Year(TextChoices):
    FRESH = "FR", "Fresh"

    __empty__ = "(unknown)"


def test_labels_values_and_names() -> None:
    assert Suit.choices == [(1, "Diamond"), (2, "Heart Of Gold")]
    assert Suit.labels == ["Diamond", "Heart Of Gold"]
    assert Year.choices == [(None, "(unknown)"), ("FR", "Fresh")]
    assert Year.names == ["__empty__", "FRESH"]
    assert f"{Year.FRESH}" == "FR"
    assert Suit.DIAMOND.label == "Diamond"
    assert 1 in Suit
    assert 7 not in Suit


def test_two_members_may_not_share_a_value() -> None:
    with pytest.raises(ValueError, match="duplicate values found"):
        IntegerChoices("Bad", [("ONE", 1), ("UNO", 1)])


def test_spellings_of_choices() -> None:
    assert normalize_choices({"a": "A", "Group": {"b": "B"}}) == [("a", "A"), ("Group", [("b", "B")])]
    assert normalize_choices(Suit) == Suit.choices
    lazy = normalize_choices(lambda: [("x", "X")])
    assert isinstance(lazy, CallableChoiceIterator)
    assert lazy == [("x", "X")]
    assert list(flatten_choices([("G", [("b", "B")]), ("c", "C")])) == [("b", "B"), ("c", "C")]


@pytest.mark.parametrize("bad", [42, "abc", ["ab"], [1, 2]])
def test_what_is_no_choices_is_left_for_the_checks(bad: object) -> None:
    assert normalize_choices(bad) == bad
