"""`Meta.constraints`: conditions and uniqueness kept by the database, and validated before.

Source: docs ref/models/constraints.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from types import NoneType
from typing import Any

from hotclub._orm import constraint_checks
from hotclub._orm.expressions.conditional import Case, When
from hotclub._orm.expressions.core import F, Value
from hotclub._orm.fields.numbers import IntegerField
from hotclub._orm.fragments import condition_sql
from hotclub._orm.index_expressions import bare, resolved_list
from hotclub._orm.lookups.builtin import Exact, IsNull
from hotclub._orm.model_validation import field_expressions
from hotclub._orm.q import Q
from hotclub.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from hotclub.db import connections
from hotclub.db.utils import DEFAULT_DB_ALIAS
from hotclub.utils.translation import gettext_lazy as _


class BaseConstraint:
    """What all constraints share.

    Args:
        name: name in the database.
        violation_error_code: code of the validation error.
        violation_error_message: its text; `%(name)s` stands for the name.
    """

    name: str

    default_violation_error_message = _("Constraint “%(name)s” is violated.")
    violation_error_code: str | None = None
    violation_error_message: Any = None
    fields: Sequence[str] = ()

    def __init__(
        self, *, name: str, violation_error_code: str | None = None, violation_error_message: Any = None
    ) -> None:
        self.name = name
        if violation_error_code is not None:
            self.violation_error_code = violation_error_code
        if violation_error_message is not None:
            self.violation_error_message = violation_error_message
        else:
            self.violation_error_message = self.default_violation_error_message

    @property
    def contains_expressions(self) -> bool:
        return False

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Return the clause inside CREATE TABLE."""
        raise NotImplementedError("This method must be implemented by a subclass.")

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        """Return the statement that adds the constraint."""
        raise NotImplementedError("This method must be implemented by a subclass.")

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        """Return the statement that drops it."""
        raise NotImplementedError("This method must be implemented by a subclass.")

    def validate(
        self, model: Any, instance: Any, exclude: Iterable[str] | None = None, using: str = DEFAULT_DB_ALIAS
    ) -> None:
        """Check an instance.

        Args:
            model: the class that declares the constraint.
            instance: what to check.
            exclude: names of fields not to look at.
            using: database to ask.

        Raises:
            ValidationError: the instance violates the constraint.
        """
        raise NotImplementedError("This method must be implemented by a subclass.")

    def check(self, model: Any, connection: Any) -> list[Any]:
        """Return what the database cannot do, and names that do not exist."""
        return []

    def get_violation_error_message(self) -> Any:
        return self.violation_error_message % {"name": self.name}

    def _violation(self) -> ValidationError:
        return ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path = f"{type(self).__module__}.{type(self).__name__}"
        path = path.replace("hotclub.db.models.constraints", "hotclub.db.models")
        kwargs: dict[str, Any] = {"name": self.name}
        if self.violation_error_message is not None and (
            self.violation_error_message != self.default_violation_error_message
        ):
            kwargs["violation_error_message"] = self.violation_error_message
        if self.violation_error_code is not None:
            kwargs["violation_error_code"] = self.violation_error_code
        return path, (), kwargs

    def clone(self) -> Any:
        """Return a copy."""
        _path, args, kwargs = self.deconstruct()
        return type(self)(*args, **kwargs)

    def _repr(self, *parts: str) -> str:
        shown = [part for part in parts if part]
        if self.violation_error_code is not None:
            shown.append(f"violation_error_code={self.violation_error_code!r}")
        if self.violation_error_message is not None and (
            self.violation_error_message != self.default_violation_error_message
        ):
            shown.append(f"violation_error_message={self.violation_error_message!r}")
        return f"<{type(self).__qualname__}: {' '.join(shown)}>"

    __hash__ = None  # type: ignore[assignment]  # compared by value


