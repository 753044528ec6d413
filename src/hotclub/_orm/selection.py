"""Selection: what the rows of a query hold, and what they are grouped by.

Fields and values(), annotations and the conditions of filtered relations under their names, and what of a model's
instances is loaded.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Self

from hotclub._orm.expressions.core import Col, ColPairs, F, Ref
from hotclub._orm.joins import FilteredRelation, value_field
from hotclub._orm.q import Q
from hotclub._orm.resolve import SEPARATOR, Resolver
from hotclub._orm.shape import SlotMaker
from hotclub.core.exceptions import FieldDoesNotExist, FieldError
from hotclub.utils.deprecation import RemovedInDjango2028Warning

FORBIDDEN_IN_ALIAS = frozenset("'\"`;#[]")
SQL_COMMENTS = ("--", "/*", "*/")


def check_alias(alias: str) -> None:
    """Refuse names for columns that are no names; quoting makes the others harmless.

    Raises:
        ValueError: the name holds white space, control characters, quotation marks or comment signs.
    """
    bad = any(part in FORBIDDEN_IN_ALIAS or part.isspace() or unicodedata.category(part) == "Cc" for part in alias)
    if bad or any(sign in alias for sign in SQL_COMMENTS):
        raise ValueError(
            "Column aliases cannot contain whitespace characters, hashes, control characters, quotation marks, "
            "semicolons, or SQL comments."
        )
    if "%" in alias:
        warnings.warn("Using percent signs in a column alias is deprecated.", RemovedInDjango2028Warning, stacklevel=3)


class Selection(Resolver):
    """The part of a query tree that says what is selected."""

    alias_names: frozenset[str]
    annotation_mask: frozenset[str] | None
    default_cols: bool
    deferred_loading: tuple[frozenset[str], bool]
    extra_select_mask: frozenset[str] | None
    group_by: tuple[Any, ...] | bool | None
    repeated: tuple[str, ...]
    select: tuple[Any, ...]
    select_related: Any
    selected: dict[str, Any] | None
    values_select: tuple[str, ...]

    def clone(self) -> Self:
        raise NotImplementedError

    # Columns

    @property
    def annotation_select(self) -> dict[str, Any]:  # type: ignore[override]  # the resolver below only reads it
        """The annotations that stand in the SELECT."""
        if self.annotation_mask is None:
            return self.annotations
        return {name: part for name, part in self.annotations.items() if name in self.annotation_mask}

    @property
    def extra_select(self) -> dict[str, Any]:
        if self.extra_select_mask is None:
            return self.extra
        return {name: part for name, part in self.extra.items() if name in self.extra_select_mask}

    def has_selected_fields(self) -> bool:
        """Whether values() has said what to select."""
        return self.selected is not None or bool(self.select) or not self.default_cols

    @property
    def has_select_fields(self) -> bool:
        return self.has_selected_fields()

    def select_count(self) -> int:
        """The number of columns that the query gives."""
        count = len(self.annotation_select) + len(self.extra_select)
        for part in self.select:
            count += len(part) if isinstance(part, ColPairs) else 1
        if self.default_cols and not self.select:
            count += len(self.get_meta().concrete_fields)
        return count

    def clear_select(self) -> None:
        self.select = ()
        self.values_select = ()
        self.default_cols = False
        self.select_related = False
        self.annotation_mask = frozenset()
        self.extra_select_mask = frozenset()
        self.selected = None

    def with_key_selected(self, lhs: Any) -> Self:
        """Return the tree selecting what the left side of a lookup compares, unless fields were chosen."""
        if self.has_selected_fields():
            return self
        made = self.clone()
        made.clear_select()
        field = lhs.output_field
        name = "pk"
        if isinstance(lhs, ColPairs) and getattr(field, "path_infos", None):
            targets = field.path_infos[-1].target_fields
            if len(targets) > 1:
                made.add_fields([target.name for target in targets])
                return made
        elif getattr(field, "is_relation", False) and getattr(field, "target_field", None) is not None:
            if getattr(field, "primary_key", False) and field.model is made.model:
                name = field.name
            else:
                target = field.target_field
                try:
                    name = made.get_meta().get_field(target.name).name if not target.primary_key else "pk"
                except FieldDoesNotExist:
                    name = "pk"
        made.add_fields([name])
        return made

    def add_fields(self, names: Sequence[str], allow_m2m: bool = True) -> None:
        """Select fields by name, through relations where the name says so.

        Raises:
            FieldError: a name is unknown.
        """
        found = list(self.select)
        for name in names:
            walk = self.walk(name.split(SEPARATOR), strict=True)
            if not allow_m2m and any(hop.m2m for hop in walk.hops):
                raise FieldError(f"Invalid field name: '{name}'")
            alias, targets, _aliases = self.land(walk)
            if len(targets) == 1 and not (hasattr(targets[0], "fields") and not targets[0].column):
                found.append(Col(alias, targets[0], value_field(targets[0])))
            elif len(targets) == 1:
                found.append(self.column(alias, targets, targets[0]))
            else:
                sources = walk.targets if len(walk.targets) == len(targets) else targets
                found.append(ColPairs(alias, targets, list(sources), walk.targets[0]))
        self.default_cols = False
        self.select = tuple(found)

    def set_values(self, names: Sequence[str]) -> None:
        """Select what values() names: fields, annotations, extra columns; everything if there are no names."""
        self.select_related = False
        self.deferred_loading = (frozenset(), True)
        was_grouped = self.group_by
        if names:
            fields, annotations, extras, selected = self._sorted_out(names)
        else:
            meta = self.get_meta()
            fields = [field.attname for field in meta.concrete_fields]
            annotations, extras = list(self.annotation_select), list(self.extra_select)
            selected = dict.fromkeys([*extras, *fields, *annotations])
        if was_grouped is True:
            self.annotation_mask = frozenset(annotations)  # what is not selected makes no groups
            self._group_by_model()
        elif isinstance(was_grouped, tuple):
            # What is not selected any more can no longer be named in GROUP BY.
            self.group_by = tuple(
                part if isinstance(part, Ref) and part.refs in selected else _without_ref(part) for part in was_grouped
            )
        self.select = ()
        self.add_fields(fields)
        self.default_cols = False
        self.values_select = tuple(fields)
        self.annotation_mask = frozenset(annotations)
        self.extra_select_mask = frozenset(extras) if names else None
        self.selected = selected
        self.repeated = tuple(names) if len(names) > len(selected) else ()

    def _sorted_out(self, names: Sequence[str]) -> tuple[list[str], list[str], list[str], dict[str, Any]]:
        fields, annotations, extras = [], [], []
        selected: dict[str, Any] = {}
        for name in names:
            if name in self.extra:
                extras.append(name)
            elif name in self.annotations:
                if name not in self.annotation_select:
                    self._refuse_hidden(name)
                annotations.append(name)
            elif SEPARATOR in name and name.split(SEPARATOR)[0] in self.annotations:
                check_alias(name)
                head, *rest = name.split(SEPARATOR)
                found = self.annotations[head]
                for part in rest:
                    found = self.try_transform(found, part)
                self.annotations[name] = found
                annotations.append(name)
            else:
                walk = self.walk(name.split(SEPARATOR))
                if walk.rest:
                    check_alias(name)
                    self._strict_or_transform(name)
                    self.annotations[name] = F(name).resolve_expression(self)
                    annotations.append(name)
                else:
                    fields.append(name)
            selected[name] = None
        return fields, annotations, extras, selected

    def _refuse_hidden(self, name: str) -> None:
        if name in self.alias_names:
            raise FieldError(f"Cannot select the '{name}' alias. Use annotate() to promote it.")
        raise FieldError(
            f"Cannot select the '{name}' alias. It was excluded by a previous values() or values_list() call. Include "
            f"'{name}' in that call to select it."
        )

    def _strict_or_transform(self, name: str) -> None:
        walk = self.walk(name.split(SEPARATOR))
        alias_free = walk.field
        if getattr(alias_free, "is_relation", False) or alias_free.get_transform(walk.rest[0]) is None:
            self.walk(name.split(SEPARATOR), strict=True)

    def _group_by_model(self) -> None:
        meta = self.get_meta()
        self.select = ()
        self.add_fields([field.attname for field in meta.concrete_fields])
        self.set_group_by(allow_refs=False)
        self.select = ()

    def set_group_by(self, allow_refs: bool = True) -> None:
        """Group by what is selected: the rule of an aggregate annotated after values()."""
        group = list(self.select)
        for name, annotation in self.annotation_select.items():
            columns = annotation.get_group_by_cols()
            if not columns:
                continue
            if allow_refs and not annotation.contains_aggregate and not annotation.contains_over_clause:
                group.append(Ref(name, annotation))
            else:
                group.extend(columns)
        self.group_by = tuple(group)

    # Annotations

    def add_annotation(self, annotation: Any, name: str, select: bool = True) -> None:
        """Resolve an expression and keep it under a name."""
        check_alias(name)
        resolved = annotation.resolve_expression(self, allow_joins=True, reuse=None)
        if isinstance(resolved, ColPairs) and not isinstance(annotation, F):
            raise ValueError("composite expressions cannot be annotated")
        self.annotations[name] = resolved
        if select:
            if self.annotation_mask is not None:
                self.annotation_mask = self.annotation_mask | {name}
            if self.selected is not None:
                self.selected[name] = None
        else:
            mask = frozenset(self.annotation_select) if self.annotation_mask is None else self.annotation_mask
            self.annotation_mask = mask - {name}
            self.alias_names = self.alias_names | {name}

    def add_filtered_relation(self, filtered: FilteredRelation, name: str, maker: SlotMaker | None = None) -> None:
        """Make a relation with a condition of its own known under a name.

        Raises:
            ValueError: the relation or its condition asks for what is not allowed.
        """
        check_alias(name)
        if "." in name:
            raise ValueError(f"FilteredRelation doesn't support aliases with periods (got {name!r}).")
        named = filtered.named(name)
        if maker is not None and named.condition is not None:
            named.condition = named.condition.slotted(maker)
        relation = named.relation_name.split(SEPARATOR)
        if self.walk(relation).rest:
            raise ValueError(f"FilteredRelation's relation_name cannot contain lookups (got {named.relation_name!r}).")
        for key, value in _pairs(named.condition):
            if getattr(value, "is_query_tree", False) or hasattr(value, "_iterable_class"):
                raise ValueError("Passing a QuerySet within a FilteredRelation is not supported.")
            for used in (key, *_names_in(value)):
                if used.split(SEPARATOR)[0] != name:
                    self._check_depth(used, relation, named.relation_name)
        self.filtered_relations[name] = named
        if maker is not None and maker.made:
            # The slots learn how their values are prepared, though the condition is resolved join by join.
            scratch = self.clone()
            try:
                scratch.land(scratch.walk([name]))
            except (FieldError, TypeError, ValueError):
                self.filtered_relations[name] = filtered.named(name)
                self.opaque = True

    def _check_depth(self, key: str, relation: list[str], shown: str) -> None:
        """Refuse a condition of a filtered relation that needs joins of its own."""
        lookups, walk, annotation = self._understand(key)
        if annotation is not None or walk is None:
            return
        parts = key.split(SEPARATOR)
        path = parts[: len(parts) - len(lookups)]
        for position, part in enumerate(path[:-1]):
            if position >= len(relation):
                raise ValueError(
                    "FilteredRelation's condition doesn't support nested relations deeper than the relation_name "
                    f"(got {key!r} for {shown!r})."
                )
            # Without a lookup the object before the last name may be another one.
            if relation[position] != part and (lookups or position < len(path) - 2):
                raise ValueError(
                    f"FilteredRelation's condition doesn't support relations outside the {shown!r} (got {key!r})."
                )

    def set_annotation_mask(self, names: Any) -> None:
        self.annotation_mask = None if names is None else frozenset(names)

    # Loading

    def add_select_related(self, names: Sequence[str]) -> None:
        """Follow relations by name while selecting, in addition to those named before."""
        known = {} if isinstance(self.select_related, bool) else self.select_related
        for name in names:
            level = known
            for part in name.split(SEPARATOR):
                level = level.setdefault(part, {})
        self.select_related = known

    def add_deferred(self, names: Sequence[str]) -> None:
        existing, defer = self.deferred_loading
        if defer:
            self.deferred_loading = existing.union(names), True
        elif new := existing.difference(names):
            self.deferred_loading = new, False
        else:
            self.deferred_loading = frozenset(), True
            extra = set(names).difference(existing)
            if extra:
                self.deferred_loading = frozenset(extra), True

    def add_immediate(self, names: Sequence[str]) -> None:
        existing, defer = self.deferred_loading
        chosen = set(names)
        if "pk" in chosen:
            chosen.discard("pk")
            chosen.add(self.get_meta().pk.name)
        self.deferred_loading = (frozenset(chosen - existing), False) if defer else (frozenset(chosen), False)


def _without_ref(part: Any) -> Any:
    return part.source if isinstance(part, Ref) else part


def _pairs(q: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for child in getattr(q, "children", ()):
        if isinstance(child, tuple):
            found.append(child)
        elif isinstance(child, Q):
            found.extend(_pairs(child))
    return found


def _names_in(value: Any) -> Iterator[str]:
    """Give the names that `F()` refers to in a value."""
    if isinstance(value, F):
        yield value.name
    elif hasattr(value, "get_source_expressions"):
        for part in value.get_source_expressions():
            yield from _names_in(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _names_in(part)
