"""Slots that upper layers fill, so that fields need no import upwards.

Each slot is set once, when the module that owns the concept is imported: expressions by `_orm.model`, model choice
fields by `forms.models`. An empty slot says whom to import.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


class Slot:
    """A callable that comes later."""

    __slots__ = ("_function", "_name", "_owner")

    def __init__(self, name: str, owner: str) -> None:
        self._name = name
        self._owner = owner
        self._function: Callable[..., Any] | None = None

    def fill(self, function: Callable[..., Any]) -> None:
        self._function = function

    @property
    def function(self) -> Callable[..., Any]:
        """What the slot holds.

        Raises:
            RuntimeError: the owner has not been imported.
        """
        if self._function is None:
            raise RuntimeError(f"{self._name} is not available yet: import {self._owner} first.")
        return self._function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


value_expression = Slot("Value", "hotclub.db.models")
database_default = Slot("DatabaseDefault", "hotclub.db.models")
reference_expression = Slot("F", "hotclub.db.models")
column_expression = Slot("Col", "hotclub.db.models")
column_pairs_expression = Slot("ColPairs", "hotclub.db.models")
substring_expression = Slot("Substr", "hotclub.db.models")
generated_sql = Slot("generated_sql", "hotclub.db.models")
json_key_transform = Slot("KeyTransform", "hotclub.db.models")

_FORM_FIELDS: dict[str, type[Any]] = {}
_FORM_FIELD_OWNERS = {"ModelChoiceField": "hotclub.forms.models", "ModelMultipleChoiceField": "hotclub.forms.models"}


def register_form_field(name: str, form_class: type[Any]) -> None:
    """Make a form field of an upper layer known to `formfield()`."""
    _FORM_FIELDS[name] = form_class


def form_field(name: str) -> type[Any]:
    """Return a form field class by its documented name.

    Form fields are imported at the first use: a process that renders no form never loads them.
    """
    if name not in _FORM_FIELDS:
        module = import_module(_FORM_FIELD_OWNERS.get(name, "hotclub._forms.fields"))
        _FORM_FIELDS.setdefault(name, getattr(module, name))
    return _FORM_FIELDS[name]


def form_widget(name: str) -> type[Any]:
    """Return a widget class by its documented name."""
    widget: type[Any] = getattr(import_module("hotclub._forms.widgets"), name)
    return widget


def is_expression(value: object) -> bool:
    """Say whether a value speaks the documented protocol of expressions."""
    return hasattr(value, "resolve_expression")
