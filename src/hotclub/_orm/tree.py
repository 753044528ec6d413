"""`QueryTree`: one query, resolved; what a step of a query set changes and what the compiler writes.

A tree is changed only while a step builds it from a clone of the one before; afterwards it is shared and must stay as
it is. Values of the query stand in it as slots. A tree speaks the expression protocol, so that it can stand inside
another query: `resolve_expression` gives a copy that is bound to the outer one.
"""

from __future__ import annotations

import copy
import string
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

from hotclub._orm.conditions import AND, XOR, Conditions, ExtraWhere, NothingNode
from hotclub._orm.expressions.core import Col, ColPairs, OuterRef, ResolvedOuterRef, rewrite
from hotclub._orm.joins import FilteredRelation, Table
from hotclub._orm.limits import Limits
from hotclub._orm.lookups.core import slot_visitor
from hotclub._orm.q import Q
from hotclub._orm.resolve import SEPARATOR, aliases_in
from hotclub._orm.selection import Selection, check_alias
from hotclub._orm.shape import Slot, SlotMaker
from hotclub.core.exceptions import FieldError


def _prefixes() -> Iterator[str]:
    yield from string.ascii_uppercase[string.ascii_uppercase.index("U") :]
    for pair in product(string.ascii_uppercase, repeat=2):
        yield "".join(pair)


