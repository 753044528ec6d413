"""`ModelBase`: how a class statement becomes a model.

The steps stand one by one in `_ModelBuilder`: split the attributes, settle options, take the own fields in, inherit from
abstract, proxied and concrete parents, register. Must not know queries.

Source: docs topics/db/models, "Model inheritance".
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from functools import partialmethod
from itertools import chain
from typing import Any

from hotclub._orm import related_order
from hotclub._orm.deletion_rules import CASCADE
from hotclub._orm.manager import Manager
from hotclub._orm.options import Options
from hotclub._orm.relations.foreign import OneToOneField
from hotclub._orm.relations.references import lazy_related_operation, model_key, resolve_relation
from hotclub._orm.signals import class_prepared
from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.core.exceptions import (
    FieldError,
    MultipleObjectsReturned,
    ObjectDoesNotExist,
    ObjectNotUpdated,
)
from hotclub.db.utils import DatabaseError

_EXCEPTIONS: tuple[tuple[str, tuple[type[Exception], ...]], ...] = (
    ("DoesNotExist", (ObjectDoesNotExist,)),
    ("MultipleObjectsReturned", (MultipleObjectsReturned,)),
    ("NotUpdated", (ObjectNotUpdated, DatabaseError)),
)


def contributes(value: Any) -> bool:
    """Say whether an attribute of the class body takes itself in by `contribute_to_class()`."""
    return not inspect.isclass(value) and hasattr(value, "contribute_to_class")


def make_exception(name: str, bases: tuple[Any, ...], model: Any) -> type[Exception]:
    """Build an exception class that lives on the model, so that it can be pickled."""
    body = {"__module__": model.__module__, "__qualname__": f"{model.__qualname__}.{name}"}
    return type(name, bases, body)


class ModelBase(type):
    """Metaclass of all models."""

    _meta: Options

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any) -> Any:
        parents = [base for base in bases if isinstance(base, ModelBase)]
        if not parents:
            # `Model` itself is an ordinary class.
            return super().__new__(cls, name, bases, attrs)
        plain: dict[str, Any] = {"__module__": attrs.pop("__module__")}
        if (cell := attrs.pop("__classcell__", None)) is not None:
            plain["__classcell__"] = cell
        meta = attrs.pop("Meta", None)
        members: dict[str, Any] = {}
        for key, value in attrs.items():
            (members if contributes(value) else plain)[key] = value
        new_class = super().__new__(cls, name, bases, plain, **kwargs)
        return _ModelBuilder(new_class, parents, meta, members).build()

    def add_to_class(cls, name: str, value: Any) -> None:
        """Set an attribute, or let it take itself in."""
        if contributes(value):
            value.contribute_to_class(cls, name)
        else:
            setattr(cls, name, value)

    @property
    def _base_manager(cls) -> Any:
        return cls._meta.base_manager

    @property
    def _default_manager(cls) -> Any:
        return cls._meta.default_manager


class _ModelBuilder:
    """Builds one model class; lives only while that happens."""

    def __init__(self, model: Any, parents: list[Any], meta: Any, members: dict[str, Any]) -> None:
        self.model = model
        self.parents = parents
        self.own_meta = meta
        self.members = members

    def build(self) -> Any:
        model = self.model
        base_meta = getattr(model, "_meta", None)
        abstract = getattr(self.own_meta, "abstract", False)
        # An inner class without own options inherits those of an abstract parent.
        meta = self.own_meta or getattr(model, "Meta", None)
        model.add_to_class("_meta", Options(meta, self._app_label(meta, abstract)))
        if not abstract:
            self._add_exceptions()
            if base_meta and not base_meta.abstract:
                # A child orders like its parent unless it says otherwise; even by saying "not at all".
                for option, fallback in (("ordering", base_meta.ordering), ("get_latest_by", base_meta.get_latest_by)):
                    if not hasattr(meta, option):
                        setattr(model._meta, option, fallback)
        proxy = model._meta.proxy
        if proxy and base_meta and base_meta.swapped:
            raise TypeError(f"{model.__name__} cannot proxy the swapped model '{base_meta.swapped}'.")
        for name, value in self.members.items():
            model.add_to_class(name, value)
        if proxy:
            self._stand_for_parent()
        else:
            model._meta.concrete_model = model
        self._inherit()
        # Indexes of abstract parents get the child's name: they need objects of their own.
        model._meta.indexes = [copy.deepcopy(index) for index in model._meta.indexes]
        if abstract:
            if self.own_meta is not None:
                # "abstract" itself is not inherited.
                self.own_meta.abstract = False
                model.Meta = self.own_meta
            return model
        finish(model)
        model._meta.apps.register_model(model._meta.app_label, model)
        return model

    def _app_label(self, meta: Any, abstract: bool) -> str | None:
        module = self.model.__module__
        config = apps.get_containing_app_config(module)
        if getattr(meta, "app_label", None) is not None:
            return None
        if config is not None:
            return config.label
        if abstract:
            return None
        raise RuntimeError(
            f"Model class {module}.{self.model.__name__} doesn't declare an explicit app_label and isn't in an "
            "application in INSTALLED_APPS."
        )

    def _add_exceptions(self) -> None:
        for name, roots in _EXCEPTIONS:
            inherited = tuple(
                getattr(parent, name)
                for parent in self.parents
                if hasattr(parent, "_meta") and not parent._meta.abstract
            )
            self.model.add_to_class(name, make_exception(name, inherited or roots, self.model))

    def _stand_for_parent(self) -> None:
        """Settle which model a proxy stands for.

        Raises:
            TypeError: none, several, or an abstract one with fields.
        """
        name = self.model.__name__
        base = None
        for parent in self.parents:
            if not hasattr(parent, "_meta"):
                continue
            if parent._meta.abstract:
                if parent._meta.fields:
                    raise TypeError(
                        f"Abstract base class containing model fields not permitted for proxy model '{name}'."
                    )
            elif base is None:
                base = parent
            elif parent._meta.concrete_model is not base._meta.concrete_model:
                raise TypeError(f"Proxy model '{name}' has more than one non-abstract model base class.")
        if base is None:
            raise TypeError(f"Proxy model '{name}' has no non-abstract model base class.")
        self.model._meta.setup_proxy(base)
        self.model._meta.concrete_model = base._meta.concrete_model

    # -- inheritance -------------------------------------------------------------------------------------------

    def _inherit(self) -> None:
        own = self.model._meta
        self.names = {field.name for field in chain(own.local_fields, own.local_many_to_many, own.private_fields)}
        self.links = self._declared_links()
        # What a nearer class of the line defines hides the field of a farther one.
        self.hidden: set[str] = set()
        for base in self.model.mro():
            if base not in self.parents or not hasattr(base, "_meta"):
                self.hidden.update(vars(base))
            elif base._meta.abstract:
                self._take_from_abstract(base)
                self._take_private_fields(base)
            else:
                self._link_to_parent(base)
                self._take_private_fields(base)

    def _declared_links(self) -> dict[Any, Any]:
        """Return the links to parents that the class or an abstract parent writes itself."""
        links = {}
        for base in reversed([self.model, *self.parents]):
            if not hasattr(base, "_meta") or (base is not self.model and not base._meta.abstract):
                continue
            for field in base._meta.local_fields:
                if isinstance(field, OneToOneField) and field.remote_field.parent_link:
                    links[model_key(resolve_relation(self.model, field.remote_field.model))] = field
        return links

    def _link_to_parent(self, base: Any) -> None:
        model = self.model
        for field in chain(base._meta.local_fields, base._meta.local_many_to_many):
            if field.name in self.names:
                raise FieldError(
                    f"Local field {field.name!r} in class {model.__name__!r} clashes with field of the same name from "
                    f"base class {base.__name__!r}."
                )
            self.hidden.add(field.name)
        base = base._meta.concrete_model
        key = model_key(base)
        link = None
        if key in self.links:
            link = self.links[key]
        elif not model._meta.proxy:
            name = f"{base._meta.model_name}_ptr"
            link = OneToOneField(base, on_delete=CASCADE, name=name, auto_created=True, parent_link=True)
            if name in self.names:
                raise FieldError(
                    f"Auto-generated field '{name}' in class {model.__name__!r} for parent_link to base class "
                    f"{base.__name__!r} clashes with declared field of the same name."
                )
            # A parent may already bring the link in, from an abstract class between.
            if not hasattr(model, name):
                model.add_to_class(name, link)
        model._meta.parents[base] = link

    def _take_from_abstract(self, base: Any) -> None:
        model = self.model
        parents = dict(base._meta.parents)
        for field in chain(base._meta.local_fields, base._meta.local_many_to_many):
            if field.name in self.names or field.name in vars(model) or field.name in self.hidden:
                continue
            twin = copy.deepcopy(field)
            model.add_to_class(field.name, twin)
            if field.one_to_one:
                parents.update({parent: twin for parent, link in parents.items() if link == field})
        model._meta.parents.update(parents)

    def _take_private_fields(self, base: Any) -> None:
        for field in base._meta.private_fields:
            if field.name in self.names:
                if not base._meta.abstract:
                    raise FieldError(
                        f"Local field {field.name!r} in class {self.model.__name__!r} clashes with field of the same "
                        f"name from base class {base.__name__!r}."
                    )
            elif field.name not in vars(self.model) and field.name not in self.hidden:
                twin = copy.deepcopy(field)
                if not base._meta.abstract:
                    twin.mti_inherited = True
                self.model.add_to_class(field.name, twin)


def finish(model: Any) -> None:
    """Complete a class whose fields are all in: key, ordering methods, manager, names of indexes."""
    meta = model._meta
    meta.prepare(model)
    if meta.order_with_respect_to:
        model.get_next_in_order = partialmethod(model._get_next_or_previous_in_order, is_next=True)
        model.get_previous_in_order = partialmethod(model._get_next_or_previous_in_order, is_next=False)
        # The owner's side may not be loaded yet.
        remote = meta.order_with_respect_to.remote_field
        if remote:
            lazy_related_operation(related_order.add_methods, model, remote.model)
    if model.__doc__ is None:
        model.__doc__ = f"{model.__name__}({', '.join(field.name for field in meta.fields)})"
    override: Callable[..., Any] | None = settings.ABSOLUTE_URL_OVERRIDES.get(meta.label_lower)
    if override:
        model.get_absolute_url = override
    if not meta.managers:
        if any(field.name == "objects" for field in meta.fields):
            raise ValueError(
                f"Model {model.__name__} must specify a custom Manager, because it has a field named 'objects'."
            )
        manager = Manager()
        manager.auto_created = True
        model.add_to_class("objects", manager)
    # Only now do all names exist that an index name is made of.
    for index in meta.indexes:
        if not index.name:
            index.set_name_with_model(model)
    class_prepared.send(sender=model)


ModelBase.__module__ = "hotclub.db.models.base"
