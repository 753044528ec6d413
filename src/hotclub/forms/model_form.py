"""Forms made from models: their fields, their validation and saving."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic

from hotclub._forms.errors import ErrorList
from hotclub._forms.form import BaseForm, DeclarativeFieldsMetaclass
from hotclub.core.exceptions import NON_FIELD_ERRORS, FieldError, ImproperlyConfigured, ValidationError
from hotclub.db.models import AutoField, Q
from hotclub.db.models import Field as ModelField
from hotclub.forms.model_choices import InlineForeignKeyField

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from hotclub.db.models import Model

    ModelT = TypeVar("ModelT", bound=Model, default=Any)
else:
    from typing import TypeVar

    ModelT = TypeVar("ModelT")

ALL_FIELDS = "__all__"


def _wanted(name: str, fields: Any, exclude: Any) -> bool:
    return (fields is None or name in fields) and not (exclude and name in exclude)


def construct_instance(form: Any, instance: Any, fields: Any = None, exclude: Any = None) -> Any:
    """Write a form's cleaned data to a model instance, without saving it.

    Args:
        form: a cleaned form.
        instance: the object to change.
        fields: names to write; all by default.
        exclude: names to leave out.

    Returns:
        The instance.
    """
    cleaned_data = form.cleaned_data
    file_fields = []
    for model_field in instance._meta.fields:
        name = model_field.name
        if not model_field.editable or isinstance(model_field, AutoField) or name not in cleaned_data:
            continue
        if not _wanted(name, fields, exclude):
            continue
        if model_field.has_default() and _was_omitted(form, name):
            continue
        # Files go last: upload_to may look at the other values.
        if hasattr(model_field, "upload_to"):
            file_fields.append(model_field)
        else:
            model_field.save_form_data(instance, cleaned_data[name])
    for model_field in file_fields:
        model_field.save_form_data(instance, cleaned_data[model_field.name])
    return instance


def _was_omitted(form: Any, name: str) -> bool:
    """Whether a field was not submitted at all, so that the model's default stays."""
    field = form[name].field
    omitted = field.widget.value_omitted_from_data(form.data, form.files, form.add_prefix(name))
    return omitted and form.cleaned_data.get(name) in field.empty_values


def model_to_dict(instance: Any, fields: Any = None, exclude: Any = None) -> dict[str, Any]:
    """Return the editable values of an instance, as a form takes them for `initial`.

    Args:
        instance: model instance.
        fields: names to return; all by default.
        exclude: names to leave out.
    """
    opts = instance._meta
    return {
        field.name: field.value_from_object(instance)
        for field in chain(opts.concrete_fields, opts.private_fields, opts.many_to_many)
        if getattr(field, "editable", False) and _wanted(field.name, fields, exclude)
    }


def apply_limit_choices_to_to_formfield(formfield: Any) -> None:
    """Narrow a form field's query by its `limit_choices_to`."""
    if not hasattr(formfield, "queryset") or not hasattr(formfield, "get_limit_choices_to"):
        return
    condition = formfield.get_limit_choices_to()
    if not condition:
        return
    queryset = formfield.queryset
    if not isinstance(condition, Q):
        condition = Q(**condition)
    # A condition over several tables may find a row twice; the keys in a subquery find it once.
    keys = queryset.model._default_manager.using(queryset.db).filter(condition).values("pk")
    formfield.queryset = queryset.filter(pk__in=keys) if _joins(condition) else queryset.filter(condition)


def _joins(condition: Any) -> bool:
    for child in condition.children:
        if isinstance(child, tuple):
            if "__" in child[0]:
                return True
        elif not hasattr(child, "children") or _joins(child):
            return True
    return False