class CheckConstraint(BaseConstraint):
    """A condition every row fulfils.

    Args:
        condition: a `Q` or a boolean expression.
    """

    condition: Any

    def __init__(
        self, *, condition: Any, name: str, violation_error_code: str | None = None, violation_error_message: Any = None
    ) -> None:
        self.condition = condition
        if not getattr(condition, "conditional", False):
            raise TypeError("CheckConstraint.condition must be a Q instance or boolean expression.")
        super().__init__(
            name=name, violation_error_code=violation_error_code, violation_error_message=violation_error_message
        )

    def check(self, model: Any, connection: Any) -> list[Any]:
        return constraint_checks.check_check_constraint(self, model, connection)

    def _get_check_sql(self, model: Any, schema_editor: Any) -> str:
        return condition_sql(_as_q(self.condition), model, schema_editor)

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        return schema_editor._check_sql(self.name, self._get_check_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        return schema_editor._create_check_sql(model, self.name, self._get_check_sql(model, schema_editor))

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        return schema_editor._delete_check_sql(model, self.name)

    def validate(
        self, model: Any, instance: Any, exclude: Iterable[str] | None = None, using: str = DEFAULT_DB_ALIAS
    ) -> None:
        against = field_expressions(instance, model._meta, set(exclude or ()))
        try:
            if not _as_q(self.condition).check(against, using=using):
                raise self._violation()
        except (FieldError, FieldDoesNotExist):
            # A field that must not be looked at is part of the condition.
            return

    def __repr__(self) -> str:
        return self._repr(f"condition={self.condition}", f"name={self.name!r}")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CheckConstraint):
            return (
                self.name == other.name
                and self.condition == other.condition
                and self.violation_error_code == other.violation_error_code
                and self.violation_error_message == other.violation_error_message
            )
        return super().__eq__(other)

    __hash__ = None

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs["condition"] = self.condition
        return path, args, kwargs


def _as_q(condition: Any) -> Any:
    return condition if isinstance(condition, Q) else Q(condition)


def certainly(condition: Any) -> Any:
    """Return a condition that is false where the given one is unknown: partial uniqueness covers only true rows."""
    truth = Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())
    return Q(Exact(truth, 1))


class Deferrable(Enum):
    """When a deferrable constraint is checked."""

    DEFERRED = "deferred"
    IMMEDIATE = "immediate"

    def __repr__(self) -> str:
        return f"{self.__class__.__qualname__}.{self._name_}"


