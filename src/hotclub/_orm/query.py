"""`Query`: what a query set holds: a node of the plan cache, and the values that fill its holes.

A `Query` never changes. A step asks the cache for the next node by the step's key; on a miss the step is carried out on
a clone of the resolved tree, with slots in place of the values.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from hotclub._orm.cache import Node, plans
from hotclub._orm.compile import Compiler
from hotclub._orm.expressions.core import Value
from hotclub._orm.field_classes import BooleanField
from hotclub._orm.functions.comparison import Coalesce
from hotclub._orm.limits import Limits
from hotclub._orm.plan import NeedsText, Plan, bind
from hotclub._orm.q import Q
from hotclub._orm.shape import PLAIN, Sink, Slot, SlotMaker, describe, lookup_value, slotted
from hotclub._orm.tree import QueryTree
from hotclub.conf import settings
from hotclub.core.exceptions import EmptyResultSet
from hotclub.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from hotclub.db.transaction_errors import TransactionManagementError
from hotclub.utils.timezone import get_current_timezone_name

Apply = Callable[[QueryTree, SlotMaker], QueryTree | None]


logger = logging.getLogger("hotclub.db.models")


_new_query = object.__new__


class Query:
    """A query, described: shape and values.

    Args:
        model: whose rows.
        alias_cols: whether columns are written with their table.
    """

    __slots__ = ("node", "values")

    is_query = True
    node: Node
    values: tuple[Any, ...]

    def __init__(self, model: Any = None, alias_cols: bool = True) -> None:
        if alias_cols:
            self.node = plans.root(model)
        else:
            self.node = Node(QueryTree(model, alias_cols=False), None, False)
        self.values = ()

    @classmethod
    def of(cls, node: Node, values: tuple[Any, ...]) -> Query:
        made = cls.__new__(cls)
        made.node = node
        made.values = values
        return made

    @classmethod
    def of_tree(cls, tree: QueryTree, values: tuple[Any, ...] = ()) -> Query:
        """Wrap a tree that the cache does not know."""
        return cls.of(Node(tree, None, False), values)

    # Steps

    def step(self, key: Hashable, apply: Apply) -> Query:
        """Return the query after a step that brings no values."""
        found = plans.find(self.node, key)
        if found is None:
            return self._carry_out(key, Sink(), apply)
        made = _new_query(Query)
        made.node = found
        made.values = self.values
        return made

    def step_with(self, key: Hashable, sink: Sink, apply: Apply) -> Query:
        """Return the query after a step whose values stand in `sink`."""
        found = None if sink.shapeless else plans.find(self.node, key)
        if found is None:
            return self._carry_out(key, sink, apply)
        if found.preparers is not None:
            for index, prepare in enumerate(found.preparers):
                if prepare is not None:
                    sink[index] = prepare(sink[index])
        made = _new_query(Query)
        made.node = found
        made.values = (*self.values, *sink)
        return made

    def _carry_out(self, key: Hashable, sink: Sink, apply: Apply) -> Query:
        maker = SlotMaker(len(self.values))
        tree = self.node.tree.clone()
        tree = apply(tree, maker) or tree
        preparers: list[Callable[[Any], Any] | None] = [None if slot is None else slot.prepare for slot in maker.made]
        prepared = [
            value if prepare is None else prepare(value) for prepare, value in zip(preparers, sink, strict=True)
        ]
        interned = self.node.interned and not sink.shapeless and plans.enabled and not tree.opaque
        node = Node(tree, preparers if any(preparers) else None, interned, key)
        if interned:
            plans.keep(self.node, key, node)
        return Query.of(node, (*self.values, *prepared))

    def sliced(self, low: int | None, high: int | None) -> Query:
        """Return the query for part of its rows, relative to the part taken already.

        Args:
            low: the first row, from zero.
            high: the one after the last.
        """
        base, start, end = self, low or 0, high
        if self.node.tree.is_sliced:
            own_start, own_end = self.low_mark, self.high_mark
            ends = [each for each in (own_end, None if high is None else own_start + high) if each is not None]
            end = min(ends) if ends else None
            start += own_start
            base = self.step("no limits", lambda tree, _maker: tree.clear_limits())
        count = None if end is None else max(end - start, 0)
        if count == 0 or (not start and count in (None, 1)):
            return base.step(("slice", count), lambda tree, _maker: tree.set_limits(0, count))
        sink = Sink()
        if count not in (None, 1):
            sink.append(count)
        if start:
            sink.append(start)

        def apply(tree: QueryTree, maker: SlotMaker) -> None:
            tree.set_limits(start, end)
            first = count if count in (None, 1) else maker.slot(count)
            tree.limits = Limits(first, maker.slot(start) if start else 0)

        return base.step_with(("page", count if count in (None, 1) else int, bool(start)), sink, apply)

    @property
    def low_mark(self) -> int:
        """How many rows are left out before the first."""
        tree = self.node.tree
        return tree.low_mark if tree.limits is None else tree.limits.marks(self.values)[0]

    @property
    def high_mark(self) -> int | None:
        """The row after the last; None if there is no bound."""
        tree = self.node.tree
        return tree.high_mark if tree.limits is None else tree.limits.marks(self.values)[1]

    def with_known_limits(self) -> Query:
        """Return the query with its bounds as part of its shape, for steps that look at them."""
        if self.node.tree.limits is None:
            return self
        low, high = self.low_mark, self.high_mark

        def change(tree: QueryTree, _maker: SlotMaker) -> None:
            tree.clear_limits()
            tree.set_limits(low, high)

        return self.step(("known limits", low, high), change)

    def filter(
        self, negated: bool, args: Sequence[Any], kwargs: dict[str, Any], sticky: bool = False, share_all: bool = False
    ) -> Query:
        """Return the query under the conditions of one filter() or exclude() call."""
        sink = Sink()
        key: list[Hashable] = [negated, sticky, share_all]
        for arg in args:
            key.append(describe(arg, sink))
        if len(kwargs) > 1:
            kwargs = dict(sorted(kwargs.items()))
        for name, value in kwargs.items():
            kind = value.__class__
            if kind in PLAIN:
                sink.append(value)
                key += name, kind
            else:
                if hasattr(kind, "__next__"):
                    kwargs[name] = value = list(value)  # it is looked at more than once
                key += name, describe(lookup_value(name, value), sink)

        def apply(tree: QueryTree, maker: SlotMaker) -> None:
            tree.filter(Q(*args, **kwargs).slotted(maker), negated, sticky, share_all)

        return self.step_with(tuple(key), sink, apply)

    # As a value in another query

    def shape(self, sink: Sink) -> Hashable:
        sink.extend(self.values)
        if not self.node.interned:
            sink.shapeless = True
        return ("query", self.node)

    def slotted(self, maker: SlotMaker) -> QueryTree:
        start = maker.skip(len(self.values))
        tree = self.node.tree
        return tree.with_slots(lambda slot: slot.shifted(start)) if start and self.values else tree.clone()

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> QueryTree:
        return self.realized().resolve_expression(query, *args, **kwargs)

    def realized(self) -> QueryTree:
        """Return the tree with its values in place, for places that know no slots."""
        values = self.values
        if not values:
            return self.node.tree.clone()
        made = self.node.tree.with_slots(lambda slot: values[slot.index])
        made.opaque = True
        return made

    # Text

    def compiler(self, connection: Any, with_values: bool = True) -> Compiler:
        return Compiler(self.node.tree, connection, values=self.values if with_values else None)

    def get_compiler(self, using: str | None = None, connection: Any = None, elide_empty: bool = True) -> Compiler:
        """Return what writes this query, with its values.

        Raises:
            ValueError: neither a database nor a connection was given.
        """
        if using is None and connection is None:
            raise ValueError("Need either using or connection")
        if using:
            connection = connections[using]
        return Compiler(self.node.tree, connection, using, values=self.values, elide_empty=elide_empty)

    def sql_with_params(self, using: str = DEFAULT_DB_ALIAS) -> tuple[str, tuple[Any, ...]]:
        """Return the text and the parameters."""
        compiler = self.get_compiler(using)
        sql, params = compiler.as_sql()
        return sql, tuple(bind(params, self.values))

    def __str__(self) -> str:
        sql, params = self.sql_with_params()
        return sql % params

    def plan(self, alias: str, operation: Hashable, make: Callable[[Compiler], Plan]) -> tuple[Plan, Sequence[Any]]:
        """Return the plan for an operation, and its parameters for these values.

        Args:
            alias: the database.
            operation: what tells this use of the query from others.
            make: compiles the plan on a miss.

        Raises:
            EmptyResultSet: the query is known to find nothing.
        """
        node = self.node
        key = (alias, operation)
        plan = node.plans.get(key)
        if plan is not None and (plan.time_zones is None or plan.time_zones == _zones(alias)):
            if plan.sql is None:
                raise EmptyResultSet
            if plan.locks:
                _require_transaction(alias)
            if plan.fixed:
                return plan, plan.params
            try:
                return plan.bind(self.values)
            except NeedsText:
                return self._plan_with_values(alias, make)
        if not node.interned:
            return self._plan_with_values(alias, make)
        compiler = Compiler(node.tree, connections[alias])
        try:
            plan = make(compiler)
        except EmptyResultSet:
            node.plans[key] = plan = Plan(None, ())
            plan.time_zones = _zones(alias) if compiler.zone_used else None
            raise
        except NeedsText:
            return self._plan_with_values(alias, make)
        plan.time_zones = _zones(alias) if compiler.zone_used else None
        plan.locks = compiler.locks
        if plan.locks:
            _require_transaction(alias)
        if not compiler.volatile:
            node.plans[key] = plan
        try:
            return plan.bind(self.values)
        except NeedsText:
            return self._plan_with_values(alias, make)

    def _plan_with_values(self, alias: str, make: Callable[[Compiler], Plan]) -> tuple[Plan, Sequence[Any]]:
        compiler = Compiler(self.node.tree, connections[alias], values=self.values)
        plan = make(compiler)
        if compiler.locks:
            _require_transaction(alias)
        return plan.bind(self.values)

    # The documented names of what a query is made of

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.node.tree, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.node.tree, self.values)

    def clone(self) -> Query:
        return self

    chain = clone

    def __deepcopy__(self, memo: dict[int, Any]) -> Query:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.node is other.node and self.values == other.values

    def __hash__(self) -> int:
        return id(self.node)

    def rebuilt(self, change: Callable[[QueryTree], None], key: Hashable) -> Query:
        """Return the query after a change of its tree that brings no values."""
        return self.step(key, lambda tree, _maker: change(tree))


def _require_transaction(alias: str) -> None:
    """Refuse to lock rows where the lock would end with the statement.

    Raises:
        TransactionManagementError: the connection is in autocommit mode.
    """
    connection = connections[alias]
    if connection.in_atomic_block or not connection.features.supports_transactions:
        return
    opened = connection.connection is not None
    if connection.autocommit if opened else connection.settings_dict["AUTOCOMMIT"]:
        raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")


def _zones(alias: str) -> tuple[str, ...]:
    """The time zones that the text of a query may depend on, the current one and the connection's; none if they are off."""
    return (get_current_timezone_name(), connections[alias].timezone_name) if settings.USE_TZ else ()


def _restored(tree: QueryTree, values: tuple[Any, ...]) -> Query:
    return Query.of_tree(tree, values)


def check_conditions(q: Q, against: dict[str, Any], using: str = DEFAULT_DB_ALIAS) -> bool:
    """Ask the database whether conditions hold for given values.

    Args:
        q: the conditions.
        against: value or expression by field name.
        using: database to ask.
    """
    tree = QueryTree(None)
    for name, value in against.items():
        expression = value if hasattr(value, "resolve_expression") else Value(value)
        tree.add_annotation(expression, name, select=False)
    tree.add_annotation(Value(1), "_check")
    connection = connections[using]
    if connection.features.supports_comparing_boolean_expr:
        tree.filter(Q(Coalesce(q, True, output_field=BooleanField())), False)
    else:
        tree.filter(q, False)
    compiler = Compiler(tree, connection, values=())
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return False
    try:
        return bool(connection.fetch(sql, bind(params, ())))
    except DatabaseError as error:
        logger.warning("Got a database error calling check() on %r: %s", q, error)
        return True


Q._checker = check_conditions
__all__ = ["Query", "Slot", "check_conditions", "slotted"]
Query.__module__ = "hotclub.db.models.sql.query"
