"""`createsuperuser`: make a user who may do everything.

Each value the user model asks for comes from an option, from the environment (only where nobody is asked), or from
whoever sits at the terminal. Source: docs ref/django-admin, "createsuperuser".
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from typing import Any

from hotclub.contrib.auth import get_user_model
from hotclub.contrib.auth.management import get_default_username
from hotclub.contrib.auth.password_validation import validate_password
from hotclub.core.exceptions import FieldDoesNotExist, ValidationError
from hotclub.core.management.base import BaseCommand, CommandError
from hotclub.db import DEFAULT_DB_ALIAS, connections
from hotclub.utils.text import capfirst

ENVIRONMENT_PREFIXES = ("HOTCLUB_SUPERUSER_", "DJANGO_SUPERUSER_")
"""The first that is set counts; the second is what existing projects set."""


def _from_environment(name: str) -> str | None:
    """Return a value from the environment: HOTCLUB_SUPERUSER_<NAME>, else DJANGO_SUPERUSER_<NAME>."""
    found = (os.environ.get(prefix + name.upper()) for prefix in ENVIRONMENT_PREFIXES)
    return next((value for value in found if value is not None), None)


def _keys(text: str) -> list[str]:
    """Return the keys of related objects that were typed with commas between them."""
    return [key.strip() for key in text.split(",")]


def _label(field: Any, default: Any = None) -> str:
    """Return the question for a field."""
    text = capfirst(field.verbose_name)
    if default:
        text += f" (leave blank to use '{default}')"
    if field.remote_field:
        target = field.remote_field.model._meta
        key = target.pk.name if field.many_to_many else field.remote_field.field_name
        text += f" ({target.object_name}.{key})"
    return f"{text}: "


class Command(BaseCommand):
    """Asks for the fields that are required, or takes them from options and environment."""

    help = "Used to create a superuser."
    requires_migrations_checks = True
    stealth_options = ("stdin",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model = get_user_model()
        options = self.model._meta
        self.username_field = options.get_field(self.model.USERNAME_FIELD)
        self.required_fields = [options.get_field(name) for name in self.model.REQUIRED_FIELDS]
        try:
            options.get_field("password")
        except FieldDoesNotExist:
            self.has_password = False
        else:
            self.has_password = True

    def add_arguments(self, parser: Any) -> None:
        username = self.model.USERNAME_FIELD
        parser.add_argument(f"--{username}", help="Specifies the login for the superuser.")
        parser.add_argument(
            "--noinput", "--no-input", action="store_false", dest="interactive",
            help=(
                "Tells the command NOT to prompt the user for input of any kind. You must use "
                f"--{username} with --noinput, along with an option for any other required field. "
                "Superusers created with --noinput will not be able to log in until they're given a valid password."
            ),
        )  # fmt: skip
        parser.add_argument(
            "--database", default=DEFAULT_DB_ALIAS, choices=tuple(connections),
            help='Specifies the database to use. Default is "default".',
        )  # fmt: skip
        for field in self.required_fields:
            text = f"Specifies the {field.name} for the superuser."
            if not field.many_to_many:
                parser.add_argument(f"--{field.name}", help=text)
                continue
            through = field.remote_field.through
            if through and not through._meta.auto_created:
                raise CommandError(
                    f"Required field '{field.name}' specifies a many-to-many relation through model, which is not supported."
                )
            parser.add_argument(f"--{field.name}", action="append", help=f"{text} Can be used multiple times.")

    def execute(self, *args: Any, **options: Any) -> Any:
        self.stdin = options.get("stdin", sys.stdin)
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        self.users = self.model._default_manager.db_manager(options["database"])
        if options["interactive"] and not getattr(self.stdin, "isatty", lambda: True)():
            self.stdout.write(
                "Superuser creation skipped due to not running in a TTY. You can run `manage.py createsuperuser` in your "
                "project to create one manually."
            )
            return
        try:
            values = self._asked(options) if options["interactive"] else self._given(options)
            self.users.create_superuser(**values)
        except KeyboardInterrupt:
            self.stderr.write("\nOperation cancelled.")
            sys.exit(1)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if options["verbosity"] >= 1:
            self.stdout.write("Superuser created successfully.")

    # -- nobody to ask --

    def _given(self, options: dict[str, Any]) -> dict[str, Any]:
        """Take everything from options and environment.

        Raises:
            CommandError: a value is missing, or the user name cannot be had.
            ValidationError: a value is not valid.
        """
        username = self._given_text(self.username_field, options)
        if problem := self._problem_with(username):
            raise CommandError(problem)
        values = {field.name: self._given_value(field, options) for field in self.required_fields}
        # Without a password, the user cannot log in.
        password = {"password": _from_environment("password")} if self.has_password else {}
        return {self.username_field.name: username, **password, **values}

    def _given_text(self, field: Any, options: dict[str, Any]) -> Any:
        value = options[field.name]
        if value is None and (value := _from_environment(field.name)) is not None and field.many_to_many:
            value = _keys(value)
        if value is None:
            raise CommandError(f"You must use --{field.name} with --noinput.")
        return value

    def _given_value(self, field: Any, options: dict[str, Any]) -> Any:
        value = self._given_text(field, options)
        return value if field.blank and value in field.empty_values else field.clean(value, None)

    # -- at the terminal --

    def _asked(self, options: dict[str, Any]) -> dict[str, Any]:
        """Ask for what no option gives, each value until it is valid."""
        values = {self.username_field.name: self._asked_username(options)}
        for field in self.required_fields:
            given = options[field.name]
            values[field.name] = self._ask(field) if given is None else field.clean(given, None)
        if self.has_password:
            values["password"] = self._asked_password(values)
        return values

    def _repeat(self, attempt: Callable[[], Any]) -> Any:
        """Return what an attempt gives, once it gives something; what a ValidationError says is told."""
        while True:
            try:
                value = attempt()
            except ValidationError as error:
                self.stderr.write(f"Error: {'; '.join(error.messages)}")
            else:
                if value is not None:
                    return value

    def _ask(self, field: Any, default: Any = None) -> Any:
        question = _label(field, default)

        def attempt() -> Any:
            typed = input(question)
            value = field.clean(default if default and typed == "" else typed, None)
            if not (field.many_to_many and value):
                return value
            if not value.strip():
                raise ValidationError(field.error_messages["blank"], code="blank")
            return _keys(value)

        return self._repeat(attempt)

    def _asked_username(self, options: dict[str, Any]) -> Any:
        given = options[self.username_field.name]
        if given == "":
            raise CommandError(f"{capfirst(self.username_field.verbose_name)} cannot be blank.")
        offered = get_default_username(database=options["database"])
        candidates = iter([] if given is None else [given])

        def attempt() -> Any:
            username = next(candidates, None)
            if username is None:
                username = self._ask(self.username_field, offered)
            if problem := self._problem_with(username):
                self.stderr.write(problem)
                return None
            return username

        return self._repeat(attempt)

    def _asked_password(self, values: dict[str, Any]) -> Any:
        # Some rules compare the password with the user's data: an unsaved user has what was asked so far.
        user = self.model(
            **{
                field.name: field.remote_field.model(values[field.name]) if field.remote_field else values[field.name]
                for field in (self.username_field, *self.required_fields)
                if not field.many_to_many
            }
        )

        def attempt() -> str | None:
            password = getpass.getpass()
            if password != getpass.getpass("Password (again): "):
                raise ValidationError("Your passwords didn't match.")
            if not password.strip():
                raise ValidationError("Blank passwords aren't allowed.")
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.stderr.write("\n".join(error.messages))
                bypass = input("Bypass password validation and create user anyway? [y/N]: ")
                return password if bypass.lower() == "y" else None
            return password

        return self._repeat(attempt)

    def _problem_with(self, username: Any) -> str | None:
        """Return why a user name cannot be had: somebody has it, or it is not a valid one."""
        name = self.username_field.verbose_name
        if self._names_are_unique() and self._is_taken(username):
            return f"Error: That {name} is already taken."
        if not username:
            return f"{capfirst(name)} cannot be blank."
        try:
            self.username_field.clean(username, None)
        except ValidationError as error:
            return "; ".join(error.messages)
        return None

    def _is_taken(self, username: Any) -> bool:
        try:
            self.users.get_by_natural_key(username)
        except self.model.DoesNotExist:
            return False
        return True

    def _names_are_unique(self) -> bool:
        """Say whether the name identifies a user, by the field or a constraint of it alone."""
        constraints = self.model._meta.total_unique_constraints
        alone = (self.username_field.name,)
        unique = self.username_field.unique or any(tuple(constraint.fields) == alone for constraint in constraints)
        return unique and hasattr(self.users, "get_by_natural_key")
