"""`runserver` with the static files of apps served beside the site, while `DEBUG` is on."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.contrib.staticfiles.handlers import StaticFilesHandler
from hotclub.core.management.base import CommandParser
from hotclub.core.management.commands.runserver import Command as RunserverCommand


class Command(RunserverCommand):
    """Serve the project and its static files."""

    help = "Starts a lightweight web server for development and also serves static files."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--nostatic",
            action="store_false",
            dest="use_static_handler",
            help="Tells Hotclub to NOT automatically serve static files at STATIC_URL.",
        )
        parser.add_argument(
            "--insecure",
            action="store_true",
            dest="insecure_serving",
            help="Allows serving static files even if DEBUG is False.",
        )

    def get_handler(self, *args: Any, **options: Any) -> Any:
        """Return the application, with static files in front of it where they are wanted and allowed."""
        handler = super().get_handler(*args, **options)
        if options["use_static_handler"] and (settings.DEBUG or options["insecure_serving"]):
            return StaticFilesHandler(handler)
        return handler
