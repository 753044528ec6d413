"""Lookups on JSON: keys as transforms, containment, presence of keys.

A key path is written by the connection (`ops.compile_json_path`) and travels as a parameter: the keys in the name of a
lookup belong to its shape, a key given as a value (`has_key`) is put into the path when it is bound. How a value is
written may depend on it (`null`, `true` and `false` are compared as types on SQLite); a plan has the text of the value it
was made for, and a value that does not fit it asks for another (`Compiler.bind_written`).

Source: docs topics/db/queries, "Querying JSONField".
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.core import SQL, Value
from hotclub._orm.fields.late import json_key_transform
from hotclub._orm.lookups.builtin import (
    Contains,
    EndsWith,
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    IEndsWith,
    IExact,
    In,
    IRegex,
    IsNull,
    IStartsWith,
    LessThan,
    LessThanOrEqual,
    Regex,
    StartsWith,
)
from hotclub._orm.lookups.core import Lookup, Transform
from hotclub._orm.plan import has_holes
from hotclub._orm.shape import NeedsText, Slot
from hotclub.db.utils import NotSupportedError
from hotclub.utils.deprecation import RemovedInDjango2028Warning

JSONField = fields.JSONField


class KeyTransform(Transform):
    """The value under a key or an index."""

    shape_attributes = ("extra", "key_name")
    is_key_transform = True
    postgres_operator = "->"
    postgres_nested_operator = "#>"
    cast_numeric = False

    def __init__(self, key_name: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key_name = str(key_name)

    def preprocess_lhs(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...], list[str]]:
        """Return the document's SQL, its parameters, and the keys from the outside inwards."""
        keys = [self.key_name]
        source = self.lhs
        while isinstance(source, KeyTransform):
            keys.insert(0, source.key_name)
            source = source.lhs
        sql, params = compiler.compile(source)
        return sql, tuple(params), keys

    def as_sql(self, compiler: Any, connection: Any) -> SQL:  # type: ignore[override]
        sql, params, keys = self.preprocess_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return self._postgresql(sql, params, keys)
        path = connection.ops.compile_json_path(keys)
        if connection.vendor == "sqlite":
            return _comparable_text(sql, params, path, connection)
        return f"JSON_EXTRACT({sql}, %s)", (*params, path)

    def _postgresql(self, sql: str, params: tuple[Any, ...], keys: list[str]) -> SQL:
        if len(keys) > 1:
            return f"({sql} {self.postgres_nested_operator} %s)", (*params, keys)
        try:
            key: Any = int(self.key_name)
        except ValueError:
            key = self.key_name
        return f"({sql} {self.postgres_operator} %s)", (*params, key)


def _comparable_text(sql: str, params: Sequence[Any], path: str, connection: Any) -> SQL:
    """The value at a path as SQLite compares it: `true`, `false` and `null` by their names."""
    kinds = ", ".join(repr(kind) for kind in sorted(connection.ops.jsonfield_datatype_values))
    text = f"(CASE WHEN JSON_TYPE({sql}, %s) IN ({kinds}) THEN JSON_TYPE({sql}, %s) ELSE JSON_EXTRACT({sql}, %s) END)"
    return text, (*params, path) * 3


class KeyTextTransform(KeyTransform):
    """The value under a key, as text."""

    shape_attributes = ("extra", "key_name")
    postgres_operator = "->>"
    postgres_nested_operator = "#>>"
    output_field = fields.TextField()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:  # type: ignore[override]
        if connection.vendor == "mysql":
            sql, params, keys = self.preprocess_lhs(compiler, connection)
            path = connection.ops.compile_json_path(keys)
            return f"JSON_UNQUOTE(JSON_EXTRACT({sql}, %s))", (*params, path)
        return super().as_sql(compiler, connection)

    @classmethod
    def from_lookup(cls, lookup: str) -> Any:
        """Build the transform of a path such as `"data__owner__name"`.

        Raises:
            ValueError: there is no key in the path.
        """
        made, *keys = lookup.split("__")
        if not keys:
            raise ValueError("Lookup must contain key or index transforms.")
        found: Any = made
        for key in keys:
            found = cls(key, found)
        return found


