"""Form fields that offer the rows of a query, and the one that ties an inline form to its parent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotclub._forms.fields import ChoiceField, Field
from hotclub._forms.widgets import HiddenInput, MultipleHiddenInput, RadioSelect, SelectMultiple
from hotclub.core.exceptions import ValidationError
from hotclub.core.validators import ProhibitNullCharactersValidator
from hotclub.db.models.utils import get_blank_choice_label
from hotclub.utils.choices import BaseChoiceIterator
from hotclub.utils.hashable import make_hashable
from hotclub.utils.translation import gettext_lazy as _


class ModelChoiceIteratorValue:
    """The value of an option, together with the object it stands for; prints, compares and hashes as the value."""

    __module__ = "hotclub.forms.models"

    def __init__(self, value: Any, instance: Any) -> None:
        self.value = value
        self.instance = instance

    def __str__(self) -> str:
        return str(self.value)

    def __hash__(self) -> int:
        return hash(make_hashable(self.value))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ModelChoiceIteratorValue):
            other = other.value
        return bool(self.value == other)


class ModelChoiceIterator(BaseChoiceIterator):
    """The choices of a model choice field, queried anew each time they are iterated.

    Args:
        field: the field.
    """

    __module__ = "hotclub.forms.models"

    def __init__(self, field: ModelChoiceField) -> None:
        self.field = field
        self.queryset = field.queryset

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        queryset = self.queryset
        # iterator() keeps no objects, but cannot prefetch.
        if not queryset._prefetch_related_lookups:
            queryset = queryset.iterator()
        for obj in queryset:
            yield self.choice(obj)

    def __len__(self) -> int:
        # count() is cheaper than building the objects.
        return int(self.queryset.count()) + (1 if self.field.empty_label is not None else 0)

    def __bool__(self) -> bool:
        return self.field.empty_label is not None or bool(self.queryset.exists())

    def choice(self, obj: Any) -> tuple[Any, Any]:
        """Return the option of an object."""
        return ModelChoiceIteratorValue(self.field.prepare_value(obj), obj), self.field.label_from_instance(obj)


class ModelChoiceField(ChoiceField):
    """One object out of a query.

    Args:
        queryset: the objects to choose from.
        empty_label: text of the empty option; the one of all selects by default, None for no such option.
        required: as for `Field`.
        widget: as for `Field`.
        label: as for `Field`.
        initial: as for `Field`.
        help_text: as for `Field`.
        to_field_name: the field whose value the options carry; the primary key by default.
        limit_choices_to: condition, or callable giving one, that narrows the query.
        blank: with `RadioSelect`, whether the empty option is offered.
        **kwargs: those of `Field`.
    """

    __module__ = "hotclub.forms.models"

    default_error_messages = {
        "invalid_choice": _("Select a valid choice. That choice is not one of the available choices."),
    }
    iterator: Any = ModelChoiceIterator

    def __init__(
        self,
        queryset: Any,
        *,
        empty_label: Any = "",
        required: bool = True,
        widget: Any = None,
        label: Any = None,
        initial: Any = None,
        help_text: Any = "",
        to_field_name: str | None = None,
        limit_choices_to: Any = None,
        blank: bool = False,
        **kwargs: Any,
    ) -> None:
        # The choices come from the query: ChoiceField's own handling of them is passed over.
        Field.__init__(
            self, required=required, widget=widget, label=label, initial=initial, help_text=help_text, **kwargs
        )
        needs_no_empty = (required and initial is not None) or (isinstance(self.widget, RadioSelect) and not blank)
        if empty_label == "":
            empty_label = get_blank_choice_label()
        self.empty_label = None if needs_no_empty else empty_label
        self.queryset = queryset
        self.limit_choices_to = limit_choices_to
        self.to_field_name = to_field_name

    def validate_no_null_characters(self, value: Any) -> None:
        """Refuse text with null characters, which databases do not take."""
        ProhibitNullCharactersValidator()(value)

    def get_limit_choices_to(self) -> Any:
        """Return the condition that narrows the query; a callable is called."""
        if callable(self.limit_choices_to):
            return self.limit_choices_to()
        return self.limit_choices_to

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = Field.__deepcopy__(self, memo)
        # A fresh query: the results of one form are not those of the next.
        if self.queryset is not None:
            made.queryset = self.queryset.all()
        return made

    def _get_queryset(self) -> Any:
        return self._queryset

    def _set_queryset(self, queryset: Any) -> None:
        self._queryset = None if queryset is None else queryset.all()
        self.widget.choices = self.choices

    queryset = property(_get_queryset, _set_queryset)

    def label_from_instance(self, obj: Any) -> Any:
        """Return the text of an object's option; to be overridden."""
        return str(obj)

    @property
    def choices(self) -> Any:
        if hasattr(self, "_choices"):
            return self._choices
        return self.iterator(self)

    @choices.setter
    def choices(self, value: Any) -> None:
        ChoiceField.choices.fset(self, value)  # type: ignore[attr-defined]  # a property

    def prepare_value(self, value: Any) -> Any:
        if hasattr(value, "_meta"):
            return value.serializable_value(self.to_field_name) if self.to_field_name else value.pk
        return super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        self.validate_no_null_characters(value)
        key = self.to_field_name or "pk"
        try:
            if isinstance(value, self.queryset.model):
                value = getattr(value, key)
            return self.queryset.get(**{key: value})
        except (ValueError, TypeError, self.queryset.model.DoesNotExist) as error:
            raise ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            ) from error
        except ValidationError as error:
            raise ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            ) from error

    def validate(self, value: Any) -> None:
        Field.validate(self, value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        before = "" if initial is None else initial
        after = "" if data is None else data
        return str(self.prepare_value(before)) != str(after)


class ModelMultipleChoiceField(ModelChoiceField):
    """Several objects out of a query; cleaned into a queryset.

    Args:
        queryset: the objects to choose from.
        **kwargs: those of `ModelChoiceField`, but for `empty_label`.
    """

    __module__ = "hotclub.forms.models"

    widget = SelectMultiple
    hidden_widget = MultipleHiddenInput
    default_error_messages = {
        "invalid_list": _("Enter a list of values."),
        "invalid_choice": _("Select a valid choice. %(value)s is not one of the available choices."),
        "invalid_pk_value": _("“%(pk)s” is not a valid value."),
    }

    def __init__(self, queryset: Any, **kwargs: Any) -> None:
        super().__init__(queryset, empty_label=None, **kwargs)

    def to_python(self, value: Any) -> Any:
        return list(self._check_values(value)) if value else []

    def clean(self, value: Any) -> Any:
        value = self.prepare_value(value)
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")
        if not value:
            return self.queryset.none()
        if not isinstance(value, list | tuple):
            raise ValidationError(self.error_messages["invalid_list"], code="invalid_list")
        found = self._check_values(value)
        # Validators see the queryset, not each object.
        self.run_validators(value)
        return found

    def _check_values(self, value: Any) -> Any:
        key = self.to_field_name or "pk"
        try:
            # Each value once; an unhashable one was made up by hand.
            wanted = frozenset(value)
        except TypeError as error:
            raise ValidationError(self.error_messages["invalid_list"], code="invalid_list") from error
        for pk in wanted:
            self.validate_no_null_characters(pk)
            try:
                self.queryset.filter(**{key: pk})
            except (ValueError, TypeError, ValidationError) as error:
                raise ValidationError(
                    self.error_messages["invalid_pk_value"], code="invalid_pk_value", params={"pk": pk}
                ) from error
        found = self.queryset.filter(**{f"{key}__in": wanted})
        existing = {str(getattr(obj, key)) for obj in found}
        for pk in wanted:
            if str(pk) not in existing:
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": pk}
                )
        return found

    def prepare_value(self, value: Any) -> Any:
        if hasattr(value, "__iter__") and not isinstance(value, str) and not hasattr(value, "_meta"):
            prepare = super().prepare_value
            return [prepare(part) for part in value]
        return super().prepare_value(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        before = [] if initial is None else initial
        after = [] if data is None else data
        if len(before) != len(after):
            return True
        return {str(value) for value in self.prepare_value(before)} != {str(value) for value in after}


class InlineForeignKeyField(Field):
    """Hidden field of an inline form: what comes back must be the parent it was made for.

    Args:
        parent_instance: the parent.
        pk_field: whether the key to the parent is the row's own primary key.
        to_field: the parent's field the key points to; its primary key by default.
        **kwargs: those of `Field`.
    """

    __module__ = "hotclub.forms.models"

    widget = HiddenInput
    default_error_messages = {
        "invalid_choice": _("The inline value did not match the parent instance."),
    }

    def __init__(
        self, parent_instance: Any, *args: Any, pk_field: bool = False, to_field: str | None = None, **kwargs: Any
    ) -> None:
        self.parent_instance = parent_instance
        self.pk_field = pk_field
        self.to_field = to_field
        if parent_instance is not None:
            kwargs["initial"] = getattr(parent_instance, to_field) if to_field else parent_instance.pk
        kwargs["required"] = False
        super().__init__(*args, **kwargs)

    def clean(self, value: Any) -> Any:
        if value in self.empty_values:
            # A new row belongs to the parent even if the browser did not know its key yet.
            return None if self.pk_field else self.parent_instance
        expected = getattr(self.parent_instance, self.to_field) if self.to_field else self.parent_instance.pk
        if str(value) != str(expected):
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return self.parent_instance

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False
