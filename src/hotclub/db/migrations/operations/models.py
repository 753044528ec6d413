"""Operations on models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from hotclub.db import models
from hotclub.db.migrations.operations.base import Operation, OperationCategory
from hotclub.db.migrations.operations.fields import AddField, AlterField, FieldOperation, RemoveField, RenameField
from hotclub.db.migrations.references import field_references, model_key
from hotclub.db.migrations.state import ModelState
from hotclub.db.models.base import ModelBase


def duplicate_free(values: Iterable[Any], what: str) -> None:
    """Refuse a list in which a value stands twice."""
    seen = set()
    for value in values:
        if value in seen:
            raise ValueError(f"Found duplicate value {value} in CreateModel {what} argument.")
        seen.add(value)


class ModelOperation(Operation):
    """An operation on one model."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def name_lower(self) -> str:
        return self.name.lower()

    def references_model(self, name: str, app_label: str) -> bool:
        return name.lower() == self.name_lower

    def reduce(self, operation: Any, app_label: str) -> bool | list[Any]:
        return super().reduce(operation, app_label) or self.can_reduce_through(operation, app_label)

    def can_reduce_through(self, operation: Any, app_label: str) -> bool:
        """Say whether the order of the two does not matter."""
        return not operation.references_model(self.name, app_label)


