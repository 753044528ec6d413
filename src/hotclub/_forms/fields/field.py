"""The field protocol: `to_python`, `validate`, `run_validators`, `clean`. Must not know forms or particular fields."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hotclub._forms.widgets import HiddenInput, TextInput
from hotclub._forms.widgets.widget import Widget
from hotclub.core.exceptions import ValidationError
from hotclub.core.validators import EMPTY_VALUES
from hotclub.utils.translation import gettext_lazy as _


class Field:
    """Validates one value and turns it into a Python object.

    Args:
        required: whether an empty value is an error.
        widget: class or instance; by default the class's `widget`.
        label: text for people; by default made from the field's name.
        initial: value shown in an unbound form; may be callable.
        help_text: explanation shown with the field.
        error_messages: messages by code, over those of the class.
        show_hidden_initial: render the initial value as a hidden input, to see changes against it.
        validators: further validators.
        localize: show and read the value in the active locale's form.
        disabled: render disabled, and take the initial value whatever is submitted.
        label_suffix: instead of the form's.
        template_name: template of the field group.
        bound_field_class: instead of the form's or the renderer's.
    """

    widget: Any = TextInput
    hidden_widget: Any = HiddenInput
    default_validators: Iterable[Callable[[Any], None]] = []
    default_error_messages: Mapping[str, Any] = {"required": _("This field is required.")}
    empty_values: Any = list(EMPTY_VALUES)
    bound_field_class: Any = None

    def __init__(
        self,
        *,
        required: bool = True,
        widget: Any = None,
        label: Any = None,
        initial: Any = None,
        help_text: Any = "",
        error_messages: Mapping[str, Any] | None = None,
        show_hidden_initial: bool = False,
        validators: Iterable[Callable[[Any], None]] = (),
        localize: bool = False,
        disabled: bool = False,
        label_suffix: str | None = None,
        template_name: str | None = None,
        bound_field_class: Any = None,
    ) -> None:
        self.required = required
        self.label = label
        self.initial = initial
        self.show_hidden_initial = show_hidden_initial
        self.help_text = help_text
        self.disabled = disabled
        self.label_suffix = label_suffix
        self.localize = localize
        self.template_name = template_name
        self.bound_field_class = bound_field_class or self.bound_field_class
        self.widget = self._own_widget(widget or self.widget)
        self.error_messages = self._own_messages(error_messages)
        self.validators: list[Any] = [*self.default_validators, *validators]
        super().__init__()

    def _own_widget(self, widget: Any) -> Widget:
        own: Widget = widget() if isinstance(widget, type) else copy.deepcopy(widget)
        if self.localize:
            own.is_localized = True
        own.is_required = self.required
        if extra := self.widget_attrs(own):
            own.attrs.update(extra)
        return own

    def _own_messages(self, given: Mapping[str, Any] | None) -> dict[str, Any]:
        messages: dict[str, Any] = {}
        for cls in reversed(type(self).__mro__):
            messages.update(getattr(cls, "default_error_messages", {}))
        messages.update(given or {})
        return messages

    def prepare_value(self, value: Any) -> Any:
        """Return the value as its widget shows it."""
        return value

    def to_python(self, value: Any) -> Any:
        """Return the Python object for what the widget gave.

        Raises:
            ValidationError: there is none.
        """
        return value

    def validate(self, value: Any) -> None:
        """Check what needs no validator: that a required value is there.

        Raises:
            ValidationError: the value is required and empty.
        """
        if self.required and value in self.empty_values:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """Run all validators and collect their errors.

        Raises:
            ValidationError: one or more refused the value.
        """
        if value in self.empty_values:
            return
        errors: list[ValidationError] = []
        for validator in self.validators:
            try:
                validator(value)
            except ValidationError as error:
                if (code := getattr(error, "code", None)) in self.error_messages:
                    error.message = self.error_messages[str(code)]
                errors.extend(error.error_list)
        if errors:
            raise ValidationError(errors)

    def clean(self, value: Any) -> Any:
        """Return the valid Python object for what the widget gave.

        Raises:
            ValidationError: the value is not valid.
        """
        value = self.to_python(value)
        self.validate(value)
        self.run_validators(value)
        return value

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return what a bound form shows: the data, or the initial value of a disabled field."""
        return initial if self.disabled else data

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        """Return HTML attributes the widget gets from this field."""
        return {}

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether the data differ from the initial value; never for a disabled field."""
        if self.disabled:
            return False
        try:
            data = self.to_python(data)
            coerce = getattr(self, "_coerce", None)
            if coerce is not None:
                return bool(coerce(data) != coerce(initial))
        except ValidationError:
            return True
        # None and "" are the same: most widgets cannot show the difference.
        return bool(("" if initial is None else initial) != ("" if data is None else data))

    def get_bound_field(self, form: Any, field_name: str) -> Any:
        """Return the bound field of a form: of this field's, the form's or the renderer's class."""
        bound_field_class = self.bound_field_class or form.bound_field_class
        return bound_field_class(form, self, field_name)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = object.__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update(self.__dict__)
        made.widget = copy.deepcopy(self.widget, memo)
        made.error_messages = self.error_messages.copy()
        made.validators = self.validators[:]
        return made

    def _clean_bound_field(self, bf: Any) -> Any:
        return self.clean(bf.initial if self.disabled else bf.data)
