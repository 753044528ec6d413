"""Files in memory: for tests, and for what need not outlive the process."""

from __future__ import annotations

import io
import os
import pathlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from hotclub.conf import settings
from hotclub.core.files.base import ContentFile
from hotclub.core.files.storage.base import Storage
from hotclub.core.files.storage.options import StorageSettingsMixin
from hotclub.utils._os import safe_join
from hotclub.utils.deconstruct import deconstructible
from hotclub.utils.encoding import filepath_to_uri
from hotclub.utils.functional import cached_property
from hotclub.utils.timezone import now

__all__ = ("InMemoryStorage",)


class _Node:
    """What files and directories have: three times."""

    def __init__(self) -> None:
        self.created_time = self.accessed_time = self.modified_time = now()

    def accessed(self) -> None:
        self.accessed_time = now()

    def modified(self) -> None:
        self.accessed_time = self.modified_time = now()


class _Directory(_Node):
    def __init__(self) -> None:
        super().__init__()
        self.children: dict[str, _Node] = {}


class _FileNode(ContentFile, _Node):
    """The content of a file, bytes or text as it was last opened."""

    def __init__(self, content: str | bytes = "", name: str | None = None) -> None:
        self.file: Any = None
        self._is_text = isinstance(content, str)
        ContentFile.__init__(self, content, name)
        _Node.__init__(self)

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> Any:
        self._convert("b" not in (mode or "rb"))
        self.accessed()
        return super().open(mode)

    def write(self, data: Any) -> int:
        self._convert(isinstance(data, str))
        self.modified()
        return super().write(data)

    def replace(self, chunks: Any) -> None:
        """Put other content in the place of what is there."""
        first = True
        for chunk in chunks:
            if first:
                self._is_text = isinstance(chunk, str)
                self.file = io.StringIO() if self._is_text else io.BytesIO()
                first = False
            self.file.write(chunk if isinstance(chunk, str) == self._is_text else _other_kind(chunk))
        if first:
            self.file = io.StringIO() if self._is_text else io.BytesIO()
        self.__dict__.pop("size", None)
        self.modified()

    def _convert(self, to_text: bool) -> None:
        if to_text == self._is_text:
            return
        content = self.file.getvalue()
        self._is_text = to_text
        self.file = io.StringIO(content.decode()) if to_text else io.BytesIO(content.encode())

    def byte_count(self) -> int:
        content = self.file.getvalue()
        return len(content.encode() if isinstance(content, str) else content)


def _other_kind(chunk: Any) -> Any:
    return chunk.decode() if isinstance(chunk, bytes) else chunk.encode()


@deconstructible(path="hotclub.core.files.storage.InMemoryStorage")
class InMemoryStorage(Storage, StorageSettingsMixin):
    """Keeps files in memory. The arguments are those of `FileSystemStorage`; permissions mean nothing here."""

    def __init__(
        self,
        location: Any = None,
        base_url: str | None = None,
        file_permissions_mode: int | None = None,
        directory_permissions_mode: int | None = None,
    ) -> None:
        self._location = location
        self._base_url = base_url
        self._file_permissions_mode = file_permissions_mode
        self._directory_permissions_mode = directory_permissions_mode
        self._root = _Directory()
        self._watch_settings()

    @cached_property
    def location(self) -> str:
        """Absolute path that names are relative to."""
        return str(os.path.abspath(self.base_location))

    def _parts(self, name: str) -> tuple[str, ...]:
        full_path = safe_join(self.location, name)
        return pathlib.PurePath(os.path.relpath(full_path, self.location)).parts

    def _find(self, name: str, *, make_directories: bool = False) -> tuple[_Directory | None, str, _Node | None]:
        """Return the directory a name is in, its last part, and what is there; (None, …) if a directory is missing.

        Raises:
            FileExistsError: a part of the way is a file.
        """
        parts = self._parts(name)
        directory = self._root
        if not parts:
            return None, "", self._root
        for part in parts[:-1]:
            child = directory.children.get(part)
            if child is None:
                if not make_directories:
                    return None, parts[-1], None
                child = directory.children[part] = _Directory()
                directory.modified()
            if not isinstance(child, _Directory):
                raise FileExistsError(f"{os.path.join(self.location, part)} exists and is not a directory.")
            directory = child
        return directory, parts[-1], directory.children.get(parts[-1])

    def _existing(self, name: str) -> _Node:
        _, _, node = self._find(name)
        if node is None:
            raise FileNotFoundError(f"There is no file {name!r} in the storage.")
        return node

    def _open(self, name: str, mode: str = "rb") -> Any:
        directory, leaf, node = self._find(name, make_directories="w" in mode)
        if isinstance(node, _Directory):
            raise IsADirectoryError(f"{name!r} is a directory.")
        if node is None:
            if "w" not in mode or directory is None:
                raise FileNotFoundError(f"There is no file {name!r} in the storage.")
            node = directory.children[leaf] = _FileNode("" if "b" not in mode else b"", name=name)
            directory.modified()
        assert isinstance(node, _FileNode)
        if "w" in mode:
            node.replace(())
        return node.open(mode)

    def _save(self, name: str, content: Any) -> str:
        directory, leaf, node = self._find(name, make_directories=True)
        if directory is None or isinstance(node, _Directory):
            raise IsADirectoryError(f"{name!r} is a directory.")
        if not isinstance(node, _FileNode):
            node = directory.children[leaf] = _FileNode(b"", name=name)
        node.replace(content.chunks())
        directory.modified()
        if hasattr(content, "temporary_file_path"):
            # As if it had been moved here.
            os.remove(content.temporary_file_path())
        return pathlib.PurePath(*self._parts(name)).as_posix()

    def path(self, name: str) -> str:
        raise NotImplementedError("This backend doesn't support absolute paths.")

    def delete(self, name: str) -> None:
        directory, leaf, node = self._find(name)
        if node is None or directory is None:
            return
        del directory.children[leaf]
        directory.modified()

    def exists(self, name: str) -> bool:
        return self._find(name)[2] is not None

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        node = self._existing(path)
        if not isinstance(node, _Directory):
            raise FileExistsError(f"{path!r} exists and is not a directory.")
        directories = [name for name, child in node.children.items() if isinstance(child, _Directory)]
        files = [name for name, child in node.children.items() if not isinstance(child, _Directory)]
        return directories, files

    def size(self, name: str) -> int:
        node = self._existing(name)
        return node.byte_count() if isinstance(node, _FileNode) else 0

    def url(self, name: str | None) -> str:
        if self.base_url is None:
            raise ValueError("This file is not accessible via a URL.")
        url = filepath_to_uri(name)
        if url is not None:
            url = url.lstrip("/")
        return str(urljoin(self.base_url, url))

    def _moment(self, value: datetime) -> datetime:
        if settings.USE_TZ:
            return value if value.tzinfo else value.astimezone(UTC)
        return value.astimezone().replace(tzinfo=None) if value.tzinfo else value

    def get_accessed_time(self, name: str) -> datetime:
        return self._moment(self._existing(name).accessed_time)

    def get_created_time(self, name: str) -> datetime:
        return self._moment(self._existing(name).created_time)

    def get_modified_time(self, name: str) -> datetime:
        return self._moment(self._existing(name).modified_time)
