"""Creating and destroying test databases."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from typing import TYPE_CHECKING, Any

from hotclub._kernel.late_modules import LateModule
from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.db.backends.base.part import ConnectionPart
from hotclub.db.connection_registry import router
from hotclub.db.transaction import atomic
from hotclub.utils.deprecation import RemovedInDjango2028Warning

if TYPE_CHECKING:
    import unittest
else:
    unittest = LateModule("unittest")

TEST_DATABASE_PREFIX = "test_"


def _call_command(*args: Any, **options: Any) -> Any:
    """Run a management command. Commands know the databases; the import happens when the first one is wanted."""
    return import_module("hotclub.core.management").call_command(*args, **options)


class BaseDatabaseCreation(ConnectionPart):
    """Makes the database that a test run uses, clones of it, and takes them away."""

    destroy_test_db_connection_close_method: str | None = None

    def _nodb_cursor(self) -> Any:
        return self.connection._nodb_cursor()

    def log(self, msg: str) -> None:
        """Tell the user."""
        sys.stderr.write(msg + os.linesep)

    def create_test_db(
        self, verbosity: int = 1, autoclobber: bool = False, serialize: bool | None = None, keepdb: bool = False
    ) -> str:
        """Create a test database and apply the migrations to it.

        Args:
            verbosity: how much to tell.
            autoclobber: replace an existing test database without asking.
            serialize: keep the data as it is after the migrations, for tests with `serialized_rollback`.
            keepdb: use an existing test database as it is.

        Returns:
            The name of the test database; the connection's settings point to it.
        """
        if serialize is not None:
            warnings.warn(
                "DatabaseCreation.create_test_db(serialize) is deprecated. Call "
                "DatabaseCreation.serialize_test_db() once all test databases are set up instead if you need fixtures "
                "persistence between tests.",
                RemovedInDjango2028Warning,
                stacklevel=2,
            )
        name = self._get_test_db_name()
        if verbosity >= 1:
            action = "Using existing" if keepdb else "Creating"
            self.log(f"{action} test database for alias {self._get_database_display_str(verbosity, name)}...")
        self._create_test_db(verbosity, autoclobber, keepdb)
        self.connection.close()
        settings.DATABASES[self.connection.alias]["NAME"] = name
        self.connection.settings_dict["NAME"] = name
        try:
            self._migrate(verbosity)
        finally:
            self._migrations_restored()
        if serialize:
            self.serialize_test_db()
        _call_command("createcachetable", database=self.connection.alias)
        self.connection.ensure_connection()
        if os.environ.get("RUNNING_DJANGOS_TEST_SUITE") == "true":
            self.mark_expected_failures_and_skips()
        return name

    def _migrate(self, verbosity: int) -> None:
        self._saved_migration_modules: dict[str, Any] | None = None
        if not self.connection.settings_dict["TEST"]["MIGRATE"]:
            self._saved_migration_modules = settings.MIGRATION_MODULES
            settings.MIGRATION_MODULES = dict.fromkeys((app.label for app in apps.get_app_configs()), None)
        # One step quieter than the caller: the test run is about the tests.
        _call_command(
            "migrate",
            verbosity=max(verbosity - 1, 0),
            interactive=False,
            database=self.connection.alias,
            run_syncdb=True,
        )

    def _migrations_restored(self) -> None:
        if getattr(self, "_saved_migration_modules", None) is not None:
            settings.MIGRATION_MODULES = self._saved_migration_modules

    def set_as_test_mirror(self, primary_settings_dict: dict[str, Any]) -> None:
        """Make this connection use the database of another one."""
        self.connection.settings_dict["NAME"] = primary_settings_dict["NAME"]

    # -- content --

    def serialize_test_db(self) -> None:
        """Keep the data as it is now, for tests with `serialized_rollback`."""
        self.connection._test_serialized_contents = self.serialize_db_to_string()

    def serialize_db_to_string(self) -> str:
        """Write all data of migrated apps as JSON."""
        serializers = import_module("hotclub.core.serializers")
        out = StringIO()
        serializers.serialize("json", self._objects_to_serialize(), indent=None, stream=out)
        return out.getvalue()

    def _objects_to_serialize(self) -> Iterator[Any]:
        loader = import_module("hotclub.db.migrations.loader").MigrationLoader(self.connection)
        for app_config in apps.get_app_configs():
            if (
                app_config.models_module is None
                or app_config.label not in loader.migrated_apps
                or app_config.name in settings.TEST_NON_SERIALIZED_APPS
            ):
                continue
            for model in app_config.get_models():
                if model._meta.can_migrate(self.connection) and router.allow_migrate_model(
                    self.connection.alias, model
                ):
                    queryset = model._base_manager.using(self.connection.alias).order_by(model._meta.pk.name)
                    yield from queryset.iterator(chunk_size=2000)

    def deserialize_db_from_string(self, data: str) -> None:
        """Load what `serialize_db_to_string` wrote; references may point forward."""
        serializers = import_module("hotclub.core.serializers")
        tables = set()
        with atomic(using=self.connection.alias):
            with self.connection.constraint_checks_disabled():
                for loaded in serializers.deserialize("json", StringIO(data), using=self.connection.alias):
                    loaded.save()
                    tables.add(loaded.object.__class__._meta.db_table)
            self.connection.check_constraints(table_names=tables)

    # -- names --

    def _get_database_display_str(self, verbosity: int, database_name: str) -> str:
        shown = f" ('{database_name}')" if verbosity >= 2 else ""
        return f"'{self.connection.alias}'{shown}"

    def _get_test_db_name(self) -> str:
        name = self.connection.settings_dict["TEST"]["NAME"]
        return str(name) if name else TEST_DATABASE_PREFIX + str(self.connection.settings_dict["NAME"])

    def test_db_signature(self) -> tuple[Any, ...]:
        """Give what identifies a database: connections with the same share one test database."""
        database = self.connection.settings_dict
        return database["HOST"], database["PORT"], database["ENGINE"], self._get_test_db_name()

    def sql_table_creation_suffix(self) -> str:
        """Give what CREATE DATABASE needs after the name."""
        return ""

    # -- the database itself --

    def _execute_create_test_db(self, cursor: Any, parameters: dict[str, str], keepdb: bool = False) -> None:
        cursor.execute("CREATE DATABASE {dbname} {suffix}".format(**parameters))

    def _create_test_db(self, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        name = self._get_test_db_name()
        parameters = {"dbname": self.connection.ops.quote_name(name), "suffix": self.sql_table_creation_suffix()}
        with self._nodb_cursor() as cursor:
            try:
                self._execute_create_test_db(cursor, parameters, keepdb)
            except Exception as error:  # any error of creating: a leftover of an earlier run is the usual one
                if keepdb:
                    return name
                self.log(f"Got an error creating the test database: {error}")
                if not autoclobber and not self._confirmed(name):
                    self.log("Tests cancelled.")
                    sys.exit(1)
                self._replace_test_db(cursor, parameters, verbosity, name)
        return name

    def _confirmed(self, name: str) -> bool:
        answer = input(f"Type 'yes' if you would like to try deleting the test database '{name}', or 'no' to cancel: ")
        return answer == "yes"

    def _replace_test_db(self, cursor: Any, parameters: dict[str, str], verbosity: int, name: str) -> None:
        try:
            if verbosity >= 1:
                self.log(f"Destroying old test database for alias {self._get_database_display_str(verbosity, name)}...")
            cursor.execute(f"DROP DATABASE {parameters['dbname']}")
            self._execute_create_test_db(cursor, parameters)
        except Exception as error:  # told to the user; the run cannot go on
            self.log(f"Got an error recreating the test database: {error}")
            sys.exit(2)

    def destroy_test_db(
        self,
        old_database_name: str | None = None,
        verbosity: int = 1,
        keepdb: bool = False,
        suffix: Any = None,
    ) -> None:
        """Take the test database away and point the settings back to the old one."""
        self.connection.close()
        if suffix is None:
            name = self.connection.settings_dict["NAME"]
        else:
            name = self.get_test_db_clone_settings(suffix)["NAME"]
        if verbosity >= 1:
            action = "Preserving" if keepdb else "Destroying"
            self.log(f"{action} test database for alias {self._get_database_display_str(verbosity, name)}...")
        if not keepdb:
            self._destroy_test_db(name, verbosity)
        if old_database_name is not None:
            settings.DATABASES[self.connection.alias]["NAME"] = old_database_name
            self.connection.settings_dict["NAME"] = old_database_name

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        self.connection.close_async_connections()
        with self._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {self.connection.ops.quote_name(test_database_name)}")

    # -- clones, one a worker process --

    def clone_test_db(self, suffix: Any, verbosity: int = 1, autoclobber: bool = False, keepdb: bool = False) -> None:
        """Copy the test database for a worker process."""
        source = self.connection.settings_dict["NAME"]
        if verbosity >= 1:
            action = "Using existing clone" if keepdb else "Cloning test database"
            self.log(f"{action} for alias {self._get_database_display_str(verbosity, source)}...")
        self._clone_test_db(suffix, verbosity, keepdb)

    def get_test_db_clone_settings(self, suffix: Any) -> dict[str, Any]:
        """Give the connection settings of a clone."""
        original = self.connection.settings_dict
        return {**original, "NAME": f"{original['NAME']}_{suffix}"}

    def _clone_test_db(self, suffix: Any, verbosity: int, keepdb: bool = False) -> None:
        raise NotImplementedError(
            "The database backend doesn't support cloning databases. Disable the option to run tests in parallel processes."
        )

    def setup_worker_connection(self, _worker_id: Any) -> None:
        """Point a worker process's connection to its clone."""
        clone = self.get_test_db_clone_settings(str(_worker_id))
        # Updated in place: the handler and the wrapper share the dictionary.
        self.connection.settings_dict.update(clone)
        self.connection.close()

    # -- tests that a backend is known to fail --

    def mark_expected_failures_and_skips(self) -> None:
        """Mark the tests that the backend's features name."""
        for test_name in self.connection.features.django_test_expected_failures:
            self._mark_test(test_name)
        for reason, tests in self.connection.features.django_test_skips.items():
            for test_name in tests:
                self._mark_test(test_name, reason)

    def _mark_test(self, test_name: str, skip_reason: str | None = None) -> None:
        module_or_class, _, name = test_name.rpartition(".")
        class_or_module, _, class_name = module_or_class.rpartition(".")
        app_name = test_name.split(".")[0]
        if app_name not in settings.INSTALLED_APPS:
            return
        if not class_or_module:  # `app.TestCase`? without a class there is nothing to mark
            return
        try:
            test_case: Any = import_module(module_or_class)  # the test is a function, or the class itself is named
        except ModuleNotFoundError:
            test_case = getattr(import_module(class_or_module), class_name, None)
        test_method = getattr(test_case, name, None)
        if test_case is None or test_method is None:
            return
        mark = unittest.skip(skip_reason) if skip_reason else unittest.expectedFailure
        setattr(test_case, name, mark(test_method))