class UniqueConstraint(BaseConstraint):
    """Uniqueness of fields or expressions.

    Args:
        *expressions: expressions, instead of `fields`.
        fields: names of fields.
        condition: only rows that match count.
        deferrable: check at the end of the transaction.
        include: further columns to keep in the index.
        opclasses: operator classes, one per field (PostgreSQL).
        nulls_distinct: whether NULLs differ from one another.
    """

    # Options, as given.
    expressions: tuple[Any, ...]
    condition: Any
    deferrable: Any
    include: tuple[str, ...]
    opclasses: Sequence[str]
    nulls_distinct: bool | None

    def __init__(
        self,
        *expressions: Any,
        fields: Sequence[str] = (),
        name: str | None = None,
        condition: Any = None,
        deferrable: Any = None,
        include: Sequence[str] | None = None,
        opclasses: Sequence[str] = (),
        nulls_distinct: bool | None = None,
        violation_error_code: str | None = None,
        violation_error_message: Any = None,
    ) -> None:
        if not name:
            raise ValueError("A unique constraint must be named.")
        if not expressions and not fields:
            raise ValueError("At least one field or expression is required to define a unique constraint.")
        if expressions and fields:
            raise ValueError("UniqueConstraint.fields and expressions are mutually exclusive.")
        if not isinstance(condition, (NoneType, Q)):
            raise ValueError("UniqueConstraint.condition must be a Q instance.")
        for option, value in (
            ("conditions", condition),
            ("include fields", include),
            ("opclasses", opclasses),
            ("expressions", expressions),
        ):
            if value and deferrable:
                raise ValueError(f"UniqueConstraint with {option} cannot be deferred.")
        if expressions and opclasses:
            raise ValueError(
                "UniqueConstraint.opclasses cannot be used with expressions. Use "
                "hotclub.contrib.postgres.indexes.OpClass() instead."
            )
        if not isinstance(deferrable, (NoneType, Deferrable)):
            raise TypeError("UniqueConstraint.deferrable must be a Deferrable instance.")
        if not isinstance(include, (NoneType, list, tuple)):
            raise TypeError("UniqueConstraint.include must be a list or tuple.")
        if not isinstance(opclasses, (list, tuple)):
            raise TypeError("UniqueConstraint.opclasses must be a list or tuple.")
        if not isinstance(nulls_distinct, (NoneType, bool)):
            raise TypeError("UniqueConstraint.nulls_distinct must be a bool.")
        if opclasses and len(fields) != len(opclasses):
            raise ValueError(
                "UniqueConstraint.fields and UniqueConstraint.opclasses must have the same number of elements."
            )
        self.fields = tuple(fields)
        self.condition = condition
        self.deferrable = deferrable
        self.include = tuple(include) if include else ()
        self.opclasses = opclasses
        self.nulls_distinct = nulls_distinct
        self.expressions = tuple(F(each) if isinstance(each, str) else each for each in expressions)
        super().__init__(
            name=name, violation_error_code=violation_error_code, violation_error_message=violation_error_message
        )

    @property
    def contains_expressions(self) -> bool:
        return bool(self.expressions)

    @property
    def is_total(self) -> bool:
        """Whether it is about plain fields and all rows."""
        return not self.condition and not self.expressions

    def check(self, model: Any, connection: Any) -> list[Any]:
        return constraint_checks.check_unique_constraint(self, model, connection)

    # -- DDL ---------------------------------------------------------------------------------------------------

    def _condition_sql(self, model: Any, schema_editor: Any) -> str | None:
        # An empty condition restricts nothing.
        return condition_sql(self.condition, model, schema_editor) if self.condition else None

    def _arguments(self, model: Any, schema_editor: Any) -> dict[str, Any]:
        expressions = None
        if self.expressions:
            expressions = resolved_list(self.expressions, model, schema_editor.connection)
        return {
            "condition": self._condition_sql(model, schema_editor),
            "deferrable": self.deferrable,
            "include": [model._meta.get_field(name).column for name in self.include],
            "opclasses": self.opclasses,
            "expressions": expressions,
            "nulls_distinct": self.nulls_distinct,
        }

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        fields = [model._meta.get_field(name) for name in self.fields]
        return schema_editor._unique_sql(model, fields, self.name, **self._arguments(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        fields = [model._meta.get_field(name) for name in self.fields]
        return schema_editor._create_unique_sql(model, fields, self.name, **self._arguments(model, schema_editor))

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        return schema_editor._delete_unique_sql(model, self.name, **self._arguments(model, schema_editor))

    # -- validation --------------------------------------------------------------------------------------------

    def validate(
        self, model: Any, instance: Any, exclude: Iterable[str] | None = None, using: str = DEFAULT_DB_ALIAS
    ) -> None:
        skipped = set(exclude or ())
        rows = model._default_manager.using(using)
        found = (
            self._field_conditions(model, instance, skipped, using)
            if self.fields
            else (self._expression_conditions(model, instance, skipped, using))
        )
        if found is None:
            return
        rows = rows.filter(*found)
        key = instance._get_pk_val(model._meta)
        if not instance._state.adding and instance._is_pk_set(model._meta):
            rows = rows.exclude(pk=key)
        if self.condition is None:
            if rows.exists():
                self._refuse(model, instance, rows)
            return
        # The condition of a partial constraint must hold for the new row as well.
        against = field_expressions(instance, model._meta, skipped)
        try:
            if certainly(self.condition).check(against, using=using) and rows.filter(self.condition).exists():
                self._refuse(model, instance, rows)
        except (FieldError, FieldDoesNotExist):
            return

    def _field_conditions(self, model: Any, instance: Any, skipped: set[str], using: str) -> Any:
        """Return the conditions on clashing rows; None if there can be none."""
        features = connections[using].features
        conditions: list[Any] = []
        generated: list[str] = []
        for name in self.fields:
            if name in skipped:
                return None
            field = model._meta.get_field(name)
            if field.generated:
                if any(each in skipped for each in field.referenced_names):
                    return None
                generated.append(name)
                continue
            value = getattr(instance, field.attname)
            empty = value is None or (value == "" and features.interprets_empty_strings_as_nulls)
            if empty and self.nulls_distinct is not False:
                # NULLs never equal one another.
                return None
            if empty:
                conditions.append(Q((f"{name}__isnull", True)))
            elif hasattr(value, "expression") and hasattr(value, "resolve_expression"):
                conditions.append(Q((field.name, value.expression)))
            else:
                conditions.append(Q((field.name, value)))
        if generated:
            against = field_expressions(instance, model._meta, skipped)
            for name in generated:
                conditions.append(self._equals(F(name), against[name]))
                if self.nulls_distinct is not False and not Q(IsNull(against[name], False)).check({}, using=using):
                    return None
        return conditions

    def _equals(self, left: Any, right: Any) -> Any:
        condition = Exact(left, right)
        if self.nulls_distinct is False:
            return Q(condition) | Q(IsNull(left, True), IsNull(right, True))
        return condition

    def _expression_conditions(self, model: Any, instance: Any, skipped: set[str], using: str) -> Any:
        for expression in self.expressions:
            for name in written_names(expression):
                if name in skipped or (model._meta.pk.name in skipped and name == "pk"):
                    return None
                if reads_skipped_generated(model, name, skipped):
                    return None
        replacements = {F(name): value for name, value in field_expressions(instance, model._meta, skipped).items()}
        conditions = []
        for expression in self.expressions:
            plain = bare(expression)
            value = plain.replace_expressions(replacements)
            conditions.append(self._equals(plain, value))
        return conditions

    def _refuse(self, model: Any, instance: Any, rows: Any) -> None:
        default_text = self.violation_error_message == self.default_violation_error_message
        if self.fields and self.condition is None and self.violation_error_code is None and default_text:
            # Plain fields: the words of unique fields, where the form can show them.
            raise ValidationError(instance.unique_error_message(model, self.fields))
        raise self._violation()

    # -- identity ----------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return self._repr(
            f"fields={self.fields!r}" if self.fields else "",
            f"expressions={self.expressions!r}" if self.expressions else "",
            f"name={self.name!r}",
            f"condition={self.condition}" if self.condition is not None else "",
            f"deferrable={self.deferrable!r}" if self.deferrable is not None else "",
            f"include={self.include!r}" if self.include else "",
            f"opclasses={self.opclasses!r}" if self.opclasses else "",
            f"nulls_distinct={self.nulls_distinct!r}" if self.nulls_distinct is not None else "",
        )

    def __eq__(self, other: object) -> bool:
        if isinstance(other, UniqueConstraint):
            return all(
                getattr(self, name) == getattr(other, name)
                for name in (
                    "name",
                    "fields",
                    "condition",
                    "deferrable",
                    "include",
                    "opclasses",
                    "expressions",
                    "nulls_distinct",
                    "violation_error_code",
                    "violation_error_message",
                )
            )
        return super().__eq__(other)

    __hash__ = None

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, _args, kwargs = super().deconstruct()
        for option, absent in (
            ("fields", ()),
            ("condition", None),
            ("deferrable", None),
            ("include", ()),
            ("opclasses", ()),
        ):
            if (value := getattr(self, option)) is not None and value != absent:
                kwargs[option] = value
        if self.nulls_distinct is not None:
            kwargs["nulls_distinct"] = self.nulls_distinct
        return path, self.expressions, kwargs


def written_names(expression: Any) -> set[str]:
    """Return the names of the fields an expression reads."""
    names = set()
    for node in expression.flatten() if hasattr(expression, "flatten") else ():
        name = getattr(node, "name", None)
        if isinstance(node, F) and name:
            names.add(name.split("__")[0])
    return names


def reads_skipped_generated(model: Any, name: str, skipped: set[str]) -> bool:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return bool(getattr(field, "generated", False)) and any(each in skipped for each in field.referenced_names)


for _public in (BaseConstraint, CheckConstraint, Deferrable, UniqueConstraint):
    _public.__module__ = "hotclub.db.models.constraints"
