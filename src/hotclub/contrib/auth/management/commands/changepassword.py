"""`changepassword`: set a user's password."""

from __future__ import annotations

import getpass
from typing import Any

from hotclub.contrib.auth import get_user_model
from hotclub.contrib.auth.password_validation import validate_password
from hotclub.core.exceptions import ValidationError
from hotclub.core.management.base import BaseCommand, CommandError
from hotclub.db import DEFAULT_DB_ALIAS, connections

MAX_TRIES = 3


class Command(BaseCommand):
    """Asks for the new password, twice."""

    help = "Change a user's password for hotclub.contrib.auth."
    requires_migrations_checks = True
    requires_system_checks: Any = []

    def _get_pass(self, prompt: str = "Password: ") -> str:
        typed = getpass.getpass(prompt=prompt)
        if not typed:
            raise CommandError("aborted")
        return typed

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "username", nargs="?", help="Username to change password for; by default, it's the current username."
        )
        parser.add_argument(
            "--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections),
            help='Specifies the database to use. Default is "default".',
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> str:
        username = options["username"] or getpass.getuser()
        model = get_user_model()
        try:
            user = model._default_manager.using(options["database"]).get(**{model.USERNAME_FIELD: username})
        except model.DoesNotExist:
            raise CommandError(f"user '{username}' does not exist") from None
        self.stdout.write(f"Changing password for user '{user}'")
        for _ in range(MAX_TRIES):
            first = self._get_pass()
            second = self._get_pass("Password (again): ")
            if first != second:
                self.stdout.write("Passwords do not match. Please try again.")
                continue
            try:
                validate_password(second, user)
            except ValidationError as error:
                self.stderr.write("\n".join(error.messages))
                continue
            user.set_password(first)
            user.save()
            return f"Password changed successfully for user '{user}'"
        raise CommandError(f"Aborting password change for user '{user}' after {MAX_TRIES} attempts")
