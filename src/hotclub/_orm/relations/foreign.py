"""Relations that live in columns of the pointing model: `ForeignObject`, `ForeignKey`, `OneToOneField`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from hotclub._orm.deletion_rules import DatabaseOnDelete
from hotclub._orm.fields import late
from hotclub._orm.fields.composite import CompositePrimaryKey
from hotclub._orm.lookups.related import RELATED_LOOKUPS
from hotclub._orm.lookups.tuples import (
    TupleExact,
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleIn,
    TupleIsNull,
    TupleLessThan,
    TupleLessThanOrEqual,
)
from hotclub._orm.paths import PathInfo
from hotclub._orm.relations import relation_checks
from hotclub._orm.relations.descriptors import (
    ForeignKeyDeferredAttribute,
    ForwardManyToOneDescriptor,
    ForwardOneToOneDescriptor,
    ReverseManyToOneDescriptor,
    ReverseOneToOneDescriptor,
)
from hotclub._orm.relations.references import RECURSIVE
from hotclub._orm.relations.related import RelatedField, relation_option
from hotclub._orm.relations.rels import ForeignObjectRel, ManyToOneRel, OneToOneRel
from hotclub.core import exceptions
from hotclub.db import router
from hotclub.utils.functional import cached_property
from hotclub.utils.translation import gettext_lazy as _

TUPLE_LOOKUPS = (
    TupleExact,
    TupleGreaterThan,
    TupleGreaterThanOrEqual,
    TupleIn,
    TupleIsNull,
    TupleLessThan,
    TupleLessThanOrEqual,
)


_RESOLVED = ("path_infos", "reverse_path_infos", "related_fields", "local_related_fields", "foreign_related_fields")
"""What a field keeps of the models it was resolved with; a copy resolves anew."""


def _key_reader(model: Any, fields: Sequence[Any]) -> tuple[str, ...] | None:
    """Return the attributes that hold the values of a model's fields; None where a link to a parent holds one."""
    if any(field.primary_key and model._meta.get_ancestor_link(field.model) for field in fields):
        return None
    return tuple(field.attname for field in fields)


