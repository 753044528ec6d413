"""Fields made of other fields. Must not know forms."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from hotclub._forms.environment import environment
from hotclub._forms.fields.dates import DateField, TimeField
from hotclub._forms.fields.field import Field
from hotclub._forms.widgets import SplitDateTimeWidget, SplitHiddenDateTimeWidget
from hotclub.core.exceptions import ValidationError
from hotclub.utils.translation import gettext_lazy as _


class ComboField(Field):
    """A value that several fields clean, one after the other.

    Args:
        fields: the fields, in order.
        **kwargs: those of `Field`.
    """

    def __init__(self, fields: Iterable[Field], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Being required is decided here, once.
        fields = list(fields)
        for field in fields:
            field.required = False
        self.fields = fields

    def clean(self, value: Any) -> Any:
        super().clean(value)
        for field in self.fields:
            value = field.clean(value)
        return value


class MultiValueField(Field):
    """A value put together from the values of several fields; a subclass says how in `compress`.

    Args:
        fields: the fields, in order.
        require_all_fields: whether every part of a required value has to be there.
        **kwargs: those of `Field`.
    """

    default_error_messages = {
        "invalid": _("Enter a list of values."),
        "incomplete": _("Enter a complete value."),
    }

    def __init__(self, fields: Iterable[Field], *, require_all_fields: bool = True, **kwargs: Any) -> None:
        self.require_all_fields = require_all_fields
        super().__init__(**kwargs)
        fields = list(fields)
        for field in fields:
            field.error_messages.setdefault("incomplete", self.error_messages["incomplete"])
            if self.disabled:
                field.disabled = True
            if self.require_all_fields:
                # Being required is decided here, once.
                field.required = False
        self.fields: Any = fields

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = super().__deepcopy__(memo)
        made.fields = tuple(field.__deepcopy__(memo) for field in self.fields)
        return made

    def validate(self, value: Any) -> None:
        # clean() has done it, part by part.
        pass

    def clean(self, value: Any) -> Any:
        """Return the value put together from its cleaned parts.

        Raises:
            ValidationError: the list is none, or a part is missing or not valid.
        """
        if self.disabled and not isinstance(value, list):
            value = self.widget.decompress(value)
        if not value or isinstance(value, list | tuple):
            if not value or not any(part not in self.empty_values for part in value):
                if self.required:
                    raise ValidationError(self.error_messages["required"], code="required")
                return self.compress([])
        else:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        made = self.compress(self._clean_parts(value))
        self.validate(made)
        self.run_validators(made)
        return made

    def _clean_parts(self, value: Sequence[Any]) -> list[Any]:
        cleaned = []
        errors: list[Any] = []
        for index, field in enumerate(self.fields):
            part = value[index] if index < len(value) else None
            if part in self.empty_values:
                if self.require_all_fields:
                    # One message for the whole; the first empty part settles it.
                    if self.required:
                        raise ValidationError(self.error_messages["required"], code="required")
                elif field.required:
                    if field.error_messages["incomplete"] not in errors:
                        errors.append(field.error_messages["incomplete"])
                    continue
            try:
                cleaned.append(field.clean(part))
            except ValidationError as error:
                errors.extend(message for message in error.error_list if message not in errors)
        if errors:
            raise ValidationError(errors)
        return cleaned

    def compress(self, data_list: list[Any]) -> Any:
        """Return the value for the cleaned parts; the list is empty if nothing was entered."""
        raise NotImplementedError("Subclasses must implement this method.")

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        if initial is None:
            initial = ["" for _part in range(len(data))]
        elif not isinstance(initial, list):
            initial = self.widget.decompress(initial)
        for field, before, after in zip(self.fields, initial, data, strict=False):
            try:
                before = field.to_python(before)
            except ValidationError:
                return True
            if field.has_changed(before, after):
                return True
        return False


class SplitDateTimeField(MultiValueField):
    """A date-time entered as date and time.

    Args:
        input_date_formats: formats of the date.
        input_time_formats: formats of the time.
        **kwargs: those of `MultiValueField`.
    """

    widget = SplitDateTimeWidget
    hidden_widget = SplitHiddenDateTimeWidget
    default_error_messages = {
        "invalid_date": _("Enter a valid date."),
        "invalid_time": _("Enter a valid time."),
    }

    def __init__(self, *, input_date_formats: Any = None, input_time_formats: Any = None, **kwargs: Any) -> None:
        errors = {**self.default_error_messages, **(kwargs.get("error_messages") or {})}
        localize = kwargs.get("localize", False)
        fields = (
            DateField(
                input_formats=input_date_formats, error_messages={"invalid": errors["invalid_date"]}, localize=localize
            ),
            TimeField(
                input_formats=input_time_formats, error_messages={"invalid": errors["invalid_time"]}, localize=localize
            ),
        )
        super().__init__(fields, **kwargs)

    def compress(self, data_list: list[Any]) -> Any:
        if not data_list:
            return None
        date, time = data_list
        # Both parts are checked again: with require_all_fields=False one may be missing.
        if date in self.empty_values:
            raise ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        if time in self.empty_values:
            raise ValidationError(self.error_messages["invalid_time"], code="invalid_time")
        return environment.from_current_timezone(datetime.datetime.combine(date, time))