class QueryTree(Selection):
    """A resolved query."""

    is_query_tree = True
    subquery = False
    conditional = False
    filterable = True
    contains_aggregate = False
    contains_over_clause = False
    empty_result_set_value = None
    window_compatible = False
    allowed_default = False
    is_summary = False
    set_returning = False
    compiler_class: Any = None  # set by the compiler module, which stands above

    def __init__(self, model: Any = None, alias_cols: bool = True) -> None:
        self.model = model
        self.alias_cols = alias_cols
        self.tables: dict[str, Table] = {}
        self.alias_prefix = "T"
        self.alias_count = 0
        self.subq_aliases: frozenset[str] = frozenset({"T"})
        self.external_aliases: dict[str, bool] = {}
        self.where = Conditions()
        self.annotations: dict[str, Any] = {}
        self.annotation_mask: frozenset[str] | None = None
        self.alias_names: frozenset[str] = frozenset()
        self.filtered_relations: dict[str, FilteredRelation] = {}
        self.select: tuple[Any, ...] = ()
        self.values_select: tuple[str, ...] = ()
        self.selected: dict[str, Any] | None = None
        self.repeated: tuple[str, ...] = ()  # the names of values_list(), where one stands there twice
        self.default_cols = True
        self.group_by: tuple[Any, ...] | bool | None = None
        self.order_by: tuple[Any, ...] = ()
        self.extra_order_by: tuple[Any, ...] = ()
        self.default_ordering = True
        self.standard_ordering = True
        self.distinct = False
        self.distinct_fields: tuple[str, ...] = ()
        self.low_mark = 0
        self.high_mark: int | None = None
        self.limits: Limits | None = None
        self.select_related: Any = False
        self.max_depth = 5
        self.deferred_loading: tuple[frozenset[str], bool] = (frozenset(), True)
        self.combinator: str | None = None
        self.combinator_all = False
        self.combined_queries: tuple[Any, ...] = ()
        self.select_for_update = False
        self.select_for_update_nowait = False
        self.select_for_update_skip_locked = False
        self.select_for_update_of: tuple[str, ...] = ()
        self.select_for_no_key_update = False
        self.extra: dict[str, tuple[str, Sequence[Any]]] = {}
        self.extra_select_mask: frozenset[str] | None = None
        self.extra_tables: tuple[str, ...] = ()
        self.explain_info: Any = None
        self.subquery_over: Any = None
        self.sticky_aliases: set[str] | None = None
        self.existence = False
        self.existence_limited = True
        self.opaque = False
        self.db: str | None = None

    # Copies

    def clone(self) -> QueryTree:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.tables = self.tables.copy()
        made.where = self.where.copy()
        made.annotations = self.annotations.copy()
        made.filtered_relations = self.filtered_relations.copy()
        made.extra = self.extra.copy()
        made.external_aliases = self.external_aliases.copy()
        made.selected = None if self.selected is None else self.selected.copy()
        if isinstance(self.select_related, dict):
            made.select_related = copy.deepcopy(self.select_related)
        return made

    copy = clone
    chain = clone

    def new_tree(self, model: Any) -> QueryTree:
        return QueryTree(model)

    def __deepcopy__(self, memo: dict[int, Any]) -> QueryTree:
        return self.clone()

    def rewritten(self, visit: Callable[[Any], Any]) -> QueryTree:
        """Return a copy in which each expression was rebuilt by `visit` (see `expressions.rewrite`)."""
        made = self.clone()
        made.where = rewrite(self.where, visit)
        made.annotations = {name: rewrite(part, visit) for name, part in self.annotations.items()}
        made.select = tuple(rewrite(part, visit) for part in self.select)
        if isinstance(self.group_by, tuple):
            made.group_by = tuple(rewrite(part, visit) for part in self.group_by)
        made.order_by = tuple(
            rewrite(part, visit) if hasattr(part, "resolve_expression") else part for part in self.order_by
        )
        made.combined_queries = tuple(part.rewritten(visit) for part in self.combined_queries)
        if self.limits is not None:
            (visit(self.limits) or self.limits).put_on(made)
        for alias, table in self.tables.items():
            if table.filtered is not None:
                table = copy.copy(table)
                table.filtered = table.filtered.rewritten(visit)
                made.tables[alias] = table
        for name, filtered in self.filtered_relations.items():
            made.filtered_relations[name] = filtered.rewritten(visit)
        if self.subquery_over is not None:
            made.subquery_over = self.subquery_over.rewritten(visit)
        return made

    def with_slots(self, replace: Callable[[Slot], Any]) -> QueryTree:
        """Return a copy with other slots, or with values in place of the slots."""
        return self.rewritten(slot_visitor(replace))

    def relabel(self, aliases: dict[str, str]) -> None:
        """Exchange aliases of the tree's own tables, in place."""
        if not aliases:
            return
        self.where = self.where.relabeled_clone(aliases)
        self.annotations = {
            name: part.relabeled_clone(aliases) if hasattr(part, "relabeled_clone") else part
            for name, part in self.annotations.items()
        }
        self.select = tuple(part.relabeled_clone(aliases) for part in self.select)
        if isinstance(self.group_by, tuple):
            self.group_by = tuple(part.relabeled_clone(aliases) for part in self.group_by)
        self.order_by = tuple(
            part.relabeled_clone(aliases) if hasattr(part, "relabeled_clone") else part for part in self.order_by
        )
        self.tables = {aliases.get(alias, alias): table.relabeled(aliases) for alias, table in self.tables.items()}
        if self.sticky_aliases:
            self.sticky_aliases = {aliases.get(alias, alias) for alias in self.sticky_aliases}

    def relabeled_clone(self, change_map: dict[str, str]) -> QueryTree:
        """Return a copy in which columns of outer queries follow their tables' new aliases."""
        return self.rewritten(lambda node: node.relabeled_leaf(change_map) if hasattr(node, "relabeled_leaf") else None)

    def nested_trees(self) -> Iterator[QueryTree]:
        """Yield the queries that stand in this one's expressions."""
        waiting: list[Any] = [self.where, *self.annotations.values(), *self.combined_queries]
        while waiting:
            node = waiting.pop()
            if isinstance(node, QueryTree):
                yield node
            elif hasattr(node, "get_source_expressions"):
                waiting.extend(part for part in node.get_source_expressions() if part is not None)

    def note_subquery(self, inner: QueryTree) -> None:
        """Remember the names that a query inside uses for its tables."""
        self.subq_aliases = self.subq_aliases | inner.subq_aliases | {inner.alias_prefix}

    def bump_prefix(self, outer: QueryTree) -> None:
        """Rename the tables so that none is called like one of the outer query or of a query inside.

        Raises:
            RecursionError: there are more queries inside than can be compiled.
        """
        taken = (self.subq_aliases - {self.alias_prefix}) | {outer.alias_prefix}
        if len(taken) > sys.getrecursionlimit() // 16:
            raise RecursionError("Maximum recursion depth exceeded: too many subqueries.")
        if self.alias_prefix != "T" and self.alias_prefix not in taken:
            return
        prefix = next(name for name in _prefixes() if name not in taken)
        renames = {alias: f"{prefix}{position}" for position, alias in enumerate(self.tables)}
        self.alias_prefix = prefix
        self.alias_count = len(self.tables)
        self.relabel(renames)

    # As an expression

    def resolve_expression(self, query: Any = None, allow_joins: bool = True, *args: Any, **kwargs: Any) -> QueryTree:
        made = self.clone()
        made.get_initial_alias()
        made.subquery = True
        if made.combinator:
            made.combined_queries = tuple(part.resolve_expression(query, allow_joins) for part in made.combined_queries)
        else:
            made.bump_prefix(query)
        resolved = made.rewritten(lambda node: _outer_resolved(node, query, allow_joins))
        query.note_subquery(made)
        if resolved.opaque:
            query.opaque = True
        resolved.subquery = True
        if (
            resolved.default_ordering
            and not resolved.order_by
            and not resolved.is_sliced
            and not resolved.distinct_fields
        ):
            resolved.default_ordering = False
        return resolved

    def get_external_cols(self) -> list[Any]:
        """Return the columns of outer queries that the tree mentions."""
        found: list[Any] = []
        own = self.tables
        waiting: list[Any] = [*self.combined_queries[::-1], *reversed(self.annotations.values()), self.where]
        while waiting:
            node = waiting.pop()
            if isinstance(node, (Col, ColPairs)):
                if node.alias is not None and node.alias not in own:
                    found.append(node)
            elif isinstance(node, QueryTree):
                found.extend(col for col in node.get_external_cols() if col.alias not in own)
            elif hasattr(node, "get_source_expressions"):
                waiting.extend(part for part in reversed(node.get_source_expressions()) if part is not None)
        return found

    @property
    def contains_column_references(self) -> bool:
        """Whether columns of an outer query are mentioned; its own are nobody else's business."""
        return bool(self.get_external_cols())

    def get_source_expressions(self) -> list[Any]:
        return []

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        return None

    def get_refs(self) -> set[str]:
        return set()

    def flatten(self) -> Iterator[Any]:
        yield self

    def get_group_by_cols(self) -> list[Any]:
        return self.get_external_cols()

    @property
    def output_field(self) -> Any:
        if self.existence:
            return None
        if len(self.select) == 1:
            only = self.select[0]
            return getattr(only, "target", None) or only.field
        if not self.select and len(self.annotation_select) == 1 and not self.default_cols:
            return next(iter(self.annotation_select.values())).output_field
        if self.default_cols and not self.select and self.model is not None:
            return self.get_meta().pk if not self.annotation_select else None
        return None

    @property
    def _output_field_or_none(self) -> Any:
        return self.output_field

    def as_existence(self) -> QueryTree:
        """Return the tree as one that asks only whether there is a row."""
        made = self.clone()
        made.existence = True
        made.select_for_update = False  # which row is found does not matter
        if not made.is_sliced and not made.distinct_fields:
            made.clear_ordering(force=True)
        if not made.is_sliced and not made.combinator:
            made.distinct = False
        made.select_related = False
        if made.combinator == "union" and not made.is_sliced:
            made.combined_queries = tuple(_existing(part) for part in made.combined_queries)
        return made

    def select_format(self, compiler: Any, sql: str, params: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        return sql, params

    def get_db_converters(self, connection: Any) -> list[Any]:
        field = self.output_field
        return [] if field is None else list(field.get_db_converters(connection))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Sequence[Any]]:
        sql, params = compiler.nested(self).as_sql()
        return f"({sql})", params

    # Filtering

    def filter(self, q: Q, negated: bool, sticky: bool = False, share_all: bool = False) -> None:
        """Add the conditions of one call of filter() or exclude()."""
        reuse = set(self.tables) if share_all else set(self.sticky_aliases or ())
        if negated:
            q = Q.create([q], negated=True)
        used = self.add_q(q, reuse)
        self.sticky_aliases = used if sticky else None

    def set_empty(self) -> None:
        """Make the query one that finds nothing and asks nobody."""
        self.where.add(NothingNode(), AND)
        self.combined_queries = tuple(_emptied(part) for part in self.combined_queries)

    def is_empty(self) -> bool:
        return any(isinstance(part, NothingNode) for part in self.where.children)

    # Order and limits

    @property
    def is_sliced(self) -> bool:
        return self.low_mark != 0 or self.high_mark is not None

    def has_limit_one(self) -> bool:
        return self.high_mark is not None and self.high_mark - self.low_mark == 1

    def can_filter(self) -> bool:
        return not self.is_sliced

    def set_limits(self, low: int | None = None, high: int | None = None) -> None:
        """Take a part of the rows, relative to the part taken already."""
        assert self.limits is None, "a slice of a slice is taken by the query, which knows the values"
        if high is not None:
            self.high_mark = (
                self.low_mark + high if self.high_mark is None else min(self.high_mark, self.low_mark + high)
            )
        if low is not None:
            self.low_mark = self.low_mark + low if self.high_mark is None else min(self.high_mark, self.low_mark + low)
        if self.low_mark == self.high_mark:
            self.set_empty()

    def clear_limits(self) -> None:
        self.low_mark, self.high_mark, self.limits = 0, None, None

    def add_ordering(self, *ordering: Any) -> None:
        """Append to the ordering, checking names now.

        Raises:
            FieldError: a name is unknown, or an aggregate stands where none can be computed.
        """
        for item in ordering:
            if isinstance(item, str):
                if item == "?":
                    continue
                name = item.removeprefix("-").removeprefix("+")
                if name in self.annotations or name in self.extra:
                    continue
                head = name.split(SEPARATOR)[0]
                if head in self.annotations:
                    continue
                self.walk(name.split(SEPARATOR)) if not self.combinator else None
            elif not hasattr(item, "resolve_expression"):
                raise FieldError(f"Invalid order_by arguments: {[item]}")
            if getattr(item, "contains_aggregate", False):
                raise FieldError(
                    f"Using an aggregate in order_by() without also including it in annotate() is not allowed: {item}"
                )
        if ordering:
            self.order_by += ordering
        else:
            self.default_ordering = False

    def prepares_ordering(self, ordering: Sequence[Any], maker: SlotMaker) -> bool:
        """Let the slots in an ordering learn how their values are prepared, though it is resolved only for the text.

        Returns:
            False if that cannot be said yet: an expression uses what is added later.
        """
        if not maker.made or self.combinator:
            return not maker.made
        scratch = self.clone()
        try:
            for item in ordering:
                if hasattr(item, "resolve_expression"):
                    item.resolve_expression(scratch)
        except FieldError:
            return False
        return True

    def clear_ordering(self, force: bool = False, clear_default: bool = True) -> None:
        """Forget the ordering, unless a slice or DISTINCT ON depends on it."""
        if not force and (self.is_sliced or self.distinct_fields or self.select_for_update):
            return
        self.order_by = ()
        self.extra_order_by = ()
        if clear_default:
            self.default_ordering = False

    def ordered_only_if_sliced(self) -> QueryTree:
        made = self.clone()
        made.clear_ordering()
        made.combined_queries = tuple(part.ordered_only_if_sliced() for part in made.combined_queries)
        return made

    # Legacy

    def add_extra(self, select: Any, select_params: Any, where: Any, params: Any, tables: Any, order_by: Any) -> None:
        """Take raw parts of SQL; the developer's own text."""
        if select:
            remaining = list(select_params or ())
            if self.selected is not None and self.extra_select_mask is None:
                self.selected = {**dict.fromkeys(select), **self.selected}  # values() named nothing: all is given
            for name, entry in select.items():
                check_alias(name)
                text = str(entry)
                count = text.replace("%%", "").count("%s")
                self.extra[name] = (text, tuple(remaining[:count]))
                del remaining[:count]
        if where or params:
            self.where.add(ExtraWhere(list(where or ()), list(params or ())), AND)
        if tables:
            self.extra_tables += tuple(tables)
        if order_by:
            self.extra_order_by = tuple(order_by)

    # Two into one

    def combine(self, other: QueryTree, connector: str) -> None:
        """Take over the conditions of a query on the same model.

        Args:
            other: the other query, whose slots are part of this one's list already.
            connector: AND, OR or XOR.

        Raises:
            TypeError: the two differ in what cannot be brought together.
        """
        if self.model is not other.model:
            raise TypeError("Cannot combine queries on two different base models.")
        if self.is_sliced:
            raise TypeError("Cannot combine queries once a slice has been taken.")
        if self.distinct != other.distinct:
            raise TypeError("Cannot combine a unique query with a non-unique query.")
        if self.distinct_fields != other.distinct_fields:
            raise TypeError("Cannot combine queries with different distinct fields.")
        self.get_initial_alias()
        other = other.clone()
        other.get_initial_alias()
        renames = self._adopt_tables(other, share_many=connector != AND)
        other.relabel_parts(renames)
        if connector == AND:
            if other.where:
                self.where.add(other.where, AND)
        elif connector == XOR or (self.where and other.where):
            # A query without conditions has all rows: with OR so has the whole, with XOR those the other has not.
            self.where = Conditions([Conditions([self.where, other.where], connector)], AND)
        else:
            self.where = Conditions()
        if other.select:
            self.select = tuple(part.relabeled_clone(renames) for part in other.select)
            self.default_cols = False
        for name, annotation in other.annotations.items():
            self.annotations.setdefault(name, annotation)
        if connector != AND:
            if self.extra and other.extra:
                raise ValueError("When merging querysets using 'or', you cannot have extra(select=...) on both sides.")
        self.extra.update(other.extra)
        self.extra_tables += other.extra_tables
        self.order_by = other.order_by or self.order_by
        self.extra_order_by = other.extra_order_by or self.extra_order_by
        self.opaque = self.opaque or other.opaque
        self.subq_aliases |= other.subq_aliases

    def _adopt_tables(self, other: QueryTree, share_many: bool) -> dict[str, str]:
        """Bring another query's joins over; gives the aliases they have here."""
        renames: dict[str, str] = {}
        taken: set[str] = set()
        for alias, table in other.tables.items():
            if table.parent is None:
                renames[alias] = self.base_table or alias
                continue
            parent = renames.get(table.parent, table.parent)
            found = None
            for candidate in self.tables.values():
                same = (candidate.parent, candidate.name, candidate.field) == (parent, table.name, table.field)
                if same and candidate.alias not in taken and _filter_equal(candidate.filtered, table.filtered):
                    many = not _is_single(table)
                    if not many or share_many:
                        found = candidate.alias
                        break
            if found is None:
                found = self.new_alias(table.name)
                adopted = table.relabeled({alias: found, table.parent: parent})
                self.tables[found] = adopted
            taken.add(found)
            renames[alias] = found
        return renames

    def relabel_parts(self, renames: dict[str, str]) -> None:
        changes = {old: new for old, new in renames.items() if old != new}
        if changes:
            self.where = self.where.relabeled_clone(changes)
            self.annotations = {name: part.relabeled_clone(changes) for name, part in self.annotations.items()}

    def leads_to_many(self, alias: str | None) -> bool:
        """Whether a table stands behind a relation that may give several rows."""
        while alias is not None and alias in self.tables:
            table = self.tables[alias]
            if table.parent is not None and not _is_single(table):
                return True
            alias = table.parent
        return False

    # Compiling

    def get_compiler(self, using: str | None = None, connection: Any = None, elide_empty: bool = True) -> Any:
        """Return what writes this query for a database."""
        return QueryTree.compiler_class(self, connection, using, elide_empty=elide_empty)

    @property
    def alias_map(self) -> dict[str, Table]:
        return self.tables

    def get_columns_used(self) -> set[str]:
        """The aliases that conditions and annotations mention."""
        found = aliases_in(self.where)
        for part in self.annotations.values():
            found |= aliases_in(part)
        return found


def _outer_resolved(node: Any, outer: Any, allow_joins: bool) -> Any:
    if isinstance(node, ResolvedOuterRef):
        return node.resolve_expression(outer, allow_joins, None)
    if isinstance(node, OuterRef):
        return node.resolve_expression(outer)
    return None


def _existing(tree: QueryTree) -> QueryTree:
    made = tree.as_existence()
    made.existence_limited = False
    return made


def _emptied(tree: QueryTree) -> QueryTree:
    made = tree.clone()
    made.set_empty()
    return made


def _filter_equal(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    return bool(left == right)


def _is_single(table: Table) -> bool:
    """Whether a join gives at most one row."""
    field = table.field
    return not getattr(field, "one_to_many", False) and not getattr(field, "many_to_many", False)
