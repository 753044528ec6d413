"""What all formats share: walking over objects to write them, and what reading gives. Knows no format."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from typing import TYPE_CHECKING, Any

from hotclub.core.exceptions import ObjectDoesNotExist
from hotclub.db import models

if TYPE_CHECKING:
    from typing import Self

NOT_YET = object()
"""Stands for a value that cannot be known yet: it names an object that comes later."""


class SerializerDoesNotExist(KeyError):
    """There is no such format."""


class SerializationError(Exception):
    """Something went wrong while writing."""


class DeserializationError(Exception):
    """What is read cannot be made into objects."""

    @classmethod
    def at_value(cls, original_exc: Any, model: str, fk: Any, field_value: Any) -> Self:
        """Return an error that names the object and the value it happened at."""
        return cls(f"{original_exc}: ({model}:pk={fk}) field_value was '{field_value}'")


class KeyListError(Exception):
    """One key of a many-to-many list cannot be read.

    Args:
        original_exc: why.
        pk: the key.
    """

    def __init__(self, original_exc: BaseException, pk: Any) -> None:
        super().__init__(original_exc, pk)
        self.original_exc = original_exc
        self.pk = pk


class ProgressBar:
    """A bar of dots that grows with the share of objects written.

    Args:
        output: stream; nothing is written if None.
        total_count: how many objects there are.
    """

    progress_width = 75

    def __init__(self, output: Any, total_count: int) -> None:
        self.output = output
        self.total_count = total_count
        self._shown = 0

    def update(self, count: int) -> None:
        """Show that so many objects are done."""
        if not self.output:
            return
        done = (count * 100 // self.total_count) * self.progress_width // 100
        if done <= self._shown:
            return
        self._shown = done
        line = f"[{'.' * done}{' ' * (self.progress_width - done)}]"
        self.output.write(line if count == done == 0 else f"\r{line}")
        if done == self.progress_width:
            self.output.write("\n")
        self.output.flush()


class Serializer:
    """Writes model instances; subclasses say how a format looks.

    Subclasses write `start_serialization`, `end_serialization`, `start_object`, `end_object`, `handle_field`,
    `handle_fk_field` and `handle_m2m_field`.
    """

    internal_use_only = False
    progress_class = ProgressBar
    stream_class: Any = StringIO
    stream: Any
    options: dict[str, Any]
    selected_fields: Any
    use_natural_foreign_keys: bool
    use_natural_primary_keys: bool
    first: bool

    def serialize(
        self,
        queryset: Iterable[Any],
        *,
        stream: Any = None,
        fields: Any = None,
        use_natural_foreign_keys: bool = False,
        use_natural_primary_keys: bool = False,
        progress_output: Any = None,
        object_count: int = 0,
        **options: Any,
    ) -> Any:
        """Write objects.

        Args:
            queryset: model instances.
            stream: file to write to; one in memory, if None.
            fields: names of the fields to write; all, if None.
            use_natural_foreign_keys: write what `natural_key()` gives in place of keys of related objects.
            use_natural_primary_keys: leave primary keys out, where `natural_key()` identifies the object.
            progress_output: stream for a progress bar.
            object_count: how many objects there are, for the bar.
            **options: of the format.

        Returns:
            What was written, see `getvalue`.
        """
        self.options = options
        self.stream = stream if stream is not None else self.stream_class()
        self.selected_fields = fields
        self.use_natural_foreign_keys = use_natural_foreign_keys
        self.use_natural_primary_keys = use_natural_primary_keys
        progress = self.progress_class(progress_output, object_count)
        self.start_serialization()
        self.first = True
        for count, obj in enumerate(queryset, start=1):
            self._write_object(obj)
            progress.update(count)
            self.first = False
        self.end_serialization()
        return self.getvalue()

    def _write_object(self, obj: Any) -> None:
        self.start_object(obj)
        # The fields of a proxy are those of the model it stands for.
        meta = obj._meta.concrete_model._meta
        pk = meta.pk
        # The link to a parent is the primary key, written with the object; with natural keys it must be a field.
        parent_link = pk.remote_field and pk.remote_field.parent_link
        for field in meta.local_fields:
            if field.serialize or (field is pk and parent_link and self.use_natural_primary_keys_of(obj)):
                self._write_field(obj, field)
        for field in meta.local_many_to_many:
            if field.serialize and self._selected(field.attname):
                self.handle_m2m_field(obj, field)
        self.end_object(obj)

    def use_natural_primary_keys_of(self, obj: Any) -> bool:
        """Say whether an object is identified by its natural key; an empty key opts out."""
        return self.use_natural_primary_keys and hasattr(obj, "natural_key") and bool(obj.natural_key())

    def _write_field(self, obj: Any, field: Any) -> None:
        if field.remote_field is None:
            if self._selected(field.attname):
                self.handle_field(obj, field)
        elif self._selected(field.attname[:-3]) or self._selected(field.name):
            self.handle_fk_field(obj, field)

    def _selected(self, name: str) -> bool:
        return self.selected_fields is None or name in self.selected_fields

    def related_natural_key(self, related: Any) -> Any:
        """Return the natural key of a related object; None where keys are to be written as they are."""
        if self.use_natural_foreign_keys and hasattr(related, "natural_key"):
            return related.natural_key() or None
        return None

    def wants_natural_key(self, model: Any) -> bool:
        """Say whether relations to a model are written as natural keys."""
        return self.use_natural_foreign_keys and hasattr(model, "natural_key")

    def related_objects(self, obj: Any, field: Any) -> Any:
        """Return the objects of a many-to-many field, in a fixed order, with no more columns than are written."""
        manager = getattr(obj, field.name)
        prefetched = getattr(obj, "_prefetched_objects_cache", {})
        if field.name in prefetched:
            return prefetched[field.name]
        ordered = manager.order_by("pk") if not manager.all().ordered else manager.all()
        if self.wants_natural_key(field.remote_field.model):
            return ordered.iterator()
        # select_related() and only() exclude each other.
        return ordered.select_related(None).only("pk").iterator()

    def start_serialization(self) -> None:
        """Write what stands before all objects."""
        raise NotImplementedError("subclasses of Serializer must provide a start_serialization() method")

    def end_serialization(self) -> None:
        """Write what stands after all objects."""

    def start_object(self, obj: Any) -> None:
        """Write what stands before an object's fields."""
        raise NotImplementedError("subclasses of Serializer must provide a start_object() method")

    def end_object(self, obj: Any) -> None:
        """Write what stands after an object's fields."""

    def handle_field(self, obj: Any, field: Any) -> None:
        """Write a plain field."""
        raise NotImplementedError("subclasses of Serializer must provide a handle_field() method")

    def handle_fk_field(self, obj: Any, field: Any) -> None:
        """Write a foreign key."""
        raise NotImplementedError("subclasses of Serializer must provide a handle_fk_field() method")

    def handle_m2m_field(self, obj: Any, field: Any) -> None:
        """Write a many-to-many field."""
        raise NotImplementedError("subclasses of Serializer must provide a handle_m2m_field() method")

    def getvalue(self) -> Any:
        """Return what was written; None where the stream cannot say."""
        return self.stream.getvalue() if callable(getattr(self.stream, "getvalue", None)) else None


