"""Handlers of uploads: each gets every chunk of each file, and one of them makes the file."""

from __future__ import annotations

import os
from io import BytesIO
from typing import Any

from hotclub.conf import settings
from hotclub.core.files.uploadedfile import InMemoryUploadedFile, TemporaryUploadedFile
from hotclub.utils.module_loading import import_string

__all__ = [
    "FileUploadHandler", "MemoryFileUploadHandler", "SkipFile", "StopFutureHandlers", "StopUpload",
    "TemporaryFileUploadHandler", "UploadFileException", "load_handler",
]  # fmt: skip


class UploadFileException(Exception):
    """Base of what a handler may raise to steer the upload."""


class StopUpload(UploadFileException):
    """The upload has to end.

    Args:
        connection_reset: end it without reading the rest, which breaks the connection.
    """

    def __init__(self, connection_reset: bool = False) -> None:
        self.connection_reset = connection_reset

    def __str__(self) -> str:
        if self.connection_reset:
            return "StopUpload: Halt current upload."
        return "StopUpload: Consume request data, then halt."


class SkipFile(UploadFileException):
    """This file is not wanted; the others are."""


class StopFutureHandlers(UploadFileException):
    """From `new_file`: no other handler shall see this file."""


class FileUploadHandler:
    """Base of upload handlers.

    Attributes:
        chunk_size: how many bytes `receive_data_chunk` should get; a multiple of 4, at most 2 GB.
    """

    chunk_size = 64 * 2**10

    def __init__(self, request: Any = None) -> None:
        self.file_name: str | None = None
        self.content_type: str | None = None
        self.content_length: int | None = None
        self.charset: str | None = None
        self.content_type_extra: dict[str, Any] | None = None
        self.request = request

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: bytes, encoding: str | None = None
    ) -> Any:
        """Take over the reading of the whole body, if wanted: return (POST, FILES) then, None otherwise."""

    def new_file(
        self,
        field_name: str,
        file_name: str,
        content_type: str,
        content_length: int | None,
        charset: str | None = None,
        content_type_extra: dict[str, Any] | None = None,
    ) -> None:
        """A file begins. May raise `StopFutureHandlers`."""
        self.field_name = field_name
        self.file_name = file_name
        self.content_type = content_type
        self.content_length = content_length
        self.charset = charset
        self.content_type_extra = content_type_extra

    def receive_data_chunk(self, raw_data: bytes, start: int) -> Any:
        """Take a chunk; return it (or another) for the next handler, None to keep it. May raise the exceptions above."""
        raise NotImplementedError("subclasses of FileUploadHandler must provide a receive_data_chunk() method")

    def file_complete(self, file_size: int) -> Any:
        """The file has ended; return an `UploadedFile`, or None to leave that to another handler."""
        raise NotImplementedError("subclasses of FileUploadHandler must provide a file_complete() method")

    def upload_complete(self) -> None:
        """All files have ended."""

    def upload_interrupted(self) -> None:
        """The upload broke off before its end."""


class TemporaryFileUploadHandler(FileUploadHandler):
    """Writes each file to a temporary file."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = TemporaryUploadedFile(
            self.file_name or "", self.content_type, 0, self.charset, self.content_type_extra
        )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> TemporaryUploadedFile:
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            temp_location = self.file.temporary_file_path()
            try:
                self.file.close()
                os.remove(temp_location)
            except FileNotFoundError:
                pass  # closing has removed it


class MemoryFileUploadHandler(FileUploadHandler):
    """Keeps files in memory, if the whole request is small."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: bytes, encoding: str | None = None
    ) -> None:
        # The length is what the client says; a body that has arrived already is measured.
        stream = getattr(input_data, "_stream", input_data)
        if getattr(stream, "seekable", None) is not None and stream.seekable():
            here = stream.tell()
            content_length = max(content_length, stream.seek(0, 2) - here)
            stream.seek(here)
        self.activated = content_length <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.activated:
            self.file = BytesIO()
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if not self.activated:
            return raw_data
        self.file.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        if not self.activated:
            return None
        self.file.seek(0)
        return InMemoryUploadedFile(
            file=self.file,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )


def load_handler(path: str, *args: Any, **kwargs: Any) -> Any:
    """Make the handler of a dotted path with the arguments."""
    return import_string(path)(*args, **kwargs)
