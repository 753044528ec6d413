"""System checks of indexes and constraints: what a database cannot do, and names that do not exist.

Source: docs ref/checks, "Models" (`models.E012`, `E013`, `E016`, `E033`, `E034`, `E041`, `W027`, `W036` to `W047`).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from hotclub._orm.expressions.core import F, RawSQL
from hotclub._orm.fields.composite import CompositePrimaryKey
from hotclub._orm.q import Q
from hotclub.core import checks
from hotclub.core.exceptions import FieldDoesNotExist

NOT_CREATED = "A constraint won't be created. Silence this warning if you don't care about it."


def _warning(connection: Any, what: str, hint: str | None, model: Any, code: str) -> Any:
    return checks.Warning(f"{connection.display_name} does not support {what}.", hint=hint, obj=model, id=code)


def _lacks(connection: Any, model: Any, feature: str) -> bool:
    return not getattr(connection.features, feature) and feature not in model._meta.required_db_features


def names_in(expression: Any) -> set[str]:
    """Return the full names ("author__name") that an expression or condition refers to."""
    names: set[str] = set()
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Q):
            for child in node.children:
                if isinstance(child, tuple):
                    names.add(child[0])
                    waiting.append(child[1])
                else:
                    waiting.append(child)
        elif isinstance(node, F):
            names.add(node.name)
        elif hasattr(node, "get_source_expressions"):
            waiting += [each for each in node.get_source_expressions() if each is not None]
    return names


def contains_raw_sql(expression: Any) -> bool:
    """Say whether hand-written SQL is part of a condition."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, RawSQL):
            return True
        if isinstance(node, Q):
            waiting += [child[1] if isinstance(child, tuple) else child for child in node.children]
        elif hasattr(node, "get_source_expressions"):
            waiting += [each for each in node.get_source_expressions() if each is not None]
    return False


def check_local_fields(model: Any, names: Iterable[str], option: str) -> list[Any]:
    """Check names in an option that only takes columns of the model's own table."""
    meta = model._meta
    known: dict[str, Any] = {}
    for field in meta._get_fields(reverse=False):
        known[field.name] = field
        if hasattr(field, "attname"):
            known[field.attname] = field
    found = []
    for name in names:
        field = known.get(name)
        if name == "pk" and field is None and meta.pk is not None:
            field = meta.pk
        if field is None:
            found.append(
                checks.Error(f"'{option}' refers to the nonexistent field '{name}'.", obj=model, id="models.E012")
            )
        elif getattr(field.remote_field, "many_to_many", False) or isinstance(field, CompositePrimaryKey):
            kind = "ManyToManyField" if not isinstance(field, CompositePrimaryKey) else "CompositePrimaryKey"
            found.append(
                checks.Error(
                    f"'{option}' refers to a {kind} '{name}', but {kind}s are not permitted in '{option}'.",
                    obj=model,
                    id="models.E013" if kind == "ManyToManyField" else "models.E048",
                )
            )
        elif len(getattr(field, "from_fields", ())) > 1:
            found.append(
                checks.Error(
                    f"'{option}' refers to a ForeignObject '{name}' with multiple 'from_fields', which is not supported "
                    "for that option.",
                    obj=model,
                    id="models.E049",
                )
            )
        elif field not in meta.local_fields:
            found.append(
                checks.Error(
                    f"'{option}' refers to field '{name}' which is not local to model '{meta.object_name}'.",
                    hint="This issue may be caused by multi-table inheritance.",
                    obj=model,
                    id="models.E016",
                )
            )
    return found


def check_references(model: Any, names: Iterable[str], option: str = "constraints") -> list[Any]:
    """Check the names that expressions refer to: no joins, and fields that exist."""
    meta = model._meta
    found = []
    local: set[str] = set()
    for full_name in sorted(names):
        first, *rest = full_name.split("__")
        field = None
        if first == "pk":
            field = meta.pk
        else:
            with suppress(FieldDoesNotExist):
                field = meta.get_field(first)
        local.add(first if field is None or first != "pk" else field.name)
        if field is None or not rest or not field.is_relation:
            continue
        # A relation may be followed by a lookup on the key, not by a field of the other model.
        if rest[0] == "pk" or (field.get_transform(rest[0]) is None and field.get_lookup(rest[0]) is None):
            local.discard(first)
            found.append(
                checks.Error(f"'{option}' refers to the joined field '{full_name}'.", obj=model, id="models.E041")
            )
    return [*found, *check_local_fields(model, sorted(local), option)]


