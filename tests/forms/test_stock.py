"""The functions that stand for built-in templates give what the templates give."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from hotclub import forms
from hotclub.forms.renderers import BaseRenderer, DjangoTemplates
from hotclub.forms.stock import STOCK


class ByTemplate(DjangoTemplates):
    """Renders the files, whatever they are."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        return BaseRenderer.render(self, template_name, context, request)


CHOICES = [("1", "<one>"), ("G&", [("2", "two"), (3, "three")])]


class Everything(forms.Form):
    required_css_class = "needed"

    text = forms.CharField(max_length=9, label="<Text>", help_text="<b>help</b>")
    number = forms.DecimalField(decimal_places=2, initial=1234.5, localize=True)
    day = forms.DateField(widget=forms.SelectDateWidget(years=[2026]))
    moment = forms.SplitDateTimeField(initial=datetime.datetime(2026, 11, 21, 2, 3))
    hidden = forms.CharField(widget=forms.HiddenInput)
    one = forms.ChoiceField(choices=CHOICES)
    radio = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect(attrs={"class": "r"}))
    several = forms.MultipleChoiceField(choices=CHOICES, widget=forms.CheckboxSelectMultiple, help_text="some")
    carried = forms.MultipleChoiceField(choices=CHOICES, widget=forms.MultipleHiddenInput, initial=["1", "2"])
    long = forms.CharField(widget=forms.Textarea(attrs={"data-x": '"', "readonly": True}), initial="</textarea>")
    agree = forms.BooleanField()
    upload = forms.FileField()


DATA = {"text": '"><script>', "one": "2", "several": ["1"], "hidden": "", "long": "<", "agree": "on"}


@pytest.mark.parametrize("data", [None, {}, DATA])
@pytest.mark.parametrize("layout", ["as_div", "as_p", "as_ul", "as_table"])
@pytest.mark.parametrize("auto_id", ["id_%s", False])
def test_functions_equal_templates(data: Any, layout: str, auto_id: Any) -> None:
    direct = getattr(Everything(data, auto_id=auto_id, renderer=DjangoTemplates()), layout)()
    by_template = getattr(Everything(data, auto_id=auto_id, renderer=ByTemplate()), layout)()
    assert "".join(direct.split()) == "".join(by_template.split())


def test_an_option_with_a_template_of_its_own_is_left_to_the_template() -> None:
    context = forms.Select(choices=CHOICES).get_context("a", "1", {})
    context["widget"]["optgroups"][0][1][0]["template_name"] = "own.html"
    assert STOCK["hotclub/forms/widgets/select.html"](context) is None


def test_every_stock_template_exists_as_a_file() -> None:
    renderer = DjangoTemplates()
    for name in STOCK:
        assert renderer.get_template(name)
