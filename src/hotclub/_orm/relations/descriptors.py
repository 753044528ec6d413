"""Descriptors that relations put on models: the object on the other end, or a manager of many.

They read the related object's query through managers of the target, and remember what they found on the instance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hotclub._orm.prefetch import prefetch_related_objects
from hotclub._orm.q import Q
from hotclub._orm.relations.caching import parents_at_hand
from hotclub._orm.relations.many_managers import make_many_manager
from hotclub._orm.relations.reverse_managers import make_reverse_manager
from hotclub._orm.state import DeferredAttribute
from hotclub.db import DEFAULT_DB_ALIAS, router
from hotclub.utils.functional import cached_property


class ForeignKeyDeferredAttribute(DeferredAttribute):
    """The attribute with the key's value: setting another value forgets the remembered object."""

    stores_plainly = True

    def __set__(self, instance: Any, value: Any) -> None:
        field = self.field
        data = instance.__dict__
        if data.get(field.attname) != value and field.is_cached(instance):
            field.delete_cached_value(instance)
        data[field.attname] = value


def _one_queryset(querysets: Sequence[Any] | None) -> Any:
    if querysets and len(querysets) != 1:
        raise ValueError("querysets argument of get_prefetch_querysets() should have a length of 1.")
    return querysets[0] if querysets else None


def _any_of(names: Sequence[str], keys: Iterable[tuple[Any, ...]]) -> Q:
    """Return the condition that several columns hold one of the tuples of values."""
    rows = [Q.create(list(zip(names, key, strict=True))) for key in keys]
    return Q.create(rows, connector=Q.OR)


def _unordered(queryset: Any) -> Any:
    return queryset if queryset.query.is_sliced else queryset.order_by()


def _check_same_database(value: Any, instance: Any) -> None:
    """Settle the database of two objects about to be related.

    Raises:
        ValueError: the router forbids it.
    """
    mine, other = instance._state, value._state
    if not router.routers:
        # What the router says without any rules: go along with the other object, then with the default.
        if mine.db is None:
            mine.db = other.db or DEFAULT_DB_ALIAS
        if other.db is None:
            other.db = mine.db
        if mine.db == other.db:
            return
    if instance._state.db is None:
        instance._state.db = router.db_for_write(instance.__class__, instance=value)
    if value._state.db is None:
        value._state.db = router.db_for_write(value.__class__, instance=instance)
    if not router.allow_relation(value, instance):
        raise ValueError(f'Cannot assign "{value!r}": the current database router prevents this relation.')


