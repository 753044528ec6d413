"""What the autodetector asks when the models alone do not say: an interactive, a silent and a refusing way."""

from __future__ import annotations

import datetime
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

from hotclub.apps import apps
from hotclub.core.management.base import OutputWrapper
from hotclub.db.migrations.loader import MigrationLoader
from hotclub.db.models import NOT_PROVIDED
from hotclub.utils import timezone
from hotclub.utils.version import get_docs_version


class MigrationQuestioner:
    """Answers from a dictionary, and otherwise with the careful choice. For tests and `--check`."""

    def __init__(
        self,
        defaults: dict[str, Any] | None = None,
        specified_apps: set[str] | None = None,
        dry_run: bool | None = None,
    ) -> None:
        self.defaults = defaults or {}
        self.specified_apps = specified_apps or set()
        self.dry_run = dry_run

    def ask_initial(self, app_label: str) -> bool:
        """Should an app without migrations get its first one?"""
        if app_label in self.specified_apps:
            return True
        # A package that holds no migration yet is an invitation.
        try:
            app_config = apps.get_app_config(app_label)
        except LookupError:
            return bool(self.defaults.get("ask_initial", False))
        path, _ = MigrationLoader.migrations_module(app_config.label)
        if path is None:
            return bool(self.defaults.get("ask_initial", False))
        try:
            module = importlib.import_module(path)
        except ImportError:
            return bool(self.defaults.get("ask_initial", False))
        if getattr(module, "__file__", None):
            names = os.listdir(os.path.dirname(str(module.__file__)))
        elif hasattr(module, "__path__"):
            folders = list(module.__path__)
            if len(folders) > 1:
                return False
            names = os.listdir(folders[0])
        else:
            return False
        return not any(name.endswith(".py") for name in names if name != "__init__.py")

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        """What do existing rows get in a new column that takes no NULL?"""
        return None

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        """What do rows with NULL get when the column stops taking it?"""
        return None

    def ask_rename(self, model_name: str, old_name: str, new_name: str, field_instance: Any) -> bool:
        """Was a field renamed?"""
        return bool(self.defaults.get("ask_rename", False))

    def ask_rename_model(self, old_model_state: Any, new_model_state: Any) -> bool:
        """Was a model renamed?"""
        return bool(self.defaults.get("ask_rename_model", False))

    def ask_merge(self, app_label: str) -> bool:
        """Should the branches of an app's migrations be merged?"""
        return bool(self.defaults.get("ask_merge", False))

    def ask_auto_now_add_addition(self, field_name: str, model_name: str) -> Any:
        """What do existing rows get in a new `auto_now_add` column?"""
        return None

    def ask_unique_callable_default_addition(self, field_name: str, model_name: str) -> Any:
        """May a unique field with a callable default be added, although all rows get one value?"""
        return None


