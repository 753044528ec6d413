"""Errors of migrations."""

from __future__ import annotations

from typing import Any

from hotclub.db.utils import DatabaseError


class AmbiguityError(Exception):
    """More than one migration matches a name prefix."""


class BadMigrationError(Exception):
    """A file in a migrations package is not a migration."""


class CircularDependencyError(Exception):
    """Migrations depend on one another in a circle."""


class SquashCycleError(CircularDependencyError):
    """Squashed migrations replace one another in a circle."""


class InconsistentMigrationHistory(Exception):
    """A migration is recorded as applied, one that it depends on is not."""


class InvalidBasesError(ValueError):
    """A model's base classes cannot be found."""


class IrreversibleError(RuntimeError):
    """A migration cannot be undone."""


class NodeNotFoundError(LookupError):
    """A dependency names a migration that does not exist.

    Args:
        message: what is missing.
        node: app label and name of the missing migration.
        origin: the migration that depends on it.
    """

    def __init__(self, message: str, node: tuple[str, str], origin: Any = None) -> None:
        self.message = message
        self.origin = origin
        self.node = node

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return f"NodeNotFoundError({self.node!r})"


class MigrationSchemaMissing(DatabaseError):
    """The table of applied migrations cannot be created."""


class InvalidMigrationPlan(ValueError):
    """A plan mixes directions."""
