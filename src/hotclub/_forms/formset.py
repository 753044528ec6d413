"""Formsets: several forms of one class, with a hidden form that says how many. Must not know models."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from hotclub._forms.environment import environment
from hotclub._forms.errors import ErrorList
from hotclub._forms.fields import BooleanField, IntegerField
from hotclub._forms.form import Form
from hotclub._forms.media import Media
from hotclub._forms.rendering import RenderableFormMixin
from hotclub._forms.widgets import CheckboxInput, HiddenInput, NumberInput
from hotclub.core.exceptions import ValidationError
from hotclub.utils.functional import cached_property
from hotclub.utils.translation import gettext_lazy as _
from hotclub.utils.translation import ngettext_lazy

TOTAL_FORM_COUNT = "TOTAL_FORMS"
INITIAL_FORM_COUNT = "INITIAL_FORMS"
MIN_NUM_FORM_COUNT = "MIN_NUM_FORMS"
MAX_NUM_FORM_COUNT = "MAX_NUM_FORMS"
ORDERING_FIELD_NAME = "ORDER"
DELETION_FIELD_NAME = "DELETE"

DEFAULT_MIN_NUM = 0
DEFAULT_MAX_NUM = 1000


class ManagementForm(Form):
    """The hidden form that says how many forms there are."""

    __module__ = "hotclub.forms.formsets"

    TOTAL_FORMS = IntegerField(widget=HiddenInput)
    INITIAL_FORMS = IntegerField(widget=HiddenInput)
    # These two are a hint for scripts in the browser; what comes back is not looked at.
    MIN_NUM_FORMS = IntegerField(required=False, widget=HiddenInput)
    MAX_NUM_FORMS = IntegerField(required=False, widget=HiddenInput)

    def clean(self) -> dict[str, Any]:
        # Without usable counts the formset is empty, and says so in its errors.
        self.cleaned_data.setdefault(TOTAL_FORM_COUNT, 0)
        self.cleaned_data.setdefault(INITIAL_FORM_COUNT, 0)
        return self.cleaned_data


class BaseFormSet(RenderableFormMixin):
    """Several forms of the class `form`; made by `formset_factory`.

    Args:
        data: submitted data; None makes the formset unbound.
        files: submitted files.
        auto_id: as for a form.
        prefix: as for a form; `get_default_prefix()` by default.
        initial: one mapping of initial values for each of the first forms.
        error_class: class of the lists of errors.
        form_kwargs: arguments for every form.
        error_messages: instead of those of the class, by code.
    """

    __module__ = "hotclub.forms.formsets"

    form: Any
    extra: int
    can_order: bool
    can_delete: bool
    can_delete_extra: bool
    max_num: int
    min_num: int
    absolute_max: int
    validate_max: bool
    validate_min: bool
    renderer: Any

    deletion_widget: Any = CheckboxInput
    ordering_widget: Any = NumberInput
    default_error_messages: Mapping[str, Any] = {
        "missing_management_form": _(
            "ManagementForm data is missing or has been tampered with. Missing fields: %(field_names)s. You may need "
            "to file a bug report if the issue persists."
        ),
        "too_many_forms": ngettext_lazy(
            "Please submit at most %(num)d form.", "Please submit at most %(num)d forms.", "num"
        ),
        "too_few_forms": ngettext_lazy(
            "Please submit at least %(num)d form.", "Please submit at least %(num)d forms.", "num"
        ),
    }

    template_name_div = "hotclub/forms/formsets/div.html"
    template_name_p = "hotclub/forms/formsets/p.html"
    template_name_table = "hotclub/forms/formsets/table.html"
    template_name_ul = "hotclub/forms/formsets/ul.html"

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        auto_id: Any = "id_%s",
        prefix: str | None = None,
        initial: Any = None,
        error_class: Any = ErrorList,
        form_kwargs: Mapping[str, Any] | None = None,
        error_messages: Mapping[str, Any] | None = None,
    ) -> None:
        self.is_bound = data is not None or files is not None
        self.prefix: str = prefix or self.get_default_prefix()
        self.auto_id = auto_id
        self.data: Any = data or {}
        self.files: Any = files or {}
        self.initial = initial
        self.form_kwargs = dict(form_kwargs or {})
        self.error_class = error_class
        self._errors: Any = None
        self._non_form_errors: Any = None
        messages: dict[str, Any] = {}
        for cls in reversed(type(self).__mro__):
            messages.update(getattr(cls, "default_error_messages", {}))
        messages.update(error_messages or {})
        self.error_messages = messages

    def __iter__(self) -> Iterator[Any]:
        return iter(self.forms)

    def __getitem__(self, index: Any) -> Any:
        return self.forms[index]

    def __len__(self) -> int:
        return len(self.forms)

    def __bool__(self) -> bool:
        # True even without forms, for the management form.
        return True

    def __repr__(self) -> str:
        if self._errors is None:
            is_valid: Any = "Unknown"
        else:
            is_valid = self.is_bound and not self._non_form_errors and not any(self._errors)
        return (
            f"<{type(self).__qualname__}: bound={self.is_bound} valid={is_valid} total_forms={self.total_form_count()}>"
        )

    @cached_property
    def management_form(self) -> Any:
        """The form with the numbers of forms."""
        if self.is_bound:
            form = ManagementForm(self.data, auto_id=self.auto_id, prefix=self.prefix, renderer=self.renderer)
            form.full_clean()
            return form
        counts = {
            TOTAL_FORM_COUNT: self.total_form_count(),
            INITIAL_FORM_COUNT: self.initial_form_count(),
            MIN_NUM_FORM_COUNT: self.min_num,
            MAX_NUM_FORM_COUNT: self.max_num,
        }
        return ManagementForm(auto_id=self.auto_id, prefix=self.prefix, initial=counts, renderer=self.renderer)

    def total_form_count(self) -> int:
        """Return the number of forms."""
        if self.is_bound:
            # A bound formset never makes more than absolute_max, whatever the browser says.
            total: int = self.management_form.cleaned_data[TOTAL_FORM_COUNT]
            return min(total, self.absolute_max)
        initial_forms = self.initial_form_count()
        total_forms = max(initial_forms, self.min_num) + self.extra
        # Initial forms are shown even beyond max_num; extra ones only up to it.
        if initial_forms > self.max_num >= 0:
            return initial_forms
        return self.max_num if total_forms > self.max_num >= 0 else total_forms

    def initial_form_count(self) -> int:
        """Return the number of forms with initial values."""
        if self.is_bound:
            count: int = self.management_form.cleaned_data[INITIAL_FORM_COUNT]
            return count
        return len(self.initial) if self.initial else 0

    @cached_property
    def forms(self) -> list[Any]:
        """All forms."""
        return [self._construct_form(index, **self.get_form_kwargs(index)) for index in range(self.total_form_count())]

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Return the arguments for one form; the index is None for the empty form."""
        return self.form_kwargs.copy()

    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        defaults: dict[str, Any] = {
            "auto_id": self.auto_id,
            "prefix": self.add_prefix(i),
            "error_class": self.error_class,
            # Rows can be left empty or deleted, which the browser's own check would not let pass.
            "use_required_attribute": False,
        }
        renderer = self._form_renderer()
        if renderer is not None:
            defaults["renderer"] = renderer
        if self.is_bound:
            defaults["data"] = self.data
            defaults["files"] = self.files
        if self.initial and "initial" not in kwargs:
            with contextlib.suppress(IndexError):
                defaults["initial"] = self.initial[i]
        if i >= self.initial_form_count() and i >= self.min_num:
            defaults["empty_permitted"] = True
        defaults.update(kwargs)
        form = self.form(**defaults)
        self.add_fields(form, i)
        return form

    def _form_renderer(self) -> Any:
        # The form's own default goes before the formset's, unless the formset was given one.
        if self.form.default_renderer is not None and not getattr(self, "_own_renderer", False):
            return None
        return self.renderer

    @property
    def initial_forms(self) -> list[Any]:
        """The forms with initial values."""
        return self.forms[: self.initial_form_count()]

    @property
    def extra_forms(self) -> list[Any]:
        """The others."""
        return self.forms[self.initial_form_count() :]

    @property
    def empty_form(self) -> Any:
        """A form with the prefix `__prefix__`, for scripts that add forms."""
        kwargs = {
            **self.get_form_kwargs(None),
            "auto_id": self.auto_id,
            "prefix": self.add_prefix("__prefix__"),
            "empty_permitted": True,
            "use_required_attribute": False,
        }
        renderer = self._form_renderer()
        if renderer is not None:
            kwargs["renderer"] = renderer
        form = self.form(**kwargs)
        self.add_fields(form, None)
        return form

    @property
    def cleaned_data(self) -> list[Any]:
        """The cleaned data of all forms.

        Raises:
            AttributeError: the formset is not valid.
        """
        if not self.is_valid():
            raise AttributeError(f"'{self.__class__.__name__}' object has no attribute 'cleaned_data'")
        return [form.cleaned_data for form in self.forms]

    @property
    def deleted_forms(self) -> list[Any]:
        """The forms marked for deletion."""
        if not self.is_valid() or not self.can_delete:
            return []
        if not hasattr(self, "_deleted_form_indexes"):
            self._deleted_form_indexes = [
                index
                for index, form in enumerate(self.forms)
                if not (index >= self.initial_form_count() and not form.has_changed())
                and self._should_delete_form(form)
            ]
        return [self.forms[index] for index in self._deleted_form_indexes]

    @property
    def ordered_forms(self) -> list[Any]:
        """The forms in the order asked for, those without a number last; without the deleted ones.

        Raises:
            AttributeError: the formset is not valid, or was made without `can_order`.
        """
        if not self.is_valid() or not self.can_order:
            raise AttributeError(f"'{self.__class__.__name__}' object has no attribute 'ordered_forms'")
        if not hasattr(self, "_ordering"):
            ordering = []
            for index, form in enumerate(self.forms):
                if index >= self.initial_form_count() and not form.has_changed():
                    continue
                if self.can_delete and self._should_delete_form(form):
                    continue
                ordering.append((index, form.cleaned_data[ORDERING_FIELD_NAME]))
            ordering.sort(key=lambda pair: (pair[1] is None, pair[1] or 0))
            self._ordering = ordering
        return [self.forms[index] for index, _number in self._ordering]

    @classmethod
    def get_default_prefix(cls) -> str:
        """Return the prefix of formsets that are given none."""
        return "form"

    @classmethod
    def get_deletion_widget(cls) -> Any:
        """Return the widget of the field `DELETE`."""
        return cls.deletion_widget

    @classmethod
    def get_ordering_widget(cls) -> Any:
        """Return the widget of the field `ORDER`."""
        return cls.ordering_widget

    def non_form_errors(self) -> Any:
        """Return the errors that belong to no form."""
        if self._non_form_errors is None:
            self.full_clean()
        return self._non_form_errors

    @property
    def errors(self) -> list[Any]:
        """The errors of each form."""
        if self._errors is None:
            self.full_clean()
        return self._errors  # type: ignore[no-any-return]

    def total_error_count(self) -> int:
        """Return the number of errors of all forms and of none."""
        return len(self.non_form_errors()) + sum(len(form_errors) for form_errors in self.errors)

    def _should_delete_form(self, form: Any) -> bool:
        return bool(form.cleaned_data.get(DELETION_FIELD_NAME, False))

    def is_valid(self) -> bool:
        """Return whether the formset is bound, and every form not to be deleted is valid."""
        if not self.is_bound:
            return False
        if self._errors is None:
            self.full_clean()
        # Every form is validated, even behind one that is not valid: all of them are shown again.
        results = [form.is_valid() for form in self.forms if not (self.can_delete and self._should_delete_form(form))]
        return all(results) and not self.non_form_errors()

    def full_clean(self) -> None:
        """Clean everything and fill `errors` and `non_form_errors()`."""
        self._errors = []
        self._non_form_errors = self._new_non_form_errors()
        empty_forms_count = 0
        if not self.is_bound:
            return
        if not self.management_form.is_valid():
            missing = ", ".join(self.management_form.add_prefix(name) for name in self.management_form.errors)
            error = ValidationError(
                self.error_messages["missing_management_form"],
                params={"field_names": missing},
                code="missing_management_form",
            )
            self._non_form_errors.append(error)
        for index, form in enumerate(self.forms):
            if not form.has_changed() and index >= self.initial_form_count():
                empty_forms_count += 1
            # Reading the errors cleans the form.
            form_errors = form.errors
            if self.can_delete and self._should_delete_form(form):
                continue
            self._errors.append(form_errors)
        try:
            self._check_count(empty_forms_count)
            self.clean()
        except ValidationError as error:
            self._non_form_errors = self._new_non_form_errors(error.error_list)

    def _new_non_form_errors(self, errors: Any = None) -> Any:
        return self.error_class(errors, error_class="nonform", renderer=self.renderer)

    def _check_count(self, empty_forms_count: int) -> None:
        submitted = self.total_form_count()
        deleted = len(self.deleted_forms)
        claimed = self.management_form.cleaned_data[TOTAL_FORM_COUNT]
        if (self.validate_max and submitted - deleted > self.max_num) or claimed > self.absolute_max:
            raise ValidationError(self.error_messages["too_many_forms"] % {"num": self.max_num}, code="too_many_forms")
        if self.validate_min and submitted - deleted - empty_forms_count < self.min_num:
            raise ValidationError(self.error_messages["too_few_forms"] % {"num": self.min_num}, code="too_few_forms")

    def clean(self) -> None:
        """Check what concerns several forms; to be overridden."""

    def has_changed(self) -> bool:
        """Return whether any form differs from its initial values."""
        return any(form.has_changed() for form in self)

    def add_fields(self, form: Any, index: int | None) -> None:
        """Add the fields `ORDER` and `DELETE` to a form, as configured; the index is None for the empty form."""
        initial_form_count = self.initial_form_count()
        if self.can_order:
            # Forms with initial values are numbered; extra ones have no place yet.
            number = index + 1 if index is not None and index < initial_form_count else None
            form.fields[ORDERING_FIELD_NAME] = IntegerField(
                label=_("Order"), initial=number, required=False, widget=self.get_ordering_widget()
            )
        if self.can_delete and (self.can_delete_extra or (index is not None and index < initial_form_count)):
            form.fields[DELETION_FIELD_NAME] = BooleanField(
                label=_("Delete"), required=False, widget=self.get_deletion_widget()
            )

    def add_prefix(self, index: Any) -> str:
        """Return the prefix of one form."""
        return f"{self.prefix}-{index}"

    def is_multipart(self) -> bool:
        """Return whether the forms have to be submitted as `multipart/form-data`."""
        form = self.forms[0] if self.forms else self.empty_form
        return bool(form.is_multipart())

    @property
    def media(self) -> Media:
        """What the widgets of the forms need; all forms need the same."""
        form = self.forms[0] if self.forms else self.empty_form
        media: Media = form.media
        return media

    @property
    def template_name(self) -> Any:
        """Template of the formset."""
        return self.renderer.formset_template_name

    def get_context(self) -> dict[str, Any]:
        return {"formset": self}


