"""`GeneratedField`: a column the database computes from others.

Source: docs ref/models/fields, "GeneratedField".
"""

from __future__ import annotations

from typing import Any

from hotclub._orm.fields import late
from hotclub._orm.fields.field import NOT_PROVIDED, Field
from hotclub.core import checks
from hotclub.db import connections, router
from hotclub.utils.functional import cached_property


class GeneratedField(Field[Any]):
    """A computed column.

    Args:
        expression: what the database computes.
        output_field: field whose type the column has.
        db_persist: whether the value is stored.
    """

    # Options, as given.
    expression: Any
    output_field: Any
    db_persist: bool | None

    generated = True
    db_returning = True
    _output_field_resolved_to_none = False

    def __init__(self, *, expression: Any, output_field: Any, db_persist: bool, **kwargs: Any) -> None:
        if kwargs.setdefault("editable", False):
            raise ValueError("GeneratedField cannot be editable.")
        if not kwargs.setdefault("blank", True):
            raise ValueError("GeneratedField must be blank.")
        if kwargs.get("default", NOT_PROVIDED) is not NOT_PROVIDED:
            raise ValueError("GeneratedField cannot have a default.")
        if kwargs.get("db_default", NOT_PROVIDED) is not NOT_PROVIDED:
            raise ValueError("GeneratedField cannot have a database default.")
        if db_persist not in (True, False):
            raise ValueError("GeneratedField.db_persist must be True or False.")
        self.expression = expression
        self.output_field = output_field
        self.db_persist = db_persist
        super().__init__(**kwargs)

    @cached_property
    def cached_col(self) -> Any:
        return late.column_expression(self.model._meta.db_table, self, self.output_field)

    def get_col(self, alias: str, output_field: Any = None) -> Any:
        if alias != self.model._meta.db_table and output_field in (None, self):
            output_field = self.output_field
        return super().get_col(alias, output_field)

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only=private_only)
        self.output_field.set_attributes_from_name(self.output_field.name or name)
        self.output_field.model = cls
        # Lookups of the type apply to the column.
        for lookup_name, lookup in self.output_field.get_lookups().items():
            self.register_lookup(lookup, lookup_name=lookup_name)

    def generated_sql(self, connection: Any) -> tuple[str, list[Any]]:
        """Return the text and parameters of the expression."""
        sql, params = late.generated_sql(self, connection)
        return sql, params

    @cached_property
    def referenced_names(self) -> set[str]:
        """Names of the fields the expression reads."""
        return _names_in(self.expression)

    @cached_property
    def referenced_fields(self) -> frozenset[Any]:
        """The fields the expression reads."""
        meta = self.model._meta
        return frozenset(meta.get_field(name) for name in self.referenced_names)

    def expression_with(self, values: dict[str, Any]) -> Any:
        """Return the expression with names replaced by given expressions."""
        replacements = {_reference(name): value for name, value in values.items()}
        return self.expression.replace_expressions(replacements)

    # -- checks ------------------------------------------------------------------------------------------------

    def check(self, **kwargs: Any) -> list[Any]:
        databases = kwargs.get("databases") or []
        return [
            *super().check(**kwargs),
            *self._check_supported(databases),
            *self._check_persistence(databases),
            *self._check_output_field(databases),
        ]

    def _relevant(self, databases: Any) -> Any:
        for alias in databases:
            if router.allow_migrate_model(alias, self.model):
                yield connections[alias], self.model._meta.required_db_features

    def _check_supported(self, databases: Any) -> list[Any]:
        found = []
        for connection, required in self._relevant(databases):
            features = connection.features
            if not (
                features.supports_virtual_generated_columns
                or "supports_virtual_generated_columns" in required
                or features.supports_stored_generated_columns
                or "supports_stored_generated_columns" in required
            ):
                text = f"{connection.display_name} does not support GeneratedFields."
                found.append(checks.Error(text, obj=self, id="fields.E220"))
        return found

    def _check_persistence(self, databases: Any) -> list[Any]:
        found = []
        for connection, required in self._relevant(databases):
            features = connection.features
            if not self.db_persist and not (
                features.supports_virtual_generated_columns or "supports_virtual_generated_columns" in required
            ):
                found.append(
                    checks.Error(
                        f"{connection.display_name} does not support non-persisted GeneratedFields.",
                        obj=self,
                        id="fields.E221",
                        hint="Set db_persist=True on the field.",
                    )
                )
            if self.db_persist and not (
                features.supports_stored_generated_columns or "supports_stored_generated_columns" in required
            ):
                found.append(
                    checks.Error(
                        f"{connection.display_name} does not support persisted GeneratedFields.",
                        obj=self,
                        id="fields.E222",
                        hint="Set db_persist=False on the field.",
                    )
                )
        return found

    def _check_output_field(self, databases: Any) -> list[Any]:
        inner = self.output_field.check(databases=databases)
        found = []
        for texts, kind, code, word in (
            ([each for each in inner if each.is_serious(checks.ERROR)], checks.Error, "fields.E223", "errors"),
            ([each for each in inner if not each.is_serious(checks.ERROR)], checks.Warning, "fields.W224", "warnings"),
        ):
            if texts:
                listed = "\n    ".join(f"{each.msg} ({each.id})" for each in texts)
                found.append(kind(f"GeneratedField.output_field has {word}:\n    {listed}", obj=self, id=code))
        return found

    # -- what the output field answers -------------------------------------------------------------------------

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("blank", None)
        kwargs.pop("editable", None)
        kwargs["db_persist"] = self.db_persist
        kwargs["expression"] = self.expression
        kwargs["output_field"] = self.output_field
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return self.output_field.get_internal_type()  # type: ignore[no-any-return]

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        return self.output_field.db_parameters(connection)  # type: ignore[no-any-return]

    def db_type_parameters(self, connection: Any) -> Any:
        return self.output_field.db_type_parameters(connection)

    def db_type(self, connection: Any) -> str | None:
        return self.output_field.db_type(connection)  # type: ignore[no-any-return]

    def get_db_converters(self, connection: Any) -> list[Any]:
        return self.output_field.get_db_converters(connection)  # type: ignore[no-any-return]

    def get_prep_value(self, value: Any) -> Any:
        return self.output_field.get_prep_value(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return self.output_field.get_db_prep_value(value, connection, prepared)

    def to_python(self, value: Any) -> Any:
        return self.output_field.to_python(value)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        """Forms do not edit computed columns."""
        return None


def _reference(name: str) -> Any:
    return late.reference_expression(name)


def _names_in(expression: Any) -> set[str]:
    names: set[str] = set()
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        name = getattr(node, "name", None)
        if isinstance(name, str) and not hasattr(node, "get_source_expressions"):
            names.add(name.split("__")[0])
        elif hasattr(node, "children"):
            waiting += [_child(child, names) for child in node.children]
        elif hasattr(node, "get_source_expressions"):
            waiting += node.get_source_expressions()
    return names


def _child(child: Any, names: set[str]) -> Any:
    if isinstance(child, tuple):
        names.add(child[0].split("__")[0])
        return child[1] if late.is_expression(child[1]) else None
    return child


GeneratedField.__module__ = "hotclub.db.models.fields.generated"
