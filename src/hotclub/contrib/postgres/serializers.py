"""Ranges in migration files."""

from __future__ import annotations

from hotclub.db.migrations.serializer import BaseSerializer, Serialized, serializer_factory


class RangeSerializer(BaseSerializer):
    """Writes a range of the driver as the call that makes it."""

    def serialize(self) -> Serialized:
        value = self.value
        kind = type(value)
        # The class may be an alias of a private module's: name where the driver documents it.
        module = kind.__module__.replace("psycopg._", "psycopg.")
        imports = {f"import {module}"}
        if value.isempty:
            return f"{module}.{kind.__name__}(empty=True)", imports
        parts = []
        for bound in (value.lower, value.upper):
            written, needed = serializer_factory(bound).serialize()
            parts.append(written)
            imports |= needed
        return f"{module}.{kind.__name__}({', '.join(parts)}, {value.bounds!r})", imports
