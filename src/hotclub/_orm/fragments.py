"""SQL fragments outside queries: expressions in writes, conditions of constraints and indexes, generated columns."""

from __future__ import annotations

from typing import Any

from hotclub._orm.compile import Compiler
from hotclub._orm.plan import bind
from hotclub._orm.tree import QueryTree


class FragmentCompiler:
    """Compiles expressions over the columns of one model.

    Args:
        model: whose columns the expressions name.
        connection: the database to write for.
        qualified: write columns with their table; not inside CREATE TABLE.
    """

    def __init__(self, model: Any, connection: Any, *, qualified: bool = True) -> None:
        self.connection = connection
        self.tree = QueryTree(model, alias_cols=qualified)
        self.tree.get_initial_alias()
        self.compiler = Compiler(self.tree, connection, values=())

    def resolve(self, expression: Any, *, for_save: bool = False) -> Any:
        return expression.resolve_expression(self.tree, allow_joins=False, for_save=for_save)

    def compile(self, node: Any) -> tuple[str, list[Any]]:
        """Return text and parameters of a resolved node."""
        sql, params = self.compiler.compile(node)
        return sql, bind(params, ())

    def expression(self, expression: Any, *, for_save: bool = False) -> tuple[str, list[Any]]:
        return self.compile(self.resolve(expression, for_save=for_save))

    def condition(self, q: Any) -> tuple[str, list[Any]]:
        """Return text and parameters of a condition (`Q`)."""
        return self.compile(self.tree.build_where(q))


def condition_sql(q: Any, model: Any, schema_editor: Any) -> str:
    """Return a condition with its values written in, for DDL."""
    fragments = FragmentCompiler(model, schema_editor.connection, qualified=False)
    sql, params = fragments.condition(q)
    return inlined(sql, params, schema_editor)


def inlined(sql: str, params: list[Any], schema_editor: Any) -> str:
    """Write values into a text as literals: DDL takes no parameters."""
    return sql % tuple(schema_editor.quote_value(value) for value in params)


def generated_sql(field: Any, connection: Any) -> tuple[str, list[Any]]:
    """Return the text and parameters of a generated column's expression."""
    return FragmentCompiler(field.model, connection, qualified=False).expression(field.expression)
