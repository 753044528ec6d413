"""The field for JSON. Must not know forms."""

from __future__ import annotations

import json
from typing import Any

from hotclub._forms.fields.text import CharField
from hotclub._forms.widgets import Textarea
from hotclub.core.exceptions import ValidationError
from hotclub.utils.translation import gettext_lazy as _


class InvalidJSONInput(str):
    """Submitted text that is not JSON; shown again as it came."""

    __slots__ = ()


class JSONString(str):
    """A string that came out of JSON; cleaning it again leaves it alone."""

    __slots__ = ()


class JSONField(CharField):
    """JSON text, read into Python objects.

    Args:
        encoder: `json.JSONEncoder` subclass for showing values.
        decoder: `json.JSONDecoder` subclass for reading them.
        **kwargs: those of `CharField`.
    """

    default_error_messages = {"invalid": _("Enter a valid JSON.")}
    widget: Any = Textarea

    def __init__(self, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        self.encoder = encoder
        self.decoder = decoder
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        if self.disabled:
            return value
        if value in self.empty_values:
            return None
        if isinstance(value, list | dict | int | float | JSONString):
            return value
        try:
            converted = json.loads(value, cls=self.decoder)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value}) from error
        return JSONString(converted) if isinstance(converted, str) else converted

    def bound_data(self, data: Any, initial: Any) -> Any:
        if self.disabled:
            return initial
        if data is None:
            return None
        try:
            return json.loads(data, cls=self.decoder)
        except (json.JSONDecodeError, RecursionError):
            return InvalidJSONInput(data)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, ensure_ascii=False, cls=self.encoder)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if super().has_changed(initial, data):
            return True
        # Python says True == 1; JSON does not. Disabled fields never change and were answered above.
        if self.disabled:
            return False
        return json.dumps(initial, sort_keys=True, cls=self.encoder) != json.dumps(
            self.to_python(data), sort_keys=True, cls=self.encoder
        )
