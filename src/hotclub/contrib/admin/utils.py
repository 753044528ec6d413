"""Looking up, labelling and displaying values, and other helpers of the admin that are documented or widely used."""

from __future__ import annotations

import datetime
import decimal
import json
from collections.abc import Iterable
from typing import Any

from hotclub.contrib.admin.deletion_tree import NestedObjects, deletion_tree
from hotclub.contrib.admin.parameters import EMPTY_VALUE_STRING
from hotclub.contrib.auth import get_user_model
from hotclub.contrib.auth.templatetags.auth import render_password_as_hash
from hotclub.core.exceptions import FieldDoesNotExist, ValidationError
from hotclub.core.validators import EMPTY_VALUES, URLValidator
from hotclub.db import models
from hotclub.db.models.constants import LOOKUP_SEP
from hotclub.forms.utils import pretty_name
from hotclub.templatetags.static import static
from hotclub.urls import NoReverseMatch, reverse
from hotclub.utils import formats, timezone
from hotclub.utils.hashable import make_hashable
from hotclub.utils.html import format_html
from hotclub.utils.safestring import SafeData
from hotclub.utils.text import capfirst
from hotclub.utils.translation import ngettext
from hotclub.utils.translation import override as translation_override

__all__ = ["NestedObjects"]

_QUOTED = {ord(char): f"_{ord(char):02X}" for char in '":/_#?;@&=+$,"[]<>%\n\\'}


def quote(s: Any) -> Any:
    """Return a primary key as one segment of a URL: characters with a meaning there become `_` and two hex digits."""
    return s.translate(_QUOTED) if isinstance(s, str) else s


def unquote(s: str) -> str:
    """Undo `quote()`."""
    head, *rest = s.split("_")
    parts = [head]
    for part in rest:
        code = part[:2]
        try:
            char = chr(int(code, 16)) if len(code) == 2 else None
        except ValueError:
            char = None
        if char is not None and _QUOTED.get(ord(char)) == f"_{code}":
            parts.append(char + part[2:])
        else:
            parts.append("_" + part)
    return "".join(parts)


def flatten(fields: Iterable[Any]) -> list[Any]:
    """Return names that may stand in tuples (shown on one line) as a flat list."""
    flat: list[Any] = []
    for field in fields:
        if isinstance(field, list | tuple):
            flat.extend(field)
        else:
            flat.append(field)
    return flat


def flatten_fieldsets(fieldsets: Iterable[Any]) -> list[Any]:
    """Return the names of all fields of fieldsets."""
    names: list[Any] = []
    for _name, options in fieldsets:
        names.extend(flatten(options["fields"]))
    return names


class FieldIsAForeignKeyColumnName(Exception):
    """The name is that of a foreign key's column, such as `site_id`."""


class NotRelationField(Exception):
    """The field is no relation."""


def get_last_value_from_parameters(parameters: Any, key: str) -> Any:
    """Return the last value of a parameter whose values may be a list."""
    value = parameters[key]
    return value[-1] if isinstance(value, list) else value


def prepare_lookup_value(key: str, value: Any, separator: str = ",") -> Any:
    """Turn the text of a query parameter into what its lookup takes: a list for `__in`, a boolean for `__isnull`."""
    if isinstance(value, list):
        return [prepare_lookup_value(key, part, separator) for part in value]
    if key.endswith("__in"):
        return value.split(separator)
    if key.endswith("__isnull"):
        return value.lower() not in ("", "false", "0")
    return value


def build_q_object_from_lookup_parameters(parameters: Any) -> Any:
    """Return a condition for lists of values by lookup: one of each list has to hold."""
    condition = models.Q()
    for param, values in parameters.items():
        condition &= models.Q.create([(param, value) for value in values], connector=models.Q.OR)
    return condition


def lookup_spawns_duplicates(opts: Any, lookup_path: str) -> bool:
    """Return whether a lookup goes through a relation to many, so that rows may come more than once."""
    for name in lookup_path.split(LOOKUP_SEP):
        if name == "pk":
            name = opts.pk.name
        try:
            field = opts.get_field(name)
        except FieldDoesNotExist:
            # A transform or a lookup.
            continue
        if hasattr(field, "path_infos"):
            path_info = field.path_infos
            opts = path_info[-1].to_opts
            if any(path.m2m for path in path_info):
                return True
    return False


