"""`ManyToManyField`, and the model it creates in between."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hotclub._orm.deletion_rules import CASCADE
from hotclub._orm.fields import late
from hotclub._orm.relations import many_checks
from hotclub._orm.relations.descriptors import ManyToManyDescriptor
from hotclub._orm.relations.foreign import ForeignKey
from hotclub._orm.relations.references import RECURSIVE, lazy_related_operation, model_key, resolve_relation
from hotclub._orm.relations.related import RelatedField, relation_option
from hotclub._orm.relations.rels import ManyToManyRel
from hotclub.db import connection as default_connection
from hotclub.db.backends.utils import strip_quotes, truncate_name
from hotclub.utils.functional import cached_property
from hotclub.utils.translation import gettext_lazy as _


def create_intermediary_model(field: ManyToManyField, owner: Any) -> Any:
    """Build the model class of the table in between.

    Args:
        field: the relation.
        owner: the model that defines it.
    """

    def settle_management(model: Any, related: Any, through: Any) -> None:
        through._meta.managed = model._meta.managed or related._meta.managed

    target = resolve_relation(owner, field.remote_field.model)
    name = f"{owner._meta.object_name}_{field.name}"
    lazy_related_operation(settle_management, owner, target, name)

    to_name = model_key(target)[1]
    from_name = owner._meta.model_name
    if to_name == from_name:
        to_name, from_name = f"to_{to_name}", f"from_{from_name}"
    meta = type(
        "Meta",
        (),
        {
            "db_table": field._get_m2m_db_table(owner._meta),
            "auto_created": owner,
            "app_label": owner._meta.app_label,
            "db_tablespace": owner._meta.db_tablespace,
            "unique_together": (from_name, to_name),
            "verbose_name": _through_name("%(from)s-%(to)s relationship", from_name, to_name),
            "verbose_name_plural": _through_name("%(from)s-%(to)s relationships", from_name, to_name),
            "apps": field.model._meta.apps,
        },
    )
    options = {
        "db_tablespace": field.db_tablespace,
        "db_constraint": field.remote_field.db_constraint,
        "on_delete": CASCADE,
    }
    return type(owner)(
        name,
        (_model_root(owner),),
        {
            "Meta": meta,
            "__module__": owner.__module__,
            from_name: ForeignKey(owner, related_name=f"{name}+", **options),
            to_name: ForeignKey(target, related_name=f"{name}+", **options),
        },
    )


def _through_name(text: str, from_name: str, to_name: str) -> Any:
    return _(text) % {"from": from_name, "to": to_name}


def _model_root(owner: Any) -> Any:
    """Return the root of the model classes: the last in the line that has a `_meta`-less model metaclass."""
    return next(cls for cls in reversed(owner.__mro__) if isinstance(cls, type(owner)) or hasattr(cls, "save_base"))


class ManyToManyField(RelatedField):
    """A relation many to many, kept in a table in between.

    Args:
        to: the model, "Model", "app.Model" or "self".
        symmetrical: for "self": whether the relation goes both ways; so by default.
        through: a model of one's own in between.
        through_fields: names of its keys, the one to this model first.
        db_table: name of the table in between.

    Source: docs ref/models/fields, "ManyToManyField".
    """

    # Options, as given.
    db_table: str | None
    related_name = relation_option("related_name")
    limit_choices_to = relation_option("limit_choices_to")
    symmetrical = relation_option("symmetrical")
    through = relation_option("through")
    through_fields = relation_option("through_fields")
    db_constraint = relation_option("db_constraint")

    many_to_many = True
    many_to_one = False
    one_to_many = False
    one_to_one = False
    rel_class = ManyToManyRel
    description = _("Many-to-many relationship")

    def __init__(
        self,
        to: Any,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        symmetrical: bool | None = None,
        through: Any = None,
        through_fields: Any = None,
        db_constraint: bool = True,
        db_table: str | None = None,
        swappable: bool = True,
        **kwargs: Any,
    ) -> None:
        try:
            to._meta  # noqa: B018  # a model class has it
        except AttributeError:
            if not isinstance(to, str):
                raise TypeError(
                    f"{type(self).__name__}({to!r}) is invalid. First parameter to ManyToManyField must be either a "
                    f"model, a model name, or the string {RECURSIVE!r}"
                ) from None
        if symmetrical is None:
            symmetrical = to == RECURSIVE
        if through is not None and db_table is not None:
            raise ValueError("Cannot specify a db_table if an intermediary model is used.")
        kwargs["rel"] = self.rel_class(
            self,
            to,
            related_name=related_name,
            related_query_name=related_query_name,
            limit_choices_to=limit_choices_to,
            symmetrical=symmetrical,
            through=through,
            through_fields=through_fields,
            db_constraint=db_constraint,
        )
        self.has_null_arg = "null" in kwargs
        super().__init__(
            related_name=related_name,
            related_query_name=related_query_name,
            limit_choices_to=limit_choices_to,
            **kwargs,
        )
        self.db_table = db_table
        self.swappable = swappable

    def check(self, **kwargs: Any) -> list[Any]:
        return [*super().check(**kwargs), *many_checks.check_many_to_many(self, **kwargs)]

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        remote = self.remote_field
        if self.db_table is not None:
            kwargs["db_table"] = self.db_table
        if remote.db_constraint is not True:
            kwargs["db_constraint"] = remote.db_constraint
        kwargs["to"] = self.target_reference()
        if (through := getattr(remote, "through", None)) is not None:
            if isinstance(through, str):
                kwargs["through"] = through
            elif not through._meta.auto_created:
                kwargs["through"] = through._meta.label
        if (through_fields := getattr(remote, "through_fields", None)) is not None:
            kwargs["through_fields"] = through_fields
        return name, path, args, kwargs

    # -- paths -------------------------------------------------------------------------------------------------

    def _get_path_info(self, direct: bool = False, filtered_relation: Any = None) -> list[Any]:
        """Return the two steps over the table in between."""
        through = self.remote_field.through
        near = through._meta.get_field(self.m2m_field_name())
        far = through._meta.get_field(self.m2m_reverse_field_name())
        if direct:
            first, second = near.reverse_path_infos, far.path_infos
            if filtered_relation:
                second = far.get_path_info(filtered_relation)
        else:
            first, second = far.reverse_path_infos, near.path_infos
            if filtered_relation:
                second = near.get_path_info(filtered_relation)
        # The steps may end on a parent or child of where the next begins.
        reached, wanted = first[-1].to_opts, second[0].from_opts
        between: list[Any] = []
        if reached.concrete_model != wanted.concrete_model:
            between = (
                reached.get_path_to_parent(wanted.model)
                if issubclass(reached.model, wanted.model)
                else wanted.get_path_from_parent(reached.model)
            )
        return [*first, *between, *second]

    def get_path_info(self, filtered_relation: Any = None) -> list[Any]:
        return self._get_path_info(direct=True, filtered_relation=filtered_relation)

    @cached_property
    def path_infos(self) -> list[Any]:
        return self.get_path_info()

    def get_reverse_path_info(self, filtered_relation: Any = None) -> list[Any]:
        return self._get_path_info(direct=False, filtered_relation=filtered_relation)

    @cached_property
    def reverse_path_infos(self) -> list[Any]:
        return self.get_reverse_path_info()

    # -- the table in between ----------------------------------------------------------------------------------

    def _get_m2m_db_table(self, opts: Any) -> str:
        if self.remote_field.through is not None:
            return self.remote_field.through._meta.db_table  # type: ignore[no-any-return]
        if self.db_table:
            return self.db_table
        name = f"{strip_quotes(opts.db_table)}_{self.name}"
        return truncate_name(name, default_connection.ops.max_name_length())

    def _keys_to(self, model: Any, remote_side: bool) -> Any:
        """Give the keys in between that point at a model, one per direction; named ones if `through_fields` says so."""
        remote = self.remote_field
        named = remote.through_fields[1 if remote_side else 0] if remote.through_fields else None
        for field in remote.through._meta.fields:
            if field.is_relation and field.remote_field.model == model and (named is None or named == field.name):
                yield field

    def _near_key(self, related: Any) -> Any:
        return next(self._keys_to(related.related_model, False))

    def _far_key(self, related: Any) -> Any:
        found = list(self._keys_to(related.model, True))
        # Between a model and itself the second key is the far one.
        if related.related_model == related.model and self.remote_field.through_fields is None and len(found) > 1:
            return found[1]
        return found[0]

    def _get_m2m_attr(self, related: Any, attr: str) -> Any:
        key = self._near_key(related)
        return getattr(key, attr) if attr != "target" else key.foreign_related_fields[0].name

    def _get_m2m_reverse_attr(self, related: Any, attr: str) -> Any:
        key = self._far_key(related)
        return getattr(key, attr) if attr != "target" else key.foreign_related_fields[0].name

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False, **kwargs: Any) -> None:
        remote = self.remote_field
        # A hidden or symmetrical reverse side gets a name of its own, so that several do not clash.
        if remote.symmetrical and (
            remote.model in (RECURSIVE, cls._meta.object_name)
            or (isinstance(remote.model, str) and remote.model == cls._meta.label)
        ):
            remote.related_name = f"{name}_rel_+"
        elif remote.hidden:
            remote.related_name = f"_{cls._meta.app_label}_{cls.__name__.lower()}_{name}_+"
        super().contribute_to_class(cls, name, private_only=private_only, **kwargs)
        if not cls._meta.abstract:
            if remote.through:

                def resolve(_model: Any, through: Any, field: ManyToManyField) -> None:
                    field.remote_field.through = through

                lazy_related_operation(resolve, cls, remote.through, field=self)
            elif not cls._meta.swapped:
                remote.through = create_intermediary_model(self, cls)
        setattr(cls, self.name, ManyToManyDescriptor(remote, reverse=False))
        self.m2m_db_table = partial(self._get_m2m_db_table, cls._meta)

    def contribute_to_related_class(self, cls: Any, related: Any) -> None:
        if not self.remote_field.hidden and not related.related_model._meta.swapped:
            setattr(cls, related.accessor_name, ManyToManyDescriptor(self.remote_field, reverse=True))
        self.m2m_column_name = partial(self._get_m2m_attr, related, "column")
        self.m2m_reverse_name = partial(self._get_m2m_reverse_attr, related, "column")
        self.m2m_field_name = partial(self._get_m2m_attr, related, "name")
        self.m2m_reverse_field_name = partial(self._get_m2m_reverse_attr, related, "name")
        self.m2m_target_field_name = partial(self._get_m2m_attr, related, "target")
        self.m2m_reverse_target_field_name = partial(self._get_m2m_reverse_attr, related, "target")

    def set_attributes_from_rel(self) -> None:
        """The name stands; nothing is derived from the target."""

    def get_attname_column(self) -> tuple[str, Any]:
        return self.get_attname(), None

    # -- values and forms --------------------------------------------------------------------------------------

    def value_from_object(self, obj: Any) -> Any:
        return list(getattr(obj, self.attname).all()) if obj._is_pk_set() else []

    def save_form_data(self, instance: Any, data: Any) -> None:
        getattr(instance, self.attname).set(data)

    def formfield(
        self,
        form_class: Callable[..., Any] | None = None,
        choices_form_class: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        using = kwargs.pop("using", None)
        options = {"queryset": self.remote_field.model._default_manager.using(using), **kwargs}
        # Forms take keys or a callable as initial value; a callable is called now.
        if options.get("initial") is not None:
            initial = options["initial"]
            initial = initial() if callable(initial) else initial
            options["initial"] = [getattr(each, "pk", each) for each in initial]
        return super().formfield(
            form_class or late.form_field("ModelMultipleChoiceField"), choices_form_class, **options
        )

    def db_check(self, connection: Any) -> None:
        return None

    def db_type(self, connection: Any) -> None:
        return None

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        return {"type": None, "check": None}


ManyToManyField.__module__ = "hotclub.db.models.fields.related"
