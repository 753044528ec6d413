"""`runserver`, with static files."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.contrib.staticfiles.handlers import StaticFilesHandler
from hotclub.core.management.commands.runserver import Command as RunserverCommand


class Command(RunserverCommand):
    """The development server, which serves static files through the finders."""

    help = "Starts a lightweight web server for development and also serves static files."

    def add_arguments(self, parser: Any) -> None:
        """Add `--nostatic` and `--insecure`."""
        super().add_arguments(parser)
        parser.add_argument(
            "--nostatic",
            action="store_false",
            dest="use_static_handler",
            help="Tells hotclub to NOT automatically serve static files at STATIC_URL.",
        )
        parser.add_argument(
            "--insecure",
            action="store_true",
            dest="insecure_serving",
            help="Allows serving static files even if DEBUG is False.",
        )

    def get_handler(self, *args: Any, **options: Any) -> Any:
        """Give the application, behind the static files if they are wanted."""
        handler = super().get_handler(*args, **options)
        wanted = options["use_static_handler"]
        if wanted and (settings.DEBUG or options["insecure_serving"]):
            return StaticFilesHandler(handler)
        return handler
