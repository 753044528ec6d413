"""Small helpers at their usual path."""

from collections import namedtuple
from functools import lru_cache
from typing import Any

from hotclub._orm.alters_data import AltersData
from hotclub._orm.fields.blank_choice import get_blank_choice_label
from hotclub._orm.relations.references import model_key as make_model_tuple


@lru_cache(maxsize=512)
def create_namedtuple_class(*names: str) -> Any:
    """Return a named tuple class for rows with these columns; its instances take no further attributes."""

    def __reduce__(self: Any) -> Any:
        return rebuild_namedtuple, (names, tuple(self))

    return type("Row", (namedtuple("Row", names),), {"__reduce__": __reduce__, "__slots__": ()})


def rebuild_namedtuple(names: tuple[str, ...], values: tuple[Any, ...]) -> Any:
    """Make a row again: what pickles call."""
    return create_namedtuple_class(*names)(*values)


__all__ = ["AltersData", "create_namedtuple_class", "get_blank_choice_label", "make_model_tuple"]
