"""`Model`: the base of all models. Its methods are one line a half over flows and the modules beside this one.

Source: docs ref/models/instances.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import hotclub
from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub._orm import model_checks, model_validation
from hotclub._orm.alters_data import AltersData
from hotclub._orm.expressions.core import Col, ColPairs, DatabaseDefault, F, Value
from hotclub._orm.fetch_modes import FetchMode
from hotclub._orm.fields import late
from hotclub._orm.flows.delete import delete_instance
from hotclub._orm.flows.refresh import refresh_instance
from hotclub._orm.flows.save import save_base_flow, save_flow
from hotclub._orm.fragments import generated_sql
from hotclub._orm.initialiser import Initialiser
from hotclub._orm.metaclass import ModelBase
from hotclub._orm.neighbours import neighbour_by_field, neighbour_in_order
from hotclub._orm.options import Options
from hotclub._orm.signals import post_init, pre_init
from hotclub._orm.state import DEFERRED, ModelState
from hotclub.core.exceptions import FieldDoesNotExist, MultipleObjectsReturned, ObjectDoesNotExist, ObjectNotUpdated
from hotclub.db.ports import ASYNC, SYNC
from hotclub.db.utils import HOTCLUB_VERSION_PICKLE_KEY
from hotclub.utils.encoding import force_str
from hotclub.utils.hashable import make_hashable

if TYPE_CHECKING:
    from typing import Self

    from hotclub._orm.typed_queries import DefaultManager


late.value_expression.fill(Value)
late.reference_expression.fill(F)
late.database_default.fill(DatabaseDefault)
late.column_expression.fill(Col)
late.column_pairs_expression.fill(ColPairs)
late.generated_sql.fill(generated_sql)

VERSION_ATTRIBUTE = HOTCLUB_VERSION_PICKLE_KEY


class Model(AltersData, metaclass=ModelBase):
    """A row of a table as an object.

    Args:
        *args: values of the fields in order of definition.
        **kwargs: values by field name; related objects and properties too.
    """

    _state: ModelState

    if TYPE_CHECKING:
        _meta: Options
        id: Any  # where no field is the primary key
        objects = DefaultManager()
        _default_manager: ClassVar[Any]
        _base_manager: ClassVar[Any]
        DoesNotExist: ClassVar[type[ObjectDoesNotExist]]
        MultipleObjectsReturned: ClassVar[type[MultipleObjectsReturned]]
        NotUpdated: ClassVar[type[ObjectNotUpdated]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        cls = self.__class__
        if pre_init.receivers:
            pre_init.send(sender=cls, args=args, kwargs=kwargs)
        meta = cls._meta
        if meta.abstract:
            raise TypeError("Abstract models cannot be instantiated.")
        self._state = ModelState()
        initialiser = meta.__dict__.get("_initialiser")
        if initialiser is None or initialiser.cls is not cls:
            initialiser = Initialiser(cls)
            meta.__dict__["_initialiser"] = initialiser
        initialiser.fill(self, args, kwargs)
        super().__init__()
        if post_init.receivers:
            post_init.send(sender=cls, instance=self)

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Sequence[str], values: Sequence[Any], *, fetch_mode: FetchMode | None = None
    ) -> Self:
        """Make an instance from a row; the documented hook for loading.

        Args:
            db: alias of the database.
            field_names: attribute names of the loaded fields.
            values: their values, in the same order.
            fetch_mode: how missing fields are fetched later.
        """
        fields = cls._meta.concrete_fields
        if len(values) != len(fields):
            loaded = iter(values)
            values = [next(loaded) if field.attname in field_names else DEFERRED for field in fields]
        new = cls(*values)
        new._state.adding = False
        new._state.db = db
        if fetch_mode is not None:
            new._state.fetch_mode = fetch_mode
        return new

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}: {self}>"

    def __str__(self) -> str:
        return f"{self.__class__.__name__} object ({self.pk})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        if self._meta.concrete_model != other._meta.concrete_model:
            return False
        key = self.pk
        if not self._is_pk_set():
            return self is other
        return bool(key == other.pk)

    def __hash__(self) -> int:
        if not self._is_pk_set():
            raise TypeError("Model instances without primary key value are unhashable")
        return hash(self.pk)

    # -- copies and pickles ------------------------------------------------------------------------------------

    def __reduce__(self) -> Any:
        data = self.__getstate__()
        data[VERSION_ATTRIBUTE] = hotclub.__version__
        class_id = self._meta.app_label, self._meta.object_name
        return model_unpickle, (class_id,), data

    def __getstate__(self) -> dict[str, Any]:
        """Hook to allow choosing the attributes to pickle."""
        state = self.__dict__.copy()
        state["_state"] = copy.copy(state["_state"])
        state["_state"].fields_cache = state["_state"].fields_cache.copy()
        # memoryview cannot be pickled; bytes can, and are turned back.
        views = [(name, bytes(value)) for name, value in state.items() if isinstance(value, memoryview)]
        if views:
            state["_memoryview_attrs"] = views
            for name, _data in views:
                state.pop(name)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        pickled = state.pop(VERSION_ATTRIBUTE, None)
        if pickled is None:
            warnings.warn("Pickled model instance's hotclub version is not specified.", RuntimeWarning, stacklevel=2)
        elif pickled != hotclub.__version__:
            warnings.warn(
                f"Pickled model instance's hotclub version {pickled} does not match the current version "
                f"{hotclub.__version__}.",
                RuntimeWarning,
                stacklevel=2,
            )
        for name, data in state.pop("_memoryview_attrs", ()):
            state[name] = memoryview(data)
        self.__dict__.update(state)

    # -- the key -----------------------------------------------------------------------------------------------

    def _get_pk_val(self, meta: Any = None) -> Any:
        return getattr(self, (meta or self._meta).pk.attname)

    def _set_pk_val(self, value: Any) -> None:
        for parent_link in self._meta.parents.values():
            if parent_link and parent_link != self._meta.pk:
                setattr(self, parent_link.target_field.attname, value)
        setattr(self, self._meta.pk.attname, value)

    pk: Any = property(_get_pk_val, _set_pk_val)

    def _is_pk_set(self, meta: Any = None) -> bool:
        """Say whether the instance has a primary key, in all its parts."""
        key = self._get_pk_val(meta)
        if type(key) is int:
            return True
        if key is None:
            return False
        parts = key if isinstance(key, tuple) else (key,)
        return not any(part is None or isinstance(part, DatabaseDefault) for part in parts)

    def get_deferred_fields(self) -> set[str]:
        """Return the attribute names of fields that are not loaded."""
        data = self.__dict__
        return {field.attname for field in self._meta.concrete_fields if field.attname not in data}

    # -- loading and saving ------------------------------------------------------------------------------------

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """Load the values again.

        Args:
            using: alias of the database; the one the instance came from, if not given.
            fields: names of the fields to load; all that are loaded, if not given.
            from_queryset: queryset to use, e.g. with `select_for_update()`.

        Raises:
            DoesNotExist: the row is gone.
        """
        drive(refresh_instance(self, using, fields, from_queryset), SYNC)

    async def arefresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """The asynchronous `refresh_from_db()`."""
        if type(self).refresh_from_db is not Model.refresh_from_db:
            await adrive(_call(self.refresh_from_db, using=using, fields=fields, from_queryset=from_queryset), ASYNC)
            return
        await adrive(refresh_instance(self, using, fields, from_queryset), ASYNC)

    def serializable_value(self, field_name: str) -> Any:
        """Return the value of a field as it is stored: the key of a relation, not the object."""
        meta = self._meta
        try:
            field = meta.get_field(field_name)
        except FieldDoesNotExist:
            return getattr(self, field_name)
        return getattr(self, field.attname)

    def save(
        self,
        *,
        force_insert: bool | tuple[Any, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Write the instance: an UPDATE if its key is there, else an INSERT.

        Args:
            force_insert: insert without looking; or the tuple of classes to insert for.
            force_update: update or fail.
            using: alias of the database.
            update_fields: names of the only fields to write.

        Raises:
            NotUpdated: an update was forced and touched no row.
            ValueError: the options contradict one another, or a related object is not saved.
        """
        drive(save_flow(self, force_insert, force_update, using, update_fields), SYNC)

    save.alters_data = True  # type: ignore[attr-defined]  # for templates

    def _overrides_save(self) -> bool:
        """Whether the class saves in a way of its own; flows then call that."""
        return type(self).save is not Model.save

    def _overrides_save_base(self) -> bool:
        return type(self).save_base is not Model.save_base

    def _save_flow(
        self,
        *,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Any = None,
    ) -> Any:
        """The flow of `save()`, for flows that save instances."""
        return save_flow(self, force_insert, force_update, using, update_fields)

    async def asave(
        self,
        *,
        force_insert: bool | tuple[Any, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """The asynchronous `save()`; a `save()` that the model overrides is run in a thread."""
        if type(self).save is not Model.save:
            options = {
                "force_insert": force_insert,
                "force_update": force_update,
                "using": using,
                "update_fields": update_fields,
            }
            await adrive(_call(self.save, **options), ASYNC)
            return
        await adrive(save_flow(self, force_insert, force_update, using, update_fields), ASYNC)

    asave.alters_data = True  # type: ignore[attr-defined]

    def save_base(
        self,
        raw: bool = False,
        force_insert: bool | tuple[Any, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Write the instance as it is, without looking at related objects; `raw` for data of fixtures."""
        drive(save_base_flow(self, raw, force_insert, force_update, using, update_fields), SYNC)

    save_base.alters_data = True  # type: ignore[attr-defined]

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Delete the row and what goes with it.

        Args:
            using: alias of the database.
            keep_parents: leave the rows of parent models.

        Returns:
            The number of rows, altogether and per model label.
        """
        return drive(delete_instance(self, using, keep_parents), SYNC)

    delete.alters_data = True  # type: ignore[attr-defined]

    async def adelete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """The asynchronous `delete()`; a `delete()` that the model overrides is run in a thread."""
        if type(self).delete is not Model.delete:
            return await adrive(_call(self.delete, using=using, keep_parents=keep_parents), ASYNC)
        return await adrive(delete_instance(self, using, keep_parents), ASYNC)

    adelete.alters_data = True  # type: ignore[attr-defined]

    def prepare_database_save(self, field: Any) -> Any:
        """Return the key to store where the instance itself was given as a value.

        Raises:
            ValueError: it has none yet.
        """
        if not self._is_pk_set():
            raise ValueError(f"Unsaved model instance {self!r} cannot be used in an ORM query.")
        return getattr(self, field.remote_field.get_related_field().attname)

    # -- methods that fields add under their own name ----------------------------------------------------------

    def _get_FIELD_display(self, field: Any) -> str:  # the part of a documented name
        value = getattr(self, field.attname)
        labels = dict(make_hashable(field.flatchoices))
        # Labels may be lazy, and the value may be none of the choices.
        shown: str = force_str(labels.get(make_hashable(value), value), strings_only=True)
        return shown

    def _get_next_or_previous_by_FIELD(self, field: Any, is_next: bool, **kwargs: Any) -> Any:
        return neighbour_by_field(self, field, is_next, kwargs)

    def _get_next_or_previous_in_order(self, is_next: bool) -> Any:
        return neighbour_in_order(self, is_next)

    # -- validation --------------------------------------------------------------------------------------------

    def clean(self) -> None:
        """The hook for validation over several fields; raise `ValidationError`."""

    def clean_fields(self, exclude: Iterable[str] | None = None) -> None:
        """Convert and validate each field.

        Raises:
            ValidationError: by field name.
        """
        model_validation.clean_fields(self, exclude)

    def validate_unique(self, exclude: Iterable[str] | None = None) -> None:
        """Check unique fields, `unique_together` and `unique_for_date` against the database.

        Raises:
            ValidationError: by field name, or under `NON_FIELD_ERRORS`.
        """
        model_validation.validate_unique(self, exclude)

    def validate_constraints(self, exclude: Iterable[str] | None = None) -> None:
        """Check `Meta.constraints` against the database.

        Raises:
            ValidationError: by field name, or under `NON_FIELD_ERRORS`.
        """
        model_validation.validate_constraints(self, exclude)

    def full_clean(
        self,
        exclude: Iterable[str] | None = None,
        validate_unique: bool = True,
        validate_constraints: bool = True,
    ) -> None:
        """Run all validation: fields, `clean()`, uniqueness, constraints.

        Raises:
            ValidationError: all that was found, by field name.
        """
        model_validation.full_clean(self, exclude, validate_unique, validate_constraints)

    def _get_unique_checks(self, exclude: Iterable[str] | None = None, include_meta_constraints: bool = False) -> Any:
        skipped = {exclude} if isinstance(exclude, str) else set(exclude or ())
        return model_validation.unique_checks(self, skipped, include_meta_constraints)

    def _perform_unique_checks(self, checks: Any) -> dict[str, list[Any]]:
        return model_validation.perform_unique_checks(self, checks)

    def _perform_date_checks(self, checks: Any) -> dict[str, list[Any]]:
        return model_validation.perform_date_checks(self, checks)

    def date_error_message(self, lookup_type: str, field_name: str, unique_for: str) -> Any:
        return model_validation.date_error(self, lookup_type, field_name, unique_for)

    def unique_error_message(self, model_class: Any, unique_check: Sequence[str]) -> Any:
        return model_validation.unique_error(self, model_class, unique_check)

    def get_constraints(self) -> list[tuple[Any, list[Any]]]:
        return model_validation.constraints_by_class(self)

    def _get_field_expression_map(self, meta: Any, exclude: set[str] | None = None) -> dict[str, Any]:
        return model_validation.field_expressions(self, meta, exclude)

    # -- checks ------------------------------------------------------------------------------------------------

    @classmethod
    def check(cls, **kwargs: Any) -> list[Any]:
        """Return the problems of the definition, for the system checks."""
        return model_checks.check_model(cls, **kwargs)


async def _call(function: Any, **kwargs: Any) -> Any:
    """A flow that is one call of the user's code."""
    return await CallUser(function, (), kwargs)


def model_unpickle(model_id: tuple[str, str] | type[Model]) -> Model:
    """Make an empty instance of a model found by label: what pickles call."""
    model: Any = Options.default_apps.get_model(*model_id) if isinstance(model_id, tuple) else model_id
    return model.__new__(model)  # type: ignore[no-any-return]


model_unpickle.__safe_for_unpickle__ = True  # type: ignore[attr-defined]  # the pickle protocol's own mark
Model.__module__ = model_unpickle.__module__ = "hotclub.db.models.base"
