"""Files that came with a request: in memory, or in a temporary file."""

from __future__ import annotations

import os
from io import BytesIO
from typing import TYPE_CHECKING, Any

from hotclub.conf import settings
from hotclub.core.files import temp as tempfile
from hotclub.core.files.base import File
from hotclub.core.files.utils import validate_file_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

__all__ = ["InMemoryUploadedFile", "SimpleUploadedFile", "TemporaryUploadedFile", "UploadedFile"]

_MAX_NAME = 255


class UploadedFile(File):
    """What all uploaded files are.

    Args:
        file: the content.
        name: name the client gave; its directories are cut off.
        content_type: media type the client gave. It may be anything.
        size: size in bytes.
        charset: character set, for text.
        content_type_extra: further parameters of the content type.
    """

    def __init__(
        self,
        file: Any = None,
        name: str | None = None,
        content_type: str | None = None,
        size: int | None = None,
        charset: str | None = None,
        content_type_extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(file, name)
        self.size = size  # type: ignore[assignment]  # None where the client did not say
        self.content_type = content_type
        self.charset = charset
        self.content_type_extra = content_type_extra

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.name} ({self.content_type})>"

    @property
    def name(self) -> str | None:
        """Name of the file: never a path, at most 255 characters."""
        return self._name

    @name.setter
    def name(self, name: str | None) -> None:
        if name is not None:
            name = os.path.basename(name)
            if len(name) > _MAX_NAME:
                root, extension = os.path.splitext(name)
                extension = extension[:_MAX_NAME]
                name = root[: _MAX_NAME - len(extension)] + extension
            name = validate_file_name(name)
        self._name = name


class TemporaryUploadedFile(UploadedFile):
    """An uploaded file in a temporary file (a large one)."""

    def __init__(
        self,
        name: str,
        content_type: str | None,
        size: int | None,
        charset: str | None,
        content_type_extra: dict[str, Any] | None = None,
    ) -> None:
        _, extension = os.path.splitext(name)
        file = tempfile.NamedTemporaryFile(suffix=f".upload{extension}", dir=settings.FILE_UPLOAD_TEMP_DIR)
        super().__init__(file, name, content_type, size, charset, content_type_extra)

    def temporary_file_path(self) -> str:
        """Return where it lies."""
        return str(self.file.name)

    def close(self) -> None:
        try:
            self.file.close()
        except FileNotFoundError:
            pass  # moved away, as it should be


class InMemoryUploadedFile(UploadedFile):
    """An uploaded file in memory (a small one).

    Args:
        field_name: name of the form field.
    """

    def __init__(
        self,
        file: Any,
        field_name: str | None,
        name: str | None,
        content_type: str | None,
        size: int | None,
        charset: str | None,
        content_type_extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(file, name, content_type, size, charset, content_type_extra)
        self.field_name = field_name

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> Self:
        self.file.seek(0)
        return self

    def chunks(self, chunk_size: int | None = None) -> Iterator[Any]:
        self.file.seek(0)
        yield self.read()

    def multiple_chunks(self, chunk_size: int | None = None) -> bool:
        # It is in memory already.
        return False


class SimpleUploadedFile(InMemoryUploadedFile):
    """An uploaded file made of a name, content and type."""

    def __init__(self, name: str, content: bytes | None, content_type: str = "text/plain") -> None:
        content = content or b""
        super().__init__(BytesIO(content), None, name, content_type, len(content), None, None)

    @classmethod
    def from_dict(cls, file_dict: dict[str, Any]) -> SimpleUploadedFile:
        """Make one of a dictionary with the keys filename, content and content-type."""
        return cls(file_dict["filename"], file_dict["content"], file_dict.get("content-type", "text/plain"))
