"""Deleting a query set's rows by their keys alone, where nobody gets to see the objects.

The collector (`delete.py`) makes an instance of each row that something hangs on. Where all that goes along is plain cascades of models without
receivers, rules or managers of their own, the keys say as much: the same statements in the same number, without the objects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from hotclub._flow.effects import AtomicRegion, Fetch, Run
from hotclub._orm.deletion_rules import CASCADE
from hotclub._orm.flows import reading
from hotclub._orm.flows.preparing import exact_type
from hotclub.db import connections

_PLAIN_KEYS = (int, str)


class Cascade:
    """A model whose rows go along, or the one that is deleted from.

    Attributes:
        model: the model.
        field: its foreign key over which the cascade comes; None at the top.
        unseen: whether nothing hangs on the rows, so that their keys need not be known.
        below: what hangs on them.
    """

    __slots__ = ("below", "field", "model", "unseen")

    def __init__(self, model: Any, field: Any, unseen: bool) -> None:
        self.model = model
        self.field = field
        self.unseen = unseen
        self.below: list[Cascade] = []


def plain_cascade(collector: Any, model: Any) -> Cascade | None:
    """Return what a deletion takes along; None if it is more than plain cascades.

    Args:
        collector: knows who listens and which rules are left to the database.
        model: whose rows are to be deleted.
    """
    top = Cascade(model, None, False)
    seen = {model}
    waiting = [top]
    while waiting:
        here = waiting.pop()
        if not _is_plain(collector, here.model):
            return None
        for relation in here.model._meta.deletable_relations:
            field, child = relation.field, relation.related_model
            rule = field.remote_field.on_delete
            if collector._is_ignored(rule):
                continue
            if rule is not CASCADE or child in seen or not _points_at_key(field, here.model):
                return None
            seen.add(child)
            step = Cascade(child, field, collector.can_fast_delete(child, from_field=field))
            here.below.append(step)
            if not step.unseen:
                waiting.append(step)
            elif not child._base_manager.auto_created:
                return None
    return top


def _is_plain(collector: Any, model: Any) -> bool:
    meta = model._meta
    return (
        not collector._has_signal_listeners(model)
        and not meta.parents
        and not meta.proxy
        and len(meta.pk_fields) == 1
        and exact_type(meta.pk, connections[collector.using]) in _PLAIN_KEYS
        and getattr(model._base_manager, "auto_created", False)
        and not any(hasattr(field, "bulk_related_objects") for field in meta.private_fields)
    )


def _points_at_key(field: Any, model: Any) -> bool:
    return bool(field.foreign_related_fields == (model._meta.pk,))


async def delete_by_keys(collector: Any, queryset: Any, cascade: Cascade, chunk: int) -> tuple[int, dict[str, int]]:
    """Delete the rows of a query set and what hangs on them.

    Args:
        collector: as for `plain_cascade`.
        queryset: unordered, unsliced.
        cascade: what `plain_cascade` found for its model.
        chunk: keys per DELETE.

    Returns:
        The number of rows, altogether and per model label.
    """
    alias = collector.using
    counter: Counter[str] = Counter()
    async with AtomicRegion(alias, savepoint=False):
        rows = await reading.fetch_values(queryset.values_list("pk")._query, alias, "tuple")
        await _delete_level(alias, cascade, [row[0] for row in rows], chunk, counter)
    return sum(counter.values()), dict(counter)


async def _delete_level(alias: str, cascade: Cascade, keys: list[Any], chunk: int, counter: Counter[str]) -> None:
    connection = connections[alias]
    quote = connection.ops.quote_name
    keys.sort()
    for step in cascade.below:
        table = quote(step.model._meta.db_table)
        size = max(connection.ops.bulk_batch_size([step.field], keys), 1)
        if step.unseen:
            await _delete(connection, step.model, step.field.column, keys, size, counter)
            continue
        found: list[Any] = []
        for batch, marks in _batches(keys, size):
            pk, column = quote(step.model._meta.pk.column), quote(step.field.column)
            rows = await Fetch(alias, f"SELECT {table}.{pk} FROM {table} WHERE {table}.{column} IN ({marks})", batch)
            found.extend(row[0] for row in rows)
        await _delete_level(alias, step, found, chunk, counter)
    await _delete(connection, cascade.model, cascade.model._meta.pk.column, keys, chunk, counter)


async def _delete(connection: Any, model: Any, column: str, keys: list[Any], size: int, counter: Counter[str]) -> None:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    for batch, marks in _batches(keys, size):
        count = await Run(connection.alias, f"DELETE FROM {table} WHERE {table}.{quote(column)} IN ({marks})", batch)
        if count:
            counter[model._meta.label] += count


def _batches(keys: Sequence[Any], size: int) -> Iterator[tuple[Sequence[Any], str]]:
    for start in range(0, len(keys), size):
        batch = keys[start : start + size]
        yield batch, ", ".join(["%s"] * len(batch))
