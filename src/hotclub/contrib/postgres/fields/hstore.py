"""`HStoreField`: texts by key (extension `hstore`).

Source: docs ref/contrib/postgres/fields, "HStoreField".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hotclub.contrib.postgres.casting import CastExact, CastIn
from hotclub.contrib.postgres.fields.array import ArrayField
from hotclub.contrib.postgres.fields.base import MutableField
from hotclub.contrib.postgres.forms.hstore import HStoreField as HStoreFormField
from hotclub.contrib.postgres.operators import OperatorLookup
from hotclub.core import exceptions
from hotclub.db.models import TextField, Transform
from hotclub.utils.translation import gettext_lazy as _

SQL = tuple[str, Sequence[Any]]


class HStoreField(MutableField):
    """A column of mappings from text to text or None."""

    empty_strings_allowed = False
    description = _("Map of strings to strings/nulls")
    default_error_messages = {"not_a_string": _("The value of “%(key)s” is not a string or null.")}
    shared_default = ("dict", "{}")

    def db_type(self, connection: Any) -> str:
        return "hstore"

    def get_transform(self, name: str) -> Any:
        return super().get_transform(name) or KeyTransformFactory(name)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        for key, each in value.items():
            if not isinstance(each, str) and each is not None:
                raise exceptions.ValidationError(
                    self.error_messages["not_a_string"], code="not_a_string", params={"key": key}
                )

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def value_to_string(self, obj: Any) -> str:
        return json.dumps(self.value_from_object(obj), ensure_ascii=False)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class or HStoreFormField, choices_form_class, **kwargs)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if isinstance(value, dict):
            return {str(key): None if each is None else str(each) for key, each in value.items()}
        if isinstance(value, list):
            return [str(each) for each in value]
        return value


HStoreField.register_lookup(CastExact)
HStoreField.register_lookup(CastIn)


class _Mapping(OperatorLookup):
    """The right side is a mapping."""

    shape_attributes = ()

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        sql, params = super().process_rhs(compiler, connection)
        return (f"{sql}::hstore" if self.rhs_is_direct_value() else sql), params


@HStoreField.register_lookup
class HStoreContains(_Mapping):
    """All pairs of the right side are in the left one."""

    lookup_name = "contains"
    operator = "@>"


@HStoreField.register_lookup
class HStoreContainedBy(_Mapping):
    """All pairs of the left side are in the right one."""

    lookup_name = "contained_by"
    operator = "<@"


class _Keys(OperatorLookup):
    """The right side is one key or several."""

    shape_attributes = ()
    prepare_rhs = False

    def db_value(self, value: Any, connection: Any) -> Any:
        return [str(each) for each in value] if isinstance(value, (list, tuple, set)) else str(value)


@HStoreField.register_lookup
class HStoreHasKey(_Keys):
    """The key is there."""

    lookup_name = "has_key"
    operator = "?"


@HStoreField.register_lookup
class HStoreHasKeys(_Keys):
    """All keys are there."""

    lookup_name = "has_keys"
    operator = "?&"


@HStoreField.register_lookup
class HStoreHasAnyKeys(_Keys):
    """One of the keys is there."""

    lookup_name = "has_any_keys"
    operator = "?|"


class KeyTransform(Transform):
    """The value under a key."""

    shape_attributes = ("extra", "key_name")
    output_field = TextField()

    def __init__(self, key_name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key_name = key_name

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        sql, params = compiler.compile(self.lhs)
        return f"({sql} -> %s)", [*params, self.key_name]


class KeyTransformFactory:
    """Makes the transform of one key: what `get_transform()` gives for a name it does not know."""

    is_transform = True
    is_lookup = False

    def __init__(self, key_name: str) -> None:
        self.key_name = key_name

    def __call__(self, *args: Any, **kwargs: Any) -> KeyTransform:
        return KeyTransform(self.key_name, *args, **kwargs)


@HStoreField.register_lookup
class KeysTransform(Transform):
    """All keys."""

    lookup_name = "keys"
    function = "akeys"
    output_field = ArrayField(TextField())


@HStoreField.register_lookup
class ValuesTransform(Transform):
    """All values."""

    lookup_name = "values"
    function = "avals"
    output_field = ArrayField(TextField())
