"""The error of transaction management; below both the wrapper and `hotclub.db.transaction`, which shows it."""

from __future__ import annotations

from hotclub.db.utils import ProgrammingError


class TransactionManagementError(ProgrammingError):
    """Transaction management was used improperly."""


TransactionManagementError.__module__ = "hotclub.db.transaction"
