"""Identifiers with a format of their own: UUIDs, internet addresses, paths of files on the server."""

from __future__ import annotations

import uuid
from typing import Any

from hotclub._orm.fields import late
from hotclub._orm.fields.field import Field
from hotclub.core import checks, exceptions, validators
from hotclub.utils.ipv6 import clean_ipv6_address
from hotclub.utils.translation import gettext_lazy as _


class UUIDField(Field[uuid.UUID]):
    """A `uuid.UUID`; 32 hexadecimal digits where the database has no type for it."""

    default_error_messages = {"invalid": _("“%(value)s” is not a valid UUID.")}
    description = _("Universally unique identifier")
    empty_strings_allowed = False

    def __init__(self, verbose_name: Any = None, **kwargs: Any) -> None:
        kwargs["max_length"] = 32
        super().__init__(verbose_name, **kwargs)

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "UUIDField"

    def get_prep_value(self, value: Any) -> Any:
        return self.to_python(super().get_prep_value(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        if not isinstance(value, uuid.UUID):
            value = self.to_python(value)
        return value if connection.features.has_native_uuid_field else value.hex

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, uuid.UUID):
            return value
        try:
            return uuid.UUID(int=value) if isinstance(value, int) else uuid.UUID(value)
        except (AttributeError, ValueError, TypeError):
            raise exceptions.ValidationError(
                self.error_messages["invalid"], code="invalid", params={"value": value}
            ) from None

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class or late.form_field("UUIDField"), choices_form_class, **kwargs)


class IPAddressField(Field[str]):
    """Kept for historical migrations only."""

    empty_strings_allowed = False
    description = _("IPv4 address")
    system_check_removed_details = {
        "msg": "IPAddressField has been removed except for support in historical migrations.",
        "hint": "Use GenericIPAddressField instead.",
        "id": "fields.E900",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 15
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return None if value is None else str(value)

    def get_internal_type(self) -> str:
        return "IPAddressField"


class GenericIPAddressField(Field[str]):
    """An address of IPv4 or IPv6, as text in canonical form.

    Args:
        protocol: "both", "IPv4" or "IPv6".
        unpack_ipv4: turn ::ffff:192.0.2.1 into 192.0.2.1; only with "both".
    """

    # Options, as given.
    protocol: str
    unpack_ipv4: bool

    empty_strings_allowed = False
    default_error_messages = {"invalid": _("Enter a valid %(protocol)s address.")}
    description = _("IP address")

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        protocol: str = "both",
        unpack_ipv4: bool = False,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        self.unpack_ipv4 = unpack_ipv4
        self.protocol = protocol
        self.default_validators = validators.ip_address_validators(protocol, unpack_ipv4)
        kwargs["max_length"] = 39
        super().__init__(verbose_name, name, *args, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)
        if not getattr(self, "null", False) and getattr(self, "blank", False):
            found.append(
                checks.Error(
                    "GenericIPAddressFields cannot have blank=True if null=False, as blank values are stored as nulls.",
                    obj=self,
                    id="fields.E150",
                )
            )
        return found

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.unpack_ipv4 is not False:
            kwargs["unpack_ipv4"] = self.unpack_ipv4
        if self.protocol != "both":
            kwargs["protocol"] = self.protocol
        if kwargs.get("max_length") == 39:
            del kwargs["max_length"]
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "GenericIPAddressField"

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        value = str(value).strip()
        if ":" in value:
            return clean_ipv6_address(value, self.unpack_ipv4, self.error_messages["invalid"])
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if not prepared:
            value = self.get_prep_value(value)
        return connection.ops.adapt_ipaddressfield_value(value)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None:
            return None
        if value and ":" in str(value):
            try:
                return clean_ipv6_address(str(value), self.unpack_ipv4)
            except exceptions.ValidationError:
                # A query may look for part of an address.
                return str(value)
        return str(value)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        options = {"protocol": self.protocol, **kwargs}
        return super().formfield(form_class or late.form_field("GenericIPAddressField"), choices_form_class, **options)


class FilePathField(Field[str]):
    """The path of a file in a directory of the server.

    Args:
        path: the directory, or a callable that gives it.
        match: pattern that file names must match.
        recursive: look into sub-directories.
        allow_files: offer files.
        allow_folders: offer directories.
    """

    # Options, as given.
    path: Any
    match: str | None
    recursive: bool
    allow_files: bool
    allow_folders: bool

    description = _("File path")

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        path: Any = "",
        match: str | None = None,
        recursive: bool = False,
        allow_files: bool = True,
        allow_folders: bool = False,
        **kwargs: Any,
    ) -> None:
        self.path = path
        self.match = match
        self.recursive = recursive
        self.allow_files = allow_files
        self.allow_folders = allow_folders
        kwargs.setdefault("max_length", 100)
        super().__init__(verbose_name, name, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)
        if not self.allow_files and not self.allow_folders:
            found.append(
                checks.Error(
                    "FilePathFields must have either 'allow_files' or 'allow_folders' set to True.",
                    obj=self,
                    id="fields.E140",
                )
            )
        return found

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        given = {"path": "", "match": None, "recursive": False, "allow_files": True, "allow_folders": False}
        for option, absent in given.items():
            if (value := getattr(self, option)) != absent:
                kwargs[option] = value
        if kwargs.get("max_length") == 100:
            del kwargs["max_length"]
        return name, path, args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return None if value is None else str(value)

    def get_internal_type(self) -> str:
        return "FilePathField"

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        options = {
            "path": self.path() if callable(self.path) else self.path,
            "match": self.match,
            "recursive": self.recursive,
            "allow_files": self.allow_files,
            "allow_folders": self.allow_folders,
            **kwargs,
        }
        return super().formfield(form_class or late.form_field("FilePathField"), choices_form_class, **options)


for _public in (UUIDField, IPAddressField, GenericIPAddressField, FilePathField):
    _public.__module__ = "hotclub.db.models.fields"
