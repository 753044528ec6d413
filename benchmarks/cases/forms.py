"""A form of 20 fields: validated, and rendered."""

from __future__ import annotations

from benchmarks.cases.case import Case, repeated, simple


def form_class():
    from django import forms

    fields = {}
    for i in range(5):
        fields[f"text{i}"] = forms.CharField(max_length=50)
        fields[f"number{i}"] = forms.IntegerField(min_value=0)
        fields[f"mail{i}"] = forms.EmailField(required=False)
        fields[f"choice{i}"] = forms.ChoiceField(choices=[(str(n), f"Choice {n}") for n in range(5)])
    return type("Twenty", (forms.Form,), fields)


def data():
    values = {}
    for i in range(5):
        values |= {f"text{i}": "some text", f"number{i}": "42", f"mail{i}": "a@example.com", f"choice{i}": "3"}
    return values


def validating(scale):
    Twenty, values = form_class(), data()

    def work():
        form = Twenty(values)
        assert form.is_valid()
        return form

    return repeated(work), lambda: sorted(work().cleaned_data.items())


def rendering(scale):
    Twenty = form_class()
    run, _ = simple(lambda: Twenty().as_p())
    return run, lambda: "".join(str(Twenty().as_p()).split())


CASES = [
    Case("form: 20 fields validated", validating),
    Case("form: 20 fields rendered", rendering),
]
