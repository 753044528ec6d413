"""Sessions as files."""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import shutil
import tempfile
from typing import Any

from hotclub.conf import settings
from hotclub.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, SessionBase, UpdateError
from hotclub.contrib.sessions.exceptions import InvalidSessionKey
from hotclub.core.exceptions import ImproperlyConfigured, SuspiciousOperation


class SessionStore(SessionBase):
    """A session in a file below `SESSION_FILE_PATH`."""

    _storage_path: str

    def __init__(self, session_key: str | None = None) -> None:
        self.storage_path = self._get_storage_path()
        self.file_prefix = settings.SESSION_COOKIE_NAME
        super().__init__(session_key)

    @classmethod
    def _get_storage_path(cls) -> str:
        try:
            return cls._storage_path
        except AttributeError:
            path = getattr(settings, "SESSION_FILE_PATH", None) or tempfile.gettempdir()
            if not os.path.isdir(path):
                raise ImproperlyConfigured(
                    f"The session storage path {path!r} doesn't exist. Please set your SESSION_FILE_PATH setting to an "
                    "existing directory in which hotclub can store session data."
                ) from None
            cls._storage_path = path
            return path

    def _key_to_file(self, session_key: str | None = None) -> str:
        """Give the file of a key.

        Raises:
            InvalidSessionKey: the key could lead out of the directory.
        """
        if session_key is None:
            session_key = self._own_session_key()
        if not set(session_key).issubset(VALID_KEY_CHARS):
            raise InvalidSessionKey("Invalid characters in session key")
        return os.path.join(self.storage_path, self.file_prefix + session_key)

    def _written_at(self) -> datetime.datetime:
        """Give when the file was written."""
        tz = datetime.UTC if settings.USE_TZ else None
        return datetime.datetime.fromtimestamp(os.stat(self._key_to_file()).st_mtime, tz=tz)

    def load(self) -> dict[str, Any]:
        data: dict[str, Any] = {}
        try:
            with open(self._key_to_file(), encoding="ascii") as file:
                text = file.read()
            # An empty file is one that is being written.
            if text:
                try:
                    data = self.decode(text)
                except (EOFError, SuspiciousOperation) as error:
                    if isinstance(error, SuspiciousOperation):
                        logging.getLogger(f"hotclub.security.{type(error).__name__}").warning(str(error))
                    self.create()
                age = self.get_expiry_age(expiry=data.get("_session_expiry"), modification=self._written_at())
                if age <= 0:
                    data = {}
                    self.delete()
                    self.create()
        except (OSError, SuspiciousOperation):
            self._session_key = None
        return data

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)
        path = self._key_to_file()
        self._claim(path, must_create)
        # The file is written beside its place and moved there: readers see the old or the new one, never half.
        directory, name = os.path.split(path)
        handle, temporary = tempfile.mkstemp(dir=directory, prefix=f"{name}_out_")
        try:
            with open(handle, "wb") as file:
                file.write(self.encode(data).encode())
            shutil.move(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        return None

    @staticmethod
    def _claim(path: str, must_create: bool) -> None:
        """Check that the file of a session is there; or make it, empty, if there must not be one yet.

        Raises:
            CreateError: it is there.
            UpdateError: it is gone.
        """
        try:
            os.close(os.open(path, os.O_WRONLY | (os.O_EXCL | os.O_CREAT if must_create else 0), 0o600))
        except FileExistsError as error:
            raise CreateError from error
        except FileNotFoundError as error:
            if must_create:
                raise  # it is the directory that is gone
            raise UpdateError from error

    def exists(self, session_key: str | None) -> bool:
        return session_key is not None and os.path.exists(self._key_to_file(session_key))

    def delete(self, session_key: str | None = None) -> None:
        if session_key is None:
            if self.session_key is None:
                return
            session_key = self.session_key
        with contextlib.suppress(OSError):
            os.unlink(self._key_to_file(session_key))

    @classmethod
    def clear_expired(cls) -> None:
        prefix = settings.SESSION_COOKIE_NAME
        for name in os.listdir(cls._get_storage_path()):
            if name.startswith(prefix):
                # Loading deletes a session that has ended; the new one that takes its place is not wanted here.
                session = cls(name.removeprefix(prefix))
                session.create = lambda: None  # type: ignore[method-assign]
                session.load()
