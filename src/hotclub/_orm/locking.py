"""`select_for_update(of=…)`: which tables of a query can be named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hotclub.core.exceptions import FieldDoesNotExist, FieldError

if TYPE_CHECKING:
    from hotclub._orm.tree import QueryTree

SEPARATOR = "__"


def lockable_names(tree: QueryTree) -> Iterator[str]:
    """Give the names of what the query loads: itself, its parent models, and the relations it follows."""
    yield "self"
    requested: Any = tree.select_related if tree.default_cols else {}
    yield from _below(tree, tree.get_meta(), "", requested, 1)


def _below(tree: QueryTree, meta: Any, prefix: str, requested: Any, depth: int) -> Iterator[str]:
    for link in meta.concrete_model._meta.parents.values():
        if link is not None:
            yield f"{prefix}{link.name}"
            yield from _below(tree, link.remote_field.model._meta, f"{prefix}{link.name}{SEPARATOR}", {}, depth)
    if not requested or depth > tree.max_depth:
        return
    if requested is True:
        names = [field.name for field in meta.fields if field.remote_field and not field.null]
        names = [name for name in names if not meta.get_field(name).remote_field.parent_link]
    else:
        names = list(requested)
    for name in names:
        try:
            relation = meta.get_field(name)
        except FieldDoesNotExist:
            continue  # a filtered relation: its join is not the model's own
        below = True if requested is True else requested[name]
        yield f"{prefix}{name}"
        yield from _below(tree, relation.related_model._meta, f"{prefix}{name}{SEPARATOR}", below, depth + 1)


def lock_aliases(tree: QueryTree) -> list[str]:
    """Return the aliases of the tables that `of` names.

    Raises:
        FieldError: a name is none of what the query loads.
    """
    if not tree.select_for_update_of:
        return []
    choices = list(lockable_names(tree))
    invalid = [name for name in tree.select_for_update_of if name not in choices]
    if invalid:
        raise FieldError(
            f"Invalid field name(s) given in select_for_update(of=(...)): {', '.join(invalid)}. "
            f"Only relational fields followed in the query are allowed. Choices are: {', '.join(choices)}."
        )
    return [_alias(tree, name) for name in tree.select_for_update_of]


def _alias(tree: QueryTree, name: str) -> str:
    if name == "self":
        return tree.base_table or ""
    return tree.follow(tree.walk(name.split(SEPARATOR)).hops)[-1]
