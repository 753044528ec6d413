"""`MultiPartParser`: a `multipart/form-data` body becomes POST and FILES.

The syntax is read by the push parser of the HTTP engine; here are the documented limits, the encodings of parts and the
protocol of upload handlers.
"""

from __future__ import annotations

import base64
import binascii
import html
from collections.abc import Mapping, Sequence
from typing import Any

from hotclub._http.headers import parse_length
from hotclub._http.multipart import MAX_HEADER_BYTES, HeadersTooLargeError, PartBegin, PartCut, PartData
from hotclub._http.multipart import PushParser as Parser
from hotclub.conf import settings
from hotclub.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from hotclub.core.files.uploadhandler import SkipFile, StopFutureHandlers, StopUpload
from hotclub.http.query import QueryDict
from hotclub.utils.datastructures import MultiValueDict
from hotclub.utils.encoding import force_str
from hotclub.utils.http import parse_header_parameters

__all__ = [
    "FIELD",
    "FILE",
    "MAX_TOTAL_HEADER_SIZE",
    "LazyStream",
    "MultiPartParser",
    "MultiPartParserError",
    "TooManyFilesSent",
]

FIELD = "field"
FILE = "file"
MAX_TOTAL_HEADER_SIZE = MAX_HEADER_BYTES
MAX_BOUNDARY_LENGTH = 201
_BOUNDARY_CHARACTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'()+_,-./:=? ")


class MultiPartParserError(BadRequest):
    """The body is not what its content type says."""


class LazyStream:
    """The body as a stream of chunks of bounded size."""

    def __init__(self, source: Any, chunk_size: int) -> None:
        self._source = source
        self._chunk_size = chunk_size

    def read(self, size: int | None = None) -> bytes:
        """Read the next chunk; empty at the end."""
        return self._source.read(size or self._chunk_size)  # type: ignore[no-any-return]


class _Base64:
    """Decodes base64 that arrives in pieces; white space in it is skipped."""

    def __init__(self) -> None:
        self._held = b""

    def decode(self, data: bytes) -> bytes:
        text = self._held + data.translate(None, b" \t\r\n\x0b\x0c")
        whole = len(text) - len(text) % 4
        self._held = text[whole:]
        return self._decode(text[:whole])

    def finish(self) -> None:
        if self._held:
            raise MultiPartParserError("Could not decode base64 data.")

    @staticmethod
    def _decode(text: bytes) -> bytes:
        try:
            return base64.b64decode(text)
        except ValueError as error:
            raise MultiPartParserError("Could not decode base64 data.") from error


class _Part:
    """One part: its name, and how its content is encoded."""

    __slots__ = ("base64", "charset", "content_length", "content_type", "extra", "file_name", "kind", "name")

    def __init__(self, name: str, disposition: Mapping[str, Any], headers: Mapping[str, Any], encoding: str) -> None:
        self.name = name
        self.base64 = headers.get("content-transfer-encoding", ("", {}))[0].strip().lower() == "base64"
        self.kind = FILE if "filename" in disposition else FIELD
        file_name = disposition.get("filename")
        self.file_name = force_str(file_name, encoding, errors="replace") if file_name else file_name
        content_type, extra = headers.get("content-type", ("", {}))
        self.content_type = content_type.strip()
        # Documented as it comes over the wire.
        self.extra = {name: value.encode("utf-8") for name, value in extra.items()}
        self.charset = extra.get("charset")
        try:
            self.content_length: int | None = int(headers["content-length"][0])
        except (KeyError, TypeError, ValueError):
            self.content_length = None


