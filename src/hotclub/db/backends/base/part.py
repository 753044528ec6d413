"""What the parts of a connection (features, operations, introspection …) have in common."""

from __future__ import annotations

from typing import Any


class ConnectionPart:
    """A part of a database wrapper that knows its wrapper.

    Both hold each other. The finaliser breaks that ring, so that a dropped wrapper gives back its memory (and its
    database connection) as soon as the collector sees it.
    """

    connection: Any  # the wrapper; typed Any because each backend's parts use their own wrapper's attributes

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.__dict__.pop("connection", None)
