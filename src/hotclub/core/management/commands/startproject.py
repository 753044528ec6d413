"""`startproject`: make the directory of a new project."""

from __future__ import annotations

from typing import Any

from hotclub.core.management.templates import TemplateCommand
from hotclub.core.management.utils import get_random_secret_key

INSECURE_PREFIX = "django-insecure-"
"""What the deployment checks know a key by that was made for development."""


class Command(TemplateCommand):
    """Make a project: settings, URLs, entry points and `manage.py`."""

    help = "Creates a Hotclub project directory structure for the given project name in the current directory or optionally in the given directory."
    missing_args_message = "You must provide a project name."

    def handle(self, **options: Any) -> None:  # type: ignore[override]  # the name is an option here
        project_name = options.pop("name")
        target = options.pop("directory")
        options["secret_key"] = INSECURE_PREFIX + get_random_secret_key()
        super().handle("project", project_name, target, **options)
