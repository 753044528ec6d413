"""Arrays in forms: one text with a delimiter, or an input for each element."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import chain
from typing import Any

from hotclub import forms
from hotclub.contrib.postgres.utils import prefix_validation_error
from hotclub.contrib.postgres.validators import ArrayMaxLengthValidator, ArrayMinLengthValidator
from hotclub.core.exceptions import ValidationError
from hotclub.utils.translation import gettext_lazy as _


def _collected(values: Any, prefix: Any, convert: Callable[[Any], Any]) -> tuple[list[Any], list[ValidationError]]:
    """Convert each element; give the results and the errors, which say the element's number."""
    made, errors = [], []
    for position, value in enumerate(values):
        try:
            made.append(convert(value))
        except ValidationError as error:
            made.append(None)
            params = {"nth": position + 1}
            errors.append(prefix_validation_error(error, prefix=prefix, code="item_invalid", params=params))
    return made, errors


class SimpleArrayField(forms.CharField):
    """An array as one text.

    Args:
        base_field: form field of the elements.
        delimiter: what stands between two elements; it cannot be part of one.
        max_length, min_length: bounds of the number of elements.
    """

    default_error_messages = {"item_invalid": _("Item %(nth)s in the array did not validate:")}

    def __init__(
        self,
        base_field: Any,
        *,
        delimiter: str = ",",
        max_length: int | None = None,
        min_length: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.base_field = base_field
        self.delimiter = delimiter
        super().__init__(**kwargs)
        # The lengths are those of the list, not of the text.
        self.min_length, self.max_length = min_length, max_length
        if min_length is not None:
            self.validators.append(ArrayMinLengthValidator(int(min_length)))
        if max_length is not None:
            self.validators.append(ArrayMaxLengthValidator(int(max_length)))

    def clean(self, value: Any) -> Any:
        return [self.base_field.clean(each) for each in super().clean(value)]

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return self.delimiter.join(str(self.base_field.prepare_value(each)) for each in value)
        return value

    def to_python(self, value: Any) -> list[Any]:
        if isinstance(value, list):
            items = value
        else:
            items = value.split(self.delimiter) if value else []
        made, errors = _collected(items, self.error_messages["item_invalid"], self.base_field.to_python)
        if errors:
            raise ValidationError(errors)
        return made

    def validate(self, value: Any) -> None:
        super().validate(value)
        self._look(value, self.base_field.validate)

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        self._look(value, self.base_field.run_validators)

    def _look(self, value: Any, look: Callable[[Any], None]) -> None:
        _made, errors = _collected(value, self.error_messages["item_invalid"], look)
        if errors:
            raise ValidationError(errors)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            after = self.to_python(data)
        except ValidationError:
            return True
        # An empty list and no list look the same in a form.
        if initial in self.empty_values and after in self.empty_values:
            return False
        return super().has_changed(initial, after)


class SplitArrayWidget(forms.Widget):
    """An input for each element.

    Args:
        widget: widget of one element, or its class.
        size: how many there are.
    """

    template_name = "postgres/widgets/split_array.html"

    def __init__(self, widget: Any, size: int, **kwargs: Any) -> None:
        self.widget = widget() if isinstance(widget, type) else widget
        self.size = size
        super().__init__(**kwargs)

    @property
    def is_hidden(self) -> bool:
        return bool(self.widget.is_hidden)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return [self.widget.value_from_datadict(data, files, f"{name}_{index}") for index in range(self.size)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return all(self.widget.value_omitted_from_data(data, files, f"{name}_{index}") for index in range(self.size))

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else id_  # the first input speaks for all

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if self.is_localized:
            self.widget.is_localized = True
        values = value or []
        shared = self.build_attrs(attrs or {})
        id_ = shared.get("id")
        parts = []
        for index in range(max(len(values), self.size)):
            part_attrs = {**shared, "id": f"{id_}_{index}"} if id_ else shared
            part = values[index] if index < len(values) else None
            parts.append(self.widget.get_context(f"{name}_{index}", part, dict(part_attrs))["widget"])
        context["widget"]["subwidgets"] = parts
        return context

    @property
    def media(self) -> Any:
        return self.widget.media

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = super().__deepcopy__(memo)
        made.widget = copy.deepcopy(self.widget)
        return made

    @property
    def needs_multipart_form(self) -> bool:  # type: ignore[override]  # true if it is for an element
        return bool(self.widget.needs_multipart_form)


class SplitArrayField(forms.Field):
    """An array with an input for each element.

    Args:
        base_field: form field of the elements.
        size: how many inputs there are.
        remove_trailing_nulls: leave out empty elements at the end.
    """

    default_error_messages = {"item_invalid": _("Item %(nth)s in the array did not validate:")}

    def __init__(self, base_field: Any, size: int, *, remove_trailing_nulls: bool = False, **kwargs: Any) -> None:
        self.base_field = base_field
        self.size = size
        self.remove_trailing_nulls = remove_trailing_nulls
        kwargs.setdefault("widget", SplitArrayWidget(widget=base_field.widget, size=size))
        super().__init__(**kwargs)

    def _used(self, values: list[Any]) -> int:
        """How many elements count."""
        if not self.remove_trailing_nulls:
            return len(values)
        count = len(values)
        while count and values[count - 1] in self.base_field.empty_values:
            count -= 1
        return count

    def to_python(self, value: Any) -> Any:
        return [self.base_field.to_python(each) for each in super().to_python(value)]

    def clean(self, value: Any) -> Any:
        value = list(value or [])
        if self.required and not any(value):
            raise ValidationError(self.error_messages["required"])
        padded = list(chain(value[: self.size], [None] * (self.size - len(value))))
        used = self._used(padded)
        made, errors = _collected(padded[:used], self.error_messages["item_invalid"], self.base_field.clean)
        if errors:
            raise ValidationError(list(chain.from_iterable(error.error_list for error in errors)))
        return made[: self._used(made)]

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            after = self.to_python(data)
        except ValidationError:
            return True
        after = after[: self._used(after)]
        if initial in self.empty_values and after in self.empty_values:
            return False
        return super().has_changed(initial, after)