class InteractiveMigrationQuestioner(MigrationQuestioner):
    """Asks on the terminal."""

    def __init__(
        self,
        defaults: dict[str, Any] | None = None,
        specified_apps: set[str] | None = None,
        dry_run: bool | None = None,
        prompt_output: Any = None,
    ) -> None:
        super().__init__(defaults=defaults, specified_apps=specified_apps, dry_run=dry_run)
        self.prompt_output = prompt_output or OutputWrapper(sys.stdout)

    def _read(self, prompt: str) -> str:
        self.prompt_output.write(prompt, ending="")
        try:
            return input()
        except EOFError:  # a script or a deployment: nobody is there
            self.prompt_output.write(
                "\nNobody answers: the input has ended. Nothing was written. Give the field a default, or run the command "
                "at a terminal."
            )
            sys.exit(3)

    def _cancel(self) -> None:
        self.prompt_output.write("\nCancelled.")
        sys.exit(1)

    def _boolean_input(self, question: str, default: bool | None = None) -> bool:
        answer = self._read(f"{question} ")
        if not answer and default is not None:
            return default
        while not answer or answer[0].lower() not in "yn":
            answer = self._read("Please answer yes or no: ")
        return answer[0].lower() == "y"

    def _choice_input(self, question: str, choices: Any) -> int:
        self.prompt_output.write(question)
        for number, choice in enumerate(choices, start=1):
            self.prompt_output.write(f" {number}) {choice}")
        prompt = "Select an option: "
        while True:
            try:
                number = int(self._read(prompt))
            except ValueError:
                number = 0
            except KeyboardInterrupt:
                self._cancel()
            if 0 < number <= len(choices):
                return number
            prompt = "Please select a valid option: "

    def _ask_default(self, default: str = "") -> Any:
        """Ask for a Python expression and evaluate it; `default` is what an empty answer means."""
        self.prompt_output.write("Please enter the default value as valid Python.")
        if default:
            self.prompt_output.write(f"Accept the default '{default}' by pressing 'Enter' or provide another value.")
        self.prompt_output.write(
            "The datetime and hotclub.utils.timezone modules are available, so it is possible to provide e.g. "
            "timezone.now as a value."
        )
        self.prompt_output.write("Type 'exit' to exit this prompt")
        while True:
            prompt = f"[default: {default}] >>> " if default else ">>> "
            try:
                code = self._read(prompt)
            except KeyboardInterrupt:
                self._cancel()
            if not code and default:
                code = default
            if not code:
                self.prompt_output.write("Please enter some code, or 'exit' (without quotes) to exit.")
            elif code == "exit":
                sys.exit(1)
            else:
                try:
                    # The developer's own expression, at the developer's own terminal.
                    return eval(code, {}, {"datetime": datetime, "timezone": timezone})
                except Exception as error:  # whatever the expression raises is shown, and it is asked again
                    self.prompt_output.write(f"{type(error).__name__}: {error}")

    def _ask_one_off(self, question: str, second: str, otherwise: Callable[[], Any]) -> Any:
        choice = self._choice_input(
            question,
            [
                "Provide a one-off default now (will be set on all existing rows with a null value for this column)",
                second,
            ],
        )
        if choice == 1:
            return self._ask_default()
        return otherwise()

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        if self.dry_run:
            return None
        return self._ask_one_off(
            f"It is impossible to add a non-nullable field '{field_name}' to {model_name} without specifying a "
            "default. This is because the database needs something to populate existing rows.\n"
            "Please select a fix:",
            "Quit and manually define a default value in models.py.",
            lambda: sys.exit(3),
        )

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        if self.dry_run:
            return None
        choice = self._choice_input(
            f"It is impossible to change a nullable field '{field_name}' on {model_name} to non-nullable without "
            "providing a default. This is because the database needs something to populate existing rows.\n"
            "Please select a fix:",
            [
                "Provide a one-off default now (will be set on all existing rows with a null value for this column)",
                (
                    "Ignore for now. Existing rows that contain NULL values will have to be handled manually, for example "
                    "with a RunPython or RunSQL operation."
                ),
                "Quit and manually define a default value in models.py.",
            ],
        )
        if choice == 2:
            return NOT_PROVIDED
        if choice == 3:
            sys.exit(3)
        return self._ask_default()

    def ask_rename(self, model_name: str, old_name: str, new_name: str, field_instance: Any) -> bool:
        kind = type(field_instance).__name__
        return self._boolean_input(
            f"Was {model_name}.{old_name} renamed to {model_name}.{new_name} (a {kind})? [y/N]", False
        )

    def ask_rename_model(self, old_model_state: Any, new_model_state: Any) -> bool:
        label = old_model_state.app_label
        return self._boolean_input(
            f"Was the model {label}.{old_model_state.name} renamed to {new_model_state.name}? [y/N]", False
        )

    def ask_merge(self, app_label: str) -> bool:
        return self._boolean_input(
            "\nMerging will only work if the operations printed above do not conflict\n"
            "with each other (working on different fields or models)\n"
            "Should these migration branches be merged? [y/N]",
            False,
        )

    def ask_auto_now_add_addition(self, field_name: str, model_name: str) -> Any:
        if self.dry_run:
            return None
        choice = self._choice_input(
            f"It is impossible to add the field '{field_name}' with 'auto_now_add=True' to {model_name} without "
            "providing a default. This is because the database needs something to populate existing rows.\n",
            [
                "Provide a one-off default now which will be set on all existing rows",
                "Quit and manually define a default value in models.py.",
            ],
        )
        if choice == 2:
            sys.exit(3)
        return self._ask_default(default="timezone.now")

    def ask_unique_callable_default_addition(self, field_name: str, model_name: str) -> Any:
        if self.dry_run:
            return None
        choice = self._choice_input(
            f"Callable default on unique field {model_name}.{field_name} will not generate unique values upon "
            "migrating.\nPlease choose how to proceed:\n",
            [
                (
                    "Continue making this migration as the first step in writing a manual migration to generate unique "
                    f"values described here: https://docs.djangoproject.com/en/{get_docs_version()}/howto/"
                    "writing-migrations/#migrations-that-add-unique-fields."
                ),
                "Quit and edit field options in models.py.",
            ],
        )
        if choice == 2:
            sys.exit(3)
        return None


class NonInteractiveMigrationQuestioner(MigrationQuestioner):
    """Never asks: what cannot be decided ends the command, or is left for the developer and told."""

    def __init__(
        self,
        defaults: dict[str, Any] | None = None,
        specified_apps: set[str] | None = None,
        dry_run: bool | None = None,
        verbosity: int = 1,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.verbosity = verbosity
        self.log = log
        super().__init__(defaults=defaults, specified_apps=specified_apps, dry_run=dry_run)

    def log_lack_of_migration(self, field_name: str, model_name: str, reason: str) -> None:
        """Tell why no migration was made for a field."""
        if self.verbosity > 0 and self.log is not None:
            self.log(f"Field '{field_name}' on model '{model_name}' not migrated: {reason}.")

    def ask_not_null_addition(self, field_name: str, model_name: str) -> Any:
        self.log_lack_of_migration(
            field_name, model_name, "it is impossible to add a non-nullable field without specifying a default"
        )
        sys.exit(3)

    def ask_not_null_alteration(self, field_name: str, model_name: str) -> Any:
        if self.log is not None:
            self.log(
                f"Field '{field_name}' on model '{model_name}' given a default of NOT PROVIDED and must be corrected."
            )
        return NOT_PROVIDED

    def ask_auto_now_add_addition(self, field_name: str, model_name: str) -> Any:
        self.log_lack_of_migration(
            field_name,
            model_name,
            "it is impossible to add a field with 'auto_now_add=True' without specifying a default",
        )
        sys.exit(3)
