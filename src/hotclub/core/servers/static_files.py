"""Static files in production: what `collectstatic` gathered, from an index made once, compressed once.

Theory of operation. The directory is walked when the worker starts; a request is a look-up of its path in that index,
so no path leads out of it. A file is sent as it lies on disk, or in a coding that the client accepts: one that lies
beside it (`site.css.br`, `.zst`, `.gz`), or one made on the first request for it and kept in memory, within a budget. Files
whose name holds a hash of their content may be kept by browsers for a year, others are asked for again after a minute.

Source: RFC 9110 (conditional requests §13, ranges §14, content coding §8.4), RFC 8246 (immutable).
"""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hotclub._http.codings import accepted_codings
from hotclub._http.ranges import UnsatisfiableRangeError, parse_ranges
from hotclub.utils.http import parse_http_date_safe

Headers = list[tuple[bytes, bytes]]

SUFFIXES = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
"""Codings in the order in which we like them, and the suffixes of files that have them."""
MIN_COMPRESSED_BYTES = 512
MAX_COMPRESSED_BYTES = 4 << 20
MEMORY_BUDGET_BYTES = 64 << 20
CHUNK_BYTES = 256 << 10
SHORT_CACHING = b"public, max-age=60"
LONG_CACHING = b"public, max-age=31536000, immutable"
COMPRESSIBLE = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/manifest+json",
        "application/wasm",
        "application/xml",
        "image/svg+xml",
        "image/x-icon",
        "font/ttf",
        "font/otf",
    }
)


@dataclass(slots=True)
class StaticFile:
    """A file and what is known of it."""

    path: str
    size: int
    modified: float
    content_type: str
    caching: bytes
    beside: dict[str, str] = field(default_factory=dict)
    made: dict[str, bytes | None] = field(default_factory=dict)

    @property
    def compressible(self) -> bool:
        """Whether a coding made here is worth its time."""
        kind = self.content_type.partition(";")[0]
        return (kind.startswith("text/") or kind in COMPRESSIBLE) and (
            MIN_COMPRESSED_BYTES <= self.size <= MAX_COMPRESSED_BYTES
        )

    def etag(self, coding: str) -> str:
        """Return the validator of the file in a coding; it is the same in every worker."""
        digest = blake2b(f"{self.path}:{self.size}:{self.modified}:{coding}".encode(), digest_size=10)
        return f'"{digest.hexdigest()}"'


