"""Fields: what they accept, what they refuse, and that hostile input costs little."""

from __future__ import annotations

import copy
import datetime
import time
from decimal import Decimal
from typing import Any

import pytest

from hotclub import forms
from hotclub.core.exceptions import ValidationError


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (forms.CharField(), "  a ", "a"),
        (forms.IntegerField(), "12.00", 12),
        (forms.FloatField(), "1.5", 1.5),
        (forms.DecimalField(), "1.50", Decimal("1.50")),
        (forms.BooleanField(required=False), "false", False),
        (forms.NullBooleanField(), "unknown", None),
        (forms.DateField(), "2026-11-21", datetime.date(2026, 11, 21)),
        (forms.DurationField(), "1 02:03:04", datetime.timedelta(days=1, hours=2, minutes=3, seconds=4)),
        (forms.URLField(), "example.com/a", "https://example.com/a"),
        (forms.JSONField(), '{"a": [1]}', {"a": [1]}),
        (forms.TypedChoiceField(choices=[(1, "one")], coerce=int), "1", 1),
        (forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")]), ["a"], ["a"]),
    ],
)
def test_text_becomes_a_value(field: Any, text: Any, value: Any) -> None:
    assert field.clean(text) == value


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        (forms.CharField(), "", "required"),
        (forms.CharField(max_length=2), "abc", "max_length"),
        (forms.CharField(), "a\x00b", "null_characters_not_allowed"),
        (forms.IntegerField(), "1.5", "invalid"),
        (forms.FloatField(), "nan", "invalid"),
        (forms.DecimalField(), "Infinity", "invalid"),
        (forms.IntegerField(min_value=3), "2", "min_value"),
        (forms.ChoiceField(choices=[("a", "A")]), "b", "invalid_choice"),
        (forms.MultipleChoiceField(choices=[("a", "A")]), "a", "invalid_list"),
        (forms.UUIDField(), "not-a-uuid", "invalid"),
        (forms.URLField(), "http://[a", "invalid"),
        (forms.JSONField(), "[" * 100_000, "invalid"),
    ],
)
def test_a_wrong_text_is_an_error_with_its_code(field: Any, text: Any, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        field.clean(text)
    assert [error.code for error in caught.value.error_list] == [code]


def test_each_form_has_its_own_fields() -> None:
    class Order(forms.Form):
        size = forms.ChoiceField(choices=[("s", "Small")])

    first, second = Order(), Order()
    first.fields["size"].choices.append(("l", "Large"))
    first.fields["size"].widget.attrs["class"] = "wide"
    assert second.fields["size"].choices == [("s", "Small")]
    assert second.fields["size"].widget.attrs == {}


def test_a_copied_multi_value_field_owns_its_parts() -> None:
    field = forms.SplitDateTimeField()
    copied = copy.deepcopy(field)
    assert copied.fields[0] is not field.fields[0]


@pytest.mark.parametrize("field", [forms.IntegerField(), forms.URLField(), forms.EmailField(), forms.SlugField()])
def test_twice_the_text_costs_about_twice_the_time(field: Any) -> None:
    def cost(size: int) -> float:
        text = "1" * size + "." + "0" * size + "x"
        best = 1.0
        for _attempt in range(3):
            start = time.perf_counter()
            with pytest.raises(ValidationError):
                field.clean(text)
            best = min(best, time.perf_counter() - start)
        return best

    # A quadratic step would cost a hundred times as much; the allowance is for noise.
    assert cost(20_000) < 60 * max(cost(2_000), 0.0005)
