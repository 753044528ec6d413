"""Formsets of model forms: editing rows, and rows that belong to a parent."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from hotclub._forms.formset import BaseFormSet, formset_factory
from hotclub._forms.widgets import HiddenInput
from hotclub.core.exceptions import NON_FIELD_ERRORS, ImproperlyConfigured, ValidationError
from hotclub.db.models import AutoField, ForeignKey
from hotclub.forms.model_choices import InlineForeignKeyField, ModelChoiceField
from hotclub.forms.model_form import ModelForm, modelform_factory
from hotclub.utils.functional import cached_property
from hotclub.utils.hashable import make_hashable
from hotclub.utils.text import capfirst, get_text_list
from hotclub.utils.translation import gettext
from hotclub.utils.translation import gettext_lazy as _


class BaseModelFormSet(BaseFormSet):
    """Forms for the rows of a query, and for new rows; made by `modelformset_factory`.

    Args:
        data: submitted data; None makes the formset unbound.
        files: submitted files.
        auto_id: as for a formset.
        prefix: as for a formset.
        queryset: the rows to edit; all by default.
        initial: initial values of the forms for new rows.
        **kwargs: those of `BaseFormSet`.
    """

    __module__ = "hotclub.forms.models"

    model: Any = None
    edit_only = False
    unique_fields: Any = set()

    new_objects: list[Any]
    changed_objects: list[Any]
    deleted_objects: list[Any]

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        auto_id: Any = "id_%s",
        prefix: str | None = None,
        queryset: Any = None,
        *,
        initial: Any = None,
        **kwargs: Any,
    ) -> None:
        self.queryset = queryset
        self.initial_extra = initial
        super().__init__(data=data, files=files, auto_id=auto_id, prefix=prefix, **kwargs)

    def initial_form_count(self) -> int:
        if not self.is_bound:
            return len(self.get_queryset())
        return super().initial_form_count()

    @cached_property
    def _rows_by_key(self) -> dict[Any, Any]:
        return {row.pk: row for row in self.get_queryset()}

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        pk_required = i < self.initial_form_count()
        if pk_required:
            if self.is_bound:
                instance = self._submitted_object(i)
                if instance is not None:
                    kwargs["instance"] = instance
            else:
                kwargs["instance"] = self.get_queryset()[i]
        elif self.initial_extra:
            with contextlib.suppress(IndexError):
                kwargs["initial"] = self.initial_extra[i - self.initial_form_count()]
        form = super()._construct_form(i, **kwargs)
        if pk_required:
            form.fields[self.model._meta.pk.name].required = True
        return form

    def _submitted_object(self, i: int) -> Any:
        """Return the row whose key the browser sent; None if there is no such key or row (then the form is invalid)."""
        field = self.model._meta.pk
        name = f"{self.add_prefix(i)}-{field.name}"
        while field.remote_field is not None:
            # A key that is a relation has the type of the field at its end.
            field = field.remote_field.get_related_field()
        try:
            return self._rows_by_key.get(field.to_python(self.data[name]))
        except (KeyError, ValidationError):
            return None

    def get_queryset(self) -> Any:
        """Return the rows to edit, ordered, as read once."""
        if not hasattr(self, "_queryset"):
            queryset = self.model._default_manager.get_queryset() if self.queryset is None else self.queryset
            # Forms are matched to rows by position: without an order that could change between two requests.
            if not queryset.totally_ordered and not queryset.query.is_sliced:
                ordering = queryset.query.order_by or (self.model._meta.ordering if queryset.ordered else ())
                queryset = queryset.order_by(*ordering, "pk")
            self._queryset = queryset
        return self._queryset

    def save_new(self, form: Any, commit: bool = True) -> Any:
        """Save a form for a new row and return the object."""
        return form.save(commit=commit)

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        """Save a form for an existing row and return the object."""
        return form.save(commit=commit)

    def delete_existing(self, obj: Any, commit: bool = True) -> None:
        """Delete an existing row."""
        if commit:
            obj.delete()

    def save(self, commit: bool = True) -> list[Any]:
        """Save all changed and new rows and delete those marked.

        Args:
            commit: write to the database. With False the caller saves and deletes the objects (`deleted_objects`), and
                then calls `save_m2m()`.

        Returns:
            The objects changed and added.
        """
        if not commit:
            self.saved_forms: list[Any] = []
            self.save_m2m = self._save_all_m2m
        if self.edit_only:
            return self.save_existing_objects(commit)
        return self.save_existing_objects(commit) + self.save_new_objects(commit)

    save.alters_data = True  # type: ignore[attr-defined]  # templates must not call it

    def _save_all_m2m(self) -> None:
        for form in self.saved_forms:
            form.save_m2m()

    def clean(self) -> None:
        self.validate_unique()

    def validate_unique(self) -> None:
        """Check that the forms do not contradict each other where the model wants unique values.

        Raises:
            ValidationError: two or more of them do.
        """
        to_delete = self.deleted_forms
        forms = [form for form in self.forms if form.is_valid() and form not in to_delete]
        unique_checks: set[Any] = set()
        date_checks: set[Any] = set()
        for form in forms:
            of_form = form.instance._get_unique_checks(
                exclude=form._get_validation_exclusions(), include_meta_constraints=True
            )
            unique_checks.update(of_form[0])
            date_checks.update(of_form[1])
        errors: list[str] = []
        for _model, names in unique_checks:
            for _repeat in self._repeats(forms, names, partial(self._together, names)):
                errors.append(self.get_unique_error_message(names))
        for check in date_checks:
            _model, lookup, name, date_name = check
            for _repeat in self._repeats(forms, [name], partial(_within, lookup, name, date_name)):
                errors.append(self.get_date_error_message(check))
        if errors:
            raise ValidationError(errors)

    def _repeats(
        self, forms: list[Any], names: Iterable[str], values_of: Callable[[dict[str, Any]], tuple[Any, ...] | None]
    ) -> Iterator[Any]:
        """Mark the forms that repeat the values of one before, and give them.

        Args:
            forms: valid ones.
            names: the fields that are wrong then.
            values_of: what must not repeat, of a form's cleaned data; None if that cannot be told.
        """
        seen = set()
        for form in forms:
            values = values_of(form.cleaned_data)
            if values is None:
                continue
            if values in seen:
                self._mark_duplicate(form, names)
                yield form
            seen.add(values)

    def _together(self, names: Iterable[str], cleaned_data: dict[str, Any]) -> tuple[Any, ...] | None:
        """Give the values that must be unique together; those that all forms share do not count."""
        own = [name for name in names if name not in self.unique_fields]
        values = tuple(_comparable(cleaned_data.get(name)) for name in own)
        return None if None in values else values

    def _mark_duplicate(self, form: Any, names: Any) -> None:
        form._errors[NON_FIELD_ERRORS] = self.error_class([self.get_form_error()], renderer=self.renderer)
        for name in names:
            form.cleaned_data.pop(name, None)

    def get_unique_error_message(self, unique_check: Any) -> str:
        """Return the message for forms that repeat a value, or values that must be unique together."""
        if len(unique_check) == 1:
            return gettext("Please correct the duplicate data for %(field)s.") % {"field": unique_check[0]}
        return gettext("Please correct the duplicate data for %(field)s, which must be unique.") % {
            "field": get_text_list(unique_check, _("and"))
        }

    def get_date_error_message(self, date_check: Any) -> str:
        """Return the message for forms that repeat a value within a day, month or year."""
        return gettext(
            "Please correct the duplicate data for %(field_name)s which must be unique for the %(lookup)s in "
            "%(date_field)s."
        ) % {"field_name": date_check[2], "date_field": date_check[3], "lookup": str(date_check[1])}

    def get_form_error(self) -> str:
        """Return the message of a form that repeats another."""
        return gettext("Please correct the duplicate values below.")

    def save_existing_objects(self, commit: bool = True) -> list[Any]:
        """Save the changed rows and delete those marked; return the changed ones."""
        self.changed_objects = []
        self.deleted_objects = []
        saved: list[Any] = []
        if not self.initial_forms:
            return saved
        forms_to_delete = self.deleted_forms
        for form in self.initial_forms:
            obj = form.instance
            # Without a key this is no row of the query: the key was tampered with, or the row is gone.
            if obj.pk is None or obj._state.adding:
                continue
            if form in forms_to_delete:
                self.deleted_objects.append(obj)
                self.delete_existing(obj, commit=commit)
            elif form.has_changed():
                self.changed_objects.append((obj, form.changed_data))
                saved.append(self.save_existing(form, obj, commit=commit))
                if not commit:
                    self.saved_forms.append(form)
        return saved

    def save_new_objects(self, commit: bool = True) -> list[Any]:
        """Save the new rows and return them."""
        self.new_objects = []
        for form in self.extra_forms:
            if not form.has_changed() or (self.can_delete and self._should_delete_form(form)):
                continue
            self.new_objects.append(self.save_new(form, commit=commit))
            if not commit:
                self.saved_forms.append(form)
        return self.new_objects

    def add_fields(self, form: Any, index: int | None) -> None:
        """Add a hidden field for the primary key, where the form has none that can be edited."""
        self._pk_field = pk = self.model._meta.pk
        if _pk_is_not_editable(pk) or pk.name not in form.fields:
            if isinstance(pk, ForeignKey):
                queryset = pk.remote_field.model._default_manager.get_queryset()
            else:
                queryset = self.model._default_manager.get_queryset()
            widgets = form._meta.widgets or {}
            form.fields[self._pk_field.name] = ModelChoiceField(
                queryset.using(form.instance._state.db),
                initial=self._pk_value(form, index),
                required=False,
                widget=widgets.get(self._pk_field.name, HiddenInput),
            )
        super().add_fields(form, index)

    def _pk_value(self, form: Any, index: int | None) -> Any:
        if form.is_bound:
            return None if form.instance._state.adding else form.instance.pk
        try:
            return None if index is None else self.get_queryset()[index].pk
        except IndexError:
            return None


def _within(lookup: str, name: str, date_name: str, cleaned_data: dict[str, Any]) -> tuple[Any, ...] | None:
    """Give a value with the day, month or year in which it must be unique."""
    value, date = cleaned_data.get(name), cleaned_data.get(date_name)
    if value is None or date is None:
        return None
    span = (date.year, date.month, date.day) if lookup == "date" else (getattr(date, lookup),)
    return (_comparable(value), *span)


def _comparable(value: Any) -> Any:
    """Return a form's value in a form that can be put into a set."""
    if hasattr(value, "_get_pk_val"):
        return value._get_pk_val() if value._is_pk_set() else value
    if isinstance(value, list):
        return tuple(value)
    return make_hashable(value)