class ForwardManyToOneDescriptor:
    """`child.parent`."""

    def __init__(self, field_with_rel: Any) -> None:
        self.field = field_with_rel

    @cached_property
    def RelatedObjectDoesNotExist(self) -> type[Exception]:  # documented name
        """Raised where a required object is missing; an `AttributeError`, so that `hasattr()` works."""
        bases = (self.field.remote_field.model.DoesNotExist, AttributeError)
        where = f"{self.field.model.__qualname__}.{self.field.name}.RelatedObjectDoesNotExist"
        body = {"__module__": self.field.model.__module__, "__qualname__": where}
        return type("RelatedObjectDoesNotExist", bases, body)

    def is_cached(self, instance: Any) -> bool:
        cached: bool = self.field.is_cached(instance)
        return cached

    def get_queryset(self, *, instance: Any) -> Any:
        manager = self.field.remote_field.model._base_manager
        return manager.db_manager(hints={"instance": instance}).fetch_mode(instance._state.fetch_mode)

    def get_prefetch_querysets(self, instances: Sequence[Any], querysets: Sequence[Any] | None = None) -> Any:
        """Return what loads the related objects of many instances."""
        queryset = _one_queryset(querysets)
        if queryset is None:
            queryset = self.get_queryset(instance=instances[0])
        queryset._add_hints(instance=instances[0])
        field = self.field
        remote = field.remote_field
        instance_key = field.get_local_related_value
        targets = field.foreign_related_fields
        if len(targets) == 1:
            # The plain column needs no join back.
            wanted = {key for each in instances if (key := instance_key(each)[0]) is not None}
            queryset = queryset._filter_prefetched(targets[0].name, **{f"{targets[0].name}__in": wanted})
        elif remote.hidden:
            keys = {key for each in instances if None not in (key := instance_key(each))}
            names = [target.name for target in targets]
            queryset = queryset.filter(_any_of(names, keys)) if keys else queryset.none()
        else:
            queryset = queryset.filter(**{f"{field.related_query_name()}__in": list(instances)})
        # One object per instance at most: their order says nothing.
        queryset = _unordered(queryset)
        object_key = field.get_foreign_related_value
        if not remote.multiple:
            by_key = {instance_key(each): each for each in instances}
            plain_key = object_key

            def object_key(found: Any) -> Any:
                key = plain_key(found)
                remote.set_cached_value(found, by_key[key])
                return key

        return queryset, object_key, instance_key, True, field.cache_name, False

    def get_object(self, instance: Any) -> Any:
        return self.get_queryset(instance=instance).get(self.field.get_reverse_related_filter(instance))

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        field = self.field
        found = instance._state.fields_cache.get(field.cache_name, instance)
        if found is instance:
            found = self._load(instance)
        if found is None and not field.null:
            raise self.RelatedObjectDoesNotExist(f"{field.model.__name__} has no {field.name}.")
        return found

    def _load(self, instance: Any) -> Any:
        """Find the object: with a parent instance that has it, or in the database."""
        field = self.field
        has_value = None not in field.get_local_related_value(instance)
        found = None
        if has_value and field.model not in (type(instance), instance._meta.concrete_model):
            # An inherited relation that a parent instance may have loaded already.
            owners = (parent for parent in parents_at_hand(instance) if isinstance(parent, field.model))
            loaded = (field.get_cached_value(parent, default=None) for parent in owners)
            found = next((each for each in loaded if each is not None), None)
        if found is None and has_value:
            instance._state.fetch_mode.fetch(self, instance)
            return field.get_cached_value(instance)
        self._remember(instance, found)
        return found

    def _remember(self, instance: Any, found: Any) -> None:
        remote = self.field.remote_field
        if found is not None and not remote.multiple:
            remote.set_cached_value(found, instance)
        self.field.set_cached_value(instance, found)

    def fetch_one(self, instance: Any) -> None:
        self._remember(instance, self.get_object(instance))

    def fetch_many(self, instances: Iterable[Any]) -> None:
        missing = [each for each in instances if not self.is_cached(each)]
        prefetch_related_objects(missing, self.field.name)

    def __set__(self, instance: Any, value: Any) -> None:
        field = self.field
        remote = field.remote_field
        if value is not None and not isinstance(value, remote.model._meta.concrete_model):
            raise ValueError(
                f'Cannot assign "{value!r}": "{instance._meta.object_name}.{field.name}" must be a '
                f'"{remote.model._meta.object_name}" instance.'
            )
        if value is None:
            self._unlink(instance)
        else:
            _check_same_database(value, instance)
            for own, target in field.related_fields:
                setattr(instance, own.attname, getattr(value, target.attname))
        field.set_cached_value(instance, value)
        if value is not None and not remote.multiple:
            remote.set_cached_value(value, instance)

    def _unlink(self, instance: Any) -> None:
        field = self.field
        # The object that pointed back must not remember this one any longer.
        former = field.get_cached_value(instance, default=None)
        remote = field.remote_field
        if former is not None and not remote.multiple:
            remote.set_cached_value(former, None)
        for own, _target in field.related_fields:
            setattr(instance, own.attname, None)

    def __reduce__(self) -> Any:
        # Found again by name: pickles of instances with cached descriptors must not drag models along.
        return getattr, (self.field.model, self.field.name)


class ForwardOneToOneDescriptor(ForwardManyToOneDescriptor):
    """`place_child.place`; a link to a parent model is answered from the child's own fields where they suffice."""

    def get_object(self, instance: Any) -> Any:
        if self.field.remote_field.parent_link:
            deferred = instance.get_deferred_fields()
            parent = self.field.remote_field.model
            names = [field.attname for field in parent._meta.concrete_fields]
            if not deferred.intersection(names):
                found = parent(**{name: getattr(instance, name) for name in names})
                found._state.adding = instance._state.adding
                found._state.db = instance._state.db
                found._state.fetch_mode = instance._state.fetch_mode
                return found
        return super().get_object(instance)

    def __set__(self, instance: Any, value: Any) -> None:
        super().__set__(instance, value)
        field = self.field
        if not (field.primary_key and field.remote_field.parent_link):
            return
        # The child is its parent: keys of all ancestors follow.
        parents = instance._meta.concrete_model._meta.all_parents
        for parent in parents:
            for each in parent._meta.local_concrete_fields:
                if each.primary_key:
                    key = None if value is None else getattr(value, each.attname, None)
                    setattr(instance, each.attname, key)


