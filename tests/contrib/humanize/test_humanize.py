from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotclub.contrib.humanize.templatetags.humanize import apnumber, intcomma, intword, naturaltime, ordinal


@pytest.mark.parametrize(
    ("function", "value", "shown"),
    [
        (ordinal, 1, "1st"),
        (ordinal, 112, "112th"),
        (ordinal, "x", "x"),
        (intcomma, 1234567, "1,234,567"),
        (intcomma, "-1234.5", "-1,234.5"),
        (intcomma, None, "None"),
        (intword, 999_999, 999_999),
        (intword, 1_200_000, "1.2 million"),
        (intword, -(10**100), "-1.0 googol"),
        (apnumber, 3, "three"),
        (apnumber, 10, 10),
    ],
)
def test_numbers(function: Any, value: Any, shown: Any) -> None:
    assert function(value) == shown


def test_long_numbers_cost_in_proportion() -> None:
    digits = "9" * 4000
    assert intcomma(digits, use_l10n=False).replace(",", "") == digits


def test_moments() -> None:
    now = datetime.now(UTC)
    assert naturaltime(now - timedelta(seconds=90)) == "a minute ago"
    assert naturaltime(now + timedelta(hours=5, seconds=5)) == "5\xa0hours from now"
    assert naturaltime("text") == "text"
