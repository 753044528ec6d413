"""`Field`: what every model field offers, from the column to the form.

The checks live in `field_checks.py`. Must not know queries, expressions or models; an expression is told by
`late.is_expression`, and classes of upper layers come through the slots of `late.py`.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partialmethod, total_ordering
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from hotclub._orm.fields import field_checks, late
from hotclub._orm.fields.blank_choice import BLANK_CHOICE_DASH_LABEL, get_blank_choice_label
from hotclub._orm.lookup_registry import RegisterLookupMixin
from hotclub._orm.shape import gives_back
from hotclub._orm.state import DeferredAttribute
from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.core import exceptions, validators
from hotclub.db.utils import NotSupportedError
from hotclub.utils.choices import BlankChoiceIterator, CallableChoiceIterator, flatten_choices, normalize_choices
from hotclub.utils.deprecation import RemovedInDjango2028Warning
from hotclub.utils.functional import Promise, cached_property
from hotclub.utils.text import capfirst
from hotclub.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")


class Empty:
    """A plain object whose class is replaced: copies skip `__init__` with it."""


class NOT_PROVIDED:  # documented name
    """Stands for "no default was given", where None would be a value."""


BLANK_CHOICE_LABEL = _("- Select an option -")
BLANK_CHOICE_DASH = [("", BLANK_CHOICE_DASH_LABEL)]
"""The blank choice that selects of forms begin with."""

_SHORT_PATHS = ("", ".related", ".json", ".files", ".composite", ".generated", ".proxy")

# What deconstruct() leaves out: option, attribute that holds it, value it has when not given.
_OPTIONS: tuple[tuple[str, str, Any], ...] = (
    ("verbose_name", "_verbose_name", None),
    ("primary_key", "primary_key", False),
    ("max_length", "max_length", None),
    ("unique", "_unique", False),
    ("blank", "blank", False),
    ("null", "null", False),
    ("db_index", "db_index", False),
    ("default", "default", NOT_PROVIDED),
    ("db_default", "db_default", NOT_PROVIDED),
    ("editable", "editable", True),
    ("serialize", "serialize", True),
    ("unique_for_date", "unique_for_date", None),
    ("unique_for_month", "unique_for_month", None),
    ("unique_for_year", "unique_for_year", None),
    ("choices", "choices", None),
    ("help_text", "help_text", ""),
    ("db_column", "db_column", None),
    ("db_comment", "db_comment", None),
    ("db_tablespace", "_db_tablespace", None),
    ("auto_created", "auto_created", False),
    ("validators", "_validators", []),
    ("error_messages", "_error_messages", None),
)
_COMPARED_BY_VALUE = {"choices", "validators"}


def return_none() -> None:
    """Default of fields that know no empty value."""


def load_field(app_label: str, model_name: str, field_name: str) -> Any:
    """Find a field again: what pickles of fields call."""
    return apps.get_model(app_label, model_name)._meta.get_field(field_name)


@total_ordering
class Field(RegisterLookupMixin, Generic[T]):
    """A column of a table and an attribute of a model.

    Subclasses override the documented hooks: `db_type`, `get_internal_type`, `from_db_value`, `to_python`,
    `get_prep_value`, `get_db_prep_value`, `get_db_prep_save`, `pre_save`, `formfield`, `value_to_string`,
    `deconstruct`, `contribute_to_class`, `descriptor_class`.

    Source: docs ref/models/fields and howto/custom-model-fields.
    """

    # Options, as given.
    verbose_name: Any
    primary_key: bool
    max_length: int | None
    blank: bool
    null: bool
    remote_field: Any
    is_relation: bool
    default: Any
    db_default: Any
    editable: bool
    serialize: bool
    unique_for_date: str | None
    unique_for_month: str | None
    unique_for_year: str | None
    help_text: Any
    db_index: bool
    db_column: str | None
    db_comment: str | None
    auto_created: bool

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: Any) -> Self: ...
        @overload
        def __get__(self, instance: object, owner: Any) -> T: ...
        def __get__(self, instance: object | None, owner: Any) -> Self | T: ...
        def __set__(self, instance: object, value: Any) -> None: ...

    empty_strings_allowed: ClassVar[bool] = True
    empty_values: Any = list(validators.EMPTY_VALUES)

    # Order of definition on a model: fields made by users count up, automatic ones count down before them.
    creation_counter: int = 0
    auto_creation_counter: int = -1

    default_validators: Sequence[Callable[[Any], Any]] = []
    default_error_messages: Mapping[str, Any] = {
        "invalid_choice": _("Value %(value)r is not a valid choice."),
        "null": _("This field cannot be null."),
        "blank": _("This field cannot be blank."),
        "unique": _("%(model_name)s with this %(field_label)s already exists."),
        "unique_for_date": _("%(field_label)s must be unique for %(date_field_label)s %(lookup_type)s."),
    }
    system_check_deprecated_details: dict[str, str] | None = None
    system_check_removed_details: dict[str, str] | None = None

    # Options that a change of the schema may ignore.
    non_db_attrs: tuple[str, ...] = (
        "blank",
        "choices",
        "db_column",
        "editable",
        "error_messages",
        "help_text",
        "limit_choices_to",
        "on_delete",
        "related_name",
        "related_query_name",
        "validators",
        "verbose_name",
    )

    hidden: Any = False
    generated: bool = False
    many_to_many: bool | None = None
    many_to_one: bool | None = None
    one_to_many: bool | None = None
    one_to_one: bool | None = None
    related_model: Any = None
    descriptor_class: type[Any] = DeferredAttribute

    # Set by contribute_to_class().
    model: Any
    name: Any
    attname: str
    column: Any
    concrete: bool

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        primary_key: bool = False,
        max_length: int | None = None,
        unique: bool = False,
        blank: bool = False,
        null: bool = False,
        db_index: bool = False,
        rel: Any = None,
        default: Any = NOT_PROVIDED,
        editable: bool = True,
        serialize: bool = True,
        unique_for_date: str | None = None,
        unique_for_month: str | None = None,
        unique_for_year: str | None = None,
        choices: Any = None,
        help_text: Any = "",
        db_column: str | None = None,
        db_tablespace: str | None = None,
        auto_created: bool = False,
        validators: Iterable[Callable[[Any], Any]] = (),
        error_messages: Mapping[str, Any] | None = None,
        db_comment: str | None = None,
        db_default: Any = NOT_PROVIDED,
    ) -> None:
        self.name = name
        self.verbose_name = verbose_name
        self._verbose_name = verbose_name  # as given, for deconstruct()
        self.primary_key = primary_key
        self.max_length = max_length
        self._unique = unique
        self.blank = blank
        self.null = null
        self.remote_field = rel
        self.is_relation = rel is not None
        self.default = default
        self.db_default = db_default
        self.editable = editable
        self.serialize = serialize
        self.unique_for_date = unique_for_date
        self.unique_for_month = unique_for_month
        self.unique_for_year = unique_for_year
        self.choices = choices
        self.help_text = help_text
        self.db_index = db_index
        self.db_column = db_column
        self.db_comment = db_comment
        self._db_tablespace = db_tablespace
        self.auto_created = auto_created
        if auto_created:
            self.creation_counter = Field.auto_creation_counter
            Field.auto_creation_counter -= 1
        else:
            self.creation_counter = Field.creation_counter
            Field.creation_counter += 1
        self._validators = list(validators)
        self._error_messages = error_messages

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "get_placeholder" in cls.__dict__ and "get_placeholder_sql" not in cls.__dict__:
            _adopt_placeholder(cls)

    # -- identity ----------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        if not hasattr(self, "model"):
            return super().__str__()
        return f"{self.model._meta.label}.{self.name}"

    def __repr__(self) -> str:
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return f"<{path}: {self.name}>" if self.name is not None else f"<{path}>"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Field):
            return self.creation_counter == other.creation_counter and getattr(self, "model", None) == getattr(
                other, "model", None
            )
        return NotImplemented

    def __lt__(self, other: object) -> bool:
        # Fields inherited from an abstract model share the counter; then the model decides.
        if not isinstance(other, Field):
            return NotImplemented
        if self.creation_counter != other.creation_counter or not (hasattr(self, "model") or hasattr(other, "model")):
            return self.creation_counter < other.creation_counter
        if hasattr(self, "model") != hasattr(other, "model"):
            return not hasattr(self, "model")
        mine, theirs = self.model._meta, other.model._meta
        return (mine.app_label, mine.model_name) < (theirs.app_label, theirs.model_name)

    def __hash__(self) -> int:
        return hash(self.creation_counter)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Nothing of a field changes after its definition, except the back reference of its relation.
        twin = copy.copy(self)
        if self.remote_field:
            twin.remote_field = copy.copy(self.remote_field)
            if self.remote_field.field is self:
                twin.remote_field.field = twin
        memo[id(self)] = twin
        return twin

    def __copy__(self) -> Self:
        twin: Any = Empty()
        twin.__class__ = self.__class__
        twin.__dict__ = self.__dict__.copy()
        return twin  # type: ignore[no-any-return]

    def __reduce__(self) -> Any:
        if not hasattr(self, "model"):
            # Outside a model the field is a plain object; caches are rebuilt.
            state = self.__dict__.copy()
            state.pop("_get_default", None)
            return Empty.__new__, (type(self),), state
        meta = self.model._meta
        return load_field, (meta.app_label, meta.object_name, self.name)

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        """Return what rebuilds the field: name, import path, positional and keyword arguments.

        Source: docs howto/custom-model-fields, "Field deconstruction".
        """
        keywords: dict[str, Any] = {}
        for option, attribute, absent in _OPTIONS:
            value = getattr(self, attribute)
            if option == "choices" and isinstance(value, CallableChoiceIterator):
                value = value.func
            if option in _COMPARED_BY_VALUE:
                if value != absent:
                    keywords[option] = value
            elif value is not absent:
                keywords[option] = value
        module = type(self).__module__
        prefix = "hotclub.db.models.fields"
        if module.startswith(prefix) and module[len(prefix) :] in _SHORT_PATHS:
            module = "hotclub.db.models"
        return self.name, f"{module}.{type(self).__qualname__}", [], keywords

    def clone(self) -> Self:
        """Return a copy that belongs to no model."""
        _name, _path, args, kwargs = self.deconstruct()
        return type(self)(*args, **kwargs)

    # -- options with a computed side --------------------------------------------------------------------------

    @property
    def choices(self) -> Any:
        """The choices as a list of pairs (or a lazy view of such), None if any value goes."""
        return self._choices

    @choices.setter
    def choices(self, value: Any) -> None:
        self._choices = normalize_choices(value)

    @property
    def flatchoices(self) -> list[tuple[Any, Any]]:
        """The pairs of all choice groups in one list."""
        return list(flatten_choices(self.choices))

    @property
    def description(self) -> Any:
        """A text with placeholders about the kind of field, for documentation."""
        return _("Field of type: %(field_type)s") % {"field_type": type(self).__name__}

    @cached_property
    def unique(self) -> bool:
        return self._unique or self.primary_key

    @property
    def db_tablespace(self) -> str:
        tablespace: str = self._db_tablespace or settings.DEFAULT_INDEX_TABLESPACE
        return tablespace

    @property
    def db_returning(self) -> bool:
        """Whether the database should send the value back after an INSERT."""
        return self.has_db_default()

    @cached_property
    def error_messages(self) -> dict[str, Any]:
        """The messages of all base classes, with the field's own on top."""
        messages: dict[str, Any] = {}
        for cls in reversed(type(self).__mro__):
            messages.update(getattr(cls, "default_error_messages", {}))
        messages.update(self._error_messages or {})
        return messages

    @cached_property
    def validators(self) -> list[Callable[[Any], Any]]:
        return [*self.default_validators, *self._validators]

    # -- joining a model ---------------------------------------------------------------------------------------

    def set_attributes_from_name(self, name: str) -> None:
        """Derive `attname`, `column` and the label from the name in the model."""
        self.name = self.name or name
        self.attname, self.column = self.get_attname_column()
        self.concrete = self.column is not None
        if self.verbose_name is None and self.name:
            self.verbose_name = self.name.replace("_", " ")

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        """Become part of a model: register in `_meta`, set the descriptor and the display method."""
        self.set_attributes_from_name(name)
        self.model = cls
        cls._meta.add_field(self, private=private_only)
        if self.column:
            setattr(cls, self.attname, self.descriptor_class(self))
        display = f"get_{self.name}_display"
        # A method that the class or an abstract parent writes itself stays.
        if self.choices is not None and display not in cls.__dict__ and not _user_defines(cls, display):
            setattr(cls, display, partialmethod(cls._get_FIELD_display, field=self))

    def get_attname(self) -> str:
        return self.name  # type: ignore[no-any-return]

    def get_attname_column(self) -> tuple[str, Any]:
        attname = self.get_attname()
        return attname, self.db_column or attname

    def get_filter_kwargs_for_object(self, obj: Any) -> dict[str, Any]:
        """Return keyword arguments of `filter()` that match this field's value of `obj`."""
        return {self.name: getattr(obj, self.attname)}

    # -- values in Python --------------------------------------------------------------------------------------

    def to_python(self, value: Any) -> Any:
        """Turn a value into the field's Python type.

        Raises:
            ValidationError: it has no such form.
        """
        return value

    def run_validators(self, value: Any) -> None:
        """Run all validators; collect what they refuse."""
        if value in self.empty_values:
            return
        errors: list[Any] = []
        for validator in self.validators:
            try:
                validator(value)
            except exceptions.ValidationError as error:
                code = getattr(error, "code", None)
                if code is not None and code in self.error_messages:
                    error.message = self.error_messages[code]
                errors.extend(error.error_list)
        if errors:
            raise exceptions.ValidationError(errors)

    def validate(self, value: Any, model_instance: Any) -> None:
        """Check choices, null and blank.

        Raises:
            ValidationError: one of them forbids the value.
        """
        if not self.editable:
            return
        if self.choices is not None and value not in self.empty_values:
            if any(value == option for option, _label in self.flatchoices):
                return
            raise exceptions.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            )
        if value is None and not self.null:
            raise exceptions.ValidationError(self.error_messages["null"], code="null")
        if not self.blank and value in self.empty_values:
            raise exceptions.ValidationError(self.error_messages["blank"], code="blank")

    def clean(self, value: Any, model_instance: Any) -> Any:
        """Convert and validate a value; return it in Python's type."""
        value = self.to_python(value)
        self.validate(value, model_instance)
        self.run_validators(value)
        return value

    def value_from_object(self, obj: Any) -> Any:
        return getattr(obj, self.attname)

    def value_to_string(self, obj: Any) -> str:
        """Return the value of `obj` as text, for serializers."""
        return str(self.value_from_object(obj))

    def save_form_data(self, instance: Any, data: Any) -> None:
        setattr(instance, self.name, data)

    # -- defaults ----------------------------------------------------------------------------------------------

    def has_default(self) -> bool:
        return self.default is not NOT_PROVIDED

    def has_db_default(self) -> bool:
        return self.db_default is not NOT_PROVIDED

    def get_default(self) -> Any:
        """Return the value of an attribute that nobody set."""
        return self._get_default()

    @cached_property
    def _get_default(self) -> Callable[[], Any]:
        if self.has_default():
            if callable(self.default):
                return self.default  # type: ignore[no-any-return]
            return lambda: self.default
        if self.has_db_default():
            return lambda: late.database_default(self._db_default_expression, output_field=self)
        if not self.empty_strings_allowed or self.null:
            return return_none
        return str

    @cached_property
    def _db_default_expression(self) -> Any:
        """`db_default` as an expression."""
        if late.is_expression(self.db_default):
            return self.db_default
        return late.value_expression(self.db_default, self)

    def get_pk_value_on_save(self, instance: Any) -> Any:
        """Return the key of an instance that has none yet, from the default."""
        return self.get_default() if self.default is not NOT_PROVIDED else None

    # -- values in the database --------------------------------------------------------------------------------

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """Return the value to save; the hook of fields that compute it then."""
        return getattr(model_instance, self.attname)

    def get_prep_value(self, value: Any) -> Any:
        """Turn a Python value into what queries compare with."""
        if isinstance(value, Promise):
            value = value._cast()  # type: ignore[attr-defined]  # every lazy value has it
        return value

    @gives_back()
    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Turn a value into what the backend's driver takes."""
        if not prepared:
            value = self.get_prep_value(value)
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """The same for a value to be saved; expressions pass."""
        if hasattr(value, "as_sql"):
            return value
        return self.get_db_prep_value(value, connection=connection, prepared=False)

    def get_db_converters(self, connection: Any) -> list[Callable[..., Any]]:
        if hasattr(self, "from_db_value"):
            return [self.from_db_value]
        return []

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        """The hook of fields that wrap their column in a SELECT."""
        return sql, params

    def slice_expression(self, expression: Any, start: int, length: int | None) -> Any:
        """Return an expression that slices the field on the database's side."""
        raise NotSupportedError("This field does not support slicing.")

    def get_col(self, alias: str, output_field: Any = None) -> Any:
        """Return the expression of this column under a table alias."""
        if alias == self.model._meta.db_table and (output_field is None or output_field == self):
            return self.cached_col
        return late.column_expression(alias, self, output_field)

    @cached_property
    def cached_col(self) -> Any:
        return late.column_expression(self.model._meta.db_table, self)

    # -- schema ------------------------------------------------------------------------------------------------

    def get_internal_type(self) -> str:
        """Return the name of the kind of column, a key of the backend's `data_types`."""
        return type(self).__name__

    def db_type_parameters(self, connection: Any) -> Mapping[str, Any]:
        """Return what the backend's type texts interpolate."""
        return _TypeParameters(self, connection)

    def db_type(self, connection: Any) -> str | None:
        """Return the column type, None if the field has no column.

        Source: docs howto/custom-model-fields, "db_type".
        """
        column_type = connection.data_types.get(self.get_internal_type())
        if column_type is None:
            return None
        data = self.db_type_parameters(connection)
        text: str = column_type(data) if callable(column_type) else column_type % data
        return text

    def db_check(self, connection: Any) -> str | None:
        """Return the body of the CHECK clause the type needs on this backend."""
        check = connection.data_type_check_constraints.get(self.get_internal_type())
        return None if check is None else check % self.db_type_parameters(connection)

    def rel_db_type(self, connection: Any) -> str | None:
        """Return the type of columns that point at this one."""
        return self.db_type(connection)

    def cast_db_type(self, connection: Any) -> str | None:
        """Return the type to use in CAST."""
        cast_type = connection.ops.cast_data_types.get(self.get_internal_type())
        if cast_type:
            return cast_type % self.db_type_parameters(connection)  # type: ignore[no-any-return]
        return self.db_type(connection)

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        """Return type and check together: what schema editors ask for."""
        return {"type": self.db_type(connection), "check": self.db_check(connection)}

    def db_type_suffix(self, connection: Any) -> str | None:
        suffix: str | None = connection.data_types_suffix.get(self.get_internal_type())
        return suffix

    # -- forms -------------------------------------------------------------------------------------------------

    def get_choices(
        self,
        include_blank: bool = True,
        blank_choice: Any = None,
        limit_choices_to: Any = None,
        ordering: Sequence[str] = (),
    ) -> Any:
        """Return choices for a select: those of the field, or the objects a relation may point at."""
        blank_choice = [("", get_blank_choice_label())] if blank_choice is None else blank_choice
        if self.choices is not None:
            if include_blank:
                return BlankChoiceIterator(self.choices, blank_choice)
            return self.choices
        relation = self.remote_field
        limit_choices_to = limit_choices_to or self.get_limit_choices_to()  # type: ignore[attr-defined]  # relations
        get_related_field = getattr(relation, "get_related_field", None)
        target = get_related_field().attname if get_related_field else "pk"
        objects = relation.model._default_manager.complex_filter(limit_choices_to)
        if ordering:
            objects = objects.order_by(*ordering)
        return [*(blank_choice if include_blank else []), *((getattr(each, target), str(each)) for each in objects)]

    def formfield(
        self,
        form_class: Callable[..., Any] | None = None,
        choices_form_class: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return the form field that edits this field.

        Args:
            form_class: class to use, if not the usual one.
            choices_form_class: class to use if the field has choices.
            **kwargs: passed to the form field, over what the model says.
        """
        options: dict[str, Any] = {
            "required": not self.blank,
            "label": capfirst(self.verbose_name),
            "help_text": self.help_text,
        }
        if self.has_default():
            options["initial"] = self.default if callable(self.default) else self.get_default()
            if callable(self.default):
                options["show_hidden_initial"] = True
        if self.choices is not None:
            include_blank = self.blank or not (self.has_default() or "initial" in kwargs)
            options["choices"] = self.get_choices(include_blank=include_blank)
            options["coerce"] = self.to_python
            if self.null:
                options["empty_value"] = None
            form_class = choices_form_class or late.form_field("TypedChoiceField")
            kwargs = {key: value for key, value in kwargs.items() if key in _CHOICE_FIELD_OPTIONS}
        options.update(kwargs)
        return (form_class or late.form_field("CharField"))(**options)

    @classmethod
    def is_choice_value(cls, value: Any) -> bool:
        """Say whether something in `choices` is one value, and no group of choices; fields of lists say otherwise."""
        return field_checks.is_one_value(value)

    # -- checks ------------------------------------------------------------------------------------------------

    def check(self, **kwargs: Any) -> list[Any]:
        """Return the problems of the definition, for the system checks."""
        return field_checks.check_field(self, **kwargs)


# A select knows these options; those of text and number fields (max_value …) mean nothing to it.
_CHOICE_FIELD_OPTIONS = frozenset(
    {
        "coerce",
        "empty_value",
        "choices",
        "required",
        "widget",
        "label",
        "initial",
        "help_text",
        "error_messages",
        "show_hidden_initial",
        "disabled",
    }
)


def _adopt_placeholder(cls: Any) -> None:
    """Give a class with the deprecated hook the new one, which returns text and parameters."""
    warnings.warn(
        "Field.get_placeholder is deprecated in favor of get_placeholder_sql. Define "
        f"{cls.__module__}.{cls.__qualname__}.get_placeholder_sql to return both SQL and parameters instead.",
        RemovedInDjango2028Warning,
        stacklevel=3,
    )

    def get_placeholder_sql(self: Any, value: Any, compiler: Any, connection: Any) -> tuple[str, Any]:
        placeholder = self.get_placeholder(value, compiler, connection)
        if hasattr(value, "as_sql"):
            sql, params = compiler.compile(value)
            return placeholder % sql, params
        return placeholder, (value,)

    cls.get_placeholder_sql = get_placeholder_sql


class _TypeParameters(Mapping[str, Any]):
    """The attributes of a field as a mapping for `%` texts, with names quoted where a text needs it."""

    def __init__(self, field: Field[Any], connection: Any) -> None:
        self._field = field
        self._connection = connection

    def __getitem__(self, key: str) -> Any:
        if key == "qn_column":
            return self._connection.ops.quote_name(self._field.column)
        try:
            return getattr(self._field, key)
        except AttributeError:
            raise KeyError(key) from None

    def __iter__(self) -> Any:
        return iter([*vars(self._field), "qn_column"])

    def __len__(self) -> int:
        return len(vars(self._field)) + 1


def _user_defines(cls: Any, name: str) -> bool:
    """Say whether a parent, or an abstract one above it, writes the display method by hand."""
    for parent in cls.__mro__[1:]:
        found = parent.__dict__.get(name)
        if found is not None:
            return not isinstance(found, partialmethod)
    return False


Field.__module__ = Empty.__module__ = NOT_PROVIDED.__module__ = "hotclub.db.models.fields"
