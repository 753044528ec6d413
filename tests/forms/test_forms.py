"""Forms: cleaning, errors, rendering, formsets."""

from __future__ import annotations

import json

import pytest

from hotclub import forms
from hotclub.core.exceptions import ValidationError
from hotclub.forms.renderers import Jinja2


class Booking(forms.Form):
    name = forms.CharField(max_length=5, help_text="as on the ticket")
    seats = forms.IntegerField(min_value=1)
    note = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> None:
        if self.cleaned_data.get("seats") == 13:
            raise ValidationError("No such row.", code="row")


def test_valid_data_are_cleaned() -> None:
    form = Booking({"name": " Ada ", "seats": "2"})
    assert form.is_valid()
    assert form.cleaned_data == {"name": "Ada", "seats": 2, "note": ""}


def test_errors_keep_their_codes() -> None:
    form = Booking({"name": "Ada", "seats": "13"})
    assert not form.is_valid()
    assert form.has_error(None, "row")
    assert json.loads(form.errors.as_json()) == {"__all__": [{"message": "No such row.", "code": "row"}]}


def test_a_field_is_rendered_with_what_assistive_technology_needs() -> None:
    form = Booking({"name": "Adelaide", "seats": "1"})
    html = form["name"].as_widget()
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_error"' in str(form["name"].errors)


def test_values_and_errors_are_escaped() -> None:
    form = Booking({"name": '"><script>', "seats": "<b>"})
    html = form.as_p()
    assert "<script>" not in html
    assert 'value="&lt;b&gt;"' in html


@pytest.mark.parametrize("layout", ["as_div", "as_p", "as_ul", "as_table"])
def test_both_engines_render_the_same_controls(layout: str) -> None:
    pytest.importorskip("jinja2", reason="the second engine is an extra")
    ours = getattr(Booking(), layout)()
    theirs = getattr(Booking(renderer=Jinja2()), layout)()
    assert "".join(ours.split()) == "".join(theirs.split())


def test_a_formset_is_bounded_by_absolute_max() -> None:
    rows = forms.formset_factory(Booking, max_num=2, absolute_max=3)
    bound = rows({"form-TOTAL_FORMS": "1000000", "form-INITIAL_FORMS": "0"})
    assert len(bound.forms) == 3
    assert bound.non_form_errors() == ["Please submit at most 2 forms."]


def test_a_formset_without_its_management_form_says_so() -> None:
    bound = forms.formset_factory(Booking)({"x": "1"})
    assert not bound.is_valid()
    assert bound.non_form_errors().as_data()[0].code == "missing_management_form"


def test_deleted_rows_need_not_be_valid() -> None:
    rows = forms.formset_factory(Booking, can_delete=True)
    bound = rows(
        {
            "form-TOTAL_FORMS": "1",
            "form-INITIAL_FORMS": "1",
            "form-0-name": "too long a name",
            "form-0-DELETE": "on",
        }
    )
    assert bound.is_valid()
    assert len(bound.deleted_forms) == 1
