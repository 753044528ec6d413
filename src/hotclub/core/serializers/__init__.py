"""Objects as JSON, XML, YAML and back: the formats there are, and the two functions that use them.

Further formats come from the setting `SERIALIZATION_MODULES` (format → module with `Serializer` and `Deserializer`).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

from hotclub.conf import settings
from hotclub.core.serializers import base
from hotclub.core.serializers.base import SerializerDoesNotExist
from hotclub.core.serializers.dependencies import sort_dependencies

__all__ = [
    "BUILTIN_SERIALIZERS",
    "BadSerializer",
    "SerializerDoesNotExist",
    "deserialize",
    "get_deserializer",
    "get_public_serializer_formats",
    "get_serializer",
    "get_serializer_formats",
    "register_serializer",
    "serialize",
    "sort_dependencies",
    "unregister_serializer",
]

BUILTIN_SERIALIZERS = {
    "xml": "hotclub.core.serializers.xml_serializer",
    "python": "hotclub.core.serializers.python",
    "json": "hotclub.core.serializers.json",
    "yaml": "hotclub.core.serializers.pyyaml",
    "jsonl": "hotclub.core.serializers.jsonl",
}

_serializers: dict[str, Any] = {}
"""Format → module; filled on first use."""


class BadSerializer:
    """Stands for a format whose module cannot be imported; using it raises the reason.

    Args:
        exception: why.
    """

    internal_use_only = False

    def __init__(self, exception: BaseException) -> None:
        self.exception = exception

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise self.exception


def _load(serializer_module: str) -> ModuleType | SimpleNamespace:
    try:
        return importlib.import_module(serializer_module)
    except ImportError as error:
        bad = BadSerializer(error)
        return SimpleNamespace(__name__=f"BadSerializer: {serializer_module}", Deserializer=bad, Serializer=bad)


def _formats() -> dict[str, Any]:
    """The formats; those of the settings may replace built-in ones."""
    if not _serializers:
        modules = {**BUILTIN_SERIALIZERS, **getattr(settings, "SERIALIZATION_MODULES", {})}
        _serializers.update({format: _load(module) for format, module in modules.items()})
    return _serializers


def forget_serializers() -> None:
    """Forget the formats; the next use reads the settings again."""
    _serializers.clear()


def register_serializer(format: str, serializer_module: str, serializers: dict[str, Any] | None = None) -> None:
    """Add a format.

    Args:
        format: its name.
        serializer_module: dotted path of the module.
        serializers: dictionary to add it to; that of all formats, if None.
    """
    target = _formats() if serializers is None else serializers
    target[format] = _load(serializer_module)


def unregister_serializer(format: str) -> None:
    """Remove a format.

    Raises:
        SerializerDoesNotExist: there is none of that name.
    """
    formats = _formats()
    if format not in formats:
        raise SerializerDoesNotExist(format)
    del formats[format]


def _module(format: str) -> Any:
    try:
        return _formats()[format]
    except KeyError:
        raise SerializerDoesNotExist(format) from None


def get_serializer(format: str) -> Any:
    """Return the serializer class of a format; `SerializerDoesNotExist`, if there is none."""
    return _module(format).Serializer


def get_deserializer(format: str) -> Any:
    """Return the deserializer of a format; `SerializerDoesNotExist`, if there is none."""
    return _module(format).Deserializer


def get_serializer_formats() -> list[str]:
    """Return the names of all formats."""
    return list(_formats())


def get_public_serializer_formats() -> list[str]:
    """Return the names of the formats that are text."""
    return [name for name, module in _formats().items() if not module.Serializer.internal_use_only]


def serialize(format: str, queryset: Iterable[Any], **options: Any) -> Any:
    """Serialize objects.

    Args:
        format: name of a format.
        queryset: model instances.
        **options: of the format, and `fields`, `use_natural_foreign_keys`, `use_natural_primary_keys`, `stream` of all.

    Returns:
        What the format gives: a text, or a list for `python`.

    Source: docs topics/serialization.
    """
    serializer = get_serializer(format)()
    serializer.serialize(queryset, **options)
    return serializer.getvalue()


def deserialize(format: str, stream_or_string: Any, **options: Any) -> Iterator[base.DeserializedObject]:
    """Read objects; each is given as a `DeserializedObject`, to look at and save.

    Args:
        format: name of a format.
        stream_or_string: text, bytes or a file.
        **options: of the format, and `using`, `ignorenonexistent`, `handle_forward_references` of all.
    """
    reader: Iterator[base.DeserializedObject] = get_deserializer(format)(stream_or_string, **options)
    return reader
