"""Raw bytes."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from hotclub._orm.fields.field import Field
from hotclub.core import checks, exceptions, validators
from hotclub.utils.functional import cached_property
from hotclub.utils.translation import gettext_lazy as _


class BinaryField(Field[bytes]):
    """Bytes, bytearray or memoryview; not editable in forms unless asked for."""

    description = _("Raw binary data")
    default_error_messages = {"invalid": _("“%(value)s” is not a valid binary value.")}
    empty_values = [None, b""]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    @cached_property
    def validators(self) -> list[Any]:
        found = [*self.default_validators, *self._validators]
        if self.max_length is not None:
            found.append(validators.MaxLengthValidator(self.max_length))
        return found

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)
        if self.has_default() and isinstance(self.default, str):
            found.append(
                checks.Error(
                    "BinaryField's default cannot be a string. Use bytes content instead.", obj=self, id="fields.E170"
                )
            )
        return found

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.editable:
            kwargs["editable"] = True
        else:
            kwargs.pop("editable", None)
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_default(self) -> Any:
        if self.has_default() and not callable(self.default):
            return self.default
        default = super().get_default()
        return b"" if default == "" else default

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        if value is not None:
            return connection.Database.Binary(value)
        return value

    def value_to_string(self, obj: Any) -> str:
        """Return the bytes in base 64."""
        return b64encode(self.value_from_object(obj)).decode("ascii")

    def to_python(self, value: Any) -> Any:
        # Serializers write base 64.
        if isinstance(value, str):
            try:
                return memoryview(b64decode(value.encode("ascii"), validate=True))
            except (ValueError, UnicodeEncodeError):
                raise exceptions.ValidationError(
                    self.error_messages["invalid"], code="invalid", params={"value": value}
                ) from None
        return value


BinaryField.__module__ = "hotclub.db.models.fields"
