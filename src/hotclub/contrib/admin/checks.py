"""System checks of the admin: of the project's settings, of every registered site, and of the options of its admins.

An option's check is a function that yields the errors it finds; the classes at the end say which options an admin has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, cast

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.contrib.admin.exceptions import NotRegistered
from hotclub.contrib.admin.known import all_sites, bases
from hotclub.contrib.admin.parameters import HORIZONTAL, VERTICAL, ActionLocation
from hotclub.contrib.admin.utils import NotRelationField, flatten, get_fields_from_path
from hotclub.core import checks
from hotclub.core.exceptions import FieldDoesNotExist
from hotclub.db import models
from hotclub.db.models.constants import LOOKUP_SEP
from hotclub.db.models.expressions import Combinable
from hotclub.forms.models import BaseModelForm, BaseModelFormSet, _get_foreign_key
from hotclub.template import engines
from hotclub.template.backends.django import DjangoTemplates
from hotclub.utils.module_loading import import_string

Errors = Iterator[Any]
Check = Callable[[Any], Errors]


def _error(message: str, obj: Any, id: str, hint: str | None = None) -> Any:
    return checks.Error(message, hint=hint, obj=obj.__class__, id=id)


def _must_be(what: str, option: str, obj: Any, id: str) -> Any:
    return _error(f"The value of '{option}' must be {what}.", obj, id)


def _missing_field(name: str, option: str, obj: Any, id: str) -> Any:
    return _error(
        f"The value of '{option}' refers to '{name}', which is not a field of '{obj.model._meta.label}'.", obj, id
    )


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _duplicates(names: Iterable[Any]) -> list[Any]:
    return [name for name, count in Counter(names).items() if count > 1]


def _quoted(names: Iterable[Any]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _items(obj: Any, option: str) -> Iterator[tuple[str, Any]]:
    """Yield labels and values of an option that is a list."""
    for index, value in enumerate(getattr(obj, option)):
        yield f"{option}[{index}]", value


# The project


def check_admin_app(app_configs: Any, **kwargs: Any) -> list[Any]:
    """Check all admin sites."""
    return list(chain.from_iterable(site.check(app_configs) for site in all_sites))


def check_dependencies(**kwargs: Any) -> list[Any]:
    """Check that the settings have what the admin needs."""
    if not apps.is_installed("hotclub.contrib.admin"):
        return []
    return [*_missing_apps(), *_missing_template_settings(), *_missing_middleware()]


def _project_error(message: str, id: str, hint: str | None = None) -> Any:
    return checks.Error(message, hint=hint, id=id)


def _missing_apps() -> Errors:
    for name, code in (
        ("hotclub.contrib.contenttypes", "admin.E401"),
        ("hotclub.contrib.auth", "admin.E405"),
        ("hotclub.contrib.messages", "admin.E406"),
    ):
        if not apps.is_installed(name):
            yield _project_error(f"'{name}' must be in INSTALLED_APPS in order to use the admin application.", code)


def _missing_template_settings() -> Errors:
    engine = next((found for found in engines.all() if isinstance(found, DjangoTemplates)), None)
    if engine is None:
        yield _project_error(
            "A 'hotclub.template.backends.django.DjangoTemplates' instance must be configured in TEMPLATES in order to "
            "use the admin application.",
            "admin.E403",
        )
        return
    processors = engine.engine.context_processors
    if "hotclub.contrib.auth.context_processors.auth" not in processors and _uses(
        settings.AUTHENTICATION_BACKENDS, "hotclub.contrib.auth.backends.ModelBackend"
    ):
        yield _project_error(
            "'hotclub.contrib.auth.context_processors.auth' must be enabled in DjangoTemplates (TEMPLATES) if using "
            "the default auth backend in order to use the admin application.",
            "admin.E402",
        )
    if "hotclub.contrib.messages.context_processors.messages" not in processors:
        yield _project_error(
            "'hotclub.contrib.messages.context_processors.messages' must be enabled in DjangoTemplates (TEMPLATES) in "
            "order to use the admin application.",
            "admin.E404",
        )
    if _has_sidebar() and "hotclub.template.context_processors.request" not in processors:
        yield checks.Warning(
            "'hotclub.template.context_processors.request' must be enabled in DjangoTemplates (TEMPLATES) in order to "
            "use the admin navigation sidebar.",
            id="admin.W411",
        )


def _has_sidebar() -> bool:
    return any(site.enable_nav_sidebar for site in all_sites)


def _missing_middleware() -> Errors:
    names = (
        ("hotclub.contrib.auth.middleware.AuthenticationMiddleware", "admin.E408", None),
        ("hotclub.contrib.messages.middleware.MessageMiddleware", "admin.E409", None),
        (
            "hotclub.contrib.sessions.middleware.SessionMiddleware",
            "admin.E410",
            (
                "Insert 'hotclub.contrib.sessions.middleware.SessionMiddleware' before "
                "'hotclub.contrib.auth.middleware.AuthenticationMiddleware'."
            ),
        ),
    )
    for name, code, hint in names:
        if not _uses(settings.MIDDLEWARE, name):
            message = f"'{name}' must be in MIDDLEWARE in order to use the admin application."
            yield _project_error(message, code, hint)


def _uses(paths: Sequence[str], wanted: str) -> bool:
    """Return whether a list of dotted paths names a class or a subclass of it."""
    if wanted in paths:
        return True
    wanted_class = import_string(wanted)
    for path in paths:
        try:
            found = import_string(path)
        except ImportError:
            continue
        if isinstance(found, type) and issubclass(found, wanted_class):
            return True
    return False


# Options of all admins


def check_autocomplete_fields(obj: Any) -> Errors:
    if not _is_list(obj.autocomplete_fields):
        yield _must_be("a list or tuple", "autocomplete_fields", obj, "admin.E036")
        return
    for label, name in _items(obj, "autocomplete_fields"):
        yield from _autocomplete_field(obj, name, label)


def _autocomplete_field(obj: Any, name: str, label: str) -> Errors:
    try:
        field = obj.model._meta.get_field(name)
    except FieldDoesNotExist:
        yield _missing_field(name, label, obj, "admin.E037")
        return
    if not field.many_to_many and not isinstance(field, models.ForeignKey):
        yield _must_be("a foreign key or a many-to-many field", label, obj, "admin.E038")
        return
    own = type(obj).__name__
    try:
        related = obj.admin_site.get_model_admin(field.remote_field.model)
    except NotRegistered:
        target = field.remote_field.model
        target = target if isinstance(target, str) else target.__name__
        yield _error(
            f'An admin for model "{target}" has to be registered to be referenced by {own}.autocomplete_fields.',
            obj,
            "admin.E039",
        )
    else:
        if not related.search_fields:
            yield _error(
                f'{related.__class__.__name__} must define "search_fields", because it\'s referenced by '
                f"{own}.autocomplete_fields.",
                obj,
                "admin.E040",
            )


def check_raw_id_fields(obj: Any) -> Errors:
    if not _is_list(obj.raw_id_fields):
        yield _must_be("a list or tuple", "raw_id_fields", obj, "admin.E001")
        return
    for label, name in _items(obj, "raw_id_fields"):
        try:
            field = obj.model._meta.get_field(name)
        except FieldDoesNotExist:
            yield _missing_field(name, label, obj, "admin.E002")
            continue
        if field.name != name:
            # The name of the column is not that of the field.
            yield _missing_field(name, label, obj, "admin.E002")
        elif not field.many_to_many and not isinstance(field, models.ForeignKey):
            yield _must_be("a foreign key or a many-to-many field", label, obj, "admin.E003")


def check_fields(obj: Any) -> Errors:
    if obj.fields is None:
        return
    if not _is_list(obj.fields):
        yield _must_be("a list or tuple", "fields", obj, "admin.E004")
        return
    if obj.fieldsets:
        yield _error("Both 'fieldsets' and 'fields' are specified.", obj, "admin.E005")
        return
    if repeated := _duplicates(flatten(obj.fields)):
        hint = f"Remove duplicates of {_quoted(repeated)}."
        yield _error("The value of 'fields' contains duplicate field(s).", obj, "admin.E006", hint)
        return
    for name in flatten(obj.fields):
        yield from _no_manual_m2m(obj, name, "fields")


def _no_manual_m2m(obj: Any, name: Any, label: str) -> Errors:
    if name in obj.readonly_fields:
        return
    try:
        field = obj.model._meta.get_field(name)
    except FieldDoesNotExist:
        # A field of the form only.
        return
    if isinstance(field, models.ManyToManyField) and not field.remote_field.through._meta.auto_created:
        yield _error(
            f"The value of '{label}' cannot include the ManyToManyField '{name}', because that field manually "
            "specifies a relationship model.",
            obj,
            "admin.E013",
        )


def check_fieldsets(obj: Any) -> Errors:
    if obj.fieldsets is None:
        return
    if not _is_list(obj.fieldsets):
        yield _must_be("a list or tuple", "fieldsets", obj, "admin.E007")
        return
    seen: list[Any] = []
    for index, fieldset in enumerate(obj.fieldsets):
        yield from _fieldset(obj, fieldset, f"fieldsets[{index}]", seen)


def _fieldset(obj: Any, fieldset: Any, label: str, seen: list[Any]) -> Errors:
    if not _is_list(fieldset):
        yield _must_be("a list or tuple", label, obj, "admin.E008")
    elif len(fieldset) != 2:
        yield _must_be("of length 2", label, obj, "admin.E009")
    elif not isinstance(fieldset[1], dict):
        yield _must_be("a dictionary", f"{label}[1]", obj, "admin.E010")
    elif "fields" not in fieldset[1]:
        yield _error(f"The value of '{label}[1]' must contain the key 'fields'.", obj, "admin.E011")
    elif not _is_list(fieldset[1]["fields"]):
        yield _must_be("a list or tuple", f"{label}[1]['fields']", obj, "admin.E008")
    else:
        names = flatten(fieldset[1]["fields"])
        seen.extend(names)
        repeated = [name for name in _duplicates(seen) if name in names]
        if repeated:
            hint = f"Remove duplicates of {_quoted(repeated)}."
            yield _error(f"There are duplicate field(s) in '{label}[1]'.", obj, "admin.E012", hint)
            return
        for name in names:
            yield from _no_manual_m2m(obj, name, f'{label}[1]["fields"]')


def check_exclude(obj: Any) -> Errors:
    if obj.exclude is None:
        return
    if not _is_list(obj.exclude):
        yield _must_be("a list or tuple", "exclude", obj, "admin.E014")
    elif repeated := _duplicates(obj.exclude):
        hint = f"Remove duplicates of {_quoted(repeated)}."
        yield _error("The value of 'exclude' contains duplicate field(s).", obj, "admin.E015", hint)


def check_form(obj: Any) -> Errors:
    if not (isinstance(obj.form, type) and issubclass(obj.form, BaseModelForm)):
        yield _error("The value of 'form' must inherit from 'BaseModelForm'.", obj, "admin.E016")


def _filter_lists(option: str, id: str) -> Check:
    def check(obj: Any) -> Errors:
        if not _is_list(getattr(obj, option)):
            yield _must_be("a list or tuple", option, obj, id)
            return
        for label, name in _items(obj, option):
            try:
                field = obj.model._meta.get_field(name)
            except FieldDoesNotExist:
                yield _missing_field(name, label, obj, "admin.E019")
                continue
            if not field.many_to_many or isinstance(field, models.ManyToManyRel):
                yield _must_be("a many-to-many field", label, obj, "admin.E020")
            else:
                yield from _no_manual_m2m(obj, name, label)

    return check


check_filter_vertical = _filter_lists("filter_vertical", "admin.E017")
check_filter_horizontal = _filter_lists("filter_horizontal", "admin.E018")


def check_radio_fields(obj: Any) -> Errors:
    if not isinstance(obj.radio_fields, dict):
        yield _must_be("a dictionary", "radio_fields", obj, "admin.E021")
        return
    for name, style in obj.radio_fields.items():
        try:
            field = obj.model._meta.get_field(name)
        except FieldDoesNotExist:
            yield _missing_field(name, "radio_fields", obj, "admin.E022")
            continue
        if not (isinstance(field, models.ForeignKey) or field.choices):
            yield _error(
                f"The value of 'radio_fields' refers to '{name}', which is not an instance of ForeignKey, and does not "
                "have a 'choices' definition.",
                obj,
                "admin.E023",
            )
        if style not in (HORIZONTAL, VERTICAL):
            yield _error(
                f"The value of 'radio_fields[\"{name}\"]' must be either admin.HORIZONTAL or admin.VERTICAL.",
                obj,
                "admin.E024",
            )


def check_view_on_site(obj: Any) -> Errors:
    if not callable(obj.view_on_site) and not isinstance(obj.view_on_site, bool):
        yield _error("The value of 'view_on_site' must be a callable or a boolean value.", obj, "admin.E025")


def check_prepopulated_fields(obj: Any) -> Errors:
    if not isinstance(obj.prepopulated_fields, dict):
        yield _must_be("a dictionary", "prepopulated_fields", obj, "admin.E026")
        return
    for name, sources in obj.prepopulated_fields.items():
        try:
            field = obj.model._meta.get_field(name)
        except FieldDoesNotExist:
            yield _missing_field(name, "prepopulated_fields", obj, "admin.E027")
        else:
            if isinstance(field, models.DateTimeField | models.ForeignKey | models.ManyToManyField):
                yield _error(
                    f"The value of 'prepopulated_fields' refers to '{name}', which must not be a DateTimeField, a "
                    "ForeignKey, a OneToOneField, or a ManyToManyField.",
                    obj,
                    "admin.E028",
                )
        label = f'prepopulated_fields["{name}"]'
        if not _is_list(sources):
            yield _must_be("a list or tuple", label, obj, "admin.E029")
            continue
        for index, source in enumerate(sources):
            try:
                obj.model._meta.get_field(source)
            except FieldDoesNotExist:
                yield _missing_field(source, f"{label}[{index}]", obj, "admin.E030")


def check_ordering(obj: Any) -> Errors:
    if obj.ordering is None:
        return
    if not _is_list(obj.ordering):
        yield _must_be("a list or tuple", "ordering", obj, "admin.E031")
        return
    for label, name in _items(obj, "ordering"):
        yield from _ordering_item(obj, name, label)


def _ordering_item(obj: Any, item: Any, label: str) -> Errors:
    if isinstance(item, Combinable | models.OrderBy):
        expression = item if isinstance(item, models.OrderBy) else item.asc()  # type: ignore[attr-defined]
        if not isinstance(expression.expression, models.F):
            return
        item = expression.expression.name
    if item == "?":
        if len(obj.ordering) != 1:
            yield _error(
                "The value of 'ordering' has the random ordering marker '?', but contains other fields as well.",
                obj,
                "admin.E032",
                'Either remove the "?", or remove the other fields.',
            )
        return
    # Paths may go anywhere, transforms included; the query finds out.
    name = item.removeprefix("-")
    if LOOKUP_SEP in name or name == "pk":
        return
    try:
        obj.model._meta.get_field(name)
    except FieldDoesNotExist:
        yield _missing_field(name, label, obj, "admin.E033")


def check_readonly_fields(obj: Any) -> Errors:
    if obj.readonly_fields == ():
        return
    if not _is_list(obj.readonly_fields):
        yield _must_be("a list or tuple", "readonly_fields", obj, "admin.E034")
        return
    for label, name in _items(obj, "readonly_fields"):
        if callable(name) or hasattr(obj, name) or hasattr(obj.model, name):
            continue
        try:
            obj.model._meta.get_field(name)
        except FieldDoesNotExist:
            yield _error(
                f"The value of '{label}' refers to '{name}', which is not a callable, an attribute of "
                f"'{obj.__class__.__name__}', or an attribute of '{obj.model._meta.label}'.",
                obj,
                "admin.E035",
            )


def check_delete_confirmation_max_display(obj: Any) -> Errors:
    value = obj.delete_confirmation_max_display
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        yield _must_be("a non-negative integer or None", "delete_confirmation_max_display", obj, "admin.E041")


# Options of model admins


def _typed(option: str, types: Any, what: str, id: str) -> Check:
    def check(obj: Any) -> Errors:
        if not isinstance(getattr(obj, option), types):
            yield _must_be(what, option, obj, id)

    return check


check_save_as = _typed("save_as", bool, "a boolean", "admin.E101")
check_save_on_top = _typed("save_on_top", bool, "a boolean", "admin.E102")
check_list_select_related = _typed("list_select_related", (bool, list, tuple), "a boolean, tuple or list", "admin.E117")
check_list_per_page = _typed("list_per_page", int, "an integer", "admin.E118")
check_list_max_show_all = _typed("list_max_show_all", int, "an integer", "admin.E119")
check_search_fields = _typed("search_fields", (list, tuple), "a list or tuple", "admin.E126")


def check_inlines(obj: Any) -> Errors:
    if not _is_list(obj.inlines):
        yield _must_be("a list or tuple", "inlines", obj, "admin.E103")
        return
    for label, inline in _items(obj, "inlines"):
        yield from _inline(obj, inline, label)


def _is_subclass(value: Any, base: Any) -> bool:
    return isinstance(value, type) and issubclass(value, base)


def _inline(obj: Any, inline: Any, label: str) -> Errors:
    try:
        name = f"{inline.__module__}.{inline.__name__}"
    except AttributeError:
        name = f"{obj.__module__}.{obj.__class__.__name__}"
    if not _is_subclass(inline, bases["InlineModelAdmin"]):
        yield _error(f"'{name}' must inherit from 'InlineModelAdmin'.", obj, "admin.E104")
    elif not inline.model:
        yield _error(f"'{name}' must have a 'model' attribute.", obj, "admin.E105")
    elif not _is_subclass(inline.model, models.Model):
        yield _error(f"The value of '{name}.model' must be a Model.", obj, "admin.E106")
    else:
        yield from inline(obj.model, obj.admin_site).check()


def check_list_display(obj: Any) -> Errors:
    if not _is_list(obj.list_display):
        yield _must_be("a list or tuple", "list_display", obj, "admin.E107")
        return
    for label, item in _items(obj, "list_display"):
        yield from _list_display_item(obj, item, label)


def _list_display_item(obj: Any, item: Any, label: str) -> Errors:
    if callable(item) or hasattr(obj, item):
        return
    try:
        field = obj.model._meta.get_field(item)
    except FieldDoesNotExist:
        try:
            field = getattr(obj.model, item)
        except AttributeError:
            try:
                field = get_fields_from_path(obj.model, item)[-1]
            except (FieldDoesNotExist, NotRelationField):
                yield _error(
                    f"The value of '{label}' refers to '{item}', which is not a callable or attribute of "
                    f"'{obj.__class__.__name__}', or an attribute, method, or field on '{obj.model._meta.label}'.",
                    obj,
                    "admin.E108",
                )
                return
    reverse_many = (
        getattr(field, "rel", None) is not None
        and getattr(field.rel, "field", None) is not None
        and (getattr(field.rel.field, "many_to_one", False) or getattr(field.rel.field, "many_to_many", False))
    )
    if getattr(field, "many_to_many", False) or getattr(field, "one_to_many", False) or reverse_many:
        yield _error(
            f"The value of '{label}' must not be a many-to-many field or a reverse foreign key.", obj, "admin.E109"
        )


def check_list_display_links(obj: Any) -> Errors:
    if obj.list_display_links is None:
        return
    if not _is_list(obj.list_display_links):
        yield _error("The value of 'list_display_links' must be a list, a tuple, or None.", obj, "admin.E110")
        return
    # An admin that makes its columns at run time makes its links there.
    if obj.get_list_display.__func__ is not bases["ModelAdmin"].get_list_display:
        return
    for label, name in _items(obj, "list_display_links"):
        if name not in obj.list_display:
            yield _error(
                f"The value of '{label}' refers to '{name}', which is not defined in 'list_display'.", obj, "admin.E111"
            )


def check_list_filter(obj: Any) -> Errors:
    if not _is_list(obj.list_filter):
        yield _must_be("a list or tuple", "list_filter", obj, "admin.E112")
        return
    for label, item in _items(obj, "list_filter"):
        yield from _list_filter_item(obj, item, label)


def _list_filter_item(obj: Any, item: Any, label: str) -> Errors:
    from hotclub.contrib.admin.filters import FieldListFilter, ListFilter  # noqa: PLC0415  # filters load models

    if callable(item) and not isinstance(item, models.Field):
        if not isinstance(item, type) or not issubclass(item, ListFilter):
            yield _error(f"The value of '{label}' must inherit from 'ListFilter'.", obj, "admin.E113")
        elif issubclass(item, FieldListFilter):
            yield _error(f"The value of '{label}' must not inherit from 'FieldListFilter'.", obj, "admin.E114")
        return
    if isinstance(item, list | tuple):
        _field, filter_class = item
        if not isinstance(filter_class, type) or not issubclass(filter_class, FieldListFilter):
            yield _error(f"The value of '{label}[1]' must inherit from 'FieldListFilter'.", obj, "admin.E115")
        return
    try:
        get_fields_from_path(obj.model, cast("str", item))
    except (NotRelationField, FieldDoesNotExist):
        yield _error(f"The value of '{label}' refers to '{item}', which does not refer to a Field.", obj, "admin.E116")


def check_list_editable(obj: Any) -> Errors:
    if not _is_list(obj.list_editable):
        yield _must_be("a list or tuple", "list_editable", obj, "admin.E120")
        return
    for label, name in _items(obj, "list_editable"):
        yield from _list_editable_item(obj, name, label)


def _list_editable_item(obj: Any, name: str, label: str) -> Errors:
    try:
        field = obj.model._meta.get_field(name)
    except FieldDoesNotExist:
        yield _missing_field(name, label, obj, "admin.E121")
        return
    if name not in obj.list_display:
        yield _error(
            f"The value of '{label}' refers to '{name}', which is not contained in 'list_display'.", obj, "admin.E122"
        )
    elif obj.list_display_links and name in obj.list_display_links:
        yield _error(
            f"The value of '{name}' cannot be in both 'list_editable' and 'list_display_links'.", obj, "admin.E123"
        )
    elif obj.list_display[0] == name and not obj.list_display_links and obj.list_display_links is not None:
        yield _error(
            f"The value of '{label}' refers to the first field in 'list_display' ('{obj.list_display[0]}'), which "
            "cannot be used unless 'list_display_links' is set.",
            obj,
            "admin.E124",
        )
    elif not field.editable or field.primary_key:
        yield _error(
            f"The value of '{label}' refers to '{name}', which is not editable through the admin.", obj, "admin.E125"
        )


def check_date_hierarchy(obj: Any) -> Errors:
    if obj.date_hierarchy is None:
        return
    try:
        field = get_fields_from_path(obj.model, obj.date_hierarchy)[-1]
    except (NotRelationField, FieldDoesNotExist):
        yield _error(
            f"The value of 'date_hierarchy' refers to '{obj.date_hierarchy}', which does not refer to a Field.",
            obj,
            "admin.E127",
        )
        return
    if field.get_internal_type() not in {"DateField", "DateTimeField"}:
        yield _must_be("a DateField or DateTimeField", "date_hierarchy", obj, "admin.E128")


def check_actions(obj: Any) -> Errors:
    places = [obj._get_base_actions(location) for location in ActionLocation]
    actions = {id(action.func): action for found in places for action in found}.values()
    repeated = dict.fromkeys(name for found in places for name in _duplicates(action.name for action in found))
    own = obj.__class__.__name__
    for action in actions:
        for permission in getattr(action.func, "allowed_permissions", ()):
            if not hasattr(obj, f"has_{permission}_permission"):
                yield _error(
                    f"{own} must define a has_{permission}_permission() method for the {action.func.__name__} action.",
                    obj,
                    "admin.E129",
                )
    for name in repeated:
        yield _error(
            f"__name__ attributes of actions defined in {own} must be unique. Name '{name}' is not unique.",
            obj,
            "admin.E130",
        )


# Options of inlines


check_extra = _typed("extra", int, "an integer", "admin.E203")


def _optional_int(option: str, id: str) -> Check:
    def check(obj: Any) -> Errors:
        value = getattr(obj, option)
        if value is not None and not isinstance(value, int):
            yield _must_be("an integer", option, obj, id)

    return check


check_max_num = _optional_int("max_num", "admin.E204")
check_min_num = _optional_int("min_num", "admin.E205")


def check_formset(obj: Any) -> Errors:
    if not (isinstance(obj.formset, type) and issubclass(obj.formset, BaseModelFormSet)):
        yield _error("The value of 'formset' must inherit from 'BaseModelFormSet'.", obj, "admin.E206")


_SHARED: tuple[Check, ...] = (
    check_autocomplete_fields,
    check_raw_id_fields,
    check_fields,
    check_fieldsets,
    check_exclude,
    check_form,
    check_filter_vertical,
    check_filter_horizontal,
    check_radio_fields,
    check_prepopulated_fields,
    check_view_on_site,
    check_ordering,
    check_readonly_fields,
    check_delete_confirmation_max_display,
)


class BaseModelAdminChecks:
    """Checks that all admins share."""

    option_checks: tuple[Check, ...] = _SHARED

    def check(self, admin_obj: Any, **kwargs: Any) -> list[Any]:
        """Return the errors of an admin's options."""
        return list(chain.from_iterable(check(admin_obj) for check in self.option_checks))


