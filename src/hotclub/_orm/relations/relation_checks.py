"""System checks of relation fields (ids `fields.E300` to `fields.E324`).

Source: docs ref/checks, "Related fields".
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import Any

from hotclub._orm.deletion_rules import DB_SET_DEFAULT, DB_SET_NULL, DO_NOTHING, SET_DEFAULT, SET_NULL, DatabaseOnDelete
from hotclub._orm.fields.composite import CompositePrimaryKey
from hotclub.core import checks
from hotclub.core.exceptions import FieldDoesNotExist, FieldError
from hotclub.db import connections, router

RENAME = "Rename field '{0}', or add/change a related_name argument to the definition for field '{1}'."
CHANGE = "Add or change a related_name argument to the definition for '{0}' or '{1}'."


class MulticolumnError(FieldError, AttributeError):
    """A relation over several columns was asked for "the" column; for `getattr()` it has none."""


def multicolumn_error() -> MulticolumnError:
    return MulticolumnError("The relation has multiple target fields, but only single target field was asked for")


def check_relation(field: Any) -> list[Any]:
    """Run the checks that all relations share."""
    return [
        *check_related_name(field),
        *check_related_query_name(field),
        *check_target_exists(field),
        *check_swapped(field),
        *check_clashes(field),
    ]


def check_related_name(field: Any) -> Iterator[Any]:
    name = field.remote_field.related_name
    if name is None:
        return
    if not (name.isidentifier() and not keyword.iskeyword(name)) and not name.endswith("+"):
        yield checks.Error(
            f"The name '{name}' is invalid related_name for field {field.model._meta.object_name}.{field.name}",
            hint="Related name must be a valid Python identifier or end with a '+'",
            obj=field,
            id="fields.E306",
        )


def check_related_query_name(field: Any) -> Iterator[Any]:
    if field.remote_field.hidden:
        return
    name = field.related_query_name()
    hint = "Add or change a related_name or related_query_name argument for this field."
    if name.endswith("_"):
        text = f"Reverse query name '{name}' must not end with an underscore."
        yield checks.Error(text, hint=hint, obj=field, id="fields.E308")
    if "__" in name:
        text = f"Reverse query name '{name}' must not contain '__'."
        yield checks.Error(text, hint=hint, obj=field, id="fields.E309")


def check_target_exists(field: Any) -> Iterator[Any]:
    target = field.remote_field.model
    known = field.opts.apps.get_models(include_auto_created=True)
    if target in known:
        return
    name = target if isinstance(target, str) else target.__name__
    if isinstance(target, str) or not target._meta.swapped:
        yield checks.Error(
            f"Field defines a relation with model '{name}', which is either not installed, or is abstract.",
            obj=field,
            id="fields.E300",
        )


def check_swapped(field: Any) -> Iterator[Any]:
    target = field.remote_field.model
    if target in field.opts.apps.get_models() or isinstance(target, str) or not target._meta.swapped:
        return
    yield checks.Error(
        f"Field defines a relation with the model '{target._meta.label}', which has been swapped out.",
        hint=f"Update the relation to point at 'settings.{target._meta.swappable}'.",
        obj=field,
        id="fields.E301",
    )


def check_clashes(field: Any) -> Iterator[Any]:
    """Names on the target: its own fields, and accessors of other relations."""
    target = field.remote_field.model
    if isinstance(target, str) or not hasattr(target, "_meta"):
        return
    meta = target._meta
    hidden = field.remote_field.hidden
    accessor = field.remote_field.accessor_name
    query_name = field.related_query_name()
    own = f"{field.opts.label}.{field.name}"
    if not hidden and any(manager.name == accessor for manager in meta.managers):
        yield checks.Error(
            f"Related name '{accessor}' for '{own}' clashes with the name of a model manager.",
            hint=f"Rename the model manager or change the related_name argument in the definition for field '{own}'.",
            obj=field,
            id="fields.E348",
        )
    for other in [*meta.fields, *meta.many_to_many]:
        label = f"{meta.label}.{other.name}"
        if not hidden and other.name == accessor:
            yield checks.Error(
                f"Reverse accessor '{meta.object_name}.{accessor}' for '{own}' clashes with field name '{label}'.",
                hint=RENAME.format(label, own),
                obj=field,
                id="fields.E302",
            )
        if other.name == query_name:
            yield checks.Error(
                f"Reverse query name for '{own}' clashes with field name '{label}'.",
                hint=RENAME.format(label, own),
                obj=field,
                id="fields.E303",
            )
    for other in (each for each in meta.related_objects if each.field is not field):
        label = f"{other.related_model._meta.label}.{other.field.name}"
        if not hidden and other.accessor_name == accessor:
            yield checks.Error(
                f"Reverse accessor '{meta.object_name}.{accessor}' for '{own}' clashes with reverse accessor for "
                f"'{label}'.",
                hint=CHANGE.format(own, label),
                obj=field,
                id="fields.E304",
            )
        if other.accessor_name == query_name:
            yield checks.Error(
                f"Reverse query name for '{own}' clashes with reverse query name for '{label}'.",
                hint=CHANGE.format(own, label),
                obj=field,
                id="fields.E305",
            )


# -- foreign objects -------------------------------------------------------------------------------------------


def check_foreign_object(field: Any, databases: Any) -> list[Any]:
    return [*check_composite_target(field), *check_to_fields(field), *check_unique_target(field)]


def _target_meta(field: Any) -> Any:
    return getattr(field.remote_field.model, "_meta", None)


def check_composite_target(field: Any) -> Iterator[Any]:
    meta = _target_meta(field)
    if meta is None:
        return
    for name in field.to_fields:
        target = meta.pk if name is None else next((each for each in meta.fields if each.name == name), None)
        if isinstance(target, CompositePrimaryKey):
            yield checks.Error(
                f"Field defines a relation involving model {meta.object_name!r} which has a CompositePrimaryKey and such "
                "relations are not supported.",
                obj=field,
                id="fields.E347",
            )


def check_to_fields(field: Any) -> Iterator[Any]:
    meta = _target_meta(field)
    if meta is None:
        return
    for name in field.to_fields:
        if not name:
            continue
        try:
            meta.get_field(name)
        except FieldDoesNotExist:
            text = f"The to_field '{name}' doesn't exist on the related model '{meta.label}'."
            yield checks.Error(text, obj=field, id="fields.E312")


def check_unique_target(field: Any) -> Iterator[Any]:
    if isinstance(field.remote_field.model, str) or not field.requires_unique_target:
        return
    try:
        targets = field.foreign_related_fields
    except FieldDoesNotExist:
        return
    if not targets:
        return
    meta = field.remote_field.model._meta
    combos = {frozenset({each.name}) for each in meta.fields if getattr(each, "unique", False)}
    combos |= {frozenset(names) for names in meta.unique_together}
    combos |= {frozenset(each.fields) for each in meta.total_unique_constraints}
    if isinstance(meta.pk, CompositePrimaryKey):
        combos.add(frozenset(field.name for field in meta.pk_fields))
    names = {each.name for each in targets}
    if any(combo <= names for combo in combos):
        return
    model = field.remote_field.model.__name__
    if len(targets) > 1:
        listed = ", ".join(f"'{each.name}'" for each in targets)
        yield checks.Error(
            f"No subset of the fields {listed} on model '{model}' is unique.",
            hint="Mark a single field as unique=True or add a set of fields to a unique constraint (via unique_together "
            "or a UniqueConstraint (without condition) in the model Meta.constraints).",
            obj=field,
            id="fields.E310",
        )
    else:
        yield checks.Error(
            f"'{model}.{targets[0].name}' must be unique because it is referenced by a foreign key.",
            hint="Add unique=True to this field or add a UniqueConstraint (without condition) in the model "
            "Meta.constraints.",
            obj=field,
            id="fields.E311",
        )


# -- foreign keys ----------------------------------------------------------------------------------------------


def check_foreign_key(field: Any, databases: Any) -> list[Any]:
    return [*check_on_delete(field), *check_database_on_delete(field, databases), *check_unique_key(field)]


def check_unique_key(field: Any) -> Iterator[Any]:
    if field._unique and not field.one_to_one:
        yield checks.Warning(
            "Setting unique=True on a ForeignKey has the same effect as using a OneToOneField.",
            hint="ForeignKey(unique=True) is usually better served by a OneToOneField.",
            obj=field,
            id="fields.W342",
        )


def check_on_delete(field: Any) -> Iterator[Any]:
    rule = field.remote_field.on_delete
    if rule in (SET_NULL, DB_SET_NULL) and not field.null:
        yield checks.Error(
            f"Field specifies on_delete={rule.__name__}, but cannot be null.",
            hint="Set null=True argument on the field, or change the on_delete rule.",
            obj=field,
            id="fields.E320",
        )
    elif rule is SET_DEFAULT and not field.has_default():
        yield checks.Error(
            "Field specifies on_delete=SET_DEFAULT, but has no default value.",
            hint="Set a default value, or change the on_delete rule.",
            obj=field,
            id="fields.E321",
        )
    elif rule is DB_SET_DEFAULT and not field.has_db_default():
        yield checks.Error(
            "Field specifies on_delete=DB_SET_DEFAULT, but has no db_default value.",
            hint="Set a db_default value, or change the on_delete rule.",
            obj=field,
            id="fields.E322",
        )


def check_database_on_delete(field: Any, databases: Any) -> Iterator[Any]:
    """Rules of the database and of Python do not mix along a chain: the one does not see the other's rows."""
    rule = field.remote_field.on_delete
    target = field.remote_field.model
    if isinstance(target, str) or not hasattr(target, "_meta"):
        return
    if isinstance(rule, DatabaseOnDelete):
        for alias in databases:
            if not router.allow_migrate_model(alias, field.model):
                continue
            connection = connections[alias]
            feature = f"supports_on_delete_{rule.__name__.lower().replace('_set_', '_')}"
            if not getattr(connection.features, feature) and feature not in field.model._meta.required_db_features:
                yield checks.Error(
                    f"{connection.display_name} does not support a {rule.__name__}.",
                    hint=f"Change the on_delete rule to {rule.__name__.removeprefix('DB_')}.",
                    obj=field,
                    id="fields.E324",
                )
    yield from _check_uniform(field, rule, target)


def _check_uniform(field: Any, rule: Any, target: Any) -> Iterator[Any]:
    def by_database(other_rule: Any) -> bool | None:
        if other_rule is DO_NOTHING or other_rule is None:
            return None
        return isinstance(other_rule, DatabaseOnDelete)

    mine = by_database(rule)
    if mine is None:
        return
    others = {
        by_database(each.remote_field.on_delete)
        for each in target._meta.local_fields
        if each.is_relation and getattr(each.remote_field, "on_delete", None) and each is not field
    }
    for other in (True, False):
        if other in others and other is not mine:
            text = (
                "Field specifies Python-level on_delete variant, but referenced model uses database-level variant."
                if other
                else "Field specifies database-level on_delete variant, but referenced model uses Python-level variant."
            )
            yield checks.Error(
                text,
                hint="Use either database or Python on_delete variants uniformly in the references chain.",
                obj=field,
                id="fields.E323",
            )
            return