def fields_for_model(
    model: Any,
    fields: Any = None,
    exclude: Any = None,
    widgets: Mapping[str, Any] | None = None,
    formfield_callback: Callable[..., Any] | None = None,
    localized_fields: Any = None,
    labels: Mapping[str, Any] | None = None,
    help_texts: Mapping[str, Any] | None = None,
    error_messages: Mapping[str, Any] | None = None,
    field_classes: Mapping[str, Any] | None = None,
    *,
    apply_limit_choices_to: bool = True,
    form_declared_fields: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the form fields for a model.

    Args:
        model: the model.
        fields: names in the order wanted; all by default.
        exclude: names to leave out.
        widgets: widgets by name.
        formfield_callback: makes a form field for a model field.
        localized_fields: names to localise, or `"__all__"`.
        labels: labels by name.
        help_texts: help texts by name.
        error_messages: messages by name and code.
        field_classes: form field classes by name.
        apply_limit_choices_to: narrow the queries of related fields at once.
        form_declared_fields: fields declared on the form, which need not be made.

    Raises:
        FieldError: a named field is not editable.
        TypeError: the callback is not callable.
    """
    if formfield_callback is not None and not callable(formfield_callback):
        raise TypeError("formfield_callback must be a function or callable")
    options: dict[str, Mapping[str, Any]] = {
        "widget": widgets or {},
        "label": labels or {},
        "help_text": help_texts or {},
        "error_messages": error_messages or {},
        "form_class": field_classes or {},
    }
    made: dict[str, Any] = {}
    ignored: list[str] = []
    for field in _model_fields(model._meta):
        name = field.name
        if not getattr(field, "editable", False):
            if fields is not None and name in fields and (exclude is None or name not in exclude):
                raise FieldError(
                    f"'{name}' cannot be specified for {model.__name__} model form as it is a non-editable field"
                )
            continue
        if not _wanted(name, fields, exclude):
            continue
        if form_declared_fields and name in form_declared_fields:
            made[name] = form_declared_fields[name]
            continue
        kwargs = {key: values[name] for key, values in options.items() if name in values}
        if localized_fields == ALL_FIELDS or (localized_fields and name in localized_fields):
            kwargs["localize"] = True
        formfield = field.formfield(**kwargs) if formfield_callback is None else formfield_callback(field, **kwargs)
        if not formfield:
            ignored.append(name)
            continue
        if apply_limit_choices_to:
            apply_limit_choices_to_to_formfield(formfield)
        made[name] = formfield
    if fields:
        return {name: made.get(name) for name in fields if (not exclude or name not in exclude) and name not in ignored}
    return made


def _model_fields(opts: Any) -> list[Any]:
    private = [field for field in opts.private_fields if isinstance(field, ModelField)]
    return sorted(chain(opts.concrete_fields, private, opts.many_to_many))


class ModelFormOptions:
    """What a model form's `Meta` says.

    Args:
        options: the class `Meta`.
    """

    __module__ = "hotclub.forms.models"

    def __init__(self, options: Any = None) -> None:
        self.model = getattr(options, "model", None)
        self.fields = getattr(options, "fields", None)
        self.exclude = getattr(options, "exclude", None)
        self.widgets = getattr(options, "widgets", None)
        self.localized_fields = getattr(options, "localized_fields", None)
        self.labels = getattr(options, "labels", None)
        self.help_texts = getattr(options, "help_texts", None)
        self.error_messages = getattr(options, "error_messages", None)
        self.field_classes = getattr(options, "field_classes", None)
        self.formfield_callback = getattr(options, "formfield_callback", None)


class ModelFormMetaclass(DeclarativeFieldsMetaclass):
    """Makes the fields of a form from its model and from what is declared."""

    __module__ = "hotclub.forms.models"

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any) -> Any:
        made = super().__new__(mcs, name, bases, attrs, **kwargs)
        if bases == (BaseModelForm,):
            return made
        opts = made._meta = ModelFormOptions(getattr(made, "Meta", None))
        _refuse_strings(made, opts)
        if not opts.model:
            made.base_fields = made.declared_fields
            return made
        if opts.fields is None and opts.exclude is None:
            raise ImproperlyConfigured(
                "Creating a ModelForm without either the 'fields' attribute or the 'exclude' attribute is prohibited; "
                f"form {name} needs updating."
            )
        if opts.fields == ALL_FIELDS:
            opts.fields = None
        fields = fields_for_model(
            opts.model,
            opts.fields,
            opts.exclude,
            opts.widgets,
            opts.formfield_callback,
            opts.localized_fields,
            opts.labels,
            opts.help_texts,
            opts.error_messages,
            opts.field_classes,
            # Queries wait until the form is instantiated.
            apply_limit_choices_to=False,
            form_declared_fields=made.declared_fields,
        )
        unknown = {key for key, field in fields.items() if not field}.difference(made.declared_fields)
        if unknown:
            raise FieldError(f"Unknown field(s) ({', '.join(unknown)}) specified for {opts.model.__name__}")
        fields.update(made.declared_fields)
        made.base_fields = fields
        return made


def _refuse_strings(form_class: Any, opts: ModelFormOptions) -> None:
    for option in ("fields", "exclude", "localized_fields"):
        value = getattr(opts, option)
        if isinstance(value, str) and value != ALL_FIELDS:
            raise TypeError(
                f"{form_class.__name__}.Meta.{option} cannot be a string. Did you mean to type: ('{value}',)?"
            )


class BaseModelForm(BaseForm, Generic[ModelT]):
    """The machinery of model forms; `ModelForm` adds the declarative syntax.

    Args:
        data: submitted data; None makes the form unbound.
        files: submitted files.
        auto_id: as for a form.
        prefix: as for a form.
        initial: initial values, over those of the instance.
        error_class: as for a form.
        label_suffix: as for a form.
        empty_permitted: as for a form.
        instance: the object to change; a new one by default.
        use_required_attribute: as for a form.
        renderer: as for a form.

    Raises:
        ValueError: the class names no model.
    """

    __module__ = "hotclub.forms.models"

    _meta: ModelFormOptions

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        auto_id: Any = "id_%s",
        prefix: str | None = None,
        initial: Any = None,
        error_class: Any = ErrorList,
        label_suffix: Any = None,
        empty_permitted: bool = False,
        instance: ModelT | None = None,
        use_required_attribute: bool | None = None,
        renderer: Any = None,
    ) -> None:
        opts = self._meta
        if opts.model is None:
            raise ValueError("ModelForm has no model class specified.")
        if instance is None:
            self.instance: ModelT = opts.model()
            object_data: dict[str, Any] = {}
        else:
            self.instance = instance
            object_data = model_to_dict(instance, opts.fields, opts.exclude)
        if initial is not None:
            object_data.update(initial)
        # Set by clean(): a form that overrides it without calling super() validates no unique fields.
        self._validate_unique = False
        super().__init__(
            data,
            files,
            auto_id,
            prefix,
            object_data,
            error_class,
            label_suffix,
            empty_permitted,
            use_required_attribute=use_required_attribute,
            renderer=renderer,
        )
        for formfield in self.fields.values():
            apply_limit_choices_to_to_formfield(formfield)

    def _get_validation_exclusions(self) -> set[str]:
        """Return the names of model fields that must not be validated, since the user cannot correct them here."""
        exclude = set()
        opts = self._meta
        for model_field in self.instance._meta.fields:
            name = model_field.name
            if (
                name not in self.fields
                or not _wanted(name, opts.fields or None, opts.exclude)
                or (self._errors and name in self._errors)
            ):
                exclude.add(name)
                continue
            form_field = self.fields[name]
            # Empty where the form allows it and the model does not: the code behind the form will fill it.
            if (
                not model_field.blank
                and not form_field.required
                and self.cleaned_data.get(name) in form_field.empty_values
            ):
                exclude.add(name)
        return exclude

    def clean(self) -> Any:
        self._validate_unique = True
        return self.cleaned_data

    def _update_errors(self, errors: ValidationError) -> None:
        opts = self._meta
        by_field = errors.error_dict if hasattr(errors, "error_dict") else {NON_FIELD_ERRORS: errors}
        for name, messages in by_field.items():
            if name == NON_FIELD_ERRORS and opts.error_messages and NON_FIELD_ERRORS in opts.error_messages:
                own = opts.error_messages[NON_FIELD_ERRORS]
            elif name in self.fields:
                own = self.fields[name].error_messages
            else:
                continue
            for message in messages:
                if isinstance(message, ValidationError) and message.code in own:
                    message.message = own[message.code]
        self.add_error(None, errors)

    @contextmanager
    def _model_errors_added(self) -> Iterator[None]:
        """Turn what the model refuses inside the block into errors of the form."""
        try:
            yield
        except ValidationError as error:
            self._update_errors(error)

    def _post_clean(self) -> None:
        opts = self._meta
        exclude = self._get_validation_exclusions()
        # The parent of an inline may not be saved yet, so its key cannot be validated.
        exclude.update(name for name, field in self.fields.items() if isinstance(field, InlineForeignKeyField))
        with self._model_errors_added():
            self.instance = construct_instance(self, self.instance, opts.fields, opts.exclude)
        with self._model_errors_added():
            self.instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
        if self._validate_unique:
            self.validate_unique()
            self.validate_constraints()

    def validate_unique(self) -> None:
        """Add errors for values that must be unique and are not."""
        with self._model_errors_added():
            self.instance.validate_unique(exclude=self._get_validation_exclusions())

    def validate_constraints(self) -> None:
        """Add errors for constraints of the model that do not hold."""
        with self._model_errors_added():
            self.instance.validate_constraints(exclude=self._get_validation_exclusions())

    def _save_m2m(self) -> None:
        opts = self.instance._meta
        for model_field in chain(opts.many_to_many, opts.private_fields):
            if not hasattr(model_field, "save_form_data"):
                continue
            if not _wanted(model_field.name, self._meta.fields or None, self._meta.exclude):
                continue
            if model_field.name in self.cleaned_data:
                model_field.save_form_data(self.instance, self.cleaned_data[model_field.name])

    def save(self, commit: bool = True) -> ModelT:
        """Save the instance.

        Args:
            commit: write to the database. With False the caller saves the instance and then calls `save_m2m()`.

        Returns:
            The instance.

        Raises:
            ValueError: the form has errors.
        """
        if self.errors:
            verb = "created" if self.instance._state.adding else "changed"
            raise ValueError(
                f"The {self.instance._meta.object_name} could not be {verb} because the data didn't validate."
            )
        if commit:
            self.instance.save()
            self._save_m2m()
        else:
            self.save_m2m = self._save_m2m
        return self.instance

    save.alters_data = True  # type: ignore[attr-defined]  # templates must not call it


class ModelForm(BaseModelForm[ModelT], metaclass=ModelFormMetaclass):
    """A form for a model; its inner `Meta` names model and fields."""

    __module__ = "hotclub.forms.models"


def modelform_defines_fields(form_class: Any) -> bool:
    """Return whether a form class says which fields it has."""
    meta = getattr(form_class, "_meta", None)
    return meta is not None and (meta.fields is not None or meta.exclude is not None)


def modelform_factory(
    model: Any,
    form: Any = ModelForm,
    fields: Any = None,
    exclude: Any = None,
    formfield_callback: Any = None,
    widgets: Any = None,
    localized_fields: Any = None,
    labels: Any = None,
    help_texts: Any = None,
    error_messages: Any = None,
    field_classes: Any = None,
) -> Any:
    """Return a form class for a model.

    Args:
        model: the model.
        form: base class.
        fields: names of the fields, or `"__all__"`.
        exclude: names to leave out.
        formfield_callback: makes a form field for a model field.
        widgets: widgets by name.
        localized_fields: names to localise.
        labels: labels by name.
        help_texts: help texts by name.
        error_messages: messages by name and code.
        field_classes: form field classes by name.

    Raises:
        ImproperlyConfigured: neither `fields` nor `exclude` is given, here or in the base class.
    """
    given = {
        "fields": fields,
        "exclude": exclude,
        "widgets": widgets,
        "localized_fields": localized_fields,
        "labels": labels,
        "help_texts": help_texts,
        "error_messages": error_messages,
        "field_classes": field_classes,
    }
    meta_attrs: dict[str, Any] = {"model": model, **{key: value for key, value in given.items() if value is not None}}
    base_meta = getattr(form, "Meta", None)
    meta = type("Meta", (base_meta,) if base_meta else (), meta_attrs)
    if formfield_callback:
        meta.formfield_callback = staticmethod(formfield_callback)  # type: ignore[attr-defined]  # added here
    if getattr(meta, "fields", None) is None and getattr(meta, "exclude", None) is None:
        raise ImproperlyConfigured(
            "Calling modelform_factory without defining 'fields' or 'exclude' explicitly is prohibited."
        )
    return type(form)(model.__name__ + "Form", (form,), {"Meta": meta})
