"""Storages of collected static files; `ManifestStaticFilesStorage` puts a hash of the content into the names.

A file's hash is that of its content after the references in it have been replaced, so files are finished in the order
of their references: first those that are referred to. Files that refer to each other in a circle have no such order and
are reported.
"""

from __future__ import annotations

import fnmatch
import json
import os
import posixpath
from collections.abc import Iterator
from hashlib import md5
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit, urlunsplit

from hotclub.conf import STATICFILES_STORAGE_ALIAS, settings
from hotclub.contrib.staticfiles.matching import check_settings
from hotclub.contrib.staticfiles.references import (
    CSS_IGNORED,
    CSS_PATTERNS,
    JS_IGNORED,
    JS_MODULE_PATTERNS,
    JS_PATTERNS,
    compile_patterns,
    ignored_blocks,
    replace_references,
)
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.files.base import ContentFile
from hotclub.core.files.storage import FileSystemStorage, storages
from hotclub.utils.functional import LazyObject

_css_ignored_re = CSS_IGNORED
_js_ignored_re = JS_IGNORED
HASH_LENGTH = 12


class StaticFilesStorage(FileSystemStorage):
    """Files below `STATIC_ROOT`, at `STATIC_URL`."""

    def __init__(self, location: Any = None, base_url: str | None = None, *args: Any, **kwargs: Any) -> None:
        if location is None:
            location = settings.STATIC_ROOT
        if base_url is None:
            base_url = settings.STATIC_URL
        check_settings(base_url)
        super().__init__(location, base_url, *args, **kwargs)
        # Without a root, the working directory must not take its place.
        if not location:
            self.__dict__["base_location"] = None
            self.__dict__["location"] = None

    def path(self, name: str) -> str:
        """Give the path of a file.

        Raises:
            ImproperlyConfigured: `STATIC_ROOT` is not set.
        """
        if not self.location:
            raise ImproperlyConfigured(
                "You're using the staticfiles app without having set the STATIC_ROOT setting to a filesystem path."
            )
        return super().path(name)