KT = KeyTextTransform.from_lookup


class KeyTransformFactory:
    """Makes the transform of one key; what `get_transform()` of a JSON field gives for a name it does not know."""

    is_transform = True
    is_lookup = False

    def __init__(self, key_name: str) -> None:
        self.key_name = key_name

    def __call__(self, *args: Any, **kwargs: Any) -> KeyTransform:
        return KeyTransform(self.key_name, *args, **kwargs)


class JSONNull(Value):
    """JSON's own `null`, as opposed to SQL's NULL.

    Source: docs topics/db/queries, "Storing and querying for None".
    """

    shape_attributes = ("for_save",)
    deconstruct_path = "hotclub.db.models.JSONNull"

    def __init__(self) -> None:
        super().__init__(None, output_field=JSONField())

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        value = self.output_field.get_db_prep_value(self.value, connection)
        if value is None:
            value = "null"
        return "%s", (value,)


@JSONField.register_lookup
class DataContains(Lookup):
    """The document holds another one."""

    shape_attributes = ()
    lookup_name = "contains"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if not connection.features.supports_json_field_contains:
            raise NotSupportedError("contains lookup is not supported on this database backend.")
        return _containment(self, compiler, connection, False)

    def db_value(self, value: Any, connection: Any) -> Any:
        return self.lhs.output_field.get_db_prep_value(value, connection)


@JSONField.register_lookup
class ContainedBy(Lookup):
    """The document is held by another one."""

    shape_attributes = ()
    lookup_name = "contained_by"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if not connection.features.supports_json_field_contains:
            raise NotSupportedError("contained_by lookup is not supported on this database backend.")
        return _containment(self, compiler, connection, True)

    def db_value(self, value: Any, connection: Any) -> Any:
        return self.lhs.output_field.get_db_prep_value(value, connection)


def _containment(lookup: Any, compiler: Any, connection: Any, turned: bool) -> SQL:
    left, left_params = lookup.process_lhs(compiler, connection)
    right, right_params = lookup.process_rhs(compiler, connection)
    if connection.vendor == "postgresql":
        return f"{left} {'<@' if turned else '@>'} {right}", [*left_params, *right_params]
    if turned:
        return f"JSON_CONTAINS({right}, {left})", [*right_params, *left_params]
    return f"JSON_CONTAINS({left}, {right})", [*left_params, *right_params]


