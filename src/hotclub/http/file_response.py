"""`FileResponse`: files in blocks, with length, type and disposition taken from what is sent."""

from __future__ import annotations

import io
import mimetypes
import os
from typing import Any

from hotclub.http.response import StreamingHttpResponse
from hotclub.utils.http import content_disposition_header

_COMPRESSED_TYPES = {
    "br": "application/x-brotli",
    "bzip2": "application/x-bzip",
    "compress": "application/x-compress",
    "gzip": "application/gzip",
    "xz": "application/x-xz",
}


class FileResponse(StreamingHttpResponse):
    """Streams a file.

    Args:
        as_attachment: ask the browser to save it.
        filename: name for the browser; that of the file, if empty.
        *args, **kwargs: those of `StreamingHttpResponse`.

    Source: docs ref/request-response, "FileResponse objects".
    """

    block_size = 4096

    def __init__(self, *args: Any, as_attachment: bool = False, filename: str = "", **kwargs: Any) -> None:
        self.as_attachment = as_attachment
        self.filename = filename
        self._type_is_open = "content_type" not in kwargs or kwargs["content_type"] is None
        super().__init__(*args, **kwargs)

    def _take_content(self, value: Any) -> None:
        if not hasattr(value, "read"):
            self.file_to_stream = None
            super()._take_content(value)
            return
        self.file_to_stream = filelike = value
        if hasattr(filelike, "close"):
            self._resource_closers.append(filelike.close)
        value = iter(lambda: filelike.read(self.block_size), b"")
        self.set_headers(filelike)
        super()._take_content(value)

    def set_headers(self, filelike: Any) -> None:
        """Set Content-Length, Content-Type and Content-Disposition from a file-like object."""
        filename = getattr(filelike, "name", "")
        filename = filename if isinstance(filename, str) else ""
        seekable = hasattr(filelike, "seek") and (not hasattr(filelike, "seekable") or filelike.seekable())
        if hasattr(filelike, "tell"):
            if seekable:
                start = filelike.tell()
                filelike.seek(0, io.SEEK_END)
                self.headers["Content-Length"] = filelike.tell() - start
                filelike.seek(start)
            elif hasattr(filelike, "getbuffer"):
                self.headers["Content-Length"] = filelike.getbuffer().nbytes - filelike.tell()
            elif os.path.exists(filename):
                self.headers["Content-Length"] = os.path.getsize(filename) - filelike.tell()
        elif seekable:
            self.headers["Content-Length"] = sum(iter(lambda: len(filelike.read(self.block_size)), 0))
            filelike.seek(-int(self.headers["Content-Length"]), io.SEEK_END)
        filename = os.path.basename(self.filename or filename)
        if self._type_is_open:
            if filename:
                content_type, encoding = mimetypes.guess_type(filename)
                # A compressed file is sent as what it is; browsers would unpack it otherwise.
                if encoding:
                    content_type = _COMPRESSED_TYPES.get(encoding, content_type)
                self.headers["Content-Type"] = content_type or "application/octet-stream"
            else:
                self.headers["Content-Type"] = "application/octet-stream"
        disposition = content_disposition_header(self.as_attachment, filename)
        if disposition:
            self.headers["Content-Disposition"] = disposition


FileResponse.__module__ = "hotclub.http.response"