class StaticFiles:
    """ASGI application for the files of a directory.

    Args:
        files: by their path below `prefix`.
        prefix: of the URLs.
        otherwise: application for paths that are no file; without one they get a 404.
    """

    def __init__(self, files: dict[str, StaticFile], prefix: str, otherwise: Any = None) -> None:
        self.files = files
        self.prefix = prefix
        self.otherwise = otherwise
        self._left = MEMORY_BUDGET_BYTES
        self._making: dict[tuple[str, str], asyncio.Task[None]] = {}

    @classmethod
    def of_directory(
        cls, root: str | os.PathLike[str], prefix: str, final_names: frozenset[str] = frozenset(), otherwise: Any = None
    ) -> StaticFiles:
        """Make the index of a directory; one that does not exist has no files.

        Args:
            root: directory.
            prefix: of the URLs.
            final_names: paths, relative to the directory, of files that never change.
            otherwise: application for paths that are no file.
        """
        found: dict[str, os.stat_result] = {}
        for directory, directories, names in os.walk(root):
            directories[:] = [name for name in directories if not name.startswith(".") or name == ".well-known"]
            for name in names:
                full = Path(directory, name)
                if not name.startswith(".") and full.is_file():
                    found[full.relative_to(root).as_posix()] = full.stat()
        files = {
            name: StaticFile(
                path=os.path.join(root, name),
                size=known.st_size,
                modified=float(int(known.st_mtime)),
                content_type=_content_type(name),
                caching=LONG_CACHING if name in final_names else SHORT_CACHING,
                beside={
                    coding: os.path.join(root, name + suffix)
                    for coding, suffix in SUFFIXES.items()
                    if name + suffix in found
                },
            )
            for name, known in found.items()
        }
        return cls(files, prefix, otherwise)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        file = self.files.get(scope["path"].removeprefix(self.prefix))
        if file is None:
            if self.otherwise is not None:
                await self.otherwise(scope, receive, send)
            else:
                await _send_all(send, 404, [(b"content-type", b"text/plain")], b"Not found\n")
            return
        if scope["method"] not in ("GET", "HEAD"):
            await _send_all(send, 405, [(b"allow", b"GET, HEAD")], b"")
            return
        await self._send_file(file, scope, send)

    async def _send_file(self, file: StaticFile, scope: Any, send: Any) -> None:
        asked = _asked(scope["headers"])
        # A range counts bytes of the file as it is.
        coding = "" if b"range" in asked else await self._coding(file, asked.get(b"accept-encoding", ""))
        etag = file.etag(coding)
        headers: Headers = [
            (b"content-type", file.content_type.encode()),
            (b"cache-control", file.caching),
            (b"etag", etag.encode()),
            (b"last-modified", formatdate(file.modified, usegmt=True).encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        if file.beside or file.compressible:
            headers.append((b"vary", b"Accept-Encoding"))
        if _is_known(asked, etag, file.modified):
            await _send_all(send, 304, headers, None)
            return
        if coding:
            headers.append((b"content-encoding", coding.encode()))
        else:
            headers.append((b"accept-ranges", b"bytes"))
        first, last, status = 0, -1, 200
        if b"range" in asked and _range_counts(asked, etag, file.modified):
            try:
                found = parse_ranges(asked[b"range"], file.size)
            except UnsatisfiableRangeError:
                await _send_all(send, 416, [*headers, (b"content-range", b"bytes */%d" % file.size)], b"")
                return
            # Several ranges at once are answered with the whole, as is allowed.
            if found is not None and len(found) == 1:
                (first, last), status = found[0], 206
                headers.append((b"content-range", b"bytes %d-%d/%d" % (first, last, file.size)))
        body = file.made.get(coding)
        if body is not None:
            await _send_all(send, status, headers, body, head=scope["method"] == "HEAD")
            return
        path = file.beside.get(coding, file.path)
        length = os.stat(path).st_size if status == 200 else last - first + 1
        await _send_path(scope, send, status, headers, path, first, length)

    async def _coding(self, file: StaticFile, accepted: str) -> str:
        """Choose the coding to send a file in, and make it if it is not there; empty for none."""
        wanted = accepted_codings(accepted)
        for coding in SUFFIXES:
            if coding not in wanted:
                continue
            if coding in file.beside:
                return coding
            if file.compressible and coding in COMPRESSORS:
                if coding not in file.made:
                    await self._make(file, coding)
                if file.made[coding] is not None:
                    return coding
        return ""

    async def _make(self, file: StaticFile, coding: str) -> None:
        key = (file.path, coding)
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._compress(file, coding))
            task.add_done_callback(lambda task: self._making.pop(key, None))
        await asyncio.shield(task)

    async def _compress(self, file: StaticFile, coding: str) -> None:
        if self._left < file.size:
            file.made[coding] = None
            return
        made = await asyncio.to_thread(lambda: COMPRESSORS[coding](Path(file.path).read_bytes()))
        worth_it = len(made) < file.size * 0.9
        file.made[coding] = made if worth_it else None
        self._left -= len(made) if worth_it else 0


def _compressors() -> dict[str, Callable[[bytes], bytes]]:
    """Return the codings that can be made here."""
    found: dict[str, Callable[[bytes], bytes]] = {"gzip": partial(gzip.compress, compresslevel=9, mtime=0)}
    if find_spec("brotli"):
        found["br"] = lambda data: __import__("brotli").compress(data, quality=9)
    if find_spec("compression") and find_spec("compression.zstd"):  # Python 3.14
        found["zstd"] = lambda data: __import__("compression.zstd").zstd.compress(data, level=15)
    return found


COMPRESSORS = _compressors()


def _content_type(name: str) -> str:
    guessed, encoding = mimetypes.guess_type(name)
    if encoding:  # a compressed file that is asked for by its own name
        return "application/gzip" if encoding == "gzip" else "application/octet-stream"
    kind = guessed or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind == "application/javascript" else kind


def _asked(headers: Any) -> dict[bytes, str]:
    """Return the headers that matter here."""
    names = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"if-range", b"range")
    return {name: value.decode("latin-1")[:2048] for name, value in headers if name in names}


def _is_known(asked: dict[bytes, str], etag: str, modified: float) -> bool:
    """Say whether the client has the file already."""
    if b"if-none-match" in asked:
        tags = {tag.strip().removeprefix("W/") for tag in asked[b"if-none-match"].split(",")}
        return etag in tags or "*" in tags
    since = parse_http_date_safe(asked.get(b"if-modified-since", ""))
    return since is not None and modified <= since


def _range_counts(asked: dict[bytes, str], etag: str, modified: float) -> bool:
    """Say whether a range is of the file that the client knows (`If-Range`)."""
    condition = asked.get(b"if-range")
    return condition is None or condition == etag or parse_http_date_safe(condition) == int(modified)


async def _send_all(send: Any, status: int, headers: Headers, body: bytes | None, head: bool = False) -> None:
    if body is not None:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head or body is None else body})


async def _send_path(scope: Any, send: Any, status: int, headers: Headers, path: str, first: int, length: int) -> None:
    """Send a part of a file; the server does it alone where it can and the part is the whole."""
    headers = [*headers, (b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body", "body": b""})
        return
    if status == 200 and "http.response.pathsend" in (scope.get("extensions") or {}):
        await send({"type": "http.response.pathsend", "path": path})
        return
    opened = await asyncio.to_thread(open, path, "rb")
    try:
        opened.seek(first)
        while length > 0:
            chunk = await asyncio.to_thread(opened.read, min(CHUNK_BYTES, length))
            if not chunk:
                break  # the file has become shorter since
            length -= len(chunk)
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    finally:
        opened.close()
    await send({"type": "http.response.body", "body": b""})
