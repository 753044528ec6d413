"""`CompositePrimaryKey`: several fields that are the key together.

Source: docs topics/composite-primary-key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from hotclub._orm.fields import late
from hotclub._orm.fields.field import NOT_PROVIDED, Field
from hotclub.core import checks
from hotclub.utils.functional import cached_property


class CompositeAttribute:
    """The attribute `pk` of a model with a composite key: a tuple, read and written part by part."""

    def __init__(self, field: Any) -> None:
        self.field = field

    @property
    def attnames(self) -> list[str]:
        return [field.attname for field in self.field.fields]

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        return tuple(getattr(instance, name) for name in self.attnames)

    def __set__(self, instance: Any, values: Any) -> None:
        names = self.attnames
        if values is None:
            values = (None,) * len(names)
        if not isinstance(values, (list, tuple)):
            raise ValueError(f"{self.field.name!r} must be a list or a tuple.")
        if len(values) != len(names):
            raise ValueError(f"{self.field.name!r} must have {len(names)} elements.")
        for name, value in zip(names, values, strict=True):
            setattr(instance, name, value)


class CompositePrimaryKey(Field[tuple[Any, ...]]):
    """A key made of other fields; it has no column.

    Args:
        *args: names of the fields, in order.
    """

    descriptor_class = CompositeAttribute

    def __init__(self, *args: str, **kwargs: Any) -> None:
        if not args or not all(isinstance(name, str) for name in args) or len(set(args)) != len(args):
            raise ValueError("CompositePrimaryKey args must be unique strings.")
        if len(args) == 1:
            raise ValueError("CompositePrimaryKey must include at least two fields.")
        if kwargs.get("default", NOT_PROVIDED) is not NOT_PROVIDED:
            raise ValueError("CompositePrimaryKey cannot have a default.")
        if kwargs.get("db_default", NOT_PROVIDED) is not NOT_PROVIDED:
            raise ValueError("CompositePrimaryKey cannot have a database default.")
        if kwargs.get("db_column") is not None:
            raise ValueError("CompositePrimaryKey cannot have a db_column.")
        if kwargs.setdefault("editable", False):
            raise ValueError("CompositePrimaryKey cannot be editable.")
        if not kwargs.setdefault("primary_key", True):
            raise ValueError("CompositePrimaryKey must be a primary key.")
        if not kwargs.setdefault("blank", True):
            raise ValueError("CompositePrimaryKey must be blank.")
        self.field_names = args
        super().__init__(**kwargs)

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        # Every keyword is fixed; only the names matter.
        name, path, _args, _kwargs = super().deconstruct()
        return name, path, list(self.field_names), {}

    @cached_property
    def fields(self) -> tuple[Any, ...]:
        return tuple(self.model._meta.get_field(name) for name in self.field_names)

    @cached_property
    def columns(self) -> tuple[Any, ...]:
        return tuple(field.column for field in self.fields)

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only=private_only)
        cls._meta.pk = self
        setattr(cls, self.attname, self.descriptor_class(self))

    def get_attname_column(self) -> tuple[str, Any]:
        return self.get_attname(), None

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.field_names)

    def __bool__(self) -> bool:
        return True

    @cached_property
    def cached_col(self) -> Any:
        return late.column_pairs_expression(self.model._meta.db_table, self.fields, self.fields, self)

    def get_col(self, alias: str, output_field: Any = None) -> Any:
        if alias == self.model._meta.db_table and (output_field is None or output_field == self):
            return self.cached_col
        return late.column_pairs_expression(alias, self.fields, self.fields, output_field or self)

    def get_pk_value_on_save(self, instance: Any) -> Any:
        """Fill the parts that have a default; return the whole if it is complete."""
        values = []
        for field in self.fields:
            value = field.value_from_object(instance)
            if value is None:
                value = field.get_pk_value_on_save(instance)
            values.append(value)
        return tuple(values)

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)
        if self.name != "pk":
            found.append(checks.Error("'CompositePrimaryKey' must be named 'pk'.", obj=self, id="fields.E013"))
            return found
        # The name is reserved for exactly this field.
        return [each for each in found if each.id != "fields.E003"]

    def value_to_string(self, obj: Any) -> str:
        """Return the parts as a JSON list of texts."""
        parts = []
        for field in self.fields:
            value = field.value_from_object(obj)
            parts.append(value if value is None else field.value_to_string(obj))
        return json.dumps(parts, ensure_ascii=False)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            # Serializers write the key as a JSON list.
            value = json.loads(value)
        if isinstance(value, (list, tuple)):
            return tuple(field.to_python(part) for field, part in zip(self.fields, value, strict=True))
        return value

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return tuple(field.get_prep_value(part) for field, part in zip(self.fields, value, strict=False))
        return value

    def get_filter_kwargs_for_object(self, obj: Any) -> dict[str, Any]:
        return {field.name: getattr(obj, field.attname) for field in self.fields}

    def get_internal_type(self) -> str:
        return "CompositePrimaryKey"


def unnest(fields: Iterable[Any]) -> list[Any]:
    """Replace composite keys in a list by their parts."""
    found: list[Any] = []
    for field in fields:
        if isinstance(field, CompositePrimaryKey):
            found.extend(field.fields)
        else:
            found.append(field)
    return found


CompositePrimaryKey.__module__ = "hotclub.db.models.fields.composite"
CompositeAttribute.__module__ = "hotclub.db.models.fields.composite"
