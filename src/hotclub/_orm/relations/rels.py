"""The reverse side of a relation, as `_meta` and queries see it. It stores nothing of its own: the field decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub._orm.fields.blank_choice import get_blank_choice_label
from hotclub._orm.relations.caching import FieldCacheMixin
from hotclub.core import exceptions
from hotclub.utils.functional import cached_property
from hotclub.utils.hashable import make_hashable


class ForeignObjectRel(FieldCacheMixin):
    """The reverse side of `ForeignObject`.

    Args:
        field: the relation field.
        to: the model it points at.
        related_name: name of the accessor on that model; ending with "+" hides the reverse side.
        related_query_name: name in queries, if another.
        limit_choices_to: condition on the objects forms offer.
        parent_link: whether the field links a child to its parent model.
        on_delete: what happens to rows that point at a deleted one.
    """

    auto_created = True
    concrete = False
    editable = False
    is_relation = True
    null = True
    empty_strings_allowed = False
    generated = False
    primary_key = False

    symmetrical: bool = False
    multiple: bool = True
    field_name: str | None = None

    def __init__(
        self,
        field: Any,
        to: Any,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        parent_link: bool = False,
        on_delete: Any = None,
    ) -> None:
        self.field = field
        self.model = to
        self.related_name = related_name
        self.related_query_name = related_query_name
        self.limit_choices_to = {} if limit_choices_to is None else limit_choices_to
        self.parent_link = parent_link
        self.on_delete = on_delete

    @cached_property
    def hidden(self) -> bool:
        """Whether the reverse side has no accessor."""
        return bool(self.related_name) and self.related_name[-1] == "+"  # type: ignore[index]

    @cached_property
    def name(self) -> str:
        name: str = self.field.related_query_name()
        return name

    @property
    def remote_field(self) -> Any:
        return self.field

    @property
    def target_field(self) -> Any:
        """The one field of the pointing side that the relation ends on."""
        targets = self.path_infos[-1].target_fields
        if len(targets) > 1:
            raise exceptions.FieldError("Can't use target_field for multicolumn relations.")
        return targets[0]

    @cached_property
    def related_model(self) -> Any:
        if not self.field.model:
            raise AttributeError(
                "This property can't be accessed before self.field.contribute_to_class has been called."
            )
        return self.field.model

    @cached_property
    def many_to_many(self) -> Any:
        return self.field.many_to_many

    @cached_property
    def many_to_one(self) -> Any:
        return self.field.one_to_many

    @cached_property
    def one_to_many(self) -> Any:
        return self.field.many_to_one

    @cached_property
    def one_to_one(self) -> Any:
        return self.field.one_to_one

    def get_lookup(self, lookup_name: str) -> Any:
        return self.field.get_lookup(lookup_name)

    def get_lookups(self) -> Any:
        return self.field.get_lookups()

    def get_transform(self, name: str) -> Any:
        return self.field.get_transform(name)

    def get_internal_type(self) -> Any:
        return self.field.get_internal_type()

    @property
    def db_type(self) -> Any:
        return self.field.db_type

    def __repr__(self) -> str:
        meta = self.related_model._meta
        return f"<{type(self).__name__}: {meta.app_label}.{meta.model_name}>"

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes two reverse sides equal."""
        return (
            self.field,
            self.model,
            self.related_name,
            self.related_query_name,
            make_hashable(self.limit_choices_to),
            self.parent_link,
            self.on_delete,
            self.symmetrical,
            self.multiple,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, self.__class__):
            return NotImplemented
        return self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        # Derived from the field; a pickled query would drag classes along.
        state.pop("related_model", None)
        # Paths hold the options of whole models.
        state.pop("path_infos", None)
        return state

    def get_choices(
        self,
        include_blank: bool = True,
        blank_choice: Any = None,
        limit_choices_to: Any = None,
        ordering: Sequence[str] = (),
    ) -> list[tuple[Any, str]]:
        """Return the pointing objects as choices, for filters."""
        objects = self.related_model._default_manager.complex_filter(limit_choices_to or self.limit_choices_to)
        if ordering:
            objects = objects.order_by(*ordering)
        if blank_choice is None:
            blank_choice = [("", get_blank_choice_label())]
        return [*(blank_choice if include_blank else []), *((each.pk, str(each)) for each in objects)]

    def get_joining_fields(self) -> Any:
        return self.field.get_reverse_joining_fields()

    def get_extra_restriction(self, alias: str, related_alias: str) -> Any:
        return self.field.get_extra_restriction(related_alias, alias)

    def set_field_name(self) -> None:
        """Settle which field of the target is meant, once the target is loaded."""
        self.field_name = None

    @cached_property
    def accessor_name(self) -> str | None:
        return self.get_accessor_name()

    def get_accessor_name(self, model: Any = None) -> str | None:
        """Return the attribute of the target model that leads back; None if there is none."""
        model = model or self.related_model
        if self.multiple and self.symmetrical and model == self.model:
            return None
        if self.related_name:
            return self.related_name
        name: str = model._meta.model_name
        return f"{name}_set" if self.multiple else name

    def get_path_info(self, filtered_relation: Any = None) -> Any:
        if filtered_relation:
            return self.field.get_reverse_path_info(filtered_relation)
        return self.field.reverse_path_infos

    @cached_property
    def path_infos(self) -> Any:
        return self.get_path_info()

    @cached_property
    def cache_name(self) -> str:
        """Name under which the pointing object or objects are remembered."""
        return self.accessor_name or ""


