"""The fields of the extension `citext`, which are gone: they load old migrations and say what to use instead.

Source: docs ref/checks, `fields.E905` to `fields.E907`.
"""

from __future__ import annotations

from typing import Any

from hotclub.db.models import CharField, EmailField, TextField


def _removed(name: str, replacement: str, code: str) -> dict[str, str]:
    return {
        "msg": f"hotclub.contrib.postgres.fields.{name} is removed except for support in historical migrations.",
        "hint": f'Use {replacement}(db_collation="…") with a case-insensitive non-deterministic collation instead.',
        "id": code,
    }


class CICharField(CharField):
    """Removed: a `CharField` with a case-insensitive collation does the same."""

    system_check_removed_details = _removed("CICharField", "CharField", "fields.E905")

    def db_type(self, connection: Any) -> str:
        return "citext"


class CIEmailField(EmailField):
    """Removed: an `EmailField` with a case-insensitive collation does the same."""

    system_check_removed_details = _removed("CIEmailField", "EmailField", "fields.E906")

    def db_type(self, connection: Any) -> str:
        return "citext"


class CITextField(TextField):
    """Removed: a `TextField` with a case-insensitive collation does the same."""

    system_check_removed_details = _removed("CITextField", "TextField", "fields.E907")

    def db_type(self, connection: Any) -> str:
        return "citext"
