"""`GenericRelation`: the objects whose generic key points here, as a related manager and in queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import AtomicRegion, CallUser
from hotclub._orm import related_order
from hotclub._orm.paths import PathInfo
from hotclub._orm.plan import Late
from hotclub._orm.relations.descriptors import ReverseManyToOneDescriptor
from hotclub._orm.relations.foreign import ForeignObject
from hotclub._orm.relations.managers import RelatedManager, changes_data
from hotclub._orm.relations.references import lazy_related_operation
from hotclub._orm.relations.rels import ForeignObjectRel
from hotclub.contrib.contenttypes.generic_key import GenericForeignKey
from hotclub.contrib.contenttypes.models import ContentType
from hotclub.core import checks
from hotclub.db import models, router
from hotclub.db.models import DO_NOTHING, Q
from hotclub.db.ports import ASYNC, SYNC
from hotclub.utils.functional import cached_property


class OfContentType:
    """The condition of the join: the row's content type is that of a model.

    Its parameter is asked for at each run: rows of content types may get other ids while plans live on.
    """

    contains_aggregate = False
    contains_over_clause = False
    contains_column_references = True
    filterable = True

    def __init__(self, alias: str, column: str, model: Any, for_concrete_model: bool) -> None:
        self.alias, self.column = alias, column
        self.model, self.for_concrete_model = model, for_concrete_model

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        quote = compiler.quote_name
        sql = f"{quote(self.alias)}.{connection.ops.quote_name(self.column)} = %s"
        return sql, [Late(partial(self._id, connection.alias))]

    def _id(self, using: str) -> Any:
        manager = ContentType.objects.db_manager(using)
        return manager.get_for_model(self.model, for_concrete_model=self.for_concrete_model).pk

    def relabeled_clone(self, change_map: dict[str, str]) -> OfContentType:
        alias = change_map.get(self.alias, self.alias)
        return OfContentType(alias, self.column, self.model, self.for_concrete_model)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> OfContentType:
        return self

    def get_source_expressions(self) -> list[Any]:
        return []

    def get_group_by_cols(self) -> list[Any]:
        return []

    def get_refs(self) -> set[str]:
        return set()


class GenericRel(ForeignObjectRel):
    """The reverse side of `GenericRelation`, which queries use and nobody sees."""

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
            related_name=related_query_name or "+",
            related_query_name=related_query_name,
            limit_choices_to=limit_choices_to,
            on_delete=DO_NOTHING,
        )


class GenericRelation(ForeignObject):
    """The objects of a model whose generic key points at this one.

    Args:
        to: the model with the generic key.
        object_id_field: name of its field with the object's key.
        content_type_field: name of its foreign key to `ContentType`.
        for_concrete_model: whether a proxy model stands for its concrete model.
        related_query_name: name of this model in queries from the other side.
        limit_choices_to: condition on the objects.

    Source: docs ref/contrib/contenttypes, "GenericRelation".
    """

    auto_created = False
    empty_strings_allowed = False
    many_to_many = False
    many_to_one = False
    one_to_many = True
    one_to_one = False
    rel_class = GenericRel
    mti_inherited = False

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
        # The other table holds the key: there is no column here, and nothing to edit or to serialize.
        kwargs.update(null=True, blank=True, editable=False, serialize=False)
        super().__init__(to, on_delete=models.CASCADE, from_fields=[object_id_field], to_fields=[], **kwargs)
        self.object_id_field_name = object_id_field
        self.content_type_field_name = content_type_field
        self.for_concrete_model = for_concrete_model

    def deconstruct(self) -> Any:
        # It leaves no trace in a migration: there is no column.
        raise NotImplementedError("A GenericRelation has no column; migrations leave it out.")

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
        if not (isinstance(target, type) and issubclass(target, models.Model)):
            return []
        if any(self._is_matching_generic_foreign_key(field) for field in target._meta.private_fields):
            return []
        return [
            checks.Error(
                f"The GenericRelation defines a relation with the model '{target._meta.label}', but that model "
                "does not have a GenericForeignKey.",
                obj=self,
                id="contenttypes.E004",
            )
        ]

    # -- joins -------------------------------------------------------------------------------------------------

    def resolve_related_fields(self) -> list[tuple[Any, Any]]:
        self.to_fields = [self.model._meta.pk.name]
        return [(self.remote_field.model._meta.get_field(self.object_id_field_name), self.model._meta.pk)]

    def get_local_related_value(self, instance: Any) -> tuple[Any, ...]:
        return self.get_instance_value_for_fields(instance, self.foreign_related_fields)

    def key_readers(self, model: Any, owners: Any) -> tuple[Any, Any]:
        return self.get_local_related_value, self.get_foreign_related_value

    def get_foreign_related_value(self, instance: Any) -> tuple[Any, ...]:
        # The column may be text where the key is a number.
        return tuple(key.to_python(getattr(instance, column.attname)) for column, key in self.related_fields)

    def get_path_info(self, filtered_relation: Any = None) -> list[PathInfo]:
        meta = self.remote_field.model._meta
        owner = meta.get_field(self.object_id_field_name).model
        if owner != meta.concrete_model:
            # The key lies in a parent of the target: first to the parent, then down to the child.
            down = meta.concrete_model._meta.get_path_from_parent(owner)
            first = PathInfo(
                from_opts=self.model._meta,
                to_opts=owner._meta,
                target_fields=(owner._meta.pk,),
                join_field=self.remote_field,
                m2m=True,
                direct=False,
                filtered_relation=filtered_relation,
            )
            return [first, *down]
        return [
            PathInfo(
                from_opts=self.model._meta,
                to_opts=meta,
                target_fields=(meta.pk,),
                join_field=self.remote_field,
                m2m=True,
                direct=False,
                filtered_relation=filtered_relation,
            )
        ]

    def get_reverse_path_info(self, filtered_relation: Any = None) -> list[PathInfo]:
        meta = self.model._meta
        return [
            PathInfo(
                from_opts=self.remote_field.model._meta,
                to_opts=meta,
                target_fields=(meta.pk,),
                join_field=self,
                m2m=False,
                direct=False,
                filtered_relation=filtered_relation,
            )
        ]

    def get_content_type(self) -> Any:
        """Return the content type of the own model."""
        return ContentType.objects.get_for_model(self.model, for_concrete_model=self.for_concrete_model)

    def get_extra_restriction(self, alias: str, related_alias: str) -> OfContentType:
        field = self.remote_field.model._meta.get_field(self.content_type_field_name)
        return OfContentType(related_alias, field.column, self.model, self.for_concrete_model)

    # -- the model ---------------------------------------------------------------------------------------------

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False, **kwargs: Any) -> None:
        if self.mti_inherited:
            # The parent's relation answers queries from the other side.
            self.remote_field.related_name = "+"
            self.remote_field.related_query_name = None
        super().contribute_to_class(cls, name, private_only=True, **kwargs)
        self.model = cls
        setattr(cls, self.name, ReverseGenericManyToOneDescriptor(self.remote_field))
        if not cls._meta.abstract:

            def tell_target(model: Any, related: Any) -> None:
                related._meta.fields_with_generic_relations = True
                key = related._meta.order_with_respect_to
                if self._belongs_to(key):
                    related_order.add_methods(related, model)

            lazy_related_operation(tell_target, cls, self.remote_field.model)

    def _belongs_to(self, key: Any) -> bool:
        """Say whether a field is the generic key that this is the other side of."""
        names = self.content_type_field_name, self.object_id_field_name
        return isinstance(key, GenericForeignKey) and (key.ct_field, key.fk_field) == names

    def set_attributes_from_rel(self) -> None:
        """There is nothing to take from the target."""

    def value_to_string(self, obj: Any) -> str:
        related = getattr(obj, self.name).all()
        return str([each.pk for each in related])

    def get_internal_type(self) -> str:
        return "ManyToManyField"

    def bulk_related_objects(self, objs: Sequence[Any], using: str = "default") -> Any:
        """Return all objects that point at `objs`; a delete takes them along."""
        found = ContentType.objects.db_manager(using).get_for_model(
            self.model, for_concrete_model=self.for_concrete_model
        )
        return self.remote_field.model._base_manager.db_manager(using).filter(
            **{
                f"{self.content_type_field_name}__pk": found.pk,
                f"{self.object_id_field_name}__in": [each.pk for each in objs],
            }
        )


class ReverseGenericManyToOneDescriptor(ReverseManyToOneDescriptor):
    """`instance.tags`: gives a manager."""

    @cached_property
    def related_manager_cls(self) -> Any:
        return create_generic_related_manager(self.rel.model._default_manager.__class__, self.rel)

    @cached_property
    def related_manager_class(self) -> Any:
        return self.related_manager_cls


@changes_data
class GenericRelatedManager(RelatedManager):
    """The manager of a `GenericRelation`. An object cannot stay without its key, so `remove()` and `clear()` delete."""

    def __init__(self, instance: Any) -> None:
        super().__init__()
        field = self.rel.field
        self.instance = instance
        self.model = self.rel.model
        self.content_type = ContentType.objects.db_manager(instance._state.db).get_for_model(
            instance, for_concrete_model=field.for_concrete_model
        )
        self.content_type_field_name = field.content_type_field_name
        self.object_id_field_name = field.object_id_field_name
        self.prefetch_cache_name = field.attname
        self.pk_val = instance.pk
        self.core_filters = {
            f"{self.content_type_field_name}__pk": self.content_type.id,
            self.object_id_field_name: self.pk_val,
        }

    @classmethod
    def _rebuild(cls, superclass: type[Any]) -> Any:
        return create_generic_related_manager(superclass, cls.rel)

    def __str__(self) -> str:
        return repr(self)

    @property
    def _cache_key(self) -> str:
        return str(self.prefetch_cache_name)

    def _apply_rel_filters(self, queryset: Any) -> Any:
        queryset._add_hints(instance=self.instance)
        alias = self._db or router.db_for_read(self.model, instance=self.instance)
        queryset = queryset.using(alias).fetch_mode(self.instance._state.fetch_mode)
        return queryset.filter(**self.core_filters)

    def get_prefetch_querysets(self, instances: Sequence[Any], querysets: Sequence[Any] | None = None) -> Any:
        """Return what loads the related objects of many instances."""
        if querysets and len(querysets) != 1:
            raise ValueError("querysets argument of get_prefetch_querysets() should have a length of 1.")
        queryset = querysets[0] if querysets else self._plain_queryset()
        queryset._add_hints(instance=instances[0])
        queryset = queryset.using(queryset._db or self._db)
        # Instances of a child and its parent may stand in one list: each has its own content type.
        types = {each.__class__: self._type_of(each) for each in instances}
        condition = Q()
        for model, found in types.items():
            keys = {each.pk for each in instances if each.__class__ is model}
            condition |= Q(
                **{f"{self.content_type_field_name}__pk": found.pk, f"{self.object_id_field_name}__in": keys}
            )
        to_key = self.rel.field.model._meta.pk.to_python
        ct_attname = self.model._meta.get_field(self.content_type_field_name).attname

        def object_key(each: Any) -> Any:
            return to_key(getattr(each, self.object_id_field_name)), getattr(each, ct_attname)

        def instance_key(each: Any) -> Any:
            return each.pk, types[each.__class__].pk

        return queryset.filter(condition), object_key, instance_key, False, self.prefetch_cache_name, False

    def _type_of(self, instance: Any) -> Any:
        return ContentType.objects.db_manager(instance._state.db).get_for_model(
            instance, for_concrete_model=self.rel.field.for_concrete_model
        )

    @property
    def _own_key(self) -> dict[str, Any]:
        return {self.content_type_field_name: self.content_type, self.object_id_field_name: self.pk_val}

    def _check_type(self, each: Any) -> None:
        if not isinstance(each, self.model):
            raise TypeError(f"'{self.model._meta.object_name}' instance expected, got {each!r}")

    # add

    async def _add_flow(self, objs: tuple[Any, ...], bulk: bool) -> None:
        self._remove_prefetched_objects()
        alias = self._for_write()
        if bulk:
            keys = set()
            for each in objs:
                self._check_type(each)
                if each._state.adding or each._state.db != alias:
                    raise ValueError(f"{each!r} instance isn't saved. Use bulk=False or save the object first.")
                self._point(each)
                keys.add(each.pk)
            await self.model._base_manager.using(alias).filter(pk__in=keys).update_flow(self._own_key)
            return
        async with AtomicRegion(alias, savepoint=False):
            for each in objs:
                self._check_type(each)
                self._point(each)
                await CallUser(each.save, kwargs={}, async_function=getattr(each, "asave", None))

    def _point(self, each: Any) -> None:
        for name, value in self._own_key.items():
            setattr(each, name, value)

    def add(self, *objs: Any, bulk: bool = True) -> None:
        drive(self._add_flow(objs, bulk), SYNC)

    async def aadd(self, *objs: Any, bulk: bool = True) -> None:
        await adrive(self._add_flow(objs, bulk), ASYNC)

    # remove and clear

    async def _drop_flow(self, queryset: Any, bulk: bool) -> None:
        self._remove_prefetched_objects()
        alias = self._for_write()
        queryset = queryset.using(alias)
        if bulk:
            await queryset.delete_flow()
            return
        async with AtomicRegion(alias, savepoint=False):
            for each in await queryset.fetch_flow():
                await CallUser(each.delete, async_function=getattr(each, "adelete", None))

    def _related(self) -> Any:
        return self._apply_rel_filters(self._plain_queryset())

    async def _remove_flow(self, objs: tuple[Any, ...], bulk: bool) -> None:
        if objs:
            await self._drop_flow(self._related().filter(pk__in=[each.pk for each in objs]), bulk)

    def remove(self, *objs: Any, bulk: bool = True) -> None:
        drive(self._remove_flow(objs, bulk), SYNC)

    async def aremove(self, *objs: Any, bulk: bool = True) -> None:
        await adrive(self._remove_flow(objs, bulk), ASYNC)

    def clear(self, *, bulk: bool = True) -> None:
        drive(self._drop_flow(self._related(), bulk), SYNC)

    async def aclear(self, *, bulk: bool = True) -> None:
        await adrive(self._drop_flow(self._related(), bulk), ASYNC)

    # set

    async def _set_flow(self, objs: Iterable[Any], bulk: bool, clear: bool) -> None:
        # The iterable may be a queryset of this very relation: read it before anything changes.
        fetch = getattr(objs, "fetch_flow", None)
        wanted = list(await fetch()) if fetch is not None else list(objs)
        alias = self._for_write()
        async with AtomicRegion(alias, savepoint=False):
            if clear:
                await self._drop_flow(self._related(), bulk)
                await self._add_flow(tuple(wanted), bulk)
                return
            former = set(await self._related().using(alias).fetch_flow())
            new = [each for each in wanted if each not in former]
            await self._remove_flow(tuple(former.difference(wanted)), bulk)
            await self._add_flow(tuple(new), bulk)

    def set(self, objs: Iterable[Any], *, bulk: bool = True, clear: bool = False) -> None:
        drive(self._set_flow(objs, bulk, clear), SYNC)

    async def aset(self, objs: Iterable[Any], *, bulk: bool = True, clear: bool = False) -> None:
        await adrive(self._set_flow(objs, bulk, clear), ASYNC)

    # creation

    async def _create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        self._remove_prefetched_objects()
        return await self._unrelated(self._for_write()).create_flow({**kwargs, **self._own_key})

    def create(self, **kwargs: Any) -> Any:
        return drive(self._create_flow(kwargs), SYNC)

    async def acreate(self, **kwargs: Any) -> Any:
        return await adrive(self._create_flow(kwargs), ASYNC)

    async def _get_or_create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        defaults = kwargs.pop("defaults", None)
        return await self._unrelated(self._for_write()).get_or_create_flow(defaults, {**kwargs, **self._own_key})

    def get_or_create(self, **kwargs: Any) -> Any:
        return drive(self._get_or_create_flow(kwargs), SYNC)

    async def aget_or_create(self, **kwargs: Any) -> Any:
        return await adrive(self._get_or_create_flow(kwargs), ASYNC)

    async def _update_or_create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        defaults, create_defaults = kwargs.pop("defaults", None), kwargs.pop("create_defaults", None)
        return await self._unrelated(self._for_write()).update_or_create_flow(
            defaults, create_defaults, {**kwargs, **self._own_key}
        )

    def update_or_create(self, **kwargs: Any) -> Any:
        return drive(self._update_or_create_flow(kwargs), SYNC)

    async def aupdate_or_create(self, **kwargs: Any) -> Any:
        return await adrive(self._update_or_create_flow(kwargs), ASYNC)


def create_generic_related_manager(superclass: type[Any], rel: Any) -> Any:
    """Build the manager class of a generic relation over a manager class of the target."""
    return type("GenericRelatedObjectManager", (GenericRelatedManager, superclass), {"rel": rel, "reverse": True})
