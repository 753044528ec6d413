"""Statements of the ports straight to the driver's cursor, when nobody watches them.

The documented cursor translates errors, calls execute wrappers and keeps the log; making one costs more than the rest of a
point read on the client's side. A backend whose cursors load their rows at once, and need no closing, takes this mixin.
"""

from __future__ import annotations

from typing import Any


class DirectStatements:
    """Mixin of the wrapper, in front of it."""

    def fetch(self: Any, sql: str, params: Any) -> list[Any]:
        if not self.direct:
            return super().fetch(sql, params)  # type: ignore[misc,no-any-return]  # the wrapper's
        try:
            cursor = self.create_cursor()
            cursor.execute(sql, params)
            rows = cursor.fetchall()
        except Exception as error:  # translated; what is not the driver's passes unchanged
            raise self.translate(error)
        return rows if type(rows) is list else list(rows)

    def run(self: Any, sql: str, params: Any) -> int:
        if not self.direct:
            return super().run(sql, params)  # type: ignore[misc,no-any-return]  # the wrapper's
        try:
            cursor = self.create_cursor()
            cursor.execute(sql, params)
            return cursor.rowcount  # type: ignore[no-any-return]
        except Exception as error:  # the same
            raise self.translate(error)
