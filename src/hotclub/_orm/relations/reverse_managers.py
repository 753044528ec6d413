"""Managers of the other end of a foreign key: `parent.children`.

The relation is the key of each related object: to relate is to write that key, to part to empty it, where it may be
empty. The class is built per relation by `make_reverse_manager`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import AtomicRegion, CallUser
from hotclub._orm.relations.managers import USUAL_MODULE, RelatedManager, changes_data, listed
from hotclub.db import connections, router
from hotclub.db.ports import ASYNC, SYNC


@changes_data
class ReverseRelatedManager(RelatedManager):
    """Manager of `parent.children`."""

    field: Any

    shares_sets = True

    def __init__(self, instance: Any) -> None:
        super().__init__()
        self.instance = instance
        self.model = self.rel.related_model
        self.field = self.rel.field
        self.core_filters = {self.field.name: instance}

    def _own_state(self, instance: Any) -> dict[str, Any]:
        return {**super()._own_state(instance), "_known_related_objects": self._known_objects(instance)}

    def _known_objects(self, instance: Any) -> dict[Any, dict[Any, Any]]:
        """Return what the related objects need not load: the instance itself."""
        field = self.field
        if not field.many_to_one:
            return {}
        key = tuple(getattr(instance, target.attname) for target in field.path_infos[-1].target_fields)
        return {field: {key[0] if len(key) == 1 else key: instance}}

    @classmethod
    def _rebuild(cls, superclass: type[Any]) -> Any:
        return make_reverse_manager(superclass, cls.rel)

    @property
    def _cache_key(self) -> str:
        return self.field.remote_field.cache_name  # type: ignore[no-any-return]

    def _check_fk_val(self) -> None:
        for field in self.field.foreign_related_fields:
            if getattr(self.instance, field.attname) is None:
                raise ValueError(
                    f'"{self.instance!r}" needs to have a value for field "{field.attname}" before this relationship '
                    "can be used."
                )

    def _apply_rel_filters(self, queryset: Any) -> Any:
        instance, field = self.instance, self.field
        if not instance._is_pk_set():
            raise ValueError(
                f"{instance.__class__.__name__!r} instance needs to have a primary key value before this relationship "
                "can be used."
            )
        alias = self._db or router.db_for_read(self.model, instance=instance)
        empty_is_null = connections[alias].features.interprets_empty_strings_as_nulls
        queryset._add_hints(instance=instance)
        if self._db:
            queryset = queryset.using(self._db)
        queryset = queryset.fetch_mode(instance._state.fetch_mode).filter(**self.core_filters)
        for target in field.foreign_related_fields:
            value = getattr(instance, target.attname)
            if value is None or (value == "" and empty_is_null):
                return queryset.none()
        if field.many_to_one:
            queryset._known_related_objects = self._known_objects(instance)
        return queryset

    def get_prefetch_querysets(self, instances: Sequence[Any], querysets: Sequence[Any] | None = None) -> Any:
        """Return what loads the related objects of many instances."""
        if querysets and len(querysets) != 1:
            raise ValueError("querysets argument of get_prefetch_querysets() should have a length of 1.")
        queryset = querysets[0] if querysets else self._plain_queryset()
        queryset._add_hints(instance=instances[0])
        queryset = queryset.using(queryset._db or self._db)
        field = self.field
        own_key, instance_key = field.key_readers(self.model, {each.__class__ for each in instances})
        by_key = {instance_key(each): each for each in instances}
        cache_name = field.cache_name
        # A queryset that prefetches the way back itself wants those objects, not these.
        loads_back = any(
            str(getattr(lookup, "prefetch_to", lookup)).split("__")[0] == field.name
            for lookup in queryset._prefetch_related_lookups
        )

        def object_key(found: Any) -> Any:
            key = own_key(found)
            cache = found._state.fields_cache
            if not loads_back and cache_name not in cache:
                cache[cache_name] = by_key[key]
            return key

        queryset = queryset._filter_prefetched(field.name, **{f"{field.name}__in": list(instances)})
        return queryset, object_key, instance_key, False, field.remote_field.cache_name, False

    def _check_type(self, each: Any) -> None:
        if not isinstance(each, self.model):
            raise TypeError(f"'{self.model._meta.object_name}' instance expected, got {each!r}")

    # add

    async def _add_flow(self, objs: tuple[Any, ...], bulk: bool) -> None:
        self._check_fk_val()
        self._remove_prefetched_objects()
        alias = self._for_write()
        for each in objs:
            self._check_type(each)
            setattr(each, self.field.name, self.instance)
            if bulk and (each._state.adding or each._state.db != alias):
                raise ValueError(f"{each!r} instance isn't saved. Use bulk=False or save the object first.")
        if bulk:
            keys = {each.pk for each in objs}
            rows = self.model._base_manager.using(alias).filter(pk__in=keys)
            await rows.update_flow({self.field.name: self.instance})
            return
        async with AtomicRegion(alias, savepoint=False):
            for each in objs:
                await CallUser(each.save, kwargs={"using": None}, async_function=getattr(each, "asave", None))

    def add(self, *objs: Any, bulk: bool = True) -> None:
        drive(self._add_flow(objs, bulk), SYNC)

    async def aadd(self, *objs: Any, bulk: bool = True) -> None:
        await adrive(self._add_flow(objs, bulk), ASYNC)

    # create

    async def _create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        self._check_fk_val()
        self._remove_prefetched_objects()
        alias = self._for_write()
        kwargs = {**kwargs, self.field.name: self.instance}
        own = self._own_method("create", alias)
        if own is not None:
            return await CallUser(own, (), kwargs)
        return await self._unrelated(alias).create_flow(kwargs)

    def create(self, **kwargs: Any) -> Any:
        return drive(self._create_flow(kwargs), SYNC)

    async def acreate(self, **kwargs: Any) -> Any:
        return await adrive(self._create_flow(kwargs), ASYNC)

    async def _get_or_create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        self._check_fk_val()
        kwargs[self.field.name] = self.instance
        alias = self._for_write()
        own = self._own_method("get_or_create", alias)
        if own is not None:
            return await CallUser(own, (), kwargs)
        defaults = kwargs.pop("defaults", None)
        return await self._unrelated(alias).get_or_create_flow(defaults, kwargs)

    def get_or_create(self, **kwargs: Any) -> Any:
        return drive(self._get_or_create_flow(kwargs), SYNC)

    async def aget_or_create(self, **kwargs: Any) -> Any:
        return await adrive(self._get_or_create_flow(kwargs), ASYNC)

    async def _update_or_create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        self._check_fk_val()
        kwargs[self.field.name] = self.instance
        alias = self._for_write()
        own = self._own_method("update_or_create", alias)
        if own is not None:
            return await CallUser(own, (), kwargs)
        defaults, create_defaults = kwargs.pop("defaults", None), kwargs.pop("create_defaults", None)
        return await self._unrelated(alias).update_or_create_flow(defaults, create_defaults, kwargs)

    def update_or_create(self, **kwargs: Any) -> Any:
        return drive(self._update_or_create_flow(kwargs), SYNC)

    async def aupdate_or_create(self, **kwargs: Any) -> Any:
        return await adrive(self._update_or_create_flow(kwargs), ASYNC)

    # set

    async def _set_flow(self, objs: Iterable[Any], bulk: bool, clear: bool) -> None:
        self._check_fk_val()
        wanted = tuple(objs)
        await self._add_flow(wanted, bulk)

    def set(self, objs: Iterable[Any], *, bulk: bool = True, clear: bool = False) -> None:
        drive(self._set_flow(objs, bulk, clear), SYNC)

    async def aset(self, objs: Iterable[Any], *, bulk: bool = True, clear: bool = False) -> None:
        await adrive(self._set_flow(objs, bulk, clear), ASYNC)


@changes_data
class NullableReverseRelatedManager(ReverseRelatedManager):
    """The same where the key may be empty: objects can leave the relation."""

    async def _detach_flow(self, queryset: Any, bulk: bool) -> None:
        self._remove_prefetched_objects()
        alias = self._for_write()
        queryset = queryset.using(alias)
        if bulk:
            await queryset.update_flow({self.field.name: None})
            return
        async with AtomicRegion(alias, savepoint=False):
            for each in await queryset.fetch_flow():
                setattr(each, self.field.name, None)
                await CallUser(
                    each.save,
                    kwargs={"update_fields": [self.field.name]},
                    async_function=getattr(each, "asave", None),
                )

    async def _remove_flow(self, objs: tuple[Any, ...], bulk: bool) -> None:
        if not objs:
            return
        self._check_fk_val()
        value = self.field.get_foreign_related_value(self.instance)
        keys = set()
        for each in objs:
            self._check_type(each)
            if self.field.get_local_related_value(each) != value:
                raise self.field.remote_field.model.DoesNotExist(f"{each!r} is not related to {self.instance!r}.")
            keys.add(each.pk)
        related = self._apply_rel_filters(self._plain_queryset())
        await self._detach_flow(related.filter(pk__in=keys), bulk)

    def remove(self, *objs: Any, bulk: bool = True) -> None:
        drive(self._remove_flow(objs, bulk), SYNC)

    async def aremove(self, *objs: Any, bulk: bool = True) -> None:
        await adrive(self._remove_flow(objs, bulk), ASYNC)

    async def _clear_flow(self, bulk: bool) -> None:
        self._check_fk_val()
        await self._detach_flow(self._apply_rel_filters(self._plain_queryset()), bulk)

    def clear(self, *, bulk: bool = True) -> None:
        drive(self._clear_flow(bulk), SYNC)

    async def aclear(self, *, bulk: bool = True) -> None:
        await adrive(self._clear_flow(bulk), ASYNC)

    async def _set_flow(self, objs: Iterable[Any], bulk: bool, clear: bool) -> None:
        self._check_fk_val()
        # The iterable may be a queryset of this very relation: read it before anything changes.
        wanted = await listed(objs)
        alias = self._for_write()
        async with AtomicRegion(alias, savepoint=False):
            if clear:
                await self._clear_flow(bulk)
                await self._add_flow(tuple(wanted), bulk)
                return
            former = set(await self._apply_rel_filters(self._plain_queryset()).using(alias).fetch_flow())
            new = []
            for each in wanted:
                if each in former:
                    former.remove(each)
                else:
                    new.append(each)
            await self._remove_flow(tuple(former), bulk)
            await self._add_flow(tuple(new), bulk)


def make_reverse_manager(superclass: type[Any], rel: Any) -> Any:
    """Build the manager class of a reverse foreign key over a manager class of the target."""
    kind = NullableReverseRelatedManager if rel.field.null else ReverseRelatedManager
    return type(
        "RelatedManager",
        (kind, superclass),
        {"rel": rel, "reverse": True, "_superclass": superclass, "__module__": USUAL_MODULE},
    )
