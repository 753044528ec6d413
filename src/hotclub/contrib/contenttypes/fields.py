"""Generic relations: a foreign key to any model, and its reverse side.

A generic foreign key is two fields: the content type and the key of the object. The reverse side (`GenericRelation`) joins
over the key, with the content type as a further condition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from hotclub.contrib.contenttypes.managers import make_generic_manager
from hotclub.contrib.contenttypes.models import ContentType
from hotclub.core import checks
from hotclub.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from hotclub.db import DEFAULT_DB_ALIAS, models
from hotclub.db.models import DO_NOTHING, ForeignKey, ForeignObject
from hotclub.db.models.fields import Field
from hotclub._orm.relations.caching import FieldCacheMixin
from hotclub.db.models.fields.related import (
    ForeignObjectRel,
    ReverseManyToOneDescriptor,
    lazy_related_operation,
)
from hotclub.db.models.query import prefetch_related_objects
from hotclub.db.models.query_utils import PathInfo
from hotclub.utils.functional import cached_property


class GenericForeignKeyDescriptor:
    """The attribute of a generic foreign key: gives and takes objects of any model."""

    def __init__(self, field: GenericForeignKey) -> None:
        self.field = field

    def is_cached(self, instance: Any) -> bool:
        """Say whether the object has been loaded."""
        return self.field.is_cached(instance)

    def get_prefetch_querysets(
        self, instances: Sequence[Any], querysets: Sequence[Any] | None = None
    ) -> tuple[Any, ...]:
        """Return the objects of many instances, with one query per model; the protocol is that of prefetching."""
        field = self.field
        given: dict[Any, Any] = {}
        for queryset in querysets or ():
            content_type = field.get_content_type(model=queryset.query.model, using=queryset.db)
            if content_type.pk in given:
                raise ValueError("Only one queryset is allowed for each content type.")
            given[content_type.pk] = queryset
        wanted: defaultdict[Any, set[Any]] = defaultdict(set)
        # One instance of each type tells the database.
        example: dict[Any, Any] = {}
        for instance in instances:
            content_type_id = getattr(instance, field.content_type_attname)
            key = getattr(instance, field.fk_field)
            if content_type_id is not None and key is not None:
                wanted[content_type_id].add(key)
                example[content_type_id] = instance
        found: list[Any] = []
        for content_type_id, keys in wanted.items():
            if content_type_id in given:
                found.extend(given[content_type_id].filter(pk__in=keys))
                continue
            instance = example[content_type_id]
            content_type = field.get_content_type(id=content_type_id, using=instance._state.db)
            model = content_type.model_class()
            if model is not None:
                found.extend(
                    model._base_manager.using(instance._state.db)
                    .fetch_mode(instance._state.fetch_mode)
                    .filter(pk__in=keys)
                )

        def instance_key(instance: Any) -> Any:
            content_type_id = getattr(instance, field.content_type_attname)
            if content_type_id is None:
                return None
            model = field.get_content_type(id=content_type_id, using=instance._state.db).model_class()
            if model is None:
                return None
            return str(model._meta.pk.get_prep_value(getattr(instance, field.fk_field))), model

        def object_key(obj: Any) -> Any:
            model = obj._meta.concrete_model if field.for_concrete_model else obj.__class__
            return str(obj._meta.pk.get_prep_value(obj.pk)), model

        return found, object_key, instance_key, True, field.name, False

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        field = self.field
        content_type_id = getattr(instance, field.content_type_attname, None)
        key = getattr(instance, field.fk_field)
        cached = field.get_cached_value(instance, default=None)
        if cached is None and field.is_cached(instance):
            return None
        if cached is not None:
            # The two fields may have been changed since.
            content_type = field.get_content_type(obj=cached, using=instance._state.db)
            if content_type_id == content_type.id and cached._meta.pk.to_python(key) == cached.pk:
                return cached
            field.delete_cached_value(instance)
        if content_type_id is None:
            field.set_cached_value(instance, None)
            return None
        instance._state.fetch_mode.fetch(self, instance)
        return field.get_cached_value(instance)

    def fetch_one(self, instance: Any) -> None:
        """Load the object of one instance."""
        field = self.field
        content_type_id = getattr(instance, field.content_type_attname, None)
        content_type = field.get_content_type(id=content_type_id, using=instance._state.db)
        found = None
        try:
            found = content_type.get_object_for_this_type(
                using=instance._state.db, pk=getattr(instance, field.fk_field)
            )
        except (ObjectDoesNotExist, LookupError, AttributeError):
            pass  # the object, or its model, is gone: there is nothing that would keep them
        else:
            found._state.fetch_mode = instance._state.fetch_mode
        field.set_cached_value(instance, found)

    def fetch_many(self, instances: Iterable[Any]) -> None:
        """Load the objects of many instances."""
        missing = [instance for instance in instances if not self.is_cached(instance)]
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


class GenericForeignKey(FieldCacheMixin, Field):  # type: ignore[misc]
    """A foreign key to any model.

    Args:
        ct_field: name of the foreign key to content types.
        fk_field: name of the field with the object's key.
        for_concrete_model: whether proxies are kept as the model behind them.
    """

    is_generic_foreign_key = True
    many_to_many = False
    many_to_one = True
    one_to_many = False
    one_to_one = False

    def __init__(
        self, ct_field: str = "content_type", fk_field: str = "object_id", for_concrete_model: bool = True
    ) -> None:
        super().__init__(editable=False)
        self.ct_field = ct_field
        self.fk_field = fk_field
        self.for_concrete_model = for_concrete_model
        self.is_relation = True

    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, private_only=True, **kwargs)
        # It has no column.
        setattr(cls, name, GenericForeignKeyDescriptor(self))

    def get_attname_column(self) -> tuple[Any, None]:
        attname, _column = super().get_attname_column()
        return attname, None

    @cached_property
    def content_type_attname(self) -> str:
        """Name of the attribute with the content type's id."""
        return str(self.model._meta.get_field(self.ct_field).attname)

    @cached_property
    def cache_name(self) -> str:
        return str(self.name)

    def check(self, **kwargs: Any) -> list[Any]:
        return [
            *self._check_field_name(),
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
        options = self.model._meta
        name = f"{options.object_name}.{self.ct_field}"
        try:
            field = options.get_field(self.ct_field)
        except FieldDoesNotExist:
            return [
                checks.Error(
                    f"The GenericForeignKey content type references the nonexistent field '{name}'.",
                    obj=self,
                    id="contenttypes.E002",
                )
            ]
        hint = "GenericForeignKeys must use a ForeignKey to 'contenttypes.ContentType' as the 'content_type' field."
        if not isinstance(field, ForeignKey):
            return [checks.Error(f"'{name}' is not a ForeignKey.", hint=hint, obj=self, id="contenttypes.E003")]
        if field.remote_field.model != ContentType:
            return [
                checks.Error(
                    f"'{name}' is not a ForeignKey to 'contenttypes.ContentType'.",
                    hint=hint,
                    obj=self,
                    id="contenttypes.E004",
                )
            ]
        return []

    def get_content_type(self, obj: Any = None, id: Any = None, using: str | None = None, model: Any = None) -> Any:
        """Return the content type of an object, of an id, or of a model."""
        manager = ContentType.objects
        if obj is not None:
            return manager.db_manager(obj._state.db).get_for_model(obj, for_concrete_model=self.for_concrete_model)
        if id is not None:
            return manager.db_manager(using).get_for_id(id)
        if model is not None:
            return manager.db_manager(using).get_for_model(model, for_concrete_model=self.for_concrete_model)
        raise TypeError("get_content_type() needs an object, an id or a model.")


class GenericRel(ForeignObjectRel):  # type: ignore[misc]
    """What a generic relation knows of its other end."""

    def __init__(
        self,
        field: Any,
        to: Any,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
    ) -> None:
        super().__init__(
            field,
            to,
            # Without a name for queries, there is no way back.
            related_name=related_query_name or "+",
            related_query_name=related_query_name,
            limit_choices_to=limit_choices_to,
            on_delete=DO_NOTHING,
        )


class ReverseGenericManyToOneDescriptor(ReverseManyToOneDescriptor):  # type: ignore[misc]
    """The attribute of a generic relation: gives a manager."""

    @cached_property
    def related_manager_cls(self) -> Any:
        return make_generic_manager(self.rel.model._default_manager.__class__, self.rel)

    @cached_property
    def related_manager_cache_key(self) -> str:
        """Name under which prefetched objects are kept."""
        return str(self.field.name)


class GenericRelation(ForeignObject):  # type: ignore[misc]
    """The reverse side of a generic foreign key. Deleting an object deletes what points at it.

    Args:
        to: model with the generic foreign key.
        object_id_field: name of its field with the key.
        content_type_field: name of its foreign key to content types.
        for_concrete_model: as on the generic foreign key.
        related_query_name: name for queries from the other model to this one.
        limit_choices_to: as for a foreign key.
    """

    auto_created = False
    empty_strings_allowed = False
    many_to_many = False
    many_to_one = False
    one_to_many = True
    one_to_one = False
    rel_class = GenericRel

    def __init__(
        self,
        to: Any,
        object_id_field: str = "object_id",
        content_type_field: str = "content_type",
        for_concrete_model: bool = True,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        **kwargs: Any,
    ) -> None:
        kwargs["rel"] = self.rel_class(
            self, to, related_query_name=related_query_name, limit_choices_to=limit_choices_to
        )
        # Its values live elsewhere.
        kwargs["null"] = True
        kwargs["blank"] = True
        kwargs["on_delete"] = models.CASCADE
        kwargs["editable"] = False
        kwargs["serialize"] = False
        # The columns depend on the other model.
        super().__init__(to, from_fields=[object_id_field], to_fields=[], **kwargs)
        self.object_id_field_name = object_id_field
        self.content_type_field_name = content_type_field
        self.for_concrete_model = for_concrete_model

    def check(self, **kwargs: Any) -> list[Any]:
        return [*super().check(**kwargs), *self._check_generic_foreign_key_existence()]

    def _is_matching_generic_foreign_key(self, field: Any) -> bool:
        return (
            isinstance(field, GenericForeignKey)
            and field.ct_field == self.content_type_field_name
            and field.fk_field == self.object_id_field_name
        )

    def _check_generic_foreign_key_existence(self) -> list[Any]:
        target = self.remote_field.model
        if not isinstance(target, models.base.ModelBase):
            return []
        if any(self._is_matching_generic_foreign_key(field) for field in target._meta.private_fields):
            return []
        return [
            checks.Error(
                "The GenericRelation defines a relation with the model "
                f"'{target._meta.label}', but that model does not have a GenericForeignKey.",
                obj=self,
                id="contenttypes.E004",
            )
        ]

    def resolve_related_fields(self) -> list[tuple[Any, Any]]:
        self.to_fields = [self.model._meta.pk.name]
        return [(self.remote_field.model._meta.get_field(self.object_id_field_name), self.model._meta.pk)]

    def get_local_related_value(self, instance: Any) -> tuple[Any, ...]:
        return self.get_instance_value_for_fields(instance, self.foreign_related_fields)

    def get_foreign_related_value(self, instance: Any) -> tuple[Any, ...]:
        # The key's field may be of another type than the primary key.
        return tuple(
            own.to_python(value)
            for own, value in zip(
                self.foreign_related_fields,
                self.get_instance_value_for_fields(instance, self.local_related_fields),
                strict=True,
            )
        )

    def get_path_info(self, filtered_relation: Any = None) -> list[Any]:
        options = self.remote_field.model._meta
        object_id_field = options.get_field(self.object_id_field_name)
        if object_id_field.model != options.model:
            return self._get_path_info_with_parent(filtered_relation)
        target = options.pk
        return [
            PathInfo(
                from_opts=self.model._meta,
                to_opts=options,
                target_fields=(target,),
                join_field=self.remote_field,
                m2m=True,
                direct=False,
                filtered_relation=filtered_relation,
            )
        ]

    def _get_path_info_with_parent(self, filtered_relation: Any) -> list[Any]:
        """The join reaches the parent that has the key, and goes on to the model itself."""
        options = self.remote_field.model._meta.concrete_model._meta
        parent_options = options.get_field(self.object_id_field_name).model._meta
        first = PathInfo(
            from_opts=self.model._meta,
            to_opts=parent_options,
            target_fields=(parent_options.pk,),
            join_field=self.remote_field,
            m2m=True,
            direct=False,
            filtered_relation=filtered_relation,
        )
        chain = []
        current = options
        while current.model != parent_options.model:
            link = current.get_ancestor_link(parent_options.model)
            chain.append(link.reverse_path_infos)
            current = link.remote_field.model._meta
        path = [first]
        for infos in reversed(chain):
            path.extend(infos)
        return path

    def get_reverse_path_info(self, filtered_relation: Any = None) -> list[Any]:
        options = self.model._meta
        from_options = self.remote_field.model._meta
        return [
            PathInfo(
                from_opts=from_options,
                to_opts=options,
                target_fields=(options.pk,),
                join_field=self,
                m2m=False,
                direct=False,
                filtered_relation=filtered_relation,
            )
        ]

    def value_to_string(self, obj: Any) -> str:
        return str([instance.pk for instance in getattr(obj, self.name).all()])

    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:
        kwargs["private_only"] = True
        super().contribute_to_class(cls, name, **kwargs)
        self.model = cls
        # Abstract models and their heirs each have one of their own.
        if not cls._meta.abstract:
            setattr(cls, name, ReverseGenericManyToOneDescriptor(self.remote_field))
            # The generic foreign key knows who points through it.

            def make_generic_foreign_order_accessors(related_model: Any, model: Any) -> None:
                if self._is_matching_generic_foreign_key(model._meta.order_with_respect_to):
                    models.base.make_foreign_order_accessors(model, related_model)

            lazy_related_operation(make_generic_foreign_order_accessors, self.model, self.remote_field.model)

    def set_attributes_from_rel(self) -> None:
        """Nothing comes from the other end."""

    def get_internal_type(self) -> str:
        return "ManyToManyField"

    def get_content_type(self) -> Any:
        """Return the content type of the model this relation is on."""
        return ContentType.objects.get_for_model(self.model, for_concrete_model=self.for_concrete_model)

    def get_extra_restriction(self, alias: str, related_alias: str) -> Any:
        """Return the condition on the content type, for a join; `alias` is that of the model with the key, going out."""
        field = self.remote_field.model._meta.get_field(self.content_type_field_name)
        content_type_id = self.get_content_type().pk
        return field.get_lookup("exact")(field.get_col(related_alias), content_type_id)

    def bulk_related_objects(self, objs: Sequence[Any], using: str = DEFAULT_DB_ALIAS) -> Any:
        """Return what points at any of the objects; they are deleted together."""
        content_types = ContentType.objects.db_manager(using)
        content_type = content_types.get_for_model(self.model, for_concrete_model=self.for_concrete_model)
        return self.remote_field.model._base_manager.db_manager(using).filter(
            **{
                f"{self.content_type_field_name}__pk": content_type.pk,
                f"{self.object_id_field_name}__in": [obj.pk for obj in objs],
            }
        )
