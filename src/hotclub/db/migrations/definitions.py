"""Definitions in forms that compare: of fields, and of what else can be deconstructed."""

from __future__ import annotations

import functools
from collections.abc import KeysView, ValuesView
from typing import Any

from hotclub.db import models
from hotclub.db.migrations.references import COMPILED_REGEX_TYPE, RegexObject
from hotclub.utils.functional import LazyObject, Promise


def plain(value: Any) -> Any:
    """Turn a value into one that compares by what it was made of: fields and other deconstructible objects too."""
    if isinstance(value, (list, tuple)):
        return (
            type(value)(plain(one) for one in value) if type(value) in (list, tuple) else [plain(one) for one in value]
        )
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (KeysView, ValuesView)):
        return tuple(plain(one) for one in value)
    if isinstance(value, functools.partial):
        return plain(value.func), plain(value.args), plain(value.keywords)
    if isinstance(value, COMPILED_REGEX_TYPE):
        return RegexObject(value)
    if isinstance(value, type):
        return value  # a class may have deconstruct() for its instances
    if isinstance(value, (LazyObject, Promise)):
        return value
    if hasattr(value, "deconstruct"):
        parts = value.deconstruct()
        if isinstance(value, models.Field):
            parts = parts[1:]  # a field's name is not part of its definition
        path, args, kwargs = parts
        return path, [plain(arg) for arg in args], {key: plain(kwarg) for key, kwarg in kwargs.items()}
    return value


def named_clone(field: Any, name: str) -> Any:
    """Give a copy of a field that has a name."""
    field = field.clone()
    field.set_attributes_from_name(name)
    return field


def unnamed(definition: Any) -> Any:
    """Give a deconstructed index or constraint in a form that compares, whatever its name."""
    path, args, kwargs = definition
    return path, plain(args), {name: plain(value) for name, value in kwargs.items() if name != "name"}


def database_knows(constraint: Any, renamed: dict[str, str]) -> Any:
    """Give what of a constraint stands in the database, under fields' new names."""
    path, args, kwargs = constraint.deconstruct()
    hidden = {*getattr(constraint, "non_db_attrs", ()), "violation_error_code", "violation_error_message"}
    known = {name: plain(value) for name, value in kwargs.items() if name not in hidden}
    if "fields" in known:
        known["fields"] = tuple(renamed.get(name, name) for name in known["fields"])
    return path, plain(args), known


def column_of(name: str, field: Any) -> str | None:
    """Give the column a field would have under a name."""
    _, column = named_clone(field, name).get_attname_column()
    return str(column) if column else None
