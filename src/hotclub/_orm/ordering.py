"""ORDER BY: from names, expressions and `Meta.ordering` to resolved expressions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotclub._orm.expressions.core import Col, Expression, F, OrderBy, RawSQL, Ref, Value
from hotclub._orm.functions.math import Random
from hotclub.core.exceptions import FieldError

SEPARATOR = "__"


def direction_of(name: str, descending: bool = False) -> tuple[str, bool]:
    """Part a name from its sign; a sign turns the direction given."""
    if name[0] == "-":
        return name[1:], not descending
    return name.removeprefix("+"), descending


def chosen_ordering(tree: Any) -> tuple[tuple[Any, ...], bool]:
    """Return what the query is ordered by, and whether it comes from the model's Meta."""
    if tree.extra_order_by:
        return tree.extra_order_by, False
    if not tree.default_ordering:
        return tree.order_by, False
    if tree.order_by:
        return tree.order_by, False
    meta = tree.get_meta()
    if meta is not None and meta.ordering:
        return tuple(meta.ordering), True
    return (), False


class Ordering:
    """Resolves the ordering of one query."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self.from_meta = False

    def entries(self) -> Iterator[Any]:
        """Yield resolved `OrderBy` expressions."""
        items, self.from_meta = chosen_ordering(self.tree)
        backwards = not self.tree.standard_ordering
        for item in items:
            if hasattr(item, "resolve_expression"):
                yield self._expression(item, backwards)
            elif item == "?":
                yield OrderBy(Random())
            elif self.tree.extra_order_by and "." in item and item.lstrip("+-") not in self.tree.annotations:
                name, descending = direction_of(item, backwards)
                yield OrderBy(_ColumnOfTable(*name.split(".", 1)), descending=descending)
            else:
                yield from self._named(item, backwards)

    def _expression(self, item: Any, backwards: bool) -> Any:
        if isinstance(item, Value):
            # A literal would be read as the number of a column.
            item = _LiteralOrder(item)
        made = item if isinstance(item, OrderBy) else item.asc()
        made = made.copy()
        if backwards:
            made.reverse_ordering()
        source = made.expression
        if isinstance(source, F) and not backwards and source.name in self.tree.annotation_select and type(source) is F:
            made.expression = Ref(source.name, self.tree.annotation_select[source.name])
            return made
        return made.resolve_expression(self.tree, allow_joins=True, reuse=None)

    def _named(self, item: str, backwards: bool) -> Iterator[Any]:
        name, descending = direction_of(item, backwards)
        tree = self.tree
        if name in tree.annotation_select:
            yield OrderBy(Ref(name, tree.annotation_select[name]), descending=descending)
        elif name in tree.annotations:
            annotation = tree.annotations[name]
            if isinstance(annotation, Value):
                annotation = _LiteralOrder(annotation)
            yield OrderBy(annotation, descending=descending)
        elif name in tree.extra:
            if name in tree.extra_select:
                yield OrderBy(Ref(name, RawSQL(*tree.extra[name])), descending=descending)
            else:
                yield OrderBy(RawSQL(*tree.extra[name]), descending=descending)
        else:
            head, *rest = name.split(SEPARATOR)
            if head in tree.annotations:
                found = tree.annotations[head]
                for part in rest:
                    found = tree.try_transform(found, part)
                yield OrderBy(found, descending=descending)
                return
            yield from self._field(name, tree.get_meta(), None, descending, ())

    def _field(
        self, name: str, meta: Any, alias: str | None, descending: bool, seen: tuple[Any, ...], prefix: str = ""
    ) -> Iterator[Any]:
        tree = self.tree
        parts = name.split(SEPARATOR)
        if alias is None:
            walk = tree.walk(parts)
        else:
            walk = tree.walk(parts, meta)
        field = walk.field
        last = parts[len(parts) - len(walk.rest) - 1]
        if (
            field.is_relation
            and walk.hops
            and not walk.rest
            and walk.hops[-1].to_opts.ordering
            and getattr(field, "attname", None) != last
            and last != "pk"
        ):
            yield from self._related(f"{prefix}{name}{SEPARATOR}", walk, alias, descending, seen)
            return
        landed, targets, _aliases = tree.land(walk, None, True, alias)
        if walk.rest:
            found = tree.transformed(Col(landed, targets[0], walk.targets[0]), walk)
            yield OrderBy(found, descending=descending)
            return
        for target in targets:
            columns = target.fields if hasattr(target, "fields") and not target.column else [target]
            for column in columns:
                yield OrderBy(Col(landed, column, column), descending=descending)

    def _related(
        self, prefix: str, walk: Any, alias: str | None, descending: bool, seen: tuple[Any, ...]
    ) -> Iterator[Any]:
        """Order by the related model's own ordering; `prefix` is the way to it from the query's model."""
        tree = self.tree
        key = walk.hops[-1].join_field
        if key in seen:
            raise FieldError("Infinite loop caused by ordering.")
        landed = tree.follow(walk.hops, None, alias)[-1]
        target = walk.hops[-1].to_opts
        for item in target.ordering:
            if hasattr(item, "resolve_expression"):
                made = (item if isinstance(item, OrderBy) else item.asc()).copy()
                if descending:
                    made.reverse_ordering()
                prefixed = made.prefix_references(prefix)
                yield prefixed.resolve_expression(tree, allow_joins=True, reuse=None)
                continue
            if item == "?":
                yield OrderBy(Random())
                continue
            below, turned = direction_of(item, descending)
            yield from self._field(below, target, landed, turned, (*seen, key), prefix)


class _ColumnOfTable(Expression):
    """A column of the database by the names that `extra(order_by=["table.column"])` gave."""

    shape_attributes = ("table", "column")

    def __init__(self, table: str, column: str) -> None:
        super().__init__()
        self.table, self.column = table, column

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return f"{compiler.quote(self.table)}.{compiler.quote(self.column)}", ()

    def get_group_by_cols(self) -> list[Any]:
        return [self]


class _LiteralOrder(Value):
    """A literal in ORDER BY, in parentheses of a cast, so that it is no column number."""

    shape_attributes = ("for_save",)

    def __init__(self, value: Value) -> None:
        super().__init__(value.value, value._output_field_or_none)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        sql, params = super().as_sql(compiler, connection)
        field = self._output_field_or_none
        db_type = field.cast_db_type(connection) if field is not None else None
        return (f"CAST({sql} AS {db_type})" if db_type else sql), params
