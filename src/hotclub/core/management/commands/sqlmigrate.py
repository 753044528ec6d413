"""`sqlmigrate`: show the statements of a migration."""

from __future__ import annotations

from typing import Any

from hotclub.apps import apps
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.db import DEFAULT_DB_ALIAS, connections
from hotclub.db.migrations.exceptions import AmbiguityError
from hotclub.db.migrations.loader import MigrationLoader


class Command(BaseCommand):
    """Print what a migration would run."""

    help = "Prints the SQL statements for the named migration."
    output_transaction = True

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_label", help="App label of the application containing the migration.")
        parser.add_argument("migration_name", help="Migration name to print the SQL for.")
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Nominates a database to create SQL for. Defaults to the "default" database.',
        )
        parser.add_argument(
            "--backwards",
            action="store_true",
            help="Creates SQL to unapply the migration, rather than to apply it",
        )

    def execute(self, *args: Any, **options: Any) -> Any:
        # Statements are meant to be copied: no colours, whatever the terminal can.
        options["no_color"] = True
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> str:
        connection = connections[options["database"]]
        loader = MigrationLoader(connection, replace_migrations=False)
        app_label, name = options["app_label"], options["migration_name"]
        try:
            apps.get_app_config(app_label)
        except LookupError as error:
            raise CommandError(str(error)) from None
        if app_label not in loader.migrated_apps:
            raise CommandError(f"App '{app_label}' does not have migrations")
        try:
            migration = loader.get_migration_by_prefix(app_label, name)
        except AmbiguityError:
            raise CommandError(
                f"More than one migration matches '{name}' in app '{app_label}'. Please be more specific."
            ) from None
        except KeyError:
            raise CommandError(
                f"Cannot find a migration matching '{name}' from app '{app_label}'. Is it in INSTALLED_APPS?"
            ) from None
        target = (app_label, migration.name)
        # BEGIN and COMMIT are shown where the migration would be in a transaction.
        self.output_transaction = migration.atomic and connection.features.can_rollback_ddl
        plan = [(loader.graph.nodes[target], options["backwards"])]
        statements = loader.collect_sql(plan)
        if not statements and options["verbosity"] >= 1:
            self.stderr.write("No operations found.")
        return "\n".join(statements)
