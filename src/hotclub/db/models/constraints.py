"""Documented path of constraints; the code is in `hotclub._orm`."""

from hotclub._orm.constraints import BaseConstraint, CheckConstraint, Deferrable, UniqueConstraint

__all__ = [
    "BaseConstraint",
    "CheckConstraint",
    "Deferrable",
    "UniqueConstraint",
]
