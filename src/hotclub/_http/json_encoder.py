"""The JSON encoder that knows dates, times, durations, decimals, UUIDs and lazy texts.

It is documented at `hotclub.core.serializers.json`; responses, sessions and serializers share it, and so it stands
below all of them.
"""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from typing import Any

from hotclub.utils.duration import duration_iso_string
from hotclub.utils.functional import Promise
from hotclub.utils.timezone import is_aware


class DjangoJSONEncoder(json.JSONEncoder):
    """Encodes date and time values in the ECMA-262 form, decimals and UUIDs as text.

    Source: docs topics/serialization, "DjangoJSONEncoder".
    """

    def default(self, o: Any) -> Any:
        """Give the JSON form of a value that plain JSON does not know."""
        if isinstance(o, datetime.datetime):
            text = o.isoformat()
            if o.microsecond:
                # Milliseconds are all that ECMA-262 has.
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
        if isinstance(o, (decimal.Decimal, uuid.UUID, Promise)):
            return str(o)
        return super().default(o)


DjangoJSONEncoder.__module__ = "hotclub.core.serializers.json"
encode_compatible = DjangoJSONEncoder().encode
"""The encoder with the defaults of `json.dumps`, made once."""
