"""Names to joins: walks a field path, and keeps the tables of one query.

A `Walk` is what a chain of names means on a model: hops, the field it ends on, and names left over. `JoinGraph` holds
tables by alias and turns a walk into an alias and columns. Whether a join is INNER or LEFT OUTER is not decided here:
the compiler asks the finished conditions which tables must have a row.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hotclub._orm.expressions.core import Col, ColPairs, rewrite
from hotclub._orm.paths import PathInfo
from hotclub._orm.q import Q
from hotclub.apps import apps
from hotclub.core.exceptions import FieldDoesNotExist, FieldError

if TYPE_CHECKING:
    from typing import Self


class Walk(NamedTuple):
    """What a chain of names means.

    Attributes:
        hops: steps between tables, in order.
        field: the field or relation the chain ends on.
        targets: the columns of its value, on the last table.
        rest: names after the field: transforms and a lookup.
    """

    hops: tuple[PathInfo, ...]
    field: Any
    targets: tuple[Any, ...]
    rest: tuple[str, ...]


class MultiJoin(Exception):
    """A path led to many rows where one was wanted.

    Attributes:
        level: how many hops in.
    """

    def __init__(self, level: int) -> None:
        self.level = level


class Table:
    """A table in the FROM clause; immutable but for being copied.

    Attributes:
        alias: name within the query.
        name: name in the database.
        parent: alias of the table it is joined to; None for the first.
        field: what gives the columns of the join.
        nullable: whether a row of the parent may have no partner.
        filtered: the `FilteredRelation` that narrows the join, with its condition resolved.
    """

    __slots__ = ("alias", "field", "filtered", "name", "nullable", "opts", "parent")

    def __init__(
        self,
        alias: str,
        name: str,
        opts: Any = None,
        parent: str | None = None,
        field: Any = None,
        nullable: bool = False,
        filtered: Any = None,
    ) -> None:
        self.alias = alias
        self.name = name
        self.opts = opts
        self.parent = parent
        self.field = field
        self.nullable = nullable
        self.filtered = filtered

    def __repr__(self) -> str:
        return f"<Table {self.name} as {self.alias} on {self.parent}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # Models made by the framework cannot be pickled as classes: the registry finds them again.
        model = None if self.opts is None else (self.opts.app_label, self.opts.model_name)
        reverse = self.field is not None and hasattr(self.field, "field")
        field = self.field.field if reverse else self.field
        return _table_again, (self.alias, self.name, model, self.parent, field, reverse, self.nullable, self.filtered)

    @property
    def table_name(self) -> str:
        return self.name

    @property
    def table_alias(self) -> str:
        return self.alias

    @property
    def parent_alias(self) -> str | None:
        return self.parent

    @property
    def join_field(self) -> Any:
        return self.field

    def relabeled(self, aliases: dict[str, str]) -> Table:
        return Table(
            aliases.get(self.alias, self.alias),
            self.name,
            self.opts,
            None if self.parent is None else aliases.get(self.parent, self.parent),
            self.field,
            self.nullable,
            None if self.filtered is None else self.filtered.relabeled_clone(aliases),
        )


def _table_again(
    alias: str,
    name: str,
    model: tuple[str, str] | None,
    parent: str | None,
    field: Any,
    reverse: bool,
    nullable: bool,
    filtered: Any,
) -> Table:
    """Rebuild a pickled table."""
    opts = None if model is None else apps.get_model(*model)._meta
    return Table(alias, name, opts, parent, field.remote_field if reverse else field, nullable, filtered)


class JoinGraph:
    """The tables of a query and the meaning of names in it."""

    model: Any
    tables: dict[str, Table]
    annotations: dict[str, Any]
    filtered_relations: dict[str, Any]
    alias_prefix: str
    alias_count: int
    alias_cols: bool
    extra: dict[str, Any]

    # Names

    def get_meta(self) -> Any:
        return self.model._meta if self.model is not None else None

    def known_names(self) -> list[str]:
        """The names a lookup may begin with, for error messages."""
        meta = self.get_meta()
        names: set[str] = set()
        if meta is not None:
            for field in meta.get_fields():
                names.add(field.name)
                if hasattr(field, "attname"):
                    names.add(field.attname)
        return sorted(names | set(self.annotations) | set(self.filtered_relations) | set(self.extra))

    def walk(self, names: Sequence[str], meta: Any = None, strict: bool = False) -> Walk:
        """Say what a chain of names means, starting at a model.

        Args:
            names: the parts between double underscores.
            meta: where to start; the query's model by default.
            strict: whether names may not be left over.

        Raises:
            FieldError: the first name is unknown, or (strict) one of the others is.
        """
        meta = meta or self.get_meta()
        hops: list[PathInfo] = []
        field: Any = None
        targets: tuple[Any, ...] = ()
        position = 0
        while position < len(names):
            name = names[position]
            found, filtered = self._named(meta, name, position == 0)
            if found is None:
                if field is None or strict:
                    raise self._unknown(meta, name)
                break
            if found.is_relation and not found.related_model:
                raise FieldError(
                    f"Field {name!r} does not generate an automatic reverse relation and therefore cannot be used "
                    "for reverse querying. If it is a GenericForeignKey, consider adding a GenericRelation."
                )
            owner = getattr(getattr(found, "model", None), "_meta", None)
            if filtered is None and owner is not None and meta is not None:
                owner = owner.concrete_model._meta
                if owner is not meta.concrete_model._meta:
                    up = meta.get_path_to_parent(owner.model)
                    hops.extend(up)
                    if up:
                        meta = up[-1].to_opts
            if filtered is not None:
                through = self.walk(filtered.relation_name.split("__"), meta, strict=True)
                steps = list(through.hops)
                if not steps:
                    raise ValueError(f"FilteredRelation's relation_name {filtered.relation_name!r} is no relation.")
                steps[-1] = steps[-1]._replace(filtered_relation=filtered)
                hops.extend(steps)
                field, targets, meta = steps[-1].join_field, steps[-1].target_fields, steps[-1].to_opts
            elif hasattr(found, "path_infos"):
                steps = list(found.path_infos)
                hops.extend(steps)
                field, targets, meta = steps[-1].join_field, steps[-1].target_fields, steps[-1].to_opts
            else:
                field, targets = found, (found,)
                position += 1
                if strict and position < len(names):
                    raise FieldError(
                        f"Cannot resolve keyword {names[position]!r} into field. Join on {name!r} not permitted."
                    )
                break
            position += 1
        return Walk(tuple(hops), field, targets, tuple(names[position:]))

    def names_to_path(
        self, names: Sequence[str], opts: Any, allow_many: bool = True, fail_on_missing: bool = False
    ) -> tuple[list[PathInfo], Any, tuple[Any, ...], list[str]]:
        """Return hops, last field, its columns and names left over, for packages that look through relations so.

        Raises:
            FieldError: a name is unknown.
            MultiJoin: a hop leads to many rows, and that is not allowed.
        """
        walk = self.walk(names, opts, strict=fail_on_missing)
        if not allow_many:
            for position, hop in enumerate(walk.hops):
                if hop.m2m:
                    raise MultiJoin(position + 1)
        return list(walk.hops), walk.field, walk.targets, list(walk.rest)

    def _named(self, meta: Any, name: str, first: bool) -> tuple[Any, Any]:
        """Return the field with this name and, if it is one, the filtered relation."""
        if meta is None:
            return (self.annotations[name].output_field, None) if first and name in self.annotations else (None, None)
        if first and name in self.filtered_relations:
            filtered = self.filtered_relations[name]
            last = self.walk(filtered.relation_name.split("__"), meta, strict=True)
            return last.field, filtered
        try:
            return meta.get_field(meta.pk.name if name == "pk" else name), None
        except FieldDoesNotExist:
            if first and name in self.annotations:
                return self.annotations[name].output_field, None
            return None, None

    def _unknown(self, meta: Any, name: str) -> FieldError:
        if meta is self.get_meta():
            choices = self.known_names()
        else:
            choices = sorted(
                {field.name for field in meta.get_fields()}
                | {field.attname for field in meta.get_fields() if hasattr(field, "attname")}
                | set(self.annotations)
                | set(self.filtered_relations)
            )
        return FieldError(f"Cannot resolve keyword '{name}' into field. Choices are: {', '.join(choices)}")

    # Tables

    @property
    def base_table(self) -> str | None:
        return next(iter(self.tables), None)

    def get_initial_alias(self) -> str | None:
        """Return the alias of the model's own table, adding it if the query has no table yet."""
        if not self.tables and self.model is not None:
            meta = self.get_meta()
            alias = self.new_alias(meta.db_table)
            self.tables[alias] = Table(alias, meta.db_table, meta)
        return self.base_table

    def new_alias(self, table: str) -> str:
        """Return a free name for a table: its own, or the prefix and a number."""
        self.alias_count += 1
        if self.alias_prefix == "T" and table not in self.tables and table.lower() not in map(str.lower, self.tables):
            return table
        while True:
            alias = f"{self.alias_prefix}{self.alias_count}"
            if alias not in self.tables:
                return alias
            self.alias_count += 1

    def _existing(self, hop: PathInfo, parent: str | None, reuse: set[str] | None) -> str | None:
        found = None
        for table in self.tables.values():
            if table.parent != parent or table.field is None or table.name != hop.to_opts.db_table:
                continue
            if table.field != hop.join_field or not _same_filter(table.filtered, hop.filtered_relation):
                continue
            if hop.m2m and reuse is not None and table.alias not in reuse:
                continue
            found = table.alias
        return found

    def follow(self, hops: Sequence[PathInfo], reuse: set[str] | None = None, start: str | None = None) -> list[str]:
        """Make sure that the tables of a path stand in the query.

        Args:
            hops: the path.
            reuse: aliases of many-valued tables that may be shared; None allows all. Grows by the path's own.
            start: alias to begin at; the model's own table by default.

        Returns:
            The aliases along the path, the start first.
        """
        aliases = [start or self.get_initial_alias() or ""]
        for hop in hops:
            alias = self._existing(hop, aliases[-1], reuse)
            if alias is None:
                alias = self._add_table(hop, aliases[-1], reuse)
            if reuse is not None:
                reuse.add(alias)
            aliases.append(alias)
        return aliases

    def _add_table(self, hop: PathInfo, parent: str, reuse: set[str] | None) -> str:
        name = hop.to_opts.db_table
        alias = self.new_alias(name)
        if hop.filtered_relation is not None and self.alias_prefix == "T":
            alias = self._named_alias(str(hop.filtered_relation.alias_name), alias)
        nullable = bool(hop.join_field.null) if hop.direct else True
        filtered = hop.filtered_relation
        table = Table(alias, name, hop.to_opts, parent, hop.join_field, nullable)
        self.tables[alias] = table
        if filtered is not None:
            table.filtered = filtered.clone_on(alias)
            if reuse is not None:
                reuse.add(alias)  # the condition itself speaks of this table
            table.filtered.resolve(self, reuse)
        return alias

    def _named_alias(self, wanted: str, otherwise: str) -> str:
        """Return the name of a filtered relation as the alias of its table, if no table is called so."""
        taken = {table.name.lower() for table in self.tables.values()} | {alias.lower() for alias in self.tables}
        return otherwise if wanted.lower() in taken else wanted

    def land(
        self, walk: Walk, reuse: set[str] | None = None, allow_joins: bool = True, start: str | None = None
    ) -> tuple[str, tuple[Any, ...], list[str]]:
        """Join what a walk needs and no more.

        A last hop whose columns are foreign keys on the table before it is not joined: the value is there already.

        Returns:
            The alias, the fields on it that hold the value, and all aliases along the path.

        Raises:
            FieldError: a join is needed and not allowed.
        """
        hops, targets = trimmed(walk)
        if hops and not allow_joins:
            raise FieldError("Joined field references are not permitted in this query")
        aliases = self.follow(hops, reuse, start)
        return aliases[-1], targets, aliases

    def shown(self, alias: str) -> str | None:
        """The alias as columns carry it: none where columns are written without their table."""
        return alias if self.alias_cols else None

    def column(self, alias: Any, targets: Sequence[Any], field: Any) -> Any:
        """Return the expression for a value that has one column or several."""
        field = _readable(field, targets)
        alias = self.shown(alias)
        if len(targets) == 1:
            target = targets[0]
            if hasattr(target, "fields") and getattr(target, "column", None) is None:
                columns = list(target.fields)
                return ColPairs(alias, columns, columns, target)
            return Col(alias, target, field)
        return ColPairs(alias, targets, _sources(field, targets), field)

    def copy_tables(self, made: Self) -> None:
        made.tables = self.tables.copy()