class ReferenceCycleError(RuntimeError):
    """Files refer to each other in a circle, so that none of them can be named after its content."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__("Max post-process passes exceeded.")


class HashedFilesMixin:
    """Adds a hash of the content to the names of files.

    Attributes:
        patterns: file patterns, each with expressions that find references (and templates that write them).
        max_post_process_passes: 0 accepts circles of references, any other number reports them.
    """

    default_template = 'url("%(url)s")'
    max_post_process_passes = 5
    support_js_module_import_aggregation = False
    patterns: Any = (("*.css", CSS_PATTERNS), ("*.js", JS_PATTERNS))
    keep_intermediate_files = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        patterns = tuple(self.patterns)
        if self.support_js_module_import_aggregation:
            patterns += (("*.js", JS_MODULE_PATTERNS),)
        super().__init__(*args, **kwargs)
        self._patterns = compile_patterns(patterns)
        self.hashed_files: dict[str, str] = {}

    # Hashes and names

    def file_hash(self, name: str, content: Any = None) -> str | None:
        """Give the hash of a file; None for none."""
        if content is None:
            return None
        hasher = md5(usedforsecurity=False)
        for chunk in content.chunks():
            hasher.update(chunk)
        return hasher.hexdigest()[:HASH_LENGTH]

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        """Give the name of a file with the hash of its content.

        Raises:
            ValueError: there is no such file.
        """
        parsed = urlsplit(unquote(name))
        clean = parsed.path.strip()
        file_name = (filename and urlsplit(unquote(filename)).path.strip()) or clean
        opened = content is None
        if opened:
            if not self.exists(file_name):  # type: ignore[attr-defined]  # of the storage
                raise ValueError(f"The file '{file_name}' could not be found with {self!r}.")
            try:
                content = self.open(file_name)  # type: ignore[attr-defined]
            except OSError:
                # A directory.
                return name
        try:
            file_hash = self.file_hash(clean, content)
        finally:
            if opened:
                content.close()
        directory, base = os.path.split(clean)
        root, extension = os.path.splitext(base)
        hashed = os.path.join(directory, f"{root}{'.' + file_hash if file_hash else ''}{extension}")
        parts = list(parsed)
        parts[2] = hashed
        # A fragment of the form "?#iefix" must survive.
        if "?#" in name and not parts[3]:
            parts[2] += "?"
        return urlunsplit(parts)

    def clean_name(self, name: str) -> str:
        """Give a name with forward slashes."""
        return name.replace("\\", "/")

    def hash_key(self, name: str) -> str:
        """Give the key of a name among the hashed files."""
        return name

    def _stored_name(self, name: str, hashed_files: dict[str, str]) -> str:
        name = posixpath.normpath(name)
        clean = self.clean_name(name)
        key = self.hash_key(clean)
        known = hashed_files.get(key)
        return known if known is not None else self.clean_name(self.hashed_name(name))

    def stored_name(self, name: str) -> str:
        """Give the hashed name of a file; it is remembered."""
        clean = self.clean_name(name)
        key = self.hash_key(clean)
        known = self.hashed_files.get(key)
        if known is None:
            known = self.hashed_files[key] = self.clean_name(self.hashed_name(name))
        return known

    # URLs

    def url(self, name: str | None, force: bool = False) -> str:
        """Give the URL of a file, with its hashed name; with the plain one while developing."""
        if settings.DEBUG and not force:
            hashed, fragment = name or "", ""
        else:
            clean, fragment = urldefrag(name or "")
            if urlsplit(clean).path.endswith("/"):  # no hash for directories
                hashed = name or ""
            else:
                hashed = self.stored_name(clean)
        url: str = super().url(hashed)  # type: ignore[misc]  # of the storage
        # A fragment of the form "?#iefix" must survive.
        query_fragment = "?#" in (name or "")
        if fragment or query_fragment:
            parts = list(urlsplit(url))
            if fragment and not parts[4]:
                parts[4] = fragment
            if query_fragment and not parts[3]:
                parts[2] += "?"
            url = urlunsplit(parts)
        return unquote(url)

    # References

    def get_ignored_blocks(self, content: str, expression: Any) -> list[tuple[int, int]]:
        """Give where comments and string literals stand."""
        return ignored_blocks(content, expression)

    def _target(self, name: str, url: str) -> str | None:
        """Give the name of the file that `url` in the file `name` refers to; None if it is none of ours."""
        # An absolute URL, a fragment only, or nothing at all.
        if not url or url.startswith(("#", "//")) or urlsplit(url).scheme:
            return None
        path, _ = urldefrag(url)
        path = urlsplit(path).path
        if not path:
            return None
        if path.startswith("/"):
            static_path = urlsplit(self.base_url).path  # type: ignore[attr-defined]
            if not path.startswith(static_path):
                return None
            return path.removeprefix(static_path)
        source = name if os.sep == "/" else name.replace(os.sep, "/")
        return posixpath.normpath(posixpath.join(posixpath.dirname(source), unquote(path)))

    def post_process(self, paths: Any, dry_run: bool = False, **options: Any) -> Iterator[tuple[Any, Any, Any]]:
        """Give all files hashed names, and replace the references in them.

        Yields:
            Original name, hashed name, and whether the content was changed; an exception in place of that ends all.
        """
        if dry_run:
            return
        yield from _PostProcessing(self, paths).run()


class _PostProcessing:
    """One run over collected files."""

    def __init__(self, storage: Any, paths: Any) -> None:
        self.storage = storage
        self.paths = paths
        self.hashed: dict[str, str] = {}
        self.results: list[tuple[Any, Any, Any]] = []
        self.open_names: list[str] = []
        self.by_key = {storage.hash_key(storage.clean_name(name)): name for name in paths}

    def run(self) -> Iterator[tuple[Any, Any, Any]]:
        for name in self.paths:
            if self.storage.hash_key(self.storage.clean_name(name)) not in self.hashed:
                try:
                    self.finish(name)
                except ReferenceCycleError as error:
                    yield ", ".join(sorted(error.names)), None, error
                    return
                except (ValueError, UnicodeDecodeError) as error:
                    yield self.open_names[-1] if self.open_names else name, None, error
                    return
            yield from self.results
            self.results.clear()
        self.storage.hashed_files.update(self.hashed)

    def finish(self, name: str) -> str:
        """Give the hashed name of a file, whose references are finished first."""
        storage = self.storage
        key = storage.hash_key(storage.clean_name(name))
        known = self.hashed.get(key)
        if known is not None:
            return known
        if name in self.open_names:
            raise ReferenceCycleError(self.open_names[self.open_names.index(name) :])
        self.open_names.append(name)
        source, path = self.paths[name]
        patterns = [
            one for pattern, all_ in storage._patterns.items() if fnmatch.fnmatchcase(path, pattern) for one in all_
        ]
        processed = False
        with source.open(path) as original:
            content: Any = original
            if patterns:
                text = original.read().decode("utf-8")
                changed = replace_references(
                    text,
                    patterns,
                    CSS_IGNORED if path.endswith(".css") else JS_IGNORED,
                    lambda url, line: self.new_url(name, url, line),
                )
                processed = True
                content = ContentFile(changed.encode())
            hashed = storage.hashed_name(name, content)
            if hasattr(content, "seek"):
                content.seek(0)
            exists = storage.exists(hashed)
            if exists and processed:
                storage.delete(hashed)
            if not exists or processed:
                saved = storage._save(hashed, content)
                hashed = storage.clean_name(saved)
                processed = True
        self.open_names.pop()
        hashed = storage.clean_name(hashed)
        self.hashed[key] = hashed
        self.results.append((name, hashed, processed))
        return hashed  # type: ignore[no-any-return]

    def new_url(self, name: str, url: str, line: int) -> str | None:
        """Give what stands in place of a reference; None to leave it."""
        storage = self.storage
        target = storage._target(name, url)
        if target is None:
            return None
        key = storage.hash_key(storage.clean_name(target))
        if key in self.by_key:
            try:
                hashed = self.finish(self.by_key[key])
            except ReferenceCycleError:
                if storage.max_post_process_passes:
                    raise
                return None
        else:
            try:
                hashed = storage._stored_name(unquote(target), {**storage.hashed_files, **self.hashed})
            except ValueError as error:
                error.args = (f"{error}\nThe file {name!r} references it, at {line}:1.",)
                raise
        path, fragment = urldefrag(url)
        original_path = urlsplit(path).path
        # Only the last part changes: a relative reference stays relative.
        new = "/".join([*original_path.split("/")[:-1], hashed.rsplit("/", 1)[-1]])
        query = urlsplit(path).query
        if query:
            new += "?" + query
        elif "?#" in url:
            new += "?"
        if fragment:
            new += "#" + fragment
        return new


class ManifestFilesMixin(HashedFilesMixin):
    """Keeps the hashed names in a file, `staticfiles.json`."""

    manifest_version = "1.1"
    manifest_name = "staticfiles.json"
    manifest_strict = True
    keep_intermediate_files = False

    def __init__(self, *args: Any, manifest_storage: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.manifest_storage = self if manifest_storage is None else manifest_storage
        self.hashed_files, self.manifest_hash = self.load_manifest()

    def read_manifest(self) -> str | None:
        """Give the text of the manifest; None if there is none."""
        try:
            with self.manifest_storage.open(self.manifest_name) as manifest:  # type: ignore[union-attr]
                return manifest.read().decode()  # type: ignore[no-any-return]
        except FileNotFoundError:
            return None

    def load_manifest(self) -> tuple[dict[str, str], str]:
        """Give the hashed names and the hash of them all.

        Raises:
            ValueError: the manifest is of another version, or none.
        """
        content = self.read_manifest()
        if content is None:
            return {}, ""
        try:
            stored = json.loads(content)
        except json.JSONDecodeError:
            stored = {}
        version = stored.get("version")
        if version in ("1.0", "1.1"):
            return stored.get("paths", {}), stored.get("hash", "")
        raise ValueError(f"Couldn't load manifest '{self.manifest_name}' (version {self.manifest_version})")

    def post_process(self, *args: Any, **kwargs: Any) -> Iterator[tuple[Any, Any, Any]]:
        """Give all files hashed names, and write the manifest."""
        self.hashed_files = {}
        yield from super().post_process(*args, **kwargs)
        if not kwargs.get("dry_run"):
            self.save_manifest()

    def save_manifest(self) -> None:
        """Write the manifest; the same names always give the same text."""
        paths = dict(sorted(self.hashed_files.items()))
        self.manifest_hash = self.file_hash(None, ContentFile(json.dumps(list(paths.items())).encode())) or ""  # type: ignore[arg-type]
        payload = {"paths": paths, "version": self.manifest_version, "hash": self.manifest_hash}
        if self.manifest_storage.exists(self.manifest_name):  # type: ignore[union-attr]
            self.manifest_storage.delete(self.manifest_name)  # type: ignore[union-attr]
        self.manifest_storage._save(self.manifest_name, ContentFile(json.dumps(payload).encode()))  # type: ignore[union-attr]

    def stored_name(self, name: str) -> str:
        """Give the hashed name of a file.

        Raises:
            ValueError: it is not in the manifest, and `manifest_strict` is on; or there is no such file.
        """
        parsed = urlsplit(unquote(name))
        clean = parsed.path.strip()
        key = self.hash_key(clean)
        known = self.hashed_files.get(key)
        if known is None:
            if self.manifest_strict:
                raise ValueError(f"Missing staticfiles manifest entry for '{clean}'")
            known = self.clean_name(self.hashed_name(name))
        parts = list(parsed)
        parts[2] = known
        if "?#" in name and not parts[3]:
            parts[2] += "?"
        return urlunsplit(parts)


class ManifestStaticFilesStorage(ManifestFilesMixin, StaticFilesStorage):
    """Files below `STATIC_ROOT`, with hashed names kept in a manifest.

    Source: docs ref/contrib/staticfiles, "ManifestStaticFilesStorage".
    """


class ConfiguredStorage(LazyObject):
    """The storage of `STORAGES["staticfiles"]`."""

    def _setup(self) -> None:
        self._wrapped = storages[STATICFILES_STORAGE_ALIAS]


staticfiles_storage: Any = ConfiguredStorage()