class Deserializer:
    """Iterates over the objects in a text or stream.

    Args:
        stream_or_string: what to read.
        **options: of the format.
    """

    def __init__(self, stream_or_string: Any, **options: Any) -> None:
        self.options = options
        self.stream = StringIO(stream_or_string) if isinstance(stream_or_string, str) else stream_or_string

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> DeserializedObject:
        raise NotImplementedError("subclasses of Deserializer must provide a __next__() method")


class DeserializedObject:
    """An object that was read, and the many-to-many lists that can be set once it is saved.

    Args:
        obj: model instance, not saved.
        m2m_data: accessor → keys.
        deferred_fields: field → natural keys of objects that did not exist yet.
    """

    def __init__(
        self, obj: Any, m2m_data: dict[str, Any] | None = None, deferred_fields: dict[Any, Any] | None = None
    ) -> None:
        self.object = obj
        self.m2m_data = m2m_data
        self.deferred_fields = deferred_fields

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.object._meta.label}(pk={self.object.pk})>"

    def save(self, save_m2m: bool = True, using: str | None = None, **kwargs: Any) -> None:
        """Save the object just as it was read: `save()` of the model is not called, receivers get `raw=True`.

        Args:
            save_m2m: set the many-to-many lists too.
            using: alias of the database.
            **kwargs: handed to `Model.save_base()`.
        """
        models.Model.save_base(self.object, using=using, raw=True, **kwargs)
        if self.m2m_data and save_m2m:
            for accessor_name, object_list in self.m2m_data.items():
                getattr(self.object, accessor_name).set(object_list)
        # A second save must not do that again.
        self.m2m_data = None

    def save_deferred_fields(self, using: str | None = None) -> None:
        """Set the fields that named later objects, now that these are saved."""
        self.m2m_data = {}
        label, pk = self.object._meta.label, self.object.pk
        for field, field_value in (self.deferred_fields or {}).items():
            options: dict[str, Any] = {"using": using, "handle_forward_references": False}
            if isinstance(field.remote_field, models.ManyToManyRel):
                try:
                    values = read_keys(field, field_value, **options)
                except KeyListError as error:
                    raise DeserializationError.at_value(error.original_exc, label, pk, error.pk) from error
                self.m2m_data[field.name] = values
            else:
                try:
                    value = read_key(field, field_value, **options)
                except Exception as error:  # whatever a model's own get_by_natural_key() raises
                    raise DeserializationError.at_value(error, label, pk, field_value) from error
                setattr(self.object, field.attname, value)
        self.save()