class HasKeyLookup(Lookup):
    """What the lookups for keys share."""

    shape_attributes = ()
    prepare_rhs = False
    logical_operator: str | None = None
    postgres_operator = "?"

    def keys_in(self, value: Any) -> list[Any]:
        """The keys that a right side asks for."""
        return [value]

    def compile_json_path_final_key(self, connection: Any, key: Any) -> str:
        # The last key is a name, even if it looks like a number: positions are given as transforms.
        return f".{json.dumps(key)}"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if connection.vendor == "postgresql":
            return self._postgresql(compiler, connection)
        if isinstance(self.lhs, KeyTransform):
            sql, params, before = self.lhs.preprocess_lhs(compiler, connection)
            start = connection.ops.compile_json_path(before)
        else:
            sql, left_params = self.process_lhs(compiler, connection)
            params, start = tuple(left_params), "$"
        if connection.vendor == "sqlite":
            test = f"JSON_TYPE({sql}, %s) IS NOT NULL"
        else:
            test = f"JSON_CONTAINS_PATH({sql}, 'one', %s)"

        def path_to(key: Any) -> str:
            middle, last = "", key
            if isinstance(key, KeyTransform):
                *inner, last = _path_names(key)
                middle = connection.ops.compile_json_path(inner, include_root=False)
            return f"{start}{middle}{self.compile_json_path_final_key(connection, last)}"

        value = self.rhs_value(compiler)
        operator = self.logical_operator
        if operator is None:
            if type(value) is Slot:
                return test, [*params, compiler.bind(value, path_to)]
            return test, [*params, path_to(value)]

        def bound(given: Any) -> list[Any]:
            return [param for key in self.keys_in(given) for param in (*params, path_to(key))]

        def text(count: int) -> str:
            return f"({operator.join([test] * (count // (len(params) + 1)))})"

        if type(value) is not Slot:
            found = bound(value)
            return text(len(found)), found
        if has_holes(params):
            raise NeedsText
        return compiler.bind_list(value, bound, text)  # type: ignore[no-any-return]

    def _postgresql(self, compiler: Any, connection: Any) -> SQL:
        left, params = self.process_lhs(compiler, connection)
        value = self.rhs_value(compiler)
        if type(value) is Slot:
            text = self._texts if self.logical_operator else str
            return f"{left} {self.postgres_operator} %s", [*params, compiler.bind(value, text)]
        if self.logical_operator:
            return f"{left} {self.postgres_operator} %s", [*params, self._texts(value)]
        names = _path_names(value)
        if len(names) > 1:
            left, params = f"({left} #> %s)", [*params, names[:-1]]
        return f"{left} {self.postgres_operator} %s", [*params, names[-1]]

    def _texts(self, value: Any) -> list[str]:
        return [str(key) for key in self.keys_in(value)]


def _path_names(key: Any) -> list[str]:
    """Return the names on the way to a key: several if a transform says where it is."""
    if not isinstance(key, KeyTransform):
        return [str(key)]
    names = [key.key_name]
    source = key.lhs
    while isinstance(source, KeyTransform):
        names.insert(0, source.key_name)
        source = source.lhs
    return names


@JSONField.register_lookup
class HasKey(HasKeyLookup):
    shape_attributes = ()
    lookup_name = "has_key"


class HasKeyOrArrayIndex(HasKey):
    """A key or a position."""

    shape_attributes = ()

    def compile_json_path_final_key(self, connection: Any, key: Any) -> str:
        return connection.ops.compile_json_path([key], include_root=False)  # type: ignore[no-any-return]


class HasKeys(HasKeyLookup):
    shape_attributes = ()
    lookup_name = "has_keys"
    logical_operator = " AND "
    postgres_operator = "?&"

    def keys_in(self, value: Any) -> list[Any]:
        return list(value) if isinstance(value, Iterable) and not isinstance(value, (str, KeyTransform)) else [value]

    def prep_value(self, value: Any) -> Any:
        return [key if hasattr(key, "resolve_expression") else str(key) for key in value]

    def get_prep_lookup(self) -> Any:
        return self.prep_value(self.rhs)

    def slot_preparer(self) -> Any:
        return self.prep_value


class HasAnyKeys(HasKeys):
    shape_attributes = ()
    lookup_name = "has_any_keys"
    logical_operator = " OR "
    postgres_operator = "?|"


JSONField.register_lookup(HasKeys)
JSONField.register_lookup(HasAnyKeys)


class JSONExact(Exact):
    """Equality of documents; None stands for JSON's null."""

    shape_attributes = ()
    can_use_none_as_rhs = True

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        if self.rhs is None and not isinstance(self.lhs, KeyTransform):
            warnings.warn(
                "Using None as the right-hand side of an exact lookup on JSONField to mean JSON scalar 'null' is "
                "deprecated. Use JSONNull() instead (or use the __isnull lookup if you meant SQL NULL).",
                RemovedInDjango2028Warning,
                stacklevel=2,
            )
            return "%s", ["null"]
        sql, params = super().process_rhs(compiler, connection)
        params = [compiler.adapt(param, _null_for_none) for param in params]
        if connection.vendor == "mysql":
            sql = sql % tuple(["JSON_EXTRACT(%s, '$')"] * len(params))
        return sql, params

    def db_value(self, value: Any, connection: Any) -> Any:
        return self.lhs.output_field.get_db_prep_value(value, connection)