class ForeignObject(RelatedField):
    """A relation over one or more columns; `ForeignKey` is the usual form.

    Args:
        to: the model, or its name.
        on_delete: rule for rows that point at a deleted one.
        from_fields: names of the own fields.
        to_fields: names of the fields they repeat.
    """

    many_to_many = False
    many_to_one = True
    one_to_many = False
    one_to_one = False
    requires_unique_target = True
    related_accessor_class: type[Any] = ReverseManyToOneDescriptor
    forward_related_accessor_class: type[Any] = ForwardManyToOneDescriptor
    rel_class: type[Any] = ForeignObjectRel

    def __init__(
        self,
        to: Any,
        on_delete: Any,
        from_fields: Any,
        to_fields: Any,
        rel: Any = None,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        parent_link: bool = False,
        swappable: bool = True,
        **kwargs: Any,
    ) -> None:
        if rel is None:
            rel = self.rel_class(
                self,
                to,
                related_name=related_name,
                related_query_name=related_query_name,
                limit_choices_to=limit_choices_to,
                parent_link=parent_link,
                on_delete=on_delete,
            )
        super().__init__(
            rel=rel,
            related_name=related_name,
            related_query_name=related_query_name,
            limit_choices_to=limit_choices_to,
            **kwargs,
        )
        self.from_fields = from_fields
        self.to_fields = to_fields
        self.swappable = swappable

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        twin = super().__deepcopy__(memo)
        for name in _RESOLVED:
            twin.__dict__.pop(name, None)
        return twin

    def __copy__(self) -> Any:
        twin = super().__copy__()
        # They belong to the models of the original.
        for name in _RESOLVED:
            twin.__dict__.pop(name, None)
        return twin

    def check(self, **kwargs: Any) -> list[Any]:
        databases = kwargs.get("databases") or []
        return [*super().check(**kwargs), *relation_checks.check_foreign_object(self, databases)]

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs["on_delete"] = self.remote_field.on_delete
        kwargs["from_fields"] = self.from_fields
        kwargs["to_fields"] = self.to_fields
        if self.remote_field.parent_link:
            kwargs["parent_link"] = True
        kwargs["to"] = self.target_reference()
        if not self.swappable:
            kwargs["swappable"] = False
        return name, path, args, kwargs

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, private_only=private_only, **kwargs)
        setattr(cls, self.name, self.forward_related_accessor_class(self))

    def contribute_to_related_class(self, cls: Any, related: Any) -> None:
        # Hidden reverse sides and swapped models get no accessor.
        if not self.remote_field.hidden and not related.related_model._meta.swapped:
            setattr(cls._meta.concrete_model, related.accessor_name, self.related_accessor_class(related))
            if self.remote_field.limit_choices_to:
                cls._meta.related_fkey_lookups.append(self.remote_field.limit_choices_to)

    # -- columns -----------------------------------------------------------------------------------------------

    def resolve_related_fields(self) -> list[tuple[Any, Any]]:
        """Return pairs of an own field and the field it repeats.

        Raises:
            ValueError: the names are not paired, or the target is not loaded.
        """
        if not self.from_fields or len(self.from_fields) != len(self.to_fields):
            raise ValueError("Foreign Object from and to fields must be the same non-zero length")
        target = self.remote_field.model
        if isinstance(target, str):
            raise ValueError(f"Related model {target!r} cannot be resolved")
        pairs = []
        for own_name, target_name in zip(self.from_fields, self.to_fields, strict=True):
            own = self if own_name == RECURSIVE else self.opts.get_field(own_name)
            other = target._meta.pk if target_name is None else target._meta.get_field(target_name)
            pairs.append((own, other))
        return pairs

    @cached_property
    def related_fields(self) -> list[tuple[Any, Any]]:
        return self.resolve_related_fields()

    @property
    def reverse_related_fields(self) -> list[tuple[Any, Any]]:
        return [(other, own) for own, other in self.related_fields]

    @cached_property
    def local_related_fields(self) -> tuple[Any, ...]:
        return tuple(own for own, _other in self.related_fields)

    @cached_property
    def foreign_related_fields(self) -> tuple[Any, ...]:
        return tuple(other for _own, other in self.related_fields if other)

    def key_readers(self, model: Any, owners: Iterable[type[Any]]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        """Return what reads the key of the relation from an object that points and from one pointed at, for many objects.

        Args:
            model: of the pointing objects.
            owners: classes of the objects pointed at.
        """
        names = {_key_reader(owner, self.foreign_related_fields) for owner in owners}
        local, foreign = _key_reader(model, self.local_related_fields), names.pop()
        if local is None or foreign is None or names:
            return self.get_local_related_value, self.get_foreign_related_value
        return attrgetter(*local), attrgetter(*foreign)

    @classmethod
    def _lookup_classes(cls) -> Sequence[type]:
        # Lookups of plain fields say nothing about relations.
        return cls.__mro__[: cls.__mro__.index(ForeignObject) + 1]

    def get_local_related_value(self, instance: Any) -> tuple[Any, ...]:
        """Return the values of the own columns."""
        return self.get_instance_value_for_fields(instance, self.local_related_fields)

    def get_foreign_related_value(self, instance: Any) -> tuple[Any, ...]:
        """Return the values of the target's columns, from an instance of the target."""
        return self.get_instance_value_for_fields(instance, self.foreign_related_fields)

    @staticmethod
    def get_instance_value_for_fields(instance: Any, fields: Any) -> tuple[Any, ...]:
        """Return attribute values; a primary key of a parent is read from the child's link."""
        meta = instance._meta
        values: list[Any] = []
        for field in fields:
            if field.primary_key:
                link = meta.get_ancestor_link(field.model)
                if not link or link.primary_key or link.model._meta.abstract:
                    values.append(instance.pk)
                    continue
            values.append(getattr(instance, field.attname))
        return tuple(values)

    def get_attname_column(self) -> tuple[str, Any]:
        attname, _column = super().get_attname_column()
        return attname, None

    # -- joins -------------------------------------------------------------------------------------------------

    def get_joining_fields(self, reverse_join: bool = False) -> tuple[tuple[Any, Any], ...]:
        return tuple(self.reverse_related_fields if reverse_join else self.related_fields)

    def get_reverse_joining_fields(self) -> tuple[tuple[Any, Any], ...]:
        return self.get_joining_fields(reverse_join=True)

    def get_extra_descriptor_filter(self, instance: Any) -> Any:
        """The hook of relations that fetch under a further condition: a dictionary or a Q."""
        return {}

    def get_extra_restriction(self, alias: str, related_alias: str) -> Any:
        """The hook of relations that join under a further condition: a node of a WHERE, or None."""
        return None

    def get_path_info(self, filtered_relation: Any = None) -> list[PathInfo]:
        """Return the step to the target."""
        target = self.remote_field.model._meta
        return [
            PathInfo(
                from_opts=self.model._meta,
                to_opts=target,
                target_fields=self.foreign_related_fields,
                join_field=self,
                m2m=False,
                direct=True,
                filtered_relation=filtered_relation,
            )
        ]

    @cached_property
    def path_infos(self) -> list[PathInfo]:
        return self.get_path_info()

    def get_reverse_path_info(self, filtered_relation: Any = None) -> list[PathInfo]:
        """Return the step back from the target."""
        meta = self.model._meta
        return [
            PathInfo(
                from_opts=self.remote_field.model._meta,
                to_opts=meta,
                target_fields=(meta.pk,),
                join_field=self.remote_field,
                m2m=not self.unique,
                direct=False,
                filtered_relation=filtered_relation,
            )
        ]

    @cached_property
    def reverse_path_infos(self) -> list[PathInfo]:
        return self.get_reverse_path_info()


for _lookup in RELATED_LOOKUPS:
    ForeignObject.register_lookup(_lookup)
for _lookup in TUPLE_LOOKUPS:
    CompositePrimaryKey.register_lookup(_lookup)


class ForeignKey(ForeignObject):
    """A relation many to one, kept in one column.

    Args:
        to: the model, "Model", "app.Model" or "self".
        on_delete: what happens to this row when the target is deleted.
        to_field: field of the target to point at; its primary key if not given.
        db_constraint: whether the database keeps the relation.

    Source: docs ref/models/fields, "ForeignKey".
    """

    # Options, as given.
    db_constraint: bool
    on_delete = relation_option("on_delete")
    related_name = relation_option("related_name")
    limit_choices_to = relation_option("limit_choices_to")
    to_field = relation_option("field_name")

    stores_target_value = True
    descriptor_class = ForeignKeyDeferredAttribute
    rel_class = ManyToOneRel
    empty_strings_allowed = False
    default_error_messages = {"invalid": _("%(model)s instance with %(field)s %(value)r is not a valid choice.")}
    description = _("Foreign Key (type determined by related field)")

    def __init__(
        self,
        to: Any,
        on_delete: Any,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        parent_link: bool = False,
        to_field: str | None = None,
        db_constraint: bool = True,
        **kwargs: Any,
    ) -> None:
        try:
            to._meta.model_name  # noqa: B018  # a model class has it
        except AttributeError:
            if not isinstance(to, str):
                raise TypeError(
                    f"{type(self).__name__}({to!r}) is invalid. First parameter to ForeignKey must be either a model, a "
                    f"model name, or the string {RECURSIVE!r}"
                ) from None
        else:
            # An abstract model has no key yet; then the name is settled later.
            to_field = to_field or (to._meta.pk and to._meta.pk.name)
        if not callable(on_delete) and not isinstance(on_delete, DatabaseOnDelete):
            raise TypeError("on_delete must be callable.")
        kwargs["rel"] = self.rel_class(
            self,
            to,
            to_field,
            related_name=related_name,
            related_query_name=related_query_name,
            limit_choices_to=limit_choices_to,
            parent_link=parent_link,
            on_delete=on_delete,
        )
        kwargs.setdefault("db_index", True)
        super().__init__(
            to,
            on_delete,
            related_name=related_name,
            related_query_name=related_query_name,
            limit_choices_to=limit_choices_to,
            from_fields=[RECURSIVE],
            to_fields=[to_field],
            **kwargs,
        )
        self.db_constraint = db_constraint

    def __class_getitem__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls

    def check(self, **kwargs: Any) -> list[Any]:
        databases = kwargs.get("databases") or []
        return [*super().check(**kwargs), *relation_checks.check_foreign_key(self, databases)]

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["to_fields"], kwargs["from_fields"]
        # Here an index is the rule, not the exception.
        if self.db_index:
            kwargs.pop("db_index", None)
        else:
            kwargs["db_index"] = False
        if self.db_constraint is not True:
            kwargs["db_constraint"] = self.db_constraint
        meta = getattr(self.remote_field.model, "_meta", None)
        to_field = self.remote_field.field_name
        if to_field and (not meta or (meta.pk and to_field != meta.pk.name)):
            kwargs["to_field"] = to_field
        return name, path, args, kwargs

    @property
    def target_field(self) -> Any:
        return self.foreign_related_fields[0]

    def to_python(self, value: Any) -> Any:
        return self.target_field.to_python(value)

    def validate(self, value: Any, model_instance: Any) -> None:
        if self.remote_field.parent_link:
            return
        super().validate(value, model_instance)
        if value is None:
            return
        target = self.remote_field.model
        using = router.db_for_read(target, instance=model_instance)
        found = target._base_manager.using(using).filter(**{self.remote_field.field_name: value})
        found = found.complex_filter(self.get_limit_choices_to())
        if not found.exists():
            raise exceptions.ValidationError(
                self.error_messages["invalid"],
                code="invalid",
                params={
                    "model": target._meta.verbose_name,
                    "pk": value,
                    "field": self.remote_field.field_name,
                    "value": value,
                },
            )

    def resolve_related_fields(self) -> list[tuple[Any, Any]]:
        pairs = super().resolve_related_fields()
        for _own, other in pairs:
            if other and other.model != self.remote_field.model._meta.concrete_model:
                raise exceptions.FieldError(
                    f"'{self.model._meta.label}.{self.name}' refers to field '{other.name}' which is not local to model "
                    f"'{self.remote_field.model._meta.concrete_model._meta.label}'."
                )
        return pairs

    def get_attname(self) -> str:
        return f"{self.name}_id"

    def get_attname_column(self) -> tuple[str, Any]:
        attname = self.get_attname()
        return attname, self.db_column or attname

    def get_default(self) -> Any:
        """Return the default key; an instance given as default is read."""
        default = super().get_default()
        if isinstance(default, self.remote_field.model):
            return getattr(default, self.target_field.attname)
        return default

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if value is None or (
            value == ""
            and self.target_field.empty_strings_allowed
            and connection.features.interprets_empty_strings_as_nulls
        ):
            return None
        return self.target_field.get_db_prep_save(value, connection=connection)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return self.target_field.get_db_prep_value(value, connection, prepared)

    def get_prep_value(self, value: Any) -> Any:
        return self.target_field.get_prep_value(value)

    def contribute_to_related_class(self, cls: Any, related: Any) -> None:
        super().contribute_to_related_class(cls, related)
        if self.remote_field.field_name is None:
            self.remote_field.field_name = cls._meta.pk.name

    def formfield(
        self,
        form_class: Callable[..., Any] | None = None,
        choices_form_class: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        using = kwargs.pop("using", None)
        target = self.remote_field.model
        if isinstance(target, str):
            raise ValueError(
                f"Cannot create form field for {self.name!r} yet, because its related model {target!r} has not been "
                "loaded yet"
            )
        options = {
            "queryset": target._default_manager.using(using),
            "to_field_name": self.remote_field.field_name,
            "blank": self.blank,
            **kwargs,
        }
        return super().formfield(form_class or late.form_field("ModelChoiceField"), choices_form_class, **options)

    def db_check(self, connection: Any) -> str | None:
        return None

    def db_type(self, connection: Any) -> str | None:
        return self.target_field.rel_db_type(connection=connection)  # type: ignore[no-any-return]

    def cast_db_type(self, connection: Any) -> str | None:
        return self.target_field.cast_db_type(connection=connection)  # type: ignore[no-any-return]

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        target = self.target_field.db_parameters(connection)
        return {
            "type": self.db_type(connection),
            "check": self.db_check(connection),
            "collation": target.get("collation"),
        }

    def convert_empty_strings(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if (not value) and isinstance(value, str) else value

    def get_db_converters(self, connection: Any) -> list[Any]:
        converters = super().get_db_converters(connection)
        if connection.features.interprets_empty_strings_as_nulls:
            converters = [*converters, self.convert_empty_strings]
        return converters

    def get_col(self, alias: str, output_field: Any = None) -> Any:
        if output_field is None:
            output_field = self.target_field
            seen = {self}
            while isinstance(output_field, ForeignKey):
                output_field = output_field.target_field
                if output_field in seen:
                    raise ValueError("Cannot resolve output_field: the foreign keys point at one another in a circle.")
                seen.add(output_field)
        return super().get_col(alias, output_field)


class OneToOneField(ForeignKey):
    """A relation one to one: a foreign key that is unique, whose reverse side is an object.

    Source: docs ref/models/fields, "OneToOneField".
    """

    # Options, as given.
    parent_link = relation_option("parent_link")

    many_to_many = False
    many_to_one = False
    one_to_many = False
    one_to_one = True
    stores_target_value = True
    related_accessor_class = ReverseOneToOneDescriptor
    forward_related_accessor_class = ForwardOneToOneDescriptor
    rel_class = OneToOneRel
    description = _("One-to-one relationship")

    def __init__(self, to: Any, on_delete: Any, to_field: str | None = None, **kwargs: Any) -> None:
        kwargs["unique"] = True
        super().__init__(to, on_delete, to_field=to_field, **kwargs)

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("unique", None)
        return name, path, args, kwargs

    def formfield(
        self,
        form_class: Callable[..., Any] | None = None,
        choices_form_class: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        if self.remote_field.parent_link:
            return None
        return super().formfield(form_class, choices_form_class, **kwargs)

    def save_form_data(self, instance: Any, data: Any) -> None:
        if isinstance(data, self.remote_field.model):
            setattr(instance, self.name, data)
            return
        setattr(instance, self.attname, data)
        # The remembered object would speak of another row.
        if data is None:
            setattr(instance, self.name, data)


for _public in (ForeignObject, ForeignKey, OneToOneField):
    _public.__module__ = "hotclub.db.models.fields.related"
