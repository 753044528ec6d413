"""Documented path of enumerations for choices; the code is in `hotclub._orm`."""

from hotclub._orm.enums import Choices, ChoicesType, IntegerChoices, TextChoices

__all__ = [
    "Choices",
    "ChoicesType",
    "IntegerChoices",
    "TextChoices",
]