def _pk_is_not_editable(pk: Any) -> bool:
    if not pk.editable or pk.auto_created or isinstance(pk, AutoField):
        return True
    remote = pk.remote_field
    return bool(remote and remote.parent_link and _pk_is_not_editable(remote.model._meta.pk))


def modelformset_factory(
    model: Any,
    form: Any = ModelForm,
    formfield_callback: Any = None,
    formset: Any = BaseModelFormSet,
    extra: int = 1,
    can_delete: bool = False,
    can_order: bool = False,
    max_num: int | None = None,
    fields: Any = None,
    exclude: Any = None,
    widgets: Any = None,
    validate_max: bool = False,
    localized_fields: Any = None,
    labels: Any = None,
    help_texts: Any = None,
    error_messages: Any = None,
    min_num: int | None = None,
    validate_min: bool = False,
    field_classes: Any = None,
    absolute_max: int | None = None,
    can_delete_extra: bool = True,
    renderer: Any = None,
    edit_only: bool = False,
) -> Any:
    """Return a formset class for a model; the arguments are those of `modelform_factory` and `formset_factory`.

    Args:
        edit_only: add no rows, whatever is submitted.

    Raises:
        ImproperlyConfigured: neither `fields` nor `exclude` is given, here or in the form class.
    """
    meta = getattr(form, "Meta", None)
    if getattr(meta, "fields", fields) is None and getattr(meta, "exclude", exclude) is None:
        raise ImproperlyConfigured(
            "Calling modelformset_factory without defining 'fields' or 'exclude' explicitly is prohibited."
        )
    form = modelform_factory(
        model,
        form=form,
        fields=fields,
        exclude=exclude,
        formfield_callback=formfield_callback,
        widgets=widgets,
        localized_fields=localized_fields,
        labels=labels,
        help_texts=help_texts,
        error_messages=error_messages,
        field_classes=field_classes,
    )
    made = formset_factory(
        form,
        formset,
        extra=extra,
        min_num=min_num,
        max_num=max_num,
        can_order=can_order,
        can_delete=can_delete,
        validate_min=validate_min,
        validate_max=validate_max,
        absolute_max=absolute_max,
        can_delete_extra=can_delete_extra,
        renderer=renderer,
    )
    made.model = model
    made.edit_only = edit_only
    return made


