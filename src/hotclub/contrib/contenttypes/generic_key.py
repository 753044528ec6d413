"""`GenericForeignKey`: an attribute that is an object of any model, kept in two columns of the same row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from hotclub._orm.deletion_rules import DatabaseOnDelete
from hotclub._orm.fields.field_checks import check_name
from hotclub.contrib.contenttypes.models import ContentType
from hotclub.core import checks
from hotclub.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from hotclub.db import models
from hotclub.db.models import ForeignKey, prefetch_related_objects
from hotclub.utils.functional import cached_property


class _Missing:
    """What is remembered where a key names no object: the key."""

    __slots__ = ("key",)

    def __init__(self, key: tuple[Any, Any]) -> None:
        self.key = key


class GenericForeignKey(models.Field):  # type: ignore[type-arg]
    """A relation to one object of any model.

    Args:
        ct_field: name of the foreign key to `ContentType`.
        fk_field: name of the field that holds the object's key.
        for_concrete_model: whether a proxy model stands for its concrete model.

    Source: docs ref/contrib/contenttypes, "GenericForeignKey".
    """

    for_concrete_model: bool

    many_to_many = False
    many_to_one = True
    one_to_many = False
    one_to_one = False
    remote_field: Any = None
    generated = False

    def __init__(
        self, ct_field: str = "content_type", fk_field: str = "object_id", for_concrete_model: bool = True
    ) -> None:
        super().__init__(editable=False)
        self.ct_field = ct_field
        self.fk_field = fk_field
        self.for_concrete_model = for_concrete_model
        self.is_relation = True

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = True, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, private_only=True, **kwargs)
        setattr(cls, self.attname, GenericForeignKeyDescriptor(self))

    def get_attname_column(self) -> tuple[str, None]:
        attname, _column = super().get_attname_column()
        return attname, None

    @cached_property
    def cache_name(self) -> str:
        return str(self.name)

    @cached_property
    def ct_field_attname(self) -> str:
        return str(self.model._meta.get_field(self.ct_field).attname)

    # -- the remembered object ---------------------------------------------------------------------------------

    def get_cached_value(self, instance: Any, default: Any = models.NOT_PROVIDED) -> Any:
        """Return the remembered object.

        Raises:
            KeyError: there is none, and no default was given.
        """
        try:
            found = instance._state.fields_cache[self.cache_name]
        except KeyError:
            if default is models.NOT_PROVIDED:
                raise
            return default
        return None if type(found) is _Missing else found

    def key_of(self, instance: Any) -> tuple[Any, Any]:
        """Return the values of the two columns: the content type's id and the object's key."""
        return getattr(instance, self.ct_field_attname), getattr(instance, self.fk_field)

    def names_nothing(self, instance: Any) -> bool:
        """Whether no object is known to be behind the present values of the columns."""
        found = instance._state.fields_cache.get(self.cache_name)
        return type(found) is _Missing and found.key == self.key_of(instance)

    def is_cached(self, instance: Any) -> bool:
        return self.cache_name in instance._state.fields_cache

    def set_cached_value(self, instance: Any, value: Any) -> None:
        instance._state.fields_cache[self.cache_name] = _Missing(self.key_of(instance)) if value is None else value

    def delete_cached_value(self, instance: Any) -> None:
        del instance._state.fields_cache[self.cache_name]

    # -- queries -----------------------------------------------------------------------------------------------

    def get_filter_kwargs_for_object(self, obj: Any) -> dict[str, Any]:
        """Return keyword arguments that find the rows with the same key as `obj`."""
        return {self.fk_field: getattr(obj, self.fk_field), self.ct_field: getattr(obj, self.ct_field)}

    def get_forward_related_filter(self, obj: Any) -> dict[str, Any]:
        """Return keyword arguments that find the rows whose object is `obj`."""
        return {self.fk_field: obj.pk, self.ct_field: ContentType.objects.get_for_model(obj).pk}

    def get_content_type(self, obj: Any = None, id: Any = None, using: str | None = None, model: Any = None) -> Any:
        """Return the content type of an object or a model, or the one with an id."""
        manager = ContentType.objects.db_manager(using)
        if obj is not None:
            manager = ContentType.objects.db_manager(obj._state.db)
            return manager.get_for_model(obj, for_concrete_model=self.for_concrete_model)
        if id is not None:
            return manager.get_for_id(id)
        if model is not None:
            return manager.get_for_model(model, for_concrete_model=self.for_concrete_model)
        raise ValueError("Impossible arguments to GFK.get_content_type!")

    # -- checks ------------------------------------------------------------------------------------------------

    def check(self, **kwargs: Any) -> list[Any]:
        return [
            *check_name(self),
            *self._check_object_id_field(),
            *self._check_content_type_field(),
        ]

    def _check_object_id_field(self) -> list[Any]:
        try:
            self.model._meta.get_field(self.fk_field)
        except FieldDoesNotExist:
            return [
                checks.Error(
                    f"The GenericForeignKey object ID references the nonexistent field '{self.fk_field}'.",
                    obj=self,
                    id="contenttypes.E001",
                )
            ]
        return []

    def _check_content_type_field(self) -> list[Any]:
        try:
            field = self.model._meta.get_field(self.ct_field)
        except FieldDoesNotExist:
            return [
                checks.Error(
                    "The GenericForeignKey content type references the nonexistent field "
                    f"'{self.model._meta.object_name}.{self.ct_field}'.",
                    obj=self,
                    id="contenttypes.E002",
                )
            ]
        where = f"'{self.model._meta.object_name}.{self.ct_field}'"
        hint = "GenericForeignKeys must use a ForeignKey to 'contenttypes.ContentType' as the 'content_type' field."
        if not isinstance(field, ForeignKey):
            return [checks.Error(f"{where} is not a ForeignKey.", hint=hint, obj=self, id="contenttypes.E003")]
        if field.remote_field.model != ContentType:
            return [
                checks.Error(
                    f"{where} is not a ForeignKey to 'contenttypes.ContentType'.",
                    hint=hint,
                    obj=self,
                    id="contenttypes.E004",
                )
            ]
        if isinstance(field.remote_field.on_delete, DatabaseOnDelete):
            return [
                checks.Error(
                    f"{where} cannot use the database-level on_delete variant.",
                    hint="Change the on_delete rule to the non-database variant.",
                    obj=self,
                    id="contenttypes.E006",
                )
            ]
        return []


class _Gathered:
    """The objects of several querysets, read by one flow."""

    def __init__(self, querysets: Sequence[Any]) -> None:
        self.querysets = querysets

    async def fetch_flow(self) -> list[Any]:
        found: list[Any] = []
        for queryset in self.querysets:
            found.extend(await queryset.fetch_flow())
        return found


class GenericForeignKeyDescriptor:
    """The attribute of a `GenericForeignKey`."""

    def __init__(self, field: GenericForeignKey) -> None:
        self.field = field

    def is_cached(self, instance: Any) -> bool:
        return self.field.is_cached(instance)

    def _type_of(self, instance: Any, ct_id: Any) -> Any:
        return self.field.get_content_type(id=ct_id, using=instance._state.db)

    def _remembered(self, instance: Any) -> tuple[bool, Any]:
        """Return whether the remembered object is still the one that the columns name, and the object."""
        field = self.field
        if not field.is_cached(instance):
            return False, None
        found = field.get_cached_value(instance)
        if found is None:
            return field.names_nothing(instance), None
        ct_id, key = field.key_of(instance)
        same_type = ct_id == field.get_content_type(obj=found).id
        return same_type and found._meta.pk.to_python(key) == found.pk, found

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        fresh, found = self._remembered(instance)
        if fresh:
            return found
        ct_id, key = self.field.key_of(instance)
        if ct_id is None or key is None:
            self.field.set_cached_value(instance, None)
            return None
        if self.field.is_cached(instance):
            self.field.delete_cached_value(instance)
        instance._state.fetch_mode.fetch(self, instance)
        return self.field.get_cached_value(instance, default=None)

    def fetch_one(self, instance: Any) -> None:
        """Load the object of one instance."""
        ct_id, key = self.field.key_of(instance)
        content_type = self._type_of(instance, ct_id)
        try:
            manager = content_type.model_class()._base_manager.using(instance._state.db)
            found = manager.fetch_mode(instance._state.fetch_mode).get(pk=key)
        except (ObjectDoesNotExist, LookupError, AttributeError):
            found = None
        self.field.set_cached_value(instance, found)

    def fetch_many(self, instances: Iterable[Any]) -> None:
        """Load the objects of several instances, with a query for each model."""
        missing = [each for each in instances if not self.is_cached(each)]
        prefetch_related_objects(missing, self.field.name)

    def __set__(self, instance: Any, value: Any) -> None:
        field = self.field
        content_type = key = None
        if value is not None:
            content_type = field.get_content_type(obj=value)
            key = value.pk
        setattr(instance, field.ct_field, content_type)
        setattr(instance, field.fk_field, key)
        field.set_cached_value(instance, value)

    def get_prefetch_querysets(self, instances: Sequence[Any], querysets: Sequence[Any] | None = None) -> Any:
        """Return what loads the objects of many instances: a queryset for each model and database."""
        given: dict[Any, Any] = {}
        for queryset in querysets or ():
            content_type = self.field.get_content_type(model=queryset.query.model, using=queryset.db)
            if content_type.pk in given:
                raise ValueError("Only one queryset is allowed for each content type.")
            given[content_type.pk] = queryset
        keys: dict[Any, set[Any]] = defaultdict(set)
        owner: dict[Any, Any] = {}
        for instance in instances:
            ct_id, key = self.field.key_of(instance)
            if ct_id is not None and key is not None:
                keys[ct_id].add(key)
                owner.setdefault(ct_id, instance)
        waiting = []
        for ct_id, wanted in keys.items():
            queryset = given.get(ct_id)
            if queryset is None:
                model = self._type_of(owner[ct_id], ct_id).model_class()
                if model is None:
                    continue
                queryset = model._base_manager.using(owner[ct_id]._state.db)
            waiting.append(queryset.fetch_mode(owner[ct_id]._state.fetch_mode).filter(pk__in=wanted))

        def instance_key(instance: Any) -> Any:
            ct_id, key = self.field.key_of(instance)
            if ct_id is None or key is None:
                return None
            model = self._type_of(instance, ct_id).model_class()
            if model is None:
                return None
            # The column may be text where the model's key is a number.
            return str(model._meta.pk.get_prep_value(key)), model

        def object_key(found: Any) -> Any:
            model = found._meta.concrete_model if self.field.for_concrete_model else found.__class__
            return str(found._meta.pk.get_prep_value(found.pk)), model

        return _Gathered(waiting), object_key, instance_key, True, self.field.name, False


__all__ = ["GenericForeignKey", "GenericForeignKeyDescriptor"]
