"""`Index`: an index over fields or expressions.

Source: docs ref/models/indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType
from typing import Any

from hotclub._orm import constraint_checks
from hotclub._orm.expressions.core import F
from hotclub._orm.fragments import condition_sql
from hotclub._orm.index_expressions import resolved_list
from hotclub._orm.q import Q
from hotclub.db.backends.utils import names_digest, split_identifier


class Index:
    """An index of a table.

    Args:
        *expressions: expressions to index, instead of `fields`.
        fields: names, "-name" for descending.
        name: name in the database; made from the fields if not given.
        db_tablespace: where the database keeps it.
        opclasses: operator classes, one per field (PostgreSQL).
        condition: index only rows that match.
        include: further columns to keep in the index.
    """

    # Options, as given.
    fields: list[str]
    expressions: tuple[Any, ...]
    name: str
    db_tablespace: str | None
    opclasses: Sequence[str]
    condition: Any
    include: tuple[str, ...]

    suffix = "idx"
    # The limit of the strictest database.
    max_name_length = 30

    def __init__(
        self,
        *expressions: Any,
        fields: Sequence[str] = (),
        name: str | None = None,
        db_tablespace: str | None = None,
        opclasses: Sequence[str] = (),
        condition: Any = None,
        include: Sequence[str] | None = None,
    ) -> None:
        if opclasses and not name:
            raise ValueError("An index must be named to use opclasses.")
        if not isinstance(condition, (NoneType, Q)):
            raise ValueError("Index.condition must be a Q instance.")
        if condition and not name:
            raise ValueError("An index must be named to use condition.")
        if not isinstance(fields, (list, tuple)):
            raise ValueError("Index.fields must be a list or tuple.")
        if not isinstance(opclasses, (list, tuple)):
            raise ValueError("Index.opclasses must be a list or tuple.")
        if not expressions and not fields:
            raise ValueError("At least one field or expression is required to define an index.")
        if expressions and fields:
            raise ValueError("Index.fields and expressions are mutually exclusive.")
        if expressions and not name:
            raise ValueError("An index must be named to use expressions.")
        if expressions and opclasses:
            raise ValueError(
                "Index.opclasses cannot be used with expressions. Use hotclub.contrib.postgres.indexes.OpClass() instead."
            )
        if opclasses and len(fields) != len(opclasses):
            raise ValueError("Index.fields and Index.opclasses must have the same number of elements.")
        if fields and not all(isinstance(field, str) for field in fields):
            raise ValueError("Index.fields must contain only strings with field names.")
        if include and not name:
            raise ValueError("A covering index must be named.")
        if not isinstance(include, (NoneType, list, tuple)):
            raise ValueError("Index.include must be a list or tuple.")
        self.fields = list(fields)
        # Names with the direction the database is told.
        self.fields_orders = [(name[1:], "DESC") if name.startswith("-") else (name, "") for name in self.fields]
        self.name = name or ""
        self.db_tablespace = db_tablespace
        self.opclasses = opclasses
        self.condition = condition
        self.include = tuple(include) if include else ()
        self.expressions = tuple(F(each) if isinstance(each, str) else each for each in expressions)

    @property
    def contains_expressions(self) -> bool:
        return bool(self.expressions)

    def check(self, model: Any, connection: Any) -> list[Any]:
        """Return what the database of `connection` cannot do, and names that do not exist."""
        return constraint_checks.check_index(self, model, connection)

    def _get_condition_sql(self, model: Any, schema_editor: Any) -> str | None:
        if self.condition is None:
            return None
        return condition_sql(self.condition, model, schema_editor)

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        """Return the CREATE INDEX statement."""
        include = [model._meta.get_field(name).column for name in self.include]
        condition = self._get_condition_sql(model, schema_editor)
        if self.expressions:
            expressions = resolved_list(self.expressions, model, schema_editor.connection)
            fields = None
            suffixes = None
        else:
            fields = [model._meta.get_field(name) for name, _order in self.fields_orders]
            if schema_editor.connection.features.supports_index_column_ordering:
                suffixes = [order for _name, order in self.fields_orders]
            else:
                suffixes = [""] * len(self.fields_orders)
            expressions = None
        return schema_editor._create_index_sql(
            model,
            fields=fields,
            name=self.name,
            using=using,
            db_tablespace=self.db_tablespace,
            col_suffixes=suffixes,
            opclasses=self.opclasses,
            condition=condition,
            include=include,
            expressions=expressions,
            **kwargs,
        )

    def remove_sql(self, model: Any, schema_editor: Any, **kwargs: Any) -> Any:
        """Return the DROP INDEX statement."""
        return schema_editor._delete_index_sql(model, self.name, **kwargs)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path = f"{type(self).__module__}.{type(self).__name__}".replace(
            "hotclub.db.models.indexes", "hotclub.db.models"
        )
        kwargs: dict[str, Any] = {"name": self.name}
        if self.fields:
            kwargs["fields"] = self.fields
        if self.db_tablespace is not None:
            kwargs["db_tablespace"] = self.db_tablespace
        if self.opclasses:
            kwargs["opclasses"] = self.opclasses
        if self.condition:
            kwargs["condition"] = self.condition
        if self.include:
            kwargs["include"] = self.include
        return path, self.expressions, kwargs

    def clone(self) -> Index:
        """Return a copy."""
        _path, args, kwargs = self.deconstruct()
        return type(self)(*args, **kwargs)

    def set_name_with_model(self, model: Any) -> None:
        """Make a name from table, first column, and a digest of all columns and directions: at most 30 characters."""
        _schema, table = split_identifier(model._meta.db_table)
        columns = [model._meta.get_field(name).column for name, _order in self.fields_orders]
        marked = [
            ("-%s" if order else "%s") % name for name, (_field, order) in zip(columns, self.fields_orders, strict=True)
        ]
        digest = names_digest(table, *marked, self.suffix, length=6)
        self.name = f"{table[:11]}_{columns[0][:7]}_{digest}_{self.suffix}"
        if len(self.name) > self.max_name_length:
            raise ValueError("Index too long for multiple database support. Is self.suffix longer than 3 characters?")
        if self.name[0] == "_" or self.name[0].isdigit():
            # Some databases refuse such names.
            self.name = f"D{self.name[1:]}"

    def __repr__(self) -> str:
        parts = [
            f"fields={self.fields!r}" if self.fields else "",
            f"expressions={self.expressions!r}" if self.expressions else "",
            f"name={self.name!r}" if self.name else "",
            f"db_tablespace={self.db_tablespace!r}" if self.db_tablespace is not None else "",
            f"condition={self.condition}" if self.condition is not None else "",
            f"include={self.include!r}" if self.include else "",
            f"opclasses={self.opclasses!r}" if self.opclasses else "",
        ]
        return f"<{type(self).__qualname__}: {' '.join(part for part in parts if part)}>"

    def __eq__(self, other: object) -> bool:
        if self.__class__ == other.__class__:
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # compared by value, and mutable


Index.__module__ = "hotclub.db.models.indexes"
