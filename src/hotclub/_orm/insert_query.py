"""`InsertQuery`: the text of an INSERT for those who ask for it; saving itself goes through `flows.insert`.

Packages that log, export or batch statements look for it under `db.models.sql`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub._orm.flows.insert import insert_text
from hotclub.db import connections


class InsertQuery:
    """Rows of one model that are to be inserted.

    Args:
        model: whose table is written.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.fields: Sequence[Any] = ()
        self.objs: Sequence[Any] = ()
        self.raw = False

    def insert_values(self, fields: Sequence[Any], objs: Sequence[Any], raw: bool = False) -> None:
        """Say what is written.

        Args:
            fields: the columns.
            objs: instances that give the values.
            raw: take attributes as they are, without `pre_save()`.
        """
        self.fields, self.objs, self.raw = fields, objs, raw

    def get_compiler(self, using: str | None = None, connection: Any = None) -> InsertCompiler:
        """Return what writes the statements.

        Raises:
            ValueError: neither a database nor a connection was given.
        """
        if using is None and connection is None:
            raise ValueError("Need either using or connection")
        return InsertCompiler(self, connections[using] if using is not None else connection)


class InsertCompiler:
    """Writes the statements of an `InsertQuery` for one connection."""

    def __init__(self, query: InsertQuery, connection: Any) -> None:
        self.query = query
        self.connection = connection

    def as_sql(self) -> list[tuple[str, tuple[Any, ...]]]:
        """Return a statement and its parameters for each instance.

        Raises:
            TypeError: a value is an expression, which only saving can resolve.
        """
        query = self.query
        row = f"({', '.join(['%s'] * len(query.fields))})"
        sql = insert_text(self.connection, query.model._meta, query.fields, [row])
        return [(sql, tuple(self._value(field, each) for field in query.fields)) for each in query.objs]

    def _value(self, field: Any, instance: Any) -> Any:
        value = getattr(instance, field.attname) if self.query.raw else field.pre_save(instance, True)
        if hasattr(value, "resolve_expression"):
            raise TypeError(f"{field} is given by an expression ({value!r}): save the instance instead.")
        return field.get_db_prep_save(value, connection=self.connection)
