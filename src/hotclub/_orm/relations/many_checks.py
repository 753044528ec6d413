"""System checks of `ManyToManyField` (ids `fields.E330` to `fields.E340`, `fields.W340` to `fields.W346`).

Source: docs ref/checks, "Related fields".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotclub._orm.deletion_rules import DatabaseOnDelete
from hotclub._orm.fields.composite import CompositePrimaryKey
from hotclub.conf import settings
from hotclub.core import checks
from hotclub.core.exceptions import FieldDoesNotExist


def check_many_to_many(field: Any, **kwargs: Any) -> list[Any]:
    return [
        *check_unique(field),
        *check_relationship(field, **kwargs),
        *check_ignored(field),
        *check_table(field),
    ]


def check_unique(field: Any) -> Iterator[Any]:
    if field.unique:
        yield checks.Error("ManyToManyFields cannot be unique.", obj=field, id="fields.E330")


def check_ignored(field: Any) -> Iterator[Any]:
    if field.has_null_arg:
        yield checks.Warning("null has no effect on ManyToManyField.", obj=field, id="fields.W340")
    if field._validators:
        yield checks.Warning("ManyToManyField does not support validators.", obj=field, id="fields.W341")
    if field.remote_field.symmetrical and field._related_name:
        yield checks.Warning(
            'related_name has no effect on ManyToManyField with a symmetrical relationship, e.g. to "self".',
            obj=field,
            id="fields.W345",
        )
    if field.db_comment:
        yield checks.Warning("db_comment has no effect on ManyToManyField.", obj=field, id="fields.W346")
    if (
        field.remote_field.limit_choices_to
        and field.remote_field.through
        and not isinstance(field.remote_field.through, str)
        and not field.remote_field.through._meta.auto_created
    ):
        yield checks.Warning(
            "limit_choices_to has no effect on ManyToManyField with a through model.", obj=field, id="fields.W343"
        )


def _qualified(through: Any) -> str:
    return through if isinstance(through, str) else f"{through._meta.app_label}.{through.__name__}"


def check_relationship(field: Any, from_model: Any = None, **kwargs: Any) -> Iterator[Any]:
    """The model in between: that it exists, and which of its keys are meant."""
    remote = field.remote_field
    through = remote.through
    to_model = remote.model
    if through not in field.opts.apps.get_models(include_auto_created=True):
        yield checks.Error(
            f"Field specifies a many-to-many relation through model '{_qualified(through)}', which has not been installed.",
            obj=field,
            id="fields.E331",
        )
        return
    assert from_model is not None, "ManyToManyField with intermediate tables cannot be checked without a from_model."
    to_name = to_model if isinstance(to_model, str) else to_model._meta.object_name
    from_name = from_model._meta.object_name
    for model in (from_model, to_model):
        if not isinstance(model, str) and isinstance(model._meta.pk, CompositePrimaryKey):
            yield checks.Error(
                f"Field defines a relation involving model {model._meta.object_name!r} which has a CompositePrimaryKey "
                "and such relations are not supported.",
                obj=field,
                id="fields.E347",
            )
            return
    if isinstance(to_model, str) and "." not in to_model:
        to_name = f"{from_model._meta.app_label}.{to_model}"
    if through._meta.auto_created:
        yield from _check_auto_created(field, from_model, to_model)
    elif from_model == to_model:
        yield from _check_self(field, from_model, from_name, through)
    else:
        yield from _check_ends(field, from_model, to_model, from_name, to_name, through)
    if remote.through_fields is not None:
        yield from _check_through_fields(field, from_model, to_model, through)


def _check_auto_created(field: Any, from_model: Any, to_model: Any) -> Iterator[Any]:
    """The table made in between deletes by Python; keys of its ends that delete by the database bypass it."""
    for model in dict.fromkeys((from_model, to_model)):
        if isinstance(model, str):
            continue
        for key in model._meta.local_fields:
            if key.is_relation and isinstance(getattr(key.remote_field, "on_delete", None), DatabaseOnDelete):
                yield checks.Error(
                    "Field specifies database-level on_delete variant, but auto-created intermediary model uses "
                    "Python-level variant.",
                    hint="Use either one of the Python on_delete variants or create a through model for "
                    f"{field.opts.label}.{field.name}.",
                    obj=key,
                    id="fields.E323",
                )


def _count(through: Any, model: Any) -> int:
    return sum(1 for each in through._meta.fields if getattr(each.remote_field, "model", None) == model)


_USE = 'If you want to create a recursive relationship, use ManyToManyField("{0}", through="{1}").'


def _check_self(field: Any, model: Any, name: str, through: Any) -> Iterator[Any]:
    if _count(through, model) > 2 and not field.remote_field.through_fields:
        yield checks.Error(
            f"The model is used as an intermediate model by '{field}', but it has more than two foreign keys to "
            f"'{name}', which is ambiguous. You must specify which two foreign keys Django should use via the "
            "through_fields keyword argument.",
            hint="Use through_fields to specify which two foreign keys Django should use.",
            obj=through,
            id="fields.E333",
        )
    elif _count(through, model) < 1:
        yield _missing_key(field, name, name, through)


def _missing_key(field: Any, from_name: str, to_name: str, through: Any) -> Any:
    return checks.Error(
        f"The model is used as an intermediate model by '{field}', but it does not have a foreign key to '{from_name}' or "
        f"'{to_name}'.",
        obj=through,
        id="fields.E336",
    )


def _check_ends(
    field: Any, from_model: Any, to_model: Any, from_name: str, to_name: str, through: Any
) -> Iterator[Any]:
    seen_from, seen_to = _count(through, from_model), _count(through, to_model)
    named = field.remote_field.through_fields
    through_name = through if isinstance(through, str) else through._meta.object_name
    if seen_from > 1 and not named:
        yield checks.Error(
            f"The model is used as an intermediate model by '{field}', but it has more than one foreign key from "
            f"'{from_name}', which is ambiguous. You must specify which foreign key Django should use via the "
            "through_fields keyword argument.",
            hint=_USE.format("self", through_name),
            obj=field,
            id="fields.E334",
        )
    if seen_to > 1 and not named:
        yield checks.Error(
            f"The model is used as an intermediate model by '{field}', but it has more than one foreign key to "
            f"'{to_name}', which is ambiguous. You must specify which foreign key Django should use via the "
            "through_fields keyword argument.",
            hint=_USE.format("self", through_name),
            obj=field,
            id="fields.E335",
        )
    if seen_from == 0 or seen_to == 0:
        yield _missing_key(field, from_name, to_name, through)


def _check_through_fields(field: Any, from_model: Any, to_model: Any, through: Any) -> Iterator[Any]:
    named = field.remote_field.through_fields
    if not (len(named) >= 2 and named[0] and named[1]):
        yield checks.Error(
            "Field specifies 'through_fields' but does not provide the names of the two link fields that should be used "
            f"for the relation through model '{_qualified(through)}'.",
            hint="Make sure you specify 'through_fields' as through_fields=('field1', 'field2')",
            obj=field,
            id="fields.E337",
        )
        return
    for name, wanted in zip(named, (from_model, to_model), strict=False):
        wanted_name = wanted._meta.object_name if hasattr(wanted, "_meta") else wanted
        possible = [each.name for each in through._meta.fields if getattr(each.remote_field, "model", None) == wanted]
        hint = (
            f"Did you mean one of the following foreign keys to '{wanted_name}': {', '.join(possible)}?"
            if possible
            else None
        )
        try:
            found = through._meta.get_field(name)
        except FieldDoesNotExist:
            yield checks.Error(
                f"The intermediary model '{through._meta.label}' has no field '{name}'.",
                hint=hint,
                obj=field,
                id="fields.E338",
            )
            continue
        if not (getattr(found, "remote_field", None) and getattr(found.remote_field, "model", None) == wanted):
            yield checks.Error(
                f"'{through._meta.object_name}.{name}' is not a foreign key to '{wanted_name}'.",
                hint=hint,
                obj=field,
                id="fields.E339",
            )


def check_table(field: Any) -> Iterator[Any]:
    """The table in between must not be that of another model."""
    through = field.remote_field.through
    if isinstance(through, str) or through is None or not through._meta.managed:
        return
    tables: dict[str, Any] = {}
    for model in field.opts.apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and model._meta.concrete_model is model:
            tables.setdefault(model._meta.db_table, model)
    name = field.m2m_db_table()
    model = tables.get(name)
    if model is None or model is through:
        others = [
            each
            for each in field.opts.apps.get_models(include_auto_created=True)
            if each._meta.db_table == name and each is not through and each._meta.managed and not each._meta.proxy
        ]
        if not others:
            return
        model = others[0]
    # A model of one's own in between may be the very table.
    if model._meta.concrete_model == through._meta.concrete_model:
        return
    if model._meta.auto_created:
        other_field = next(
            (each for each in model._meta.auto_created._meta.many_to_many if each.remote_field.through is model),
            None,
        )
        clash = f"{model._meta.auto_created._meta.label}.{other_field.name if other_field else ''}"
    else:
        clash = model._meta.label
    kind: Any = checks.Error
    code, hint = "fields.E340", None
    if settings.DATABASE_ROUTERS:
        kind, code = checks.Warning, "fields.W344"
        hint = (
            f"You have configured settings.DATABASE_ROUTERS. Verify that the table of '{clash}' is correctly routed to a "
            "separate database."
        )
    yield kind(
        f"The field's intermediary table '{name}' clashes with the table name of '{clash}'.",
        obj=field,
        hint=hint,
        id=code,
    )
