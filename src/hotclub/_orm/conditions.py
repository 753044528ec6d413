"""`Conditions`: resolved conditions joined by AND, OR or XOR; what stands in WHERE and HAVING.

A part is a resolved lookup, a boolean expression or another `Conditions`. A part that can never hold raises
`EmptyResultSet` while it is written, one that always holds raises `FullResultSet`; the tree counts them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.core import SQL
from hotclub._orm.q import AND, OR, XOR
from hotclub._orm.shape import Sink, SlotMaker
from hotclub.core.exceptions import EmptyResultSet, FullResultSet


class Conditions:
    """A node of the tree of conditions.

    Args:
        children: the parts.
        connector: AND, OR or XOR.
        negated: whether the whole is turned round.
    """

    conditional = True
    filterable = True
    is_summary = False
    subquery = False
    resolved = True
    empty_result_set_value = False
    allowed_default = False
    shape_neutral = True

    def __init__(self, children: Sequence[Any] | None = None, connector: str = AND, negated: bool = False) -> None:
        self.children: list[Any] = list(children or ())
        self.connector = connector
        self.negated = negated

    def __bool__(self) -> bool:
        return bool(self.children)

    def __len__(self) -> int:
        return len(self.children)

    def __repr__(self) -> str:
        sign = "NOT " if self.negated else ""
        return f"<{type(self).__name__}: {sign}({self.connector}: {', '.join(map(repr, self.children))})>"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Conditions)
            and (self.connector, self.negated) == (other.connector, other.negated)
            and self.children == other.children
        )

    def __hash__(self) -> int:
        return hash((self.connector, self.negated, tuple(self.children)))

    def copy(self) -> Conditions:
        return Conditions(self.children, self.connector, self.negated)

    def negate(self) -> None:
        """Turn the meaning round, in place."""
        self.negated = not self.negated

    def add(self, part: Any, connector: str) -> None:
        """Join a part, flattening where that changes nothing."""
        if self.connector != connector and self.children:
            own = self.copy()
            self.children, self.connector, self.negated = [own], connector, False
        self.connector = connector
        if isinstance(part, Conditions) and not part.negated and (part.connector == connector or len(part) == 1):
            self.children.extend(part.children)
        else:
            self.children.append(part)

    # Expression protocol

    def get_source_expressions(self) -> list[Any]:
        return self.children

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.children = list(exprs)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Conditions:
        made = self.copy()
        made.children = [child.resolve_expression(*args, **kwargs) for child in self.children]
        return made

    @property
    def output_field(self) -> Any:
        return fields.BooleanField()

    @property
    def _output_field_or_none(self) -> Any:
        return self.output_field

    def select_format(self, compiler: Any, sql: str, params: Any) -> Any:
        return sql, params

    def get_db_converters(self, connection: Any) -> list[Any]:
        return list(self.output_field.get_db_converters(connection))

    def get_lookup(self, lookup: str) -> Any:
        return self.output_field.get_lookup(lookup)

    def _any(self, name: str) -> bool:
        return any(getattr(child, name, False) for child in self.children)

    @property
    def contains_aggregate(self) -> bool:
        return self._any("contains_aggregate")

    @property
    def contains_over_clause(self) -> bool:
        return self._any("contains_over_clause")

    @property
    def contains_column_references(self) -> bool:
        return self._any("contains_column_references")

    @property
    def contains_set_returning(self) -> bool:
        return self._any("contains_set_returning")

    def get_group_by_cols(self) -> list[Any]:
        return [col for child in self.children for col in child.get_group_by_cols()]

    def get_refs(self) -> set[str]:
        found: set[str] = set()
        for child in self.children:
            found |= child.get_refs()
        return found

    def replace_expressions(self, replacements: dict[Any, Any]) -> Any:
        made = self.copy()
        made.children = [
            child.replace_expressions(replacements) if hasattr(child, "replace_expressions") else child
            for child in self.children
        ]
        return made

    def relabeled_clone(self, change_map: dict[str, str]) -> Conditions:
        made = self.copy()
        made.children = [
            child.relabeled_clone(change_map) if hasattr(child, "relabeled_clone") else child for child in self.children
        ]
        return made

    def flatten(self) -> Iterator[Any]:
        yield self
        for child in self.children:
            if hasattr(child, "flatten"):
                yield from child.flatten()
            else:
                yield child

    def leaves(self) -> Iterator[Any]:
        """Yield the parts that are no trees."""
        for child in self.children:
            if isinstance(child, Conditions):
                yield from child.leaves()
            else:
                yield child

    def shape(self, sink: Sink) -> Hashable:
        sink.shapeless = True  # resolved conditions never stand in a description
        return None

    def slotted(self, maker: SlotMaker) -> Any:
        return self

    # Text

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        """Write the tree.

        Raises:
            EmptyResultSet: the conditions can never hold.
            FullResultSet: they always hold.
        """
        if self.connector == XOR:  # counted on every database: one meaning, and constant parts fold
            return self._as_counted_xor(compiler, connection)
        if not self.children:
            raise FullResultSet
        # AND is decided by one part that never holds, OR by one that always does; the other kind changes nothing.
        decisive = EmptyResultSet if self.connector == AND else FullResultSet
        parts: list[str] = []
        params: list[Any] = []
        for child in self.children:
            try:
                sql, child_params = compiler.compile(child)
            except (EmptyResultSet, FullResultSet) as verdict:
                if isinstance(verdict, decisive):
                    raise self._verdict(decisive is FullResultSet) from None
                continue
            if sql:
                parts.append(sql)
                params.extend(child_params)
        if not parts:
            raise self._verdict(decisive is EmptyResultSet)
        text = f" {self.connector} ".join(parts)
        if self.negated:
            text = f"NOT ({text})"
        elif len(parts) > 1:
            text = f"({text})"
        return text, params

    def _verdict(self, holds: bool) -> Exception:
        """Return what says that the tree always holds, or never does."""
        return FullResultSet() if holds != self.negated else EmptyResultSet()

    def _as_counted_xor(self, compiler: Any, connection: Any) -> SQL:
        """Write `a XOR b XOR c` as: at least one holds, and an odd number of them do."""
        parts: list[str] = []
        params: list[Any] = []
        always = 0
        for child in self.children:
            try:
                sql, child_params = compiler.compile(child)
            except EmptyResultSet:
                continue
            except FullResultSet:
                always += 1
                continue
            parts.append(f"CASE WHEN {sql} THEN 1 ELSE 0 END")
            params.extend(child_params)
        if not parts:
            holds = always % 2 == 1
            raise FullResultSet if holds != self.negated else EmptyResultSet
        wanted = 0 if always % 2 == 1 else 1
        if self.negated:
            wanted = 1 - wanted
        modulus = connection.ops.combine_expression("%%", [f"({' + '.join(parts)})", "2"])
        return f"({modulus} = {wanted})", params

    def split_having_qualify(self, must_group_by: bool = False) -> tuple[Any, Any, Any]:
        """Part the tree into what belongs to WHERE, HAVING and after the window functions.

        Returns:
            Three trees; None where there is nothing.
        """
        if not self.contains_aggregate and not self.contains_over_clause:
            return self, None, None
        apart = not self.negated and self.connector == AND
        if not apart:
            if self.contains_over_clause:
                mixed = any(
                    not getattr(leaf, "contains_over_clause", False) and not getattr(leaf, "contains_aggregate", False)
                    for leaf in self.leaves()
                )
                if must_group_by and mixed:
                    raise NotImplementedError(
                        "Heterogeneous disjunctive predicates against window functions are not implemented when "
                        "performing conditional aggregation."
                    )
                return None, None, self
            return None, self, None
        piles: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        for child in self.children:
            if isinstance(child, Conditions):
                for pile, part in zip(piles, child.split_having_qualify(must_group_by), strict=True):
                    if part is not None:
                        pile.append(part)
            elif getattr(child, "contains_over_clause", False):
                piles[2].append(child)
            elif getattr(child, "contains_aggregate", False):
                piles[1].append(child)
            else:
                piles[0].append(child)
        where, having, qualify = (Conditions(pile, AND) if pile else None for pile in piles)
        return where, having, qualify


class NothingNode:
    """A condition that never holds."""

    contains_aggregate = False
    contains_over_clause = False
    contains_column_references = False
    filterable = True
    conditional = True

    def as_sql(self, compiler: Any = None, connection: Any = None) -> SQL:
        raise EmptyResultSet

    def relabeled_clone(self, change_map: dict[str, str]) -> NothingNode:
        return self

    def resolve_expression(self, *args: Any, **kwargs: Any) -> NothingNode:
        return self

    def get_group_by_cols(self) -> list[Any]:
        return []

    def get_refs(self) -> set[str]:
        return set()

    def get_source_expressions(self) -> list[Any]:
        return []


class ExtraWhere:
    """The raw conditions of `extra(where=…)`."""

    contains_aggregate = False
    contains_over_clause = False
    contains_column_references = False
    filterable = True

    def __init__(self, sqls: Sequence[str], params: Sequence[Any]) -> None:
        self.sqls, self.params = sqls, params

    def as_sql(self, compiler: Any = None, connection: Any = None) -> SQL:
        return " AND ".join(f"({sql})" for sql in self.sqls), list(self.params or ())

    def relabeled_clone(self, change_map: dict[str, str]) -> ExtraWhere:
        return self

    def resolve_expression(self, *args: Any, **kwargs: Any) -> ExtraWhere:
        return self

    def get_group_by_cols(self) -> list[Any]:
        return []

    def get_refs(self) -> set[str]:
        return set()

    def get_source_expressions(self) -> list[Any]:
        return []


__all__ = ["AND", "OR", "XOR", "Conditions", "ExtraWhere", "NothingNode"]