class CreateModel(ModelOperation):
    """Create a model and its table.

    Args:
        name: class name.
        fields: pairs of name and field.
        options: what stands in `Meta`.
        bases: classes or names of models.
        managers: pairs of name and manager.
    """

    category = OperationCategory.ADDITION
    serialization_expand_args = ["fields", "options", "managers"]

    def __init__(self, name: str, fields: Any, options: Any = None, bases: Any = None, managers: Any = None) -> None:
        self.fields = fields
        self.options = options or {}
        self.bases = bases or (models.Model,)
        self.managers = managers or []
        super().__init__(name)
        duplicate_free((field_name for field_name, _ in self.fields), "fields")
        duplicate_free((self._base_name(base) for base in self.bases), "bases")
        duplicate_free((manager_name for manager_name, _ in self.managers), "managers")

    @staticmethod
    def _base_name(base: Any) -> Any:
        if hasattr(base, "_meta"):
            return base._meta.label_lower
        return base.lower() if isinstance(base, str) else base

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        kwargs: dict[str, Any] = {"name": self.name, "fields": self.fields}
        if self.options:
            kwargs["options"] = self.options
        if self.bases and self.bases != (models.Model,):
            kwargs["bases"] = self.bases
        if self.managers and self.managers != [("objects", models.Manager())]:
            kwargs["managers"] = self.managers
        return type(self).__name__, [], kwargs

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.add_model(
            ModelState(
                app_label, self.name, list(self.fields), dict(self.options), tuple(self.bases), list(self.managers)
            )
        )

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.schema_model(app_label, self.name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.create_model(model)
            # A composite primary key has no column of its own; nothing to add here.

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.schema_model(app_label, self.name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.delete_model(model)

    def describe(self) -> str:
        return f"Create {'proxy ' if self.options.get('proxy', False) else ''}model {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return self.name_lower

    def references_model(self, name: str, app_label: str) -> bool:
        name_lower = name.lower()
        if name_lower == self.name_lower:
            return True
        wanted = (app_label, name_lower)
        for base in self.bases:
            if base is not models.Model and isinstance(base, (ModelBase, str)) and model_key(base, app_label) == wanted:
                return True
        own = (app_label, self.name_lower)
        return any(field_references(own, field, wanted) for _, field in self.fields)

    # -- reducing --

    def _with(self, **changes: Any) -> CreateModel:
        current: dict[str, Any] = {
            "fields": self.fields,
            "options": self.options,
            "bases": self.bases,
            "managers": self.managers,
        }
        return CreateModel(self.name, **{**current, **changes})

    def reduce(self, operation: Any, app_label: str) -> bool | list[Any]:
        if isinstance(operation, ModelOperation) and self.name_lower == getattr(operation, "name_lower", None):
            merged = self._reduce_with_model_operation(operation)
            if merged is not None:
                return merged
        if isinstance(operation, RenameModel) and self.name_lower == operation.old_name_lower:
            return [CreateModel(operation.new_name, self.fields, self.options, self.bases, self.managers)]
        if isinstance(operation, FieldOperation) and self.name_lower == operation.model_name_lower:
            merged = self._reduce_with_field_operation(operation)
            if merged is not None:
                return merged
        if isinstance(operation, EntryOperation) and self.name_lower == operation.model_name_lower:
            entries = operation.merged_into(self.options)
            if entries is not None:
                return [self._with(options={**self.options, **entries})]
        return super().reduce(operation, app_label)

    def _reduce_with_model_operation(self, operation: Any) -> list[Any] | None:
        if isinstance(operation, DeleteModel):
            return []
        if isinstance(operation, AlterModelOptions):
            options = {**self.options, **operation.options}
            for key in operation.ALTER_OPTION_KEYS:
                if key not in operation.options:
                    options.pop(key, None)
            return [self._with(options=options)]
        if isinstance(operation, AlterModelManagers):
            return [self._with(managers=operation.managers)]
        if isinstance(operation, AlterModelTable):
            return [self._with(options={**self.options, "db_table": operation.table})]
        if isinstance(operation, AlterModelTableComment):
            return [self._with(options={**self.options, "db_table_comment": operation.table_comment})]
        if isinstance(operation, AlterTogetherOptionOperation):
            return [self._with(options={**self.options, operation.option_name: operation.option_value})]
        if isinstance(operation, AlterOrderWithRespectTo):
            return [self._with(options={**self.options, "order_with_respect_to": operation.order_with_respect_to})]
        return None

    def _reduce_with_field_operation(self, operation: Any) -> list[Any] | None:
        if isinstance(operation, AddField):
            return [self._with(fields=[*self.fields, (operation.name, operation.field)])]
        if isinstance(operation, AlterField):
            fields = [(name, operation.field if name == operation.name else field) for name, field in self.fields]
            return [self._with(fields=fields)]
        if isinstance(operation, RemoveField):
            return [self._without_field(operation.name_lower)]
        if isinstance(operation, RenameField):
            return [self._with_renamed_field(operation.old_name, operation.new_name)]
        return None

    def _without_field(self, name_lower: str) -> CreateModel:
        options = dict(self.options)
        for option in ("unique_together", "index_together"):
            if option in options:
                together = {
                    names
                    for names in (
                        tuple(name for name in entry if name.lower() != name_lower) for entry in options.pop(option)
                    )
                    if names
                }
                if together:
                    options[option] = together
        if str(options.get("order_with_respect_to", "")).lower() == name_lower:
            del options["order_with_respect_to"]
        fields = [(name, field) for name, field in self.fields if name.lower() != name_lower]
        return self._with(fields=fields, options=options)

    def _with_renamed_field(self, old_name: str, new_name: str) -> CreateModel:
        options = dict(self.options)
        for option in ("unique_together", "index_together"):
            if option in options:
                options[option] = {
                    tuple(new_name if name == old_name else name for name in entry) for entry in options[option]
                }
        if options.get("order_with_respect_to") == old_name:
            options["order_with_respect_to"] = new_name
        fields = [(new_name if name == old_name else name, field) for name, field in self.fields]
        return self._with(fields=fields, options=options)


class DeleteModel(ModelOperation):
    """Delete a model and its table."""

    deletes_model = True
    category = OperationCategory.REMOVAL

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name}

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.remove_model(app_label, self.name_lower)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.schema_model(app_label, self.name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.delete_model(model)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.schema_model(app_label, self.name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.create_model(model)

    def references_model(self, name: str, app_label: str) -> bool:
        # Another model may refer to the deleted one, or be its base: nothing may pass.
        return True

    def describe(self) -> str:
        return f"Delete model {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"delete_{self.name_lower}"


class RenameModel(ModelOperation):
    """Rename a model, its table and the tables and columns made for its many-to-many fields."""

    category = OperationCategory.ALTERATION

    def __init__(self, old_name: str, new_name: str) -> None:
        self.old_name = old_name
        self.new_name = new_name
        super().__init__(old_name)

    @cached_property
    def old_name_lower(self) -> str:
        return self.old_name.lower()

    @cached_property
    def new_name_lower(self) -> str:
        return self.new_name.lower()

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"old_name": self.old_name, "new_name": self.new_name}

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.rename_model(app_label, self.old_name, self.new_name)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._rename(app_label, schema_editor, from_state, to_state, self.old_name, self.new_name)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._rename(app_label, schema_editor, from_state, to_state, self.new_name, self.old_name)

    def _rename(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any, old_name: str, new_name: str
    ) -> None:
        new_model = to_state.schema_model(app_label, new_name, referrers=True)
        if not self.allow_migrate_model(schema_editor.connection.alias, new_model):
            return
        old_model = from_state.schema_model(app_label, old_name, referrers=True)
        old_table, new_table = old_model._meta.db_table, new_model._meta.db_table
        if old_table != new_table:
            schema_editor.alter_db_table(new_model, old_table, new_table)
        # A table with a name of its own still has columns named after the model.
        elif not _made_tables(old_model):
            return
        for old_through, new_through in _paired_throughs(old_model, new_model):
            schema_editor.alter_db_table(new_through, old_through._meta.db_table, new_through._meta.db_table)
            for old_field, new_field in zip(
                old_through._meta.local_concrete_fields, new_through._meta.local_concrete_fields, strict=True
            ):
                if old_field.column != new_field.column:
                    schema_editor.alter_field(new_through, old_field, new_field)

    def references_model(self, name: str, app_label: str) -> bool:
        return name.lower() in (self.old_name_lower, self.new_name_lower)

    def describe(self) -> str:
        return f"Rename model {self.old_name} to {self.new_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"rename_{self.old_name_lower}_{self.new_name_lower}"

    def reduce(self, operation: Any, app_label: str) -> bool | list[Any]:
        if isinstance(operation, RenameModel) and self.new_name_lower == operation.old_name_lower:
            return [RenameModel(self.old_name, operation.new_name)]
        # Past this operation, the model is known by its new name.
        return Operation.reduce(self, operation, app_label) or not operation.references_model(self.new_name, app_label)


def _made_tables(model: Any) -> list[Any]:
    """Give the many-to-many relations of a model, of its own and of others, whose table is made for them."""
    own = [field for field in model._meta.local_many_to_many if field.remote_field.through._meta.auto_created]
    of_others = [
        relation.field
        for relation in model._meta.related_objects
        if relation.many_to_many and relation.through._meta.auto_created and relation.related_model is not model
    ]
    return own + of_others


def _paired_throughs(old_model: Any, new_model: Any) -> Iterator[tuple[Any, Any]]:
    def place(field: Any, model: Any) -> Any:
        return (None if field.model is model else field.model._meta.label_lower), field.name

    new = {place(field, new_model): field for field in _made_tables(new_model)}
    for old_field in _made_tables(old_model):
        new_field = new.get(place(old_field, old_model))
        if new_field is not None:
            yield old_field.remote_field.through, new_field.remote_field.through


class ModelOptionOperation(ModelOperation):
    """An operation on an option of a model: the last one wins."""

    category = OperationCategory.ALTERATION

    def reduce(self, operation: Any, app_label: str) -> bool | list[Any]:
        if isinstance(operation, (type(self), DeleteModel)) and self.name_lower == operation.name_lower:
            return [operation]
        return super().reduce(operation, app_label)


class AlterModelTable(ModelOptionOperation):
    """Rename a model's table, and the tables made for its many-to-many fields."""

    def __init__(self, name: str, table: str | None) -> None:
        self.table = table
        super().__init__(name)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name, "table": self.table}

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.alter_model_options(app_label, self.name_lower, {"db_table": self.table})

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        new_model = to_state.schema_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, new_model):
            return
        old_model = from_state.schema_model(app_label, self.name)
        schema_editor.alter_db_table(new_model, old_model._meta.db_table, new_model._meta.db_table)
        for old_field, new_field in zip(
            old_model._meta.local_many_to_many, new_model._meta.local_many_to_many, strict=True
        ):
            old_through, new_through = old_field.remote_field.through, new_field.remote_field.through
            if new_through._meta.auto_created:
                schema_editor.alter_db_table(new_through, old_through._meta.db_table, new_through._meta.db_table)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Rename table for {self.name} to {'(default)' if self.table is None else self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_table"


class AlterModelTableComment(ModelOptionOperation):
    """Change the comment of a model's table."""

    def __init__(self, name: str, table_comment: str | None) -> None:
        self.table_comment = table_comment
        super().__init__(name)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name, "table_comment": self.table_comment}

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.alter_model_options(app_label, self.name_lower, {"db_table_comment": self.table_comment})

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        new_model = to_state.schema_model(app_label, self.name)
        if self.allow_migrate_model(schema_editor.connection.alias, new_model):
            old_model = from_state.schema_model(app_label, self.name)
            schema_editor.alter_db_table_comment(
                new_model, old_model._meta.db_table_comment, new_model._meta.db_table_comment
            )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Alter {self.name} table comment"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_table_comment"


