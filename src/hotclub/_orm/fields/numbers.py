"""Numbers: integers of all sizes, floats, decimals; and booleans."""

from __future__ import annotations

import decimal
import math
from typing import Any

from hotclub._orm.fields import late
from hotclub._orm.fields.field import Field
from hotclub._orm.shape import gives_back, keeps
from hotclub.core import checks, exceptions, validators
from hotclub.db import connection as default_connection
from hotclub.db import connections
from hotclub.utils.functional import cached_property
from hotclub.utils.translation import gettext_lazy as _


class IntegerField(Field[int]):
    """An integer from -2147483648 to 2147483647 on every supported database."""

    empty_strings_allowed = False
    default_error_messages = {"invalid": _("“%(value)s” value must be an integer.")}
    description = _("Integer")

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)
        if self.max_length is not None:
            found.append(
                checks.Warning(
                    f"'max_length' is ignored when used with {type(self).__name__}.",
                    hint="Remove 'max_length' from field",
                    obj=self,
                    id="fields.W122",
                )
            )
        return found

    @cached_property
    def validators(self) -> list[Any]:
        """The field's own validators, and the column's range where nothing narrower is given."""
        found = [*self.default_validators, *self._validators]
        low, high = default_connection.ops.integer_field_range(self.get_internal_type())
        if low is not None and not _has_limit(found, validators.MinValueValidator, lambda limit: limit >= low):
            found.append(validators.MinValueValidator(low))
        if high is not None and not _has_limit(found, validators.MaxValueValidator, lambda limit: limit <= high):
            found.append(validators.MaxValueValidator(high))
        return found

    @keeps(int)
    def get_prep_value(self, value: Any) -> Any:
        if type(value) is int:
            return value
        value = super().get_prep_value(value)
        if value is None:
            return None
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise type(error)(f"Field '{self.name}' expected a number but got {value!r}.") from error

    @gives_back(through="adapt_integerfield_value")
    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        return connection.ops.adapt_integerfield_value(value, self.get_internal_type())

    def get_internal_type(self) -> str:
        return "IntegerField"

    def to_python(self, value: Any) -> Any:
        if value is None:
            return value
        try:
            return int(value)
        except (TypeError, ValueError):
            raise exceptions.ValidationError(
                self.error_messages["invalid"], code="invalid", params={"value": value}
            ) from None

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        form_class = form_class or late.form_field("IntegerField")
        return super().formfield(form_class, choices_form_class, **kwargs)


def _has_limit(found: list[Any], kind: type[Any], narrow_enough: Any) -> bool:
    for validator in found:
        if isinstance(validator, kind):
            limit = validator.limit_value
            if narrow_enough(limit() if callable(limit) else limit):
                return True
    return False


class BigIntegerField(IntegerField):
    """An integer of 64 bits."""

    description = _("Big (8 byte) integer")
    MAX_BIGINT = 9223372036854775807

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        limits = {"min_value": -self.MAX_BIGINT - 1, "max_value": self.MAX_BIGINT}
        return super().formfield(form_class, choices_form_class, **{**limits, **kwargs})


class SmallIntegerField(IntegerField):
    """An integer of 16 bits."""

    description = _("Small integer")

    def get_internal_type(self) -> str:
        return "SmallIntegerField"


class PositiveIntegerRelDbTypeMixin:
    """Columns that point at a positive integer are plain integers where the type is the same."""

    integer_field_class: type[IntegerField] = IntegerField

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "integer_field_class" not in cls.__dict__:
            plain = [
                base for base in cls.__mro__[1:] if issubclass(base, IntegerField) and "Positive" not in base.__name__
            ]
            cls.integer_field_class = plain[0]

    def rel_db_type(self, connection: Any) -> str | None:
        if connection.features.related_fields_match_type:
            return self.db_type(connection)  # type: ignore[attr-defined, no-any-return]  # mixed into fields
        return self.integer_field_class().db_type(connection=connection)


