"""`RelatedField`: what all relation fields share, whatever their columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub._orm.fields.field import Field
from hotclub._orm.q import Q
from hotclub._orm.relations import relation_checks
from hotclub._orm.relations.caching import FieldCacheMixin
from hotclub._orm.relations.references import lazy_related_operation
from hotclub.apps import apps
from hotclub.conf import SettingsReference
from hotclub.utils.functional import cached_property


def relation_option(name: str) -> Any:
    """Return a property that reads an option of a relation from `remote_field`, which keeps it."""
    return property(lambda field: getattr(field.remote_field, name), doc=f"The option `{name}` of the relation.")


class RelatedField(FieldCacheMixin, Field[Any]):
    """A field that leads to another model."""

    one_to_many = False
    one_to_one = False
    many_to_many = False
    many_to_one = False
    remote_field: Any
    swappable: bool = True

    def __init__(
        self,
        related_name: str | None = None,
        related_query_name: str | None = None,
        limit_choices_to: Any = None,
        **kwargs: Any,
    ) -> None:
        self._related_name = related_name
        self._related_query_name = related_query_name
        self._limit_choices_to = limit_choices_to
        super().__init__(**kwargs)

    @cached_property
    def related_model(self) -> Any:
        """The model at the other end; waits for the registry."""
        apps.check_models_ready()
        return self.remote_field.model

    @property
    def opts(self) -> Any:
        return self.model._meta

    def db_type(self, connection: Any) -> str | None:
        """A relation without a column of its own has no type."""
        return None

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False, **kwargs: Any) -> None:
        super().contribute_to_class(cls, name, private_only=private_only, **kwargs)
        meta = cls._meta
        if meta.abstract:
            return
        placeholders = {
            "class": cls.__name__.lower(),
            "model_name": meta.model_name.lower(),
            "app_label": meta.app_label.lower(),
        }
        related_name = self.remote_field.related_name or meta.default_related_name
        if related_name:
            self.remote_field.related_name = related_name % placeholders
        if self.remote_field.related_query_name:
            self.remote_field.related_query_name = self.remote_field.related_query_name % placeholders

        def resolve(model: Any, related: Any, field: RelatedField) -> None:
            field.remote_field.model = related
            field.do_related_class(related, model)

        lazy_related_operation(resolve, cls, self.remote_field.model, field=self)

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self._limit_choices_to:
            kwargs["limit_choices_to"] = self._limit_choices_to
        if self._related_name is not None:
            kwargs["related_name"] = self._related_name
        if self._related_query_name is not None:
            kwargs["related_query_name"] = self._related_query_name
        return name, path, args, kwargs

    def target_reference(self) -> str:
        """Return the target as text for `deconstruct()`, marked if a setting may swap it."""
        target = self.remote_field.model
        if isinstance(target, str):
            label = target.lower() if "." in target else target
        else:
            label = target._meta.label_lower
        return self.swapped_reference(label)

    def swapped_reference(self, label: str) -> str:
        """Mark a label that a setting names.

        Raises:
            ValueError: two settings claim the same target.
        """
        setting = self.swappable_setting
        if setting is None:
            return label
        if isinstance(label, SettingsReference) and label.setting_name != setting:
            raise ValueError(
                f"Cannot deconstruct a relation to {label}: it is pointed at by the settings "
                f"{label.setting_name!r} and {setting!r}."
            )
        return SettingsReference(label, setting)

    @property
    def swappable_setting(self) -> str | None:
        """The setting that names the target, None if none does."""
        if not self.swappable:
            return None
        target = self.remote_field.model
        label = target if isinstance(target, str) else target._meta.label
        setting: str | None = apps.get_swappable_settings_name(label)
        return setting

    def set_attributes_from_rel(self) -> None:
        meta = self.remote_field.model._meta
        self.name = self.name or f"{meta.model_name}_{meta.pk.name}"
        if self.verbose_name is None:
            self.verbose_name = meta.verbose_name
        self.remote_field.set_field_name()

    def do_related_class(self, other: Any, cls: Any) -> None:
        """Finish the definition now that the target is loaded."""
        self.set_attributes_from_rel()
        self.contribute_to_related_class(other, self.remote_field)

    def contribute_to_related_class(self, cls: Any, related: Any) -> None:
        """Add the reverse side to the target."""

    def get_limit_choices_to(self) -> Any:
        """Return the condition on selectable objects; callables are called now."""
        if callable(self.remote_field.limit_choices_to):
            return self.remote_field.limit_choices_to()
        return self.remote_field.limit_choices_to

    def formfield(
        self,
        form_class: Callable[..., Any] | None = None,
        choices_form_class: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Pass the condition on selectable objects on, uncalled: the form calls it when it is shown."""
        options: dict[str, Any] = {}
        if hasattr(self.remote_field, "get_related_field"):
            options["limit_choices_to"] = self.remote_field.limit_choices_to
        options.update(kwargs)
        return super().formfield(form_class, choices_form_class, **options)

    def related_query_name(self) -> str:
        """Return the name queries use for the reverse side."""
        name: str = self.remote_field.related_query_name or self.remote_field.related_name or self.opts.model_name
        return name

    @property
    def target_field(self) -> Any:
        """The one field of the target that the relation ends on."""
        targets = self.path_infos[-1].target_fields  # type: ignore[attr-defined]  # defined by each kind of relation
        if len(targets) > 1:
            raise relation_checks.multicolumn_error()
        return targets[0]

    @cached_property
    def cache_name(self) -> str:
        name: str = self.name
        return name

    def check(self, **kwargs: Any) -> list[Any]:
        return [*super().check(**kwargs), *relation_checks.check_relation(self)]

    def get_forward_related_filter(self, obj: Any) -> dict[str, Any]:
        """Return keyword arguments that find the objects which point at `obj`."""
        return {
            f"{self.name}__{target.name}": getattr(obj, target.attname)
            for _own, target in self.related_fields  # type: ignore[attr-defined]
        }

    def get_reverse_related_filter(self, obj: Any) -> Any:
        """Return the condition that finds the objects `obj` points at."""
        condition = Q.create([(target.attname, getattr(obj, own.attname)) for own, target in self.related_fields])  # type: ignore[attr-defined]
        extra = self.get_extra_descriptor_filter(obj)  # type: ignore[attr-defined]
        if isinstance(extra, dict):
            return condition & Q(**extra)
        return condition & extra if extra else condition


RelatedField.__module__ = "hotclub.db.models.fields.related"
