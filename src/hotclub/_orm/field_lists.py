"""The lists of fields of a model, the half of `Model._meta` that answers questions about fields.

Own and inherited fields, the relations that point at the model, names and keys: each computed once, from one walk over
the parents and, for relations, one over the registry. Must not know how the options came about.

Source: docs ref/models/meta.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotclub._orm.fields.composite import CompositePrimaryKey, unnest
from hotclub.core.exceptions import FieldDoesNotExist
from hotclub.utils.functional import cached_property

PROXY_PARENTS = object()
"""For `include_parents`: only the parents that are the same table."""

IncludeParents = Any


IMMUTABLE_WARNING = (
    "The return type of '%s' should never be mutated. If you want to manipulate this list for your own use, make a copy "
    "first."
)


class ImmutableList(tuple):  # type: ignore[type-arg]  # of anything
    """A list given out that nobody may change."""

    warning: str

    def __new__(cls, *args: Any, warning: str = "ImmutableList object is immutable.", **kwargs: Any) -> ImmutableList:
        made = tuple.__new__(cls, *args, **kwargs)
        made.warning = warning
        return made

    def complain(self, *args: Any, **kwargs: Any) -> Any:
        raise AttributeError(self.warning)

    __delitem__ = __setitem__ = __iadd__ = __imul__ = complain
    append = extend = insert = pop = remove = sort = reverse = complain


def make_immutable_fields_list(name: str, data: Any) -> ImmutableList:
    """Freeze a list of fields for the outside."""
    return ImmutableList(data, warning=IMMUTABLE_WARNING % name)


EMPTY_RELATION_TREE = make_immutable_fields_list("related_objects", ())


class FieldLists:
    """The part of `Options` that knows the fields of a model and the relations that point at it."""

    # What the options themselves bring along.
    model: Any
    object_name: str
    apps: Any
    abstract: bool
    proxy: bool
    concrete_model: Any
    parents: dict[Any, Any]
    pk: Any
    constraints: list[Any]
    local_fields: list[Any]
    local_many_to_many: list[Any]
    private_fields: list[Any]

    def _get_fields(
        self,
        forward: bool = True,
        reverse: bool = True,
        include_parents: IncludeParents = True,
        include_hidden: bool = False,
        topmost_call: bool = True,
    ) -> ImmutableList:
        """Return fields and reverse sides by kind; cached.

        Args:
            forward: fields of the model.
            reverse: what points at it.
            include_parents: True, False or `PROXY_PARENTS`.
            include_hidden: reverse sides without an accessor too.
            topmost_call: kept for callers that pass it; private fields come with it.

        Raises:
            TypeError: `include_parents` is something else.
        """
        if include_parents not in (True, False, PROXY_PARENTS):
            raise TypeError(f"Invalid argument for include_parents: {include_parents}")
        cache: dict[Any, ImmutableList] = self.__dict__.setdefault("_get_fields_cache", {})
        key = (forward, reverse, include_parents, include_hidden, topmost_call)
        if key not in cache:
            found = list(self._walk_fields(forward, reverse, include_parents, include_hidden, set()))
            if forward and topmost_call:
                found += self.private_fields
            cache[key] = make_immutable_fields_list("get_fields()", found)
        return cache[key]

    def _walk_fields(
        self, forward: bool, reverse: bool, include_parents: IncludeParents, include_hidden: bool, seen: set[Any]
    ) -> Iterator[Any]:
        """Give the fields of the parents, then what points here, then the own ones."""
        seen.add(self.model)
        if include_parents is not False:
            # A field of the same name or a copy of it may come from an abstract base already: the parent's is not ours.
            for parent in self.parents:
                other = parent._meta
                if parent in seen or (other.concrete_model != self.concrete_model and include_parents is PROXY_PARENTS):
                    continue
                for field in other._walk_fields(forward, reverse, include_parents, include_hidden, seen):
                    # A child's link to its parent, seen from there, is no relation of the child; a proxy is its parent.
                    if (
                        other.concrete_model == self.concrete_model
                        or field.concrete
                        or not getattr(field, "parent_link", False)
                    ):
                        yield field
        if reverse and not self.proxy:
            for field in self._relation_tree:
                if include_hidden or not field.remote_field.hidden:
                    yield field.remote_field
        if forward:
            yield from self.local_fields
            yield from self.local_many_to_many

    def get_fields(self, include_parents: IncludeParents = True, include_hidden: bool = False) -> ImmutableList:
        """Return all fields of the model: own, inherited, and those of relations that point at it.

        Source: docs ref/models/meta, "get_fields".
        """
        if include_parents is False:
            include_parents = PROXY_PARENTS
        return self._get_fields(include_parents=include_parents, include_hidden=include_hidden)

    @cached_property
    def fields(self) -> ImmutableList:
        """The forward fields with a value of their own: no many-to-many, no generic relations."""

        def is_plain(field: Any) -> bool:
            if not field.is_relation:
                return True
            if field.many_to_many or field.one_to_many:
                return False
            # A generic key points at no model in particular.
            return not field.many_to_one or bool(getattr(field.remote_field, "model", None))

        return make_immutable_fields_list("fields", filter(is_plain, self._get_fields(reverse=False)))

    @cached_property
    def concrete_fields(self) -> ImmutableList:
        """The fields with a column."""
        return make_immutable_fields_list("concrete_fields", (each for each in self.fields if each.concrete))

    @cached_property
    def local_concrete_fields(self) -> ImmutableList:
        """The fields with a column in this model's own table."""
        return make_immutable_fields_list(
            "local_concrete_fields", (each for each in self.local_fields if each.concrete)
        )

    @cached_property
    def many_to_many(self) -> ImmutableList:
        forward = self._get_fields(reverse=False)
        return make_immutable_fields_list(
            "many_to_many", (each for each in forward if each.is_relation and each.many_to_many)
        )

    @cached_property
    def related_objects(self) -> ImmutableList:
        """The reverse sides of relations that point here, hidden ones of many-to-many included."""
        found = self._get_fields(forward=False, reverse=True, include_hidden=True)
        return make_immutable_fields_list(
            "related_objects", (each for each in found if not each.hidden or each.field.many_to_many)
        )

    @cached_property
    def deletable_relations(self) -> tuple[Any, ...]:
        """The reverse sides whose rows a deletion must look at, hidden ones included."""
        found = self._get_fields(forward=False, reverse=True, include_hidden=True)
        return tuple(
            each for each in found if each.auto_created and not each.concrete and (each.one_to_one or each.one_to_many)
        )

    @cached_property
    def _forward_fields_map(self) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for field in self._get_fields(reverse=False):
            table[field.name] = field
            # "author_id" finds the same field as "author".
            if attname := getattr(field, "attname", None):
                table[attname] = field
        return table

    @cached_property
    def fields_map(self) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for field in self._get_fields(forward=False, include_hidden=True):
            table[field.name] = field
            if attname := getattr(field, "attname", None):
                table[attname] = field
        return table

    def get_field(self, field_name: str) -> Any:
        """Return a field by name, forward or reverse.

        Raises:
            FieldDoesNotExist: there is none.
        """
        try:
            # Forward fields are known before the registry is ready.
            return self._forward_fields_map[field_name]
        except KeyError:
            if not self.apps.models_ready:
                raise FieldDoesNotExist(
                    f"{self.object_name} has no field named '{field_name}'. The app cache isn't ready yet, so if this is "
                    "an auto-created related field, it won't be available yet."
                ) from None
        try:
            return self.fields_map[field_name]
        except KeyError:
            raise FieldDoesNotExist(f"{self.object_name} has no field named '{field_name}'") from None

    @cached_property
    def _relation_tree(self) -> ImmutableList:
        """The relation fields of all models that point at this one's table; found for all models in one go."""
        if self.abstract:
            return EMPTY_RELATION_TREE
        pointing = _pointing_fields(self.apps)
        for model in self.apps.get_models(include_auto_created=True):
            meta = model._meta
            label = meta.concrete_model._meta.label_lower
            meta.__dict__["_relation_tree"] = make_immutable_fields_list("related_objects", pointing.get(label, ()))
        concrete: Any = self.concrete_model._meta if self.concrete_model else self
        return make_immutable_fields_list("related_objects", pointing.get(concrete.label_lower, EMPTY_RELATION_TREE))

    # -- keys --------------------------------------------------------------------------------------------------

    @cached_property
    def pk_fields(self) -> list[Any]:
        """The fields of the primary key: one, or the parts of a composite one."""
        return unnest([self.pk])

    @property
    def is_composite_pk(self) -> bool:
        return isinstance(self.pk, CompositePrimaryKey)

    @cached_property
    def db_returning_fields(self) -> list[Any]:
        """The fields whose value the database makes at an INSERT."""
        own = self._get_fields(forward=True, reverse=False, include_parents=PROXY_PARENTS)
        return [each for each in own if getattr(each, "db_returning", False)]

    @cached_property
    def total_unique_constraints(self) -> list[Any]:
        """The unique constraints over plain fields and all rows."""
        return [each for each in self.constraints if getattr(each, "is_total", False)]

    @cached_property
    def _property_names(self) -> frozenset[str]:
        """Names of properties that `Model(name=value)` may set; what a nearer class puts in their place is none."""
        seen: set[str] = set()
        names: set[str] = set()
        for cls in self.model.__mro__:
            own = vars(cls)
            names.update(name for name, value in own.items() if name not in seen and isinstance(value, property))
            seen.update(own)
        return frozenset(names)

    @cached_property
    def _non_pk_concrete_field_names(self) -> frozenset[str]:
        """Names and attribute names of the fields that a save may be limited to."""
        keys = set(self.pk_fields) | set(self.all_pk_fields())
        names: set[str] = set()
        for field in self.concrete_fields:
            if field not in keys:
                names.update((field.name, field.attname))
        return frozenset(names)

    def all_pk_fields(self) -> list[Any]:
        """The primary keys of the model and its parents."""
        return [field for field in self.concrete_fields if field.primary_key]

    @cached_property
    def _reverse_one_to_one_field_names(self) -> frozenset[str]:
        return frozenset(field.name for field in self.related_objects if field.one_to_one)


def _pointing_fields(registry: Any) -> dict[Any, list[Any]]:
    """Collect the relation fields of a registry by the label of the concrete model they point at."""
    table: dict[Any, list[Any]] = {}
    for model in registry.get_models(include_auto_created=True):
        meta = model._meta
        if meta.abstract:
            continue
        for field in meta._get_fields(reverse=False, include_parents=False):
            if not field.is_relation:
                continue
            target = getattr(field.remote_field, "model", None)
            if target is None or isinstance(target, str):
                continue
            table.setdefault(target._meta.concrete_model._meta.label_lower, []).append(field)
    return table


ImmutableList.__module__ = "hotclub.db.models.options"
