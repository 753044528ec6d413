"""The protocol of operations."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from hotclub.db.connection_registry import router

if TYPE_CHECKING:
    from typing import Self


class OperationCategory(enum.StrEnum):
    """What kind of change an operation is; the value is its mark in `makemigrations`' output."""

    ADDITION = "+"
    REMOVAL = "-"
    ALTERATION = "~"
    PYTHON = "p"
    SQL = "s"
    MIXED = "?"


class Operation:
    """One step of a migration.

    `state_forwards` changes the project's records; `database_forwards` does the same to the database, and gets the
    records before and after. An operation keeps the arguments it was made with, and never changes itself.
    """

    reversible = True
    """Whether `database_backwards` can be run."""
    reduces_to_sql = True
    """Whether it can be shown as statements."""
    atomic: bool | None = False
    """Whether it needs a transaction of its own, where the migration has none."""
    elidable = False
    """Whether squashing may leave it out."""
    serialization_expand_args: list[str] = []
    category: OperationCategory | None = None

    _constructor_args: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        made = object.__new__(cls)
        made._constructor_args = (args, kwargs)
        return made

    def __replace__(self, /, **changes: Any) -> Self:
        args, kwargs = self._constructor_args
        return type(self)(*args, **{**kwargs, **changes})

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        """Give class name, positional and keyword arguments that make the operation again."""
        return type(self).__name__, self._constructor_args[0], self._constructor_args[1]

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change the records."""
        raise NotImplementedError("subclasses of Operation must provide a state_forwards() method")

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Change the database from one state to the next."""
        raise NotImplementedError("subclasses of Operation must provide a database_forwards() method")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Change the database back; `from_state` is the later state."""
        raise NotImplementedError("subclasses of Operation must provide a database_backwards() method")

    def describe(self) -> str:
        """Say in one line what the operation does."""
        return f"{type(self).__name__}: {self._constructor_args}"

    def formatted_description(self) -> str:
        """Give the description with the category's mark in front."""
        category = self.category or OperationCategory.MIXED
        return f"{category.value} {self.describe()}"

    @property
    def migration_name_fragment(self) -> str | None:
        """Give what the operation adds to a migration's name; None if it has nothing to say."""
        return None

    def references_model(self, name: str, app_label: str) -> bool:
        """Say whether the operation may refer to a model. A wrong yes only costs an optimisation."""
        return True

    def references_field(self, model_name: str, name: str, app_label: str) -> bool:
        """Say whether the operation may refer to a field. A wrong yes only costs an optimisation."""
        return self.references_model(model_name, app_label)

    def allow_migrate_model(self, connection_alias: str, model: Any) -> bool:
        """Say whether the operation touches a model's table on a database."""
        return bool(model._meta.can_migrate(connection_alias)) and router.allow_migrate_model(connection_alias, model)

    def reduce(self, operation: Any, app_label: str) -> bool | list[Any]:
        """Combine with an operation that comes later.

        Returns:
            The operations that replace both; True if this one may change places with the other; False if neither.
        """
        if self.elidable:
            return [operation]
        if operation.elidable:
            return [self]
        return False

    def __repr__(self) -> str:
        args, kwargs = self._constructor_args
        return f"<{type(self).__name__} {', '.join(map(str, args))}{','.join(f' {k}={v}' for k, v in kwargs.items())}>"
