"""A backend that writes messages to files, one a session."""

from __future__ import annotations

import datetime
import os
from typing import Any

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.mail.backends.console import EmailBackend as ConsoleEmailBackend
from hotclub.core.mail.exceptions import InvalidMailer


class EmailBackend(ConsoleEmailBackend):
    """Writes messages to a file.

    Args:
        fail_silently: pass over errors.
        file_path: directory of the files; it is made if it is missing.

    Raises:
        InvalidMailer: the directory is missing from the options, or cannot be used.
    """

    def __init__(self, fail_silently: bool = False, file_path: Any = None, **kwargs: Any) -> None:
        self._fname: str | None = None
        super().__init__(fail_silently=fail_silently, **kwargs)
        # Opened for each session.
        self.stream: Any = None
        if file_path is None and self.alias is None:
            file_path = getattr(settings, "EMAIL_FILE_PATH", None)
        if file_path is None:
            raise self._unusable(
                "OPTIONS must define 'file_path'.",
                "The EMAIL_FILE_PATH setting must be set to use the file EmailBackend.",
            )
        self.file_path = os.path.abspath(file_path)
        try:
            os.makedirs(self.file_path, exist_ok=True)
        except FileExistsError:
            raise self._unusable(
                f"'file_path' is not a directory: {self.file_path}",
                f"Path for saving email messages exists, but is not a directory: {self.file_path}",
            ) from None
        except OSError as error:
            raise self._unusable(
                f"Could not create 'file_path': {self.file_path} ({error})",
                f"Could not create directory for saving email messages: {self.file_path} ({error})",
            ) from error
        if not os.access(self.file_path, os.W_OK):
            raise self._unusable(
                f"'file_path' is not writable: {self.file_path}", f"Could not write to directory: {self.file_path}"
            )

    def _unusable(self, text: str, without_mailers: str) -> ImproperlyConfigured:
        if self.alias is not None:
            return InvalidMailer(text, alias=self.alias)
        return ImproperlyConfigured(without_mailers)

    def write_message(self, message: Any) -> None:
        self.stream.write(message.message().as_bytes() + b"\n")
        self.stream.write(b"-" * 79)
        self.stream.write(b"\n")

    def _get_filename(self) -> str:
        """Return the name of the session's file."""
        if self._fname is None:
            timestamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
            self._fname = os.path.join(self.file_path, f"{timestamp}-{abs(id(self))}.log")
        return self._fname

    def open(self) -> bool:
        if self.stream is None:
            self.stream = open(self._get_filename(), "ab")  # noqa: SIM115  # open until close()
            return True
        return False

    def close(self) -> None:
        try:
            if self.stream is not None:
                self.stream.close()
        finally:
            self.stream = None
