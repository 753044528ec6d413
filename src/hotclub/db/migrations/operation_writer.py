"""Writing one operation as Python source, laid out over lines."""

from __future__ import annotations

import inspect
from typing import Any

from hotclub.db import migrations
from hotclub.db.migrations.serializer import BaseSerializer, Serialized, Serializer, serialize

INDENT = "    "


class OperationWriter:
    """Lays one operation out: an argument a line, long ones over lines of their own.

    Args:
        operation: what to write.
        indentation: steps of four spaces before each line.
    """

    def __init__(self, operation: Any, indentation: int = 2) -> None:
        self.operation = operation
        self.indentation = indentation
        self.lines: list[str] = []
        self.imports: set[str] = set()

    def serialize(self) -> Serialized:
        """Give the text, with a comma at its end, and the imports it needs."""
        name, args, kwargs = self.operation.deconstruct()
        names = list(inspect.signature(type(self.operation).__init__).parameters)[1:]
        if getattr(migrations, name, None) is type(self.operation):
            self.feed(f"migrations.{name}(")
        else:
            module = type(self.operation).__module__
            self.imports.add(f"import {module}")
            self.feed(f"{module}.{name}(")
        self.indentation += 1
        for position, value in enumerate(args):
            self._argument(names[position] if position < len(names) else None, value)
        # Keyword arguments stand in the order of the signature.
        for key in [
            *(key for key in names[len(args) :] if key in kwargs),
            *(key for key in kwargs if key not in names),
        ]:
            self._argument(key, kwargs[key])
        self.indentation -= 1
        self.feed("),")
        return self.render(), self.imports

    def _argument(self, name: str | None, value: Any) -> None:
        prefix = f"{name}=" if name else ""
        expands = name in self.operation.serialization_expand_args
        if (
            expands
            and isinstance(value, (list, tuple))
            and not (isinstance(value, tuple) and hasattr(value, "_fields"))
        ):
            self._block(prefix, "[]" if isinstance(value, list) else "()", [self._entry(one) for one in value])
        elif expands and isinstance(value, dict):
            pairs = []
            for key, one in value.items():
                key_source = self._entry(key)
                pairs.append([*key_source[:-1], f"{key_source[-1]}: {self._entry(one)[0]}", *self._entry(one)[1:]])
            self._block(prefix, "{}", pairs)
        else:
            source = self._entry(value)
            self.feed(prefix + source[0] + ("," if len(source) == 1 else ""))
            for line in source[1:-1]:
                self.feed(line)
            if len(source) > 1:
                self.feed(source[-1] + ",")

    def _block(self, prefix: str, brackets: str, entries: list[list[str]]) -> None:
        self.feed(f"{prefix}{brackets[0]}")
        self.indentation += 1
        for lines in entries:
            for line in lines[:-1]:
                self.feed(line)
            self.feed(f"{lines[-1]},")
        self.indentation -= 1
        self.feed(f"{brackets[1]},")

    def _entry(self, value: Any) -> list[str]:
        """Give the lines of a value, relative to where it stands."""
        source, imports = serialize(value)
        self.imports |= imports
        return source.split("\n") if hasattr(value, "database_forwards") else [source]

    def feed(self, line: str) -> None:
        """Add a line."""
        self.lines.append(f"{INDENT * self.indentation}{line}")

    def render(self) -> str:
        """Give the lines as text."""
        return "\n".join(self.lines)


class OperationSerializer(BaseSerializer):
    """Writes an operation that stands inside another value."""

    def serialize(self) -> Serialized:
        source, imports = OperationWriter(self.value, indentation=0).serialize()
        return source.rstrip(","), imports


# Operations hold values, and values may hold operations: the serializer gets to know this one here.
Serializer.operation_serializer = OperationSerializer
