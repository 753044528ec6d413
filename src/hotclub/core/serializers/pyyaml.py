"""Objects as YAML; needs the `yaml` extra (PyYAML)."""

from __future__ import annotations

import collections
import datetime
import decimal
from io import StringIO
from typing import Any

import yaml

from hotclub.core.serializers.base import DeserializationError
from hotclub.core.serializers.python import Deserializer as PythonDeserializer
from hotclub.core.serializers.python import Serializer as PythonSerializer

try:
    from yaml import CSafeDumper as SafeDumper
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeDumper, SafeLoader  # type: ignore[assignment]  # the same, slower


class PlainDumper(SafeDumper):  # pyright: ignore[reportGeneralTypeIssues]  # one of the two
    """Writes decimals as texts, which keeps their digits, and mappings in their own order."""


PlainDumper.add_representer(decimal.Decimal, lambda dumper, value: dumper.represent_str(str(value)))
PlainDumper.add_representer(
    collections.OrderedDict, lambda dumper, value: dumper.represent_mapping("tag:yaml.org,2002:map", value.items())
)


class Serializer(PythonSerializer):
    """Writes a YAML list; options are those of `yaml.dump()`."""

    internal_use_only = False

    def _plain(self, obj: Any, field: Any) -> Any:
        # YAML has dates, but no times of day.
        if isinstance(getattr(obj, field.attname, None), datetime.time):
            return str(getattr(obj, field.attname))
        return super()._plain(obj, field)

    def end_serialization(self) -> None:
        self.options.setdefault("allow_unicode", True)
        self.options.setdefault("sort_keys", False)
        yaml.dump(self.objects, self.stream, Dumper=PlainDumper, **self.options)

    def getvalue(self) -> Any:
        return super(PythonSerializer, self).getvalue()


class Deserializer(PythonDeserializer):
    """Reads a YAML list: text, bytes or a file. Only plain values are made, never objects of other classes."""

    def __init__(self, stream_or_string: Any, **options: Any) -> None:
        if isinstance(stream_or_string, bytes):
            stream_or_string = stream_or_string.decode()
        stream = StringIO(stream_or_string) if isinstance(stream_or_string, str) else stream_or_string
        try:
            objects = yaml.load(stream, Loader=SafeLoader)
        except Exception as error:  # of PyYAML, for text that is no YAML
            raise DeserializationError(str(error)) from error
        super().__init__(objects or [], **options)

    def __iter__(self) -> Any:
        try:
            yield from super().__iter__()
        except DeserializationError:
            raise
        except Exception as error:  # whatever objects of an unexpected form lead to
            raise DeserializationError(str(error)) from error