class BaseInlineFormSet(BaseModelFormSet):
    """Forms for the rows that belong to a parent; made by `inlineformset_factory`.

    Args:
        data: submitted data; None makes the formset unbound.
        files: submitted files.
        instance: the parent; a new one by default.
        save_as_new: make new rows out of existing ones.
        prefix: as for a formset.
        queryset: the rows to choose those of the parent from.
        **kwargs: those of `BaseModelFormSet`.
    """

    __module__ = "hotclub.forms.models"

    fk: Any

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        instance: Any = None,
        save_as_new: bool = False,
        prefix: str | None = None,
        queryset: Any = None,
        **kwargs: Any,
    ) -> None:
        self.instance = self.fk.remote_field.model() if instance is None else instance
        self.save_as_new = save_as_new
        if queryset is None:
            queryset = self.model._default_manager
        rows = queryset.filter(**{self.fk.name: self.instance}) if self.instance._is_pk_set() else queryset.none()
        self.unique_fields = {self.fk.name}
        super().__init__(data, files, prefix=prefix, queryset=rows, **kwargs)
        # The key to the parent takes part in validation even if the form names its fields.
        form_fields = self.form._meta.fields
        if form_fields and self.fk.name not in form_fields:
            self.form._meta.fields = [*form_fields, self.fk.name]

    def initial_form_count(self) -> int:
        return 0 if self.save_as_new else super().initial_form_count()

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        form = super()._construct_form(i, **kwargs)
        if self.save_as_new:
            self._forget_keys(form)
        # The row points to the parent before it is validated, for unique checks that include the key.
        setattr(form.instance, self.fk.attname, self._parent_key())
        return form

    def _forget_keys(self, form: Any) -> None:
        mutable = getattr(form.data, "_mutable", None)
        if mutable is not None:
            form.data._mutable = True
        form.data[form.add_prefix(self._pk_field.name)] = None
        form.data[form.add_prefix(self.fk.name)] = None
        if mutable is not None:
            form.data._mutable = mutable

    def _parent_key(self) -> Any:
        parent_pk_name = self.fk.remote_field.model._meta.pk.name
        field_name = self.fk.remote_field.field_name
        if field_name == parent_pk_name:
            return self.instance.pk
        value = getattr(self.instance, field_name)
        return getattr(value, "pk", value)

    @classmethod
    def get_default_prefix(cls) -> str:
        return str(cls.fk.remote_field.get_accessor_name(model=cls.model)).replace("+", "")

    def save_new(self, form: Any, commit: bool = True) -> Any:
        # The parent may have been saved, and got its key, after the form was made.
        setattr(form.instance, self.fk.name, self.instance)
        return super().save_new(form, commit=commit)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if self._pk_field == self.fk:
            name = self._pk_field.name
            kwargs: dict[str, Any] = {"pk_field": True}
        else:
            name = self.fk.name
            kwargs = {"label": getattr(form.fields.get(name), "label", capfirst(self.fk.verbose_name))}
        target = self.fk.remote_field
        if target.field_name != target.model._meta.pk.name:
            kwargs["to_field"] = target.field_name
            submitted = bool(form.data)
        else:
            submitted = bool(form.data.get(form.add_prefix(name)))
        if self.instance._state.adding and not submitted:
            # A default of the parent's key is not its key until it is saved.
            key = self.instance._meta.get_field(target.field_name)
            if key.has_default():
                setattr(self.instance, key.attname, None)
        form.fields[name] = InlineForeignKeyField(self.instance, **kwargs)

    def get_unique_error_message(self, unique_check: Any) -> str:
        return super().get_unique_error_message([name for name in unique_check if name != self.fk.name])


