"""Errors, HTML attributes and time zones of forms, as documented."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hotclub._forms.attributes import flatatt, pretty_name
from hotclub._forms.errors import ErrorDict, ErrorList
from hotclub._forms.rendering import (
    RenderableErrorMixin,
    RenderableFieldMixin,
    RenderableFormMixin,
    RenderableMixin,
)
from hotclub.conf import settings
from hotclub.core.exceptions import ValidationError
from hotclub.utils import timezone
from hotclub.utils.translation import gettext_lazy as _

__all__ = [
    "ErrorDict",
    "ErrorList",
    "RenderableErrorMixin",
    "RenderableFieldMixin",
    "RenderableFormMixin",
    "RenderableMixin",
    "flatatt",
    "from_current_timezone",
    "pretty_name",
    "to_current_timezone",
]

for _class in (RenderableMixin, RenderableFieldMixin, RenderableFormMixin, RenderableErrorMixin):
    _class.__module__ = __name__
del _class


def from_current_timezone(value: Any) -> Any:
    """Make a naive date-time aware in the current time zone, if time zones are in use.

    Args:
        value: date-time or None.

    Raises:
        ValidationError: the moment does not exist or exists twice in that zone.
    """
    if not settings.USE_TZ or value is None or not timezone.is_naive(value):
        return value
    current = timezone.get_current_timezone()
    try:
        if _is_ambiguous_or_missing(value, current):
            raise ValueError("Ambiguous or non-existent time.")
        return timezone.make_aware(value, current)
    except Exception as error:  # zones of other libraries raise errors of their own
        raise ValidationError(
            _(
                "%(datetime)s couldn’t be interpreted in time zone %(current_timezone)s; it may be ambiguous or it may "
                "not exist."
            ),
            code="ambiguous_timezone",
            params={"datetime": value, "current_timezone": current},
        ) from error


def _is_ambiguous_or_missing(value: datetime, zone: Any) -> bool:
    # PEP 495: the two folds differ exactly where the clock jumps.
    return bool(zone.utcoffset(value.replace(fold=0)) != zone.utcoffset(value.replace(fold=1)))


def to_current_timezone(value: Any) -> Any:
    """Make an aware date-time naive in the current time zone, if time zones are in use."""
    if settings.USE_TZ and value is not None and timezone.is_aware(value):
        return timezone.make_naive(value)
    return value
