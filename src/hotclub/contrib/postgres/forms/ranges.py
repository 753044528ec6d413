"""Ranges in forms: an input for each bound."""

from __future__ import annotations

from typing import Any

from hotclub import forms
from hotclub.core.exceptions import ValidationError
from hotclub.db.backends.postgresql.psycopg_any import RANGE_TYPES, DateRange, DateTimeTZRange, NumericRange
from hotclub.forms.widgets import HiddenInput, MultiWidget
from hotclub.utils.translation import gettext_lazy as _


class RangeWidget(MultiWidget):
    """Two widgets of one kind.

    Args:
        base_widget: widget of a bound, or its class.
    """

    def __init__(self, base_widget: Any, attrs: Any = None) -> None:
        super().__init__((base_widget, base_widget), attrs)

    def decompress(self, value: Any) -> Any:
        """Return both bounds; None for each that is not there."""
        return (value.lower, value.upper) if value else (None, None)


class HiddenRangeWidget(RangeWidget):
    """Both bounds in hidden inputs."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(HiddenInput, attrs)


class BaseRangeField(forms.MultiValueField):
    """Base of the range fields; a bound that is left empty is no bound.

    Attributes:
        base_field: class of the bounds' form field.
        range_type: class of the values.
    """

    default_error_messages = {
        "invalid": _("Enter two valid values."),
        "bound_ordering": _("The start of the range must not exceed the end of the range."),
    }
    hidden_widget = HiddenRangeWidget
    base_field: Any
    range_type: Any

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("fields", [self.base_field(required=False), self.base_field(required=False)])
        kwargs.setdefault("required", False)
        kwargs.setdefault("require_all_fields", False)
        self.range_kwargs: dict[str, Any] = {}
        bounds = kwargs.pop("default_bounds", None)
        if bounds:
            self.range_kwargs = {"bounds": bounds}
        kwargs.setdefault("widget", RangeWidget(self.base_field.widget))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        lower, upper = self.fields
        if isinstance(value, RANGE_TYPES):
            return [lower.prepare_value(value.lower), upper.prepare_value(value.upper)]
        if value is None:
            return [lower.prepare_value(None), upper.prepare_value(None)]
        return value

    def compress(self, data_list: list[Any]) -> Any:
        """Return the range of both bounds; None if neither was entered.

        Raises:
            ValidationError: the lower bound is above the upper one.
        """
        if not data_list:
            return None
        lower, upper = data_list
        if lower is not None and upper is not None and lower > upper:
            raise ValidationError(self.error_messages["bound_ordering"], code="bound_ordering")
        return self.range_type(lower, upper, **self.range_kwargs)


class IntegerRangeField(BaseRangeField):
    """Two whole numbers."""

    default_error_messages = {"invalid": _("Enter two whole numbers.")}
    base_field = forms.IntegerField
    range_type = NumericRange


class DecimalRangeField(BaseRangeField):
    """Two numbers."""

    default_error_messages = {"invalid": _("Enter two numbers.")}
    base_field = forms.DecimalField
    range_type = NumericRange


class DateTimeRangeField(BaseRangeField):
    """Two moments."""

    default_error_messages = {"invalid": _("Enter two valid date/times.")}
    base_field = forms.DateTimeField
    range_type = DateTimeTZRange


class DateRangeField(BaseRangeField):
    """Two days."""

    default_error_messages = {"invalid": _("Enter two valid dates.")}
    base_field = forms.DateField
    range_type = DateRange
