"""Python values as JSON: the encoder for dates, decimals and lazy texts, and a check of plain values."""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hotclub._kernel.late_modules import LateModule
from hotclub.utils.duration import duration_iso_string
from hotclub.utils.functional import Promise
from hotclub.utils.timezone import is_aware

if TYPE_CHECKING:
    import msgspec
else:
    msgspec = LateModule("msgspec")


class DjangoJSONEncoder(json.JSONEncoder):
    """JSON encoder that knows dates and times, timedelta, Decimal, UUID and lazy texts.

    Datetimes are written as ECMA-262 reads them: milliseconds, and "Z" for UTC.
    """

    def default(self, o: Any) -> Any:
        if isinstance(o, datetime.datetime):
            text = o.isoformat()
            if o.microsecond:
                text = text[:23] + text[26:]
            return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
        if isinstance(o, datetime.date):
            return o.isoformat()
        if isinstance(o, datetime.time):
            if is_aware(o):
                raise ValueError("JSON can't represent timezone-aware times.")
            text = o.isoformat()
            return text[:12] if o.microsecond else text
        if isinstance(o, datetime.timedelta):
            return duration_iso_string(o)
        if isinstance(o, decimal.Decimal | uuid.UUID | Promise):
            return str(o)
        return super().default(o)


class MsgspecJSONEncoder(DjangoJSONEncoder):
    """Encodes with msgspec: several times faster, and also structs, dataclasses, enums and sets.

    The JSON is compact and UTF-8, moments are RFC 3339 with microseconds; what msgspec does not know goes to `default()`.
    """

    def encode(self, o: Any) -> str:
        """Give the JSON as text."""
        return self.encode_bytes(o).decode()

    def encode_bytes(self, o: Any) -> bytes:
        """Give the JSON as bytes.

        Raises:
            TypeError: a value has no JSON form.
        """
        return msgspec.json.encode(o, enc_hook=self.default)


encode_compatible = DjangoJSONEncoder().encode
"""The encoder with the defaults of `json.dumps`, made once."""

DjangoJSONEncoder.__module__ = MsgspecJSONEncoder.__module__ = "hotclub.core.serializers.json"


def normalize_json(obj: Any) -> Any:
    """Return a value as it comes back from JSON: dictionaries with text keys, lists, texts, numbers, None.

    Raises:
        ValueError: bytes that are not UTF-8.
        TypeError: JSON has nothing for a type.
    """
    if isinstance(obj, Mapping):
        return {normalize_json(key): normalize_json(value) for key, value in obj.items()}
    if isinstance(obj, bytes):
        try:
            return obj.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"Unsupported value: {type(obj)}") from error
    if obj is None or isinstance(obj, str | int | float | bool):
        return obj
    if isinstance(obj, Sequence):
        return [normalize_json(value) for value in obj]
    raise TypeError(f"Unsupported type: {type(obj)}")
