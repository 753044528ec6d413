"""Test databases of SQLite: in memory, shared between the threads of a run, unless the settings name a file."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

from hotclub.db.backends.base.creation import BaseDatabaseCreation
from hotclub.db.utils import NotSupportedError


class DatabaseCreation(BaseDatabaseCreation):
    """Creates test databases in memory or as files."""

    @staticmethod
    def is_in_memory_db(database_name: Any) -> bool:
        """Say whether a database name means a database in memory."""
        return not isinstance(database_name, Path) and (
            database_name == ":memory:" or "mode=memory" in str(database_name)
        )

    def _get_test_db_name(self) -> str:
        name = self.connection.settings_dict["TEST"]["NAME"] or ":memory:"
        if name == ":memory:":
            return f"file:memorydb_{self.connection.alias}?mode=memory&cache=shared"
        return str(name)

    def _create_test_db(self, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        name = self._get_test_db_name()
        if keepdb or self.is_in_memory_db(name) or not os.access(name, os.F_OK):
            return name
        if verbosity >= 1:
            self.log(f"Destroying old test database for alias {self._get_database_display_str(verbosity, name)}...")
        if not autoclobber and not self._confirmed(name):
            self.log("Tests cancelled.")
            sys.exit(1)
        try:
            os.remove(name)
        except OSError as error:
            self.log(f"Got an error deleting the old test database: {error}")
            sys.exit(2)
        return name

    def get_test_db_clone_settings(self, suffix: Any) -> dict[str, Any]:
        original = self.connection.settings_dict
        source = str(original["NAME"])
        method = multiprocessing.get_start_method()
        if method not in {"fork", "forkserver", "spawn"}:
            raise NotSupportedError(f"Cloning with start method {method!r} is not supported.")
        if self.is_in_memory_db(source):
            if method == "fork":
                return dict(original)  # the child has the memory
            return {**original, "NAME": f"{self.connection.alias}_{suffix}.sqlite3"}
        root, extension = os.path.splitext(source)
        return {**original, "NAME": f"{root}_{suffix}{extension}"}

    def _clone_test_db(self, suffix: Any, verbosity: int, keepdb: bool = False) -> None:
        source = self.connection.settings_dict["NAME"]
        target = self.get_test_db_clone_settings(suffix)["NAME"]
        if self.is_in_memory_db(source):
            if multiprocessing.get_start_method() != "fork":
                # The worker does not inherit memory: leave it a file to read.
                with sqlite3.connect(target) as copy:
                    self.connection.connection.backup(copy)
                copy.close()
            return
        if os.access(target, os.F_OK):
            if keepdb:
                return
            if verbosity >= 1:
                self.log(
                    f"Destroying old test database for alias {self._get_database_display_str(verbosity, target)}..."
                )
            os.remove(target)
        shutil.copy(source, target)

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        if test_database_name and not self.is_in_memory_db(test_database_name):
            os.remove(test_database_name)

    def test_db_signature(self) -> tuple[Any, ...]:
        name = self._get_test_db_name()
        signature = [self.connection.settings_dict["NAME"]]
        # Two databases in memory are two; two aliases of one file are one.
        signature.append(self.connection.alias if self.is_in_memory_db(name) else name)
        return tuple(signature)

    def setup_worker_connection(self, _worker_id: Any) -> None:
        database = self.get_test_db_clone_settings(_worker_id)
        method = multiprocessing.get_start_method()
        if method == "fork":
            super().setup_worker_connection(_worker_id)
            return
        alias = self.connection.alias
        target_name = f"file:memorydb_{alias}_{_worker_id}?mode=memory&cache=shared"
        source = self.connection.Database.connect(f"file:{database['NAME']}?mode=ro", uri=True)
        target = sqlite3.connect(target_name, uri=True)
        source.backup(target)
        source.close()
        self.connection.settings_dict.update({**database, "NAME": target_name})
        # The copy must stay open until the wrapper has its own connection to it.
        self.connection.connect()
        target.close()
