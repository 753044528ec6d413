"""What a SELECT gives: columns, and which of them make which instances.

`ModelSpec` says which columns of a row make an instance, and how it hangs together with the instance it was reached
from. Loading masks (`only`, `defer`) are read here.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from hotclub._orm.expressions.core import Col
from hotclub.core.exceptions import FieldError

SEPARATOR = "__"


class ModelSpec:
    """The columns of one instance in a row.

    Attributes:
        model: class of the instance.
        start: position of its first column.
        fields: its fields, in column order.
        children: specs of related instances.
        attach: called with (owner, instance or None) to store a related instance.
        attach_back: called with (instance, owner) for a known one.
        from_parent: whether the instance shares the owner's row of a parent model.
    """

    __slots__ = ("attach", "attach_back", "children", "fields", "from_parent", "key_positions", "model", "start")

    def __init__(self, model: Any, start: int, fields: list[Any]) -> None:
        self.model = model
        self.start = start
        self.fields = fields
        self.children: list[ModelSpec] = []
        self.attach: Callable[[Any, Any], None] | None = None
        self.attach_back: Callable[[Any, Any], None] | None = None
        self.from_parent = False

    @property
    def attnames(self) -> list[str]:
        return [field.attname for field in self.fields]


class Mask:
    """Which fields of a model are loaded: the names of `only()` or `defer()`, as a tree."""

    __slots__ = ("defer", "names")

    def __init__(self, names: dict[str, Any], defer: bool) -> None:
        self.names = names
        self.defer = defer

    @classmethod
    def of(cls, deferred_loading: tuple[frozenset[str], bool]) -> Mask | None:
        paths, defer = deferred_loading
        if not paths:
            return None
        tree: dict[str, Any] = {}
        for path in paths:
            level = tree
            for part in path.split(SEPARATOR):
                level = level.setdefault(part, {})
        return cls(tree, defer)

    def below(self, name: str) -> Mask | None:
        found = self.names.get(name)
        return Mask(found, self.defer) if found else None

    def check(self, meta: Any, filtered: Container[str] = ()) -> None:
        """Refuse names that are neither the model's nor those of the query's filtered relations."""
        for name, below in self.names.items():
            if name == "pk" or name in filtered:
                continue
            field = meta.get_field(name) if name not in _reverse_names(meta) else None
            if field is None or not below:
                continue
            if not field.is_relation:
                raise FieldError(next(iter(below)))
            Mask(below, self.defer).check(field.related_model._meta)

    def loads(self, field: Any, meta: Any) -> bool:
        """Say whether a field is loaded."""
        if self.defer:
            named = self.names.get(field.name, self.names.get(field.attname))
            return named is None or bool(named) or _is_key(field, meta)
        return field.name in self.names or field.attname in self.names or _is_key(field, meta)


def _reverse_names(meta: Any) -> set[str]:
    return {relation.name for relation in meta.related_objects}


def _is_key(field: Any, meta: Any) -> bool:
    return field is meta.pk or field in meta.pk_fields


def model_columns(
    tree: Any, meta: Any, start_alias: str, mask: Mask | None, from_parent: Any = None
) -> tuple[list[Col], list[Any]]:
    """Return the columns that load a model, and their fields; joins to parent models are added."""
    columns: list[Col] = []
    fields: list[Any] = []
    only_unmasked = mask is not None and not mask.defer and not mask.names
    for field in meta.concrete_fields:
        model = field.model._meta.concrete_model
        if from_parent is not None and model is not meta.concrete_model and issubclass(from_parent, model):
            continue  # the owner's row holds the parent's columns already
        if mask is not None and not only_unmasked and not mask.loads(field, meta):
            continue
        alias = start_alias
        if model is not meta.concrete_model:
            alias = tree.follow(meta.get_path_to_parent(model), None, start_alias)[-1]
        columns.append(field.get_col(alias))
        fields.append(field)
    return columns, fields


class RelatedColumns:
    """Collects the columns that `select_related()` asks for."""

    def __init__(self, tree: Any, select: list[tuple[Any, str | None]]) -> None:
        self.tree = tree
        self.select = select

    def collect(
        self, spec: ModelSpec, meta: Any, alias: str, requested: Any, mask: Mask | None, depth: int = 1
    ) -> None:
        """Add columns and specs below an instance.

        Args:
            spec: the owner.
            meta: its model's `_meta`.
            alias: its table.
            requested: names to follow, as a tree; None follows every relation that must have a partner.
            mask: loading mask of the owner.
            depth: how many relations deep.

        Raises:
            FieldError: a name is no relation.
        """
        if requested is None and depth > self.tree.max_depth:
            return
        found: set[str] = set()
        for field in meta.fields:
            found.add(field.name)
            wanted = self._wants(field, meta, requested, mask)
            if not wanted:
                continue
            below = mask.below(field.name) if mask else None
            child = self._join(meta, [field.name], alias, below, spec)
            child.attach = field.set_cached_value
            if field.unique:
                child.attach_back = field.remote_field.set_cached_value
            next_requested = None if requested is None else requested.get(field.name) or {}
            child_alias = self._last_alias
            self.collect(child, child.model._meta, child_alias, next_requested, below, depth + 1)
        if requested is not None:
            self._reverse(spec, meta, alias, requested, mask, found, depth)
            self._filtered(spec, meta, alias, requested, mask, found, depth)
            missing = sorted(set(requested) - found)
            if missing:
                choices = ", ".join(self._choices(meta)) or "(none)"
                raise FieldError(
                    f"Invalid field name(s) given in select_related: {', '.join(repr(name) for name in missing)}. "
                    f"Choices are: {choices}"
                )

    def _wants(self, field: Any, meta: Any, requested: Any, mask: Mask | None) -> bool:
        if requested is not None and field.name in requested and not field.is_relation:
            choices = ", ".join(self._choices(meta)) or "(none)"
            problem = "Non-relational field given in select_related"
            raise FieldError(f"{problem}: '{field.name}'. Choices are: {choices}")
        if not field.remote_field or not hasattr(field, "path_infos"):
            return False
        if requested is None:
            return not field.null and not field.remote_field.parent_link
        if field.name not in requested:
            return False
        if mask is not None and not mask.loads(field, meta) and (mask.defer or mask.names):
            raise _deferred_and_traversed(field.model._meta, field.name)
        return True

    def _join(
        self, meta: Any, names: list[str], alias: str, mask: Mask | None, owner: ModelSpec, parent: Any = None
    ) -> ModelSpec:
        walk = self.tree.walk(names, meta)
        self._last_alias = self.tree.follow(walk.hops, None, alias)[-1]
        target = walk.hops[-1].to_opts
        columns, fields = model_columns(self.tree, target, self._last_alias, mask, parent)
        child = ModelSpec(target.model, len(self.select), fields)
        self.select.extend((column, None) for column in columns)
        owner.children.append(child)
        return child

    def _reverse(
        self, spec: ModelSpec, meta: Any, alias: str, requested: Any, mask: Mask | None, found: set[str], depth: int
    ) -> None:
        for relation in meta.related_objects:
            if not relation.field.unique or relation.many_to_many:
                continue
            name = relation.field.related_query_name()
            found.add(name)
            if name not in requested:
                continue
            if mask is not None and not mask.defer and mask.names and name not in mask.names:
                raise _deferred_and_traversed(meta, name)
            walk = self.tree.walk([name], meta)
            target = walk.hops[-1].to_opts
            start = self.tree.follow(walk.hops, None, alias)[-1]
            below = mask.below(name) if mask else None
            shared = issubclass(target.model, spec.model) and target.model is not spec.model
            columns, fields = model_columns(self.tree, target, start, below, spec.model if shared else None)
            child = ModelSpec(target.model, len(self.select), fields)
            child.from_parent = shared
            self.select.extend((column, None) for column in columns)
            child.attach = relation.set_cached_value
            child.attach_back = relation.field.set_cached_value
            spec.children.append(child)
            self.collect(child, target, start, requested.get(name) or {}, below, depth + 1)

    def _filtered(
        self, spec: ModelSpec, meta: Any, alias: str, requested: Any, mask: Mask | None, found: set[str], depth: int
    ) -> None:
        if depth != 1:
            return
        for name in requested:
            if name in found or name not in self.tree.filtered_relations:
                continue
            found.add(name)
            below = mask.below(name) if mask and mask.defer else None
            child = self._join(meta, [name], alias, below, spec)
            child_alias = self._last_alias
            child.attach = _attribute_setter(name)
            hops = self.tree.walk([name], meta).hops
            relation = hops[-1].join_field
            if len(hops) == 1:
                if hasattr(relation, "field"):
                    child.attach_back = relation.field.set_cached_value
                elif relation.unique:
                    child.attach_back = relation.remote_field.set_cached_value
            self.collect(child, child.model._meta, child_alias, requested.get(name) or {}, below, depth + 1)

    def _choices(self, meta: Any) -> list[str]:
        direct = {field.name for field in meta.fields if field.is_relation}
        reverse = {relation.field.related_query_name() for relation in meta.related_objects if relation.field.unique}
        return [*sorted(direct | reverse), *self.tree.filtered_relations]


def _deferred_and_traversed(meta: Any, name: str) -> FieldError:
    return FieldError(
        f"Field {meta.object_name}.{name} cannot be both deferred and traversed using select_related at the same time."
    )


def _attribute_setter(name: str) -> Callable[[Any, Any], None]:
    def attach(owner: Any, instance: Any) -> None:
        setattr(owner, name, instance)

    return attach