class ModelAdminChecks(BaseModelAdminChecks):
    """Checks of model admins."""

    option_checks = (
        *_SHARED,
        check_save_as,
        check_save_on_top,
        check_inlines,
        check_list_display,
        check_list_display_links,
        check_list_filter,
        check_list_select_related,
        check_list_per_page,
        check_list_max_show_all,
        check_list_editable,
        check_search_fields,
        check_date_hierarchy,
        check_actions,
    )


class InlineModelAdminChecks(BaseModelAdminChecks):
    """Checks of inlines; the relation to the parent is checked by methods, since generic inlines have another."""

    option_checks = (
        *(check for check in _SHARED if check is not check_exclude),
        check_extra,
        check_max_num,
        check_min_num,
        check_formset,
    )

    def check(self, admin_obj: Any, **kwargs: Any) -> list[Any]:
        parent_model = admin_obj.parent_model
        return [
            *self.check_relation(admin_obj, parent_model),
            *self.check_excluded_parent(admin_obj, parent_model),
            *super().check(admin_obj),
        ]

    def check_excluded_parent(self, obj: Any, parent_model: Any) -> list[Any]:
        """Return the errors of `exclude`: the key to the parent must not be in it."""
        errors = list(check_exclude(obj))
        if errors:
            return errors
        if self.check_relation(obj, parent_model):
            return []
        if obj.exclude is None:
            return []
        fk = _get_foreign_key(parent_model, obj.model, fk_name=obj.fk_name)
        if fk.name in obj.exclude:
            return [
                _error(
                    f"Cannot exclude the field '{fk.name}', because it is the foreign key to the parent model "
                    f"'{parent_model._meta.label}'.",
                    obj,
                    "admin.E201",
                )
            ]
        return []

    def check_relation(self, obj: Any, parent_model: Any) -> list[Any]:
        """Return the errors of the key to the parent."""
        try:
            _get_foreign_key(parent_model, obj.model, fk_name=obj.fk_name)
        except ValueError as error:
            return [_error(error.args[0], obj, "admin.E202")]
        return []
