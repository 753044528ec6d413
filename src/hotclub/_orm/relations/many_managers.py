"""Managers of both ends of a relation many to many.

The relation is rows of a model in between: to relate is to write such a row, to part to delete it, and `m2m_changed` is
sent around both. The class is built per relation and end by `make_many_manager`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import AtomicRegion, CallUser
from hotclub._orm.q import Q
from hotclub._orm.relations.managers import USUAL_MODULE, RelatedManager, changes_data, listed
from hotclub._orm.signals import m2m_changed
from hotclub.db import connections, router
from hotclub.db.ports import ASYNC, SYNC


@changes_data
class ManyRelatedManager(RelatedManager):
    """Manager of both ends of a relation many to many."""

    shares_sets = True

    def __init__(self, instance: Any = None) -> None:
        super().__init__()
        rel, field = self.rel, self.rel.field
        self.instance = instance
        self.through = rel.through
        if self.reverse:
            self.model = rel.related_model
            self.query_field_name = field.name
            self.prefetch_cache_name = rel.accessor_name
            self.source_field_name = field.m2m_reverse_field_name()
            self.target_field_name = field.m2m_field_name()
            self.symmetrical = False
        else:
            self.model = rel.model
            self.query_field_name = field.related_query_name()
            self.prefetch_cache_name = field.name
            self.source_field_name = field.m2m_field_name()
            self.target_field_name = field.m2m_reverse_field_name()
            self.symmetrical = rel.symmetrical
        self.source_field = self.through._meta.get_field(self.source_field_name)
        self.target_field = self.through._meta.get_field(self.target_field_name)
        self.core_filters = {}
        self.pk_field_names = {}
        for own, target in self.source_field.related_fields:
            self.core_filters[f"{self.query_field_name}__{target.name}"] = getattr(instance, target.attname)
            self.pk_field_names[own.name] = target.name
        self.related_val = self.source_field.get_foreign_related_value(instance)
        if None in self.related_val:
            raise ValueError(
                f'"{instance!r}" needs to have a value for field "{self.pk_field_names[self.source_field_name]}" before '
                "this many-to-many relationship can be used."
            )
        if not instance._is_pk_set():
            raise ValueError(
                f"{instance.__class__.__name__!r} instance needs to have a primary key value before a many-to-many "
                "relationship can be used."
            )

    @classmethod
    def _rebuild(cls, superclass: type[Any]) -> Any:
        return make_many_manager(superclass, cls.rel, reverse=cls.reverse)

    @property
    def _cache_key(self) -> str:
        return self.prefetch_cache_name  # type: ignore[no-any-return]

    @property
    def rel_model_for_write(self) -> Any:
        return self.through

    def _apply_rel_filters(self, queryset: Any) -> Any:
        queryset._add_hints(instance=self.instance)
        if self._db:
            queryset = queryset.using(self._db)
        queryset = queryset.fetch_mode(self.instance._state.fetch_mode)
        return queryset._next_is_sticky().filter(**self.core_filters)

    def get_prefetch_querysets(self, instances: Sequence[Any], querysets: Sequence[Any] | None = None) -> Any:
        if querysets and len(querysets) != 1:
            raise ValueError("querysets argument of get_prefetch_querysets() should have a length of 1.")
        queryset = querysets[0] if querysets else self._plain_queryset()
        queryset._add_hints(instance=instances[0])
        queryset = queryset.using(queryset._db or self._db)
        queryset = queryset._next_is_sticky()._filter_prefetched(
            self.query_field_name, Q.create([(f"{self.query_field_name}__in", list(instances))])
        )
        # The key of the row in between tells which instance a found object belongs to.
        link = self.through._meta.get_field(self.source_field_name)
        connection = connections[queryset.db]
        quote = connection.ops.quote_name
        table = quote(link.model._meta.db_table)
        queryset = queryset.extra(
            select={
                f"_prefetch_related_val_{own.attname}": f"{table}.{quote(own.column)}"
                for own in link.local_related_fields
            }
        )

        def object_key(found: Any) -> Any:
            return tuple(
                own.get_db_prep_value(getattr(found, f"_prefetch_related_val_{own.attname}"), connection)
                for own in link.local_related_fields
            )

        def instance_key(instance: Any) -> Any:
            return tuple(
                target.get_db_prep_value(getattr(instance, target.attname), connection)
                for target in link.foreign_related_fields
            )

        return queryset, object_key, instance_key, False, self.prefetch_cache_name, False

    # -- counting without the far table ------------------------------------------------------------------------

    @property
    def constrained_target(self) -> Any:
        """Rows in between that can be counted alone, because the database keeps their keys; None if they cannot."""
        alias = router.db_for_read(self.through, instance=self.instance)
        if not connections[alias].features.supports_foreign_keys:
            return None
        hints = {"instance": self.instance}
        manager = self.through._base_manager.db_manager(alias, hints=hints)
        filters: dict[str, Any] = {self.source_field_name: self.related_val[0]}
        if self.target_field.null:
            filters[f"{self.target_field_name}__isnull"] = False
        return manager.filter(**filters)

    def _countable(self) -> Any:
        if (
            self.get_prefetch_cache() is not None
            or not self.target_field.db_constraint
            or self._plain_queryset()._has_filters()
            or self.get_queryset.__func__ is not RelatedManager.get_queryset  # type: ignore[attr-defined]
        ):
            return None
        return self.constrained_target

    def exists(self) -> bool:
        rows = self._countable()
        return rows.exists() if rows is not None else super().exists()  # type: ignore[misc, no-any-return]

    def count(self) -> int:
        rows = self._countable()
        return rows.count() if rows is not None else super().count()  # type: ignore[misc, no-any-return]

    async def aexists(self) -> bool:
        rows = self._countable()
        return await (rows.aexists() if rows is not None else super().aexists())  # type: ignore[misc, no-any-return]

    async def acount(self) -> int:
        rows = self._countable()
        return await (rows.acount() if rows is not None else super().acount())  # type: ignore[misc, no-any-return]

    # -- writing -----------------------------------------------------------------------------------------------

    def _signal(self, action: str, keys: Any, alias: str, raw: bool) -> CallUser[Any]:
        arguments = {
            "sender": self.through,
            "action": action,
            "instance": self.instance,
            "reverse": self.reverse,
            "model": self.model,
            "pk_set": keys,
            "using": alias,
            "raw": raw,
        }
        return CallUser(m2m_changed.send, kwargs=arguments, async_function=m2m_changed.asend)

    def _has_receivers(self) -> bool:
        return bool(m2m_changed.has_listeners(self.through))

    def _key_of(self, each: Any, alias: str) -> Any:
        """Return the key to write for an object or a plain value."""
        target = self.target_field
        if isinstance(each, self.model):
            if not router.allow_relation(each, self.instance):
                raise ValueError(
                    f'Cannot add "{each!r}": instance is on database "{self.instance._state.db}", value is on database '
                    f'"{each._state.db}"'
                )
            key = target.get_foreign_related_value(each)[0]
            if key is None:
                raise ValueError(f'Cannot add "{each!r}": the value for field "{self.target_field_name}" is None')
            return key
        if hasattr(each, "_meta") and hasattr(each, "_state"):
            raise TypeError(f"'{self.model._meta.object_name}' instance expected, got {each!r}")
        return target.target_field.to_python(target.get_prep_value(each))

    async def _add_rows(
        self, source: str, target: str, objs: Iterable[Any], through_defaults: Any, alias: str, raw: bool
    ) -> None:
        """Write the rows in between that are missing, in one direction."""
        defaults = {name: value() if callable(value) else value for name, value in (through_defaults or {}).items()}
        keys = {self._key_of(each, alias) for each in objs}
        if not keys:
            return
        features = connections[alias].features
        ignore = bool(features.supports_ignore_conflicts and self.through._meta.auto_created is not False)
        # The mirrored direction of a symmetrical relation sends nothing.
        signal = (self.reverse or source == self.source_field_name) and self._has_receivers()
        missing = keys
        if signal or not ignore:
            rows = self.through._default_manager.using(alias).values_list(target, flat=True)
            known = await rows.filter(**{source: self.related_val[0], f"{target}__in": keys}).fetch_flow()
            missing = keys.difference(known)
        async with AtomicRegion(alias, savepoint=False):
            if signal:
                await self._signal("pre_add", missing, alias, raw)
            rows = [self._through_row(source, target, key, defaults) for key in missing]
            await self.through._default_manager.using(alias).bulk_create_flow(rows, ignore_conflicts=ignore)
            if signal:
                await self._signal("post_add", missing, alias, raw)

    def _through_row(self, source: str, target: str, key: Any, defaults: dict[str, Any]) -> Any:
        fields = self.through._meta.get_field
        return self.through(**defaults, **{fields(source).attname: self.related_val[0], fields(target).attname: key})

    async def _add_flow(self, objs: Iterable[Any], through_defaults: Any, raw: bool = False) -> None:
        self._remove_prefetched_objects()
        objs = tuple(objs)
        alias = self._for_write()
        async with AtomicRegion(alias, savepoint=False):
            await self._add_rows(self.source_field_name, self.target_field_name, objs, through_defaults, alias, raw)
            if self.symmetrical:
                # Read the other way round the relation must say the same.
                await self._add_rows(self.target_field_name, self.source_field_name, objs, through_defaults, alias, raw)

    def add(self, *objs: Any, through_defaults: Any = None) -> None:
        drive(self._add_flow(objs, through_defaults), SYNC)

    async def aadd(self, *objs: Any, through_defaults: Any = None) -> None:
        await adrive(self._add_flow(objs, through_defaults), ASYNC)

    def _removal_condition(self, removed: Any) -> Any:
        """Return the condition on rows in between; `removed` is a set of keys or a queryset of targets."""
        condition = Q.create([(self.source_field_name, self.related_val[0])])
        # A queryset without conditions means all: no sub-select needed.
        narrow = not hasattr(removed, "_has_filters") or removed._has_filters()
        if narrow:
            condition &= Q.create([(f"{self.target_field_name}__in", removed)])
        if self.symmetrical:
            mirrored = Q.create([(self.target_field_name, self.related_val[0])])
            if narrow:
                mirrored &= Q.create([(f"{self.source_field_name}__in", removed)])
            condition |= mirrored
        return condition

    async def _remove_flow(self, objs: tuple[Any, ...], raw: bool = False) -> None:
        self._remove_prefetched_objects()
        if not objs:
            return
        target = self.target_field
        keys = {
            target.get_foreign_related_value(each)[0] if isinstance(each, self.model) else target.get_prep_value(each)
            for each in objs
        }
        alias = self._for_write()
        async with AtomicRegion(alias, savepoint=False):
            signal = self._has_receivers()
            if signal:
                await self._signal("pre_remove", keys, alias, raw)
            removed: Any = keys
            targets = self._plain_queryset()
            if targets._has_filters():
                # A manager that hides objects must not remove what it hides.
                removed = targets.using(alias).filter(**{f"{target.target_field.attname}__in": keys})
            rows = self.through._default_manager.using(alias).filter(self._removal_condition(removed))
            await rows.delete_flow()
            if signal:
                await self._signal("post_remove", keys, alias, raw)

    def remove(self, *objs: Any) -> None:
        drive(self._remove_flow(objs), SYNC)

    async def aremove(self, *objs: Any) -> None:
        await adrive(self._remove_flow(objs), ASYNC)

    async def _clear_flow(self, raw: bool = False) -> None:
        alias = self._for_write()
        async with AtomicRegion(alias, savepoint=False):
            signal = self._has_receivers()
            if signal:
                await self._signal("pre_clear", None, alias, raw)
            self._remove_prefetched_objects()
            condition = self._removal_condition(self._plain_queryset().using(alias))
            await self.through._default_manager.using(alias).filter(condition).delete_flow()
            if signal:
                await self._signal("post_clear", None, alias, raw)

    def clear(self) -> None:
        drive(self._clear_flow(), SYNC)

    async def aclear(self) -> None:
        await adrive(self._clear_flow(), ASYNC)

    async def _set_flow(self, objs: Iterable[Any], clear: bool, through_defaults: Any, raw: bool = False) -> None:
        wanted = await listed(objs)
        alias = self._for_write()
        async with AtomicRegion(alias, savepoint=False):
            self._remove_prefetched_objects()
            if clear:
                await self._clear_flow(raw)
                await self._add_flow(wanted, through_defaults, raw)
                return
            key_name = self.target_field.target_field.attname
            related = self._apply_rel_filters(self._plain_queryset()).using(alias)
            former = set(await related.values_list(key_name, flat=True).fetch_flow())
            new = []
            for each in wanted:
                key = (
                    self.target_field.get_foreign_related_value(each)[0]
                    if isinstance(each, self.model)
                    else self.target_field.get_prep_value(each)
                )
                if key in former:
                    former.remove(key)
                else:
                    new.append(each)
            await self._remove_flow(tuple(former), raw)
            await self._add_flow(new, through_defaults, raw)

    def set(self, objs: Iterable[Any], *, clear: bool = False, through_defaults: Any = None) -> None:
        drive(self._set_flow(objs, clear, through_defaults), SYNC)

    def set_base(
        self, objs: Iterable[Any], *, clear: bool = False, through_defaults: Any = None, raw: bool = False
    ) -> None:
        """`set()` for loading fixtures: with `raw`, receivers are told not to look at other rows."""
        drive(self._set_flow(objs, clear, through_defaults, raw), SYNC)

    async def aset(self, objs: Iterable[Any], *, clear: bool = False, through_defaults: Any = None) -> None:
        await adrive(self._set_flow(objs, clear, through_defaults), ASYNC)

    async def _create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        alias = router.db_for_write(self.instance.__class__, instance=self.instance)
        own = self._own_method("create", alias)
        new = await (CallUser(own, (), kwargs) if own is not None else self._unrelated(alias).create_flow(kwargs))
        await self._add_flow((new,), through_defaults)
        return new

    def create(self, *, through_defaults: Any = None, **kwargs: Any) -> Any:
        return drive(self._create_flow(kwargs, through_defaults), SYNC)

    async def acreate(self, *, through_defaults: Any = None, **kwargs: Any) -> Any:
        return await adrive(self._create_flow(kwargs, through_defaults), ASYNC)

    async def _get_or_create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        alias = router.db_for_write(self.instance.__class__, instance=self.instance)
        own = self._own_method("get_or_create", alias)
        if own is not None:
            found, created = await CallUser(own, (), kwargs)
        else:
            defaults = kwargs.pop("defaults", None)
            # An object that exists but is not related yet is not "got": the look-up stays inside the relation.
            related = self._apply_rel_filters(self._plain_queryset()).using(alias)
            found, created = await related.get_or_create_flow(defaults, kwargs)
        if created:
            await self._add_flow((found,), through_defaults)
        return found, created

    def get_or_create(self, *, through_defaults: Any = None, **kwargs: Any) -> Any:
        return drive(self._get_or_create_flow(kwargs, through_defaults), SYNC)

    async def aget_or_create(self, *, through_defaults: Any = None, **kwargs: Any) -> Any:
        return await adrive(self._get_or_create_flow(kwargs, through_defaults), ASYNC)

    async def _update_or_create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        alias = router.db_for_write(self.instance.__class__, instance=self.instance)
        own = self._own_method("update_or_create", alias)
        if own is not None:
            found, created = await CallUser(own, (), kwargs)
        else:
            defaults, create_defaults = kwargs.pop("defaults", None), kwargs.pop("create_defaults", None)
            related = self._apply_rel_filters(self._plain_queryset()).using(alias)
            found, created = await related.update_or_create_flow(defaults, create_defaults, kwargs)
        if created:
            await self._add_flow((found,), through_defaults)
        return found, created

    def update_or_create(self, *, through_defaults: Any = None, **kwargs: Any) -> Any:
        return drive(self._update_or_create_flow(kwargs, through_defaults), SYNC)

    async def aupdate_or_create(self, *, through_defaults: Any = None, **kwargs: Any) -> Any:
        return await adrive(self._update_or_create_flow(kwargs, through_defaults), ASYNC)


def make_many_manager(superclass: type[Any], rel: Any, *, reverse: bool) -> Any:
    """Build the manager class of one end of a relation many to many over a manager class of the target."""
    body = {"rel": rel, "reverse": reverse, "_superclass": superclass, "__module__": USUAL_MODULE}
    return type("ManyRelatedManager", (ManyRelatedManager, superclass), body)