class MultiPartParser:
    """Reads one body.

    Args:
        META: of the request: content type and length.
        input_data: object with `read(size)`.
        upload_handlers: in the order they are asked.
        encoding: of fields; `DEFAULT_CHARSET` if None.

    Raises:
        MultiPartParserError: content type, boundary or length make no sense.

    Source: docs ref/request-response, "multipart_parser_class"; topics/http/file-uploads.
    """

    boundary_re: Any = None

    def __init__(
        self, META: Mapping[str, Any], input_data: Any, upload_handlers: Sequence[Any], encoding: str | None = None
    ) -> None:
        content_type = META.get("CONTENT_TYPE", "")
        if not content_type.startswith("multipart/"):
            raise MultiPartParserError(f"Invalid Content-Type: {content_type}")
        if not content_type.isascii():
            raise MultiPartParserError(f"Invalid non-ASCII Content-Type in multipart: {force_str(content_type)}")
        try:
            _, options = parse_header_parameters(content_type)
        except (ValueError, LookupError) as error:
            raise MultiPartParserError("Invalid Content-Type in multipart.") from error
        boundary = options.get("boundary")
        if not boundary or not self._is_boundary(boundary):
            raise MultiPartParserError(f"Invalid boundary in multipart: {force_str(boundary, errors='replace')}")
        content_length = parse_length(META.get("CONTENT_LENGTH"))
        if content_length < 0:
            # For now, that is the only thing that cannot be true.
            raise MultiPartParserError(f"Invalid content length: {content_length!r}")
        self._boundary = boundary.encode("ascii")
        self._input_data = input_data
        self._meta = META
        self._encoding = encoding or settings.DEFAULT_CHARSET
        self._content_length = content_length
        self._upload_handlers = upload_handlers
        # The handlers agree on the smallest chunk; a multiple of four suits base64.
        sizes = [handler.chunk_size for handler in upload_handlers if handler.chunk_size]
        self._chunk_size = min([2**31 - 4, *sizes])

    @staticmethod
    def _is_boundary(boundary: str) -> bool:
        return (
            len(boundary) <= MAX_BOUNDARY_LENGTH
            and not boundary.endswith(" ")
            and _BOUNDARY_CHARACTERS.issuperset(boundary.encode("ascii", "replace"))
        )

    def parse(self) -> tuple[QueryDict, MultiValueDict]:
        """Give POST and FILES.

        Raises:
            MultiPartParserError: the body is malformed.
            RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent: a `DATA_UPLOAD_*` limit is passed.
        """
        try:
            return _Exchange(self).run()
        except BaseException:
            for handler in self._upload_handlers:
                handler.upload_interrupted()
            # The files of this upload that are complete already are closed as well.
            raise

    @staticmethod
    def sanitize_file_name(file_name: str) -> str | None:
        """Give the last part of a file name, without control characters; None if nothing is left.

        Removes the directories that some browsers send, of any system.
        """
        file_name = html.unescape(file_name)
        file_name = file_name.rsplit("/")[-1]
        file_name = file_name.rsplit("\\")[-1]
        file_name = "".join(character for character in file_name if character.isprintable())
        if file_name in {"", ".", ".."}:
            return None
        return file_name

    IE_sanitize = sanitize_file_name


