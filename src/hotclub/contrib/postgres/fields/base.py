"""What the model fields of this application share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub.contrib.postgres.checks import app_installed_errors
from hotclub.core import checks
from hotclub.db.models import Field

SQL = tuple[str, Sequence[Any]]


class PostgresField(Field[Any]):
    """A field that needs the application in `INSTALLED_APPS`."""

    def check(self, **kwargs: Any) -> list[Any]:
        return [*super().check(**kwargs), *app_installed_errors(self, self)]


class MutableField(PostgresField):
    """A field of mutable values: a default that all instances would share is warned of.

    Attributes:
        shared_default: a callable to use, and what it stands for, as written in code.
    """

    shared_default = ("list", "[]")

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)
        if self.has_default() and self.default is not None and not callable(self.default):
            good, bad = self.shared_default
            found.append(
                checks.Warning(
                    f"{type(self).__name__} default should be a callable instead of an instance so that it's not "
                    "shared between all field instances.",
                    hint=f"Use a callable instead, e.g., use `{good}` instead of `{bad}`.",
                    obj=self,
                    id="fields.E010",
                )
            )
        return found


class PartedField(PostgresField):
    """A field whose values are made of values of another field: the elements of an array, the bounds of a range.

    Attributes:
        base_field: the field of the parts. It learns the model and the name together with this one.
    """

    base_field: Any

    @property
    def model(self) -> Any:
        """The model the field is on; its base field is on it as well."""
        try:
            return self.__dict__["model"]
        except KeyError:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute 'model'") from None

    @model.setter
    def model(self, model: Any) -> None:
        self.__dict__["model"] = model
        self.base_field.model = model

    def set_attributes_from_name(self, name: str) -> None:
        super().set_attributes_from_name(name)
        self.base_field.set_attributes_from_name(name)

    @classmethod
    def is_choice_value(cls, value: Any) -> bool:
        return isinstance(value, (list, tuple)) or super().is_choice_value(value)

    def get_placeholder_sql(self, value: Any, compiler: Any, connection: Any) -> SQL:
        """Cast a literal to the column's type: the driver would guess it from the values."""
        if hasattr(value, "as_sql"):
            return compiler.compile(value)  # type: ignore[no-any-return]
        return f"%s::{self.db_type(connection)}", (value,)

    def part_to_string(self, part: Any) -> str | None:
        """Write one part as text, as its field does; `value_to_string()` wants an object to take it from."""
        if part is None:
            return None
        attname = getattr(self.base_field, "attname", None) or "value"
        return str(self.base_field.value_to_string(type("Part", (), {attname: part})()))
