"""Errors of the mailers."""

from __future__ import annotations

from hotclub.core.exceptions import ImproperlyConfigured


class InvalidMailer(ImproperlyConfigured):
    """A mailer is configured in a way that cannot work."""

    def __init__(self, msg: str, *, alias: str | None = None) -> None:
        self.alias = alias
        super().__init__(msg if alias is None else f"MAILERS[{alias!r}]: {msg}")


class MailerDoesNotExist(InvalidMailer, KeyError):
    """No mailer is configured under the alias."""

    def __init__(self, *, alias: str) -> None:
        super().__init__(f"The mailer '{alias}' is not configured.")
        self.alias = alias

    def __str__(self) -> str:
        # KeyError would show the text in quotes.
        return str(self.args[0])
