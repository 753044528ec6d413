"""Test databases of MySQL and MariaDB."""

from __future__ import annotations

import os
import subprocess
from typing import Any

from hotclub.db.backends.base.creation import BaseDatabaseCreation
from hotclub.db.backends.mysql.client import DatabaseClient


class DatabaseCreation(BaseDatabaseCreation):
    """Creates test databases, and clones of them through a dump."""

    def sql_table_creation_suffix(self) -> str:
        test = self.connection.settings_dict["TEST"]
        parts = []
        if test["CHARSET"]:
            parts.append(f"CHARACTER SET {test['CHARSET']}")
        if test["COLLATION"]:
            parts.append(f"COLLATE {test['COLLATION']}")
        return " ".join(parts)

    def _execute_create_test_db(self, cursor: Any, parameters: dict[str, str], keepdb: bool = False) -> None:
        exists = "IF NOT EXISTS " if keepdb else ""
        cursor.execute(f"CREATE DATABASE {exists}{parameters['dbname']} {parameters['suffix']}")

    def _clone_test_db(self, suffix: Any, verbosity: int, keepdb: bool = False) -> None:
        source = self.connection.settings_dict["NAME"]
        target = self.get_test_db_clone_settings(suffix)["NAME"]
        parameters = {
            "dbname": self.connection.ops.quote_name(target),
            "suffix": self.sql_table_creation_suffix(),
        }
        with self._nodb_cursor() as cursor:
            cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", [target])
            if cursor.fetchone():
                if keepdb:
                    return
                cursor.execute(f"DROP DATABASE {parameters['dbname']}")
            self._execute_create_test_db(cursor, parameters, keepdb)
        self._copy(source, target)

    def _copy(self, source: str, target: str) -> None:
        arguments, environment = DatabaseClient.settings_to_cmd_args_env(
            {**self.connection.settings_dict, "NAME": source}, ["--routines", "--events"]
        )
        dump = ["mysqldump", *[argument for argument in arguments[1:] if argument not in (source,)], source]
        load, _ = DatabaseClient.settings_to_cmd_args_env({**self.connection.settings_dict, "NAME": target}, [])
        full = {**os.environ, **environment} if environment else None
        with subprocess.Popen(dump, stdout=subprocess.PIPE, env=full) as dumping:  # noqa: SIM117  # the second needs the first
            with subprocess.Popen(load, stdin=dumping.stdout, stdout=subprocess.DEVNULL, env=full) as loading:
                if dumping.stdout is not None:
                    dumping.stdout.close()  # the loader is told when the dump breaks off
                loading.communicate()
