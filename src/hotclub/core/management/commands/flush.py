"""`flush`: empty all tables of a database."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hotclub.apps import apps
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.core.management.color import no_style
from hotclub.core.management.sql import emit_post_migrate_signal, sql_flush
from hotclub.db import DEFAULT_DB_ALIAS, connections
from hotclub.utils.module_loading import module_has_submodule


class Command(BaseCommand):
    """Delete all rows, set sequences back, and let `post_migrate` handlers put their rows in again."""

    help = (
        'Removes ALL DATA from the database, including data added during migrations. Does not achieve a "fresh install" '
        "state."
    )
    stealth_options = ("reset_sequences", "allow_cascade", "inhibit_post_migrate")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Tells Django to NOT prompt the user for input of any kind.",
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Nominates a database to flush. Defaults to the "default" database.',
        )

    def handle(self, **options: Any) -> None:
        database = options["database"]
        connection = connections[database]
        for app_config in apps.get_app_configs():
            # Handlers of post_migrate are connected there.
            if module_has_submodule(app_config.module, "management"):
                import_module(f"{app_config.name}.management")
        statements = sql_flush(
            no_style(),
            connection,
            reset_sequences=options.get("reset_sequences", True),
            allow_cascade=options.get("allow_cascade", False),
        )
        if options["interactive"] and not self._confirmed(connection):
            self.stdout.write("Flush cancelled.")
            return
        try:
            connection.ops.execute_sql_flush(statements)
        except Exception as error:  # whatever the database says, the command fails with what to look at
            raise CommandError(
                f"Database {connection.settings_dict['NAME']} couldn't be flushed. Possible reasons:\n"
                "  * The database isn't running or isn't configured correctly.\n"
                "  * At least one of the expected database tables doesn't exist.\n"
                "  * The SQL was invalid.\n"
                "Hint: Look at the output of 'django-admin sqlflush'. That's the SQL this command wasn't able to run."
            ) from error
        # Inside a flush for tests, nothing must be put in again.
        if statements and not options.get("inhibit_post_migrate", False):
            emit_post_migrate_signal(options["verbosity"], options["interactive"], database)

    def _confirmed(self, connection: Any) -> bool:
        answer = input(
            f"You have requested a flush of the database.\n"
            f'This will IRREVERSIBLY DESTROY all data currently in the "{connection.settings_dict["NAME"]}" database,\n'
            "and return each table to an empty state.\n"
            "Are you sure you want to do this?\n\n"
            "    Type 'yes' to continue, or 'no' to cancel: "
        )
        return answer == "yes"