class AlterTogetherOptionOperation(ModelOptionOperation):
    """A change of `unique_together` or `index_together`."""

    option_name: str

    def __init__(self, name: str, option_value: Any) -> None:
        if option_value:
            option_value = set(_tuples(option_value))
        setattr(self, self.option_name, option_value)
        super().__init__(name)

    @cached_property
    def option_value(self) -> Any:
        return getattr(self, self.option_name)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name, self.option_name: self.option_value}

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.alter_model_options(app_label, self.name_lower, {self.option_name: self.option_value})

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        new_model = to_state.schema_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, new_model):
            return
        old_model = from_state.schema_model(app_label, self.name)
        old, new = (
            state.models.peek((app_label, self.name_lower)).options.get(self.option_name) or set()
            for state in (from_state, to_state)
        )
        alter = getattr(schema_editor, f"alter_{self.option_name}")
        alter(old_model if not new else new_model, _tuples(old), _tuples(new))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)

    def references_field(self, model_name: str, name: str, app_label: str) -> bool:
        return self.references_model(model_name, app_label) and (
            not self.option_value or any(name in fields for fields in self.option_value)
        )

    def describe(self) -> str:
        return f"Alter {self.option_name} for {self.name} ({len(self.option_value or '')} constraint(s))"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_{self.option_name}"

    def can_reduce_through(self, operation: Any, app_label: str) -> bool:
        return super().can_reduce_through(operation, app_label) or (
            isinstance(operation, AlterTogetherOptionOperation) and type(operation) is not type(self)
        )


