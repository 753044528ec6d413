"""The registry of path converters; the built-in ones come from the routing engine."""

from __future__ import annotations

from typing import Any

from hotclub._routing.converters import (
    Converter,
    IntConverter,
    PathConverter,
    SlugConverter,
    StringConverter,
    UUIDConverter,
)

__all__ = [
    "DEFAULT_CONVERTERS",
    "REGISTERED_CONVERTERS",
    "IntConverter",
    "PathConverter",
    "SlugConverter",
    "StringConverter",
    "UUIDConverter",
    "get_converters",
    "register_converter",
]

DEFAULT_CONVERTERS: dict[str, Converter] = {
    "int": IntConverter(),
    "path": PathConverter(),
    "slug": SlugConverter(),
    "str": StringConverter(),
    "uuid": UUIDConverter(),
}
REGISTERED_CONVERTERS: dict[str, Converter] = {}


def register_converter(converter: type[Any], type_name: str) -> None:
    """Make a converter class known to `path()` under `type_name`.

    Raises:
        ValueError: the name is taken.

    Source: docs ref/urls, "register_converter()".
    """
    if type_name in REGISTERED_CONVERTERS or type_name in DEFAULT_CONVERTERS:
        raise ValueError(f"Converter {type_name!r} is already registered.")
    REGISTERED_CONVERTERS[type_name] = converter()


def get_converters() -> dict[str, Converter]:
    """Give all converters by name."""
    return {**DEFAULT_CONVERTERS, **REGISTERED_CONVERTERS}


def find_converter(name: str) -> Converter:
    """Give one converter; KeyError if there is none of that name."""
    converter = REGISTERED_CONVERTERS.get(name)
    return converter if converter is not None else DEFAULT_CONVERTERS[name]
