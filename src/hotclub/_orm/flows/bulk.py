"""Flows that write many rows or one row if it is not there: bulk_create, bulk_update, get_or_create, update_or_create.

They get a query set and speak to it through its flows, so that what a subclass changed about reading stays changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from hotclub._flow.effects import AtomicRegion, CallUser, RunMany
from hotclub._orm.cache import plans
from hotclub._orm.expressions import Case, Value, When
from hotclub._orm.fields.field import NOT_PROVIDED, Field
from hotclub._orm.flows.insert import insert_rows
from hotclub._orm.flows.preparing import holds_expression, is_expression, prepared_columns
from hotclub._orm.flows.returned import assign_all, converters_of
from hotclub._orm.flows.save import number_new_rows, settle_related
from hotclub._orm.functions.comparison import Cast
from hotclub.core import exceptions
from hotclub.db import DatabaseError, IntegrityError, NotSupportedError, connections
from hotclub.db.on_conflict import OnConflict

__all__ = ["bulk_create", "bulk_update", "get_or_create", "update_or_create"]


def conflict_choice(
    queryset: Any, connection: Any, ignore: bool, update: bool, update_fields: Any, unique_fields: Any
) -> Any:
    """Say what is done with rows that are there already.

    Raises:
        ValueError: the arguments contradict each other.
        NotSupportedError: the database cannot do it.
    """
    features = connection.features
    if ignore and update:
        raise ValueError("ignore_conflicts and update_conflicts are mutually exclusive.")
    if ignore:
        if not features.supports_ignore_conflicts:
            raise NotSupportedError("This database backend does not support ignoring conflicts.")
        return OnConflict.IGNORE
    if not update:
        return None
    if not features.supports_update_conflicts:
        raise NotSupportedError("This database backend does not support updating conflicts.")
    if not update_fields:
        raise ValueError("Fields that will be updated when a row insertion fails on conflicts must be provided.")
    if unique_fields and not features.supports_update_conflicts_with_target:
        raise NotSupportedError(
            "This database backend does not support updating conflicts with specifying unique fields that can trigger "
            "the upsert."
        )
    if not unique_fields and features.supports_update_conflicts_with_target:
        raise ValueError("Unique fields that can trigger the upsert must be provided.")
    meta = queryset.model._meta
    if any(not field.concrete or field.many_to_many for field in update_fields):
        raise ValueError("bulk_create() can only be used with concrete fields in update_fields.")
    if any(field.primary_key for field in update_fields) or set(update_fields) & set(meta.pk_fields):
        raise ValueError("bulk_create() cannot be used with primary keys in update_fields.")
    if unique_fields and any(not field.concrete or field.many_to_many for field in unique_fields):
        raise ValueError("bulk_create() can only be used with concrete fields in unique_fields.")
    return OnConflict.UPDATE


async def bulk_create(
    queryset: Any,
    objs: Iterable[Any],
    batch_size: int | None = None,
    ignore_conflicts: bool = False,
    update_conflicts: bool = False,
    update_fields: Any = None,
    unique_fields: Any = None,
) -> list[Any]:
    """Insert instances with as few statements as possible.

    Raises:
        ValueError: multi-table inheritance, a bad batch size, or contradicting arguments.
    """
    if batch_size is not None and batch_size <= 0:
        raise ValueError("Batch size must be a positive integer.")
    meta = queryset.model._meta
    for parent in meta.all_parents:
        if parent._meta.concrete_model is not meta.concrete_model:
            raise ValueError("Can't bulk create a multi-table inherited model")
    objs = list(objs)
    if not objs:
        return objs
    alias = queryset._for_writing()
    connection = connections[alias]
    if unique_fields:
        unique_fields = [meta.pk.name if name == "pk" else name for name in unique_fields]
        unique_fields = [meta.get_field(name) for name in unique_fields]
    if update_fields:
        update_fields = [meta.get_field(name) for name in update_fields]
    on_conflict = conflict_choice(
        queryset, connection, ignore_conflicts, update_conflicts, update_fields, unique_fields
    )
    fields = [field for field in meta.concrete_fields if not field.generated]
    with_key, without_key = _split_by_key(objs, meta)
    if unique_fields:
        unique_fields = [part for field in unique_fields for part in _columns(field)]
    options = {
        "on_conflict": on_conflict,
        "update_fields": update_fields,
        "unique_fields": unique_fields,
        "batch_size": batch_size,
    }
    writing = _insert_all(alias, queryset.model, fields, with_key, without_key, connection, options)
    most = max(connection.ops.bulk_batch_size(fields, objs), 1)
    size = min(batch_size, most) if batch_size else most
    if (with_key and without_key) or len(objs) > size or meta.order_with_respect_to:
        async with AtomicRegion(alias, savepoint=False):
            await writing
    else:
        await writing  # a single statement is a transaction of its own
    return objs


async def _insert_all(
    alias: str,
    model: Any,
    fields: list[Any],
    with_key: list[Any],
    without_key: list[Any],
    connection: Any,
    options: dict[str, Any],
) -> None:
    meta = model._meta
    await number_new_rows([*with_key, *without_key], model, alias)
    if with_key:
        returning = [field for field in meta.db_returning_fields if field not in meta.pk_fields]
        await _insert_part(alias, model, fields, with_key, returning, connection, options)
    if not without_key:
        return
    rest = [field for field in fields if not _is_auto(field)]
    returning = list(meta.db_returning_fields)
    returning += [field for field in meta.pk_fields if field not in returning]
    rows = await _insert_part(alias, model, rest, without_key, returning, connection, options)
    asked = connection.features.can_return_rows_from_bulk_insert and options["on_conflict"] is None
    if asked and len(rows) != len(without_key):
        raise DatabaseError("The database did not return a row for each row inserted.")


def _split_by_key(objs: list[Any], meta: Any) -> tuple[list[Any], list[Any]]:
    """Settle what the instances point at; return those whose key is known before the database says it, and the others."""
    with_key: list[Any] = []
    without_key: list[Any] = []
    pk = meta.pk
    read = None if len(meta.pk_fields) > 1 else attrgetter(pk.attname)
    made_by_database = pk.default is NOT_PROVIDED and type(pk).get_pk_value_on_save is Field.get_pk_value_on_save
    for each in objs:
        if each._state.__dict__.get("fields_cache"):
            settle_related(each, "bulk_create")
        key = None if read is None else read(each)
        if type(key) is int:
            with_key.append(each)
            continue
        if key is None and read is not None and made_by_database:
            without_key.append(each)
            continue
        if not each._is_pk_set():
            key = pk.get_pk_value_on_save(each)
            if key is not None:
                each.pk = key
        (with_key if _has_key(each, meta) else without_key).append(each)
    return with_key, without_key


def _has_key(each: Any, meta: Any) -> bool:
    return bool(each._is_pk_set()) and not any(is_expression(getattr(each, field.attname)) for field in meta.pk_fields)


def _columns(field: Any) -> list[Any]:
    return list(field.fields) if hasattr(field, "fields") and not field.column else [field]


def _is_auto(field: Any) -> bool:
    return bool(
        getattr(field, "db_returning", False) and field.primary_key and "Auto" in field.get_internal_type()
    ) or ("AutoField" in type(field).__name__ or "Auto" in (field.get_internal_type() or ""))


async def _insert_part(
    alias: str,
    model: Any,
    fields: Sequence[Any],
    objs: Sequence[Any],
    returning: Sequence[Any],
    connection: Any,
    options: Any,
) -> list[Any]:
    asked = returning if connection.features.can_return_rows_from_bulk_insert else ()
    if options["on_conflict"] is not None and options["unique_fields"] is None:
        asked = ()
    rows = await insert_rows(alias, model, fields, objs, returning=asked, **options)
    if asked and rows:
        assign_all(objs, rows, converters_of(asked, connection), connection)
    for each in objs:
        state = each._state
        state.adding = False
        state.db = alias
    return rows if asked else list(objs)


async def bulk_update(queryset: Any, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
    """Write some fields of many instances with as few statements as possible.

    Returns:
        The number of rows matched.

    Raises:
        ValueError: no fields, keys among them, or instances without a key.
    """
    if batch_size is not None and batch_size <= 0:
        raise ValueError("Batch size must be a positive integer.")
    names = list(fields)
    if not names:
        raise ValueError("Field names must be given to bulk_update().")
    objs = tuple(objs)
    if not all(each._is_pk_set() for each in objs):
        raise ValueError("All bulk_update() objects must have a primary key set.")
    meta = queryset.model._meta
    found = [meta.get_field(name) for name in names]
    if any(not field.concrete or field.many_to_many for field in found):
        raise ValueError("bulk_update() can only be used with concrete fields.")
    keys = set(meta.pk_fields)
    for parent in meta.all_parents:
        keys.update(parent._meta.pk_fields)
    if any(field in keys or field.primary_key for field in found):
        raise ValueError("bulk_update() cannot be used with primary key fields.")
    if not objs:
        return 0
    alias = queryset._for_writing()
    connection = connections[alias]
    for each in objs:
        if each._state.__dict__.get("fields_cache"):
            settle_related(each, "bulk_update", found)
    most = connection.ops.bulk_batch_size(["pk", "pk", *found], objs)
    size = min(batch_size, most) if batch_size else most
    batches = [objs[start : start + size] for start in range(0, len(objs), size)]
    rows = 0
    source = queryset.using(alias)
    repeated = _repeated_update(queryset, found, connection)
    async with AtomicRegion(alias, savepoint=False):
        for batch in batches:
            param_rows = repeated.parameters(batch) if repeated is not None else None
            if repeated is not None and param_rows is not None:
                rows += await RunMany(alias, repeated.sql, param_rows)
                continue
            values = {field.attname: _cases(field, batch, connection) for field in found}
            rows += await source.filter(pk__in=[each.pk for each in batch]).update_flow(values)
    return rows


class RepeatedUpdate:
    """One UPDATE by key, repeated for each instance: for a database in this process that is the fastest.

    Attributes:
        sql: the statement of one row.
    """

    __slots__ = ("_connection", "_fields", "_read", "sql")

    def __init__(self, meta: Any, fields: Sequence[Any], connection: Any) -> None:
        quote = connection.ops.quote_name
        assignments = ", ".join(f"{quote(field.column)} = %s" for field in fields)
        self.sql = f"UPDATE {quote(meta.db_table)} SET {assignments} WHERE {quote(meta.pk.column)} = %s"
        self._connection = connection
        self._fields = (*fields, meta.pk)
        self._read = attrgetter(*[field.attname for field in self._fields])

    def parameters(self, batch: Sequence[Any]) -> list[Sequence[Any]] | None:
        """Return the parameters of each row, of repeated instances the first; None if a value is an expression."""
        rows = [self._read(each) for each in batch]
        if holds_expression(rows):
            return None
        by_key = {row[-1]: row for row in reversed(rows)}
        if len(by_key) < len(rows):
            rows = list(by_key.values())
        return list(zip(*prepared_columns(self._fields, rows, self._connection), strict=True))


def _repeated_update(queryset: Any, fields: Sequence[Any], connection: Any) -> RepeatedUpdate | None:
    """Return the statement for a query set of all rows; None where one statement for many rows says more."""
    meta = queryset.model._meta
    if not connection.features.repeats_updates_cheaply or queryset._query.node is not plans.root(queryset.model):
        return None
    own = all(field.model._meta.concrete_model is meta.concrete_model for field in fields)
    if not own or len(meta.pk_fields) > 1 or any(_writes_placeholder(field) for field in fields):
        return None
    return RepeatedUpdate(meta, fields, connection)


def _writes_placeholder(field: Any) -> bool:
    return hasattr(field, "get_placeholder_sql") or hasattr(field, "get_placeholder")


def _cases(field: Any, batch: Sequence[Any], connection: Any) -> Any:
    whens = []
    for each in batch:
        value = getattr(each, field.attname)
        if not hasattr(value, "resolve_expression"):
            # None is SQL's NULL here, also in a column of JSON.
            value = Value(None) if value is None else Value(value, output_field=field)
        whens.append(When(pk=each.pk, then=value))
    case: Any = Case(*whens, output_field=field)
    if connection.features.requires_casted_case_in_updates:
        case = Cast(case, output_field=field)
    return case


def creation_params(queryset: Any, kwargs: dict[str, Any], defaults: dict[str, Any] | None) -> dict[str, Any]:
    """Return the arguments for the object to create; names of lookups stay out.

    Raises:
        FieldError: a default is no field of the model.
    """
    params = {name: value for name, value in kwargs.items() if "__" not in name}
    params.update(defaults or {})
    meta = queryset.model._meta
    properties = meta._property_names
    invalid = []
    for name in params:
        try:
            meta.get_field(name)
        except exceptions.FieldDoesNotExist:
            prop = getattr(queryset.model, name, None)
            if name != "pk" and not (name in properties and getattr(prop, "fset", None)):
                invalid.append(name)
    if invalid:
        shown = "', '".join(sorted(invalid))
        raise exceptions.FieldError(f"Invalid field name(s) for model {meta.object_name}: '{shown}'.")
    return params


async def called(value: Any) -> Any:
    """Return a value, or what a callable default gives."""
    return await CallUser(value) if callable(value) else value


async def get_or_create(queryset: Any, defaults: dict[str, Any] | None, kwargs: dict[str, Any]) -> tuple[Any, bool]:
    """Return the object that matches, creating it if there is none; a lost race is no error."""
    queryset._for_write = True
    try:
        return await queryset.get_flow(**kwargs), False
    except queryset.model.DoesNotExist:
        params = creation_params(queryset, kwargs, defaults)
        try:
            async with AtomicRegion(queryset.db):
                params = {name: await called(value) for name, value in params.items()}
                return await queryset.create_flow(params), True
        except IntegrityError:
            try:
                return await queryset.get_flow(**kwargs), False
            except queryset.model.DoesNotExist:
                pass
            raise


async def update_or_create(
    queryset: Any, defaults: dict[str, Any] | None, create_defaults: dict[str, Any] | None, kwargs: dict[str, Any]
) -> tuple[Any, bool]:
    """Update the object that matches, or create one, in one transaction."""
    update = defaults or {}
    create = update if create_defaults is None else create_defaults
    queryset._for_write = True
    alias = queryset.db
    async with AtomicRegion(alias):
        found, created = await get_or_create(queryset.select_for_update(), create, kwargs)
        if created:
            return found, created
        values = {name: await called(value) for name, value in update.items()}
        creation_params(queryset, {}, values) if values else None
        for name, value in values.items():
            setattr(found, name, value)
        names = set(values)
        concrete = found._meta._non_pk_concrete_field_names
        if concrete.issuperset(names):
            for field in found._meta.local_concrete_fields:
                if not (field in found._meta.pk_fields or field.__class__.pre_save is _plain_pre_save(field)):
                    names.add(field.name)
                    if field.name != field.attname:
                        names.add(field.attname)
            await queryset._save_flow(found, alias, names)
        else:
            await queryset._save_flow(found, alias, None)
    return found, False


def _plain_pre_save(field: Any) -> Any:
    for cls in reversed(type(field).__mro__):
        if "pre_save" in cls.__dict__:
            return cls.__dict__["pre_save"]
    return None
