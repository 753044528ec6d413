"""The backend of a project without a database: everything that needs one says so."""

from __future__ import annotations

from typing import Any, NoReturn

from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db.backends.base.base import BaseDatabaseWrapper
from hotclub.db.backends.base.client import BaseDatabaseClient
from hotclub.db.backends.base.creation import BaseDatabaseCreation
from hotclub.db.backends.base.introspection import BaseDatabaseIntrospection
from hotclub.db.backends.base.operations import BaseDatabaseOperations
from hotclub.db.backends.dummy.features import DummyDatabaseFeatures


def complain(*args: Any, **kwargs: Any) -> NoReturn:
    """Say that a database was needed and none is configured."""
    raise ImproperlyConfigured(
        "settings.DATABASES is improperly configured. Please supply the ENGINE value. Check settings documentation "
        "for more details."
    )


def ignore(*args: Any, **kwargs: Any) -> None:
    """Do nothing: there is nothing to close, commit or roll back."""


class DatabaseOperations(BaseDatabaseOperations):
    quote_name = complain


class DatabaseClient(BaseDatabaseClient):
    runshell = complain


class DatabaseCreation(BaseDatabaseCreation):
    create_test_db = ignore  # type: ignore[assignment]  # there is no name to give
    destroy_test_db = ignore
    serialize_db_to_string = ignore  # type: ignore[assignment]  # the same


class DatabaseIntrospection(BaseDatabaseIntrospection):
    get_table_list = complain
    get_table_description = complain
    get_relations = complain
    get_indexes = complain


class DatabaseWrapper(BaseDatabaseWrapper):
    operators = {}
    ensure_connection = complain
    _commit = complain
    _rollback = ignore
    _close = ignore
    _savepoint = ignore
    _savepoint_commit = complain
    _savepoint_rollback = ignore
    _set_autocommit = complain

    client_class = DatabaseClient
    creation_class = DatabaseCreation
    features_class = DummyDatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations

    def is_usable(self) -> bool:
        return True
