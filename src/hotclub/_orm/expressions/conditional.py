"""`When` and `Case`: values that depend on conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub._orm.expressions.core import SQL, Expression, Value
from hotclub._orm.q import Q
from hotclub.core.exceptions import EmptyResultSet, FullResultSet


class When(Expression):
    """A condition and the value that holds where the condition does.

    Source: docs ref/models/conditional-expressions, "When".
    """

    shape_attributes = ()
    template = "WHEN %(condition)s THEN %(result)s"
    conditional = False
    deconstruct_path = "hotclub.db.models.When"

    def __init__(self, condition: Any = None, then: Any = None, **lookups: Any) -> None:
        if invalid := sorted({"_connector", "_negated"}.intersection(lookups)):
            raise TypeError(f"The following kwargs are invalid: {', '.join(repr(name) for name in invalid)}")
        if lookups:
            if condition is None:
                condition, lookups = Q(**lookups), {}
            elif getattr(condition, "conditional", False):
                condition, lookups = Q(condition, **lookups), {}
        if condition is None or not getattr(condition, "conditional", False) or lookups:
            raise TypeError("When() supports a Q object, a boolean expression, or lookups as a condition.")
        if isinstance(condition, Q) and not condition:
            raise ValueError("An empty Q() can't be used as a When() condition.")
        super().__init__(output_field=None)
        self.condition = condition
        self.result = self._parse_expressions(then)[0]

    def __str__(self) -> str:
        return f"WHEN {self.condition!r} THEN {self.result!r}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def get_source_expressions(self) -> list[Any]:
        return [self.condition, self.result]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.condition, self.result = exprs

    def get_source_fields(self) -> list[Any]:
        return [self.result._output_field_or_none]  # the condition says nothing about the type

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        made = self.copy()
        made.is_summary = summarize
        made.condition = made.condition.resolve_expression(query, allow_joins, reuse, summarize, False)
        made.result = made.result.resolve_expression(query, allow_joins, reuse, summarize, for_save)
        made.refuse_composite([made.result])
        return made

    def as_sql(self, compiler: Any, connection: Any, template: str | None = None, **extra_context: Any) -> SQL:
        connection.ops.check_expression_support(self)
        condition, condition_params = compiler.compile(self.condition)
        result, result_params = compiler.compile(self.result)
        data = {**extra_context, "condition": condition, "result": result}
        return (template or self.template) % data, (*condition_params, *result_params)

    def get_group_by_cols(self) -> list[Any]:
        return [col for part in self.get_source_expressions() for col in part.get_group_by_cols()]

    @property
    def allowed_default(self) -> bool:  # type: ignore[override]
        return bool(self.condition.allowed_default and self.result.allowed_default)


class Case(Expression):
    """The value of the first `When` that holds, else the default.

    Source: docs ref/models/conditional-expressions, "Case".
    """

    shape_attributes = ("extra",)
    template = "CASE %(cases)s ELSE %(default)s END"
    case_joiner = " "
    cast_numeric = True
    deconstruct_path = "hotclub.db.models.Case"

    def __init__(self, *cases: Any, default: Any = None, output_field: Any = None, **extra: Any) -> None:
        if not all(isinstance(case, When) for case in cases):
            raise TypeError("Positional arguments must all be When objects.")
        super().__init__(output_field)
        self.cases = list(cases)
        self.default = self._parse_expressions(default)[0]
        self.extra = extra

    def __str__(self) -> str:
        return f"CASE {', '.join(str(case) for case in self.cases)}, ELSE {self.default!r}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def get_source_expressions(self) -> list[Any]:
        return [*self.cases, self.default]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        *self.cases, self.default = exprs

    def copy(self) -> Any:
        made = super().copy()
        made.cases = made.cases[:]
        return made

    def as_sql(
        self,
        compiler: Any,
        connection: Any,
        template: str | None = None,
        case_joiner: str | None = None,
        **extra_context: Any,
    ) -> SQL:
        connection.ops.check_expression_support(self)
        if not self.cases:
            return compiler.compile(self.default)  # type: ignore[no-any-return]
        parts: list[str] = []
        params: list[Any] = []
        default, default_params = compiler.compile(self.default)
        for case in self.cases:
            try:
                sql, case_params = compiler.compile(case)
            except EmptyResultSet:
                continue  # never true
            except FullResultSet:
                default, default_params = compiler.compile(case.result)
                break
            parts.append(sql)
            params.extend(case_params)
        if not parts:
            return default, default_params
        data = {**self.extra, **extra_context}
        data["cases"] = (case_joiner or self.case_joiner).join(parts)
        data["default"] = default
        params.extend(default_params)
        sql = (template or data.get("template", self.template)) % data
        if self._output_field_or_none is not None:
            sql = connection.ops.unification_cast_sql(self.output_field) % sql
        return sql, params

    def get_group_by_cols(self) -> list[Any]:
        if not self.cases:
            return self.default.get_group_by_cols()  # type: ignore[no-any-return]
        return super().get_group_by_cols()

    @property
    def allowed_default(self) -> bool:  # type: ignore[override]
        return bool(self.default.allowed_default and all(case.allowed_default for case in self.cases))


def condition_or_full(compiler: Any, condition: Any) -> SQL:
    """Compile a condition for a place that needs text even where the condition always holds."""
    try:
        return compiler.compile(condition)  # type: ignore[no-any-return]
    except FullResultSet:
        return compiler.compile(Value(True))  # type: ignore[no-any-return]


for _public in (When, Case):
    _public.__module__ = "hotclub.db.models.expressions"
