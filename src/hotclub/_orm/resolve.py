"""Conditions resolved: from `Q` objects and field lookups to a tree of lookups on columns.

The rules of relations with many rows live here: one call of `filter()` shares its joins, another call joins anew, and a
negated condition on such a relation becomes a subquery (`NOT EXISTS`), so that it speaks of all its rows.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from hotclub._orm.conditions import AND, OR, Conditions
from hotclub._orm.expressions.core import Col as Column
from hotclub._orm.expressions.core import ColPairs, F, OuterRef, Ref, ResolvedOuterRef
from hotclub._orm.expressions.subqueries import Exists
from hotclub._orm.joins import JoinGraph, Walk, trimmed, value_field
from hotclub._orm.lookups.core import Lookup
from hotclub._orm.q import Q
from hotclub._orm.shape import Slot, declares_shape
from hotclub.core.exceptions import FieldError
from hotclub.db.utils import NotSupportedError

SEPARATOR = "__"


class Situation:
    """Where a condition stands while it is resolved.

    Attributes:
        reuse: aliases of many-valued tables that may be shared, None for all.
        negated: whether an odd number of negations lies above.
        below_negation: whether any lies above.
        sticky: aliases that the step before left to this one.
    """

    __slots__ = ("allow_joins", "below_negation", "negated", "reuse", "split", "sticky", "summarize")

    def __init__(
        self, reuse: set[str] | None, allow_joins: bool = True, split: bool = True, summarize: bool = False
    ) -> None:
        self.reuse = reuse
        self.allow_joins = allow_joins
        self.split = split
        self.summarize = summarize
        self.negated = False
        self.below_negation = False
        self.sticky = frozenset(reuse or ())

    def under(self, q: Q) -> Situation:
        made = Situation(self.reuse, self.allow_joins, self.split, self.summarize)
        made.negated = self.negated ^ q.negated
        made.below_negation = self.below_negation or q.negated
        made.sticky = self.sticky
        return made


class Resolver(JoinGraph):
    """Resolves names, lookups and conditions in a query."""

    where: Conditions
    annotation_select: dict[str, Any]
    opaque: bool

    # References

    def resolve_ref(
        self, name: str, allow_joins: bool = True, reuse: set[str] | None = None, summarize: bool = False
    ) -> Any:
        """Return the expression that a name stands for; part of the documented expression protocol.

        Raises:
            FieldError: the name is unknown, or needs a join where none is allowed.
        """
        annotation = self.annotations.get(name)
        if annotation is not None:
            if not allow_joins:
                self._refuse_joined_annotation(annotation)
            if summarize:
                self._check_selected(name)
                return Ref(name, annotation)
            return annotation
        head, *rest = name.split(SEPARATOR)
        annotation = self.annotations.get(head)
        if annotation is not None:
            if not allow_joins:
                self._refuse_joined_annotation(annotation)
            if summarize:
                self._check_selected(head)
                annotation = Ref(head, annotation)
            for part in rest:
                annotation = self.try_transform(annotation, part)
            return annotation
        walk = self.walk([head, *rest])
        alias, targets, _aliases = self.land(walk, reuse, allow_joins)
        if len(targets) > 1 and not hasattr(walk.targets[0], "fields") and not _is_composite(walk):
            raise FieldError("Referencing multicolumn fields with F() objects isn't supported")
        field = walk.field if not walk.hops or walk.field.is_relation is False else None
        return self.transformed(self._reference(alias, targets, walk, field), walk)

    def transformed(self, found: Any, walk: Walk) -> Any:
        """Return the column that a walk ended on, under the transforms named after it.

        Raises:
            FieldError: a name is neither a field nor a transform.
        """
        for part in walk.rest:
            if found.get_transform(part) is None:
                raise self._no_way_on(walk, part)
            found = self.try_transform(found, part)
        return found

    def _no_way_on(self, walk: Walk, name: str) -> FieldError:
        if walk.field.is_relation and walk.hops:
            return self._unknown(walk.hops[-1].to_opts, name)
        return FieldError(f"Cannot resolve keyword {name!r} into field. Join on {walk.field.name!r} not permitted.")

    def _check_selected(self, name: str) -> None:
        if name not in self.annotation_select:
            raise FieldError(f"Cannot aggregate over the '{name}' alias. Use annotate() to promote it.")

    def _reference(self, alias: str, targets: tuple[Any, ...], walk: Walk, field: Any) -> Any:
        if len(targets) == 1 and not hasattr(targets[0], "fields"):
            return Column(self.shown(alias), targets[0], value_field(targets[0]))
        return self.column(alias, targets, walk.targets[0] if len(walk.targets) == 1 else walk.field)

    def _refuse_joined_annotation(self, annotation: Any) -> None:
        for alias in aliases_in(annotation):
            table = self.tables.get(alias)
            if table is not None and table.parent is not None:
                raise FieldError("Joined field references are not permitted in this query")

    def try_transform(self, lhs: Any, name: str, following: Sequence[str] = ()) -> Any:
        """Return `lhs` under the named transform.

        Raises:
            FieldError: there is none; near misses are offered.
        """
        transform = lhs.get_transform(name)
        if transform is not None:
            made = transform(lhs)
            if not _shaped(made):
                self.opaque = True
            return made
        output_field = lhs.output_field
        near = difflib.get_close_matches(name, output_field.get_lookups())
        hint = f", perhaps you meant {' or '.join(near)}?" if near else "."
        raise FieldError(
            f"Unsupported lookup '{SEPARATOR.join((name, *following))}' for {output_field.__class__.__name__} or join on the field not "
            f"permitted{hint}"
        )

    def build_lookup(self, lookups: Sequence[str], lhs: Any, rhs: Any) -> Any:
        """Make the lookup object of a comparison.

        Args:
            lookups: transforms and a lookup name at the end; `exact` if empty.
            lhs: resolved left side.
            rhs: value, slot or resolved expression.

        Raises:
            FieldError: a name is no transform and no lookup of its left side.
            ValueError: None as value of a lookup that has no use for it.
        """
        if isinstance(rhs, ColPairs) and not isinstance(lhs, ColPairs):
            raise ValueError(f"{type(rhs.output_field).__name__} cannot be used as a lookup value.")
        *transforms, name = lookups or ["exact"]
        for position, part in enumerate(transforms):
            lhs = self.try_transform(lhs, part, (*transforms[position + 1 :], name))
        kind = lhs.get_lookup(name)
        if kind is None:
            lhs = self.try_transform(lhs, name)
            name = "exact"
            kind = lhs.get_lookup(name)
            if kind is None:
                raise FieldError(f"Unsupported lookup 'exact' for {lhs.output_field.__class__.__name__}.")
        lookup = self._with_slot(kind, lhs, rhs) if type(rhs) is Slot else kind(lhs, rhs)
        if type(rhs) is not Slot and not _shaped(lookup):
            self.opaque = True
        if lookup.rhs is None and not lookup.can_use_none_as_rhs:
            if name not in ("exact", "iexact"):
                raise ValueError("Cannot use None as a query value")
            return lhs.get_lookup("isnull")(lhs, True)
        return lookup

    def _with_slot(self, kind: Any, lhs: Any, slot: Slot) -> Any:
        """Make a lookup with the slot's sample, and put the slot in its place if the class can live with it."""
        if getattr(kind, "makes_expressions", False):
            lookup = kind(lhs, slot)  # the slot goes into a `Value` of it
            self.opaque = self.opaque or not _shaped(lookup)
            return lookup
        lookup = kind(lhs, slot.sample)
        rhs = lookup.rhs
        if not _shaped(lookup) or not hasattr(lookup, "may_wait") or not lookup.may_wait(rhs):
            self.opaque = True
            return lookup
        prepared = Slot(slot.index, rhs)
        slot.prepare = None if lookup.keeps(type(slot.sample)) else lookup.slot_preparer()
        lookup.rhs = prepared
        return lookup

    # Conditions

    def resolve_q(
        self, q: Any, allow_joins: bool = True, reuse: set[str] | None = None, summarize: bool = False
    ) -> Conditions:
        """Resolve conditions that stand inside an expression: `When(Q(…))`, `filter=Q(…)`."""
        situation = Situation(reuse, allow_joins, split=False, summarize=summarize)
        return self._resolve_tree(q, situation)

    def add_q(self, q: Q, reuse: set[str] | None = None) -> set[str]:
        """Add the conditions of one `filter()` or `exclude()` call to WHERE; gives the aliases they used."""
        used = set() if reuse is None else reuse
        clause = self._resolve_tree(q, Situation(used))
        if clause:
            self.where.add(clause, AND)
        return used

    def build_where(self, q: Q) -> Conditions:
        """Resolve conditions without joins, for constraints and indexes."""
        return self._resolve_tree(q, Situation(set(), allow_joins=False, split=False))

    def resolve_filtered_condition(self, filtered: Any, reuse: set[str] | None) -> Conditions:
        """Resolve the condition of a filtered relation; its names may go one relation deep."""
        own = filtered.relation_name
        renamed = _renamed(filtered.condition, own, filtered.alias_name)
        situation = Situation(reuse if reuse is not None else set(self.tables), split=False)
        return self._resolve_tree(renamed, situation)

    def _resolve_tree(self, q: Q, situation: Situation) -> Conditions:
        inner = situation.under(q)
        made = Conditions([], q.connector, q.negated)
        for child in q.children:
            part = self._resolve_part(child, inner)
            if part is not None and not (isinstance(part, Conditions) and not part.children):
                made.add(part, q.connector)
        return made

    def _resolve_part(self, child: Any, situation: Situation) -> Any:
        if isinstance(child, Q):
            return self._resolve_tree(child, situation)
        if isinstance(child, tuple):
            name, value = child
            return self._resolve_lookup(name, value, situation)
        if type(child) is Slot:
            child = child.sample
        if isinstance(child, dict):
            raise FieldError("Cannot parse keyword query as dict")
        if not hasattr(child, "resolve_expression"):
            raise TypeError(f"Cannot filter against a non-conditional expression: {child!r}.")
        return self._resolve_condition(child, situation)

    def _resolve_condition(self, child: Any, situation: Situation) -> Any:
        resolved = child.resolve_expression(
            self, allow_joins=situation.allow_joins, reuse=situation.reuse, summarize=situation.summarize
        )
        if not getattr(resolved, "conditional", False):
            raise TypeError("Cannot filter against a non-conditional expression.")
        self.check_filterable(resolved)
        if not isinstance(resolved, (Lookup, Conditions)) and hasattr(resolved, "get_lookup"):
            resolved = self.build_lookup(["exact"], resolved, True)
        return Conditions([resolved])

    def check_filterable(self, expression: Any) -> None:
        """Refuse expressions that have no meaning in a filter.

        Raises:
            NotSupportedError: the expression, or a part of it, is such.
        """
        if hasattr(expression, "resolve_expression") and not getattr(expression, "filterable", True):
            raise NotSupportedError(f"{expression.__class__.__name__} is disallowed in the filter clause.")
        if hasattr(expression, "get_source_expressions"):
            for part in expression.get_source_expressions():
                self.check_filterable(part)

    def _understand(self, name: str) -> tuple[Sequence[str], Walk | None, Any]:
        """Part a lookup into transforms and lookup, and a field path or an annotation."""
        parts = name.split(SEPARATOR)
        for length in range(len(parts), 0, -1):
            annotation = self.annotations.get(SEPARATOR.join(parts[:length]))
            if annotation is not None:
                return parts[length:], None, annotation
        walk = self.walk(parts)
        return walk.rest, walk, None

    def _resolve_value(self, value: Any, situation: Situation) -> Any:
        if hasattr(value, "resolve_expression"):
            if situation.summarize:
                return value.resolve_expression(
                    self, reuse=situation.reuse, allow_joins=situation.allow_joins, summarize=True
                )
            return value.resolve_expression(self, reuse=situation.reuse, allow_joins=situation.allow_joins)
        if isinstance(value, (list, tuple)):
            parts = [
                self._resolve_value(part, situation) if hasattr(part, "resolve_expression") else part for part in value
            ]
            if isinstance(value, tuple) and hasattr(value, "_fields"):
                return type(value)(*parts)
            return type(value)(parts)
        return value

    def _resolve_lookup(self, name: str, value: Any, situation: Situation) -> Any:
        if not name:
            raise FieldError("Cannot parse keyword query ''")
        lookups, walk, annotation = self._understand(name)
        if hasattr(value, "__next__"):
            value = list(value)  # it is looked at more than once
        if annotation is not None:
            self.check_filterable(annotation)
            if situation.summarize:
                matched = len(name.split(SEPARATOR)) - len(lookups)
                annotation = Ref(SEPARATOR.join(name.split(SEPARATOR)[:matched]), annotation)
            value = self._resolve_value(value, situation)
            self.check_filterable(value)
            return Conditions([self.build_lookup(lookups, annotation, value)])
        assert walk is not None
        if not situation.allow_joins and trimmed(walk)[0]:
            raise FieldError("Joined field references are not permitted in this query")
        if (
            situation.split
            and situation.below_negation
            and any(hop.m2m for hop in walk.hops)
            and not self._is_joined(walk, situation.sticky)
        ):
            return self._exclusion(name, value, walk, lookups, situation)
        resolved = self._resolve_value(value, situation)
        self.check_filterable(resolved)
        return self._compare(walk, lookups, resolved, situation)

    def _is_joined(self, walk: Walk, sticky: frozenset[str]) -> bool:
        """Whether the rows of a relation are those that the step before chose, so that it is they who are excluded."""
        alias = self.base_table
        for hop in trimmed(walk)[0]:
            alias = self._existing(hop, alias, set(sticky))
            if alias is None:
                return False
        return bool(sticky)

    def _compare(self, walk: Walk, lookups: Sequence[str], value: Any, situation: Situation) -> Conditions:
        self.check_related_objects(walk, value)
        alias, targets, aliases = self.land(walk, situation.reuse, situation.allow_joins)
        if walk.field.is_relation:
            lhs = self._related_column(alias, targets, walk)
        else:
            lhs = self.column(alias, targets, walk.field)
        condition = self.build_lookup(lookups, lhs, value)
        clause = Conditions([condition])
        if situation.negated:
            self._keep_nulls(clause, condition, alias, targets, aliases, value)
        return clause

    def _related_column(self, alias: str, targets: tuple[Any, ...], walk: Walk) -> Any:
        if len(targets) == 1 and not (hasattr(targets[0], "fields") and not targets[0].column):
            return Column(self.shown(alias), targets[0], walk.field)
        if len(targets) == 1:
            targets = tuple(targets[0].fields)
        return ColPairs(
            self.shown(alias), targets, [target for target in walk.targets for target in _flat(target)], walk.field
        )

    def _keep_nulls(
        self, clause: Conditions, condition: Any, alias: str, targets: tuple[Any, ...], aliases: list[str], value: Any
    ) -> None:
        """Make a condition false instead of unknown where its column is NULL, so that its negation is true."""
        given = condition.rhs.sample if type(condition.rhs) is Slot else condition.rhs
        if condition.lookup_name == "in" and isinstance(given, list) and _holds_none(given):
            target = targets[0]
            if self.is_nullable(target) and getattr(target, "column", None):
                # `NOT IN (NULL)` would find nothing: rows without a value are meant to be excluded.
                clause.add(target.get_lookup("isnull")(Column(self.shown(alias), target, target), True), OR)
            return
        is_null_test = condition.lookup_name == "isnull"
        if (is_null_test and condition.rhs is not False) or condition.rhs is None:
            return
        if not is_null_test and (
            any(self.is_nullable(target) for target in targets)
            or any(self.tables[part].nullable for part in aliases[1:])
        ):
            target = targets[0]
            if hasattr(target, "column") and target.column:
                kind = target.get_lookup("isnull")
                clause.add(kind(Column(self.shown(alias), target, target), False), AND)
        if isinstance(value, Column) and self.is_nullable(value.target):
            clause.add(value.target.get_lookup("isnull")(value, False), AND)

    def is_nullable(self, field: Any) -> bool:
        """Say whether a column may hold NULL."""
        return bool(field.null)

    def check_related_objects(self, walk: Walk, value: Any) -> None:
        """Refuse values that cannot stand for the related object.

        Raises:
            ValueError: an instance or a query of another model.
        """
        field = walk.field
        if not field.is_relation or not walk.hops:
            return
        if type(value) is Slot:
            value = value.sample
        opts = walk.hops[-1].to_opts
        if getattr(value, "is_query_tree", False):
            if not value.has_selected_fields() and not _is_related(value.model, opts, field):
                raise ValueError(
                    f'Cannot use QuerySet for "{value.model._meta.object_name}": Use a QuerySet for '
                    f'"{opts.object_name}".'
                )
        elif hasattr(value, "_meta"):
            self._check_instance(value, opts, field)
        elif hasattr(value, "__iter__") and not isinstance(value, (str, bytes)):
            for part in value:
                if hasattr(part, "_meta"):
                    self._check_instance(part, opts, field)

    def _check_instance(self, value: Any, opts: Any, field: Any) -> None:
        if not _is_related(value, opts, field):
            raise ValueError(f'Cannot query "{value}": Must be "{opts.object_name}" instance.')

    # Exclusion

    def _exclusion(self, name: str, value: Any, walk: Walk, lookups: Sequence[str], situation: Situation) -> Any:
        """`NOT` a condition on a relation with many rows: as `EXISTS` of a row that fulfils it.

        The tree around it carries the negation. The inner query starts at the same model and is tied to the outer row
        by its key, so that a missing row counts the same way inside and outside.
        """
        self.check_related_objects(walk, self._resolve_value(value, situation) if _has_sql(value) is False else value)
        meta = self.get_meta()
        inner = self.new_tree(self.model)
        inner.filtered_relations = dict(self.filtered_relations)
        condition = Q((name, _outward(value)))
        inner.add_q(condition)
        key = meta.pk
        columns = list(key.fields) if hasattr(key, "fields") and not key.column else [key]
        inner_alias = inner.get_initial_alias()
        outer_alias = self.get_initial_alias()
        inner.bump_prefix(self)
        inner_alias = inner.base_table
        for field in columns:
            kind = field.get_lookup("exact")
            inner.where.add(kind(Column(inner_alias, field, field), Column(outer_alias, field, field)), AND)
        if inner.opaque:
            self.opaque = True
        found = inner.resolve_expression(self, reuse=situation.reuse)
        exists = Exists(found)
        exists.query = exists.query.as_existence()
        return Conditions([exists])

    def new_tree(self, model: Any) -> Any:
        raise NotImplementedError


