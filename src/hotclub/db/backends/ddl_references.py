"""Parts of DDL statements that still refer to tables and columns by name, so that a rename can reach them.

The schema editor keeps such statements until its end (`deferred_sql`). Each part answers `references_table`,
`references_column` and `references_index`, and follows renames until it is turned into text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any

QuoteName = Callable[[str], str]


class Reference:
    """A part of a statement that refers to nothing in particular."""

    def references_table(self, table: str) -> bool:
        """Say whether the part mentions a table."""
        return False

    def references_column(self, table: str, column: str) -> bool:
        """Say whether the part mentions a column of a table."""
        return False

    def references_index(self, table: str, index: str) -> bool:
        """Say whether the part mentions an index of a table."""
        return False

    def rename_table_references(self, old_table: str, new_table: str) -> None:
        """Follow a table's new name."""

    def rename_column_references(self, table: str, old_column: str, new_column: str) -> None:
        """Follow a column's new name."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {str(self)!r}>"

    def __str__(self) -> str:
        raise NotImplementedError("Subclasses must define how they should be converted to string.")


class Table(Reference):
    """The name of a table."""

    def __init__(self, table: str, quote_name: QuoteName) -> None:
        self.table = table
        self.quote_name = quote_name

    def references_table(self, table: str) -> bool:
        return self.table == table

    def references_index(self, table: str, index: str) -> bool:
        return self.references_table(table) and str(self) == self.quote_name(index)

    def rename_table_references(self, old_table: str, new_table: str) -> None:
        if self.table == old_table:
            self.table = new_table

    def __str__(self) -> str:
        return self.quote_name(self.table)


class TableColumns(Table):
    """Columns of a table; the base of what names columns."""

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self.table = table
        self.columns = list(columns)

    def references_index(self, table: str, index: str) -> bool:
        return False

    def references_column(self, table: str, column: str) -> bool:
        return self.table == table and column in self.columns

    def rename_column_references(self, table: str, old_column: str, new_column: str) -> None:
        if self.table == table:
            self.columns = [new_column if column == old_column else column for column in self.columns]


class Columns(TableColumns):
    """A list of column names, each with an optional suffix such as `DESC`."""

    def __init__(
        self, table: str, columns: Sequence[str], quote_name: QuoteName, col_suffixes: Sequence[str] = ()
    ) -> None:
        super().__init__(table, columns)
        self.quote_name = quote_name
        self.col_suffixes = col_suffixes

    def _column(self, position: int, column: str) -> str:
        text = self.quote_name(column)
        suffix = self.col_suffixes[position] if position < len(self.col_suffixes) else ""
        return f"{text} {suffix}" if suffix else text

    def __str__(self) -> str:
        return ", ".join(self._column(position, column) for position, column in enumerate(self.columns))


class IndexName(TableColumns):
    """The name of an index, made from its table and columns when it is turned into text."""

    def __init__(
        self, table: str, columns: Sequence[str], suffix: str, create_index_name: Callable[[str, list[str], str], str]
    ) -> None:
        super().__init__(table, columns)
        self.suffix = suffix
        self.create_index_name = create_index_name

    def __str__(self) -> str:
        return self.create_index_name(self.table, self.columns, self.suffix)


class IndexColumns(Columns):
    """Columns of an index, each with its operator class."""

    def __init__(
        self,
        table: str,
        columns: Sequence[str],
        quote_name: QuoteName,
        col_suffixes: Sequence[str] = (),
        opclasses: Sequence[str] = (),
    ) -> None:
        super().__init__(table, columns, quote_name, col_suffixes)
        self.opclasses = opclasses

    def _column(self, position: int, column: str) -> str:
        parts = [self.quote_name(column)]
        if position < len(self.opclasses) and self.opclasses[position]:
            parts.append(self.opclasses[position])
        if position < len(self.col_suffixes) and self.col_suffixes[position]:
            parts.append(self.col_suffixes[position])
        return " ".join(parts)


class ForeignKeyName(TableColumns):
    """The name of a foreign key constraint, made from both ends when it is turned into text."""

    def __init__(
        self,
        from_table: str,
        from_columns: Sequence[str],
        to_table: str,
        to_columns: Sequence[str],
        suffix_template: str,
        create_fk_name: Callable[[str, list[str], str], str],
    ) -> None:
        super().__init__(from_table, from_columns)
        self.to_reference = TableColumns(to_table, to_columns)
        self.suffix_template = suffix_template
        self.create_fk_name = create_fk_name

    def references_table(self, table: str) -> bool:
        return super().references_table(table) or self.to_reference.references_table(table)

    def references_column(self, table: str, column: str) -> bool:
        return super().references_column(table, column) or self.to_reference.references_column(table, column)

    def rename_table_references(self, old_table: str, new_table: str) -> None:
        super().rename_table_references(old_table, new_table)
        self.to_reference.rename_table_references(old_table, new_table)

    def rename_column_references(self, table: str, old_column: str, new_column: str) -> None:
        super().rename_column_references(table, old_column, new_column)
        self.to_reference.rename_column_references(table, old_column, new_column)

    def __str__(self) -> str:
        suffix = self.suffix_template % {"to_table": self.to_reference.table, "to_column": self.to_reference.columns[0]}
        return self.create_fk_name(self.table, self.columns, suffix)


class Statement(Reference):
    """A statement template and its parts; parts may be references or plain text."""

    def __init__(self, template: str, **parts: Any) -> None:
        self.template = template
        self.parts = parts

    def _references(self) -> list[Any]:
        return [part for part in self.parts.values() if hasattr(part, "references_table")]

    def references_table(self, table: str) -> bool:
        return any(part.references_table(table) for part in self._references())

    def references_column(self, table: str, column: str) -> bool:
        return any(part.references_column(table, column) for part in self._references())

    def references_index(self, table: str, index: str) -> bool:
        return any(part.references_index(table, index) for part in self._references())

    def rename_table_references(self, old_table: str, new_table: str) -> None:
        for part in self._references():
            part.rename_table_references(old_table, new_table)

    def rename_column_references(self, table: str, old_column: str, new_column: str) -> None:
        for part in self._references():
            part.rename_column_references(table, old_column, new_column)

    def __str__(self) -> str:
        return self.template % self.parts


class Expressions(TableColumns):
    """Compiled expressions of an index or constraint.

    Args:
        table: the table they belong to.
        expressions: the resolved expressions.
        compiler: compiler of a query over the model.
        quote_value: writes a value into DDL, where parameters are not allowed.
    """

    def __init__(self, table: str, expressions: Any, compiler: Any, quote_value: Callable[[Any], str]) -> None:
        self.compiler = compiler
        self.expressions = expressions
        self.quote_value = quote_value
        super().__init__(table, [column.target.column for column in _columns_in(expressions)])

    def rename_table_references(self, old_table: str, new_table: str) -> None:
        if self.table != old_table:
            return
        self.expressions = self.expressions.relabeled_clone({old_table: new_table})
        super().rename_table_references(old_table, new_table)

    def rename_column_references(self, table: str, old_column: str, new_column: str) -> None:
        if self.table != table:
            return
        expressions = deepcopy(self.expressions)
        self.columns = []
        for column in _columns_in(expressions):
            if column.target.column == old_column:
                column.target.column = new_column
            self.columns.append(column.target.column)
        self.expressions = expressions

    def __str__(self) -> str:
        sql, params = self.compiler.compile(self.expressions)
        return str(sql % tuple(map(self.quote_value, params)))


def _columns_in(expression: Any) -> Iterator[Any]:
    """Give the column references inside a compiled expression."""
    if hasattr(expression, "target") and hasattr(expression, "alias"):
        yield expression
        return
    sources = expression if isinstance(expression, (list, tuple)) else expression.get_source_expressions()
    for source in sources:
        if source is not None:
            yield from _columns_in(source)