def value_field(field: Any) -> Any:
    """Return the field whose type a column's values have: that of the target, for a foreign key."""
    seen = 0
    while getattr(field, "is_relation", False) and getattr(field, "column", None) and seen < 32:
        related: Any = getattr(field, "foreign_related_fields", ())
        if len(related) != 1:
            break
        field = related[0]
        seen += 1
    return field


def _readable(field: Any, targets: Sequence[Any]) -> Any:
    return field if field is not None else targets[0]


def _sources(field: Any, targets: Sequence[Any]) -> list[Any]:
    related = getattr(field, "foreign_related_fields", None)
    return list(related) if related and len(related) == len(targets) else list(targets)


def _same_filter(resolved: Any, wanted: Any) -> bool:
    if resolved is None or wanted is None:
        return resolved is None and wanted is None
    return bool(resolved.alias_name == wanted.alias_name and resolved.condition == wanted.condition)


def trimmed(walk: Walk) -> tuple[list[PathInfo], tuple[Any, ...]]:
    """Drop hops at the end of a walk whose target columns stand on the table before them."""
    hops, targets = list(walk.hops), walk.targets
    while hops:
        hop = hops[-1]
        if not hop.direct or hop.filtered_relation is not None:
            break
        local = {remote.column: own for own, remote in hop.join_field.related_fields}
        columns = [_columns_of(target) for target in targets]
        flat = [column for group in columns for column in group]
        if not flat or any(column not in local for column in flat):
            break
        targets = tuple(local[column] for column in flat)
        hops.pop()
    return hops, targets


