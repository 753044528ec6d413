"""Rules for passwords that users choose."""

from __future__ import annotations

import functools
import gzip
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from hotclub.conf import settings
from hotclub.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from hotclub.utils.functional import cached_property, lazy
from hotclub.utils.html import format_html, format_html_join
from hotclub.utils.module_loading import import_string
from hotclub.utils.translation import gettext as _
from hotclub.utils.translation import ngettext

_LONGEST_COMPARED = 128
"""Characters of a password that are compared with a user's attributes: comparing takes time."""


@functools.lru_cache(maxsize=1)
def get_default_password_validators() -> list[Any]:
    """Return the validators of `AUTH_PASSWORD_VALIDATORS`."""
    return get_password_validators(settings.AUTH_PASSWORD_VALIDATORS)


def get_password_validators(validator_config: Iterable[dict[str, Any]]) -> list[Any]:
    """Return the validators of a configuration: dictionaries with NAME and OPTIONS.

    Raises:
        ImproperlyConfigured: one cannot be imported.
    """
    validators = []
    for entry in validator_config:
        try:
            validator_class = import_string(entry["NAME"])
        except ImportError as error:
            raise ImproperlyConfigured(
                f"The module in NAME could not be imported: {entry['NAME']}. Check your AUTH_PASSWORD_VALIDATORS setting."
            ) from error
        validators.append(validator_class(**entry.get("OPTIONS", {})))
    return validators


def _chosen(password_validators: Sequence[Any] | None) -> Sequence[Any]:
    return get_default_password_validators() if password_validators is None else password_validators


def validate_password(password: str, user: Any = None, password_validators: Sequence[Any] | None = None) -> None:
    """Check a password against all rules.

    Args:
        password: what the user chose.
        user: the user, for rules that compare with their data.
        password_validators: those of the project, if None.

    Raises:
        ValidationError: with the messages of all rules it breaks.
    """
    errors = []
    for validator in _chosen(password_validators):
        try:
            validator.validate(password, user)
        except ValidationError as error:
            errors.append(error)
    if errors:
        raise ValidationError(errors)


def password_changed(password: str, user: Any = None, password_validators: Sequence[Any] | None = None) -> None:
    """Tell the rules that want to know (those with a method of this name) that a password was changed."""
    for validator in _chosen(password_validators):
        if hasattr(validator, "password_changed"):
            validator.password_changed(password, user)


def password_validators_help_texts(password_validators: Sequence[Any] | None = None) -> list[str]:
    """Return what each rule says about itself."""
    return [validator.get_help_text() for validator in _chosen(password_validators)]


def _password_validators_help_text_html(password_validators: Sequence[Any] | None = None) -> str:
    texts = password_validators_help_texts(password_validators)
    items = format_html_join("", "<li>{}</li>", ((text,) for text in texts))
    return format_html("<ul>{}</ul>", items) if items else ""


password_validators_help_text_html = lazy(_password_validators_help_text_html, str)
"""What the rules say about themselves, as a list in HTML; lazy, for forms."""