class ManyToOneRel(ForeignObjectRel):
    """The reverse side of `ForeignKey`; `field_name` is the field of the target it points at."""

    def __init__(
        self,
        field: Any,
        to: Any,
        field_name: str | None,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        parent_link: bool = False,
        on_delete: Any = None,
    ) -> None:
        super().__init__(field, to, related_name, related_query_name, limit_choices_to, parent_link, on_delete)
        self.field_name = field_name

    @property
    def identity(self) -> tuple[Any, ...]:
        return (*super().identity, self.field_name)

    def get_related_field(self) -> Any:
        """Return the field of the target that the key repeats.

        Raises:
            FieldDoesNotExist: it is no concrete field.
        """
        field = self.model._meta.get_field(self.field_name)
        if not field.concrete:
            raise exceptions.FieldDoesNotExist(f"No related field named '{self.field_name}'")
        return field

    def set_field_name(self) -> None:
        self.field_name = self.field_name or self.model._meta.pk.name


class OneToOneRel(ManyToOneRel):
    """The reverse side of `OneToOneField`."""

    multiple = False


class ManyToManyRel(ForeignObjectRel):
    """The reverse side of `ManyToManyField`.

    Args:
        symmetrical: whether the relation to oneself goes both ways.
        through: the model in between, or its name.
        through_fields: names of its two keys.
        db_constraint: whether those keys are kept by the database.
    """

    def __init__(
        self,
        field: Any,
        to: Any,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        symmetrical: bool = True,
        through: Any = None,
        through_fields: Any = None,
        db_constraint: bool = True,
    ) -> None:
        super().__init__(field, to, related_name, related_query_name, limit_choices_to)
        if through and not db_constraint:
            raise ValueError("Can't supply a through model and db_constraint=False")
        if through_fields and not through:
            raise ValueError("Cannot specify through_fields without a through model")
        self.through = through
        self.through_fields = through_fields
        self.symmetrical = symmetrical
        self.db_constraint = db_constraint

    @property
    def identity(self) -> tuple[Any, ...]:
        return (*super().identity, self.through, make_hashable(self.through_fields), self.db_constraint)

    def get_related_field(self) -> Any:
        """Return the field of the target that the table in between points at."""
        meta = self.through._meta
        if self.through_fields:
            field = meta.get_field(self.through_fields[0])
        else:
            field = next(each for each in meta.fields if getattr(each.remote_field, "model", None) == self.model)
        return field.foreign_related_fields[0]


for _public in (ForeignObjectRel, ManyToOneRel, OneToOneRel, ManyToManyRel):
    _public.__module__ = "hotclub.db.models.fields.reverse_related"
