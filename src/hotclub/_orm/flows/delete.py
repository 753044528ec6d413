"""Deleting: collect what goes along, set by set, then delete in the order the database needs.

The collector asks relations one level at a time: one query per relation and batch of rows, no query where the rows can be
deleted unseen (no receivers, nothing points at them).

Source: docs ref/models/querysets, "delete()"; ref/models/fields, "on_delete".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from hotclub._flow.drivers import drive
from hotclub._flow.effects import AtomicRegion, CallUser, MarkForRollback, Run
from hotclub._orm.deletion_rules import (
    CASCADE,
    DO_NOTHING,
    PROTECT,
    RESTRICT,
    SET_DEFAULT,
    SET_NULL,
    DatabaseOnDelete,
    ProtectedError,
    RestrictedError,
)
from hotclub._orm.flows.delete_keys import delete_by_keys, plain_cascade
from hotclub._orm.signals import post_delete, pre_delete
from hotclub.db import connections, router
from hotclub.db.ports import SYNC

CHUNK = 100
"""Keys per DELETE."""

_BUILT_IN = (CASCADE, PROTECT, RESTRICT, SET_DEFAULT, SET_NULL)

Count = tuple[int, dict[str, int]]


def candidate_relations(meta: Any) -> tuple[Any, ...]:
    """Return the reverse relations a deletion must look at: those that hold a column."""
    return meta.deletable_relations  # type: ignore[no-any-return]


class Collector:
    """Gathers what a deletion takes along, and performs it.

    Args:
        using: alias of the database.
        origin: the instance or queryset that `delete()` was called on.
        force_collection: also gather what the database would delete itself; nothing can then be deleted with it.
    """

    def __init__(self, using: str, origin: Any = None, force_collection: bool = False) -> None:
        self.using = using
        self.origin = origin
        self.force_collection = force_collection
        # Model class: its instances to delete, in order of collection.
        self.data: dict[Any, dict[Any, None]] = {}
        # Field, new value, rows (a queryset or a list of instances).
        self.field_updates: list[tuple[Any, Any, Any]] = []
        self.restricted_objects: dict[Any, dict[Any, dict[Any, None]]] = {}
        self.fast_deletes: list[Any] = []
        # Model: the models whose rows must be deleted before.
        self.dependencies: dict[Any, set[Any]] = defaultdict(set)
        self._running = False
        self._asked: list[dict[str, Any]] = []

    @property
    def can_defer_constraint_checks(self) -> bool:
        return bool(connections[self.using].features.can_defer_constraint_checks)

    # -- what rules call ---------------------------------------------------------------------------------------

    def collect(
        self,
        objs: Any,
        source: Any = None,
        nullable: bool = False,
        collect_related: bool = True,
        source_attr: str | None = None,
        reverse_dependency: bool = False,
        keep_parents: bool = False,
        fail_on_restricted: bool = True,
    ) -> None:
        """Take objects of one model in, with all that goes along.

        Called by a rule while a collection runs it only notes the wish, which the running collection then fulfils.

        Raises:
            ProtectedError: a `PROTECT` relation points at one of them.
            RestrictedError: a `RESTRICT` relation does, from a row that stays.
        """
        wish = {
            "objs": objs,
            "source": source,
            "nullable": nullable,
            "collect_related": collect_related,
            "source_attr": source_attr,
            "reverse_dependency": reverse_dependency,
            "keep_parents": keep_parents,
            "fail_on_restricted": fail_on_restricted,
        }
        if self._running:
            self._asked.append(wish)
        else:
            drive(self.collect_flow(**wish), SYNC)

    def add(
        self, objs: Iterable[Any], source: Any = None, nullable: bool = False, reverse_dependency: bool = False
    ) -> list[Any]:
        """Note instances of one model; return those that are new."""
        objs = list(objs)
        if not objs:
            return []
        model = objs[0].__class__
        known = self.data.setdefault(model, {})
        new = [each for each in objs if each not in known]
        known.update(dict.fromkeys(new))
        # Rows that point here by a column that may be empty can be deleted in any order.
        if source is not None and not nullable:
            self.add_dependency(source, model, reverse_dependency=reverse_dependency)
        return new

    def add_dependency(self, model: Any, dependency: Any, reverse_dependency: bool = False) -> None:
        """Say that rows of `model` must be deleted before those of `dependency`."""
        if reverse_dependency:
            model, dependency = dependency, model
        self.dependencies[model._meta.concrete_model].add(dependency._meta.concrete_model)
        self.data.setdefault(dependency, {})

    def add_field_update(self, field: Any, value: Any, objs: Any) -> None:
        """Note that a column gets a new value."""
        self.field_updates.append((field, value, objs))

    def add_restricted_objects(self, field: Any, objs: Sequence[Any]) -> None:
        """Note rows that forbid the deletion unless they are deleted as well."""
        if objs:
            fields = self.restricted_objects.setdefault(objs[0].__class__, {})
            fields.setdefault(field, {}).update(dict.fromkeys(objs))

    # -- looking ahead -----------------------------------------------------------------------------------------

    def _has_signal_listeners(self, model: Any) -> bool:
        return bool(pre_delete.has_listeners(model) or post_delete.has_listeners(model))

    def _is_ignored(self, rule: Any) -> bool:
        if isinstance(rule, DatabaseOnDelete):
            return not self.force_collection
        return rule is DO_NOTHING

    def can_fast_delete(self, objs: Any, from_field: Any = None) -> bool:
        """Say whether rows can be deleted without loading them.

        Args:
            objs: a model class, an instance, or a queryset.
            from_field: the relation over which a cascade comes to them.
        """
        if self.force_collection:
            return False
        if from_field is not None and from_field.remote_field.on_delete is not CASCADE:
            return False
        if hasattr(objs, "_meta"):
            model = objs._meta.model
        elif hasattr(objs, "model") and hasattr(objs, "_raw_delete"):
            model = objs.model
        else:
            return False
        if self._has_signal_listeners(model):
            return False
        meta = model._meta
        return (
            all(link == from_field for link in meta.concrete_model._meta.parents.values())
            and all(self._is_ignored(each.field.remote_field.on_delete) for each in candidate_relations(meta))
            and not any(hasattr(field, "bulk_related_objects") for field in meta.private_fields)
        )

    def get_del_batches(self, objs: Sequence[Any], fields: Sequence[Any]) -> list[Sequence[Any]]:
        """Split objects into lists that fit into one condition of the database."""
        fields = [each for field in fields for each in field.local_related_fields]
        size = max(connections[self.using].ops.bulk_batch_size(fields, objs), 1)
        return [objs[start : start + size] for start in range(0, len(objs), size)]

    def related_objects(self, related_model: Any, related_fields: Sequence[Any], objs: Sequence[Any]) -> Any:
        """Return the queryset of rows that point at `objs` by one of the fields."""
        rows = None
        manager = related_model._base_manager.using(self.using)
        for field in related_fields:
            part = manager.filter(**{f"{field.name}__in": objs})
            rows = part if rows is None else rows | part
        return rows

    # -- collecting --------------------------------------------------------------------------------------------

    async def collect_flow(
        self,
        objs: Any,
        source: Any = None,
        nullable: bool = False,
        collect_related: bool = True,
        source_attr: str | None = None,
        reverse_dependency: bool = False,
        keep_parents: bool = False,
        fail_on_restricted: bool = True,
    ) -> None:
        """The flow of `collect()`."""
        if self.can_fast_delete(objs):
            self.fast_deletes.append(objs)
            return
        new = self.add(await _listed(objs), source, nullable, reverse_dependency=reverse_dependency)
        if not new:
            return
        model = new[0].__class__
        if not keep_parents:
            for link in model._meta.concrete_model._meta.parents.values():
                if link:
                    parents = [getattr(each, link.name) for each in new]
                    await self.collect_flow(
                        parents,
                        source=model,
                        source_attr=link.remote_field.related_name,
                        collect_related=False,
                        reverse_dependency=True,
                        fail_on_restricted=False,
                    )
        if not collect_related:
            return
        await self._collect_pointing(model, new, keep_parents)
        for field in model._meta.private_fields:
            if hasattr(field, "bulk_related_objects"):
                rows = field.bulk_related_objects(new, self.using)
                await self.collect_flow(rows, source=model, nullable=True, fail_on_restricted=False)
        if fail_on_restricted:
            await self._check_restricted(model)

    async def _collect_pointing(self, model: Any, new: list[Any], keep_parents: bool) -> None:
        """Follow the relations that point at new objects of a model."""
        kept = set(model._meta.all_parents) if keep_parents else ()
        unseen: dict[Any, list[Any]] = defaultdict(list)
        protected: dict[str, list[Any]] = defaultdict(list)
        for relation in candidate_relations(model._meta):
            field = relation.field
            rule = field.remote_field.on_delete
            if (keep_parents and relation.model._meta.concrete_model in kept) or self._is_ignored(rule):
                continue
            if isinstance(rule, DatabaseOnDelete):
                rule = rule.forced_collector
            if self.can_fast_delete(relation.related_model, from_field=field):
                unseen[relation.related_model].append(field)
                continue
            for batch in self.get_del_batches(new, [field]):
                rows = self._narrowed(
                    relation.related_model, self.related_objects(relation.related_model, [field], batch)
                )
                if not getattr(rule, "lazy_sub_objs", False) and not await rows.fetch_flow():
                    continue
                try:
                    await self._apply(rule, field, rows)
                except ProtectedError as error:
                    protected[f"'{field.model.__name__}.{field.name}'"] += error.protected_objects
        if protected:
            raise ProtectedError(
                f"Cannot delete some instances of model {model.__name__!r} because they are referenced through protected "
                f"foreign keys: {', '.join(protected)}.",
                set(chain.from_iterable(protected.values())),
            )
        for related_model, fields in unseen.items():
            for batch in self.get_del_batches(new, fields):
                self.fast_deletes.append(self.related_objects(related_model, fields, batch))

    def _narrowed(self, related_model: Any, rows: Any) -> Any:
        """Load only the columns that the cascade needs, if nobody gets to see the objects."""
        if self._has_signal_listeners(related_model) or rows.query.select_related:
            return rows
        pointing = candidate_relations(related_model._meta)
        needed = set(
            chain.from_iterable((target.attname for target in each.field.foreign_related_fields) for each in pointing)
        )
        own = {field.attname for field in related_model._meta.concrete_fields}
        return rows.only(*(needed & own or {"pk"}))

    async def _apply(self, rule: Any, field: Any, rows: Any) -> None:
        """Ask a rule, then do what it wished to be collected."""
        self._running, before = True, self._asked
        self._asked = []
        try:
            if rule in _BUILT_IN or getattr(rule, "lazy_sub_objs", False):
                rule(self, field, rows, self.using)
            else:
                await CallUser(rule, (self, field, rows, self.using))
            wishes = self._asked
        finally:
            self._running, self._asked = False, before
        for wish in wishes:
            await self.collect_flow(**wish)

    # -- restricted rows ---------------------------------------------------------------------------------------

    def clear_restricted_objects_from_set(self, model: Any, objs: Any) -> None:
        """Forget restrictions by rows that are deleted too."""
        for rows in self.restricted_objects.get(model, {}).values():
            for each in objs:
                rows.pop(each, None)

    async def _clear_restricted_from_queryset(self, queryset: Any) -> None:
        fields = self.restricted_objects.get(queryset.model)
        if fields:
            keys = [each.pk for rows in fields.values() for each in rows]
            self.clear_restricted_objects_from_set(queryset.model, await queryset.filter(pk__in=keys).fetch_flow())

    async def _check_restricted(self, model: Any) -> None:
        if not self.restricted_objects:
            return
        for related_model, instances in self.data.items():
            self.clear_restricted_objects_from_set(related_model, instances)
        for queryset in self.fast_deletes:
            await self._clear_restricted_from_queryset(queryset)
        left: dict[str, list[Any]] = defaultdict(list)
        for fields in self.restricted_objects.values():
            for field, rows in fields.items():
                if rows:
                    left[f"'{field.model.__name__}.{field.name}'"] += rows
        if left:
            raise RestrictedError(
                f"Cannot delete some instances of model {model.__name__!r} because they are referenced through "
                f"restricted foreign keys: {', '.join(left)}.",
                set(chain.from_iterable(left.values())),
            )

    # -- deleting ----------------------------------------------------------------------------------------------

    def instances_with_model(self) -> Iterator[tuple[Any, Any]]:
        for model, instances in self.data.items():
            for each in instances:
                yield model, each

    def sort(self) -> None:
        """Order the models so that rows are deleted before those they point at, where that is possible."""
        waiting = list(self.data)
        placed: list[Any] = []
        done: set[Any] = set()
        while waiting:
            ready = [
                model for model in waiting if not (self.dependencies.get(model._meta.concrete_model, set()) - done)
            ]
            if not ready:
                # They point at one another; only the database can defer its checks.
                return
            placed += ready
            done.update(model._meta.concrete_model for model in ready)
            waiting = [model for model in waiting if model not in ready]
        self.data = {model: self.data[model] for model in placed}

    def delete(self) -> Count:
        """Delete what was collected.

        Returns:
            The number of rows, altogether and per model label.
        """
        return drive(self.delete_flow(), SYNC)

    async def delete_flow(self) -> Count:
        """The flow of `delete()`."""
        for model, instances in self.data.items():
            # A fixed order avoids deadlocks between two deletions.
            self.data[model] = dict.fromkeys(sorted(instances, key=_by_key))
        self.sort()
        single = self._single()
        if single is not None:
            return await self._delete_single(*single)
        counter: Counter[str] = Counter()
        async with AtomicRegion(self.using, savepoint=False):
            await self._send(pre_delete)
            for queryset in self.fast_deletes:
                if count := await queryset.raw_delete_flow(self.using):
                    counter[queryset.model._meta.label] += count
            await self._update_fields()
            for model, instances in list(self.data.items()):
                # Rows that were collected later may point at earlier ones of the same table.
                self.data[model] = instances = dict.fromkeys(reversed(instances))
                keys = [each.pk for each in instances]
                if count := await self._delete_keys(model, keys):
                    counter[model._meta.label] += count
                await self._send(post_delete, model)
        for _field, _value, objs in self.field_updates:
            if isinstance(objs, list):
                for each in objs:
                    setattr(each, _field.attname, _value)
        for model, each in self.instances_with_model():
            setattr(each, model._meta.pk.attname, None)
        return sum(counter.values()), dict(counter)

    def _single(self) -> tuple[Any, Any] | None:
        """Return the model and instance if there is exactly one row to delete and nothing else."""
        if len(self.data) != 1 or self.field_updates or self.fast_deletes:
            return None
        [(model, instances)] = self.data.items()
        if len(instances) != 1:
            return None
        [instance] = instances
        return (model, instance) if self.can_fast_delete(instance) else None

    async def _delete_single(self, model: Any, instance: Any) -> Count:
        try:
            count = await self._delete_keys(model, [instance.pk])
        except Exception as error:
            await MarkForRollback(self.using, error)
            raise
        setattr(instance, model._meta.pk.attname, None)
        return count, {model._meta.label: count}

    async def _send(self, signal: Any, only: Any = None) -> None:
        for model, each in self.instances_with_model():
            if model._meta.auto_created or (only is not None and model is not only):
                continue
            if signal.has_listeners(model):
                arguments = {"sender": model, "instance": each, "using": self.using, "origin": self.origin}
                await CallUser(signal.send, (), arguments, async_function=signal.asend)

    async def _update_fields(self) -> None:
        joined: dict[Any, list[Any]] = {}
        for field, value, objs in self.field_updates:
            unseen = hasattr(objs, "_raw_delete") and objs._result_cache is None
            if unseen and _is_hashable(value):
                # The same update over several querysets is one statement.
                joined.setdefault((field, value), []).append(objs)
            else:
                keys = [each.pk for each in objs]
                for start in range(0, len(keys), CHUNK):
                    rows = field.model._base_manager.using(self.using).filter(pk__in=keys[start : start + CHUNK])
                    await rows.update_flow({field.name: value})
        for (field, value), querysets in joined.items():
            rows = querysets[0]
            for other in querysets[1:]:
                rows = rows | other
            await rows.update_flow({field.name: value})

    async def _delete_keys(self, model: Any, keys: Sequence[Any]) -> int:
        meta = model._meta
        count = 0
        for start in range(0, len(keys), CHUNK):
            batch = keys[start : start + CHUNK]
            if len(meta.pk_fields) > 1 or not meta.pk.concrete:
                rows = model._base_manager.using(self.using).filter(pk__in=batch)
                count += await rows.raw_delete_flow(self.using)
            else:
                count += await Run(self.using, *_delete_statement(connections[self.using], meta, batch))
        return count


def _delete_statement(connection: Any, meta: Any, keys: Sequence[Any]) -> tuple[str, list[Any]]:
    quote = connection.ops.quote_name
    table = quote(meta.db_table)
    column = f"{table}.{quote(meta.pk.column)}"
    params = [meta.pk.get_db_prep_value(key, connection) for key in keys]
    if len(keys) == 1:
        return f"DELETE FROM {table} WHERE {column} = %s", params
    return f"DELETE FROM {table} WHERE {column} IN ({', '.join(['%s'] * len(keys))})", params


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _by_key(instance: Any) -> Any:
    return _Sortable(instance.pk)


class _Sortable:
    """A key that can be compared with any other: kinds that know no order keep theirs."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Sortable) -> bool:
        try:
            return bool(self.value < other.value)
        except TypeError:
            return False