class _Positive(PositiveIntegerRelDbTypeMixin, IntegerField):
    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class, choices_form_class, **{"min_value": 0, **kwargs})


class PositiveIntegerField(_Positive):
    """An integer from 0 to 2147483647."""

    integer_field_class = IntegerField
    description = _("Positive integer")

    def get_internal_type(self) -> str:
        return "PositiveIntegerField"


class PositiveBigIntegerField(_Positive):
    """An integer from 0 to 9223372036854775807."""

    integer_field_class = BigIntegerField
    description = _("Positive big integer")

    def get_internal_type(self) -> str:
        return "PositiveBigIntegerField"


class PositiveSmallIntegerField(_Positive):
    """An integer from 0 to 32767."""

    integer_field_class = SmallIntegerField
    description = _("Positive small integer")

    def get_internal_type(self) -> str:
        return "PositiveSmallIntegerField"


class FloatField(Field[float]):
    """A number of double precision."""

    empty_strings_allowed = False
    default_error_messages = {"invalid": _("“%(value)s” value must be a float.")}
    description = _("Floating point number")

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None:
            return None
        try:
            return float(value)
        except (TypeError, ValueError) as error:
            raise type(error)(f"Field '{self.name}' expected a number but got {value!r}.") from error

    def get_internal_type(self) -> str:
        return "FloatField"

    def to_python(self, value: Any) -> Any:
        if value is None:
            return value
        try:
            return float(value)
        except (TypeError, ValueError):
            raise exceptions.ValidationError(
                self.error_messages["invalid"], code="invalid", params={"value": value}
            ) from None

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        form_class = form_class or late.form_field("FloatField")
        return super().formfield(form_class, choices_form_class, **kwargs)


class DecimalField(Field[decimal.Decimal]):
    """A decimal number of fixed precision.

    Args:
        max_digits: digits altogether.
        decimal_places: digits behind the point.
    """

    # Options, as given.
    max_digits: int | None
    decimal_places: int | None

    empty_strings_allowed = False
    default_error_messages = {"invalid": _("“%(value)s” value must be a decimal number.")}
    description = _("Decimal number")

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        max_digits: int | None = None,
        decimal_places: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.max_digits = max_digits
        self.decimal_places = decimal_places
        super().__init__(verbose_name, name, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)
        own = self._check_numbers(kwargs.get("databases") or [])
        return [*found, *own]

    def _check_numbers(self, databases: Any) -> list[Any]:
        digits, places = self.max_digits, self.decimal_places
        if digits is None and places is None:
            return self._check_unbounded(databases)
        if digits is None or places is None:
            return [
                checks.Error(
                    "DecimalField’s max_digits and decimal_places must both be defined or both omitted.",
                    obj=self,
                    id="fields.E135",
                )
            ]
        found = []
        if not _is_whole(places) or int(places) < 0:
            text = "'decimal_places' must be a non-negative integer."
            found.append(checks.Error(text, obj=self, id="fields.E131"))
        if not _is_whole(digits) or int(digits) <= 0:
            found.append(checks.Error("'max_digits' must be a positive integer.", obj=self, id="fields.E133"))
        if not found and int(places) > int(digits):
            text = "'max_digits' must be greater or equal to 'decimal_places'."
            found.append(checks.Error(text, obj=self, id="fields.E134"))
        return found

    def _check_unbounded(self, databases: Any) -> list[Any]:
        """Columns without precision exist on some databases only."""
        from_features = [
            alias for alias in databases if not _allows_unbounded_decimals(alias, getattr(self, "model", None))
        ]
        if databases and not from_features:
            return []
        if not databases:
            return []
        return [
            checks.Error("DecimalFields must define a 'decimal_places' attribute.", obj=self, id="fields.E130"),
            checks.Error("DecimalFields must define a 'max_digits' attribute.", obj=self, id="fields.E132"),
        ]

    @cached_property
    def validators(self) -> list[Any]:
        return [*super().validators, validators.DecimalValidator(self.max_digits, self.decimal_places)]

    @cached_property
    def context(self) -> decimal.Context:
        return decimal.Context(prec=self.max_digits) if self.max_digits is not None else decimal.Context()

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.max_digits is not None:
            kwargs["max_digits"] = self.max_digits
        if self.decimal_places is not None:
            kwargs["decimal_places"] = self.decimal_places
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "DecimalField"

    def to_python(self, value: Any) -> Any:
        if value is None:
            return value
        try:
            if isinstance(value, float):
                number = self.context.create_decimal_from_float(value)
            else:
                number = decimal.Decimal(value)
        except (decimal.InvalidOperation, TypeError, ValueError):
            raise self._invalid(value) from None
        if not number.is_finite():
            raise self._invalid(value)
        return number

    def _invalid(self, value: Any) -> exceptions.ValidationError:
        return exceptions.ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value})

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        if late.is_expression(value):
            return value
        return connection.ops.adapt_decimalfield_value(self.to_python(value), self.max_digits, self.decimal_places)

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        options = {"max_digits": self.max_digits, "decimal_places": self.decimal_places, **kwargs}
        form_class = form_class or late.form_field("DecimalField")
        return super().formfield(form_class, choices_form_class, **options)