def _null_for_none(param: Any) -> Any:
    return "null" if param is None else param


class _AnyCase(Lookup):
    """MySQL and MariaDB compare JSON by its bytes: both sides are put into lower case."""

    shape_attributes = ()

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> SQL:
        sql, params = super().process_lhs(compiler, connection, lhs)
        return (f"LOWER({sql})" if connection.vendor == "mysql" else sql), params

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        sql, params = super().process_rhs(compiler, connection)
        return (f"LOWER({sql})" if connection.vendor == "mysql" else sql), params


class JSONIContains(_AnyCase, IContains):
    shape_attributes = ()


JSONField.register_lookup(JSONExact)
JSONField.register_lookup(JSONIContains)


def _key_value(param: Any, connection: Any) -> str:
    """How a value is written to be comparable with what stands under a key."""
    if connection.vendor == "sqlite":
        if isinstance(param, str) and param in connection.ops.jsonfield_datatype_values:
            return "%s"
        return "JSON_EXTRACT(%s, '$')"
    if connection.vendor == "mysql":
        return "JSON_EXTRACT(%s, '$')"
    return "%s"


class KeyTransformExact(JSONExact):
    shape_attributes = ()

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        if hasattr(self.rhs, "as_sql"):
            return Lookup.process_rhs(self, compiler, connection)

        def write(value: Any) -> SQL:
            param = _null_for_none(None if value is None else self.db_value(value, connection))
            return _key_value(param, connection), [param]

        value = self.rhs
        return compiler.bind_written(value, write) if type(value) is Slot else write(value)


def _document_of(literal: Value, compiler: Any) -> Any:
    """What a literal of any type is in JSON."""
    field = literal._output_field_or_none
    value = compiler.value_of(literal.value) if type(literal.value) is Slot else literal.value
    return value if field is None or isinstance(field, JSONField) else field.get_prep_value(value)


class KeyTransformIn(In):
    """Membership of what stands under a key."""

    shape_attributes = ()

    def process_parts(self, compiler: Any, connection: Any, values: Sequence[Any]) -> tuple[list[str], list[Any]]:
        texts: list[str] = []
        params: list[Any] = []
        for value in values:
            if isinstance(value, Value):
                literal, value = value, _document_of(value, compiler)
                if value is None and not isinstance(literal._output_field_or_none, JSONField):
                    texts.append("NULL")
                    continue
            elif hasattr(value, "as_sql"):
                sql, part_params = compiler.compile(value)
                texts.append(sql)
                params.extend(part_params)
                continue
            param = self.lhs.output_field.get_db_prep_value(value, connection)
            param = _null_for_none(param)
            texts.append(_key_value(param, connection))
            params.append(param)
        return texts, params


class JSONIn(KeyTransformIn):
    """Membership of whole documents: white space and the order of keys in the text do not count."""

    shape_attributes = ()

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> SQL:
        sql, params = super().process_lhs(compiler, connection, lhs)
        if connection.vendor != "sqlite" or isinstance(self.lhs, KeyTransform):
            return sql, params
        return _comparable_text(sql, params, "$", connection)

    def process_parts(self, compiler: Any, connection: Any, values: Sequence[Any]) -> tuple[list[str], list[Any]]:
        if connection.vendor == "sqlite":
            return super().process_parts(compiler, connection, values)
        return In.process_parts(self, compiler, connection, values)


JSONField.register_lookup(JSONIn)


class KeyTransformIsNull(IsNull):
    """Whether a key is missing."""

    shape_attributes = ()

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if connection.vendor == "postgresql":
            return super().as_sql(compiler, connection)
        if not isinstance(self.rhs, bool):
            raise ValueError("The QuerySet value for an isnull lookup must be True or False.")
        sql, params = HasKeyOrArrayIndex(self.lhs.lhs, self.lhs.key_name).as_sql(compiler, connection)
        if not self.rhs:
            return sql, params
        if connection.vendor == "sqlite":
            return sql.replace("IS NOT NULL", "IS NULL"), params
        document, document_params, _keys = self.lhs.preprocess_lhs(compiler, connection)
        return f"(NOT {sql} OR {document} IS NULL)", [*params, *document_params]