def _tuples(together: Any) -> list[tuple[str, ...]]:
    if not together:
        return []
    if isinstance(next(iter(together)), str):
        together = [together]
    return [tuple(names) for names in together]


class AlterUniqueTogether(AlterTogetherOptionOperation):
    """Change what is unique together."""

    option_name = "unique_together"

    def __init__(self, name: str, unique_together: Any) -> None:
        super().__init__(name, unique_together)


class AlterIndexTogether(AlterTogetherOptionOperation):
    """Change what is indexed together; kept for the migrations of old projects."""

    option_name = "index_together"

    def __init__(self, name: str, index_together: Any) -> None:
        super().__init__(name, index_together)


class AlterOrderWithRespectTo(ModelOptionOperation):
    """Set or remove `order_with_respect_to`, and its column `_order`."""

    option_name = "order_with_respect_to"

    def __init__(self, name: str, order_with_respect_to: str | None) -> None:
        self.order_with_respect_to = order_with_respect_to
        super().__init__(name)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name, "order_with_respect_to": self.order_with_respect_to}

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.alter_model_options(app_label, self.name_lower, {self.option_name: self.order_with_respect_to})

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        to_model = to_state.schema_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, to_model):
            return
        from_model = from_state.schema_model(app_label, self.name)
        had, has = from_model._meta.order_with_respect_to, to_model._meta.order_with_respect_to
        if had and not has:
            schema_editor.remove_field(from_model, from_model._meta.get_field("_order"))
        elif has and not had:
            field = to_model._meta.get_field("_order")
            if not field.has_default():
                field.default = 0  # existing rows have no order yet
            schema_editor.add_field(from_model, field)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)

    def references_field(self, model_name: str, name: str, app_label: str) -> bool:
        return self.references_model(model_name, app_label) and (
            self.order_with_respect_to is None or name == self.order_with_respect_to
        )

    def describe(self) -> str:
        return f"Set order_with_respect_to on {self.name} to {self.order_with_respect_to}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_order_with_respect_to"


class AlterModelOptions(ModelOptionOperation):
    """Change options that the database does not know."""

    ALTER_OPTION_KEYS = [
        "base_manager_name",
        "default_manager_name",
        "default_related_name",
        "get_latest_by",
        "managed",
        "ordering",
        "permissions",
        "default_permissions",
        "select_on_save",
        "verbose_name",
        "verbose_name_plural",
    ]

    def __init__(self, name: str, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__(name)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"name": self.name, "options": self.options}

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.alter_model_options(app_label, self.name_lower, self.options, self.ALTER_OPTION_KEYS)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        return None

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        return None

    def describe(self) -> str:
        return f"Change Meta options on {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_options"


class AlterModelManagers(ModelOptionOperation):
    """Change the managers that are there during migrations."""

    serialization_expand_args = ["managers"]

    def __init__(self, name: str, managers: Any) -> None:
        self.managers = managers
        super().__init__(name)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [self.name, self.managers], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.alter_model_managers(app_label, self.name_lower, self.managers)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        return None

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        return None

    def describe(self) -> str:
        return f"Change managers on {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_{self.name_lower}_managers"


class EntryOperation(Operation):
    """An operation on an index or a constraint of a model (`entries.py`)."""

    option_name: str
    model_name: str

    @cached_property
    def model_name_lower(self) -> str:
        return self.model_name.lower()

    def merged_into(self, options: dict[str, Any]) -> dict[str, Any] | None:
        """Give the option as it is after the operation, for the options of a `CreateModel` before it."""
        return None
