"""Operations with what they wait for, and their division into migrations.

An operation waits for *facts*: that a model or field is created, removed or altered. Inside an app the operations are
brought into an order that keeps the facts; between apps, migrations are cut where one has to wait for another.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from hotclub.conf import settings
from hotclub.db.migrations import operations
from hotclub.db.migrations.migration import Migration

SETTING = "__setting__"


class Happening(enum.Enum):
    """What may happen to a model or one of its fields."""

    CREATED = enum.auto()
    REMOVED = enum.auto()
    ALTERED = enum.auto()
    ORDER_RELEASED = enum.auto()
    TOGETHER_ALTERED = enum.auto()
    ENTRY_REMOVED = enum.auto()


class Fact(NamedTuple):
    """Something that must have happened. A swappable model is named by its setting, under the label `__setting__`."""

    app_label: str
    model_name: str
    field_name: str | None
    what: Happening

    @property
    def resolved(self) -> Fact:
        """The same with a setting replaced by the model that it names."""
        if self.app_label != SETTING:
            return self
        label, name = getattr(settings, self.model_name).split(".")
        return self._replace(app_label=label, model_name=name.lower())

    def is_done_by(self, operation: Any) -> bool:
        """Say whether an operation (of the fact's app) makes it true."""
        return _DONE_BY[self.what](operation, self.model_name.lower(), self.field_name)


def _creates(operation: Any, model: str, field: str | None) -> bool:
    if isinstance(operation, operations.CreateModel):
        if operation.name_lower != model:
            return False
        return field is None or any(name.lower() == field.lower() for name, _ in operation.fields)
    return field is not None and _on_field(operation, operations.AddField, model, field)


def _removes(operation: Any, model: str, field: str | None) -> bool:
    if field is None:
        return isinstance(operation, operations.DeleteModel) and operation.name_lower == model
    return _on_field(operation, operations.RemoveField, model, field)


def _alters(operation: Any, model: str, field: str | None) -> bool:
    return field is not None and _on_field(operation, operations.AlterField, model, field)


def _on_field(operation: Any, kind: type, model: str, field: str) -> bool:
    return bool(
        isinstance(operation, kind)
        and operation.model_name_lower == model  # type: ignore[attr-defined]  # all of them have it
        and operation.name_lower == field.lower()  # type: ignore[attr-defined]  # the same
    )


def _releases_order(operation: Any, model: str, field: str | None) -> bool:
    return (
        isinstance(operation, operations.AlterOrderWithRespectTo)
        and operation.name_lower == model
        and (operation.order_with_respect_to or "").lower() != (field or "").lower()
    )


def _alters_together(operation: Any, model: str, field: str | None) -> bool:
    return (
        isinstance(operation, (operations.AlterUniqueTogether, operations.AlterIndexTogether))
        and operation.name_lower == model
    )


def _removes_entry(operation: Any, model: str, name: str | None) -> bool:
    return (
        isinstance(operation, (operations.RemoveIndex, operations.RemoveConstraint))
        and operation.model_name_lower == model
        and operation.name == name
    )


_DONE_BY = {
    Happening.CREATED: _creates,
    Happening.REMOVED: _removes,
    Happening.ALTERED: _alters,
    Happening.ORDER_RELEASED: _releases_order,
    Happening.TOGETHER_ALTERED: _alters_together,
    Happening.ENTRY_REMOVED: _removes_entry,
}


@dataclass(eq=False)
class Planned:
    """An operation and the facts it waits for."""

    operation: Any
    waits_for: tuple[Fact, ...] = ()


def in_order(planned: list[Planned], app_label: str) -> list[Planned]:
    """Order an app's operations so that each comes after those it waits for; otherwise as they were found."""
    needs = {
        id(one): [
            other
            for fact in (wanted.resolved for wanted in one.waits_for)
            if fact.app_label == app_label
            for other in planned
            if other is not one and fact.is_done_by(other.operation)
        ]
        for one in planned
    }
    # Layer by layer: all whose needs are met, in the order found, then those that needed them.
    ordered: list[Planned] = []
    placed: set[int] = set()
    left = planned
    while left:
        free = [one for one in left if all(id(need) in placed for need in needs[id(one)])]
        if not free:
            raise ValueError(f"Cyclic dependency between operations of {app_label!r}: {[p.operation for p in left]!r}")
        ordered.extend(free)
        placed.update(id(one) for one in free)
        left = [one for one in left if id(one) not in placed]
    return ordered


class Division:
    """Cuts the operations of all apps into migrations.

    An app's operations become one migration, unless apps wait for one another in a circle: then the first part of one
    that can be done is cut off, which opens the circle.
    """

    def __init__(self, planned: dict[str, list[Planned]], graph: Any, existing_apps: set[str]) -> None:
        self.queues = {label: list(queue) for label, queue in planned.items()}
        self.graph = graph
        self.existing_apps = existing_apps
        self.migrations: dict[str, list[Any]] = {}

    def divide(self) -> dict[str, list[Any]]:
        """Give the migrations of each app, with their dependencies."""
        while any(self.queues.values()):
            if not self._take_whole() and not self._take_part():
                raise ValueError(f"Cannot resolve operation dependencies: {self.queues!r}")
        for label, found in self.migrations.items():
            for earlier, later in pairwise(found):
                later.dependencies.append((label, earlier.name))
        for found in self.migrations.values():
            for migration in found:
                migration.dependencies = list(dict.fromkeys(migration.dependencies))
        return self.migrations

    def _take_whole(self) -> bool:
        """Make a migration of each app whose operations can all be done."""
        taken = False
        for label in sorted(self.queues):
            queue = self.queues[label]
            if not queue:
                continue
            ready, dependencies = self._ready_part(label, strangers_first=False)
            if len(ready) == len(queue):
                self._emit(label, ready, dependencies)
                taken = True
        return taken

    def _take_part(self) -> bool:
        """Cut off the first part that can be done, of the first app that has one."""
        for label in sorted(self.queues):
            if self.queues[label]:
                ready, dependencies = self._ready_part(label, strangers_first=True)
                if ready:
                    self._emit(label, ready, dependencies)
                    return True
        return False

    def _ready_part(self, label: str, strangers_first: bool) -> tuple[list[Planned], set[tuple[str, str]]]:
        ready: list[Planned] = []
        dependencies: set[tuple[str, str]] = set()
        for one in self.queues[label]:
            met = self._dependencies_of(label, one, strangers_first)
            if met is None:
                break
            dependencies |= met
            ready.append(one)
        return ready, dependencies

    def _dependencies_of(self, label: str, one: Planned, strangers_first: bool) -> set[tuple[str, str]] | None:
        """Give the migrations of other apps that an operation depends on; None if one of them is still to be made."""
        met: set[tuple[str, str]] = set()
        for wanted in one.waits_for:
            fact = wanted.resolved
            if fact.app_label == label:
                continue
            if any(fact.is_done_by(other.operation) for other in self.queues.get(fact.app_label, ())):
                return None
            if wanted.app_label == SETTING:
                met.add((wanted.app_label, wanted.model_name))
            elif not strangers_first and self.queues.get(fact.app_label):
                return None  # its migration is named when it is made
            elif fact.app_label in self.migrations:
                met.add((fact.app_label, self.migrations[fact.app_label][-1].name))
            else:
                leaves = self.graph.leaf_nodes(fact.app_label) if self.graph is not None else []
                met.add(leaves[0] if leaves else (fact.app_label, "__first__"))
        return met

    def _emit(self, label: str, ready: list[Planned], dependencies: Iterable[tuple[str, str]]) -> None:
        number = len(self.migrations.get(label, ())) + 1
        migration = Migration(f"auto_{number}", label)
        migration.operations = [one.operation for one in ready]
        migration.dependencies = list(dependencies)
        migration.initial = label not in self.existing_apps
        self.migrations.setdefault(label, []).append(migration)
        self.queues[label] = self.queues[label][len(ready) :]
