"""Test databases of PostgreSQL."""

from __future__ import annotations

import sys
from typing import Any

from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db.backends.base.creation import BaseDatabaseCreation
from hotclub.db.backends.postgresql.psycopg_any import errors


class DatabaseCreation(BaseDatabaseCreation):
    """Creates test databases, and clones of them as templates."""

    def _suffix(self, encoding: str | None = None, template: str | None = None) -> str:
        parts = [f"ENCODING '{encoding}'" if encoding else ""]
        parts.append(f"TEMPLATE {self.connection.ops.quote_name(template)}" if template else "")
        text = " ".join(part for part in parts if part)
        return f"WITH {text}" if text else ""

    def sql_table_creation_suffix(self) -> str:
        test = self.connection.settings_dict["TEST"]
        if test.get("COLLATION") is not None:
            raise ImproperlyConfigured("PostgreSQL does not support collation setting at database creation time.")
        return self._suffix(test["CHARSET"], test.get("TEMPLATE"))

    def _database_exists(self, cursor: Any, name: str) -> bool:
        cursor.execute("SELECT 1 FROM pg_catalog.pg_database WHERE datname = %s", [name.strip('"')])
        return cursor.fetchone() is not None

    def _execute_create_test_db(self, cursor: Any, parameters: dict[str, str], keepdb: bool = False) -> None:
        try:
            if keepdb and self._database_exists(cursor, parameters["dbname"]):
                return
            super()._execute_create_test_db(cursor, parameters, keepdb)
        except Exception as error:
            cause = error.__cause__
            if not isinstance(cause, errors.DuplicateDatabase):
                self.log(f"Got an error creating the test database: {error}")
                sys.exit(2)
            if not keepdb:
                raise

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        self.connection.close_pool()
        super()._destroy_test_db(test_database_name, verbosity)

    def _clone_test_db(self, suffix: Any, verbosity: int, keepdb: bool = False) -> None:
        # A database in use is no template.
        self.connection.close()
        self.connection.close_pool()
        source = self.connection.settings_dict["NAME"]
        target = self.get_test_db_clone_settings(suffix)["NAME"]
        parameters = {
            "dbname": self.connection.ops.quote_name(target),
            "suffix": self._suffix(template=source),
        }
        with self._nodb_cursor() as cursor:
            if self._database_exists(cursor, target):
                if keepdb:
                    return
                if verbosity >= 1:
                    shown = self._get_database_display_str(verbosity, target)
                    self.log(f"Destroying old test database for alias {shown}...")
                cursor.execute(f"DROP DATABASE {parameters['dbname']}")
            self._execute_create_test_db(cursor, parameters, keepdb)