def formset_factory(
    form: Any,
    formset: Any = BaseFormSet,
    extra: int = 1,
    can_order: bool = False,
    can_delete: bool = False,
    max_num: int | None = None,
    validate_max: bool = False,
    min_num: int | None = None,
    validate_min: bool = False,
    absolute_max: int | None = None,
    can_delete_extra: bool = True,
    renderer: Any = None,
) -> Any:
    """Return a formset class for a form class.

    Args:
        form: the form class.
        formset: base class.
        extra: number of empty forms.
        can_order: add a field `ORDER` to each form.
        can_delete: add a field `DELETE` to each form.
        max_num: greatest number of forms shown; 1000 by default.
        validate_max: refuse more than `max_num` forms.
        min_num: least number of forms shown.
        validate_min: refuse fewer than `min_num` forms.
        absolute_max: greatest number of forms ever made from submitted data; `max_num` + 1000 by default.
        can_delete_extra: let empty forms be marked for deletion as well.
        renderer: renders the formset and its forms.

    Raises:
        ValueError: `absolute_max` is less than `max_num`.
    """
    min_num = DEFAULT_MIN_NUM if min_num is None else min_num
    max_num = DEFAULT_MAX_NUM if max_num is None else max_num
    # The bound on memory: a submitted count beyond it is an error, not a list of forms.
    absolute_max = max_num + DEFAULT_MAX_NUM if absolute_max is None else absolute_max
    if max_num > absolute_max:
        raise ValueError("'absolute_max' must be greater or equal to 'max_num'.")
    attrs = {
        "form": form,
        "extra": extra,
        "can_order": can_order,
        "can_delete": can_delete,
        "can_delete_extra": can_delete_extra,
        "min_num": min_num,
        "max_num": max_num,
        "absolute_max": absolute_max,
        "validate_min": validate_min,
        "validate_max": validate_max,
    }
    own_renderer = renderer or getattr(formset, "renderer", None)
    attrs["renderer"] = own_renderer or _DefaultRenderer()
    attrs["_own_renderer"] = not isinstance(attrs["renderer"], _DefaultRenderer)
    return type(form.__name__.removesuffix("Form") + "FormSet", (formset,), attrs)


class _DefaultRenderer:
    """Descriptor of a formset class without a renderer of its own: the default one, asked for when needed."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else environment.default_renderer()


def all_valid(formsets: Any) -> bool:
    """Return whether all formsets are valid; every one of them is validated."""
    results = [formset.is_valid() for formset in formsets]
    return all(results)
