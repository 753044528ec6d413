"""What else goes when objects are deleted, as a tree for people to look at before they confirm.

The walk follows the relations that point at the objects, one query for each relation and level, by the rules of
`on_delete`. Nothing is deleted here. Must not know requests or templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from hotclub.db import router
from hotclub.db.models import Q
from hotclub.db.models.deletion import CASCADE, DB_CASCADE, ProtectedError, RestrictedError


class NestedObjects:
    """Collects objects and all that would be deleted with them.

    Args:
        using: alias of the database.

    Attributes:
        model_objs: objects by model.
        protected: objects that forbid the deletion.
    """

    can_defer_constraint_checks = True

    def __init__(self, using: str, origin: Any = None, *, force_collection: bool = True) -> None:
        self.using = using
        self.origin = origin
        self.edges: dict[Any, list[Any]] = {}
        self.protected: set[Any] = set()
        self.model_objs: dict[Any, set[Any]] = {}
        self._restricted: dict[Any, set[Any]] = {}

    def add_edge(self, source: Any, target: Any) -> None:
        """Put an object below the one it goes with; below None if it was asked for itself, or is what such a one inherits from."""
        self.edges.setdefault(source, []).append(target)

    def collect(
        self, objs: Iterable[Any], source: Any = None, source_attr: str | None = None, **_rule_options: Any
    ) -> None:
        """Add objects, and what goes with them.

        Args:
            objs: objects of one model.
            source: model they point to, if they go with others.
            source_attr: name of the field they point with.
        """
        new = [obj for obj in objs if self._add(obj, source, source_attr)]
        if not new:
            return
        self._collect_parents(new)
        for relation in _incoming_relations(type(new[0])._meta):
            self._follow(relation, new)
        for field in type(new[0])._meta.private_fields:
            if hasattr(field, "bulk_related_objects"):
                self.collect(field.bulk_related_objects(new, self.using))
        if source is None:
            self._settle_restricted()

    def _collect_parents(self, objs: list[Any]) -> None:
        """Add the rows of the models these ones inherit from: they go as well."""
        for link in type(objs[0])._meta.concrete_model._meta.parents.values():
            for obj in objs if link else ():
                parent = getattr(obj, link.name)
                if parent not in self.model_objs.setdefault(type(parent), set()):
                    self.model_objs[type(parent)].add(parent)
                    self.add_edge(None, parent)

    def _add(self, obj: Any, source: Any, source_attr: str | None) -> bool:
        below = None
        if source_attr and not source_attr.endswith("+"):
            below = getattr(obj, source_attr, None)
        self.add_edge(below, obj)
        seen = self.model_objs.setdefault(obj._meta.model, set())
        if obj in seen:
            return False
        seen.add(obj)
        return True

    def _follow(self, relation: Any, objs: list[Any]) -> None:
        field = relation.field
        rule = field.remote_field.on_delete
        if rule is None or getattr(rule, "__name__", "") == "DO_NOTHING":
            return
        if rule is not DB_CASCADE and (not callable(rule) or getattr(rule, "lazy_sub_objs", False)):
            return
        related = self.related_objects(relation.related_model, [field], objs)
        # Evaluated here, once: the rules look at it more than once.
        if not related:
            return
        if rule is DB_CASCADE:
            rule = CASCADE
        try:
            rule(self, field, related, self.using)
        except ProtectedError as error:
            self.protected.update(error.protected_objects)
        except RestrictedError as error:
            self.protected.update(error.restricted_objects)

    def related_objects(self, related_model: Any, related_fields: Iterable[Any], objs: Iterable[Any]) -> Any:
        """Return the objects that point at `objs` with one of the fields."""
        found = related_model._base_manager.using(self.using)
        condition: Any = None
        for field in related_fields:
            one = _points_at(field, objs)
            condition = one if condition is None else condition | one
        return found.filter(condition).select_related(*[field.name for field in related_fields])

    def add_field_update(self, field: Any, value: Any, objs: Any) -> None:
        """A column that would be changed: no deletion."""

    def add_dependency(self, model: Any, dependency: Any, reverse_dependency: bool = False) -> None:
        """An order of deletion: of no interest here."""

    def add_restricted_objects(self, field: Any, objs: Any) -> None:
        """Objects that forbid the deletion, unless they go by another way as well."""
        self._restricted.setdefault(field.model, set()).update(objs)

    def _settle_restricted(self) -> None:
        for model, objs in self._restricted.items():
            self.protected.update(objs - self.model_objs.get(model, set()))

    def nested(self, format_callback: Callable[[Any], Any] | None = None) -> list[Any]:
        """Return the tree: each object, followed by the list of those below it, if there are any."""
        seen: set[Any] = set()
        tree: list[Any] = []
        for root in self.edges.get(None, ()):
            tree.extend(self._branch(root, seen, format_callback))
        return tree

    def _branch(self, obj: Any, seen: set[Any], format_callback: Callable[[Any], Any] | None) -> list[Any]:
        if obj in seen:
            return []
        seen.add(obj)
        children: list[Any] = []
        for child in self.edges.get(obj, ()):
            children.extend(self._branch(child, seen, format_callback))
        branch = [format_callback(obj) if format_callback else obj]
        if children:
            branch.append(children)
        return branch


def _incoming_relations(opts: Any) -> list[Any]:
    return [
        relation
        for relation in opts.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete and (relation.one_to_one or relation.one_to_many)
    ]


def _points_at(field: Any, objs: Iterable[Any]) -> Any:
    return Q((f"{field.name}__in", objs))


def deletion_tree(objs: Any) -> NestedObjects:
    """Return what would be deleted with some objects of one model."""
    collector = NestedObjects(using=router.db_for_write(type(objs[0])), origin=objs)
    collector.collect(objs)
    return collector
