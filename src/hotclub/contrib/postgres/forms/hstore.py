"""Mappings in forms, as a JSON object."""

from __future__ import annotations

import json
from typing import Any

from hotclub import forms
from hotclub.core.exceptions import ValidationError
from hotclub.utils.translation import gettext_lazy as _


class HStoreField(forms.CharField):
    """A JSON object whose values become texts or None."""

    widget = forms.Textarea
    default_error_messages = {
        "invalid_json": _("Could not load JSON data."),
        "invalid_format": _("Input must be a JSON dictionary."),
    }

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> dict[str, str | None]:
        if not value:
            return {}
        if not isinstance(value, dict):
            try:
                value = json.loads(value)
            except (json.JSONDecodeError, RecursionError):
                raise ValidationError(self.error_messages["invalid_json"], code="invalid_json") from None
        if not isinstance(value, dict):
            raise ValidationError(self.error_messages["invalid_format"], code="invalid_format")
        return {key: None if each is None else str(each) for key, each in value.items()}

    def has_changed(self, initial: Any, data: Any) -> bool:
        # None and an empty mapping look the same in a form.
        return super().has_changed(self.to_python(initial), self.to_python(data))
