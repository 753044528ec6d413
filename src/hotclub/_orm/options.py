"""`Options`: what a model knows about itself, reached as `Model._meta`.

What `class Meta` says, names, managers and ancestry are here; the answers about fields are of `field_lists`. What is
computed once is dropped when a related model appears. Must not know querysets.

Source: docs ref/models/options and ref/models/meta.
"""

from __future__ import annotations

import bisect
import copy
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hotclub._orm.field_lists import FieldLists, ImmutableList, make_immutable_fields_list
from hotclub._orm.fields.auto import AutoField
from hotclub._orm.fields.ordering import OrderWrt
from hotclub._orm.lookup_registry import registry_version
from hotclub._orm.manager import Manager
from hotclub._orm.paths import PathInfo
from hotclub._orm.relations.references import model_key
from hotclub.apps import apps as global_apps
from hotclub.conf import settings
from hotclub.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from hotclub.db import connections
from hotclub.db.backends.utils import truncate_name
from hotclub.utils.functional import cached_property
from hotclub.utils.module_loading import import_string
from hotclub.utils.text import camel_case_to_spaces, format_lazy
from hotclub.utils.translation import override

META_OPTIONS = (
    "verbose_name",
    "verbose_name_plural",
    "db_table",
    "db_table_comment",
    "ordering",
    "unique_together",
    "permissions",
    "get_latest_by",
    "order_with_respect_to",
    "app_label",
    "db_tablespace",
    "abstract",
    "managed",
    "proxy",
    "swappable",
    "auto_created",
    "apps",
    "default_permissions",
    "select_on_save",
    "default_related_name",
    "required_db_features",
    "required_db_vendor",
    "base_manager_name",
    "default_manager_name",
    "indexes",
    "constraints",
)

# Computed properties, by what makes them stale: fields of the model and its parents, or relations of others.
_FORWARD = (
    "fields",
    "many_to_many",
    "concrete_fields",
    "local_concrete_fields",
    "_non_pk_concrete_field_names",
    "_reverse_one_to_one_field_names",
    "_forward_fields_map",
    "managers",
    "managers_map",
    "base_manager",
    "default_manager",
    "db_returning_fields",
    "_property_names",
    "pk_fields",
    "total_unique_constraints",
    "all_parents",
    "swapped",
    "_save_plans",
    "_insert_texts",
    "_initialiser",
)
_REVERSE = ("related_objects", "fields_map", "_relation_tree", "deletable_relations")


def normalize_together(option: Any) -> Any:
    """Bring `unique_together` to a tuple of tuples; what has another shape is left for the checks."""
    if not option:
        return ()
    if not isinstance(option, (tuple, list)):
        return option
    first = option[0]
    if not isinstance(first, (tuple, list)):
        option = (option,)
    try:
        return tuple(tuple(each) for each in option)
    except TypeError:
        return option