def _holds_none(values: list[Any]) -> bool:
    return any(value is None for value in values)


def _flat(target: Any) -> list[Any]:
    if hasattr(target, "fields") and not getattr(target, "column", None):
        return list(target.fields)
    return [target]


def _is_composite(walk: Walk) -> bool:
    return any(hasattr(target, "fields") and not getattr(target, "column", None) for target in walk.targets)


def _shaped(expression: Any) -> bool:
    return declares_shape(type(expression))


def _has_sql(value: Any) -> bool:
    return hasattr(value, "resolve_expression")


def _outward(value: Any) -> Any:
    """Turn references in the value of an excluded condition towards the outer query."""
    if isinstance(value, OuterRef):
        return OuterRef(value)  # type: ignore[arg-type]  # one query further out
    if isinstance(value, F) and not isinstance(value, ResolvedOuterRef):
        return OuterRef(value.name)
    if getattr(value, "is_query", False) or hasattr(value, "is_query_tree"):
        return value
    if hasattr(value, "get_source_expressions") and value.get_source_expressions():
        made = value.copy()
        made.set_source_expressions([part and _outward(part) for part in value.get_source_expressions()])
        return made
    return value


def _is_related(value: Any, opts: Any, field: Any) -> bool:
    """Whether a model or instance may stand for a related object of `opts`."""
    theirs = value._meta.concrete_model
    ours = opts.concrete_model
    if theirs is ours or issubclass(theirs, ours) or issubclass(ours, theirs):
        return True
    if ours in value._meta.all_parents or theirs in opts.all_parents:
        return True
    if field.primary_key and theirs is field.model._meta.concrete_model:
        return True  # `pk=` where the key is a relation: the object is known by the key it shares
    check = getattr(field, "check_related_objects", None)
    return bool(check and check(value))