class KeyTransformTextLookupMixin:
    """Compares the text under a key."""

    shape_neutral = True

    def __init__(self, key_transform: Any, *args: Any, **kwargs: Any) -> None:
        if not isinstance(key_transform, KeyTransform):
            raise TypeError("Transform should be an instance of KeyTransform in order to use this lookup.")
        text = KeyTextTransform(key_transform.key_name, *key_transform.source_expressions, **key_transform.extra)
        super().__init__(text, *args, **kwargs)  # type: ignore[call-arg]


class KeyTransformIExact(_AnyCase, KeyTransformTextLookupMixin, IExact):
    """Equality without regard to case; None stands for JSON's null, which is no text."""

    shape_attributes = ()
    can_use_none_as_rhs = True

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        if self.rhs is not None:
            return super().as_sql(compiler, connection)
        key = KeyTransform(self.lhs.key_name, *self.lhs.source_expressions)
        return KeyTransformExact(key, None).as_sql(compiler, connection)


class KeyTransformIContains(_AnyCase, KeyTransformTextLookupMixin, IContains):
    shape_attributes = ()


class KeyTransformContains(KeyTransformTextLookupMixin, Contains):
    shape_attributes = ()


class KeyTransformStartsWith(KeyTransformTextLookupMixin, StartsWith):
    shape_attributes = ()


class KeyTransformIStartsWith(_AnyCase, KeyTransformTextLookupMixin, IStartsWith):
    shape_attributes = ()


class KeyTransformEndsWith(KeyTransformTextLookupMixin, EndsWith):
    shape_attributes = ()


class KeyTransformIEndsWith(_AnyCase, KeyTransformTextLookupMixin, IEndsWith):
    shape_attributes = ()


class KeyTransformRegex(KeyTransformTextLookupMixin, Regex):
    shape_attributes = ()


class KeyTransformIRegex(_AnyCase, KeyTransformTextLookupMixin, IRegex):
    shape_attributes = ()


class _Number(Lookup):
    """Compares by order: databases that keep JSON as text need the plain value."""

    shape_attributes = ()

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        sql, params = super().process_rhs(compiler, connection)
        if not connection.features.has_native_json_field and not hasattr(self.rhs, "as_sql"):
            params = [compiler.adapt(param, json.loads) for param in params]
        return sql, params


class KeyTransformLt(_Number, LessThan):
    shape_attributes = ()


class KeyTransformLte(_Number, LessThanOrEqual):
    shape_attributes = ()


class KeyTransformGt(_Number, GreaterThan):
    shape_attributes = ()


class KeyTransformGte(_Number, GreaterThanOrEqual):
    shape_attributes = ()


for _lookup in (
    KeyTransformIn,
    KeyTransformExact,
    KeyTransformIExact,
    KeyTransformIsNull,
    KeyTransformIContains,
    KeyTransformStartsWith,
    KeyTransformIStartsWith,
    KeyTransformEndsWith,
    KeyTransformIEndsWith,
    KeyTransformRegex,
    KeyTransformIRegex,
    KeyTransformLt,
    KeyTransformLte,
    KeyTransformGt,
    KeyTransformGte,
):
    KeyTransform.register_lookup(_lookup)

json_key_transform.fill(KeyTransformFactory)
for _public in (
    KeyTransform,
    KeyTextTransform,
    KeyTransformFactory,
    JSONNull,
    HasKey,
    HasKeys,
    HasAnyKeys,
    DataContains,
):
    _public.__module__ = "hotclub.db.models.fields.json"
JSONNull.__module__ = "hotclub.db.models.expressions"