class _Exchange:
    """The state of one `parse()`: limits used up, the part at hand, what has been gathered."""

    def __init__(self, parser: MultiPartParser) -> None:
        self.parser = parser
        self.handlers = parser._upload_handlers
        self.encoding = parser._encoding
        self.post = QueryDict(mutable=True)
        self.files = MultiValueDict()
        self.fields = 0
        self.file_count = 0
        self.field_bytes = 0
        self.part: _Part | None = None
        self.decoder: _Base64 | None = None
        self.pieces: list[bytes] = []
        self.counters: list[int] = []
        self.skipping = False

    def run(self) -> tuple[QueryDict, MultiValueDict]:
        parser = self.parser
        for handler in self.handlers:
            handled = handler.handle_raw_input(
                parser._input_data, parser._meta, parser._content_length, parser._boundary, self.encoding
            )
            if handled is not None:
                return handled[0], handled[1]
        push = Parser(parser._boundary, MAX_TOTAL_HEADER_SIZE)
        stream = LazyStream(parser._input_data, parser._chunk_size)
        try:
            while data := stream.read():
                if push.passes(data):
                    self.receive(data)
                    continue
                for event in push.receive(data):
                    self.take(event)
            for event in push.finish():
                self.take(event)
        except HeadersTooLargeError as error:
            raise MultiPartParserError("Request max total header size exceeded.") from error
        except StopUpload as stop:
            self._close_files()
            if not stop.connection_reset:
                _exhaust(parser._input_data)
        for handler in self.handlers:
            if handler.upload_complete():
                break
        self.post._mutable = False
        return self.post, self.files

    def take(self, event: Any) -> None:
        if isinstance(event, PartBegin):
            self.begin(event.headers)
        elif isinstance(event, PartData):
            self.receive(event.data)
        elif isinstance(event, PartCut) and self.part is not None and self.part.kind is FILE:
            # The client went away during a file: what there is of it is no file.
            self.part = None
            for handler in self.handlers:
                handler.upload_interrupted()
        else:
            self.end()

    # A part starts

    def begin(self, lines: list[bytes]) -> None:
        self.part = None
        self.skipping = False
        self.pieces = []
        headers = _parse_headers(lines)
        value, disposition = headers.get("content-disposition", ("", {}))
        if value.strip().lower() != "form-data" or not disposition.get("name"):
            return
        name = force_str(disposition["name"].strip(), self.encoding, errors="replace")
        part = _Part(name, disposition, headers, self.encoding)
        self.decoder = _Base64() if part.base64 else None
        if part.kind is FILE:
            self._begin_file(part)
        else:
            self._begin_field(part)

    def _begin_field(self, part: _Part) -> None:
        self.part = part
        self.fields += 1
        limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        if limit is not None and self.fields > limit:
            raise TooManyFieldsSent(
                "The number of GET/POST parameters exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS."
            )
        self._spend(len(part.name) + 2)

    def _begin_file(self, part: _Part) -> None:
        self.file_count += 1
        limit = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        if limit is not None and self.file_count > limit:
            raise TooManyFilesSent("The number of files exceeded settings.DATA_UPLOAD_MAX_NUMBER_FILES.")
        file_name = MultiPartParser.sanitize_file_name(part.file_name) if part.file_name else None
        if not file_name:
            return
        part.file_name = file_name
        self.part = part
        self.counters = [0] * len(self.handlers)
        try:
            for handler in self.handlers:
                try:
                    handler.new_file(
                        part.name, file_name, part.content_type, part.content_length, part.charset, part.extra
                    )
                except StopFutureHandlers:
                    break
        except SkipFile:
            self.skipping = True

    def _spend(self, size: int) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        self.field_bytes += size
        if limit is not None and self.field_bytes > limit:
            raise RequestDataTooBig("Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.")

    # Its content

    def receive(self, data: bytes) -> None:
        part = self.part
        if part is None or self.skipping:
            return
        if part.kind is FIELD:
            self._spend(len(data))
            self.pieces.append(data)
            return
        if self.decoder is not None:
            data = self.decoder.decode(data)
        if not data:
            return
        chunk: Any = data
        try:
            for index, handler in enumerate(self.handlers):
                size = len(chunk)
                chunk = handler.receive_data_chunk(chunk, self.counters[index])
                self.counters[index] += size
                if chunk is None:
                    break
        except SkipFile:
            # The file is left out; the rest of the body is read on.
            self.skipping = True

    # Its end

    def end(self) -> None:
        part, self.part = self.part, None
        if part is None:
            return
        if part.kind is FIELD:
            self.post.appendlist(part.name, force_str(self._field(part), self.encoding, errors="replace"))
            return
        if self.skipping:
            return
        if self.decoder is not None:
            self.decoder.finish()
        for index, handler in enumerate(self.handlers):
            file = handler.file_complete(self.counters[index])
            if file:
                self.files.appendlist(part.name, file)
                break

    def _field(self, part: _Part) -> bytes:
        raw = b"".join(self.pieces)
        if part.base64:
            try:
                return base64.b64decode(raw)
            except binascii.Error:
                # A field that only says it is base64 keeps its text.
                return raw
        return raw

    def _close_files(self) -> None:
        for handler in self.handlers:
            file = getattr(handler, "file", None)
            if file:
                file.close()


def _parse_headers(lines: list[bytes]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Give value and parameters of each header; a malformed one is left out."""
    headers: dict[str, tuple[str, dict[str, Any]]] = {}
    for line in lines:
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if not colon:
            continue
        try:
            main, parameters = parse_header_parameters(value.strip())
        except (ValueError, LookupError):
            continue
        headers[name.strip().lower()] = (main, parameters)
    return headers


def _exhaust(source: Any) -> None:
    """Read the rest of a body, so that the client gets its answer."""
    while source.read(2**16):
        pass