def model_format_dict(obj: Any) -> dict[str, str]:
    """Return `verbose_name` and `verbose_name_plural` of a model, an object or a queryset, for messages."""
    if isinstance(obj, models.Model | models.base.ModelBase):
        opts = obj._meta
    elif isinstance(obj, models.query.QuerySet):
        opts = obj.model._meta
    else:
        opts = obj
    return {"verbose_name": opts.verbose_name, "verbose_name_plural": opts.verbose_name_plural}


def model_ngettext(obj: Any, n: int | None = None) -> str:
    """Return the name of a model in the number that fits; of a queryset, in that of its objects."""
    if isinstance(obj, models.query.QuerySet):
        if n is None:
            n = obj.count()
        obj = obj.model
    names = model_format_dict(obj)
    return str(ngettext(str(names["verbose_name"]), str(names["verbose_name_plural"]), n or 0))


def get_deleted_objects(objs: Any, request: Any, admin_site: Any) -> Any:
    """Find all that would be deleted with some objects.

    Args:
        objs: the objects, of one model.
        request: whose user's permissions are checked.
        admin_site: whose pages are linked.

    Returns:
        A tree of links, numbers by name of the model, names of models the user must not delete, and objects that
        forbid the deletion.
    """
    if not (objs and len(objs)):
        return [], {}, set(), []
    collector = deletion_tree(objs)
    perms_needed: set[Any] = set()

    def describe(obj: Any) -> Any:
        model = type(obj)
        opts = obj._meta
        shown = display_for_value(str(obj), EMPTY_VALUE_STRING)
        plain = f"{capfirst(opts.verbose_name)}: {shown}"
        if not admin_site.is_registered(model):
            return plain
        if not admin_site.get_model_admin(model).has_delete_permission(request, obj):
            perms_needed.add(opts.verbose_name)
        try:
            url = reverse(f"{admin_site.name}:{opts.app_label}_{opts.model_name}_change", None, (quote(obj.pk),))
        except NoReverseMatch:
            return plain
        return format_html('{}: <a href="{}">{}</a>', capfirst(opts.verbose_name), url, shown)

    to_delete = collector.nested(describe)
    protected = [describe(obj) for obj in collector.protected]
    model_count = {model._meta.verbose_name_plural: len(found) for model, found in collector.model_objs.items()}
    return to_delete, model_count, perms_needed, protected


def lookup_field(name: Any, obj: Any, model_admin: Any = None) -> tuple[Any, Any, Any]:
    """Find what a column shows for an object.

    Args:
        name: field, path of fields, attribute or method of the object or of the admin, or a callable.
        obj: the object.
        model_admin: the admin.

    Returns:
        The model field (or None), the attribute or callable (or None), and the value.
    """
    try:
        field = _get_non_gfk_field(obj._meta, name)
    except (FieldDoesNotExist, FieldIsAForeignKeyColumnName):
        if callable(name):
            return None, name, name(obj)
        if name != "__str__" and hasattr(model_admin, name):
            attr = getattr(model_admin, name)
            return None, attr, attr(obj)
        if LOOKUP_SEP in name and not hasattr(obj, name):
            return None, *_follow_path(name, obj)
        value = getattr(obj, name)
        if callable(value):
            return None, value, value()
        described = getattr(type(obj), name, None)
        # A property says how it is shown on its getter.
        return None, described.fget if isinstance(described, property) else value, value
    return field, None, getattr(obj, name)


def _follow_path(path: str, obj: Any) -> tuple[Any, Any]:
    """Follow a path such as `site__domain`; an empty relation on the way gives None."""
    value = obj
    for name in path.split(LOOKUP_SEP):
        if value is None:
            break
        value = getattr(value, name)
    return get_fields_from_path(type(obj), path)[-1], value


def _get_non_gfk_field(opts: Any, name: Any) -> Any:
    """Return a field that stands for a column, or a reverse relation to one object."""
    if not isinstance(name, str):
        raise FieldDoesNotExist
    field = opts.get_field(name)
    if (
        field.is_relation
        # Generic foreign keys are shown like attributes, and so are reverse relations to many.
        and ((field.many_to_one and not field.related_model) or field.one_to_many)
    ):
        raise FieldDoesNotExist
    # `site_id` finds the field `site`, but shows the bare key.
    if field.is_relation and not field.many_to_many and hasattr(field, "attname") and field.attname == name:
        raise FieldIsAForeignKeyColumnName
    return field