def _columns_of(target: Any) -> list[str]:
    column = getattr(target, "column", None)
    if column is None and hasattr(target, "fields"):
        return [field.column for field in target.fields]
    return [] if column is None else [column]


class FilteredRelation:
    """A relation that is joined under a condition of its own.

    Args:
        relation_name: path of the relation.
        condition: what rows of the relation must fulfil.

    Source: docs ref/models/querysets, "FilteredRelation() objects".
    """

    relation_name: str
    condition: Any

    def __init__(self, relation_name: str, *, condition: Any = None) -> None:
        if not relation_name:
            raise ValueError("relation_name cannot be empty.")
        self.relation_name = relation_name
        self.alias_name: str | None = None
        if condition is not None and not isinstance(condition, Q):
            raise ValueError("condition argument must be a Q() instance.")
        self.condition = condition
        self.alias: str | None = None
        self.resolved_condition: Any = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FilteredRelation):
            return NotImplemented
        return (self.relation_name, self.alias_name, self.condition) == (
            other.relation_name,
            other.alias_name,
            other.condition,
        )

    def __hash__(self) -> int:
        return hash((self.relation_name, self.alias_name))

    def named(self, name: str) -> FilteredRelation:
        """Return a copy under the name it was annotated with."""
        made = copy.copy(self)
        made.alias_name = name
        return made

    def rewritten(self, visit: Callable[[Any], Any]) -> FilteredRelation:
        """Return a copy whose condition was rebuilt by `visit` (see `expressions.rewrite`)."""
        made = copy.copy(self)
        made.condition = rewrite(self.condition, visit)
        made.resolved_condition = rewrite(self.resolved_condition, visit)
        return made

    def clone_on(self, alias: str) -> FilteredRelation:
        made = copy.copy(self)
        made.alias = alias
        return made

    def resolve(self, query: Any, reuse: set[str] | None) -> None:
        """Resolve the condition against the query in which the relation now stands."""
        if self.condition:
            self.resolved_condition = query.resolve_filtered_condition(self, reuse)

    def relabeled_clone(self, change_map: dict[str, str]) -> FilteredRelation:
        made = copy.copy(self)
        made.alias = change_map.get(self.alias or "", self.alias)
        if self.resolved_condition is not None:
            made.resolved_condition = self.resolved_condition.relabeled_clone(change_map)
        return made

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("FilteredRelation.resolve_expression() is unused.")

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return compiler.compile(self.resolved_condition)


FilteredRelation.__module__ = "hotclub.db.models"