class Options(FieldLists):
    """The options of one model class."""

    # What `class Meta` says, or its default.
    abstract: bool
    app_label: Any
    base_manager_name: str | None
    constraints: list[Any]
    db_table: str
    db_table_comment: str
    db_tablespace: str
    default_manager_name: str | None
    default_permissions: Sequence[str]
    default_related_name: str | None
    get_latest_by: Any
    indexes: list[Any]
    managed: bool
    order_with_respect_to: Any
    permissions: Any
    proxy: bool
    required_db_features: Any
    required_db_vendor: str | None
    select_on_save: bool
    unique_together: Any
    verbose_name: Any
    verbose_name_plural: Any

    default_apps = global_apps

    model: Any
    object_name: str
    model_name: str
    original_attrs: dict[str, Any]

    def __init__(self, meta: Any, app_label: str | None = None) -> None:
        self.local_fields: list[Any] = []
        self.local_many_to_many: list[Any] = []
        self.private_fields: list[Any] = []
        self.local_managers: list[Any] = []
        self.base_manager_name: str | None = None
        self.default_manager_name: str | None = None
        self.model_name = None  # type: ignore[assignment]  # set by contribute_to_class()
        self.verbose_name: Any = None
        self.verbose_name_plural: Any = None
        self.db_table: str = ""
        self.db_table_comment: str = ""
        self.ordering = []
        self._ordering_clash = False
        self.indexes: list[Any] = []
        self.constraints: list[Any] = []
        self.unique_together: Any = []
        self.select_on_save = False
        self.default_permissions: Sequence[str] = ("add", "change", "delete", "view")
        self.permissions: Any = []
        self.object_name = None  # type: ignore[assignment]
        self.app_label = app_label
        self.get_latest_by: Any = None
        self.order_with_respect_to: Any = None
        self.db_tablespace: str = settings.DEFAULT_TABLESPACE
        self.required_db_features: Any = []
        self.required_db_vendor: str | None = None
        self.meta = meta
        self.pk: Any = None
        self.auto_field: Any = None
        self.abstract = False
        self.managed = True
        self.proxy = False
        self.swappable: str | None = None
        # For proxies the class they stand for; for all the class whose table is used.
        self.proxy_for_model: Any = None
        self.concrete_model: Any = None
        self.parents: dict[Any, Any] = {}
        self.auto_created: Any = False
        self.related_fkey_lookups: list[Any] = []
        self.apps: Any = self.default_apps
        self.default_related_name: str | None = None
        self.model = None

    def __repr__(self) -> str:
        return f"<Options for {self.object_name}>"

    def __str__(self) -> str:
        return self.label_lower

    @property
    def ordering(self) -> Any:
        """The order of query sets that say none; plans that were made under another one are forgotten."""
        return self._ordering

    @ordering.setter
    def ordering(self, value: Any) -> None:
        self._ordering = value
        registry_version.bump()

    # -- names -------------------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """ "app_label.ModelName"."""
        return f"{self.app_label}.{self.object_name}"

    @property
    def label_lower(self) -> str:
        """ "app_label.modelname"."""
        return f"{self.app_label}.{self.model_name}"

    @property
    def app_config(self) -> Any:
        return self.apps.app_configs.get(self.app_label)

    @property
    def verbose_name_raw(self) -> str:
        """The name for people, untranslated."""
        with override(None):
            return str(self.verbose_name)

    @property
    def installed(self) -> bool:
        return self.app_config is not None

    # -- definition --------------------------------------------------------------------------------------------

    def contribute_to_class(self, cls: Any, name: str) -> None:
        """Read `class Meta` into the attributes.

        Raises:
            TypeError: it has attributes that are no options.
        """
        cls._meta = self
        self.model = cls
        self.object_name = cls.__name__
        self.model_name = self.object_name.lower()
        self.verbose_name = camel_case_to_spaces(self.object_name)
        self.original_attrs = {}
        if self.meta:
            self._read_meta(cls)
        if self.verbose_name_plural is None:
            self.verbose_name_plural = format_lazy("{}s", self.verbose_name)
        self._ordering_clash = bool(self.ordering and self.order_with_respect_to)
        del self.meta
        if not self.db_table:
            table = f"{self.app_label}_{self.model_name}"
            self.db_table = truncate_name(table, connections["default"].ops.max_name_length())

    def _read_meta(self, cls: Any) -> None:
        given = {name: value for name, value in vars(self.meta).items() if not name.startswith("_")}
        for option in META_OPTIONS:
            if option in given:
                value = given.pop(option)
            elif hasattr(self.meta, option):
                value = getattr(self.meta, option)
            else:
                continue
            setattr(self, option, value)
            self.original_attrs[option] = value
        self.unique_together = normalize_together(self.unique_together)
        if not self.abstract:
            for option in ("constraints", "indexes"):
                setattr(self, option, self._format_names(getattr(self, option)))
        if given:
            names = ", ".join(repr(name) for name in sorted(given))
            raise TypeError(f"'class Meta' got invalid attribute(s): {names.replace(chr(39), '')}")

    def _format_names(self, objs: Any) -> list[Any]:
        """Fill `%(app_label)s` and `%(class)s` into names of constraints and indexes."""
        names = {"app_label": self.app_label.lower(), "class": self.model_name}
        named = []
        for each in objs:
            each = each.clone()
            if each.name is not None:
                each.name %= names
            named.append(each)
        return named

    def _default_pk_class(self) -> type[Any]:
        """Return the class of automatic keys, from the app or the settings.

        Raises:
            ImproperlyConfigured: the setting is empty or cannot be imported.
            ValueError: the class is no automatic field.
        """
        path = getattr(self.app_config, "default_auto_field", settings.DEFAULT_AUTO_FIELD)
        if self.app_config and self.app_config._is_default_auto_field_overridden:
            kind = type(self.app_config)
            source = f"{kind.__module__}.{kind.__qualname__}.default_auto_field"
        else:
            source = "DEFAULT_AUTO_FIELD"
        if not path or path == "None":
            raise ImproperlyConfigured(f"{source} must not be empty.")
        try:
            pk_class = import_string(path)
        except ImportError as error:
            raise ImproperlyConfigured(f"{source} refers to the module '{path}' that could not be imported.") from error
        if not issubclass(pk_class, AutoField):
            raise ValueError(f"Primary key '{path}' referred by {source} must subclass AutoField.")
        return pk_class  # type: ignore[no-any-return]

    def prepare(self, model: Any) -> None:
        """Finish once all fields are in: the ordering column and the primary key."""
        if self.order_with_respect_to:
            wanted = self.order_with_respect_to
            try:
                self.order_with_respect_to = next(
                    field
                    for field in self._get_fields(reverse=False)
                    if wanted in (field.name, getattr(field, "attname", None))
                )
            except StopIteration:
                raise FieldDoesNotExist(f"{self.object_name} has no field named '{wanted}'") from None
            self.ordering = ("_order",)
            if not any(isinstance(field, OrderWrt) for field in model._meta.local_fields):
                model.add_to_class("_order", OrderWrt())
        else:
            self.order_with_respect_to = None
        if self.pk is not None:
            return
        if self.parents:
            self._promote_parent_link()
        else:
            pk_class = self._default_pk_class()
            model.add_to_class("id", pk_class(verbose_name="ID", primary_key=True, auto_created=True))

    def _promote_parent_link(self) -> None:
        link = next(iter(self.parents.values()))
        # A key of the same name in this class stands for the link.
        own = [field for field in self.local_fields if field.name == link.name]
        if own:
            link = own[0]
        if not link.remote_field.parent_link:
            raise ImproperlyConfigured(f"Add parent_link=True to {link}.")
        link.primary_key = True
        self.setup_pk(link)

    def add_manager(self, manager: Any) -> None:
        self.local_managers.append(manager)
        self._expire_cache()

    def add_field(self, field: Any, private: bool = False) -> None:
        """Take a field in, in the order of definition."""
        if private:
            self.private_fields.append(field)
        elif field.is_relation and field.many_to_many:
            bisect.insort(self.local_many_to_many, field)
        else:
            bisect.insort(self.local_fields, field)
            self.setup_pk(field)
        remote = getattr(getattr(field, "remote_field", None), "model", None) if field.is_relation else None
        if remote is not None and hasattr(remote, "_meta"):
            remote._meta._expire_cache(forward=False)
        self._expire_cache(reverse=bool(remote))

    def setup_pk(self, field: Any) -> None:
        if not self.pk and field.primary_key:
            self.pk = field
            field.serialize = False

    def setup_proxy(self, target: Any) -> None:
        """Use the table of another model."""
        self.pk = target._meta.pk
        self.proxy_for_model = target
        self.db_table = target._meta.db_table

    def can_migrate(self, connection: Any) -> bool:
        """Say whether migrations make this model's table on a database (a connection or its alias)."""
        if self.proxy or self.swapped or not self.managed:
            return False
        if isinstance(connection, str):
            connection = connections[connection]
        if self.required_db_vendor:
            return bool(self.required_db_vendor == connection.vendor)
        if self.required_db_features:
            return all(getattr(connection.features, feature, False) for feature in self.required_db_features)
        return True

    @property
    def swapped(self) -> str | None:
        """The model that a setting puts in this one's place, None if none."""
        if not self.swappable:
            return None
        replacement: str | None = getattr(settings, self.swappable, None)
        if not replacement:
            return None
        try:
            same = model_key(replacement) == (self.app_label, self.model_name)
        except ValueError:
            return replacement
        return None if same else replacement

    def setting_changed(self, *, setting: str, **kwargs: Any) -> None:
        """Drop what depends on a setting that tests change."""
        if setting == self.swappable:
            self._expire_cache()

    def _expire_cache(self, forward: bool = True, reverse: bool = True) -> None:
        """Forget computed lists; called when a field or a model is added."""
        stale = (*(_FORWARD if forward else ()), *(_REVERSE if reverse and not self.abstract else ()))
        data = self.__dict__
        for name in stale:
            data.pop(name, None)
        data["_get_fields_cache"] = {}

    # -- managers ----------------------------------------------------------------------------------------------

    @cached_property
    def managers(self) -> ImmutableList:
        """The managers of the class and its bases, nearest first."""
        found = []
        seen = set()
        bases = [base for base in self.model.mro() if hasattr(base, "_meta")]
        for depth, base in enumerate(bases):
            for manager in base._meta.local_managers:
                if manager.name in seen:
                    continue
                manager = copy.copy(manager)
                manager.model = self.model
                seen.add(manager.name)
                found.append((depth, manager.creation_counter, manager))
        found.sort(key=lambda entry: entry[:2])
        return make_immutable_fields_list("managers", (manager for _depth, _counter, manager in found))

    @cached_property
    def managers_map(self) -> dict[str, Any]:
        return {manager.name: manager for manager in self.managers}

    def _inherited_manager_name(self, option: str) -> str | None:
        name: str | None = getattr(self, option)
        if name:
            return name
        # The nearest base decides, as for the other options.
        for base in self.model.mro()[1:]:
            if hasattr(base, "_meta"):
                inherited: str | None = getattr(base._meta, option)
                return inherited
        return None

    def _named_manager(self, name: str) -> Any:
        try:
            return self.managers_map[name]
        except KeyError:
            raise ValueError(f"{self.object_name} has no manager named {name!r}") from None

    @cached_property
    def base_manager(self) -> Any:
        """The manager for related objects and internals; it hides nothing."""
        name = self._inherited_manager_name("base_manager_name")
        if name:
            return self._named_manager(name)
        manager = Manager()
        manager.name = "_base_manager"
        manager.model = self.model
        manager.auto_created = True
        return manager

    @cached_property
    def default_manager(self) -> Any:
        name = self._inherited_manager_name("default_manager_name")
        if not name and not self.default_manager_name and self.local_managers:
            name = ""
        if name:
            return self._named_manager(name)
        return self.managers[0] if self.managers else None

    # -- ancestry ----------------------------------------------------------------------------------------------

    @cached_property
    def all_parents(self) -> tuple[Any, ...]:
        """All models this one inherits a table from, nearest first."""
        found = dict.fromkeys(self.parents)
        for parent in self.parents:
            found.update(dict.fromkeys(parent._meta.all_parents))
        return tuple(found)

    def get_parent_list(self) -> list[Any]:
        return list(self.all_parents)

    def get_base_chain(self, model: Any) -> list[Any]:
        """Return the models from this one's parent up to `model`; an empty list if it is no ancestor."""
        if not self.parents:
            return []
        if model in self.parents:
            return [model]
        for parent in self.parents:
            if chain := parent._meta.get_base_chain(model):
                return [parent, *chain]
        return []

    def get_ancestor_link(self, ancestor: Any) -> Any:
        """Return the field that leads to an ancestor, over however many steps; None if it is none."""
        if ancestor in self.parents:
            return self.parents[ancestor]
        for parent in self.parents:
            link = parent._meta.get_ancestor_link(ancestor)
            if link:
                # A proxy parent has no link of its own; the one beyond it is used.
                return self.parents[parent] or link
        return None

    def get_path_to_parent(self, parent: Any) -> list[PathInfo]:
        """Return the steps from this model to a parent."""
        if self.model is parent:
            return []
        concrete = self.concrete_model
        steps = []
        here = self
        for model in self.get_base_chain(parent):
            if model is concrete:
                here = model._meta
                continue
            link = here.parents[model]
            here = model._meta
            steps.append(
                PathInfo(
                    from_opts=link.model._meta,
                    to_opts=here,
                    target_fields=(link.remote_field.get_related_field(),),
                    join_field=link,
                    m2m=False,
                    direct=True,
                )
            )
        return steps

    def get_path_from_parent(self, parent: Any) -> list[PathInfo]:
        """Return the steps from a parent down to this model."""
        if self.model is parent:
            return []
        concrete = self.concrete_model
        line = [*reversed(concrete._meta.get_base_chain(parent)), concrete]
        steps: list[PathInfo] = []
        for above, below in pairwise(line):
            steps.extend(below._meta.get_ancestor_link(above).reverse_path_infos)
        return steps


Options.__module__ = "hotclub.db.models.options"
