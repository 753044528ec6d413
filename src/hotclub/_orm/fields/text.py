"""Texts: characters, long texts, addresses of mail and web, slugs, comma-separated numbers."""

from __future__ import annotations

from typing import Any

from hotclub._orm.fields import field_checks, late
from hotclub._orm.fields.field import Field
from hotclub._orm.shape import keeps
from hotclub.core import checks, validators
from hotclub.db import connection as default_connection
from hotclub.utils.translation import gettext_lazy as _


class _CollatedText(Field[str]):
    """What texts of both lengths share: the collation of the column and slicing in the database."""

    def __init__(self, *args: Any, db_collation: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.db_collation = db_collation

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        return {**super().db_parameters(connection), "collation": self.db_collation}

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.db_collation:
            kwargs["db_collation"] = self.db_collation
        return name, path, args, kwargs

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) or value is None:
            return value
        return str(value)

    @keeps(str)
    def get_prep_value(self, value: Any) -> Any:
        return value if type(value) is str else self.to_python(super().get_prep_value(value))

    def slice_expression(self, expression: Any, start: int, length: int | None) -> Any:
        return late.substring_expression(expression, start, length)


class CharField(_CollatedText):
    """A text of limited length; some databases need no limit."""

    def __init__(self, *args: Any, db_collation: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, db_collation=db_collation, **kwargs)
        if self.max_length is not None:
            self.validators.append(validators.MaxLengthValidator(self.max_length))

    @property
    def description(self) -> Any:
        if self.max_length is not None:
            return _("String (up to %(max_length)s)")
        return _("String (unlimited)")

    def check(self, **kwargs: Any) -> list[Any]:
        databases = kwargs.get("databases") or []
        return [
            *super().check(**kwargs),
            *field_checks.check_collation(self, databases),
            *self._check_max_length(),
        ]

    def _check_max_length(self) -> list[Any]:
        if self.max_length is None:
            if default_connection.features.supports_unlimited_charfield or (
                hasattr(self, "model") and "supports_unlimited_charfield" in self.model._meta.required_db_features
            ):
                return []
            return [checks.Error("CharFields must define a 'max_length' attribute.", obj=self, id="fields.E120")]
        if isinstance(self.max_length, bool) or not isinstance(self.max_length, int) or self.max_length <= 0:
            return [checks.Error("'max_length' must be a positive integer.", obj=self, id="fields.E121")]
        return []

    def cast_db_type(self, connection: Any) -> str | None:
        if self.max_length is None:
            cast: str | None = connection.ops.cast_char_field_without_max_length
            return cast
        return super().cast_db_type(connection)

    def get_internal_type(self) -> str:
        return "CharField"

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        # The length is given twice: validation in the form, and the attribute of the input.
        options: dict[str, Any] = {"max_length": self.max_length}
        if self.null and not default_connection.features.interprets_empty_strings_as_nulls:
            options["empty_value"] = None
        options.update(kwargs)
        return super().formfield(form_class, choices_form_class, **options)


class CommaSeparatedIntegerField(CharField):
    """Kept for historical migrations only."""

    default_validators = [validators.validate_comma_separated_integer_list]
    description = _("Comma-separated integers")
    system_check_removed_details = {
        "msg": "CommaSeparatedIntegerField is removed except for support in historical migrations.",
        "hint": "Use CharField(validators=[validate_comma_separated_integer_list]) instead.",
        "id": "fields.E901",
    }


class EmailField(CharField):
    """An address of electronic mail; 254 characters at most, as the standards allow."""

    default_validators = [validators.validate_email]
    description = _("Email address")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 254)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        # The length stays, even the usual one: a later default must not change old columns.
        return name, path, args, kwargs

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class or late.form_field("EmailField"), choices_form_class, **kwargs)


class SlugField(CharField):
    """A short label of letters, digits, underscores and hyphens, for URLs."""

    # Options, as given.
    allow_unicode: bool

    default_validators = [validators.validate_slug]
    description = _("Slug (up to %(max_length)s)")

    def __init__(
        self, *args: Any, max_length: int | None = 50, db_index: bool = True, allow_unicode: bool = False, **kwargs: Any
    ) -> None:
        self.allow_unicode = allow_unicode
        if allow_unicode:
            self.default_validators = [validators.validate_unicode_slug]
        super().__init__(*args, max_length=max_length, db_index=db_index, **kwargs)

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("max_length") == 50:
            del kwargs["max_length"]
        if self.db_index is False:
            kwargs["db_index"] = False
        else:
            kwargs.pop("db_index", None)
        if self.allow_unicode is not False:
            kwargs["allow_unicode"] = self.allow_unicode
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "SlugField"

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        options = {"allow_unicode": self.allow_unicode, **kwargs}
        return super().formfield(form_class or late.form_field("SlugField"), choices_form_class, **options)


class URLField(CharField):
    """An address of the web."""

    default_validators = [validators.URLValidator()]
    description = _("URL")

    def __init__(self, verbose_name: Any = None, name: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        super().__init__(verbose_name, name, **kwargs)

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("max_length") == 200:
            del kwargs["max_length"]
        return name, path, args, kwargs

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class or late.form_field("URLField"), choices_form_class, **kwargs)


class TextField(_CollatedText):
    """A text of any length."""

    description = _("Text")

    def check(self, **kwargs: Any) -> list[Any]:
        databases = kwargs.get("databases") or []
        return [*super().check(**kwargs), *field_checks.check_collation(self, databases)]

    def get_internal_type(self) -> str:
        return "TextField"

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        # A length limits the form only, not the column.
        options: dict[str, Any] = {"max_length": self.max_length}
        if self.choices is None:
            options["widget"] = late.form_widget("Textarea")
        options.update(kwargs)
        return super().formfield(form_class, choices_form_class, **options)


for _public in (CharField, CommaSeparatedIntegerField, EmailField, SlugField, URLField, TextField):
    _public.__module__ = "hotclub.db.models.fields"
