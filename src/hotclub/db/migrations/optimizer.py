"""Making a list of operations shorter without changing what it does."""

from __future__ import annotations

from typing import Any


class MigrationOptimizer:
    """Combines operations by their `reduce()`, until nothing can be combined any more."""

    def optimize(self, operations: list[Any], app_label: str) -> list[Any]:
        """Give an equal, shorter list.

        Args:
            operations: of one migration, in order.
            app_label: of that migration.
        """
        if app_label is None:
            raise TypeError("app_label must be a str.")
        current = list(operations)
        self._iterations = 0
        while True:
            self._iterations += 1
            shorter = self._pass(current, app_label)
            if shorter == current:
                return shorter
            current = shorter

    def _pass(self, operations: list[Any], app_label: str) -> list[Any]:
        """Combine the first pair that can be; what cannot is kept."""
        kept: list[Any] = []
        for at, operation in enumerate(operations):
            merged = self._merged_from(operations, at, app_label)
            if merged is not None:
                return kept + merged
            kept.append(operation)
        return kept

    def _merged_from(self, operations: list[Any], at: int, app_label: str) -> list[Any] | None:
        """Look for a later operation that this one combines with, past those it may change places with."""
        operation = operations[at]
        between: list[Any] = []
        free = True  # whether this one may move past all that lies between
        for position in range(at + 1, len(operations)):
            other = operations[position]
            result = operation.reduce(other, app_label)
            if isinstance(result, list):
                rest = operations[position + 1 :]
                if free:
                    return between + result + rest
                if all(one.reduce(other, app_label) is True for one in between):
                    # The other may move to the front, past all between.
                    return result + between + rest
                return None
            if result is not True:
                free = False
            between.append(other)
        return None