async def _listed(objs: Any) -> list[Any]:
    fetch = getattr(objs, "fetch_flow", None)
    if fetch is not None:
        return list(objs._result_cache) if objs._result_cache is not None else list(await fetch())
    if hasattr(objs, "_meta"):
        return [objs]
    return list(objs)


async def delete_instance(instance: Any, using: str | None, keep_parents: bool) -> Count:
    """`Model.delete()`.

    Raises:
        ValueError: the instance has no key.
    """
    if not instance._is_pk_set():
        name = instance._meta.pk.attname
        raise ValueError(
            f"{instance._meta.object_name} object can't be deleted because its {name} attribute is set to None."
        )
    alias = using or router.db_for_write(instance.__class__, instance=instance)
    collector = Collector(using=alias, origin=instance)
    await collector.collect_flow([instance], keep_parents=keep_parents)
    return await collector.delete_flow()


async def delete_queryset(queryset: Any, origin: Any = None) -> Count:
    """Delete the rows of a queryset that has neither slices, nor values, nor ordering.

    Args:
        queryset: a copy made for the deletion, on the database to write to.
        origin: the queryset that `delete()` was called on.
    """
    collector = Collector(using=queryset.db, origin=queryset if origin is None else origin)
    if not collector.can_fast_delete(queryset):
        cascade = plain_cascade(collector, queryset.model)
        if cascade is not None:
            return await delete_by_keys(collector, queryset, cascade, CHUNK)
    await collector.collect_flow(queryset)
    return await collector.delete_flow()


Collector.__module__ = "hotclub.db.models.deletion"
