"""Operations on indexes and constraints."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from hotclub.db.migrations.operations.base import OperationCategory
from hotclub.db.migrations.operations.models import EntryOperation
from hotclub.db.models import Index


class IndexOperation(EntryOperation):
    """An operation on an index or constraint."""

    option_name = "indexes"

    def references_model(self, name: str, app_label: str) -> bool:
        return name.lower() == self.model_name_lower

    def _models(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> tuple[Any, Any] | None:
        """Give the model before and after, or None if this database does not hold it."""
        to_model = to_state.schema_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, to_model):
            return None
        return from_state.schema_model(app_label, self.model_name), to_model

    def _record(self, state: Any, app_label: str) -> Any:
        return state.models.peek((app_label, self.model_name_lower))


class AddIndex(IndexOperation):
    """Create an index."""

    category = OperationCategory.ADDITION

    def __init__(self, model_name: str, index: Any) -> None:
        self.model_name = model_name
        if not index.name:
            raise ValueError(
                f"Indexes passed to AddIndex operations require a name argument. {index!r} doesn't have one."
            )
        self.index = index

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.add_index(app_label, self.model_name_lower, self.index)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if found := self._models(app_label, schema_editor, from_state, to_state):
            schema_editor.add_index(found[1], self.index)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if found := self._models(app_label, schema_editor, from_state, from_state):
            schema_editor.remove_index(found[0], self.index)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "index": self.index}

    def describe(self) -> str:
        if self.index.expressions:
            shown = ", ".join(str(expression) for expression in self.index.expressions)
            return f"Create index {self.index.name} on {shown} on model {self.model_name}"
        return f"Create index {self.index.name} on field(s) {', '.join(self.index.fields)} of model {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name_lower}_{self.index.name.lower()}"

    def merged_into(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"indexes": [*options.get("indexes", ()), self.index]}

    def reduce(self, operation: Any, app_label: str) -> bool | list[Any]:
        if isinstance(operation, RemoveIndex) and self.index.name == operation.name:
            return []
        if isinstance(operation, RenameIndex) and self.index.name == operation.old_name:
            index = self.index.clone()
            index.name = operation.new_name
            return [type(self)(model_name=self.model_name, index=index)]
        return super().reduce(operation, app_label)


class RemoveIndex(IndexOperation):
    """Drop an index."""

    category = OperationCategory.REMOVAL

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name = model_name
        self.name = name

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.remove_index(app_label, self.model_name_lower, self.name)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if found := self._models(app_label, schema_editor, from_state, from_state):
            index = self._record(from_state, app_label).get_index_by_name(self.name)
            schema_editor.remove_index(found[0], index)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if found := self._models(app_label, schema_editor, to_state, to_state):
            index = self._record(to_state, app_label).get_index_by_name(self.name)
            schema_editor.add_index(found[1], index)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "name": self.name}

    def describe(self) -> str:
        return f"Remove index {self.name} from {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_{self.model_name_lower}_{self.name.lower()}"

    def merged_into(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"indexes": [index for index in options.get("indexes", ()) if index.name != self.name]}


class RenameIndex(IndexOperation):
    """Rename an index; one without a name is found by its fields."""

    category = OperationCategory.ALTERATION

    def __init__(self, model_name: str, new_name: str, old_name: str | None = None, old_fields: Any = None) -> None:
        if not old_name and not old_fields:
            raise ValueError("RenameIndex requires one of old_name and old_fields arguments to be set.")
        if old_name and old_fields:
            raise ValueError("RenameIndex.old_name and old_fields are mutually exclusive.")
        self.model_name = model_name
        self.new_name = new_name
        self.old_name = old_name
        self.old_fields = old_fields

    @cached_property
    def old_name_lower(self) -> str:
        return (self.old_name or "").lower()

    @cached_property
    def new_name_lower(self) -> str:
        return self.new_name.lower()

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        kwargs: dict[str, Any] = {"model_name": self.model_name, "new_name": self.new_name}
        if self.old_name:
            kwargs["old_name"] = self.old_name
        if self.old_fields:
            kwargs["old_fields"] = self.old_fields
        return type(self).__name__, [], kwargs

    def state_forwards(self, app_label: str, state: Any) -> None:
        if self.old_fields:
            state.add_index(app_label, self.model_name_lower, Index(fields=self.old_fields, name=self.new_name))
            state.remove_model_options(app_label, self.model_name_lower, "index_together", self.old_fields)
        else:
            state.rename_index(app_label, self.model_name_lower, self.old_name, self.new_name)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        found = self._models(app_label, schema_editor, from_state, to_state)
        if found is None:
            return
        from_model, _ = found
        if self.old_fields:
            columns = [from_model._meta.get_field(name).column for name in self.old_fields]
            names = schema_editor._constraint_names(from_model, column_names=columns, index=True, unique=False)
            if len(names) != 1:
                raise ValueError(
                    f"Found wrong number ({len(names)}) of indexes for {from_model._meta.db_table}({', '.join(columns)})."
                )
            old_index = Index(fields=self.old_fields, name=names[0])
        else:
            old_index = self._record(from_state, app_label).get_index_by_name(self.old_name)
        if old_index.name == self.new_name:
            return
        new_index = self._record(to_state, app_label).get_index_by_name(self.new_name)
        schema_editor.rename_index(from_model, old_index, new_index)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if self.old_fields:
            return  # an index that had no name need not lose it again
        swapped = RenameIndex(self.model_name, str(self.old_name), self.new_name)
        swapped.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        if self.old_name:
            return f"Rename index {self.old_name} on {self.model_name} to {self.new_name}"
        return f"Rename unnamed index for {self.old_fields} on {self.model_name} to {self.new_name}"

    @property
    def migration_name_fragment(self) -> str:
        if self.old_name:
            return f"rename_{self.old_name_lower}_{self.new_name_lower}"
        return f"rename_{self.model_name_lower}_{'_'.join(self.old_fields)}_{self.new_name_lower}"

    def merged_into(self, options: dict[str, Any]) -> dict[str, Any] | None:
        if self.old_fields:
            together = {tuple(names) for names in options.get("index_together", ())} - {tuple(self.old_fields)}
            index = Index(fields=self.old_fields, name=self.new_name)
            return {"index_together": together, "indexes": [*options.get("indexes", ()), index]}
        return None

    def reduce(self, operation: Any, app_label: str) -> bool | list[Any]:
        if (
            isinstance(operation, RenameIndex)
            and operation.old_name
            and self.new_name_lower == operation.old_name_lower
        ):
            return [RenameIndex(self.model_name, operation.new_name, self.old_name, self.old_fields)]
        return super().reduce(operation, app_label)


class AddConstraint(IndexOperation):
    """Add a constraint."""

    option_name = "constraints"
    category = OperationCategory.ADDITION

    def __init__(self, model_name: str, constraint: Any) -> None:
        self.model_name = model_name
        self.constraint = constraint

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.add_constraint(app_label, self.model_name_lower, self.constraint)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if found := self._models(app_label, schema_editor, to_state, to_state):
            schema_editor.add_constraint(found[1], self.constraint)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if found := self._models(app_label, schema_editor, to_state, to_state):
            schema_editor.remove_constraint(found[1], self.constraint)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "constraint": self.constraint}

    def describe(self) -> str:
        return f"Create constraint {self.constraint.name} on model {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name_lower}_{self.constraint.name.lower()}"

    def merged_into(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"constraints": [*options.get("constraints", ()), self.constraint]}

    def reduce(self, operation: Any, app_label: str) -> bool | list[Any]:
        if isinstance(operation, EntryOperation) and self.model_name_lower == operation.model_name_lower:
            if isinstance(operation, RemoveConstraint) and self.constraint.name == operation.name:
                return []
            if isinstance(operation, AlterConstraint) and self.constraint.name == operation.name:
                return [AddConstraint(model_name=self.model_name, constraint=operation.constraint)]
        return super().reduce(operation, app_label)


class RemoveConstraint(IndexOperation):
    """Drop a constraint."""

    option_name = "constraints"
    category = OperationCategory.REMOVAL

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name = model_name
        self.name = name

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.remove_constraint(app_label, self.model_name_lower, self.name)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if found := self._models(app_label, schema_editor, to_state, to_state):
            constraint = self._record(from_state, app_label).get_constraint_by_name(self.name)
            schema_editor.remove_constraint(found[1], constraint)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if found := self._models(app_label, schema_editor, to_state, to_state):
            constraint = self._record(to_state, app_label).get_constraint_by_name(self.name)
            schema_editor.add_constraint(found[1], constraint)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "name": self.name}

    def describe(self) -> str:
        return f"Remove constraint {self.name} from model {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_{self.model_name_lower}_{self.name.lower()}"

    def merged_into(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"constraints": [known for known in options.get("constraints", ()) if known.name != self.name]}


class AlterConstraint(IndexOperation):
    """Change what of a constraint the database does not know, such as its message."""

    option_name = "constraints"
    category = OperationCategory.ALTERATION

    def __init__(self, model_name: str, name: str, constraint: Any) -> None:
        self.model_name = model_name
        self.name = name
        self.constraint = constraint

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.alter_constraint(app_label, self.model_name_lower, self.name, self.constraint)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        return None

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        return None

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        kwargs = {"model_name": self.model_name, "name": self.name, "constraint": self.constraint}
        return type(self).__name__, [], kwargs

    def describe(self) -> str:
        return f"Alter constraint {self.name} on {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.model_name_lower}_{self.constraint.name.lower()}"

    def merged_into(self, options: dict[str, Any]) -> dict[str, Any]:
        kept = [known for known in options.get("constraints", ()) if known.name != self.name]
        return {"constraints": [*kept, self.constraint]}

    def reduce(self, operation: Any, app_label: str) -> bool | list[Any]:
        if (
            isinstance(operation, (AlterConstraint, RemoveConstraint))
            and self.model_name_lower == operation.model_name_lower
            and self.name == operation.name
        ):
            return [operation]
        return super().reduce(operation, app_label)
