"""Constants of the query language."""

from hotclub.db.on_conflict import OnConflict

LOOKUP_SEP = "__"
"""What separates the steps of a path in a query."""

__all__ = ["LOOKUP_SEP", "OnConflict"]
