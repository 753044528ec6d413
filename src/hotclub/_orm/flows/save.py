"""Saving one instance: related objects settled, parents first, then UPDATE or INSERT.

The text of an UPDATE of plain values by key is kept per database, model and set of columns.

Source: docs ref/models/instances, "Saving objects".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hotclub._flow.effects import AtomicRegion, CallUser, Fetch, MarkForRollback, Run
from hotclub._orm.aggregates import Max
from hotclub._orm.expressions.core import DatabaseDefault
from hotclub._orm.flows import returned
from hotclub._orm.flows.insert import has_own_placeholder, insert_one, own_placeholder
from hotclub._orm.flows.preparing import PLAIN_TYPES, is_expression, preparers
from hotclub._orm.fragments import FragmentCompiler
from hotclub._orm.signals import post_save, pre_save
from hotclub.core.exceptions import FieldError
from hotclub.db import connections, router


def settle_related(instance: Any, operation: str, fields: Iterable[Any] | None = None) -> None:
    """Take keys over from related objects that were saved in the meantime.

    Args:
        instance: the instance about to be saved.
        operation: what the message calls it: "save", "bulk_create" …
        fields: relations to look at; all, if not given.

    Raises:
        ValueError: a related object is not saved; its key would be lost.
    """
    meta = instance._meta
    cache = instance._state.__dict__.get("fields_cache")
    if not cache:
        return
    for field in _cached_relations(meta, cache):
        if fields is not None and field not in fields:
            continue
        other = cache[field.cache_name]
        if other is None:
            continue
        if not other._is_pk_set():
            # The other must not believe in a link that is not there.
            if not field.remote_field.multiple:
                field.remote_field.delete_cached_value(other)
            raise ValueError(
                f"{operation}() prohibited to prevent data loss due to unsaved related object '{field.name}'."
            )
        if getattr(instance, field.attname) in field.empty_values:
            # The object was saved after it was assigned.
            setattr(instance, field.name, other)
        if getattr(other, field.target_field.attname) != getattr(instance, field.attname):
            field.delete_cached_value(instance)
    for field in meta.private_fields:
        # Generic relations point at anything.
        if field.is_relation and field.is_cached(instance) and (fields is None or field in fields):
            other = field.get_cached_value(instance, default=None)
            if other is not None and hasattr(other, "_is_pk_set") and not other._is_pk_set():
                raise ValueError(
                    f"{operation}() prohibited to prevent data loss due to unsaved related object '{field.name}'."
                )


def _cached_relations(meta: Any, cache: dict[str, Any]) -> list[Any]:
    """Return the concrete relations whose object is remembered; their names are kept with the plans."""
    plans = meta.__dict__.setdefault("_save_plans", {})
    relations = plans.get("relations")
    if relations is None:
        relations = plans["relations"] = {
            field.cache_name: field for field in meta.concrete_fields if field.is_relation
        }
    return [relations[name] for name in cache if name in relations]


def _check_options(instance: Any, force_insert: Any, force_update: bool, update_fields: Any) -> Any:
    """Return the fields to update as a set of names.

    Raises:
        ValueError: the options contradict one another, or a name is no such field.
    """
    if force_insert and (force_update or update_fields):
        raise ValueError("Cannot force both insert and updating in model saving.")
    if update_fields is None:
        return None
    names = frozenset(update_fields)
    unknown = names - instance._meta._non_pk_concrete_field_names
    if unknown:
        listed = ", ".join(sorted(unknown))
        raise ValueError(
            "The following fields do not exist in this model, are m2m fields, primary keys, or are non-concrete fields: "
            f"{listed}"
        )
    return names


async def save_flow(
    instance: Any, force_insert: Any, force_update: bool, using: str | None, update_fields: Iterable[str] | None
) -> None:
    """`Model.save()`."""
    settle_related(instance, "save")
    alias = using or router.db_for_write(instance.__class__, instance=instance)
    names = _check_options(instance, force_insert, force_update, update_fields)
    if names is not None and not names:
        # Nothing to write is no error; signals are skipped too, as documented.
        return
    meta = instance._meta
    if names is None and not force_insert and alias == instance._state.db and instance._is_pk_set():
        data = instance.__dict__
        if not all(map(data.__contains__, _attnames(meta))):
            # What was not loaded must not be loaded just to be written back.
            loaded = {
                field.attname
                for field in meta.concrete_fields
                if not field.primary_key and field.attname in data and not field.generated
            }
            loaded &= meta._non_pk_concrete_field_names
            missing = instance.get_deferred_fields() - {field.attname for field in meta.fields if field.generated}
            if loaded and missing:
                names = frozenset(loaded)
    if instance._overrides_save_base():
        options = {"using": alias, "force_insert": force_insert, "force_update": force_update, "update_fields": names}
        await CallUser(instance.save_base, (), options)
        return
    await save_base_flow(instance, False, force_insert, force_update, alias, names)


def _attnames(meta: Any) -> tuple[str, ...]:
    """Return the attributes of the concrete fields; kept with the plans."""
    plans = meta.__dict__.setdefault("_save_plans", {})
    names: tuple[str, ...] | None = plans.get("attnames")
    if names is None:
        names = plans["attnames"] = tuple(field.attname for field in meta.concrete_fields)
    return names


async def save_base_flow(
    instance: Any,
    raw: bool,
    force_insert: Any,
    force_update: bool,
    using: str | None,
    update_fields: Any,
) -> None:
    """Write the instance and send the signals."""
    alias = using or router.db_for_write(instance.__class__, instance=instance)
    cls = origin = instance.__class__
    if cls._meta.proxy:
        cls = cls._meta.concrete_model
    meta = cls._meta
    signals = not meta.auto_created
    if signals and pre_save.has_listeners(origin):
        arguments = {
            "sender": origin,
            "instance": instance,
            "raw": raw,
            "using": alias,
            "update_fields": update_fields,
        }
        await CallUser(pre_save.send, (), arguments, async_function=pre_save.asend)
    if meta.parents:
        async with AtomicRegion(alias, savepoint=False):
            parent_inserted = False
            classes = _classes_to_insert(cls, force_insert)
            if not raw:
                parent_inserted = await _save_parents(instance, meta, alias, update_fields, classes, {})
            forced = parent_inserted or bool(classes and issubclass(cls, classes))
            updated = await _save_table(instance, cls, raw, forced, force_update, alias, update_fields)
    else:
        forced = bool(_classes_to_insert(cls, force_insert))
        try:
            updated = await _save_table(instance, cls, raw, forced, force_update, alias, update_fields)
        except Exception as error:
            # One statement needs no block of its own; a block around it must not be committed.
            await MarkForRollback(alias, error)
            raise
    state = instance._state
    state.db = alias
    state.adding = False
    if signals and post_save.has_listeners(origin):
        arguments = {
            "sender": origin,
            "instance": instance,
            "created": not updated,
            "update_fields": update_fields,
            "raw": raw,
            "using": alias,
        }
        await CallUser(post_save.send, (), arguments, async_function=post_save.asend)


def _classes_to_insert(cls: Any, force_insert: Any) -> tuple[Any, ...]:
    """Return the classes of the line whose rows must be inserted.

    Raises:
        TypeError: `force_insert` is neither a boolean nor a tuple of bases.
    """
    if force_insert is False:
        return ()
    if force_insert is True:
        return (cls,)
    if not isinstance(force_insert, tuple):
        raise TypeError("force_insert must be a bool or tuple.")
    for member in force_insert:
        if not isinstance(member, type(cls)):
            raise TypeError(f"Invalid force_insert member. {member!r} must be a model subclass.")
        if not issubclass(cls, member):
            raise TypeError(f"Invalid force_insert member. {member.__qualname__} must be a base of {cls.__qualname__}.")
    return force_insert


async def _save_parents(
    instance: Any, meta: Any, alias: str, update_fields: Any, classes: tuple[Any, ...], done: dict[Any, bool]
) -> bool:
    """Save the rows of parent models, each once; say whether one of them was inserted."""
    inserted = False
    for parent, link in meta.parents.items():
        parent_meta = parent._meta
        # The link and the parent's key are one value: whichever is set gives it to the other.
        if link and getattr(instance, parent_meta.pk.attname) is None and getattr(instance, link.attname) is not None:
            setattr(instance, parent_meta.pk.attname, getattr(instance, link.attname))
        parent_inserted = done.get(parent)
        if parent_inserted is None:
            above = await _save_parents(instance, parent_meta, alias, update_fields, classes, done)
            forced = above or bool(classes and issubclass(parent, classes))
            updated = await _save_table(instance, parent, False, forced, False, alias, update_fields)
            parent_inserted = done[parent] = above or not updated
        inserted = inserted or parent_inserted
        if link:
            setattr(instance, link.attname, instance._get_pk_val(parent_meta))
            # The remembered parent object is an older copy of the row.
            if link.is_cached(instance):
                link.delete_cached_value(instance)
    return inserted


async def _save_table(
    instance: Any, cls: Any, raw: bool, force_insert: bool, force_update: bool, alias: str, update_fields: Any
) -> bool:
    """Write the row of one table; say whether it was an update."""
    meta = cls._meta
    keys = meta.pk_fields
    pk_set = instance._is_pk_set(meta)
    if not pk_set and not is_expression(instance._get_pk_val(meta)):
        value = meta.pk.get_pk_value_on_save(instance)
        if value is not None:
            setattr(instance, meta.pk.attname, value)
            pk_set = instance._is_pk_set(meta)
    if not pk_set and (force_update or update_fields):
        raise ValueError("Cannot force an update in save() with no primary key.")
    if (
        not raw
        and not force_insert
        and not force_update
        and instance._state.adding
        and all(field.has_default() or field.has_db_default() for field in keys)
    ):
        # A new instance with a generated key: documented to be inserted at once.
        force_insert = True
    if pk_set and not force_insert and not _computed_key(instance, keys):
        fields = _fields_to_update(meta, update_fields)
        updated = await _update(instance, cls, fields, raw, alias, bool(update_fields) or force_update, update_fields)
        if force_update and not updated:
            raise instance.NotUpdated("Forced update did not affect any rows.")
        if update_fields and not updated:
            raise instance.NotUpdated("Save with update_fields did not affect any rows.")
        if updated:
            return True
    if meta.order_with_respect_to:
        await _take_last_place(instance, cls, alias)
    written = _fields_to_insert(meta, pk_set)
    returning = _made_by_database(instance, meta.db_returning_fields)
    await insert_one(alias, cls, instance, written, returning, raw)
    return False


def _computed_key(instance: Any, keys: Sequence[Any]) -> bool:
    for key in keys:
        value = getattr(instance, key.attname)
        if type(value) is not int and is_expression(value):
            return True
    return False


def _made_by_database(instance: Any, fields: Sequence[Any]) -> list[Any]:
    """Leave fields out whose value the instance gives itself, in the type the database would give."""
    data = instance.__dict__
    found = []
    for field in fields:
        value = data.get(field.attname)
        known = type(value) is int if field is field.model._meta.auto_field else field.has_db_default()
        if field.generated or field.attname not in data or not known or is_expression(value):
            found.append(field)
    return found


def _fields_to_insert(meta: Any, pk_set: bool) -> Sequence[Any]:
    cache = meta.__dict__.setdefault("_save_plans", {})
    fields: Sequence[Any] | None = cache.get(pk_set)
    if fields is None:
        auto = meta.auto_field
        fields = cache[pk_set] = tuple(
            field for field in meta.local_concrete_fields if not field.generated and (pk_set or field is not auto)
        )
    return fields


def _fields_to_update(meta: Any, update_fields: Any) -> tuple[Any, ...]:
    cache = meta.__dict__.setdefault("_save_plans", {})
    key = ("update fields", update_fields)
    fields = cache.get(key)
    if fields is None:
        keys = set(meta.pk_fields)
        fields = tuple(
            field
            for field in meta.local_concrete_fields
            if not field.generated
            and not field.primary_key
            and field not in keys
            and (update_fields is None or field.name in update_fields or field.attname in update_fields)
        )
        if update_fields is None:
            cache[key] = fields
    return fields  # type: ignore[no-any-return]


async def _take_last_place(instance: Any, cls: Any, alias: str) -> None:
    """Put the row behind the others with the same owner."""
    owner = cls._meta.order_with_respect_to
    rows = cls._base_manager.using(alias).filter(**owner.get_filter_kwargs_for_object(instance))
    found = await rows.order_by("-_order").values_list("_order", flat=True)[:1].fetch_flow()
    instance._order = found[0] + 1 if found and found[0] is not None else 0


# -- UPDATE ----------------------------------------------------------------------------------------------------


class UpdatePlan:
    """Text and handling of an UPDATE of plain values by key."""

    __slots__ = ("converters", "key_preparers", "preparers", "returning", "sql")

    def __init__(self, connection: Any, meta: Any, fields: Sequence[Any], returning: Sequence[Any]) -> None:
        quote = connection.ops.quote_name
        self.preparers = preparers(fields, connection)
        assignments = ", ".join(f"{quote(field.column)} = %s" for field in fields)
        self.sql = f"UPDATE {quote(meta.db_table)} SET {assignments} WHERE {_key_condition(connection, meta)}"
        keys = meta.pk_fields
        self.key_preparers = tuple(
            (field.attname, *prepared) for field, prepared in zip(keys, preparers(keys, connection), strict=True)
        )
        self.returning = returning
        self.converters: Any = None
        if returning and _can_return(connection):
            clause, _params = connection.ops.returning_columns(returning)
            self.sql = f"{self.sql} {clause}"
            self.converters = returned.converters_of(returning, connection)


def _generated(meta: Any) -> list[Any]:
    return [field for field in meta.local_concrete_fields if field.generated]


def _can_return(connection: Any) -> bool:
    return bool(getattr(connection.features, "can_return_rows_from_update", False))


def _key_condition(connection: Any, meta: Any) -> str:
    quote = connection.ops.quote_name
    table = quote(meta.db_table)
    return " AND ".join(f"{table}.{quote(field.column)} = %s" for field in meta.pk_fields)


async def _update(
    instance: Any, cls: Any, fields: Sequence[Any], raw: bool, alias: str, forced: bool, update_fields: Any
) -> bool:
    """Update the row by key; say whether it is there."""
    meta = cls._meta
    values = [getattr(instance, field.attname) if raw else field.pre_save(instance, False) for field in fields]
    if not fields:
        # Nothing to set in this table: it only matters whether the row is there.
        return update_fields is not None or await _exists(instance, cls, alias)
    if (meta.select_on_save or instance._meta.select_on_save) and not forced:
        if not await _exists(instance, cls, alias):
            return False
        # A trigger may hide the count: the row was there a moment ago.
        return await _run_update(instance, cls, fields, values, alias) > 0 or await _exists(instance, cls, alias)
    return await _run_update(instance, cls, fields, values, alias) > 0


async def _exists(instance: Any, cls: Any, alias: str) -> bool:
    rows = cls._base_manager.using(alias).filter(pk=instance._get_pk_val(cls._meta))
    return await rows.exists_flow()  # type: ignore[no-any-return]


async def _run_update(instance: Any, cls: Any, fields: Sequence[Any], values: Sequence[Any], alias: str) -> int:
    connection = connections[alias]
    meta = cls._meta
    plans = meta.__dict__.setdefault("_save_plans", {})
    key = ("update", alias, *[field.attname for field in fields])
    plan = plans.get(key)
    if plan is None:
        # A computed column changes with the columns it reads.
        changed = {name for field in fields for name in (field.name, field.attname)}
        generated = [field for field in _generated(meta) if not changed.isdisjoint(field.referenced_names)]
        plain = not any(has_own_placeholder(field) for field in fields)
    else:
        generated, plain = plan.returning, True
    others = set(map(type, values)) - PLAIN_TYPES
    if not plain or (others and any(_is_computed(value) for value in values)):
        return await _run_computed(instance, meta, fields, values, generated, connection)
    if not getattr(cls._base_manager, "auto_created", False):
        # A base manager of one's own may narrow or watch updates.
        rows = cls._base_manager.using(alias).filter(pk=instance._get_pk_val(meta))
        count: int = await rows.update_flow({field.name: value for field, value in zip(fields, values, strict=True)})
        returned.forget(instance, generated)
        return count
    if plan is None:
        plan = UpdatePlan(connection, meta, fields, generated)
        if len(plans) < MAX_PLANS:
            plans[key] = plan
    params = [
        value if type(value) is exact else prepare(value, connection)
        for (exact, prepare), value in zip(plan.preparers, values, strict=True)
    ]
    for attname, exact, prepare in plan.key_preparers:
        value = getattr(instance, attname)
        params.append(value if type(value) is exact else prepare(value, connection))
    if plan.converters is not None:
        found = await Fetch(alias, plan.sql, params)
        for row in found:
            returned.assign(instance, row, plan.converters, connection)
        return len(found)
    count = await Run(alias, plan.sql, params)
    if generated and count:
        returned.forget(instance, generated)
    return count


def _is_computed(value: Any) -> bool:
    return type(value) not in PLAIN_TYPES and (
        hasattr(value, "resolve_expression") or hasattr(value, "prepare_database_save")
    )


MAX_PLANS = 256
"""Texts kept per model: sets of `update_fields` are few in a program, yet a program may compute them."""


async def _run_computed(
    instance: Any, meta: Any, fields: Sequence[Any], values: Sequence[Any], generated: list[Any], connection: Any
) -> int:
    """Update where values are expressions; their results come back, or are loaded when looked at."""
    quote = connection.ops.quote_name
    fragments = FragmentCompiler(meta.model, connection)
    parts, params, computed = [], [], []
    for field, value in zip(fields, values, strict=True):
        sql, own = _assignment(field, value, fragments)
        parts.append(f"{quote(field.column)} = {sql}")
        params.extend(own)
        if is_expression(value):
            computed.append(field)
    params += [field.get_db_prep_save(getattr(instance, field.attname), connection) for field in meta.pk_fields]
    sql = f"UPDATE {quote(meta.db_table)} SET {', '.join(parts)} WHERE {_key_condition(connection, meta)}"
    fresh = [*generated, *computed]
    if fresh and _can_return(connection):
        clause, _own = connection.ops.returning_columns(fresh)
        found = await Fetch(connection.alias, f"{sql} {clause}", params)
        plan = returned.converters_of(fresh, connection)
        for row in found:
            returned.assign(instance, row, plan, connection)
        return len(found)
    count = await Run(connection.alias, sql, params)
    if count:
        returned.forget(instance, fresh)
    return count


def _assignment(field: Any, value: Any, fragments: FragmentCompiler) -> tuple[str, list[Any]]:
    """Return the text and parameters of one assigned value.

    Raises:
        FieldError: the expression aggregates, or is a window.
    """
    if not is_expression(value):
        if hasattr(value, "prepare_database_save") and field.remote_field:
            value = value.prepare_database_save(field)
        elif hasattr(value, "prepare_database_save"):
            raise TypeError(
                f"Tried to update field {field} with a model instance, {value!r}. Use a value compatible with "
                f"{type(field).__name__}."
            )
        return own_placeholder(field, field.get_db_prep_save(value, fragments.connection), fragments)
    if isinstance(value, DatabaseDefault):
        value = value.expression
    resolved = fragments.resolve(value, for_save=True)
    if resolved.contains_aggregate:
        raise FieldError(f"Aggregate functions are not allowed in this query ({field.name}={resolved!r}).")
    if resolved.contains_over_clause:
        raise FieldError(f"Window expressions are not allowed in this query ({field.name}={resolved!r}).")
    return fragments.compile(resolved)


async def number_new_rows(objs: Sequence[Any], model: Any, alias: str) -> None:
    """Give each new row without a place the next one among those with the same owner: what bulk inserts call."""
    owner = model._meta.order_with_respect_to
    if not owner:
        return
    waiting = [each for each in objs if each._order is None]
    if not waiting:
        return
    # The columns that say who the owner is: one of a foreign key, two of a generic one.
    names = list(owner.get_filter_kwargs_for_object(waiting[0]))
    columns = [model._meta.get_field(name).attname for name in names]
    keys = {tuple(getattr(each, column) for column in columns) for each in waiting}
    owners = {f"{name}__in": {key[place] for key in keys} for place, name in enumerate(names)}
    rows = model._base_manager.using(alias).filter(**owners).order_by()
    found = await rows.values_list(*columns).annotate(Max("_order")).fetch_flow()
    last = {tuple(key): place for *key, place in found if place is not None}
    for each in waiting:
        key = tuple(getattr(each, column) for column in columns)
        last[key] = each._order = last.get(key, -1) + 1
