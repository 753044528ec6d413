"""`testserver`: the development server over a fresh test database with fixtures in it."""

from __future__ import annotations

from typing import Any

from hotclub.core.management import call_command
from hotclub.core.management.base import BaseCommand, CommandParser
from hotclub.db import connection


class Command(BaseCommand):
    """Make a test database, load fixtures, serve."""

    help = "Runs a development server with data from the given fixture(s)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "args", metavar="fixture", nargs="*", help="Path(s) to fixtures to load before running the server."
        )
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Tells Hotclub to NOT prompt the user for input of any kind.",
        )
        parser.add_argument("--addrport", default="", help="Port number or ipaddr:port to run the server on.")
        parser.add_argument(
            "--ipv6", "-6", action="store_true", dest="use_ipv6", help="Tells Hotclub to use an IPv6 address."
        )

    def handle(self, *fixture_labels: str, **options: Any) -> None:
        verbosity = options["verbosity"]
        db_name = connection.creation.create_test_db(verbosity=verbosity, autoclobber=not options["interactive"])
        call_command("loaddata", *fixture_labels, verbosity=verbosity)
        # Reloading would make the database anew, and another process does not see one in memory.
        call_command(
            "runserver",
            addrport=options["addrport"],
            shutdown_message=(
                f"\nServer stopped.\nNote that the test database, '{db_name}', has not been deleted. "
                "You can explore it on your own."
            ),
            use_reloader=False,
            use_ipv6=options["use_ipv6"],
            use_threading=connection.features.test_db_allows_multiple_connections,
        )
