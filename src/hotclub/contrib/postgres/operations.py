"""Operations of migrations: extensions, collations, indexes without locks, constraints in two steps.

Source: docs ref/contrib/postgres/operations.
"""

from __future__ import annotations

from typing import Any

from hotclub.contrib.postgres.signals import forget_oids, register_type_handlers
from hotclub.db import NotSupportedError, router
from hotclub.db.migrations import AddConstraint, AddIndex, RemoveIndex
from hotclub.db.migrations.operations.base import Operation, OperationCategory
from hotclub.db.models import CheckConstraint


class CreateExtension(Operation):
    """Install an extension in the database, if it is not there.

    Args:
        name: its name.
        hints: passed to the routers.
    """

    reversible = True
    category = OperationCategory.ADDITION

    def __init__(self, name: str, hints: dict[str, Any] | None = None) -> None:
        self.name = name
        self.hints = hints or {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass  # extensions are no part of the models' state

    def _concerns(self, app_label: str, schema_editor: Any) -> bool:
        connection = schema_editor.connection
        return connection.vendor == "postgresql" and router.allow_migrate(connection.alias, app_label, **self.hints)

    def _exists(self, schema_editor: Any) -> bool:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [self.name])
            return cursor.fetchone() is not None

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not self._concerns(app_label, schema_editor):
            return
        if not self._exists(schema_editor):
            schema_editor.execute(f"CREATE EXTENSION IF NOT EXISTS {schema_editor.quote_name(self.name)}")
        # The types of this connection may have come into being just now.
        forget_oids()
        register_type_handlers(schema_editor.connection)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if self._concerns(app_label, schema_editor) and self._exists(schema_editor):
            schema_editor.execute(f"DROP EXTENSION IF EXISTS {schema_editor.quote_name(self.name)}")
            forget_oids()

    def describe(self) -> str:
        return f"Creates extension {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"create_extension_{self.name}"


class _Extension(CreateExtension):
    """An extension with a class of its own."""

    extension: str

    def __init__(self, hints: dict[str, Any] | None = None) -> None:
        super().__init__(self.extension, hints)


class BloomExtension(_Extension):
    """`bloom`: indexes over many columns."""

    extension = "bloom"


class BtreeGinExtension(_Extension):
    """`btree_gin`: plain types in GIN indexes."""

    extension = "btree_gin"


class BtreeGistExtension(_Extension):
    """`btree_gist`: plain types in GiST indexes and exclusion constraints."""

    extension = "btree_gist"


class CITextExtension(_Extension):
    """`citext`: texts without regard to case."""

    extension = "citext"


class CryptoExtension(_Extension):
    """`pgcrypto`: cryptographic functions."""

    extension = "pgcrypto"


class HStoreExtension(_Extension):
    """`hstore`: mappings from text to text."""

    extension = "hstore"


class TrigramExtension(_Extension):
    """`pg_trgm`: similarity of texts."""

    extension = "pg_trgm"


class UnaccentExtension(_Extension):
    """`unaccent`: texts without their accents."""

    extension = "unaccent"


class _OutsideTransaction:
    """Mixin of operations that PostgreSQL refuses inside a transaction."""

    def _require_no_transaction(self, schema_editor: Any) -> None:
        if schema_editor.connection.in_atomic_block:
            raise NotSupportedError(
                f"The {type(self).__name__} operation cannot be executed inside a transaction (set atomic = False on "
                "the migration)."
            )


class AddIndexConcurrently(_OutsideTransaction, AddIndex):
    """Create an index while the table stays writable."""

    atomic = False
    category = OperationCategory.ADDITION

    def describe(self) -> str:
        return f"Concurrently {super().describe().replace('Create', 'create', 1).replace(' on model ', ' of model ')}"

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._require_no_transaction(schema_editor)
        if found := self._models(app_label, schema_editor, from_state, to_state):
            schema_editor.add_index(found[1], self.index, concurrently=True)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._require_no_transaction(schema_editor)
        if found := self._models(app_label, schema_editor, from_state, from_state):
            schema_editor.remove_index(found[0], self.index, concurrently=True)


