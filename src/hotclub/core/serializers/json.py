"""Objects as a JSON array."""

from __future__ import annotations

import json
from typing import Any

from hotclub.core.serializers.base import DeserializationError
from hotclub.core.serializers.python import Deserializer as PythonDeserializer
from hotclub.core.serializers.python import Serializer as PythonSerializer
from hotclub.utils.json import DjangoJSONEncoder, MsgspecJSONEncoder

__all__ = ["Deserializer", "DjangoJSONEncoder", "MsgspecJSONEncoder", "Serializer"]


class Serializer(PythonSerializer):
    """Writes an array with one object a line, or indented; options are those of `json.dump()`."""

    internal_use_only = False
    json_kwargs: dict[str, Any]

    def start_serialization(self) -> None:
        indent = self.options.get("indent")
        self.json_kwargs = {key: value for key, value in self.options.items() if key not in ("stream", "fields")}
        if indent:
            # A blank before the line end would be left behind.
            self.json_kwargs["separators"] = (",", ": ")
        self.json_kwargs.setdefault("cls", DjangoJSONEncoder)
        self.json_kwargs.setdefault("ensure_ascii", False)
        self.stream.write("[")

    def end_serialization(self) -> None:
        if self.options.get("indent"):
            self.stream.write("\n")
        self.stream.write("]")
        self.stream.write("\n")

    def end_object(self, obj: Any) -> None:
        indent = self.options.get("indent")
        if not self.first:
            self.stream.write(",")
            if not indent:
                self.stream.write(" ")
        if indent:
            self.stream.write("\n")
        json.dump(self.get_dump_object(obj), self.stream, **self.json_kwargs)
        self._current = None

    def getvalue(self) -> Any:
        return super(PythonSerializer, self).getvalue()


class Deserializer(PythonDeserializer):
    """Reads a JSON array: text, bytes or a file."""

    def __init__(self, stream_or_string: Any, **options: Any) -> None:
        text = stream_or_string if isinstance(stream_or_string, (bytes, str)) else stream_or_string.read()
        try:
            objects = json.loads(text)
        except ValueError as error:
            raise DeserializationError(str(error)) from error
        super().__init__(objects, **options)

    def __iter__(self) -> Any:
        try:
            yield from super().__iter__()
        except DeserializationError:
            raise
        except Exception as error:  # whatever objects of an unexpected form lead to
            raise DeserializationError(str(error)) from error
