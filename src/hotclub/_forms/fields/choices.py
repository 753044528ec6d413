"""Fields for yes and no, and for one or several of given choices. Must not know forms."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from hotclub._forms.fields.field import Field
from hotclub._forms.widgets import CheckboxInput, MultipleHiddenInput, NullBooleanSelect, Select, SelectMultiple
from hotclub.core.exceptions import ValidationError
from hotclub.utils.choices import normalize_choices
from hotclub.utils.translation import gettext_lazy as _


class BooleanField(Field):
    """True or False; if required, it must be True."""

    widget: Any = CheckboxInput

    def to_python(self, value: Any) -> Any:
        # A hidden input, or a select, sends words.
        value = False if isinstance(value, str) and value.lower() in ("false", "0") else bool(value)
        return super().to_python(value)

    def validate(self, value: Any) -> None:
        if not value and self.required:
            raise ValidationError(self.error_messages["required"], code="required")

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        return bool(self.to_python(initial) != self.to_python(data))


class NullBooleanField(BooleanField):
    """True, False or None; never an error."""

    widget: Any = NullBooleanSelect

    def to_python(self, value: Any) -> Any:
        if value in (True, "True", "true", "1"):
            return True
        if value in (False, "False", "false", "0"):
            return False
        return None

    def validate(self, value: Any) -> None:
        pass


class ChoiceField(Field):
    """One of given choices.

    Args:
        choices: pairs, groups of pairs, a mapping, an enumeration, or a callable giving one of these anew each time
            the field is instantiated in a form.
        **kwargs: those of `Field`.
    """

    widget: Any = Select
    default_error_messages = {
        "invalid_choice": _("Select a valid choice. %(value)s is not one of the available choices."),
    }

    def __init__(self, *, choices: Any = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        setattr(self, "choices", choices)  # noqa: B010  # a property that subclasses replace

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = super().__deepcopy__(memo)
        made._choices = _own_choices(self._choices, memo)
        return made

    @property
    def choices(self) -> Any:
        return self._choices

    @choices.setter
    def choices(self, value: Any) -> None:
        self._set_choices(value)

    def _set_choices(self, value: Any) -> None:
        self._choices = self.widget.choices = normalize_choices(value)

    def to_python(self, value: Any) -> Any:
        return "" if value in self.empty_values else str(value)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not self.valid_value(value):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})

    def valid_value(self, value: Any) -> bool:
        """Return whether a value is among the choices, compared as it is and as text."""
        text = str(value)
        for key, label in self.choices:
            if isinstance(label, list | tuple):
                if any(value == inner or text == str(inner) for inner, _label in label):
                    return True
            elif value == key or text == str(key):
                return True
        return False


def _own_choices(choices: Any, memo: dict[int, Any]) -> Any:
    # A list of pairs is copied as deep as it can be changed, which is ten times cheaper than deepcopy().
    if type(choices) is not list:
        return copy.deepcopy(choices, memo)
    return [(value, list(label)) if type(label) is list else (value, label) for value, label in choices]


class TypedChoiceField(ChoiceField):
    """A choice turned into another type.

    Args:
        coerce: callable that makes the value from its text.
        empty_value: value for an empty choice.
        **kwargs: those of `ChoiceField`.
    """

    def __init__(
        self, *, coerce: Callable[[Any], Any] = lambda value: value, empty_value: Any = "", **kwargs: Any
    ) -> None:
        self.coerce = coerce
        self.empty_value = empty_value
        super().__init__(**kwargs)

    def _coerce(self, value: Any) -> Any:
        if value == self.empty_value or value in self.empty_values:
            return self.empty_value
        try:
            return self.coerce(value)
        except (ValueError, TypeError, ValidationError) as error:
            raise ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            ) from error

    def clean(self, value: Any) -> Any:
        return self._coerce(super().clean(value))


class MultipleChoiceField(ChoiceField):
    """Several of given choices."""

    hidden_widget = MultipleHiddenInput
    widget: Any = SelectMultiple
    default_error_messages = {
        "invalid_choice": _("Select a valid choice. %(value)s is not one of the available choices."),
        "invalid_list": _("Enter a list of values."),
    }

    def to_python(self, value: Any) -> Any:
        if not value:
            return []
        if not isinstance(value, list | tuple):
            raise ValidationError(self.error_messages["invalid_list"], code="invalid_list")
        return [str(part) for part in value]

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")
        for part in value:
            if not self.valid_value(part):
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": part}
                )

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        before = [] if initial is None else initial
        after = [] if data is None else data
        if len(before) != len(after):
            return True
        return {str(value) for value in before} != {str(value) for value in after}


class TypedMultipleChoiceField(MultipleChoiceField):
    """Several choices, each turned into another type.

    Args:
        coerce: callable that makes a value from its text.
        empty_value: value for no choice; an empty list by default.
        **kwargs: those of `MultipleChoiceField`.
    """

    def __init__(self, *, coerce: Callable[[Any], Any] = lambda value: value, **kwargs: Any) -> None:
        self.coerce = coerce
        self.empty_value = kwargs.pop("empty_value", [])
        super().__init__(**kwargs)

    def _coerce(self, value: Any) -> Any:
        if value == self.empty_value or value in self.empty_values:
            return self.empty_value
        made = []
        for part in value:
            try:
                made.append(self.coerce(part))
            except (ValueError, TypeError, ValidationError) as error:
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": part}
                ) from error
        return made

    def clean(self, value: Any) -> Any:
        return self._coerce(super().clean(value))

    def validate(self, value: Any) -> None:
        if value != self.empty_value:
            super().validate(value)
        elif self.required:
            raise ValidationError(self.error_messages["required"], code="required")
