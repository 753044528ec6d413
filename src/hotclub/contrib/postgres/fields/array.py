"""`ArrayField`: a list in one column.

Source: docs ref/contrib/postgres/fields, "ArrayField".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hotclub.contrib.postgres.casting import COMPARISONS, CastRight
from hotclub.contrib.postgres.fields.base import SQL, MutableField, PartedField
from hotclub.contrib.postgres.forms.array import SimpleArrayField
from hotclub.contrib.postgres.operators import OperatorLookup
from hotclub.contrib.postgres.utils import prefix_validation_error
from hotclub.contrib.postgres.validators import ArrayMaxLengthValidator
from hotclub.core import checks, exceptions
from hotclub.db.models import Field, Func, IntegerField, Transform, Value
from hotclub.utils.translation import gettext_lazy as _


class ArrayField(PartedField, MutableField):
    """A column of arrays.

    Args:
        base_field: the type of the elements: any field but a relation; another array for more dimensions.
        size: largest number of elements; PostgreSQL itself does not enforce it.
    """

    empty_strings_allowed = False
    default_error_messages = {
        "item_invalid": _("Item %(nth)s in the array did not validate:"),
        "nested_array_mismatch": _("Nested arrays must have the same length."),
    }

    def __init__(self, base_field: Field[Any], size: int | None = None, **kwargs: Any) -> None:
        self.base_field: Any = base_field
        self.size = size
        if self.size:
            self.default_validators = [*self.default_validators, ArrayMaxLengthValidator(self.size)]
        # Elements are converted only where their field converts.
        if hasattr(base_field, "from_db_value"):
            self.from_db_value = self._convert_elements
        super().__init__(**kwargs)

    # -- definition --

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)
        if self.base_field.remote_field:
            found.append(checks.Error("Base field for array cannot be a related field.", obj=self, id="postgres.E002"))
            return found
        problems = [each for each in self.base_field.check(**kwargs) if each.id != "postgres.E005"]
        errors = [each for each in problems if isinstance(each, checks.Error)]
        warnings = [each for each in problems if each not in errors]
        for kind, each_of, label, code in (
            (checks.Error, errors, "errors", "postgres.E001"),
            (checks.Warning, warnings, "warnings", "postgres.W004"),
        ):
            if each_of:
                listed = "\n    ".join(f"{each.msg} ({each.id})" for each in each_of)
                found.append(kind(f"Base field for array has {label}:\n    {listed}", obj=self, id=code))
        return found

    @property
    def description(self) -> Any:
        return f"Array of {self.base_field.description}"

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if path == f"{__name__}.ArrayField":
            path = "hotclub.contrib.postgres.fields.ArrayField"
        kwargs["base_field"] = self.base_field.clone()
        if self.size:
            kwargs["size"] = self.size
        return name, path, args, kwargs

    # -- the database --

    def db_type(self, connection: Any) -> str:
        return f"{self.base_field.db_type(connection)}[{self.size or ''}]"

    def cast_db_type(self, connection: Any) -> str:
        return f"{self.base_field.cast_db_type(connection)}[{self.size or ''}]"

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        found = super().db_parameters(connection)
        found["collation"] = self.base_field.db_parameters(connection).get("collation")
        return found

    def get_placeholder_sql(self, value: Any, compiler: Any, connection: Any) -> SQL:
        if isinstance(value, (list, tuple)) and _holds_expressions(value):
            return _written_out(self, value, compiler)
        return super().get_placeholder_sql(value, compiler, connection)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, (list, tuple)):
            convert = self.base_field.get_db_prep_value
            return [
                each if hasattr(each, "resolve_expression") else convert(each, connection, prepared=False)
                for each in value
            ]
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, (list, tuple)):
            convert = self.base_field.get_db_prep_save
            return [convert(each, connection) for each in value]
        return value

    def _convert_elements(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None:
            return value
        convert = self.base_field.from_db_value
        return [convert(each, expression, connection) for each in value]

    # -- Python --

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            # What value_to_string() wrote.
            return [self.base_field.to_python(each) for each in json.loads(value)]
        return value

    def value_to_string(self, obj: Any) -> str:
        values = self.value_from_object(obj)
        if values is None:
            return json.dumps(None)
        return json.dumps([self.part_to_string(each) for each in values], ensure_ascii=False)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        self._each(value, lambda part: self.base_field.validate(part, model_instance))
        if isinstance(self.base_field, ArrayField) and len({len(part) for part in value}) > 1:
            raise exceptions.ValidationError(self.error_messages["nested_array_mismatch"], code="nested_array_mismatch")

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        self._each(value, self.base_field.run_validators)

    def _each(self, value: Any, look: Callable[[Any], None]) -> None:
        for position, part in enumerate(value):
            try:
                look(part)
            except exceptions.ValidationError as error:
                raise prefix_validation_error(
                    error,
                    prefix=self.error_messages["item_invalid"],
                    code="item_invalid",
                    params={"nth": position + 1},
                ) from None

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        options = {"base_field": self.base_field.formfield(), "max_length": self.size, **kwargs}
        return super().formfield(form_class or SimpleArrayField, choices_form_class, **options)

    # -- queries --

    def get_transform(self, name: str) -> Any:
        found = super().get_transform(name)
        if found:
            return found
        if "_" not in name:
            try:
                position = int(name)
            except ValueError:
                return None
            # PostgreSQL counts from one.
            return IndexTransformFactory(position + 1, self.base_field)
        try:
            start, end = (int(each) for each in name.split("_"))
        except ValueError:
            return None
        return SliceTransformFactory(start + 1, end)

    def slice_expression(self, expression: Any, start: int, length: int | None) -> Any:
        # `F("field")[1:3]`; the start counts from one, like PostgreSQL does.
        if length is None:
            return SliceTransform(start, None, expression)
        return SliceTransform(start, start + length - 1, expression)


def _holds_expressions(values: Any) -> bool:
    return any(hasattr(each, "resolve_expression") for each in values)


class ArrayLiteral(Func):
    """`ARRAY[…]`: an array some of whose elements are expressions."""

    function = "ARRAY"
    template = "%(function)s[%(expressions)s]"


def _literal(field: Any, values: Sequence[Any]) -> ArrayLiteral:
    base = field.base_field
    return ArrayLiteral(
        *(each if hasattr(each, "resolve_expression") else Value(base.get_prep_value(each), base) for each in values),
        output_field=field,
    )


def _written_out(field: Any, values: Sequence[Any], compiler: Any) -> SQL:
    sql, params = compiler.compile(_literal(field, values).resolve_expression(compiler.query))
    return f"{sql}::{field.db_type(compiler.connection)}", params


# -- lookups ---------------------------------------------------------------------------------------------------------


class _ArrayRight(CastRight):
    """The right side is an array: a list, some elements of which may be expressions."""

    shape_neutral = True
    rhs: Any

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if isinstance(rhs, (list, tuple)) and _holds_expressions(rhs):
            rhs = _literal(lhs.output_field, rhs)
        super().__init__(lhs, rhs)  # type: ignore[call-arg]  # of the lookup beside it

    def db_value(self, value: Any, connection: Any) -> Any:
        return self.lhs.output_field.get_db_prep_value(value, connection)


class _ArrayOperator(_ArrayRight, OperatorLookup):
    """An operator between arrays."""


@ArrayField.register_lookup
class ArrayContains(_ArrayOperator):
    """All elements of the right side are in the left one."""

    lookup_name = "contains"
    operator = "@>"


@ArrayField.register_lookup
class ArrayContainedBy(_ArrayOperator):
    """All elements of the left side are in the right one."""

    lookup_name = "contained_by"
    operator = "<@"


@ArrayField.register_lookup
class ArrayOverlap(_ArrayOperator):
    """Both sides share an element; a query on the right gives the elements of all its rows."""

    shape_attributes = ()
    lookup_name = "overlap"
    operator = "&&"

    def process_rhs(self, compiler: Any, connection: Any) -> SQL:
        if not getattr(self.rhs, "is_query_tree", False):
            return super().process_rhs(compiler, connection)
        sql, params = compiler.compile(self.rhs)
        query = sql if sql.startswith("(") else f"({sql})"
        element = "UNNEST(rows.part)" if isinstance(self.rhs.output_field, ArrayField) else "rows.part"
        return f"ARRAY(SELECT {element} FROM {query} AS rows(part))::{self.right_type(connection)}", params


class _WithArrays(_ArrayRight):
    """Comparisons by value and order."""


for _comparison in COMPARISONS:
    _name = f"Array{_comparison.__name__.removeprefix('Cast')}"
    _bases = (_comparison,) if _comparison.lookup_name == "in" else (_WithArrays, _comparison)
    ArrayField.register_lookup(type(_name, _bases, {"__module__": __name__, "__doc__": _comparison.__doc__}))


@ArrayField.register_lookup
class ArrayLenTransform(Transform):
    """The number of elements; NULL for NULL."""

    shape_attributes = ("extra",)
    lookup_name = "len"
    output_field = IntegerField()
    template = "CASE WHEN %(expressions)s IS NULL THEN NULL ELSE COALESCE(ARRAY_LENGTH(%(expressions)s, 1), 0) END"

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        sql, params = super().as_sql(compiler, connection, **extra_context)
        return sql, [*params, *params]  # the array stands in the text twice


def _subscripted(compiler: Any, array: Any) -> SQL:
    """Write what a subscript follows: another subscript stays bare, for PostgreSQL takes all of them at once."""
    sql, params = compiler.compile(array)
    return (sql if isinstance(array, (IndexTransform, SliceTransform)) else f"({sql})"), params


class IndexTransform(Transform):
    """One element.

    Args:
        index: its position, from one.
        base_field: the type of the element.
    """

    shape_attributes = ("extra", "index", "base_field")

    def __init__(self, index: int, base_field: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.index, self.base_field = index, base_field

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        sql, params = _subscripted(compiler, self.lhs)
        return f"{sql}[%s]", [*params, self.index]

    @property
    def output_field(self) -> Any:
        return self.base_field


class IndexTransformFactory:
    """Makes the transform of one position: what `get_transform("0")` gives."""

    is_transform = True
    is_lookup = False

    def __init__(self, index: int, base_field: Any) -> None:
        self.index, self.base_field = index, base_field

    def __call__(self, *args: Any, **kwargs: Any) -> IndexTransform:
        return IndexTransform(self.index, self.base_field, *args, **kwargs)


class SliceTransform(Transform):
    """A run of elements.

    Args:
        start: the first position, from one.
        end: the last position, included; None for the rest.
    """

    shape_attributes = ("extra", "start", "end")

    def __init__(self, start: int, end: int | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.start, self.end = start, end

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        sql, params = compiler.compile(self.lhs)
        # In brackets: a slice of a slice counts anew.
        if self.end is None:
            return f"({sql})[%s:]", [*params, self.start]
        return f"({sql})[%s:%s]", [*params, self.start, self.end]


class SliceTransformFactory:
    """Makes the transform of a slice: what `get_transform("0_2")` gives."""

    is_transform = True
    is_lookup = False

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end

    def __call__(self, *args: Any, **kwargs: Any) -> SliceTransform:
        return SliceTransform(self.start, self.end, *args, **kwargs)