def _allows_unbounded_decimals(alias: str, model: Any) -> bool:
    features = connections[alias].features
    if getattr(features, "supports_no_precision_decimalfield", False):
        return True
    required = model._meta.required_db_features if model is not None else ()
    return "supports_no_precision_decimalfield" in required


def _is_whole(value: Any) -> bool:
    try:
        return math.isfinite(int(value))
    except (TypeError, ValueError):
        return False


class BooleanField(Field[bool]):
    """True or False, or None where `null=True`."""

    empty_strings_allowed = False
    default_error_messages = {
        "invalid": _("“%(value)s” value must be either True or False."),
        "invalid_nullable": _("“%(value)s” value must be either True, False, or None."),
    }
    description = _("Boolean (Either True or False)")

    def get_internal_type(self) -> str:
        return "BooleanField"

    def to_python(self, value: Any) -> Any:
        if self.null and value in self.empty_values:
            return None
        if value in (True, False):
            return bool(value)
        if value in ("t", "True", "1"):
            return True
        if value in ("f", "False", "0"):
            return False
        code = "invalid_nullable" if self.null else "invalid"
        raise exceptions.ValidationError(self.error_messages[code], code=code, params={"value": value})

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None:
            return None
        return self.to_python(value)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        if self.choices is not None:
            include_blank = not (self.has_default() or "initial" in kwargs)
            kwargs = {"choices": self.get_choices(include_blank=include_blank), **kwargs}
        else:
            form_class = form_class or late.form_field("NullBooleanField" if self.null else "BooleanField")
            # A required check box would demand a tick; the model only demands an answer.
            kwargs = {"required": False, **kwargs}
        return super().formfield(form_class, choices_form_class, **kwargs)


class NullBooleanField(BooleanField):
    """Kept for historical migrations only."""

    system_check_removed_details = {
        "msg": "NullBooleanField is removed except for support in historical migrations.",
        "hint": "Use BooleanField(null=True, blank=True) instead.",
        "id": "fields.E903",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["null"] = True
        kwargs["blank"] = True
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["null"], kwargs["blank"]
        return name, path, args, kwargs


for _public in (
    IntegerField,
    BigIntegerField,
    SmallIntegerField,
    PositiveIntegerRelDbTypeMixin,
    PositiveIntegerField,
    PositiveBigIntegerField,
    PositiveSmallIntegerField,
    FloatField,
    DecimalField,
    BooleanField,
    NullBooleanField,
):
    _public.__module__ = "hotclub.db.models.fields"