# -- indexes ---------------------------------------------------------------------------------------------------


def check_index(index: Any, model: Any, connection: Any) -> list[Any]:
    found: list[Any] = []
    if index.name and (index.name[0] == "_" or index.name[0].isdigit()):
        text = f"The index name '{index.name}' cannot start with an underscore or a number."
        found.append(checks.Error(text, obj=model, id="models.E033"))
    if index.name and len(index.name) > index.max_name_length:
        text = f"The index name '{index.name}' cannot be longer than {index.max_name_length} characters."
        found.append(checks.Error(text, obj=model, id="models.E034"))
    names: set[str] = set()
    if index.contains_expressions:
        for expression in index.expressions:
            names |= names_in(expression)
    if index.condition is not None and _lacks(connection, model, "supports_partial_indexes"):
        hint = "Conditions will be ignored. Silence this warning if you don't care about it."
        found.append(_warning(connection, "indexes with conditions", hint, model, "models.W037"))
    if index.include and _lacks(connection, model, "supports_covering_indexes"):
        hint = "Non-key columns will be ignored. Silence this warning if you don't care about it."
        found.append(_warning(connection, "indexes with non-key columns", hint, model, "models.W040"))
    if index.contains_expressions and _lacks(connection, model, "supports_expression_indexes"):
        hint = "An index won't be created. Silence this warning if you don't care about it."
        found.append(_warning(connection, "indexes on expressions", hint, model, "models.W043"))
    fields = [name for name, _order in index.fields_orders]
    found += check_local_fields(model, [*fields, *index.include], "indexes")
    if names:
        found += check_references(model, names, "indexes")
    return found


# -- constraints -----------------------------------------------------------------------------------------------


def check_check_constraint(constraint: Any, model: Any, connection: Any) -> list[Any]:
    found: list[Any] = []
    if _lacks(connection, model, "supports_table_check_constraints"):
        found.append(_warning(connection, "check constraints", NOT_CREATED, model, "models.W027"))
    else:
        if isinstance(constraint.condition, Q):
            found += check_references(model, names_in(constraint.condition))
    if contains_raw_sql(constraint.condition):
        found.append(
            checks.Warning(
                f"Check constraint {constraint.name!r} contains RawSQL() expression and won't be validated during the "
                "model full_clean().",
                hint="Silence this warning if you don't care about it.",
                obj=model,
                id="models.W045",
            )
        )
    return found


_UNIQUE_FEATURES = (
    ("condition", "supports_partial_indexes", "unique constraints with conditions", "models.W036"),
    ("deferrable", "supports_deferrable_unique_constraints", "deferrable unique constraints", "models.W038"),
    ("include", "supports_covering_indexes", "unique constraints with non-key columns", "models.W039"),
    ("expressions", "supports_expression_indexes", "unique constraints on expressions", "models.W044"),
)


def check_unique_constraint(constraint: Any, model: Any, connection: Any) -> list[Any]:
    found = check_local_fields(model, [*constraint.fields, *constraint.include], "constraints")
    for option, feature, what, code in _UNIQUE_FEATURES:
        value = getattr(constraint, option)
        if value not in (None, ()) and _lacks(connection, model, feature):
            found.append(_warning(connection, what, NOT_CREATED, model, code))
    if constraint.nulls_distinct is not None and _lacks(
        connection, model, "supports_nulls_distinct_unique_constraints"
    ):
        found.append(_warning(connection, "UniqueConstraint.nulls_distinct", NOT_CREATED, model, "models.W047"))
    names: set[str] = set()
    if constraint.condition is not None and connection.features.supports_partial_indexes:
        names |= names_in(constraint.condition)
    if constraint.contains_expressions and connection.features.supports_expression_indexes:
        for expression in constraint.expressions:
            names |= names_in(expression)
    return [*found, *(check_references(model, names) if names else ())]