def _lookups_in(q: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for child in q.children:
        if isinstance(child, Q):
            found.extend(_lookups_in(child))
        elif isinstance(child, tuple):
            found.append(child)
    return found


def _renamed(q: Any, prefix: str, name: str) -> Any:
    """Exchange the beginning of names in conditions."""
    if isinstance(q, Q):
        children = []
        for child in q.children:
            if isinstance(child, tuple):
                key, value = child
                children.append((_renamed_key(key, prefix, name), _renamed(value, prefix, name)))
            else:
                children.append(_renamed(child, prefix, name))
        return Q.create(children, q.connector, q.negated)
    if isinstance(q, OuterRef) or getattr(q, "is_query", False):
        return q
    if isinstance(q, F):
        return F(_renamed_key(q.name, prefix, name))
    if hasattr(q, "get_source_expressions") and q.get_source_expressions():
        made = q.copy()
        made.set_source_expressions([part and _renamed(part, prefix, name) for part in q.get_source_expressions()])
        return made
    return q


def _renamed_key(key: str, prefix: str, name: str) -> str:
    if key == prefix or key.startswith(f"{prefix}{SEPARATOR}"):
        return name + key[len(prefix) :]
    return key


def aliases_in(expression: Any) -> set[str]:
    """The aliases of the columns in a resolved expression, subqueries excepted."""
    found: set[str] = set()
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if node is None or getattr(node, "is_query_tree", False):
            continue
        if isinstance(node, (Column, ColPairs)):
            if node.alias is not None:
                found.add(node.alias)
            continue
        if hasattr(node, "get_source_expressions"):
            waiting.extend(node.get_source_expressions())
    return found
