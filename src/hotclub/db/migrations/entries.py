"""What has changed among the indexes and constraints of a model, the entries of its `Meta`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hotclub.db.migrations.definitions import database_knows, unnamed


@dataclass
class EntryChanges:
    """The changes of one kind of entries.

    Attributes:
        added, removed: entries that are only in the new, only in the old record.
        altered: new entries whose change the database does not see.
        renamed: (old name, new name, fields) of indexes; one from `index_together` has fields instead of an old name.
    """

    added: list[Any] = field(default_factory=list)
    removed: list[Any] = field(default_factory=list)
    altered: list[Any] = field(default_factory=list)
    renamed: list[tuple[str | None, str, tuple[str, ...] | None]] = field(default_factory=list)


def changed_indexes(old_options: dict[str, Any], options: dict[str, Any]) -> EntryChanges:
    """Compare the indexes of two records; equal ones under another name are renamed."""
    old, new = old_options.get("indexes", []), options.get("indexes", [])
    changes = EntryChanges(removed=[index for index in old if index not in new])
    together = {tuple(names) for names in old_options.get("index_together") or ()}
    for index in new:
        if index in old:
            continue
        definition = index.deconstruct()
        same = (known for known in changes.removed if unnamed(known.deconstruct()) == unnamed(definition))
        before = next(same, None)
        names = tuple(index.fields)
        if before is not None:
            changes.renamed.append((before.name, index.name, None))
            changes.removed.remove(before)
        elif names in together and set(definition[2]) <= {"fields", "name"}:
            changes.renamed.append((None, index.name, names))
        else:
            changes.added.append(index)
    return changes


def changed_constraints(
    old_options: dict[str, Any], options: dict[str, Any], renamed_fields: dict[str, str]
) -> EntryChanges:
    """Compare the constraints of two records.

    Args:
        old_options: those of the old record.
        options: those of the new record.
        renamed_fields: old name → new name, of fields that keep their column.
    """
    old, new = old_options.get("constraints", []), options.get("constraints", [])
    by_name = {constraint.name: constraint for constraint in old}
    changes = EntryChanges()
    kept = set()
    for constraint in new:
        before = by_name.get(constraint.name)
        if before is None:
            changes.added.append(constraint)
        elif unnamed(before.deconstruct()) == unnamed(constraint.deconstruct()):
            kept.add(constraint.name)
        elif database_knows(before, renamed_fields) == database_knows(constraint, {}):
            changes.altered.append(constraint)
            kept.add(constraint.name)
        else:
            changes.added.append(constraint)
    changes.removed = [constraint for constraint in old if constraint.name not in kept]
    return changes
