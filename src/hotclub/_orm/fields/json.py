"""`JSONField`: any value that JSON can say. Its key transforms and lookups belong to the query side.

Source: docs ref/models/fields, "JSONField".
"""

from __future__ import annotations

import json
from typing import Any

from hotclub._orm.fields import late
from hotclub._orm.fields.field import Field
from hotclub.core import checks, exceptions
from hotclub.db import connections, router
from hotclub.utils.translation import gettext_lazy as _

_FIX = "Use a callable instead, e.g., use `{0}` instead of `{1}`."


class JSONField(Field[Any]):
    """A column of JSON.

    Args:
        encoder: subclass of `json.JSONEncoder` for values JSON does not know.
        decoder: subclass of `json.JSONDecoder` for reading them back.
    """

    # Options, as given.
    encoder: Any
    decoder: Any

    empty_strings_allowed = False
    description = _("A JSON object")
    default_error_messages = {"invalid": _("Value must be valid JSON.")}
    _default_hint = ("dict", "{}")

    def __init__(
        self, verbose_name: Any = None, name: str | None = None, encoder: Any = None, decoder: Any = None, **kwargs: Any
    ) -> None:
        if encoder and not callable(encoder):
            raise ValueError("The encoder parameter must be a callable object.")
        if decoder and not callable(decoder):
            raise ValueError("The decoder parameter must be a callable object.")
        self.encoder = encoder
        self.decoder = decoder
        super().__init__(verbose_name, name, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        return [
            *super().check(**kwargs),
            *self._check_shared_default(),
            *self._check_supported(kwargs.get("databases") or []),
        ]

    def _check_shared_default(self) -> list[Any]:
        if not self.has_default() or self.default is None or callable(self.default):
            return []
        good, bad = self._default_hint
        return [
            checks.Warning(
                f"{type(self).__name__} default should be a callable instead of an instance so that it's not shared "
                "between all field instances.",
                hint=_FIX.format(good, bad),
                obj=self,
                id="fields.E010",
            )
        ]

    def _check_supported(self, databases: Any) -> list[Any]:
        found = []
        for alias in databases:
            if not router.allow_migrate_model(alias, self.model):
                continue
            connection = connections[alias]
            meta = self.model._meta
            if meta.required_db_vendor and meta.required_db_vendor != connection.vendor:
                continue
            if not ("supports_json_field" in meta.required_db_features or connection.features.supports_json_field):
                text = f"{connection.display_name} does not support JSONFields."
                found.append(checks.Error(text, obj=self.model, id="fields.E180"))
        return found

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.encoder is not None:
            kwargs["encoder"] = self.encoder
        if self.decoder is not None:
            kwargs["decoder"] = self.decoder
        return name, path, args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None:
            return value
        # A key of a document comes decoded from some databases unless it is a text.
        if getattr(expression, "is_key_transform", False) and not isinstance(value, str):
            return value
        try:
            return json.loads(value, cls=self.decoder)
        except json.JSONDecodeError:
            return value

    def get_internal_type(self) -> str:
        return "JSONField"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if not prepared:
            value = self.get_prep_value(value)
        return connection.ops.adapt_json_value(value, self.encoder)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        # None is SQL's NULL; `JSONNull()` says JSON's own.
        if value is None:
            return value
        return super().get_db_prep_save(value, connection)

    def get_transform(self, name: str) -> Any:
        return super().get_transform(name) or late.json_key_transform(name)

    def validate(self, value: Any, model_instance: Any) -> None:
        super().validate(value, model_instance)
        try:
            json.dumps(value, cls=self.encoder)
        except TypeError:
            raise exceptions.ValidationError(
                self.error_messages["invalid"], code="invalid", params={"value": value}
            ) from None

    def value_to_string(self, obj: Any) -> Any:
        return self.value_from_object(obj)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        options = {"encoder": self.encoder, "decoder": self.decoder, **kwargs}
        return super().formfield(form_class or late.form_field("JSONField"), choices_form_class, **options)


JSONField.__module__ = "hotclub.db.models.fields.json"