class ReverseOneToOneDescriptor:
    """`place.restaurant`."""

    def __init__(self, related: Any) -> None:
        self.related = related

    @cached_property
    def RelatedObjectDoesNotExist(self) -> type[Exception]:  # documented name
        """Raised where nothing points here; an `AttributeError`, so that `hasattr()` works."""
        bases = (self.related.related_model.DoesNotExist, AttributeError)
        where = f"{self.related.model.__qualname__}.{self.related.name}.RelatedObjectDoesNotExist"
        body = {"__module__": self.related.model.__module__, "__qualname__": where}
        return type("RelatedObjectDoesNotExist", bases, body)

    @property
    def field(self) -> Any:
        """What fetch modes name in messages."""
        return self.related

    def is_cached(self, instance: Any) -> bool:
        cached: bool = self.related.is_cached(instance)
        return cached

    def get_queryset(self, *, instance: Any) -> Any:
        manager = self.related.related_model._base_manager
        return manager.db_manager(hints={"instance": instance}).fetch_mode(instance._state.fetch_mode)

    def get_prefetch_querysets(self, instances: Sequence[Any], querysets: Sequence[Any] | None = None) -> Any:
        queryset = _one_queryset(querysets)
        if queryset is None:
            queryset = self.get_queryset(instance=instances[0])
        queryset._add_hints(instance=instances[0])
        field = self.related.field
        own_key = field.get_local_related_value
        instance_key = field.get_foreign_related_value
        by_key = {instance_key(each): each for each in instances}

        def object_key(found: Any) -> Any:
            key = own_key(found)
            field.set_cached_value(found, by_key[key])
            return key

        queryset = _unordered(queryset.filter(**{f"{field.name}__in": list(instances)}))
        return queryset, object_key, instance_key, True, self.related.cache_name, False

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        related = self.related
        found = instance._state.fields_cache.get(related.cache_name, instance)
        if found is instance:
            if not instance._is_pk_set():
                related.set_cached_value(instance, None)
                found = None
            else:
                instance._state.fetch_mode.fetch(self, instance)
                found = related.get_cached_value(instance)
        if found is None:
            raise self.RelatedObjectDoesNotExist(f"{type(instance).__name__} has no {related.accessor_name}.")
        return found

    def fetch_one(self, instance: Any) -> None:
        field = self.related.field
        try:
            found = self.get_queryset(instance=instance).get(**field.get_forward_related_filter(instance))
        except self.related.related_model.DoesNotExist:
            found = None
        else:
            field.set_cached_value(found, instance)
        self.related.set_cached_value(instance, found)

    def fetch_many(self, instances: Iterable[Any]) -> None:
        missing = [each for each in instances if not self.is_cached(each)]
        prefetch_related_objects(missing, self.related.accessor_name)

    def __set__(self, instance: Any, value: Any) -> None:
        related = self.related
        if value is None:
            # Nothing to do in the other object unless it is known: then it loses the link.
            former = related.get_cached_value(instance, default=None)
            if former is not None:
                related.delete_cached_value(instance)
                setattr(former, related.field.name, None)
            return
        if not isinstance(value, related.related_model):
            raise ValueError(
                f'Cannot assign "{value!r}": "{instance._meta.object_name}.{related.accessor_name}" must be a '
                f'"{related.related_model._meta.object_name}" instance.'
            )
        _check_same_database(value, instance)
        keys = tuple(getattr(instance, target.attname) for target in related.field.foreign_related_fields)
        for own, key in zip(related.field.local_related_fields, keys, strict=True):
            setattr(value, own.attname, key)
        related.set_cached_value(instance, value)
        related.field.set_cached_value(value, instance)

    def __reduce__(self) -> Any:
        return getattr, (self.related.model, self.related.name)


class ReverseManyToOneDescriptor:
    """`parent.children`: gives a manager."""

    def __init__(self, rel: Any) -> None:
        self.rel = rel
        self.field = rel.field

    @cached_property
    def related_manager_cls(self) -> Any:
        return make_reverse_manager(self.rel.related_model._default_manager.__class__, self.rel)

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        return self.related_manager_cls(instance)

    def _describe_side(self) -> tuple[str, Any]:
        return "reverse side of a related set", self.rel.accessor_name

    def __set__(self, instance: Any, value: Any) -> None:
        side, name = self._describe_side()
        raise TypeError(f"Direct assignment to the {side} is prohibited. Use {name}.set() instead.")


class ManyToManyDescriptor(ReverseManyToOneDescriptor):
    """Both ends of a relation many to many."""

    def __init__(self, rel: Any, reverse: bool = False) -> None:
        super().__init__(rel)
        self.reverse = reverse

    @property
    def through(self) -> Any:
        """The model in between, for code that has only the descriptor."""
        return self.rel.through

    @cached_property
    def related_manager_cls(self) -> Any:
        target = self.rel.related_model if self.reverse else self.rel.model
        return make_many_manager(target._default_manager.__class__, self.rel, reverse=self.reverse)

    def _describe_side(self) -> tuple[str, Any]:
        direction = "reverse" if self.reverse else "forward"
        name = self.rel.accessor_name if self.reverse else self.field.name
        return f"{direction} side of a many-to-many set", name


for _public in (
    ForeignKeyDeferredAttribute,
    ForwardManyToOneDescriptor,
    ForwardOneToOneDescriptor,
    ReverseOneToOneDescriptor,
    ReverseManyToOneDescriptor,
    ManyToManyDescriptor,
):
    _public.__module__ = "hotclub.db.models.fields.related_descriptors"
