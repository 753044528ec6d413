"""Fields for numbers. Must not know forms."""

from __future__ import annotations

import math
import re
from decimal import Decimal, DecimalException
from typing import Any

from hotclub._forms.fields.field import Field
from hotclub._forms.widgets import NumberInput
from hotclub._forms.widgets.widget import Widget
from hotclub.core import validators
from hotclub.core.exceptions import ValidationError
from hotclub.utils.formats import sanitize_separators
from hotclub.utils.translation import gettext_lazy as _


class IntegerField(Field):
    """A whole number.

    Args:
        max_value: greatest allowed value.
        min_value: least allowed value.
        step_size: the value must be a multiple of it, counted from `min_value`.
        **kwargs: those of `Field`.
    """

    widget = NumberInput
    default_error_messages = {"invalid": _("Enter a whole number.")}
    re_decimal = re.compile(r"\.0*\s*$")

    def __init__(self, *, max_value: Any = None, min_value: Any = None, step_size: Any = None, **kwargs: Any) -> None:
        self.max_value = max_value
        self.min_value = min_value
        self.step_size = step_size
        if kwargs.get("localize") and self.widget is NumberInput:
            # Browsers refuse separators in number inputs.
            kwargs.setdefault("widget", super().widget)
        super().__init__(**kwargs)
        if max_value is not None:
            self.validators.append(validators.MaxValueValidator(max_value))
        if min_value is not None:
            self.validators.append(validators.MinValueValidator(min_value))
        if step_size is not None:
            self.validators.append(validators.StepValueValidator(step_size, offset=min_value))

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        if value in self.empty_values:
            return None
        if self.localize:
            value = sanitize_separators(value)
        text = str(value)
        # "1.0" counts as whole. The cut is a partition, linear in the text; the pattern stays for those who use it.
        whole, dot, fraction = text.partition(".")
        if dot and not fraction.rstrip().strip("0"):
            text = whole
        try:
            return int(text)
        except (ValueError, TypeError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        if isinstance(widget, NumberInput):
            if self.min_value is not None:
                attrs["min"] = self.min_value
            if self.max_value is not None:
                attrs["max"] = self.max_value
            if self.step_size is not None:
                attrs["step"] = self.step_size
        return attrs


class FloatField(IntegerField):
    """A floating-point number; infinities and NaN are refused."""

    default_error_messages = {"invalid": _("Enter a number.")}

    def to_python(self, value: Any) -> Any:
        value = super(IntegerField, self).to_python(value)
        if value in self.empty_values:
            return None
        if self.localize:
            value = sanitize_separators(value)
        try:
            return float(value)
        except (ValueError, TypeError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value not in self.empty_values and not math.isfinite(value):
            raise ValidationError(self.error_messages["invalid"], code="invalid")

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        if isinstance(widget, NumberInput) and "step" not in widget.attrs:
            attrs.setdefault("step", "any" if self.step_size is None else str(self.step_size))
        return attrs


class DecimalField(IntegerField):
    """A decimal number.

    Args:
        max_value: greatest allowed value.
        min_value: least allowed value.
        max_digits: greatest number of digits, leading zeros left out.
        decimal_places: greatest number of digits after the point.
        **kwargs: those of `IntegerField`.
    """

    default_error_messages = {"invalid": _("Enter a number.")}

    def __init__(
        self,
        *,
        max_value: Any = None,
        min_value: Any = None,
        max_digits: int | None = None,
        decimal_places: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.max_digits = max_digits
        self.decimal_places = decimal_places
        super().__init__(max_value=max_value, min_value=min_value, **kwargs)
        self.validators.append(validators.DecimalValidator(max_digits, decimal_places))

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if self.localize:
            value = sanitize_separators(value)
        try:
            return Decimal(str(value))
        except DecimalException as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value not in self.empty_values and not value.is_finite():
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value})

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        if isinstance(widget, NumberInput) and "step" not in widget.attrs:
            if self.decimal_places is None:
                step = "any"
            else:
                # 0.01 for two places; the exponent form where that is shorter.
                step = str(Decimal(1).scaleb(-self.decimal_places)).lower()
            attrs.setdefault("step", step)
        return attrs
