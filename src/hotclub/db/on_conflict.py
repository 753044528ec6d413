"""What an INSERT does with rows that are there already."""

from enum import Enum


class OnConflict(Enum):
    """The two answers of `bulk_create()` to a row whose key is taken."""

    IGNORE = "ignore"
    UPDATE = "update"


OnConflict.__module__ = "hotclub.db.models.constants"
