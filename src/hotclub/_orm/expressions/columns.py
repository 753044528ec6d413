"""Resolved references: columns of tables in the query, and names of selected annotations."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from hotclub._orm.expressions.base import SQL, Expression, late
from hotclub._orm.shape import Sink


class Col(Expression):
    """A column of a table in the query.

    Args:
        alias: name under which the table stands in the query.
        target: the field.
        output_field: type to read it as, if not the field itself.
    """

    shape_attributes = ("alias", "target")
    contains_aggregate = contains_over_clause = contains_set_returning = False
    contains_column_references = True
    possibly_multivalued = False

    def __init__(self, alias: str | None, target: Any, output_field: Any = None) -> None:
        super().__init__(output_field=target if output_field is None else output_field)
        self.alias, self.target = alias, target

    def __repr__(self) -> str:
        parts = [str(self.target)] if self.alias is None else [self.alias, str(self.target)]
        return f"{type(self).__name__}({', '.join(parts)})"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        column = connection.ops.quote_name(self.target.column)
        if self.alias is None:
            return column, []
        return f"{compiler.quote_name(self.alias)}.{column}", []

    def relabeled_leaf(self, relabels: dict[str, str]) -> Any:
        if self.alias is None or self.alias not in relabels:
            return self
        made = self.copy()
        made.alias = relabels[self.alias]
        return made

    def get_group_by_cols(self) -> list[Any]:
        return [self]

    def get_db_converters(self, connection: Any) -> list[Callable[..., Any]]:
        if self.target == self.output_field:
            return list(self.output_field.get_db_converters(connection))
        return [*self.output_field.get_db_converters(connection), *self.target.get_db_converters(connection)]

    @property
    def identity(self) -> Hashable:
        return (type(self), self.alias, self.target)

    def shape(self, sink: Sink) -> Hashable:
        return (type(self), self.alias, self.target)


class ColPairs(Expression):
    """The columns of a composite key, side by side."""

    shape_attributes = ("alias",)
    allows_composite_expressions = True
    contains_column_references = True

    def __init__(self, alias: str | None, targets: Sequence[Any], sources: Sequence[Any], output_field: Any) -> None:
        super().__init__(output_field=output_field)
        self.alias, self.targets, self.sources = alias, targets, sources

    def __len__(self) -> int:
        return len(self.targets)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.get_cols())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.alias!r}, {self.targets!r}, {self.sources!r}, {self.output_field!r})"

    def get_cols(self) -> list[Col]:
        return [Col(self.alias, target, source) for target, source in zip(self.targets, self.sources, strict=True)]

    def get_source_expressions(self) -> list[Any]:
        return list(self.get_cols())

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.alias = exprs[0].alias
        self.targets = [col.target for col in exprs]
        self.sources = [col.field for col in exprs]

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        parts, params = [], []
        for col in self.get_cols():
            sql, col_params = compiler.compile(col)
            parts.append(sql)
            params.extend(col_params)
        return ", ".join(parts), params

    def relabeled_leaf(self, relabels: dict[str, str]) -> Any:
        return type(self)(relabels.get(self.alias or "", self.alias), self.targets, self.sources, self.output_field)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        return self

    def get_group_by_cols(self) -> list[Any]:
        return self.get_cols()

    def select_format(self, compiler: Any, sql: str, params: Sequence[Any]) -> SQL:
        return sql, params

    @property
    def identity(self) -> Hashable:
        return (type(self), self.alias, tuple(self.targets))


class Ref(Expression):
    """The name of a selected annotation, where SQL allows to say it instead of repeating the expression."""

    shape_attributes = ("refs",)

    def __init__(self, refs: str, source: Any) -> None:
        super().__init__()
        self.refs, self.source = refs, source

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.refs}, {self.source})"

    def get_source_expressions(self) -> list[Any]:
        return [self.source]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.source,) = exprs

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        return self  # the source has been resolved already

    def get_refs(self) -> set[str]:
        return {self.refs}

    def relabeled_leaf(self, relabels: dict[str, str]) -> Any:
        return self  # names of selected columns are not table aliases

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        return compiler.quote_name(self.refs), []

    def get_group_by_cols(self) -> list[Any]:
        return [self]


late.column_pairs = ColPairs
