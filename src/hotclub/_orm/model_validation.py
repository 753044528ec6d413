"""Validation of instances: fields, uniqueness, constraints.

Source: docs ref/models/instances, "Validating objects".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hotclub._orm.expressions.core import DatabaseDefault, Value
from hotclub._orm.fields.composite import CompositePrimaryKey
from hotclub._orm.lookups.tuples import Tuple
from hotclub.core.exceptions import NON_FIELD_ERRORS, ValidationError
from hotclub.db import connections, router
from hotclub.utils.text import capfirst, get_text_list
from hotclub.utils.translation import gettext_lazy as _


def full_clean(instance: Any, exclude: Iterable[str] | None, unique: bool, constraints: bool) -> None:
    """`Model.full_clean()`: later steps leave the fields alone that an earlier one refused."""
    errors: dict[str, Any] = {}
    skipped = set(exclude or ())

    def attempt(step: Any, *args: Any) -> None:
        nonlocal errors
        try:
            step(*args)
        except ValidationError as error:
            errors = error.update_error_dict(errors)

    attempt(lambda: instance.clean_fields(exclude=skipped))
    # clean() runs even then: it may say more about what was entered.
    attempt(instance.clean)
    for step, wanted in ((instance.validate_unique, unique), (instance.validate_constraints, constraints)):
        if wanted:
            skipped.update(name for name in errors if name != NON_FIELD_ERRORS)
            attempt(lambda step=step: step(exclude=skipped))
    if errors:
        raise ValidationError(errors)


def clean_fields(instance: Any, exclude: Iterable[str] | None) -> None:
    """`Model.clean_fields()`."""
    skipped = set(exclude or ())
    errors: dict[str, Any] = {}
    for field in instance._meta.fields:
        if field.name in skipped or field.generated:
            continue
        raw = getattr(instance, field.attname)
        # A blank value that is allowed needs no validation.
        if field.blank and raw in field.empty_values:
            continue
        # The database fills it in; there is nothing to look at yet.
        if isinstance(raw, DatabaseDefault):
            continue
        try:
            setattr(instance, field.attname, field.clean(raw, instance))
        except ValidationError as error:
            errors[field.name] = error.error_list
    if errors:
        raise ValidationError(errors)


# -- uniqueness ------------------------------------------------------------------------------------------------


def validate_unique(instance: Any, exclude: Iterable[str] | None) -> None:
    """`Model.validate_unique()`."""
    unique, dates = instance._get_unique_checks(exclude=exclude)
    errors = instance._perform_unique_checks(unique)
    for name, found in instance._perform_date_checks(dates).items():
        errors.setdefault(name, []).extend(found)
    if errors:
        raise ValidationError(errors)


def _line(instance: Any) -> list[tuple[Any, Any]]:
    """The classes whose tables hold the instance, with the class that declares options for each."""
    cls = instance.__class__
    return [(cls, cls), *((parent, parent) for parent in instance._meta.all_parents)]


def unique_checks(instance: Any, exclude: set[str], with_constraints: bool) -> tuple[list[Any], list[Any]]:
    """Return what must be unique: tuples of names per class, and the date checks."""
    together = [(model, model._meta.unique_together) for model, _same in _line(instance) if model._meta.unique_together]
    checks: list[Any] = []
    for model, combinations in together:
        checks += [(model, tuple(names)) for names in combinations if not any(name in exclude for name in names)]
    if with_constraints:
        for model, _same in _line(instance):
            for constraint in model._meta.total_unique_constraints:
                if not any(name in exclude for name in constraint.fields):
                    checks.append((model, constraint.fields))
    dates: list[Any] = []
    for model, _same in _line(instance):
        for field in model._meta.local_fields:
            name = field.name
            if name in exclude:
                continue
            if isinstance(field, CompositePrimaryKey):
                parts = tuple(part.name for part in field.fields)
                if not any(part in exclude for part in parts):
                    checks.append((model, parts))
                continue
            if field.unique:
                checks.append((model, (name,)))
            for kind, other in (
                ("date", field.unique_for_date),
                ("year", field.unique_for_year),
                ("month", field.unique_for_month),
            ):
                if other and other not in exclude:
                    dates.append((model, kind, name, other))
    return checks, dates


def _lookup_values(instance: Any, model: Any, names: Sequence[str]) -> dict[str, Any] | None:
    """Return the conditions of a unique check; None if a value is empty, which never clashes."""
    alias = router.db_for_read(model, instance=instance)
    empty_is_null = connections[alias].features.interprets_empty_strings_as_nulls
    values: dict[str, Any] = {}
    for name in names:
        field = instance._meta.get_field(name)
        value = getattr(instance, field.attname)
        if value is None or (value == "" and empty_is_null):
            return None
        if (field.primary_key or field in model._meta.pk_fields) and not instance._state.adding:
            # Its own key is no clash.
            continue
        if isinstance(value, DatabaseDefault):
            value = value.expression
        values[str(name)] = value
    return values if len(values) == len(names) else None


def perform_unique_checks(instance: Any, checks: Iterable[Any]) -> dict[str, list[Any]]:
    """Look each combination up; return errors by field name."""
    errors: dict[str, list[Any]] = {}
    for model, names in checks:
        values = _lookup_values(instance, model, names)
        if values is None:
            continue
        rows = model._default_manager.filter(**values)
        # The row of this very object (or of its parent) does not count.
        key = instance._get_pk_val(model._meta)
        if not instance._state.adding and instance._is_pk_set(model._meta):
            rows = rows.exclude(pk=key)
        if rows.exists():
            where = names[0] if len(names) == 1 else NON_FIELD_ERRORS
            errors.setdefault(where, []).append(instance.unique_error_message(model, names))
    return errors


def perform_date_checks(instance: Any, checks: Iterable[Any]) -> dict[str, list[Any]]:
    """Look `unique_for_date` and its kin up; return errors by field name."""
    errors: dict[str, list[Any]] = {}
    for model, kind, name, date_name in checks:
        date = getattr(instance, date_name)
        if date is None:
            continue
        values: dict[str, Any] = {name: getattr(instance, name)}
        if kind == "date":
            values |= {f"{date_name}__{part}": getattr(date, part) for part in ("day", "month", "year")}
        else:
            values[f"{date_name}__{kind}"] = getattr(date, kind)
        rows = model._default_manager.filter(**values)
        if not instance._state.adding and instance._is_pk_set():
            rows = rows.exclude(pk=instance.pk)
        if rows.exists():
            errors.setdefault(name, []).append(instance.date_error_message(kind, name, date_name))
    return errors


def date_error(instance: Any, kind: str, name: str, date_name: str) -> ValidationError:
    meta = instance._meta
    field = meta.get_field(name)
    return ValidationError(
        message=field.error_messages["unique_for_date"],
        code="unique_for_date",
        params={
            "model": instance,
            "model_name": capfirst(meta.verbose_name),
            "lookup_type": kind,
            "field": name,
            "field_label": capfirst(field.verbose_name),
            "date_field": date_name,
            "date_field_label": capfirst(meta.get_field(date_name).verbose_name),
        },
    )


def unique_error(instance: Any, model: Any, names: Sequence[str]) -> ValidationError:
    meta = model._meta
    params: dict[str, Any] = {
        "model": instance,
        "model_class": model,
        "model_name": capfirst(meta.verbose_name),
        "unique_check": names,
    }
    if len(names) == 1:
        field = meta.get_field(names[0])
        params["field_label"] = capfirst(field.verbose_name)
        return ValidationError(message=field.error_messages["unique"], code="unique", params=params)
    labels = [capfirst(meta.get_field(name).verbose_name) for name in names]
    params["field_labels"] = get_text_list(labels, _("and"))
    return ValidationError(
        message=_("%(model_name)s with this %(field_labels)s already exists."), code="unique_together", params=params
    )


# -- constraints -----------------------------------------------------------------------------------------------


def constraints_by_class(instance: Any) -> list[tuple[Any, list[Any]]]:
    """Return the constraints of the class and its parents."""
    found = [(instance.__class__, instance._meta.constraints)]
    found += [(parent, parent._meta.constraints) for parent in instance._meta.all_parents if parent._meta.constraints]
    return found


def validate_constraints(instance: Any, exclude: Iterable[str] | None) -> None:
    """`Model.validate_constraints()`."""
    using = router.db_for_write(instance.__class__, instance=instance)
    errors: dict[str, Any] = {}
    for model, constraints in instance.get_constraints():
        for constraint in constraints:
            try:
                constraint.validate(model, instance, exclude=set(exclude or ()), using=using)
            except ValidationError as error:
                names: Sequence[str] = getattr(constraint, "fields", ())
                if getattr(error, "code", None) == "unique" and len(names) == 1:
                    errors.setdefault(names[0], []).append(error)
                else:
                    errors = error.update_error_dict(errors)
    if errors:
        raise ValidationError(errors)


def field_expressions(instance: Any, meta: Any, exclude: set[str] | None) -> dict[str, Any]:
    """Return the instance's values as expressions by field name: what conditions are evaluated against."""
    skipped = exclude or set()
    values: dict[str, Any] = {}
    generated = []
    for field in meta.concrete_fields:
        if field.name in skipped:
            continue
        if field.generated:
            # It follows from others: none of them may be missing.
            if any(name in skipped for name in field.referenced_names):
                continue
            generated.append(field)
            continue
        value = getattr(instance, field.attname)
        if not hasattr(value, "resolve_expression"):
            value = Value(value, field)
        elif isinstance(value, DatabaseDefault):
            value = value.expression
        values[field.name] = value
        if field.attname != field.name:
            values[field.attname] = value
    for field in generated:
        values[field.name] = field.expression_with(values)
    for field in meta.fields:
        if field.column is not None:
            continue
        # A relation over columns of other fields: it is known by their values.
        own = [values.get(part.attname) for part in getattr(field, "local_related_fields", ())]
        if own and field.name not in skipped and all(part is not None for part in own):
            values[field.name] = own[0] if len(own) == 1 else Tuple(*own)
    if isinstance(meta.pk, CompositePrimaryKey):
        return values
    if meta.pk is not None and meta.pk.name in values and "pk" not in skipped:
        values["pk"] = values[meta.pk.name]
    return values