def identified_instance(Model: Any, data: dict[str, Any], db: str | None) -> Any:
    """Return an instance with the primary key of the object that its natural key names, if there is one.

    Args:
        Model: class.
        data: attribute → value.
        db: alias of the database to look in.
    """
    default_manager = Model._meta.default_manager
    pk = data.get(Model._meta.pk.attname)
    if pk is None and hasattr(default_manager, "get_by_natural_key") and hasattr(Model, "natural_key"):
        obj = Model(**data)
        obj._state.db = db
        natural_key = obj.natural_key()
        if natural_key:
            try:
                found = default_manager.db_manager(db).get_by_natural_key(*natural_key)
                data[Model._meta.pk.attname] = Model._meta.pk.to_python(found.pk)
            except Model.DoesNotExist:
                pass  # a new object
    return Model(**data)


def _is_natural(value: Any) -> bool:
    """Say whether a value read is a natural key: a list, where a key would be one value."""
    return hasattr(value, "__iter__") and not isinstance(value, str)


def read_keys(field: Any, field_value: Any, using: str | None, handle_forward_references: bool) -> Any:
    """Return the keys of a many-to-many list.

    Args:
        field: the field.
        field_value: keys or natural keys.
        using: alias of the database to look in.
        handle_forward_references: give `NOT_YET` where an object does not exist yet.

    Raises:
        KeyListError: a key that cannot be read, or no list.
    """
    model = field.remote_field.model
    by_natural_key = getattr(model._default_manager, "get_by_natural_key", None)
    to_python = model._meta.pk.to_python
    try:
        keys = list(field_value)
    except TypeError as error:
        raise KeyListError(error, field_value) from error
    values = []
    for key in keys:
        try:
            if by_natural_key and _is_natural(key):
                values.append(model._default_manager.db_manager(using).get_by_natural_key(*key).pk)
            else:
                values.append(to_python(key))
        except Exception as error:  # whatever a model's own get_by_natural_key() raises
            if isinstance(error, ObjectDoesNotExist) and handle_forward_references:
                return NOT_YET
            raise KeyListError(error, key) from error
    return values


def read_key(field: Any, field_value: Any, using: str | None, handle_forward_references: bool) -> Any:
    """Return the value of a foreign key; arguments as of `read_keys`."""
    if field_value is None:
        return None
    model = field.remote_field.model
    default_manager = model._default_manager
    field_name = field.remote_field.field_name
    if hasattr(default_manager, "get_by_natural_key") and _is_natural(field_value):
        try:
            related = default_manager.db_manager(using).get_by_natural_key(*field_value)
        except ObjectDoesNotExist:
            if handle_forward_references:
                return NOT_YET
            raise
        value = getattr(related, field_name)
        # A foreign key to an object that is known by a foreign key itself.
        if model._meta.pk.remote_field:
            value = value.pk
        return value
    return model._meta.get_field(field_name).to_python(field_value)
