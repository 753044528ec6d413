"""Files in a directory of the local file system."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from hotclub.conf import settings
from hotclub.core.files import File, locks
from hotclub.core.files.move import file_move_safe
from hotclub.core.files.storage.base import Storage
from hotclub.core.files.storage.options import StorageSettingsMixin
from hotclub.utils._os import safe_join, safe_makedirs
from hotclub.utils.deconstruct import deconstructible
from hotclub.utils.encoding import filepath_to_uri
from hotclub.utils.functional import cached_property


@deconstructible(path="hotclub.core.files.storage.FileSystemStorage")
class FileSystemStorage(Storage, StorageSettingsMixin):
    """Keeps files in a directory.

    Args:
        location: the directory; `MEDIA_ROOT`, if None.
        base_url: URL under which it is served; `MEDIA_URL`, if None.
        file_permissions_mode: permissions of new files; `FILE_UPLOAD_PERMISSIONS`, if None.
        directory_permissions_mode: permissions of new directories; `FILE_UPLOAD_DIRECTORY_PERMISSIONS`, if None.
        allow_overwrite: replace files, instead of giving new ones another name.
    """

    def __init__(
        self,
        location: Any = None,
        base_url: str | None = None,
        file_permissions_mode: int | None = None,
        directory_permissions_mode: int | None = None,
        allow_overwrite: bool = False,
    ) -> None:
        self._location = location
        self._base_url = base_url
        self._file_permissions_mode = file_permissions_mode
        self._directory_permissions_mode = directory_permissions_mode
        self._allow_overwrite = allow_overwrite
        self._watch_settings()

    @cached_property
    def location(self) -> str:
        """Absolute path of the directory."""
        return str(os.path.abspath(self.base_location))

    def _open(self, name: str, mode: str = "rb") -> File:
        return File(open(self.path(name), mode))  # the caller closes it

    def _save(self, name: str, content: Any) -> str:
        full_path = self.path(name)
        self._make_directory(os.path.dirname(full_path))
        while True:
            try:
                if hasattr(content, "temporary_file_path"):
                    file_move_safe(content.temporary_file_path(), full_path, allow_overwrite=self._allow_overwrite)
                else:
                    self._write(full_path, content)
            except FileExistsError:
                # Somebody else took the name since it was found free.
                name = self.get_available_name(name)
                full_path = self.path(name)
            else:
                break
        if self.file_permissions_mode is not None:
            os.chmod(full_path, self.file_permissions_mode)
        name = os.path.relpath(full_path, self.location)
        self._ensure_location_group_id(full_path)
        return str(name).replace("\\", "/")

    def _make_directory(self, directory: str) -> None:
        try:
            if self.directory_permissions_mode is not None:
                safe_makedirs(directory, self.directory_permissions_mode, exist_ok=True)
            else:
                os.makedirs(directory, exist_ok=True)
        except FileExistsError:
            raise FileExistsError(f"{directory} exists and is not a directory.") from None

    def _write(self, full_path: str, content: Any) -> None:
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
        # O_EXCL makes "is it free" and "take it" one step.
        flags |= os.O_TRUNC if self._allow_overwrite else os.O_EXCL
        descriptor = os.open(full_path, flags, 0o666)
        file: Any = None
        try:
            locks.lock(descriptor, locks.LOCK_EX)
            for chunk in content.chunks():
                if file is None:
                    file = os.fdopen(descriptor, "wb" if isinstance(chunk, bytes) else "wt")
                file.write(chunk)
        finally:
            locks.unlock(descriptor)
            if file is not None:
                file.close()
            else:
                os.close(descriptor)

    def _ensure_location_group_id(self, full_path: str) -> None:
        """Give the file the group of the directory, where the platform has groups."""
        if os.name == "posix":
            group = os.stat(self.location).st_gid
            if os.stat(full_path).st_gid != group:
                with suppress(PermissionError):
                    os.chown(full_path, uid=-1, gid=group)

    def delete(self, name: str) -> None:
        if not name:
            raise ValueError("The name must be given to delete().")
        path = self.path(name)
        # Others may be faster; that is no error.
        with suppress(FileNotFoundError):
            if os.path.isdir(path):
                os.rmdir(path)
            else:
                os.remove(path)

    def is_name_available(self, name: str, max_length: int | None = None) -> bool:
        if self._allow_overwrite:
            return not (max_length and len(name) > max_length)
        return super().is_name_available(name, max_length=max_length)

    def exists(self, name: str) -> bool:
        # A dangling link takes the name as well.
        return os.path.lexists(self.path(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        directories: list[str] = []
        files: list[str] = []
        with os.scandir(self.path(path)) as entries:
            for entry in entries:
                (directories if entry.is_dir() else files).append(entry.name)
        return directories, files

    def path(self, name: str) -> str:
        return safe_join(self.location, name)

    def size(self, name: str) -> int:
        return os.path.getsize(self.path(name))

    def url(self, name: str | None) -> str:
        if self.base_url is None:
            raise ValueError("This file is not accessible via a URL.")
        url = filepath_to_uri(name)
        if url is not None:
            url = url.lstrip("/")
        return str(urljoin(self.base_url, url))

    def _moment(self, timestamp: float) -> datetime:
        return datetime.fromtimestamp(timestamp, tz=UTC if settings.USE_TZ else None)

    def get_accessed_time(self, name: str) -> datetime:
        return self._moment(os.path.getatime(self.path(name)))

    def get_created_time(self, name: str) -> datetime:
        return self._moment(os.path.getctime(self.path(name)))

    def get_modified_time(self, name: str) -> datetime:
        return self._moment(os.path.getmtime(self.path(name)))
