"""Automatic integer keys."""

from __future__ import annotations

from typing import Any

from hotclub._orm.fields.numbers import BigIntegerField, IntegerField, SmallIntegerField
from hotclub._orm.shape import gives_back
from hotclub.core import checks


class AutoFieldMixin:
    """What automatic keys add to an integer field: the database makes the value."""

    db_returning = True
    model: Any
    primary_key: bool
    integer_field_class: type[IntegerField] = IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["blank"] = True
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)  # type: ignore[misc]  # mixed into fields
        if not self.primary_key:
            found.append(checks.Error("AutoFields must set primary_key=True.", obj=self, id="fields.E100"))
        return found  # type: ignore[no-any-return]

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        kwargs.pop("blank", None)
        kwargs["primary_key"] = True
        return name, path, args, kwargs

    def validate(self, value: Any, model_instance: Any) -> None:
        """The database makes the value: nothing to check."""

    @gives_back()
    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if not prepared:
            value = self.get_prep_value(value)  # type: ignore[attr-defined]
            value = connection.ops.validate_autopk_value(value)
        return value

    def rel_db_type(self, connection: Any) -> str | None:
        return self.integer_field_class().db_type(connection=connection)

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        if cls._meta.auto_field:
            raise ValueError(f"Model {cls._meta.label} can't have more than one auto-generated field.")
        super().contribute_to_class(cls, name, private_only)  # type: ignore[misc]
        cls._meta.auto_field = self

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        """Forms do not edit automatic keys."""
        return None


class AutoFieldMeta(type):
    """Makes the automatic keys of other sizes instances and subclasses of `AutoField`, which they are by meaning."""

    @property
    def _kinds(cls) -> tuple[type, ...]:
        return (BigAutoField, SmallAutoField)

    def __instancecheck__(cls, instance: Any) -> bool:
        return super().__instancecheck__(instance) or (cls is AutoField and isinstance(instance, cls._kinds))

    def __subclasscheck__(cls, subclass: type) -> bool:
        return super().__subclasscheck__(subclass) or (cls is AutoField and issubclass(subclass, cls._kinds))


class AutoField(AutoFieldMixin, IntegerField, metaclass=AutoFieldMeta):
    """An integer key that counts up by itself."""

    def get_internal_type(self) -> str:
        return "AutoField"


class BigAutoField(AutoFieldMixin, BigIntegerField):
    """The same of 64 bits."""

    integer_field_class = BigIntegerField

    def get_internal_type(self) -> str:
        return "BigAutoField"


class SmallAutoField(AutoFieldMixin, SmallIntegerField):
    """The same of 16 bits."""

    integer_field_class = SmallIntegerField

    def get_internal_type(self) -> str:
        return "SmallAutoField"


for _public in (AutoField, BigAutoField, SmallAutoField, AutoFieldMixin, AutoFieldMeta):
    _public.__module__ = "hotclub.db.models.fields"
