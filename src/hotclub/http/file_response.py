"""`FileResponse`: files in blocks, whole or in ranges, with length, type and disposition taken from what is sent."""

from __future__ import annotations

import io
import mimetypes
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

from hotclub._http.ranges import Multipart, Range, UnsatisfiableRangeError, content_range, if_range_holds, parse_ranges
from hotclub._kernel.crossing import sync_to_async
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
    """Streams a file, or the ranges of it that a request asks for.

    Args:
        as_attachment: ask the browser to save it.
        filename: name for the browser; that of the file, if empty.
        *args, **kwargs: those of `StreamingHttpResponse`.

    Source: docs ref/request-response, "FileResponse objects".
    """

    block_size = 4096
    file_to_stream: Any = None
    # Where the content starts in a seekable file, and how long it is.
    _extent: tuple[int, int] | None = None
    _reads_file = False

    def __init__(self, *args: Any, as_attachment: bool = False, filename: str = "", **kwargs: Any) -> None:
        self.as_attachment = as_attachment
        self.filename = filename
        self._type_is_open = "content_type" not in kwargs or kwargs["content_type"] is None
        super().__init__(*args, **kwargs)

    def _take_content(self, value: Any) -> None:
        self._extent = None
        # Stays so when middleware replaces the content by what it makes of it.
        self._reads_file = self._reads_file or hasattr(value, "read")
        if not hasattr(value, "read"):
            self.file_to_stream = None
            super()._take_content(value)
            return
        self.file_to_stream = self._file = filelike = value
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
                length = filelike.tell() - start
                self._extent = (start, length)
                self.headers["Content-Length"] = length
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

    # Ranges

    def answer_range(self, request: Any) -> None:
        """Send only what the `Range` header of a GET request asks for.

        The handler calls this last, so that it sees what middleware has made of the response: content that was
        replaced or encoded, and every answer but 200, stay whole. Several ranges become `multipart/byteranges`; a
        range behind the end becomes 416; `If-Range` is honoured.

        Source: RFC 9110 §14.2.
        """
        if self._extent is None or self.status_code != 200 or "Content-Encoding" in self.headers:
            return
        start, size = self._extent
        if self.headers.get("Content-Length") != str(size):
            return
        header = request.META.get("HTTP_RANGE")
        if not header and request.method != "HEAD":
            return
        # Said to those who ask: by a range, or by HEAD.
        if self.headers.setdefault("Accept-Ranges", "bytes") != "bytes" or request.method != "GET":
            return
        condition = request.META.get("HTTP_IF_RANGE")
        if condition and not if_range_holds(condition, self.headers.get("ETag"), self.headers.get("Last-Modified")):
            return
        try:
            ranges = parse_ranges(header, size)
        except UnsatisfiableRangeError:
            self._become(416, iter(()), 0)
            self.headers["Content-Range"] = content_range(None, size)
            return
        if ranges is None:
            return
        if len(ranges) == 1:
            first, last = ranges[0]
            self._become(206, self._part(start, ranges[0]), last - first + 1)
            self.headers["Content-Range"] = content_range(ranges[0], size)
            return
        frame = Multipart(secrets.token_hex(16), self.headers["Content-Type"], ranges, size)
        self._become(206, self._parts(start, ranges, frame), frame.length)
        self.headers["Content-Type"] = frame.content_type

    def _become(self, status_code: int, content: Iterator[bytes], length: int) -> None:
        self.status_code = status_code
        self._iterator = content
        # A server that sends files by itself would send the whole.
        self.file_to_stream = None
        self.headers["Content-Length"] = str(length)

    def _part(self, start: int, part: Range) -> Iterator[bytes]:
        first, last = part
        self._file.seek(start + first)
        left = last - first + 1
        while left > 0 and (block := self._file.read(min(self.block_size, left))):
            left -= len(block)
            yield block

    def _parts(self, start: int, ranges: list[Range], frame: Multipart) -> Iterator[bytes]:
        for head, part in zip(frame.heads, ranges, strict=True):
            yield head
            yield from self._part(start, part)
        yield frame.end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.is_async or not self._reads_file:
            async for chunk in super().__aiter__():
                yield chunk
            return
        # Block by block in a thread: memory stays bounded, and no other request waits for the disk.
        read: Any = sync_to_async(next, thread_sensitive=False)
        blocks = iter(self.streaming_content)
        while block := await read(blocks, b""):
            yield block


FileResponse.__module__ = "hotclub.http.response"
