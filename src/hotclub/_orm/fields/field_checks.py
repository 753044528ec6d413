"""System checks that every field shares (ids `fields.E001` to `fields.E012` and the deprecation details).

Functions over a field; must not know models or queries.

Source: docs ref/checks, "Model fields".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from hotclub._orm.fields import late
from hotclub.core import checks
from hotclub.db import connections, router
from hotclub.utils.functional import Promise


def check_field(field: Any, **kwargs: Any) -> list[Any]:
    """Run the shared checks of a field."""
    databases = kwargs.get("databases") or []
    return [
        *check_name(field),
        *check_choices(field),
        *check_db_default(field, databases),
        *check_db_index(field),
        *check_db_comment(field, databases),
        *check_primary_key_null(field),
        *check_backend(field, databases),
        *check_validators(field),
        *check_deprecation(field),
    ]


def check_name(field: Any) -> Iterator[Any]:
    name = field.name
    if name is None:
        return
    if name.endswith("_"):
        yield checks.Error("Field names must not end with an underscore.", obj=field, id="fields.E001")
    elif "__" in name:
        yield checks.Error('Field names must not contain "__".', obj=field, id="fields.E002")
    elif name == "pk":
        yield checks.Error("'pk' is a reserved word that cannot be used as a field name.", obj=field, id="fields.E003")


def is_one_value(value: Any) -> bool:
    """Say whether something in choices is a value or a label, and no collection of them."""
    return isinstance(value, (str, Promise)) or not isinstance(value, Iterable)


def _lengths_of(value: Any) -> int:
    return len(value) if isinstance(value, str) else 0


def check_choices(field: Any) -> Iterator[Any]:
    choices = field.choices
    if not choices:
        return
    if not isinstance(choices, Iterable) or isinstance(choices, (str, set, frozenset)):
        yield checks.Error(
            "'choices' must be a mapping (e.g. a dictionary) or an ordered iterable (e.g. a list or tuple, but not a "
            "set).",
            obj=field,
            id="fields.E004",
        )
        return
    longest = 0
    for entry in choices:
        try:
            group, members = entry
        except (TypeError, ValueError):
            break
        if isinstance(entry, str):
            break
        if is_one_value(members) and field.is_choice_value(group):
            longest = max(longest, _lengths_of(group))
            continue
        if not is_one_value(group):
            break
        try:
            pairs = [(value, label) for value, label in members]
        except (TypeError, ValueError):
            break
        if not all(field.is_choice_value(value) and is_one_value(label) for value, label in pairs):
            break
        longest = max([longest, *(_lengths_of(value) for value, _label in pairs)])
    else:
        if field.max_length is not None and longest > field.max_length:
            yield checks.Error(
                f"'max_length' is too small to fit the longest value in 'choices' ({longest} characters).",
                obj=field,
                id="fields.E009",
            )
        return
    yield checks.Error(
        "'choices' must be a mapping of actual values to human readable names or an iterable containing (actual value, "
        "human readable name) tuples.",
        obj=field,
        id="fields.E005",
    )


def check_db_default(field: Any, databases: Sequence[str]) -> Iterator[Any]:
    if not field.has_db_default():
        return
    if not late.is_expression(field.db_default):
        return
    for alias in databases:
        if not router.allow_migrate_model(alias, field.model):
            continue
        connection = connections[alias]
        if not getattr(field._db_default_expression, "allowed_default", False):
            yield checks.Error(f"{field.db_default} cannot be used in db_default.", obj=field, id="fields.E012")
            continue
        plain_value = type(field.db_default) is type(late.value_expression(None))
        if (
            not (plain_value or connection.features.supports_expression_defaults)
            and "supports_expression_defaults" not in field.model._meta.required_db_features
        ):
            yield checks.Error(
                f"{connection.display_name} does not support default database values with expressions (db_default).",
                obj=field,
                id="fields.E011",
            )


def check_db_index(field: Any) -> Iterator[Any]:
    if field.db_index not in (None, True, False):
        yield checks.Error("'db_index' must be None, True or False.", obj=field, id="fields.E006")


def check_db_comment(field: Any, databases: Sequence[str]) -> Iterator[Any]:
    if not field.db_comment:
        return
    for alias in databases:
        if not router.allow_migrate_model(alias, field.model):
            continue
        connection = connections[alias]
        if not (connection.features.supports_comments or "supports_comments" in field.model._meta.required_db_features):
            yield checks.Warning(
                f"{connection.display_name} does not support comments on columns (db_comment).",
                obj=field,
                id="fields.W163",
            )


def check_primary_key_null(field: Any) -> Iterator[Any]:
    if field.primary_key and field.null and not _interprets_empty_as_null():
        yield checks.Error(
            "Primary keys must not have null=True.",
            hint="Set null=False on the field, or remove primary_key=True argument.",
            obj=field,
            id="fields.E007",
        )


def _interprets_empty_as_null() -> bool:
    return bool(connections["default"].features.interprets_empty_strings_as_nulls)


def check_backend(field: Any, databases: Sequence[str]) -> Iterator[Any]:
    for alias in databases:
        if router.allow_migrate_model(alias, field.model):
            yield from connections[alias].validation.check_field(field)


def check_validators(field: Any) -> Iterator[Any]:
    for index, validator in enumerate(field.validators):
        if not callable(validator):
            yield checks.Error(
                "All 'validators' must be callable.",
                hint=f"validators[{index}] ({validator!r}) isn't a function or instance of a validator class.",
                obj=field,
                id="fields.E008",
            )


def check_deprecation(field: Any) -> Iterator[Any]:
    removed, deprecated = field.system_check_removed_details, field.system_check_deprecated_details
    if removed is not None:
        yield checks.Error(
            removed.get("msg", f"{type(field).__name__} has been removed except for support in historical migrations."),
            hint=removed.get("hint"),
            obj=field,
            id=removed.get("id", "fields.EXXX"),
        )
    elif deprecated is not None:
        yield checks.Warning(
            deprecated.get("msg", f"{type(field).__name__} has been deprecated."),
            hint=deprecated.get("hint"),
            obj=field,
            id=deprecated.get("id", "fields.WXXX"),
        )


def unsupported(
    field: Any, databases: Sequence[str], feature: str, make: Callable[[Any], Any], *, when: bool = True
) -> Iterator[Any]:
    """Give a message for each database that lacks a feature which the model does not require."""
    for alias in databases:
        if not when or not router.allow_migrate_model(alias, field.model):
            continue
        connection = connections[alias]
        if not getattr(connection.features, feature) and feature not in field.model._meta.required_db_features:
            yield make(connection)


def check_collation(field: Any, databases: Sequence[str]) -> Iterator[Any]:
    """`db_collation` of text columns, where the database has none for the type."""
    kind = field.get_internal_type()
    feature = "supports_collation_on_textfield" if kind == "TextField" else "supports_collation_on_charfield"
    yield from unsupported(
        field,
        databases,
        feature,
        lambda connection: checks.Error(
            f"{connection.display_name} does not support a database collation on {kind}s.", obj=field, id="fields.E190"
        ),
        when=field.db_collation is not None,
    )
