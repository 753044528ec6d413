"""Objects as JSON lines: one object a line, so that files of any size can be read piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hotclub.core.serializers.base import DeserializationError
from hotclub.core.serializers.python import Deserializer as PythonDeserializer
from hotclub.core.serializers.python import Serializer as PythonSerializer
from hotclub.utils.json import DjangoJSONEncoder


class Serializer(PythonSerializer):
    """Writes one object a line; options are those of `json.dump()`."""

    internal_use_only = False
    json_kwargs: dict[str, Any]

    def start_serialization(self) -> None:
        self.json_kwargs = {key: value for key, value in self.options.items() if key not in ("stream", "fields")}
        self.json_kwargs |= {"separators": (",", ": "), "indent": None}
        self.json_kwargs.setdefault("cls", DjangoJSONEncoder)
        self.json_kwargs.setdefault("ensure_ascii", False)

    def end_object(self, obj: Any) -> None:
        json.dump(self.get_dump_object(obj), self.stream, **self.json_kwargs)
        self.stream.write("\n")
        self._current = None

    def getvalue(self) -> Any:
        return super(PythonSerializer, self).getvalue()


class Deserializer(PythonDeserializer):
    """Reads JSON lines: text, bytes or a file; empty lines are left out."""

    def __init__(self, stream_or_string: Any, **options: Any) -> None:
        if isinstance(stream_or_string, bytes):
            stream_or_string = stream_or_string.decode()
        if isinstance(stream_or_string, str):
            stream_or_string = stream_or_string.splitlines()
        super().__init__(_parsed(stream_or_string), **options)

    def __iter__(self) -> Any:
        try:
            yield from super().__iter__()
        except DeserializationError:
            raise
        except Exception as error:  # whatever objects of an unexpected form lead to
            raise DeserializationError(str(error)) from error


def _parsed(lines: Any) -> Iterator[Any]:
    for line in lines:
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise DeserializationError(str(error)) from error
