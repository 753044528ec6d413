"""Managers of generic relations: the objects that point at one object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import AtomicRegion, CallUser
from hotclub.contrib.contenttypes.models import ContentType
from hotclub.db import models, router
from hotclub.db.ports import ASYNC, SYNC


class GenericRelatedManager:
    """The objects whose generic foreign key points at the instance. Each write is a flow."""

    rel: Any
    model: Any
    _db: Any
    do_not_call_in_templates = True

    def __init__(self, instance: Any = None) -> None:
        super().__init__()
        self.instance = instance
        field = self.rel.field
        self.model = self.rel.model
        self.get_content_type = lambda using: ContentType.objects.db_manager(using).get_for_model(
            instance, for_concrete_model=field.for_concrete_model
        )
        self.content_type = self.get_content_type(instance._state.db)
        self.content_type_field_name = field.content_type_field_name
        self.object_id_field_name = field.object_id_field_name
        self.prefetch_cache_name = field.attname
        self.pk_val = instance.pk
        self.core_filters = {
            f"{self.content_type_field_name}__pk": self.content_type.id,
            self.object_id_field_name: self.pk_val,
        }

    def __call__(self, *, manager: str) -> Any:
        """Return the same objects under another manager of their model."""
        other = getattr(self.model, manager)
        return make_generic_manager(other.__class__, self.rel)(self.instance)

    def __str__(self) -> str:
        return repr(self)

    def _all(self) -> Any:
        return super().get_queryset()  # type: ignore[misc]  # the manager class stands behind in the MRO

    def _related(self, queryset: Any) -> Any:
        alias = self._db or router.db_for_read(self.model, instance=self.instance)
        queryset = queryset.using(alias).fetch_mode(self.instance._state.fetch_mode)
        queryset._add_hints(instance=self.instance)
        return queryset.filter(**self.core_filters)

    def _forget(self) -> None:
        getattr(self.instance, "_prefetched_objects_cache", {}).pop(self.prefetch_cache_name, None)

    def get_queryset(self) -> Any:
        """Return the objects: those prefetched, if they were."""
        cached = getattr(self.instance, "_prefetched_objects_cache", {}).get(self.prefetch_cache_name)
        return self._related(self._all()) if cached is None else cached

    def get_prefetch_querysets(
        self, instances: Sequence[Any], querysets: Sequence[Any] | None = None
    ) -> tuple[Any, ...]:
        """Return what loads the objects of many instances; the protocol is that of prefetching."""
        if querysets and len(querysets) != 1:
            raise ValueError("querysets argument of get_prefetch_querysets() should have a length of 1.")
        queryset = querysets[0] if querysets else self._all()
        queryset._add_hints(instance=instances[0])
        queryset = queryset.using(queryset._db or self._db)
        # By type: instances of a model and of its proxies may come together.
        condition = models.Q()
        by_type: dict[Any, set[Any]] = {}
        for instance in instances:
            content_type = self.get_content_type(instance._state.db)
            if instance.__class__ is not self.instance.__class__:
                content_type = ContentType.objects.db_manager(instance._state.db).get_for_model(
                    instance, for_concrete_model=self.rel.field.for_concrete_model
                )
            by_type.setdefault(content_type.pk, set()).add(instance.pk)
        for content_type_id, keys in by_type.items():
            condition |= models.Q(
                (f"{self.content_type_field_name}__pk", content_type_id), (f"{self.object_id_field_name}__in", keys)
            )
        to_python = self.instance._meta.pk.to_python
        type_attname = self.model._meta.get_field(self.content_type_field_name).attname

        def object_key(found: Any) -> Any:
            return to_python(getattr(found, self.object_id_field_name)), getattr(found, type_attname)

        def instance_key(instance: Any) -> Any:
            content_type = ContentType.objects.db_manager(instance._state.db).get_for_model(
                instance, for_concrete_model=self.rel.field.for_concrete_model
            )
            return instance.pk, content_type.pk

        return queryset.filter(condition), object_key, instance_key, False, self.prefetch_cache_name, False

    def _point(self, obj: Any, alias: str) -> None:
        if not isinstance(obj, self.model):
            raise TypeError(f"'{self.model._meta.object_name}' instance expected, got {obj!r}")
        setattr(obj, self.content_type_field_name, self.get_content_type(alias))
        setattr(obj, self.object_id_field_name, self.pk_val)

    async def _add_flow(self, objs: Sequence[Any], bulk: bool) -> None:
        self._forget()
        alias = router.db_for_write(self.model, instance=self.instance)
        if not bulk:
            async with AtomicRegion(alias, savepoint=False):
                for obj in objs:
                    self._point(obj, alias)
                    await CallUser(obj.save, async_function=obj.asave)
            return
        keys = set()
        for obj in objs:
            if isinstance(obj, self.model) and (obj._state.adding or obj._state.db != alias):
                raise ValueError(f"{obj!r} instance isn't saved. Use bulk=False or save the object first.")
            self._point(obj, alias)
            keys.add(obj.pk)
        rows = self.model._base_manager.using(alias).filter(pk__in=keys)
        await rows.update_flow(
            {
                self.content_type_field_name: self.get_content_type(alias),
                self.object_id_field_name: self.pk_val,
            }
        )

    def add(self, *objs: Any, bulk: bool = True) -> None:
        """Make objects point at the instance."""
        drive(self._add_flow(objs, bulk), SYNC)

    add.alters_data = True  # type: ignore[attr-defined]

    async def aadd(self, *objs: Any, bulk: bool = True) -> None:
        """See `add`."""
        await adrive(self._add_flow(objs, bulk), ASYNC)

    aadd.alters_data = True  # type: ignore[attr-defined]

    async def _delete_flow(self, queryset: Any, bulk: bool) -> None:
        self._forget()
        alias = router.db_for_write(self.model, instance=self.instance)
        queryset = queryset.using(alias)
        if bulk:
            # One statement, without signals, as documented.
            await queryset.delete_flow()
            return
        async with AtomicRegion(alias, savepoint=False):
            for obj in await queryset.fetch_flow():
                await CallUser(obj.delete, async_function=obj.adelete)

    async def _remove_flow(self, objs: Sequence[Any], bulk: bool) -> None:
        if objs:
            await self._delete_flow(self._related(self._all()).filter(pk__in={obj.pk for obj in objs}), bulk)

    def remove(self, *objs: Any, bulk: bool = True) -> None:
        """Delete objects that point at the instance."""
        drive(self._remove_flow(objs, bulk), SYNC)

    remove.alters_data = True  # type: ignore[attr-defined]

    async def aremove(self, *objs: Any, bulk: bool = True) -> None:
        """See `remove`."""
        await adrive(self._remove_flow(objs, bulk), ASYNC)

    aremove.alters_data = True  # type: ignore[attr-defined]

    def clear(self, *, bulk: bool = True) -> None:
        """Delete all objects that point at the instance."""
        drive(self._delete_flow(self._related(self._all()), bulk), SYNC)

    clear.alters_data = True  # type: ignore[attr-defined]

    async def aclear(self, *, bulk: bool = True) -> None:
        """See `clear`."""
        await adrive(self._delete_flow(self._related(self._all()), bulk), ASYNC)

    aclear.alters_data = True  # type: ignore[attr-defined]

    async def _set_flow(self, objs: Iterable[Any], bulk: bool, clear: bool) -> None:
        # The iterable may be a queryset of this very relation: read before anything changes.
        wanted = list(await objs.fetch_flow()) if hasattr(objs, "fetch_flow") else list(objs)
        alias = router.db_for_write(self.model, instance=self.instance)
        async with AtomicRegion(alias, savepoint=False):
            if clear:
                await self._delete_flow(self._related(self._all()), True)
                await self._add_flow(wanted, bulk)
                return
            former = set(await self._related(self._all()).using(alias).fetch_flow())
            new = [obj for obj in wanted if obj not in former]
            await self._remove_flow(tuple(former.difference(wanted)), True)
            await self._add_flow(new, bulk)

    def set(self, objs: Iterable[Any], *, bulk: bool = True, clear: bool = False) -> None:
        """Let exactly these objects point at the instance; the others are deleted."""
        drive(self._set_flow(objs, bulk, clear), SYNC)

    set.alters_data = True  # type: ignore[attr-defined]

    async def aset(self, objs: Iterable[Any], *, bulk: bool = True, clear: bool = False) -> None:
        """See `set`."""
        await adrive(self._set_flow(objs, bulk, clear), ASYNC)

    aset.alters_data = True  # type: ignore[attr-defined]

    def _with_keys(self, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Return the rows to write to, and the values with what makes them point at the instance."""
        self._forget()
        alias = router.db_for_write(self.model, instance=self.instance)
        values = {
            **kwargs,
            self.content_type_field_name: self.get_content_type(alias),
            self.object_id_field_name: self.pk_val,
        }
        return self._all().using(alias), values

    async def _create_flow(self, kwargs: dict[str, Any]) -> Any:
        rows, values = self._with_keys(kwargs)
        return await rows.create_flow(values)

    def create(self, **kwargs: Any) -> Any:
        """Make, save and return an object that points at the instance."""
        return drive(self._create_flow(kwargs), SYNC)

    create.alters_data = True  # type: ignore[attr-defined]

    async def acreate(self, **kwargs: Any) -> Any:
        """See `create`."""
        return await adrive(self._create_flow(kwargs), ASYNC)

    acreate.alters_data = True  # type: ignore[attr-defined]

    async def _get_or_create_flow(self, kwargs: dict[str, Any]) -> Any:
        defaults = kwargs.pop("defaults", None)
        rows, values = self._with_keys(kwargs)
        return await rows.get_or_create_flow(defaults, values)

    def get_or_create(self, **kwargs: Any) -> Any:
        """See `QuerySet.get_or_create`; the object points at the instance."""
        return drive(self._get_or_create_flow(kwargs), SYNC)

    get_or_create.alters_data = True  # type: ignore[attr-defined]

    async def aget_or_create(self, **kwargs: Any) -> Any:
        """See `get_or_create`."""
        return await adrive(self._get_or_create_flow(kwargs), ASYNC)

    aget_or_create.alters_data = True  # type: ignore[attr-defined]

    async def _update_or_create_flow(self, kwargs: dict[str, Any]) -> Any:
        defaults, create_defaults = kwargs.pop("defaults", None), kwargs.pop("create_defaults", None)
        rows, values = self._with_keys(kwargs)
        return await rows.update_or_create_flow(defaults, create_defaults, values)

    def update_or_create(self, **kwargs: Any) -> Any:
        """See `QuerySet.update_or_create`; the object points at the instance."""
        return drive(self._update_or_create_flow(kwargs), SYNC)

    update_or_create.alters_data = True  # type: ignore[attr-defined]

    async def aupdate_or_create(self, **kwargs: Any) -> Any:
        """See `update_or_create`."""
        return await adrive(self._update_or_create_flow(kwargs), ASYNC)

    aupdate_or_create.alters_data = True  # type: ignore[attr-defined]


def make_generic_manager(superclass: type[Any], rel: Any) -> Any:
    """Build the manager class of a generic relation over a manager class of the other model."""
    return type("GenericRelatedObjectManager", (GenericRelatedManager, superclass), {"rel": rel})