def _get_foreign_key(parent_model: Any, model: Any, fk_name: str | None = None, can_fail: bool = False) -> Any:
    """Find the foreign key from a model to its parent.

    Args:
        parent_model: model the key points to, or a child of it.
        model: model the key belongs to.
        fk_name: name of the key, needed if there are several.
        can_fail: return None instead of raising if there is none.

    Raises:
        ValueError: there is no such key, or more than one.
    """
    if fk_name:
        return _named_foreign_key(parent_model, model, fk_name)
    parents = _with_parents(parent_model)
    found = [
        field
        for field in model._meta.fields
        if isinstance(field, ForeignKey)
        and (
            field.remote_field.model in parents
            or (parent_model._meta.proxy and field.remote_field.model._meta.concrete_model in parents)
            or field.remote_field.model._meta.concrete_model is parent_model._meta.concrete_model
        )
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        if can_fail:
            return None
        raise ValueError(f"'{model._meta.label}' has no ForeignKey to '{parent_model._meta.label}'.")
    raise ValueError(
        f"'{model._meta.label}' has more than one ForeignKey to '{parent_model._meta.label}'. You must specify a "
        "'fk_name' attribute."
    )


def _named_foreign_key(parent_model: Any, model: Any, fk_name: str) -> Any:
    found = [field for field in model._meta.fields if field.name == fk_name]
    if not found:
        raise ValueError(f"'{model._meta.label}' has no field named '{fk_name}'.")
    fk = found[0]
    parents = _with_parents(parent_model)
    if not isinstance(fk, ForeignKey) or (
        fk.remote_field.model not in parents
        and fk.remote_field.model._meta.concrete_model is not parent_model._meta.concrete_model
    ):
        raise ValueError(f"fk_name '{fk_name}' is not a ForeignKey to '{parent_model._meta.label}'.")
    return fk


def _with_parents(model: Any) -> list[Any]:
    return [model, *model._meta.all_parents]


def inlineformset_factory(
    parent_model: Any,
    model: Any,
    form: Any = ModelForm,
    formset: Any = BaseInlineFormSet,
    fk_name: str | None = None,
    fields: Any = None,
    exclude: Any = None,
    extra: int = 3,
    can_order: bool = False,
    can_delete: bool = True,
    max_num: int | None = None,
    formfield_callback: Any = None,
    widgets: Any = None,
    validate_max: bool = False,
    localized_fields: Any = None,
    labels: Any = None,
    help_texts: Any = None,
    error_messages: Any = None,
    min_num: int | None = None,
    validate_min: bool = False,
    field_classes: Any = None,
    absolute_max: int | None = None,
    can_delete_extra: bool = True,
    renderer: Any = None,
    edit_only: bool = False,
) -> Any:
    """Return a formset class for the rows of `model` that belong to a `parent_model`.

    Args:
        parent_model: the parent's model.
        model: the rows' model.
        fk_name: the key to the parent; needed if there are several. The other arguments are those of
            `modelformset_factory`.

    Raises:
        ValueError: there is no such key, or more than one.
    """
    fk = _get_foreign_key(parent_model, model, fk_name=fk_name)
    if fk.unique:
        max_num = 1
    made = modelformset_factory(
        model,
        form=form,
        formfield_callback=formfield_callback,
        formset=formset,
        extra=extra,
        can_delete=can_delete,
        can_order=can_order,
        fields=fields,
        exclude=exclude,
        min_num=min_num,
        max_num=max_num,
        widgets=widgets,
        validate_min=validate_min,
        validate_max=validate_max,
        localized_fields=localized_fields,
        labels=labels,
        help_texts=help_texts,
        error_messages=error_messages,
        field_classes=field_classes,
        absolute_max=absolute_max,
        can_delete_extra=can_delete_extra,
        renderer=renderer,
        edit_only=edit_only,
    )
    made.fk = fk
    return made
