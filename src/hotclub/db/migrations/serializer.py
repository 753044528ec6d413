"""Writing values as Python source, for migration files.

A serializer gives the source of a value and the imports that the source needs. Which one is used follows from the
value's type; projects may register more.
"""

from __future__ import annotations

import builtins
import collections.abc
import datetime
import decimal
import enum
import functools
import math
import os
import pathlib
import re
import types
import uuid
import zoneinfo
from typing import Any

from hotclub.conf import SettingsReference
from hotclub.db import models
from hotclub.db.migrations.operations.base import Operation
from hotclub.db.migrations.references import COMPILED_REGEX_TYPE
from hotclub.db.models.manager import BaseManager
from hotclub.utils.functional import LazyObject, Promise
from hotclub.utils.version import get_docs_version

Serialized = tuple[str, set[str]]
"""Source, and the import lines it needs."""


class BaseSerializer:
    """Serializer of one value."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def serialize(self) -> Serialized:
        """Give source and imports."""
        raise NotImplementedError("Subclasses of BaseSerializer must implement the serialize() method.")


def serialize(value: Any) -> Serialized:
    """Give source and imports of any value."""
    return serializer_factory(value).serialize()


def _several(values: Any) -> tuple[list[str], set[str]]:
    sources, imports = [], set()
    for value in values:
        source, needs = serialize(value)
        sources.append(source)
        imports |= needs
    return sources, imports


class _Sequence(BaseSerializer):
    template = "[%s]"

    def serialize(self) -> Serialized:
        sources, imports = _several(self._values())
        return self._format(sources), imports

    def _values(self) -> Any:
        return self.value

    def _format(self, sources: list[str]) -> str:
        return self.template % ", ".join(sources)


class _List(_Sequence):
    pass


class _Tuple(_Sequence):
    def _format(self, sources: list[str]) -> str:
        # One entry needs a comma to be a tuple.
        return f"({sources[0]},)" if len(sources) == 1 else f"({', '.join(sources)})"


class _Iterable(_Tuple):
    pass


class _Unordered(_Sequence):
    """Sets are written sorted, so that the file does not change from run to run."""

    def serialize(self) -> Serialized:
        sources, imports = _several(self.value)
        return self._format(sorted(sources)), imports


class _Set(_Unordered):
    template = "{%s}"

    def _format(self, sources: list[str]) -> str:
        return super()._format(sources) if sources else "set()"


class _FrozenSet(_Unordered):
    template = "frozenset([%s])"


class _Dict(BaseSerializer):
    def serialize(self) -> Serialized:
        keys, key_imports = _several(self.value)
        values, value_imports = _several(self.value.values())
        pairs = ", ".join(f"{key}: {value}" for key, value in zip(keys, values, strict=True))
        return f"{{{pairs}}}", key_imports | value_imports


class _Plain(BaseSerializer):
    def serialize(self) -> Serialized:
        return repr(self.value), set()


class _Float(BaseSerializer):
    def serialize(self) -> Serialized:
        if math.isnan(self.value) or math.isinf(self.value):
            return f'float("{self.value}")', set()
        return repr(self.value), set()


class _Choices(BaseSerializer):
    def serialize(self) -> Serialized:
        return serialize(self.value.value)


class _Decimal(BaseSerializer):
    def serialize(self) -> Serialized:
        return repr(self.value), {"from decimal import Decimal"}


class _DateTime(BaseSerializer):
    """Dates, times and durations, of the standard library or derived from it."""

    def serialize(self) -> Serialized:
        value = self.value
        kind = next(
            known
            for known in (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
            if isinstance(value, known)
        )
        if isinstance(value, datetime.datetime) and value.tzinfo is not None:
            value = value.astimezone(datetime.UTC)
            shown = f"datetime.datetime({', '.join(map(str, _datetime_parts(value)))}, tzinfo=datetime.timezone.utc)"
            return shown, {"import datetime"}
        return repr(value) if type(value) is kind else _plain_copy(value, kind), {"import datetime"}


def _datetime_parts(value: datetime.datetime) -> list[int]:
    parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    while len(parts) > 5 and not parts[-1]:
        parts.pop()
    return parts


def _plain_copy(value: Any, kind: type) -> str:
    if kind is datetime.date:
        return repr(datetime.date(value.year, value.month, value.day))
    return repr(value)


class _Zone(BaseSerializer):
    def serialize(self) -> Serialized:
        return repr(self.value), {"import zoneinfo"}


class _Enum(BaseSerializer):
    def serialize(self) -> Serialized:
        kind = type(self.value)
        if issubclass(kind, enum.Flag):
            members = [member for member in kind if member in self.value]
            names = [str(member.name) for member in members]
        else:
            names = [self.value.name]
        source = " | ".join(f"{kind.__module__}.{kind.__qualname__}[{name!r}]" for name in names)
        return source, {f"import {kind.__module__}"}


class _Uuid(BaseSerializer):
    def serialize(self) -> Serialized:
        return f"uuid.{self.value!r}", {"import uuid"}


class _Path(BaseSerializer):
    def serialize(self) -> Serialized:
        # Concrete paths exist on one system only.
        value = pathlib.PurePath(self.value) if isinstance(self.value, pathlib.Path) else self.value
        return f"pathlib.{value!r}", {"import pathlib"}


class _PathLike(BaseSerializer):
    def serialize(self) -> Serialized:
        return repr(self.value.__fspath__()), set()


class _Regex(BaseSerializer):
    def serialize(self) -> Serialized:
        # `re.compile` adds flags of its own; only those that were given are written.
        flags = self.value.flags & ~re.compile("" if isinstance(self.value.pattern, str) else b"").flags
        source, imports = serialize(self.value.pattern)
        arguments = [source]
        if flags:
            arguments.append(serialize(re.RegexFlag(flags))[0])
        return f"re.compile({', '.join(arguments)})", imports | {"import re"}


class _Setting(BaseSerializer):
    def serialize(self) -> Serialized:
        return f"settings.{self.value.setting_name}", {"from hotclub.conf import settings"}


class _Partial(BaseSerializer):
    def serialize(self) -> Serialized:
        value = self.value
        function, imports = serialize(value.func)
        sources, needs = _several(value.args)
        imports |= needs | {"import functools"}
        others = {}
        parts = [function, *sources]
        for name, argument in value.keywords.items():
            if name.isidentifier():
                source, needs = serialize(argument)
                imports |= needs
                parts.append(f"{name}={source}")
            else:
                others[name] = argument
        if others:
            source, needs = serialize(others)
            imports |= needs
            parts.append(f"**{source}")
        return f"functools.{type(value).__name__}({', '.join(parts)})", imports


class _Function(BaseSerializer):
    def serialize(self) -> Serialized:
        function = self.value
        owner = getattr(function, "__self__", None)
        if isinstance(owner, type):
            return f"{owner.__module__}.{owner.__qualname__}.{function.__name__}", {f"import {owner.__module__}"}
        if function.__name__ == "<lambda>":
            raise ValueError("Cannot serialize function: lambda")
        if function.__module__ is None:
            raise ValueError(f"Cannot serialize function {function!r}: No module")
        module = function.__module__
        if "<" in function.__qualname__:
            raise ValueError(f"Could not find function {function.__name__} in {module}.\n")
        if module == "builtins":
            return function.__qualname__, set()
        return f"{module}.{function.__qualname__}", {f"import {module}"}


class _Type(BaseSerializer):
    """Classes."""

    def serialize(self) -> Serialized:
        value = self.value
        if value is models.Model:
            return "models.Model", {"from hotclub.db import models"}
        if value is types.NoneType:
            return "types.NoneType", {"import types"}
        module = value.__module__
        if module == builtins.__name__:
            return value.__name__, set()
        return f"{module}.{value.__qualname__}", {f"import {module}"}


class _GenericAlias(BaseSerializer):
    def serialize(self) -> Serialized:
        origin, imports = serialize(self.value.__origin__)
        sources, needs = _several(self.value.__args__)
        return f"{origin}[{', '.join(sources)}]", imports | needs


def source_of_path(path: str) -> Serialized:
    """Give a dotted path as source; the field module has its short name."""
    module, name = path.rsplit(".", 1)
    if module in ("hotclub.db.models", "django.db.models"):
        return f"models.{name}", {"from hotclub.db import models"}
    return path, {f"import {module}"}


class _Deconstructible(BaseSerializer):
    def serialize(self) -> Serialized:
        return self.call(*self.value.deconstruct())

    @staticmethod
    def call(path: str, args: Any, kwargs: dict[str, Any]) -> Serialized:
        name, imports = source_of_path(path)
        sources, needs = _several(args)
        imports |= needs
        invalid = {key: value for key, value in kwargs.items() if not key.isidentifier()}
        for key, value in sorted(kwargs.items()):
            if key in invalid:
                continue
            source, needs = serialize(value)
            imports |= needs
            sources.append(f"{key}={source}")
        if invalid:
            source, needs = serialize(dict(sorted(invalid.items())))
            imports |= needs
            sources.append(f"**{source}")
        return f"{name}({', '.join(sources)})", imports


class _Field(_Deconstructible):
    def serialize(self) -> Serialized:
        _, path, args, kwargs = self.value.deconstruct()
        return self.call(path, args, kwargs)


class _Manager(_Deconstructible):
    def serialize(self) -> Serialized:
        as_manager, manager_path, queryset_path, args, kwargs = self.value.deconstruct()
        if as_manager:
            name, imports = source_of_path(queryset_path)
            return f"{name}.as_manager()", imports
        return self.call(manager_path, args, kwargs)


class _DatabaseOnDelete(BaseSerializer):
    def serialize(self) -> Serialized:
        return f"hotclub.db.models.deletion.{self.value.__name__}", {"import hotclub.db.models.deletion"}


class Serializer:
    """The registry: types to serializer classes; the first that fits is used."""

    operation_serializer: type[BaseSerializer] | None = None
    """Set by the module that writes operations."""

    _registry: dict[Any, type[BaseSerializer]] = {
        (frozenset,): _FrozenSet,
        (list,): _List,
        (set,): _Set,
        (tuple,): _Tuple,
        (dict,): _Dict,
        (models.Choices,): _Choices,
        (enum.Enum,): _Enum,
        (datetime.date, datetime.time, datetime.timedelta): _DateTime,
        (SettingsReference,): _Setting,
        (float,): _Float,
        (bool, int, types.NoneType, bytes, str, range): _Plain,
        (decimal.Decimal,): _Decimal,
        (functools.partial, functools.partialmethod): _Partial,
        (types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools._lru_cache_wrapper): _Function,
        (types.GenericAlias,): _GenericAlias,
        (COMPILED_REGEX_TYPE,): _Regex,
        (uuid.UUID,): _Uuid,
        (pathlib.PurePath,): _Path,
        (os.PathLike,): _PathLike,
        (zoneinfo.ZoneInfo,): _Zone,
        (collections.abc.Iterable,): _Iterable,
    }

    @classmethod
    def register(cls, type_: Any, serializer: type[BaseSerializer]) -> None:
        """Register a serializer for a type or a tuple of types; it goes before those that are there.

        Raises:
            ValueError: it is not a BaseSerializer.
        """
        if not issubclass(serializer, BaseSerializer):
            raise ValueError(f"'{serializer.__name__}' must inherit from 'BaseSerializer'.")
        cls._registry = {type_: serializer, **cls._registry}

    @classmethod
    def unregister(cls, type_: Any) -> None:
        """Take a registered type out again."""
        registry = dict(cls._registry)
        registry.pop(type_)
        cls._registry = registry


def serializer_factory(value: Any) -> BaseSerializer:
    """Give the serializer of a value.

    Raises:
        ValueError: there is none.
    """
    if isinstance(value, Promise):
        value = str(value)
    elif isinstance(value, LazyObject):
        # The wrapped object is what the file needs.
        value = value.__reduce__()[1][0]
    kind = _special(value)
    if kind is not None:
        return kind(value)
    for type_, serializer in Serializer._registry.items():
        if isinstance(value, type_):
            return serializer(value)
    raise ValueError(
        f"Cannot serialize: {value!r}\nThere are some values Django cannot serialize into migration files.\nFor more, "
        f"see https://docs.djangoproject.com/en/{get_docs_version()}/topics/migrations/#migration-serializing"
    )


def _special(value: Any) -> type[BaseSerializer] | None:
    """Give the serializer of what is known by more than its type."""
    if isinstance(value, models.Field):
        return _Field
    if isinstance(value, BaseManager):
        return _Manager
    if isinstance(value, Operation):
        return Serializer.operation_serializer
    if isinstance(value, (types.GenericAlias,)):
        return _GenericAlias
    if isinstance(value, type):
        return _Type
    if hasattr(value, "on_delete_sql"):
        return _DatabaseOnDelete
    if hasattr(value, "deconstruct"):
        return _Deconstructible
    return None


__all__ = ["BaseSerializer", "Serializer", "serialize", "serializer_factory"]
