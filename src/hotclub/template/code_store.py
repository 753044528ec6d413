"""Code objects of templates in a folder, so that a new process need not compile what another one did.

Code objects are read with `marshal`, which trusts its input. So a file counts only if nobody else could have written
it: folder and file belong to the user of this process and only that user may write to them. Both are looked at through
open descriptors, not by path. What is unreadable, foreign, cut off or made for something else is compiled and written
anew.

A file is named by the template's name, so an edited template takes the place of its former self. Its key is a digest of
all that decides what the code looks like: source, options, Python, hotclub, and the files of the tag libraries.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import marshal
import os
import stat
import sys
import threading
import weakref
from collections.abc import Iterable, Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hotclub._template import __path__ as _engine_path
from hotclub._template.emitter import Flavour
from hotclub._template.nodes import flavour_for
from hotclub._template.stored import Data, Unstorable, compile_whole, take_up
from hotclub._template.template import Template
from hotclub.core.exceptions import ImproperlyConfigured

logger = logging.getLogger("hotclub.template")

MARK = b"hotclub template code 1\n"
SUFFIX = ".code"
MOST_FILES = 10_000
"""With more files the ones written longest ago are removed."""

MOST_FILE_BYTES = 4 << 20
"""Larger code is not kept."""

_WRITES_BETWEEN_SWEEPS = 100
_DIGEST_SIZE = hashlib.sha256().digest_size


class CodeStore:
    """Keeps the code of one engine's templates.

    Args:
        directory: where; it is made if it does not exist.
        engine: its options and libraries are part of every key.

    Raises:
        ImproperlyConfigured: the directory cannot be used, or others may write to it.
    """

    def __init__(self, directory: Any, engine: Any) -> None:
        self.directory = os.fspath(directory)
        self.engine = engine
        self._folder = open_private_folder(self.directory)
        weakref.finalize(self, os.close, self._folder)
        self._engine_digest: bytes | None = None
        self._writes = 0

    def prepare(self, template: Template) -> None:
        """Give a template its code: from the folder, else compiled now and kept there."""
        flavour = flavour_for(SimpleNamespace(autoescape=self.engine.autoescape, template=template))
        name, key = self._file_name(template, flavour), self._key(template, flavour)
        data = self._read(name, key)
        if data is not None:
            try:
                if take_up(template.nodelist, flavour, data):
                    return
            except (TypeError, ValueError, LookupError, AttributeError):
                logger.debug("The stored code of template %r does not fit; it is compiled anew.", template.name)
        try:
            data = compile_whole(template.nodelist, flavour)
        except Unstorable as reason:
            logger.debug("The code of template %r is not kept: %s.", template.name, reason)
            return
        self._write(name, key, data)

    # Names and keys ---------------------------------------------------------------------------------------------------

    def _file_name(self, template: Template, flavour: Flavour) -> str:
        told = f"{template.origin.name}\0{template.name}\0{tuple(flavour)}\0{sys.implementation.cache_tag}"
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:40] + SUFFIX

    def _key(self, template: Template, flavour: Flavour) -> bytes:
        if self._engine_digest is None:
            self._engine_digest = engine_digest(self.engine)
        told = f"{template.name}\0{tuple(flavour)}\0{template.source}"
        return hashlib.sha256(self._engine_digest + told.encode("utf-8", "surrogatepass")).digest()

    # Files ------------------------------------------------------------------------------------------------------------

    def _read(self, name: str, key: bytes) -> Data | None:
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder)
        except OSError:
            return None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or not is_private(status) or status.st_size > MOST_FILE_BYTES:
                return None
            content = os.read(descriptor, status.st_size + 1)
        except OSError:
            return None
        finally:
            os.close(descriptor)
        head = len(MARK) + len(key)
        payload = content[head + _DIGEST_SIZE :]
        if content[:head] != MARK + key or content[head : head + _DIGEST_SIZE] != hashlib.sha256(payload).digest():
            return None
        try:
            data: Data = marshal.loads(payload)
        except (EOFError, ValueError, TypeError):
            return None
        return data

    def _write(self, name: str, key: bytes, data: Data) -> None:
        try:
            payload = marshal.dumps(data)
        except ValueError:
            logger.debug("The code of template file %r is not kept: it has a value of a type of its own.", name)
            return
        content = MARK + key + hashlib.sha256(payload).digest() + payload
        if len(content) > MOST_FILE_BYTES:
            return
        temporary = f".{name}.{os.getpid()}.{threading.get_ident()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(temporary, flags, 0o600, dir_fd=self._folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                os.replace(temporary, name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary, dir_fd=self._folder)
                raise
        except OSError as error:
            # A full or read-only disk costs the saving, nothing else.
            logger.warning("The code of a template cannot be kept in %s: %s", self.directory, error)
            return
        if self._writes % _WRITES_BETWEEN_SWEEPS == 0:
            self._sweep()
        self._writes += 1

    def _sweep(self) -> None:
        """Remove the oldest files beyond the bound, and what crashed writers left."""
        with os.scandir(self._folder) as entries:
            files = [(entry.name, entry.stat(follow_symlinks=False).st_mtime_ns) for entry in entries]
        ours = sorted((changed, name) for name, changed in files if name.endswith(SUFFIX))
        left = [
            name
            for name, changed in files
            if name.startswith(".") and SUFFIX in name and ours[-1][0] - changed > 10**12
        ]
        for name in [*left, *(name for _, name in ours[:-MOST_FILES])]:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=self._folder)


def open_private_folder(directory: str) -> int:
    """Return a descriptor of a folder that only this process's user may write to; it is made if it does not exist.

    Raises:
        ImproperlyConfigured: it is none, or the system cannot tell.
    """
    if not hasattr(os, "geteuid") or os.open not in os.supports_dir_fd:
        raise ImproperlyConfigured(
            "The template option 'code_dir' needs a system with owners of files; leave it out here."
        )
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ImproperlyConfigured(f"The template option 'code_dir' names no usable folder: {error}") from error
    status = os.fstat(descriptor)
    if not is_private(status):
        os.close(descriptor)
        raise ImproperlyConfigured(
            f"The folder {directory!r} of the template option 'code_dir' may be written by others (owner "
            f"{status.st_uid}, mode {stat.S_IMODE(status.st_mode):o}). It must belong to user {os.geteuid()} alone: "
            "choose another, or correct it with chown and chmod 700."
        )
    return descriptor


def is_private(status: os.stat_result) -> bool:
    """Whether a file or folder belongs to this process's user, and nobody else may write to it."""
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def engine_digest(engine: Any) -> bytes:
    """Return a digest of all that the code of an engine's templates depends on, but for their sources."""
    told = [
        sys.implementation.cache_tag,
        MAGIC_NUMBER.hex(),
        repr(engine.builtins),
        repr(sorted(engine.libraries.items())),
    ]
    libraries = [*engine.template_builtins, *engine.template_libraries.values()]
    modules = {function.__module__ for library in libraries for function in _functions(library)}
    told += [repr(sorted(_table(library))) for library in libraries]
    told += sorted(_file_states(modules))
    return hashlib.sha256("\n".join(told).encode("utf-8", "surrogatepass")).digest()


def _functions(library: Any) -> Iterable[Any]:
    return [*library.tags.values(), *library.filters.values()]


def _table(library: Any) -> Iterator[tuple[str, ...]]:
    for kind, functions in (("tag", library.tags), ("filter", library.filters)):
        for name, function in functions.items():
            flags = [getattr(function, flag, None) for flag in ("is_safe", "needs_autoescape", "expects_localtime")]
            yield kind, str(name), function.__module__, getattr(function, "__qualname__", ""), repr(flags)


def _file_states(modules: Iterable[str]) -> Iterator[str]:
    """Yield name, size and time of the files that the libraries and the compiler are made of."""
    paths = {getattr(sys.modules.get(module), "__file__", None) or module for module in modules}
    for root in _engine_path:
        paths.update(map(str, Path(root).rglob("*.py")))
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            # A module without a file (a shell, a zip): it differs from process to process, as far as we know.
            yield f"{path} {os.getpid()}"
        else:
            yield f"{path} {status.st_size} {status.st_mtime_ns}"