class RemoveIndexConcurrently(_OutsideTransaction, RemoveIndex):
    """Drop an index while the table stays writable."""

    atomic = False
    category = OperationCategory.REMOVAL

    def describe(self) -> str:
        return f"Concurrently remove index {self.name} from {self.model_name}"

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._require_no_transaction(schema_editor)
        if found := self._models(app_label, schema_editor, from_state, from_state):
            index = self._record(from_state, app_label).get_index_by_name(self.name)
            schema_editor.remove_index(found[0], index, concurrently=True)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._require_no_transaction(schema_editor)
        if found := self._models(app_label, schema_editor, to_state, to_state):
            index = self._record(to_state, app_label).get_index_by_name(self.name)
            schema_editor.add_index(found[1], index, concurrently=True)


class _Collation(Operation):
    """An operation on a collation.

    Args:
        name: its name.
        locale: its locale, such as "und-u-ks-level2".
        provider: "libc" or "icu".
        deterministic: False for one in which different texts may be equal.
    """

    def __init__(self, name: str, locale: str, *, provider: str = "libc", deterministic: bool = True) -> None:
        self.name = name
        self.locale = locale
        self.provider = provider
        self.deterministic = deterministic

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass  # collations are no part of the models' state

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        kwargs: dict[str, Any] = {"name": self.name, "locale": self.locale}
        if self.provider != "libc":
            kwargs["provider"] = self.provider
        if not self.deterministic:
            kwargs["deterministic"] = self.deterministic
        return type(self).__name__, [], kwargs

    def _concerns(self, app_label: str, schema_editor: Any) -> bool:
        connection = schema_editor.connection
        return connection.vendor == "postgresql" and router.allow_migrate(connection.alias, app_label)

    def _create(self, app_label: str, schema_editor: Any) -> None:
        if not self._concerns(app_label, schema_editor):
            return
        options = [
            f"locale = {schema_editor.quote_name(self.locale)}",
            f"provider = {schema_editor.quote_name(self.provider)}",
        ]
        if not self.deterministic:
            options.append("deterministic = false")
        schema_editor.execute(f"CREATE COLLATION {schema_editor.quote_name(self.name)} ({', '.join(options)})")

    def _remove(self, app_label: str, schema_editor: Any) -> None:
        if self._concerns(app_label, schema_editor):
            schema_editor.execute(f"DROP COLLATION {schema_editor.quote_name(self.name)}")


class CreateCollation(_Collation):
    """Create a collation."""

    category = OperationCategory.ADDITION

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._create(app_label, schema_editor)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._remove(app_label, schema_editor)

    def describe(self) -> str:
        return f"Create collation {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"create_collation_{self.name.lower()}"

    def reduce(self, operation: Any, app_label: str) -> bool | list[Any]:
        if isinstance(operation, RemoveCollation) and self.name == operation.name:
            return []
        return super().reduce(operation, app_label)


class RemoveCollation(_Collation):
    """Drop a collation."""

    category = OperationCategory.REMOVAL

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._remove(app_label, schema_editor)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._create(app_label, schema_editor)

    def describe(self) -> str:
        return f"Remove collation {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_collation_{self.name.lower()}"


class AddConstraintNotValid(AddConstraint):
    """Add a check constraint that holds for new rows only, until it is validated: no scan under a lock.

    Raises:
        TypeError: the constraint is no `CheckConstraint`.
    """

    category = OperationCategory.ADDITION

    def __init__(self, model_name: str, constraint: Any) -> None:
        if not isinstance(constraint, CheckConstraint):
            raise TypeError("AddConstraintNotValid.constraint must be a check constraint.")
        super().__init__(model_name, constraint)

    def describe(self) -> str:
        return f"Create not valid constraint {self.constraint.name} on model {self.model_name}"

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if found := self._models(app_label, schema_editor, from_state, to_state):
            statement = self.constraint.create_sql(found[1], schema_editor)
            if statement is not None:
                schema_editor.execute(f"{statement} NOT VALID", params=None)

    @property
    def migration_name_fragment(self) -> str:
        return f"{super().migration_name_fragment}_not_valid"


class ValidateConstraint(Operation):
    """Check the rows that were there before a constraint was added as not valid.

    Args:
        model_name: the model.
        name: the constraint.
    """

    category = OperationCategory.ALTERATION

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name = model_name
        self.name = name

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "name": self.name}

    def describe(self) -> str:
        return f"Validate constraint {self.name} on model {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name.lower()}_validate_{self.name.lower()}"

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass  # the constraint is known already

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.schema_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            table, name = schema_editor.quote_name(model._meta.db_table), schema_editor.quote_name(self.name)
            schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        pass  # a validated constraint needs no undoing
