"""Validators of arrays, mappings and ranges.

Source: docs ref/contrib/postgres/validators.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hotclub.core.exceptions import ValidationError
from hotclub.core.validators import MaxLengthValidator, MaxValueValidator, MinLengthValidator, MinValueValidator
from hotclub.utils.deconstruct import deconstructible
from hotclub.utils.translation import gettext_lazy as _
from hotclub.utils.translation import ngettext_lazy


class ArrayMaxLengthValidator(MaxLengthValidator):
    """At most so many elements."""

    message = ngettext_lazy(
        "List contains %(show_value)d item, it should contain no more than %(limit_value)d.",
        "List contains %(show_value)d items, it should contain no more than %(limit_value)d.",
        "show_value",
    )


class ArrayMinLengthValidator(MinLengthValidator):
    """At least so many elements."""

    message = ngettext_lazy(
        "List contains %(show_value)d item, it should contain no fewer than %(limit_value)d.",
        "List contains %(show_value)d items, it should contain no fewer than %(limit_value)d.",
        "show_value",
    )


@deconstructible
class KeysValidator:
    """Certain keys of a mapping.

    Args:
        keys: the keys that have to be there.
        strict: whether no other key may be.
        messages: own texts for `missing_keys` and `extra_keys`.
    """

    messages = {
        "missing_keys": _("Some keys were missing: %(keys)s"),
        "extra_keys": _("Some unknown keys were provided: %(keys)s"),
    }
    strict = False

    def __init__(self, keys: Iterable[str], strict: bool = False, messages: Mapping[str, Any] | None = None) -> None:
        self.keys = set(keys)
        self.strict = strict
        if messages is not None:
            self.messages = {**self.messages, **messages}

    def __call__(self, value: Mapping[str, Any]) -> None:
        given = set(value)
        self._refuse("missing_keys", self.keys - given)
        if self.strict:
            self._refuse("extra_keys", given - self.keys)

    def _refuse(self, code: str, keys: set[str]) -> None:
        if keys:
            raise ValidationError(self.messages[code], code=code, params={"keys": ", ".join(sorted(keys))})

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, KeysValidator)
            and self.keys == other.keys
            and self.messages == other.messages
            and self.strict == other.strict
        )

    __hash__ = None  # type: ignore[assignment]  # compared by value


class RangeMaxValueValidator(MaxValueValidator):
    """The upper bound of a range is no greater than the limit; no bound is greater than any."""

    message = _("Ensure that the upper bound of the range is not greater than %(limit_value)s.")

    def compare(self, a: Any, b: Any) -> bool:
        return a.upper is None or bool(a.upper > b)


class RangeMinValueValidator(MinValueValidator):
    """The lower bound of a range is no less than the limit; no bound is less than any."""

    message = _("Ensure that the lower bound of the range is not less than %(limit_value)s.")

    def compare(self, a: Any, b: Any) -> bool:
        return a.lower is None or bool(a.lower < b)
