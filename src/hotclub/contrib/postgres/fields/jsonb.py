"""The former JSON field of PostgreSQL, which is gone: `models.JSONField` runs on all databases.

Source: docs ref/checks, `fields.E904`.
"""

from __future__ import annotations

from hotclub.db.models import JSONField as _JSONField


class JSONField(_JSONField):
    """Removed: `hotclub.db.models.JSONField` does the same."""

    system_check_removed_details = {
        "msg": "hotclub.contrib.postgres.fields.JSONField is removed except for support in historical migrations.",
        "hint": "Use hotclub.db.models.JSONField instead.",
        "id": "fields.E904",
    }
