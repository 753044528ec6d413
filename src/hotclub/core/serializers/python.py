"""Objects as lists of dictionaries: the format that JSON and YAML stand on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from hotclub.apps import apps
from hotclub.core.serializers import base
from hotclub.db import DEFAULT_DB_ALIAS, models
from hotclub.utils.encoding import is_protected_type


class Serializer(base.Serializer):
    """Gives `[{"model": …, "pk": …, "fields": {…}}]`."""

    internal_use_only = True
    objects: list[dict[str, Any]]
    _current: dict[str, Any] | None

    def start_serialization(self) -> None:
        self._current = None
        self.objects = []

    def end_serialization(self) -> None:
        pass

    def start_object(self, obj: Any) -> None:
        self._current = {}

    def end_object(self, obj: Any) -> None:
        self.objects.append(self.get_dump_object(obj))
        self._current = None

    def get_dump_object(self, obj: Any) -> dict[str, Any]:
        """Return the dictionary of an object; subclasses may override it."""
        data: dict[str, Any] = {"model": str(obj._meta)}
        if not self.use_natural_primary_keys_of(obj):
            data["pk"] = self._key(obj)
        data["fields"] = self._current
        return data

    def _plain(self, obj: Any, field: Any) -> Any:
        """Return a value that formats know: of protected types as it is, of others as text."""
        value = field.value_from_object(obj)
        # Formats write what they know; the field knows a text for the rest.
        return value if is_protected_type(value) else field.value_to_string(obj)

    def _key(self, obj: Any) -> Any:
        """Return an object's key: a list of its parts, if it has several."""
        meta = obj._meta
        if len(meta.pk_fields) > 1:
            return [self._plain(obj, field) for field in meta.pk_fields]
        return self._plain(obj, meta.pk)

    def _set(self, name: str, value: Any) -> None:
        assert self._current is not None
        self._current[name] = value

    def handle_field(self, obj: Any, field: Any) -> None:
        self._set(field.name, self._plain(obj, field))

    def handle_fk_field(self, obj: Any, field: Any) -> None:
        key = None
        if self.wants_natural_key(field.remote_field.model):
            related = getattr(obj, field.name)
            key = self.related_natural_key(related) if related is not None else None
        self._set(field.name, key if key is not None else self._plain(obj, field))

    def handle_m2m_field(self, obj: Any, field: Any) -> None:
        if not field.remote_field.through._meta.auto_created:
            return  # an explicit intermediate model is written by itself
        natural = self.wants_natural_key(field.remote_field.model)

        def key(related: Any) -> Any:
            found = related.natural_key() if natural else None
            return found if found else self._key(related)

        self._set(field.name, [key(related) for related in self.related_objects(obj, field)])

    def getvalue(self) -> Any:
        return self.objects


class Deserializer(base.Deserializer):
    """Reads lists of dictionaries.

    Args:
        object_list: dictionaries as `Serializer` gives them.
        using: alias of the database to look natural keys up in.
        ignorenonexistent: leave unknown models and fields out.
        **options: `handle_forward_references`.
    """

    def __init__(
        self, object_list: Any, *, using: str = DEFAULT_DB_ALIAS, ignorenonexistent: bool = False, **options: Any
    ) -> None:
        super().__init__(object_list, **options)
        self.handle_forward_references = options.pop("handle_forward_references", False)
        self.using = using
        self.ignorenonexistent = ignorenonexistent
        self._field_names: dict[Any, set[str]] = {}
        self._objects: Iterator[base.DeserializedObject] | None = None

    def __iter__(self) -> Any:
        for entry in self.stream:
            if not isinstance(entry, dict) or "model" not in entry:
                raise base.DeserializationError(f"got {entry!r}; it should be an object with 'model' and 'fields'.")
            try:
                model = self._get_model_from_node(entry["model"])
            except base.DeserializationError:
                if self.ignorenonexistent:
                    continue
                raise
            yield self._read(model, entry)

    def __next__(self) -> base.DeserializedObject:
        objects = self._objects = self._objects or iter(self)
        return next(cast("Iterator[base.DeserializedObject]", objects))

    def _read(self, model: Any, entry: dict[str, Any]) -> base.DeserializedObject:
        data: dict[str, Any] = {}
        label = entry["model"]
        pk = entry.get("pk")
        if pk is not None:
            try:
                data[model._meta.pk.attname] = model._meta.pk.to_python(pk)
            except Exception as error:  # whatever a custom field's to_python() raises
                raise base.DeserializationError.at_value(error, label, pk, None) from error
        m2m_data: dict[str, Any] = {}
        deferred_fields: dict[Any, Any] = {}
        known = self._names(model)
        for name, value in entry.get("fields", {}).items():
            if self.ignorenonexistent and name not in known:
                continue
            field = model._meta.get_field(name)
            self._read_field(field, value, (label, pk), data, m2m_data, deferred_fields)
        obj = base.identified_instance(model, data, self.using)
        return base.DeserializedObject(obj, m2m_data, deferred_fields)

    def _names(self, model: Any) -> set[str]:
        if model not in self._field_names:
            self._field_names[model] = {field.name for field in model._meta.get_fields()}
        return self._field_names[model]

    def _read_field(
        self,
        field: Any,
        value: Any,
        where: tuple[str, Any],
        data: dict[str, Any],
        m2m_data: dict[str, Any],
        deferred_fields: dict[Any, Any],
    ) -> None:
        relation = field.remote_field
        lookup = {"using": self.using, "handle_forward_references": self.handle_forward_references}
        try:
            if relation and isinstance(relation, models.ManyToManyRel):
                found = base.read_keys(field, value, **lookup)
                target, name = m2m_data, field.name
            elif relation and isinstance(relation, models.ManyToOneRel):
                found = base.read_key(field, value, **lookup)
                target, name = data, field.attname
            else:
                found, target, name = field.to_python(value), data, field.name
        except base.KeyListError as error:
            raise base.DeserializationError.at_value(error.original_exc, *where, error.pk) from error
        except Exception as error:  # whatever a custom field or a model's own get_by_natural_key() raises
            raise base.DeserializationError.at_value(error, *where, value) from error
        if found is base.NOT_YET:
            deferred_fields[field] = value
        else:
            target[name] = found

    @staticmethod
    def _get_model_from_node(model_identifier: str) -> Any:
        try:
            return apps.get_model(model_identifier)
        except (LookupError, TypeError) as error:
            raise base.DeserializationError(f"Invalid model identifier: {model_identifier!r}") from error
