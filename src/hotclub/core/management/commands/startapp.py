"""`startapp`: make the directory of a new app."""

from __future__ import annotations

from typing import Any

from hotclub.core.management.templates import TemplateCommand


class Command(TemplateCommand):
    """Make an app: models, views, admin, tests and migrations."""

    help = "Creates a Hotclub app directory structure for the given app name in the current directory or optionally in the given directory."
    missing_args_message = "You must provide an application name."

    def handle(self, **options: Any) -> None:  # type: ignore[override]  # the name is an option here
        app_name = options.pop("name")
        target = options.pop("directory")
        super().handle("app", app_name, target, **options)
