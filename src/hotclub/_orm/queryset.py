"""`QuerySet`: the documented surface of queries (skeleton: names only, so that managers can be made)."""

from __future__ import annotations

from typing import Any


class QuerySet:
    """A lazy database lookup for a set of objects."""

    def __init__(self, model: Any = None, query: Any = None, using: str | None = None, hints: dict[str, Any] | None = None) -> None:
        self.model = model
        self._db = using
        self._hints = hints or {}

    @classmethod
    def as_manager(cls) -> Any:
        raise NotImplementedError


class RawQuerySet:
    pass