class MinimumLengthValidator:
    """Refuses short passwords."""

    def __init__(self, min_length: int = 8) -> None:
        self.min_length = min_length

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError if the password is too short."""
        if len(password) < self.min_length:
            raise ValidationError(
                self.get_error_message(), code="password_too_short", params={"min_length": self.min_length}
            )

    def get_error_message(self) -> str:
        """Return the text of the error."""
        return ngettext(
            "This password is too short. It must contain at least %d character.",
            "This password is too short. It must contain at least %d characters.",
            self.min_length,
        ) % (self.min_length,)

    def get_help_text(self) -> str:
        """Return the rule."""
        return ngettext(
            "Your password must contain at least %(min_length)d character.",
            "Your password must contain at least %(min_length)d characters.",
            self.min_length,
        ) % {"min_length": self.min_length}


def exceeds_maximum_length_ratio(password: str, max_similarity: float, value: str) -> bool:
    """Say whether a value is so much shorter than the password that the two cannot be similar.

    Comparing takes time quadratic in the lengths; this leaves out what would be compared in vain.
    """
    return len(value) < max_similarity / 2 * len(password) and len(password) >= 10 * len(value)


class UserAttributeSimilarityValidator:
    """Refuses passwords that look like the user's name or address.

    Args:
        user_attributes: names of the attributes to compare with.
        max_similarity: how much alike they may be: from 0.1 (hardly at all) to 1.0 (identical ones only).

    Raises:
        ValueError: `max_similarity` is below 0.1.
    """

    DEFAULT_USER_ATTRIBUTES = ("username", "first_name", "last_name", "email")

    def __init__(self, user_attributes: Sequence[str] = DEFAULT_USER_ATTRIBUTES, max_similarity: float = 0.7) -> None:
        self.user_attributes = user_attributes
        if max_similarity < 0.1:
            raise ValueError("max_similarity must be at least 0.1")
        self.max_similarity = max_similarity

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError if the password looks like one of the attributes."""
        if not user:
            return
        password = password.lower()
        for name in self.user_attributes:
            value = getattr(user, name, None)
            if not value or not isinstance(value, str):
                continue
            value = value.lower()
            # The parts of an address count on their own.
            for part in [*re.split(r"\W+", value), value]:
                if exceeds_maximum_length_ratio(password, self.max_similarity, part):
                    continue
                matcher = SequenceMatcher(a=password[:_LONGEST_COMPARED], b=part[:_LONGEST_COMPARED])
                if matcher.quick_ratio() >= self.max_similarity:
                    raise ValidationError(
                        self.get_error_message(),
                        code="password_too_similar",
                        params={"verbose_name": self._name_of(user, name)},
                    )

    @staticmethod
    def _name_of(user: Any, name: str) -> Any:
        try:
            return user._meta.get_field(name).verbose_name
        except FieldDoesNotExist:
            return name

    def get_error_message(self) -> str:
        """Return the text of the error."""
        return _("The password is too similar to the %(verbose_name)s.")

    def get_help_text(self) -> str:
        """Return the rule."""
        return _("Your password can’t be too similar to your other personal information.")


class CommonPasswordValidator:
    """Refuses passwords that many people choose.

    Args:
        password_list_path: file with one password in lower case a line, plain or gzip; our own list, unless given.
    """

    @cached_property
    def DEFAULT_PASSWORD_LIST_PATH(self) -> Path:
        return Path(__file__).resolve().parent / "common-passwords.txt"

    def __init__(self, password_list_path: Any = DEFAULT_PASSWORD_LIST_PATH) -> None:
        if password_list_path is CommonPasswordValidator.__dict__["DEFAULT_PASSWORD_LIST_PATH"]:
            password_list_path = self.DEFAULT_PASSWORD_LIST_PATH
        try:
            with gzip.open(password_list_path, "rt", encoding="utf-8") as file:
                self.passwords = {line.strip() for line in file}
        except OSError:
            with open(password_list_path, encoding="utf-8") as file:
                self.passwords = {line.strip() for line in file}

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError if the password is on the list."""
        if password.lower().strip() in self.passwords:
            raise ValidationError(self.get_error_message(), code="password_too_common")

    def get_error_message(self) -> str:
        """Return the text of the error."""
        return _("This password is too common.")

    def get_help_text(self) -> str:
        """Return the rule."""
        return _("Your password can’t be a commonly used password.")


class NumericPasswordValidator:
    """Refuses passwords of digits only."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError if the password has digits only."""
        if password.isdigit():
            raise ValidationError(self.get_error_message(), code="password_entirely_numeric")

    def get_error_message(self) -> str:
        """Return the text of the error."""
        return _("This password is entirely numeric.")

    def get_help_text(self) -> str:
        """Return the rule."""
        return _("Your password can’t be entirely numeric.")
