"""Related managers: the objects on the "many" side of a relation.

Each write is a flow; the public pair of methods is one line a half. The classes are built once per relation over the
target's default manager class: `make_reverse_manager`, `make_many_manager`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from inspect import Parameter, Signature
from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import AtomicRegion, CallUser
from hotclub._orm.manager import BaseManager, Manager
from hotclub._orm.q import Q
from hotclub._orm.relations.caching import parents_at_hand
from hotclub._orm.signals import m2m_changed
from hotclub.db import connections, router
from hotclub.db.ports import ASYNC, SYNC

_NOTHING: dict[str, Any] = {}


class RelatedManager:
    """What the managers of both kinds share; the documented surface of related objects.

    Source: docs ref/models/relations.
    """

    # Set by the factories, on the class.
    rel: Any
    reverse: bool

    model: Any
    instance: Any
    core_filters: dict[str, Any]
    name: str
    _db: Any

    do_not_call_in_templates = True

    # Nobody makes a manager but the descriptors: what is called, and what tools should show, is a manager.
    __signature__ = Signature([Parameter("manager", Parameter.KEYWORD_ONLY, annotation=str)])

    def __call__(self, *, manager: str) -> Any:
        """Return the same related objects under another manager of the target."""
        other = getattr(self.model, manager)
        return type(self)._rebuild(other.__class__)(self.instance)

    @classmethod
    def _rebuild(cls, superclass: type[Any]) -> Any:
        raise NotImplementedError

    def _apply_rel_filters(self, queryset: Any) -> Any:
        raise NotImplementedError

    shares_sets = False
    """Whether the query sets of two instances differ in no more than their condition and what `_own_state` gives."""

    def prefetched_sets(self, source: Any) -> Callable[[Any, list[Any]], Any]:
        """Return what makes the query set that holds the prefetched objects of an instance of the same class.

        Args:
            source: the query set of a `Prefetch` object; None for the manager's own.

        Their conditions are put together when somebody refines such a set: most are only read.
        """
        cls: Any = type(self)

        def made_whole(instance: Any) -> Any:
            manager = cls(instance)
            return manager._apply_rel_filters(
                source._without_limits() if source is not None else manager._plain_queryset()
            )

        def filled(instance: Any, found: list[Any]) -> Any:
            made = made_whole(instance)
            made._result_cache = found
            made._prefetch_done = True
            return made

        if not self.shares_sets or (source is None and self._superclass.get_queryset is not BaseManager.get_queryset):
            return filled
        first = made_whole(self.instance)
        if not first.copies_plainly:
            return filled
        own_state = self._own_state
        return lambda instance, found: first.twin(found, partial(made_whole, instance), own_state(instance))

    def _own_state(self, instance: Any) -> dict[str, Any]:
        """Return the attributes in which the query set of an instance differs from those of others."""
        return {"_hints": {"instance": instance}, "_fetch_mode": instance._state.fetch_mode}

    @property
    def _cache_key(self) -> str:
        raise NotImplementedError

    def get_prefetch_cache(self) -> Any:
        """Return the queryset that `prefetch_related()` left here, or None."""
        name = self._cache_key
        found = getattr(self.instance, "_prefetched_objects_cache", _NOTHING).get(name)
        if found is None and self.instance._meta.parents:
            for holder in self._holders():
                found = getattr(holder, "_prefetched_objects_cache", _NOTHING).get(name)
                if found is not None:
                    return found
        return found

    def _remove_prefetched_objects(self) -> None:
        for holder in self._holders():
            getattr(holder, "_prefetched_objects_cache", {}).pop(self._cache_key, None)

    def _holders(self) -> Iterator[Any]:
        """The instance, and those of its parent models that have the same relation."""
        yield self.instance
        own = getattr(type(self.instance), self._cache_key, None)
        for parent in parents_at_hand(self.instance):
            if getattr(type(parent), self._cache_key, None) is own:
                yield parent

    def _plain_queryset(self) -> Any:
        """All objects of the target as the manager gives them, not only the related ones."""
        return super().get_queryset()  # type: ignore[misc]  # the manager class stands behind in the MRO

    def get_queryset(self) -> Any:
        cached = self.get_prefetch_cache()
        if cached is not None:
            return cached
        return self._apply_rel_filters(self._plain_queryset())

    def _for_write(self) -> str:
        alias: str = router.db_for_write(self.rel_model_for_write, instance=self.instance)
        return alias

    @property
    def rel_model_for_write(self) -> Any:
        return self.model

    def _unrelated(self, alias: str) -> Any:
        """The target's objects on the database to write to."""
        return self._plain_queryset().using(alias)

    # -- creation: the same words on both kinds ----------------------------------------------------------------

    _superclass: Any

    def _own_method(self, name: str, alias: str) -> Any:
        """Return the target manager's method where it is the user's own; None for the stock one."""
        if getattr(self._superclass, name) is getattr(Manager, name):
            return None
        # Past the related manager, as `super()` would: the user's method sees a manager of the related objects.
        return partial(getattr(self._superclass, name), self.db_manager(alias))  # type: ignore[attr-defined]

    async def _create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        raise NotImplementedError

    async def _get_or_create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        raise NotImplementedError

    async def _update_or_create_flow(self, kwargs: dict[str, Any], through_defaults: Any = None) -> Any:
        raise NotImplementedError


# -- many to one -----------------------------------------------------------------------------------------------


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
        wanted = await _listed(objs)
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


async def _listed(objs: Iterable[Any]) -> list[Any]:
    """Read an iterable; a queryset by its flow, so that async code may pass one."""
    fetch = getattr(objs, "fetch_flow", None)
    if fetch is not None and getattr(objs, "_result_cache", None) is None:
        return list(await fetch())
    return list(objs)


def make_reverse_manager(superclass: type[Any], rel: Any) -> Any:
    """Build the manager class of a reverse foreign key over a manager class of the target."""
    kind = NullableReverseRelatedManager if rel.field.null else ReverseRelatedManager
    return type(
        "RelatedManager",
        (kind, superclass),
        {"rel": rel, "reverse": True, "_superclass": superclass, "__module__": _MODULE},
    )


# -- many to many ----------------------------------------------------------------------------------------------


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
        wanted = await _listed(objs)
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
    body = {"rel": rel, "reverse": reverse, "_superclass": superclass, "__module__": _MODULE}
    return type("ManyRelatedManager", (ManyRelatedManager, superclass), body)


_MODULE = "hotclub.db.models.fields.related_descriptors"

# Templates must not change data by looking at it.
for _kind in (ReverseRelatedManager, NullableReverseRelatedManager, ManyRelatedManager):
    for _verb in ("add", "create", "get_or_create", "update_or_create", "remove", "clear", "set"):
        for _name in (_verb, f"a{_verb}"):
            if _name in vars(_kind):
                vars(_kind)[_name].alters_data = True
RelatedManager.__module__ = "hotclub.db.models.fields.related"
