"""Exclusion constraints: no two rows for which all the operators hold.

Source: docs ref/contrib/postgres/constraints.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import NoneType
from typing import Any

from hotclub._orm.constraint_checks import check_references, names_in
from hotclub._orm.constraints import certainly, reads_skipped_generated, written_names
from hotclub._orm.fragments import FragmentCompiler, condition_sql, inlined
from hotclub._orm.index_expressions import IndexExpression, bare
from hotclub._orm.model_validation import field_expressions
from hotclub.contrib.postgres.checks import app_installed_errors
from hotclub.contrib.postgres.fields.ranges import RangeOperators
from hotclub.contrib.postgres.operators import OperatorLookup
from hotclub.core.exceptions import FieldDoesNotExist, FieldError
from hotclub.db.backends.ddl_references import Statement, Table
from hotclub.db.models import BaseConstraint, Deferrable, F, Q
from hotclub.db.utils import DEFAULT_DB_ALIAS


class _Compared(OperatorLookup):
    """Two rows' values compared by the operator of a constraint."""

    shape_attributes = ("operator",)
    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Any, operator: str) -> None:
        self.operator = operator
        super().__init__(lhs, rhs)


class ExclusionConstraint(BaseConstraint):
    """A constraint on pairs of rows.

    Args:
        name: name in the database.
        expressions: pairs of a field or expression and an operator (`RangeOperators`); a pair of rows is refused if all
            the operators hold between them.
        index_type: "GIST", "SPGIST" or "hash".
        condition: only rows that match count.
        deferrable: check at the end of the transaction.
        include: further columns to keep in the index.
    """

    def __init__(
        self,
        *,
        name: str,
        expressions: Sequence[tuple[Any, str]],
        index_type: str | None = None,
        condition: Any = None,
        deferrable: Any = None,
        include: Sequence[str] | None = None,
        violation_error_code: str | None = None,
        violation_error_message: Any = None,
    ) -> None:
        kind = (index_type or "GIST").lower()
        if kind not in ("gist", "hash", "spgist"):
            raise ValueError("Exclusion constraints only support GiST, Hash, or SP-GiST indexes.")
        if not expressions:
            raise ValueError("At least one expression is required to define an exclusion constraint.")
        if not all(isinstance(each, (list, tuple)) and len(each) == 2 for each in expressions):
            raise ValueError("The expressions must be a list of 2-tuples.")
        if not isinstance(condition, (NoneType, Q)):
            raise ValueError("ExclusionConstraint.condition must be a Q instance.")
        if not isinstance(deferrable, (NoneType, Deferrable)):
            raise ValueError("ExclusionConstraint.deferrable must be a Deferrable instance.")
        if not isinstance(include, (NoneType, list, tuple)):
            raise ValueError("ExclusionConstraint.include must be a list or tuple.")
        if kind == "hash":
            if include:
                raise ValueError("Covering exclusion constraints using Hash indexes are not supported.")
            if len(expressions) > 1:
                raise ValueError("Composite exclusion constraints using Hash indexes are not supported.")
            if expressions[0][1] != RangeOperators.EQUAL:
                raise ValueError("Exclusion constraints using Hash indexes only support the EQUAL operator.")
        self.expressions = expressions
        self.index_type = index_type or "GIST"
        self.condition = condition
        self.deferrable = deferrable
        self.include = tuple(include) if include else ()
        super().__init__(
            name=name, violation_error_code=violation_error_code, violation_error_message=violation_error_message
        )

    def _pairs(self) -> list[tuple[Any, str]]:
        return [
            (F(expression) if isinstance(expression, str) else expression, operator)
            for expression, operator in self.expressions
        ]

    def check(self, model: Any, connection: Any) -> list[Any]:
        names: set[str] = set()
        for expression, _operator in self._pairs():
            names |= names_in(expression)
        if self.condition is not None:
            names |= names_in(self.condition)
        found = check_references(model, {*names, *self.include})
        return [*found, *app_installed_errors(model, self)]

    # -- DDL --

    def constraint_sql(self, model: Any, schema_editor: Any) -> str:
        fragments = FragmentCompiler(model, schema_editor.connection, qualified=False)
        parts = []
        for expression, operator in self._pairs():
            sql, params = fragments.compile(fragments.resolve(IndexExpression(expression)))
            parts.append(f"{inlined(sql, params, schema_editor)} WITH {operator}")
        quote = schema_editor.quote_name
        text = f"CONSTRAINT {quote(self.name)} EXCLUDE USING {self.index_type} ({', '.join(parts)})"
        if self.include:
            columns = ", ".join(quote(model._meta.get_field(name).column) for name in self.include)
            text += f" INCLUDE ({columns})"
        if self.condition:
            text += f" WHERE ({condition_sql(self.condition, model, schema_editor)})"
        return text + str(schema_editor._deferrable_constraint_sql(self.deferrable))

    def create_sql(self, model: Any, schema_editor: Any) -> Statement:
        return Statement(
            "ALTER TABLE %(table)s ADD %(constraint)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            constraint=self.constraint_sql(model, schema_editor),
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        return schema_editor._delete_constraint_sql(schema_editor.sql_delete_check, model, self.name)

    # -- validation --

    def validate(
        self, model: Any, instance: Any, exclude: Iterable[str] | None = None, using: str = DEFAULT_DB_ALIAS
    ) -> None:
        skipped = set(exclude or ())
        against = field_expressions(instance, model._meta, skipped)
        replacements = {F(name): value for name, value in against.items()}
        conditions = []
        for expression, operator in self._pairs():
            for name in written_names(expression):
                if name in skipped or reads_skipped_generated(model, name, skipped):
                    return
            plain = bare(expression)
            conditions.append(_Compared(plain, plain.replace_expressions(replacements), operator))
        rows = model._default_manager.using(using).filter(*conditions)
        if not instance._state.adding and instance._is_pk_set(model._meta):
            rows = rows.exclude(pk=instance._get_pk_val(model._meta))
        if self.condition is not None:
            # The condition must hold for the new row as well.
            try:
                if not certainly(self.condition).check(against, using=using):
                    return
            except (FieldError, FieldDoesNotExist):
                return
            rows = rows.filter(self.condition)
        if rows.exists():
            raise self._violation()

    # -- identity --

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs["expressions"] = self.expressions
        if self.condition is not None:
            kwargs["condition"] = self.condition
        if self.index_type.lower() != "gist":
            kwargs["index_type"] = self.index_type
        if self.deferrable:
            kwargs["deferrable"] = self.deferrable
        if self.include:
            kwargs["include"] = self.include
        return path, args, kwargs

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExclusionConstraint):
            return super().__eq__(other)
        return self._identity() == other._identity()

    __hash__ = None

    def _identity(self) -> tuple[Any, ...]:
        return (
            self.name,
            self.index_type.lower(),
            self.expressions,
            self.condition,
            self.deferrable,
            self.include,
            self.violation_error_code,
            self.violation_error_message,
        )

    def __repr__(self) -> str:
        return self._repr(
            f"index_type={self.index_type!r}",
            f"expressions={self.expressions!r}",
            f"name={self.name!r}",
            f"condition={self.condition}" if self.condition is not None else "",
            f"deferrable={self.deferrable!r}" if self.deferrable is not None else "",
            f"include={self.include!r}" if self.include else "",
        )
