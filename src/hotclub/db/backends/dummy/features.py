"""Features of the database that is not there."""

from __future__ import annotations

from hotclub.db.backends.base.features import BaseDatabaseFeatures


class DummyDatabaseFeatures(BaseDatabaseFeatures):
    """Nothing is there to roll back."""

    supports_transactions = False  # pyright: ignore[reportAssignmentType]  # known, not probed
    uses_savepoints = False
