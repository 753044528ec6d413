"""Documented path of the rules and the collector of deletions; the code is in `hotclub._orm`."""

from hotclub._orm.deletion_rules import (
    CASCADE,
    DB_CASCADE,
    DB_SET_DEFAULT,
    DB_SET_NULL,
    DO_NOTHING,
    PROTECT,
    RESTRICT,
    SET,
    SET_DEFAULT,
    SET_NULL,
    DatabaseOnDelete,
    ProtectedError,
    RestrictedError,
)
from hotclub._orm.flows.delete import Collector

__all__ = [
    "CASCADE",
    "DB_CASCADE",
    "DB_SET_DEFAULT",
    "DB_SET_NULL",
    "DO_NOTHING",
    "PROTECT",
    "RESTRICT",
    "SET",
    "SET_DEFAULT",
    "SET_NULL",
    "Collector",
    "DatabaseOnDelete",
    "ProtectedError",
    "RestrictedError",
]
