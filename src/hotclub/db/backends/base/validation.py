"""System checks that depend on the database."""

from __future__ import annotations

from typing import Any

from hotclub.db.backends.base.part import ConnectionPart


class BaseDatabaseValidation(ConnectionPart):
    """Checks of a connection and of fields on it; a backend overrides what it restricts."""

    def check(self, **kwargs: Any) -> list[Any]:
        """Check the connection itself."""
        return []

    def check_field(self, field: Any, **kwargs: Any) -> list[Any]:
        """Check that the backend can hold a field, if it says so by `check_field_type(field, field_type)`."""
        check_type = getattr(self, "check_field_type", None)
        if check_type is None or getattr(field, "remote_field", None) is not None:
            return []
        required = field.model._meta.required_db_features
        if not all(getattr(self.connection.features, feature, False) for feature in required):
            return []
        field_type = field.db_type(self.connection)
        return [] if field_type is None else list(check_type(field, field_type))