def label_for_field(name: Any, model: Any, model_admin: Any = None, return_attr: bool = False, form: Any = None) -> Any:
    """Return the heading of a column.

    Args:
        name: as for `lookup_field`.
        model: the model.
        model_admin: the admin.
        return_attr: return the attribute or callable as well.
        form: form whose fields count as well.

    Raises:
        AttributeError: there is nothing of that name.
    """
    attr: Any = None
    try:
        field = _get_non_gfk_field(model._meta, name)
        label = getattr(field, "verbose_name", None)
        if label is None:
            # A reverse relation.
            label = field.related_model._meta.verbose_name
    except (FieldDoesNotExist, FieldIsAForeignKeyColumnName) as error:
        if name == "__str__":
            label, attr = str(model._meta.verbose_name), str
        elif isinstance(error, FieldIsAForeignKeyColumnName):
            label, attr = pretty_name(name), name
        else:
            attr = _find_attribute(name, model, model_admin, form)
            label = _label_of_attribute(name, attr)
    return (label, attr) if return_attr else label


def _find_attribute(name: Any, model: Any, model_admin: Any, form: Any) -> Any:
    if callable(name):
        return name
    if hasattr(model_admin, name):
        return getattr(model_admin, name)
    if hasattr(model, name):
        return getattr(model, name)
    if form and name in form.fields:
        return form.fields[name]
    try:
        return get_fields_from_path(model, name)[-1]
    except (FieldDoesNotExist, NotRelationField) as error:
        message = f"Unable to lookup '{name}' on {model._meta.object_name}"
        if model_admin:
            message += f" or {model_admin.__class__.__name__}"
        if form:
            message += f" or {form.__class__.__name__}"
        raise AttributeError(message) from error


def _label_of_attribute(name: Any, attr: Any) -> Any:
    if hasattr(attr, "short_description"):
        return attr.short_description
    getter: Any = attr.fget if isinstance(attr, property) else None
    if hasattr(getter, "short_description"):
        return getter.short_description
    if callable(attr):
        attr_name = attr.__name__
        return "--" if attr_name == "<lambda>" else pretty_name(attr_name)
    return pretty_name(name)


def help_text_for_field(name: Any, model: Any) -> Any:
    """Return the help text of a model field; empty if there is no such field."""
    try:
        field = _get_non_gfk_field(model._meta, name)
    except (FieldDoesNotExist, FieldIsAForeignKeyColumnName):
        return ""
    return getattr(field, "help_text", "")


def boolean_icon(value: Any) -> Any:
    """Return the icon for true, false or unknown."""
    value = None if hasattr(value, "resolve_expression") else value
    name = {True: "yes", False: "no", None: "unknown"}[value]
    return format_html('<img src="{}" alt="{}">', static(f"admin/img/icon-{name}.svg"), value)


_boolean_icon = boolean_icon


def display_for_field(value: Any, field: Any, empty_value_display: Any, avoid_link: bool = False) -> Any:
    """Return a model field's value for people.

    Args:
        value: the value.
        field: the field.
        empty_value_display: what stands for an empty value.
        avoid_link: return plain text where a link would be shown.
    """
    if getattr(field, "flatchoices", None):
        return _choice_text(value, field, empty_value_display)
    if isinstance(field, models.BooleanField):
        return boolean_icon(value)
    if value in field.empty_values or hasattr(value, "resolve_expression"):
        return empty_value_display
    if _is_password(field):
        return render_password_as_hash(value)
    if isinstance(field, models.DateTimeField):
        return formats.localize(timezone.template_localtime(value))
    if isinstance(field, models.DateField | models.TimeField):
        return formats.localize(value)
    if isinstance(field, models.DecimalField):
        return formats.number_format(value, field.decimal_places)
    if isinstance(field, models.IntegerField | models.FloatField):
        return formats.number_format(value)
    if isinstance(field, models.FileField) and value and not avoid_link:
        return format_html('<a href="{}">{}</a>', value.url, value)
    if isinstance(field, models.URLField) and value and not avoid_link:
        return _url_link(value)
    if isinstance(field, models.JSONField) and value:
        try:
            return json.dumps(value, ensure_ascii=False, cls=field.encoder)
        except TypeError:
            return display_for_value(value, empty_value_display)
    return display_for_value(value, empty_value_display)


