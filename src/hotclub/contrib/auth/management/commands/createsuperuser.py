"""`createsuperuser`: make a user who may do everything."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Any

from hotclub.contrib.auth import get_user_model
from hotclub.contrib.auth.management import get_default_username
from hotclub.contrib.auth.password_validation import validate_password
from hotclub.core import exceptions
from hotclub.core.management.base import BaseCommand, CommandError
from hotclub.db import DEFAULT_DB_ALIAS, connections
from hotclub.utils.functional import cached_property
from hotclub.utils.text import capfirst


class NotRunningInTTYException(Exception):
    """Nobody is there to answer."""


PASSWORD_FIELD = "password"
ENVIRONMENT_PREFIXES = ("HOTCLUB_SUPERUSER_", "DJANGO_SUPERUSER_")
"""The first that is set counts; the second is what existing projects set."""


def _from_environment(name: str) -> str | None:
    """Return a value from the environment: HOTCLUB_SUPERUSER_<NAME>, else DJANGO_SUPERUSER_<NAME>."""
    found = (os.environ.get(prefix + name.upper()) for prefix in ENVIRONMENT_PREFIXES)
    return next((value for value in found if value is not None), None)


class Command(BaseCommand):
    """Asks for the fields that are required, or takes them from options and environment."""

    help = "Used to create a superuser."
    requires_migrations_checks = True
    stealth_options = ("stdin",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.UserModel = get_user_model()
        self.username_field = self.UserModel._meta.get_field(self.UserModel.USERNAME_FIELD)

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(f"--{self.UserModel.USERNAME_FIELD}", help="Specifies the login for the superuser.")
        parser.add_argument(
            "--noinput", "--no-input", action="store_false", dest="interactive",
            help=(
                "Tells the command NOT to prompt the user for input of any kind. You must use "
                f"--{self.UserModel.USERNAME_FIELD} with --noinput, along with an option for any other required field. "
                "Superusers created with --noinput will not be able to log in until they're given a valid password."
            ),
        )  # fmt: skip
        parser.add_argument(
            "--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections),
            help='Specifies the database to use. Default is "default".',
        )  # fmt: skip
        for name in self.UserModel.REQUIRED_FIELDS:
            field = self.UserModel._meta.get_field(name)
            if field.many_to_many:
                if field.remote_field.through and not field.remote_field.through._meta.auto_created:
                    raise CommandError(
                        f"Required field '{name}' specifies a many-to-many relation through model, which is not supported."
                    )
                parser.add_argument(
                    f"--{name}", action="append",
                    help=f"Specifies the {name} for the superuser. Can be used multiple times.",
                )  # fmt: skip
            else:
                parser.add_argument(f"--{name}", help=f"Specifies the {name} for the superuser.")

    def execute(self, *args: Any, **options: Any) -> Any:
        self.stdin = options.get("stdin", sys.stdin)
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        # What goes into the model, and what stands for it while a password is being validated.
        user_data: dict[str, Any] = {}
        database = options["database"]
        try:
            self.UserModel._meta.get_field(PASSWORD_FIELD)
        except exceptions.FieldDoesNotExist:
            pass
        else:
            # None gives a user who cannot log in.
            user_data[PASSWORD_FIELD] = None
        try:
            if options["interactive"]:
                self._ask(options, user_data, database)
            else:
                self._take(options, user_data, database)
            self.UserModel._default_manager.db_manager(database).create_superuser(**user_data)
            if options["verbosity"] >= 1:
                self.stdout.write("Superuser created successfully.")
        except KeyboardInterrupt:
            self.stderr.write("\nOperation cancelled.")
            sys.exit(1)
        except exceptions.ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except NotRunningInTTYException:
            self.stdout.write(
                "Superuser creation skipped due to not running in a TTY. You can run `manage.py createsuperuser` in your "
                "project to create one manually."
            )

    def _ask(self, options: dict[str, Any], user_data: dict[str, Any], database: str) -> None:
        username = options[self.UserModel.USERNAME_FIELD]
        default_username = get_default_username(database=database)
        verbose_name = self.username_field.verbose_name
        # For rules that compare the password with the user's data.
        fake_data: dict[str, Any] = {}
        stdin: Any = self.stdin
        if hasattr(stdin, "isatty") and not stdin.isatty():
            raise NotRunningInTTYException
        if username:
            error = self._validate_username(username, verbose_name, database)
            if error:
                self.stderr.write(error)
                username = None
        elif username == "":
            raise CommandError(f"{capfirst(verbose_name)} cannot be blank.")
        while username is None:
            message = self._get_input_message(self.username_field, default_username)
            username = self.get_input_data(self.username_field, message, default_username)
            if username:
                error = self._validate_username(username, verbose_name, database)
                if error:
                    self.stderr.write(error)
                    username = None
        user_data[self.UserModel.USERNAME_FIELD] = username
        fake_data[self.UserModel.USERNAME_FIELD] = self._as_value(self.username_field, username)
        for name in self.UserModel.REQUIRED_FIELDS:
            field = self.UserModel._meta.get_field(name)
            user_data[name] = options[name]
            if options[name] is not None:
                user_data[name] = field.clean(user_data[name], None)
            while user_data[name] is None:
                value = self.get_input_data(field, self._get_input_message(field))
                user_data[name] = value
                if field.many_to_many and value:
                    if not value.strip():
                        user_data[name] = None
                        self.stderr.write("Error: This field cannot be blank.")
                        continue
                    user_data[name] = [pk.strip() for pk in value.split(",")]
            if not field.many_to_many:
                fake_data[name] = user_data[name]
                if field.remote_field:
                    # The manager gets the key; an object stands for it while passwords are compared.
                    fake_data[name] = field.remote_field.model(user_data[name])
        while PASSWORD_FIELD in user_data and user_data[PASSWORD_FIELD] is None:
            first = getpass.getpass()
            second = getpass.getpass("Password (again): ")
            if first != second:
                self.stderr.write("Error: Your passwords didn't match.")
                continue
            if first.strip() == "":
                self.stderr.write("Error: Blank passwords aren't allowed.")
                continue
            try:
                validate_password(second, self.UserModel(**fake_data))
            except exceptions.ValidationError as error:
                self.stderr.write("\n".join(error.messages))
                response = input("Bypass password validation and create user anyway? [y/N]: ")
                if response.lower() != "y":
                    continue
            user_data[PASSWORD_FIELD] = first

    def _as_value(self, field: Any, value: Any) -> Any:
        return field.remote_field.model(value) if field.remote_field else value

    def _take(self, options: dict[str, Any], user_data: dict[str, Any], database: str) -> None:
        """Take everything from options and environment."""
        password = _from_environment(PASSWORD_FIELD)
        if PASSWORD_FIELD in user_data and password is not None:
            user_data[PASSWORD_FIELD] = password
        name = self.UserModel.USERNAME_FIELD
        username = options[name]
        if username is None:
            username = _from_environment(name)
        if username is None:
            raise CommandError(f"You must use --{name} with --noinput.")
        error = self._validate_username(username, self.username_field.verbose_name, database)
        if error:
            raise CommandError(error)
        user_data[name] = username
        for required in self.UserModel.REQUIRED_FIELDS:
            field = self.UserModel._meta.get_field(required)
            value = options[required]
            if value is None:
                value = _from_environment(required)
                if value is not None and field.many_to_many:
                    value = [pk.strip() for pk in value.split(",")]
            if value is None:
                raise CommandError(f"You must use --{required} with --noinput.")
            if field.blank and value in field.empty_values:
                user_data[required] = value
            else:
                user_data[required] = field.clean(value, None)

    def get_input_data(self, field: Any, message: str, default: Any = None) -> Any:
        """Ask for a value; None if what was typed is not valid."""
        raw = input(message)
        if default and raw == "":
            raw = default
        try:
            return field.clean(raw, None)
        except exceptions.ValidationError as error:
            self.stderr.write("Error: {}".format("; ".join(error.messages)))
            return None

    def _get_input_message(self, field: Any, default: Any = None) -> str:
        parts = capfirst(field.verbose_name)
        if default:
            parts += f" (leave blank to use '{default}')"
        if field.remote_field:
            relation = field.remote_field
            target = relation.model._meta.pk.name if field.many_to_many else relation.field_name
            parts += f" ({relation.model._meta.object_name}.{target})"
        return f"{parts}: "

    def _validate_username(self, username: Any, verbose_name: Any, database: str) -> str | None:
        """Return what is wrong with a user name."""
        manager = self.UserModel._default_manager.db_manager(database)
        if self._username_is_unique and hasattr(manager, "get_by_natural_key"):
            try:
                manager.get_by_natural_key(username)
            except self.UserModel.DoesNotExist:
                pass
            else:
                return f"Error: That {verbose_name} is already taken."
        if not username:
            return f"{capfirst(verbose_name)} cannot be blank."
        try:
            self.username_field.clean(username, None)
        except exceptions.ValidationError as error:
            return "; ".join(error.messages)
        return None

    @cached_property
    def _username_is_unique(self) -> bool:
        if self.username_field.unique:
            return True
        return any(
            len(constraint.fields) == 1 and constraint.fields[0] == self.username_field.name
            for constraint in self.UserModel._meta.total_unique_constraints
        )
