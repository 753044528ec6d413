"""What happens to rows that point at a deleted one: the documented `on_delete` rules and their errors.

A rule is a callable `(collector, field, sub_objs, using)`; it tells the collector what to do and performs nothing.
It must not know querysets: `sub_objs` is passed through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hotclub.db.utils import IntegrityError

OnDelete = Callable[[Any, Any, Any, str], None]


class ProtectedError(IntegrityError):
    """Raised when `PROTECT` forbids a deletion; `protected_objects` are the rows that point at it."""

    def __init__(self, msg: str, protected_objects: Iterable[Any]) -> None:
        self.protected_objects = protected_objects
        super().__init__(msg, protected_objects)


class RestrictedError(IntegrityError):
    """Raised when `RESTRICT` forbids a deletion; `restricted_objects` are the rows that point at it."""

    def __init__(self, msg: str, restricted_objects: Iterable[Any]) -> None:
        self.restricted_objects = restricted_objects
        super().__init__(msg, restricted_objects)


def CASCADE(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    """Delete the rows that point at the deleted one as well."""
    collector.collect(
        sub_objs,
        source=field.remote_field.model,
        source_attr=field.name,
        nullable=field.null,
        fail_on_restricted=False,
    )
    if field.null and not collector.can_defer_constraint_checks:
        # The database checks at once: the circle is cut by emptying the column first.
        collector.add_field_update(field, None, sub_objs)


def PROTECT(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    """Refuse the deletion.

    Raises:
        ProtectedError: always.
    """
    raise ProtectedError(
        f"Cannot delete some instances of model '{field.remote_field.model.__name__}' because they are referenced "
        f"through a protected foreign key: '{sub_objs[0].__class__.__name__}.{field.name}'",
        sub_objs,
    )


def RESTRICT(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    """Refuse the deletion unless the same operation deletes the pointing rows by a cascade as well."""
    collector.add_restricted_objects(field, sub_objs)
    collector.add_dependency(field.remote_field.model, field.model)


def SET_NULL(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    """Empty the column."""
    collector.add_field_update(field, None, sub_objs)


def SET_DEFAULT(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    """Put the field's default in."""
    collector.add_field_update(field, field.get_default(), sub_objs)


def DO_NOTHING(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    """Leave it to the database."""


SET_NULL.lazy_sub_objs = True  # type: ignore[attr-defined]  # the rule needs no loaded rows


def SET(value: Any) -> OnDelete:
    """Give the rule that puts `value`, or what it returns when called, in."""
    if callable(value):

        def set_on_delete(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
            collector.add_field_update(field, value(), sub_objs)
    else:

        def set_on_delete(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
            collector.add_field_update(field, value, sub_objs)

        set_on_delete.lazy_sub_objs = True  # type: ignore[attr-defined]
    set_on_delete.deconstruct = lambda: ("hotclub.db.models.SET", (value,), {})  # type: ignore[attr-defined]
    return set_on_delete


class DatabaseOnDelete:
    """A rule that the database keeps itself: the ORM neither looks nor sends signals.

    Args:
        operation: what the schema says behind ON DELETE.
        name: documented name, for `repr` and migrations.
        forced_collector: the rule of Python's side that a forced collection follows instead.
    """

    def __init__(self, operation: str, name: str, forced_collector: OnDelete) -> None:
        self.operation = operation
        self.forced_collector = forced_collector
        self.__name__ = name

    def __call__(self, collector: Any, field: Any, sub_objs: Any, using: str) -> None:
        self.forced_collector(collector, field, sub_objs, using)

    def on_delete_sql(self, schema_editor: Any) -> str:
        """Return the ON DELETE clause."""
        sql: str = schema_editor.connection.ops.fk_on_delete_sql(self.operation)
        return sql

    def __str__(self) -> str:
        return self.__name__

    def __repr__(self) -> str:
        return f"<DatabaseOnDelete: {self.__name__}>"

    def __reduce__(self) -> str:
        return self.__name__

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return f"hotclub.db.models.{self.__name__}", (), {}


DB_CASCADE = DatabaseOnDelete("CASCADE", "DB_CASCADE", CASCADE)
DB_SET_DEFAULT = DatabaseOnDelete("SET DEFAULT", "DB_SET_DEFAULT", SET_DEFAULT)
DB_SET_NULL = DatabaseOnDelete("SET NULL", "DB_SET_NULL", SET_NULL)

# Migrations and `repr` show where a user imports the rules from.
for _rule in (CASCADE, PROTECT, RESTRICT, SET, SET_NULL, SET_DEFAULT, DO_NOTHING):
    _rule.__module__ = "hotclub.db.models.deletion"
for _kind in (ProtectedError, RestrictedError, DatabaseOnDelete):
    _kind.__module__ = "hotclub.db.models.deletion"
