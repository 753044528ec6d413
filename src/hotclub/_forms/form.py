"""Forms: declared fields, bound data, cleaning and errors. Must not know formsets, models or particular fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hotclub._forms.bound import BoundField
from hotclub._forms.environment import environment
from hotclub._forms.errors import ErrorDict, ErrorList
from hotclub._forms.fields.field import Field
from hotclub._forms.media import Media, MediaDefiningClass
from hotclub._forms.rendering import RenderableFormMixin
from hotclub.core.exceptions import NON_FIELD_ERRORS, ValidationError
from hotclub.utils.datastructures import MultiValueDict
from hotclub.utils.functional import cached_property
from hotclub.utils.translation import gettext as _


class DeclarativeFieldsMetaclass(MediaDefiningClass):
    """Collects the fields a form class and its bases declare."""

    __module__ = "hotclub.forms.forms"

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any) -> Any:
        own = {key: attrs.pop(key) for key, value in list(attrs.items()) if isinstance(value, Field)}
        attrs["declared_fields"] = own
        made: Any = super().__new__(mcs, name, bases, attrs, **kwargs)
        declared: dict[str, Any] = {}
        for base in reversed(made.__mro__):
            declared.update(base.__dict__.get("declared_fields", {}))
            # A name set to None in a subclass takes an inherited field away.
            for key, value in base.__dict__.items():
                if value is None and key in declared:
                    declared.pop(key)
        made.base_fields = declared
        made.declared_fields = declared
        return made


class BaseForm(RenderableFormMixin):
    """The machinery of forms; `Form` adds the declarative syntax.

    Args:
        data: submitted data; None makes the form unbound.
        files: submitted files.
        auto_id: format of the ids, with `%s` for the name; True for the names themselves; False for none.
        prefix: goes before each name, with a hyphen.
        initial: initial values by name, over those of the fields.
        error_class: class of the lists of errors.
        label_suffix: goes behind each label; ":" in the active language by default.
        empty_permitted: accept a form nothing was changed in.
        field_order: names in the order wanted.
        use_required_attribute: render `required`.
        renderer: instead of the class's or the default one.
        bound_field_class: instead of the class's or the renderer's.

    Raises:
        ValueError: `empty_permitted` with `use_required_attribute`.
    """

    __module__ = "hotclub.forms.forms"

    default_renderer: Any = None
    field_order: Any = None
    prefix: Any = None
    use_required_attribute = True
    bound_field_class: Any = None
    base_fields: dict[str, Field]
    declared_fields: dict[str, Field]

    template_name_div = "hotclub/forms/div.html"
    template_name_p = "hotclub/forms/p.html"
    template_name_table = "hotclub/forms/table.html"
    template_name_ul = "hotclub/forms/ul.html"
    template_name_label = "hotclub/forms/label.html"

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
        field_order: Iterable[str] | None = None,
        use_required_attribute: bool | None = None,
        renderer: Any = None,
        bound_field_class: Any = None,
    ) -> None:
        self.is_bound = data is not None or files is not None
        self.data: Any = MultiValueDict() if data is None else data
        self.files: Any = MultiValueDict() if files is None else files
        self.auto_id = auto_id
        if prefix is not None:
            self.prefix = prefix
        self.initial = initial or {}
        self.error_class = error_class
        self.label_suffix = label_suffix if label_suffix is not None else _(":")
        self.empty_permitted = empty_permitted
        self._errors: Any = None
        # Each form has its own fields, which may be changed without touching the class.
        memo: dict[int, Any] = {}
        self.fields: dict[str, Any] = {name: field.__deepcopy__(memo) for name, field in self.base_fields.items()}
        self._bound_fields_cache: dict[str, Any] = {}
        self.order_fields(self.field_order if field_order is None else field_order)
        if use_required_attribute is not None:
            self.use_required_attribute = use_required_attribute
        if self.empty_permitted and self.use_required_attribute:
            raise ValueError("The empty_permitted and use_required_attribute arguments may not both be True.")
        self.renderer = renderer or self._class_renderer() or environment.default_renderer()
        self.bound_field_class = (
            bound_field_class
            or self.bound_field_class
            or getattr(self.renderer, "bound_field_class", None)
            or BoundField
        )

    def _class_renderer(self) -> Any:
        renderer = self.default_renderer
        return renderer() if isinstance(renderer, type) else renderer

    def order_fields(self, field_order: Iterable[str] | None) -> None:
        """Put the fields in an order; those not named follow as they stand, unknown names are ignored."""
        if field_order is None:
            return
        fields: dict[str, Any] = {}
        for name in field_order:
            if name in self.fields and name not in fields:
                fields[name] = self.fields[name]
        for name, field in self.fields.items():
            fields.setdefault(name, field)
        self.fields = fields

    def __repr__(self) -> str:
        is_valid = "Unknown" if self._errors is None else self.is_bound and not self._errors
        return f"<{type(self).__name__} bound={self.is_bound}, valid={is_valid}, fields=({';'.join(self.fields)})>"

    def _bound_items(self) -> Iterator[tuple[str, Any]]:
        for name in self.fields:
            yield name, self[name]

    def __iter__(self) -> Iterator[Any]:
        for name in self.fields:
            yield self[name]

    def __getitem__(self, name: str) -> Any:
        """Return the bound field of that name.

        Raises:
            KeyError: there is none.
        """
        found = self._bound_fields_cache.get(name)
        if found is not None and name in self.fields:
            return found
        try:
            field = self.fields[name]
        except KeyError:
            choices = ", ".join(sorted(self.fields))
            raise KeyError(f"Key '{name}' not found in '{type(self).__name__}'. Choices are: {choices}.") from None
        bound = self._bound_fields_cache[name] = field.get_bound_field(self, name)
        return bound

    @property
    def errors(self) -> Any:
        """The errors by field name, an `ErrorDict`; the form is cleaned on first use."""
        if self._errors is None:
            self.full_clean()
        return self._errors

    def is_valid(self) -> bool:
        """Return whether the form is bound and without errors."""
        return self.is_bound and not self.errors

    def add_prefix(self, field_name: str) -> str:
        """Return the field's name in HTML."""
        return f"{self.prefix}-{field_name}" if self.prefix else field_name

    def add_initial_prefix(self, field_name: str) -> str:
        """Return the name of the hidden input for the field's initial value."""
        return f"initial-{self.add_prefix(field_name)}"

    def _widget_data_value(self, widget: Any, html_name: str) -> Any:
        return widget.value_from_datadict(self.data, self.files, html_name)

    @property
    def template_name(self) -> Any:
        """Template of the form."""
        return self.renderer.form_template_name

    def get_context(self) -> dict[str, Any]:
        """Return the context of the templates.

        Its keys: `form`, `fields` (pairs of bound field and its errors), `hidden_fields`, and `errors`, those of no
        field and of hidden ones.
        """
        fields = []
        hidden_fields = []
        top_errors = self.non_field_errors().copy()
        for name, bound in self._bound_items():
            errors = bound.errors
            if bound.is_hidden:
                for error in errors:
                    top_errors.append(_("(Hidden field %(name)s) %(error)s") % {"name": name, "error": str(error)})
                hidden_fields.append(bound)
            else:
                fields.append((bound, str(errors) if errors else ""))
        return {"form": self, "fields": fields, "hidden_fields": hidden_fields, "errors": top_errors}

    def non_field_errors(self) -> Any:
        """Return the errors that belong to no field."""
        found = self.errors.get(NON_FIELD_ERRORS)
        if found is None:
            found = self.error_class(error_class="nonfield", renderer=self.renderer)
        return found

    def add_error(self, field: str | None, error: Any) -> None:
        """Add errors, and take the field out of `cleaned_data`.

        Args:
            field: name of the field; None for no field, or for an error that names its fields itself.
            error: message, list of messages, or `ValidationError`.

        Raises:
            TypeError: both say which fields are meant.
            ValueError: the form has no such field.
        """
        if not isinstance(error, ValidationError):
            error = ValidationError(error)
        if hasattr(error, "error_dict"):
            if field is not None:
                raise TypeError("The argument `field` must be `None` when the `error` argument is a dictionary.")
            by_field = error.error_dict
        else:
            by_field = {field or NON_FIELD_ERRORS: error.error_list}
        for name, errors in by_field.items():
            if name not in self._errors:
                self._errors[name] = self._new_error_list(name)
            self._errors[name].extend(errors)
            if name in self.cleaned_data:
                del self.cleaned_data[name]

    def _new_error_list(self, name: str) -> Any:
        if name == NON_FIELD_ERRORS:
            return self.error_class(error_class="nonfield", renderer=self.renderer)
        if name not in self.fields:
            raise ValueError(f"'{self.__class__.__name__}' has no field named '{name}'.")
        return self.error_class(renderer=self.renderer, field_id=self[name].auto_id)

    def has_error(self, field: str | None, code: str | None = None) -> bool:
        """Return whether a field has an error, or one of that code.

        Args:
            field: name of the field; None or `NON_FIELD_ERRORS` for none.
            code: code of the error.
        """
        name = field or NON_FIELD_ERRORS
        errors = self.errors
        return name in errors and (code is None or any(error.code == code for error in errors.as_data()[name]))

    def full_clean(self) -> None:
        """Clean everything and fill `errors` and `cleaned_data`."""
        self._errors = ErrorDict(renderer=self.renderer)
        if not self.is_bound:
            return
        self.cleaned_data: dict[str, Any] = {}
        if self.empty_permitted and not self.has_changed():
            return
        self._clean_fields()
        self._clean_form()
        self._post_clean()

    def _clean_fields(self) -> None:
        for name, bound in self._bound_items():
            try:
                self.cleaned_data[name] = bound.field._clean_bound_field(bound)
                method = getattr(self, f"clean_{name}", None)
                if method is not None:
                    self.cleaned_data[name] = method()
            except ValidationError as error:
                self.add_error(name, error)

    def _clean_form(self) -> None:
        try:
            cleaned_data = self.clean()
        except ValidationError as error:
            self.add_error(None, error)
        else:
            if cleaned_data is not None:
                self.cleaned_data = cleaned_data

    def _post_clean(self) -> None:
        """Do what follows `clean()`; model forms validate their instance here."""

    def clean(self) -> Any:
        """Check what concerns several fields; to be overridden.

        Returns:
            The cleaned data, or None to leave them as they are.
        """
        return self.cleaned_data

    def has_changed(self) -> bool:
        """Return whether anything differs from the initial values."""
        return bool(self.changed_data)

    @cached_property
    def changed_data(self) -> list[str]:
        """Names of the fields whose data differ from their initial values."""
        return [name for name, bound in self._bound_items() if bound._has_changed()]

    @property
    def media(self) -> Media:
        """What all widgets need."""
        media = Media()
        for field in self.fields.values():
            needed = field.widget.media
            if needed._css_lists or needed._js_lists:
                media += needed
        return media

    def is_multipart(self) -> bool:
        """Return whether the form has to be submitted as `multipart/form-data`."""
        return any(field.widget.needs_multipart_form for field in self.fields.values())

    def hidden_fields(self) -> list[Any]:
        """Return the bound fields with hidden widgets."""
        return [field for field in self if field.is_hidden]

    def visible_fields(self) -> list[Any]:
        """Return the other bound fields."""
        return [field for field in self if not field.is_hidden]

    def get_initial_for_field(self, field: Field, field_name: str) -> Any:
        """Return a field's initial value: the form's before the field's own; callables are called."""
        value: Any = self.initial.get(field_name, field.initial)
        if callable(value):
            value = value()
        microseconds = getattr(value, "microsecond", None)
        if microseconds and not field.widget.supports_microseconds:
            # The widget would show it without, and it would look changed.
            value = value.replace(microsecond=0)
        return value


class Form(BaseForm, metaclass=DeclarativeFieldsMetaclass):
    """A form whose fields are declared as class attributes."""

    __module__ = "hotclub.forms.forms"
