"""`dbshell`: start the database's own client."""

from __future__ import annotations

import subprocess
from typing import Any

from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.db import DEFAULT_DB_ALIAS, connections


class Command(BaseCommand):
    """Run the client program with the connection's settings."""

    help = "Runs the command-line client for specified database, or the default database if none is provided."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Nominates a database onto which to open a shell. Defaults to the "default" database.',
        )
        parameters = parser.add_argument_group("parameters")
        parameters.add_argument("parameters", nargs="*")

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        try:
            connection.client.runshell(options["parameters"])
        except FileNotFoundError:
            # Raised for the program itself; a missing file of its own is its own message.
            raise CommandError(
                f"You appear not to have the {connection.client.executable_name!r} program installed or on your path."
            ) from None
        except subprocess.CalledProcessError as error:
            raise CommandError(
                f'"{" ".join(map(str, error.cmd))}" returned non-zero exit status {error.returncode}.',
                returncode=error.returncode,
            ) from error
