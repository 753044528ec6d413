"""`Storage`: what a place for files offers, and the naming of files in it."""

from __future__ import annotations

import os
import pathlib
from typing import Any

from hotclub.core.exceptions import SuspiciousFileOperation
from hotclub.core.files import File
from hotclub.core.files.utils import validate_file_name
from hotclub.utils.crypto import get_random_string
from hotclub.utils.text import get_valid_filename


class Storage:
    """Base of storages. Subclasses provide `_open` and `_save`, and the methods that raise NotImplementedError here."""

    def open(self, name: str, mode: str = "rb") -> Any:
        """Return a file of the storage."""
        return self._open(name, mode)

    def _open(self, name: str, mode: str = "rb") -> Any:
        raise NotImplementedError("subclasses of Storage must provide an _open() method")

    def _save(self, name: str, content: Any) -> str:
        raise NotImplementedError("subclasses of Storage must provide a _save() method")

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Keep the content of a file.

        Args:
            name: wanted name; that of the content, if None.
            content: a `File`, or anything a `File` can be made of.
            max_length: longest name allowed.

        Returns:
            The name it got.

        Raises:
            SuspiciousFileOperation: the name leads elsewhere, or none is free.
        """
        if name is None:
            name = content.name
        if not hasattr(content, "chunks"):
            content = File(content, name)
        # The name is checked as it comes, as it is made available, and as it was saved.
        validate_file_name(str(name), allow_relative_path=True)
        name = self.get_available_name(str(name), max_length=max_length)
        validate_file_name(name, allow_relative_path=True)
        saved = self._save(name, content)
        validate_file_name(saved, allow_relative_path=True)
        return saved

    def is_name_available(self, name: str, max_length: int | None = None) -> bool:
        """Say whether a file can be saved under the name."""
        exceeds = bool(max_length and len(name) > max_length)
        return not self.exists(name) and not exceeds

    def get_valid_name(self, name: str) -> str:
        """Return the name with nothing in it that the storage cannot hold."""
        return get_valid_filename(name)

    def get_alternative_name(self, file_root: str, file_ext: str) -> str:
        """Return another name, for one that is taken."""
        return f"{file_root}_{get_random_string(7)}{file_ext}"

    def get_available_name(self, name: Any, max_length: int | None = None) -> str:
        """Return a name that is free, and short enough.

        Raises:
            SuspiciousFileOperation: the name leads elsewhere, or cannot be cut enough.
        """
        name = str(name).replace("\\", "/")
        dir_name, file_name = os.path.split(name)
        if ".." in pathlib.PurePath(dir_name).parts:
            raise SuspiciousFileOperation(f"Detected path traversal attempt in '{dir_name}'")
        validate_file_name(file_name)
        extension = "".join(pathlib.PurePath(file_name).suffixes)
        root = file_name.removesuffix(extension)
        candidate = name
        while not self.is_name_available(candidate, max_length=max_length):
            # A random part is hard to guess, and needs no counting up.
            candidate = os.path.join(dir_name, self.get_alternative_name(root, extension))
            surplus = 0 if max_length is None else len(candidate) - max_length
            if surplus >= len(root) and surplus > 0:
                raise SuspiciousFileOperation(
                    f'Storage can not find an available filename for "{candidate}". Please make sure that the '
                    'corresponding file field allows sufficient "max_length".'
                )
            if surplus > 0:
                # The random part counts as well, so that the root pays for it.
                root = root[:-surplus]
                candidate = os.path.join(dir_name, self.get_alternative_name(root, extension))
        return str(candidate)

    def generate_filename(self, filename: Any) -> str:
        """Return the path, with its last part made valid.

        Raises:
            SuspiciousFileOperation: the path leads elsewhere.
        """
        filename = str(filename).replace("\\", "/")
        dirname, filename = os.path.split(filename)
        if ".." in pathlib.PurePath(dirname).parts:
            raise SuspiciousFileOperation(f"Detected path traversal attempt in '{dirname}'")
        return os.path.normpath(os.path.join(dirname, self.get_valid_name(filename)))

    def path(self, name: str) -> str:
        """Return the path in the local file system; only storages that have one can."""
        raise NotImplementedError("This backend doesn't support absolute paths.")

    def delete(self, name: str) -> None:
        """Delete a file; nothing happens if there is none."""
        raise NotImplementedError("subclasses of Storage must provide a delete() method")

    def exists(self, name: str) -> bool:
        """Say whether there is a file of the name."""
        raise NotImplementedError("subclasses of Storage must provide an exists() method")

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """Return the names of directories and of files in a directory."""
        raise NotImplementedError("subclasses of Storage must provide a listdir() method")

    def size(self, name: str) -> int:
        """Return the size of a file in bytes."""
        raise NotImplementedError("subclasses of Storage must provide a size() method")

    def url(self, name: str | None) -> str:
        """Return the URL from which the file can be had."""
        raise NotImplementedError("subclasses of Storage must provide a url() method")

    def get_accessed_time(self, name: str) -> Any:
        """Return when the file was last read: aware if `USE_TZ`."""
        raise NotImplementedError("subclasses of Storage must provide a get_accessed_time() method")

    def get_created_time(self, name: str) -> Any:
        """Return when the file was made: aware if `USE_TZ`."""
        raise NotImplementedError("subclasses of Storage must provide a get_created_time() method")

    def get_modified_time(self, name: str) -> Any:
        """Return when the file was last changed: aware if `USE_TZ`."""
        raise NotImplementedError("subclasses of Storage must provide a get_modified_time() method")
