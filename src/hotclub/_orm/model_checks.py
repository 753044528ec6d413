"""System checks of models (ids `models.E…` and `models.W…`).

Source: docs ref/checks, "Models".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hotclub._orm.constraint_checks import check_local_fields
from hotclub._orm.deletion_rules import DO_NOTHING, DatabaseOnDelete
from hotclub._orm.expressions.core import F, OrderBy
from hotclub._orm.fields.composite import CompositePrimaryKey
from hotclub.core import checks
from hotclub.core.exceptions import FieldDoesNotExist
from hotclub.db import connections, router

LOOKUP_SEPARATOR = "__"


def check_model(model: Any, **kwargs: Any) -> list[Any]:
    """Run all checks of a model class."""
    meta = model._meta
    found = [*check_swappable(model), *check_proxy(model), *check_managers(model, **kwargs)]
    if meta.swapped:
        return found
    databases = kwargs.get("databases") or []
    found += [
        *check_fields(model, **kwargs),
        *check_many_to_many_through(model),
        *check_long_columns(model, databases),
    ]
    clashes = [
        *check_id_field(model),
        *check_field_names(model),
        *check_model_name(model),
        *check_property_names(model),
        *check_single_primary_key(model),
    ]
    found += clashes
    if not clashes:
        found += check_column_names(model)
    found += [
        *check_unique_together(model),
        *check_indexes(model, databases),
        *check_ordering(model),
        *check_constraints(model, databases),
        *check_table_comment(model, databases),
        *check_composite_pk(model),
        *check_uniform_on_delete(model),
    ]
    return found


def check_swappable(model: Any) -> Iterator[Any]:
    meta = model._meta
    if not meta.swapped:
        return
    try:
        meta.apps.get_model(meta.swapped)
    except ValueError:
        text = f"'{meta.swappable}' is not of the form 'app_label.app_name'."
        yield checks.Error(text, id="models.E001")
    except LookupError:
        label = ".".join(meta.swapped.split("."))
        yield checks.Error(
            f"'{meta.swappable}' references '{label}', which has not been installed, or is abstract.", id="models.E002"
        )


def check_proxy(model: Any) -> Iterator[Any]:
    if model._meta.proxy and (model._meta.local_fields or model._meta.local_many_to_many):
        yield checks.Error(f"Proxy model '{model.__name__}' contains model fields.", id="models.E017")


def check_managers(model: Any, **kwargs: Any) -> Iterator[Any]:
    for manager in model._meta.managers:
        yield from manager.check(**kwargs)


def check_fields(model: Any, **kwargs: Any) -> Iterator[Any]:
    for field in model._meta.local_fields:
        yield from field.check(**kwargs)
    for field in model._meta.local_many_to_many:
        yield from field.check(from_model=model, **kwargs)


def check_many_to_many_through(model: Any) -> Iterator[Any]:
    seen: list[Any] = []
    for field in model._meta.local_many_to_many:
        remote = field.remote_field
        if isinstance(remote.through, str) or remote.through is None or remote.through._meta.auto_created:
            continue
        signature = (remote.model, model, remote.through, remote.through_fields)
        if signature in seen:
            yield checks.Error(
                "The model has two identical many-to-many relations through the intermediate model "
                f"'{remote.through._meta.label}'.",
                obj=model,
                id="models.E003",
            )
        else:
            seen.append(signature)


def check_id_field(model: Any) -> Iterator[Any]:
    pk = model._meta.pk
    # A primary key of another name leaves "id" free.
    if isinstance(pk, CompositePrimaryKey) or pk is None or pk.name != "id":
        return
    if any(field.name == "id" and field != pk for field in model._meta.local_fields):
        yield checks.Error(
            "'id' can only be used as a field name if the field also sets 'primary_key=True'.",
            obj=model,
            id="models.E004",
        )


def check_field_names(model: Any) -> Iterator[Any]:
    """Names used twice along the line of parents."""
    meta = model._meta
    used: dict[str, Any] = {}
    for parent in meta.all_parents:
        for field in parent._meta.local_fields:
            clash = used.get(field.name) or used.get(field.attname)
            if clash and clash.model != field.model:
                yield checks.Error(
                    f"The field '{clash.name}' from parent model '{clash.model._meta}' clashes with the field "
                    f"'{field.name}' from parent model '{field.model._meta}'.",
                    obj=model,
                    id="models.E005",
                )
            used[field.name] = field
            used[field.attname] = field
    for link in filter(None, meta.parents.values()):
        # The same ancestor reached on two ways.
        clash = used.get(link.name)
        if clash:
            yield checks.Error(
                f"The field '{link.name}' clashes with the field '{clash.name}' from model '{clash.model._meta}'.",
                obj=model,
                id="models.E006",
            )
    # Relations that point at parents, by the names they give there.
    for parent in meta.all_parents:
        for related in parent._meta.get_fields():
            if related not in used and getattr(related, "auto_created", False) and not related.concrete:
                used.setdefault(related.name, related)
    for field in meta.local_fields:
        clash = used.get(field.name) or used.get(field.attname)
        is_id_of_parent = field.name == "id" and clash and clash.name == "id"
        if clash and not is_id_of_parent:
            if not clash.concrete and getattr(clash, "field", None) is field:
                continue
            yield checks.Error(
                f"The field '{field.name}' clashes with the field '{clash.name}' from model '{clash.model._meta}'.",
                obj=field,
                id="models.E006",
            )
        used[field.name] = field
        used[field.attname] = field


def check_column_names(model: Any) -> Iterator[Any]:
    used: list[str] = []
    for field in model._meta.local_fields:
        _attname, column = field.get_attname_column()
        if column and column in used:
            yield checks.Error(
                f"Field '{field.name}' has column name '{column}' that is used by another field.",
                hint="Specify a 'db_column' for the field.",
                obj=model,
                id="models.E007",
            )
        else:
            used.append(column)


def check_model_name(model: Any) -> Iterator[Any]:
    name = model.__name__
    if name.startswith("_") or name.endswith("_"):
        yield checks.Error(
            f"The model name '{name}' cannot start or end with an underscore as it collides with the query lookup "
            "syntax.",
            obj=model,
            id="models.E023",
        )
    elif LOOKUP_SEPARATOR in name:
        yield checks.Error(
            f"The model name '{name}' cannot contain double underscores as it collides with the query lookup syntax.",
            obj=model,
            id="models.E024",
        )


def check_property_names(model: Any) -> Iterator[Any]:
    names = model._meta._property_names
    accessors = [
        field.get_attname()
        for field in model._meta._get_fields(reverse=False)
        if field.is_relation and field.related_model is not None
    ]
    for accessor in accessors:
        if accessor in names:
            yield checks.Error(
                f"The property '{accessor}' clashes with a related field accessor.", obj=model, id="models.E025"
            )


def check_single_primary_key(model: Any) -> Iterator[Any]:
    if sum(1 for field in model._meta.local_fields if field.primary_key) > 1:
        yield checks.Error(
            "The model cannot have more than one field with 'primary_key=True'.", obj=model, id="models.E026"
        )


def check_unique_together(model: Any) -> Iterator[Any]:
    together = model._meta.unique_together
    if not isinstance(together, (tuple, list)):
        yield checks.Error("'unique_together' must be a list or tuple.", obj=model, id="models.E010")
        return
    if any(not isinstance(names, (tuple, list)) for names in together):
        yield checks.Error("All 'unique_together' elements must be lists or tuples.", obj=model, id="models.E011")
        return
    for names in together:
        yield from check_local_fields(model, names, "unique_together")


def check_indexes(model: Any, databases: Iterable[str]) -> list[Any]:
    found: list[Any] = []
    meta = model._meta
    for alias in databases or ():
        if not router.allow_migrate_model(alias, model):
            continue
        for index in meta.indexes:
            for each in index.check(model, connections[alias]):
                if each not in found:
                    found.append(each)
    return found


def check_constraints(model: Any, databases: Iterable[str]) -> list[Any]:
    found: list[Any] = []
    for alias in databases or ():
        if not router.allow_migrate_model(alias, model):
            continue
        for constraint in model._meta.constraints:
            for each in constraint.check(model, connections[alias]):
                if each not in found:
                    found.append(each)
    return found


def check_table_comment(model: Any, databases: Iterable[str]) -> Iterator[Any]:
    meta = model._meta
    if not meta.db_table_comment:
        return
    for alias in databases or ():
        if not router.allow_migrate_model(alias, model):
            continue
        connection = connections[alias]
        if not (connection.features.supports_comments or "supports_comments" in meta.required_db_features):
            yield checks.Warning(
                f"{connection.display_name} does not support comments on tables (db_table_comment).",
                obj=model,
                id="models.W046",
            )


# -- ordering --------------------------------------------------------------------------------------------------


def check_ordering(model: Any) -> Iterator[Any]:
    meta = model._meta
    if meta._ordering_clash:
        text = "'ordering' and 'order_with_respect_to' cannot be used together."
        yield checks.Error(text, obj=model, id="models.E021")
        return
    if meta.order_with_respect_to or not meta.ordering:
        return
    if not isinstance(meta.ordering, (list, tuple)):
        yield checks.Error(
            "'ordering' must be a tuple or list (even if you want to order by only one field).",
            obj=model,
            id="models.E014",
        )
        return
    names = [name for each in meta.ordering if (name := _ordering_name(each)) and name != "?"]
    for name in names:
        if not _can_order_by(model, name):
            yield checks.Error(
                f"'ordering' refers to the nonexistent field, related field, or lookup '{name}'.",
                obj=model,
                id="models.E015",
            )


def _ordering_name(each: Any) -> str | None:
    """Return the name an ordering refers to; None for expressions over more than a name."""
    if isinstance(each, OrderBy):
        each = each.expression
    if isinstance(each, F):
        return each.name
    if isinstance(each, str):
        return each.removeprefix("-")
    return None


def _can_order_by(model: Any, name: str) -> bool:
    meta = model._meta
    if name == "pk":
        return True
    if LOOKUP_SEPARATOR not in name:
        # Unlike in queries the key's own attribute counts, and reverse names do.
        known = {field.name for field in meta.fields} | {field.attname for field in meta.fields}
        known |= {related.name for related in meta.related_objects}
        return name in known
    here = meta
    field = None
    for part in name.split(LOOKUP_SEPARATOR):
        try:
            if part == "pk" and here is not None:
                field = here.pk
            elif here is None:
                raise FieldDoesNotExist(part)
            else:
                field = here.get_field(part)
                if part == getattr(field, "attname", None) and field.is_relation and part != field.name:
                    here = None
                    continue
            here = field.path_infos[-1].to_opts if field.is_relation else None
        except (FieldDoesNotExist, AttributeError):
            # A transform or lookup of the field before it.
            if field is None or (field.get_transform(part) is None and field.get_lookup(part) is None):
                return False
            here = None
    return True


# -- columns ---------------------------------------------------------------------------------------------------


def check_long_columns(model: Any, databases: Iterable[str]) -> Iterator[Any]:
    """Names that the strictest database would cut."""
    allowed, alias_of = None, None
    for alias in databases or ():
        if not router.allow_migrate_model(alias, model):
            continue
        limit = connections[alias].ops.max_name_length()
        if limit is None or connections[alias].features.truncates_names:
            continue
        if allowed is None or limit < allowed:
            allowed, alias_of = limit, alias
    if allowed is None:
        return
    for field in model._meta.local_fields:
        _attname, column = field.get_attname_column()
        if field.db_column is None and column is not None and len(column) > allowed:
            yield checks.Error(
                f'Autogenerated column name too long for field "{column}". Maximum length is "{allowed}" for database '
                f'"{alias_of}".',
                hint="Set the column name manually using 'db_column'.",
                obj=model,
                id="models.E018",
            )
    for field in model._meta.local_many_to_many:
        through = field.remote_field.through
        if isinstance(through, str) or through is None:
            continue
        for key in through._meta.local_fields:
            _attname, column = key.get_attname_column()
            if key.db_column is None and column is not None and len(column) > allowed:
                yield checks.Error(
                    f'Autogenerated column name too long for M2M field "{column}". Maximum length is "{allowed}" for '
                    f'database "{alias_of}".',
                    hint="Use 'through' to create a separate model for M2M and then set column_name using 'db_column'.",
                    obj=model,
                    id="models.E019",
                )


# -- composite keys, deletion ----------------------------------------------------------------------------------


def check_composite_pk(model: Any) -> Iterator[Any]:
    meta = model._meta
    if not isinstance(meta.pk, CompositePrimaryKey) or meta.proxy:
        return  # a proxy's key is checked where it is declared
    seen: dict[Any, str] = {}
    for name in meta.pk.field_names:
        hint = None
        try:
            field = meta.get_field(name)
        except FieldDoesNotExist:
            field = None
        if field is None:
            hint = f"'{name}' is not a valid field."
        elif not field.column:
            hint = f"'{name}' field has no column."
        elif field.null:
            hint = f"'{name}' field may not set 'null=True'."
        elif field.generated:
            hint = f"'{name}' field is a generated field."
        elif field not in meta.local_fields:
            hint = f"'{name}' field is not a local field."
        elif field in seen:
            hint = f"'{name}' and '{seen[field]}' are the same fields."
        if hint:
            yield checks.Error(
                f"'{name}' cannot be included in the composite primary key.", hint=hint, obj=model, id="models.E042"
            )
        else:
            seen[field] = name


def check_uniform_on_delete(model: Any) -> Iterator[Any]:
    """Relations with a rule of the database beside one of Python: neither sees what the other deletes."""
    kinds = set()
    for field in model._meta.local_fields:
        rule = getattr(field.remote_field, "on_delete", None) if field.is_relation else None
        if rule is not None and rule is not DO_NOTHING:
            kinds.add(isinstance(rule, DatabaseOnDelete))
    if len(kinds) > 1:
        yield checks.Error(
            "The model cannot have related fields with both database-level and Python-level on_delete variants.",
            obj=model,
            id="models.E050",
        )