def _choice_text(value: Any, field: Any, empty_value_display: Any) -> Any:
    try:
        return dict(field.flatchoices).get(value, empty_value_display)
    except TypeError:
        # Unhashable values, such as lists.
        return dict(make_hashable(field.flatchoices)).get(make_hashable(value), empty_value_display)


def _is_password(field: Any) -> bool:
    if field.name != "password" or not hasattr(field, "model"):
        return False
    # The user model, or what it inherits the field from; models cannot be imported here.
    return issubclass(get_user_model(), field.model) or hasattr(field.model, "get_session_auth_hash")


def _url_link(value: str) -> Any:
    try:
        URLValidator()(value)
    except ValidationError:
        # An unsafe scheme, for one: shown, not linked.
        return value
    return format_html('<a href="{}">{}</a>', value, value)


def display_for_value(value: Any, empty_value_display: Any, boolean: bool = False) -> Any:
    """Return any value for people.

    Args:
        value: the value.
        empty_value_display: what stands for an empty value.
        boolean: show an icon for true, false or unknown.
    """
    if boolean:
        return boolean_icon(value)
    if value in EMPTY_VALUES or hasattr(value, "resolve_expression"):
        return empty_value_display
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, datetime.datetime):
        return formats.localize(timezone.template_localtime(value))
    if isinstance(value, datetime.date | datetime.time):
        return formats.localize(value)
    if isinstance(value, int | decimal.Decimal | float):
        return formats.number_format(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    if isinstance(value, SafeData):
        return value
    return str(value).strip() or empty_value_display


def get_model_from_relation(field: Any) -> Any:
    """Return the model a relation leads to.

    Raises:
        NotRelationField: the field is none.
    """
    if hasattr(field, "path_infos"):
        return field.path_infos[-1].to_opts.model
    raise NotRelationField


def reverse_field_path(model: Any, path: str) -> tuple[Any, str]:
    """Turn a path from one model into the path back.

    Args:
        model: where the path begins.
        path: names of relations, the last may be a plain field.

    Returns:
        The model at the end, and the path from it to `model`.
    """
    reversed_path: list[str] = []
    parent = model
    for piece in path.split(LOOKUP_SEP):
        field = parent._meta.get_field(piece)
        try:
            next_model = get_model_from_relation(field)
        except NotRelationField:
            break
        if field.is_relation and not (field.auto_created and not field.concrete):
            name = field.related_query_name()
        else:
            name = field.field.name
        parent = next_model
        reversed_path.insert(0, name)
    return parent, LOOKUP_SEP.join(reversed_path)


def get_fields_from_path(model: Any, path: str) -> list[Any]:
    """Return the fields a path goes through.

    Raises:
        FieldDoesNotExist: a name is unknown.
        NotRelationField: the path goes on behind a field that is no relation.
    """
    fields: list[Any] = []
    for name in path.split(LOOKUP_SEP):
        parent = get_model_from_relation(fields[-1]) if fields else model
        fields.append(parent._meta.get_field(name))
    return fields


def construct_change_message(form: Any, formsets: Any, add: bool) -> list[Any]:
    """Return what a change did, as data for the log: texts are kept untranslated and translated when shown.

    Args:
        form: the form of the object.
        formsets: the formsets of its inlines.
        add: whether the object is new.
    """
    # The log outlives the language of the one who wrote it.
    with translation_override(None):
        labels = _labels(form, form.changed_data)
    message: list[Any] = []
    if add:
        message.append({"added": {}})
    elif form.changed_data:
        message.append({"changed": {"fields": labels}})
    with translation_override(None):
        for formset in formsets or ():
            for obj in formset.new_objects:
                message.append({"added": _named(obj)})
            for obj, changed in formset.changed_objects:
                fields = _labels(formset.forms[0], changed)
                message.append({"changed": {**_named(obj), "fields": fields}})
            for obj in formset.deleted_objects:
                message.append({"deleted": _named(obj)})
    return message


def _named(obj: Any) -> dict[str, str]:
    return {"name": str(obj._meta.verbose_name), "object": str(obj)}


def _labels(form: Any, names: Iterable[str]) -> list[str]:
    labels = []
    for name in names:
        try:
            label = form.fields[name].label or name
        except KeyError:
            label = name
        labels.append(str(label))
    return labels
