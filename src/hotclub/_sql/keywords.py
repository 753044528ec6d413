"""The keywords that a statement can choose between; nothing else reaches the text as a keyword."""

from __future__ import annotations

from enum import Enum


class JoinKind(Enum):
    """How a table is joined."""

    INNER = "INNER JOIN"
    LEFT_OUTER = "LEFT OUTER JOIN"


class SetOperator(Enum):
    """How the rows of two queries are brought together."""

    UNION = "UNION"
    UNION_ALL = "UNION ALL"
    INTERSECTION = "INTERSECT"
    DIFFERENCE = "EXCEPT"
