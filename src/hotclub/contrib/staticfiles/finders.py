"""Finders: where static files come from."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from typing import Any

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.contrib.staticfiles.matching import get_files
from hotclub.core.checks import CheckMessage, Error, Warning
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.files.storage import FileSystemStorage, Storage, default_storage
from hotclub.utils._os import safe_join
from hotclub.utils.functional import LazyObject, empty
from hotclub.utils.module_loading import import_string

searched_locations: list[Any] = []
"""Where the last search looked; shown by `findstatic`."""


class BaseFinder:
    """Base of finders.

    Source: docs ref/contrib/staticfiles, "Finders Module".
    """

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Give what is wrong with the configuration."""
        raise NotImplementedError(
            "subclasses may provide a check() method to verify the finder is configured correctly."
        )

    def find(self, path: str, find_all: bool = False) -> Any:
        """Give the absolute path of a file (all of them as a list, with `find_all`); nothing if there is none."""
        raise NotImplementedError("subclasses of BaseFinder must provide a find() method")

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Any]]:
        """Give all files with the storages they are in."""
        raise NotImplementedError("subclasses of BaseFinder must provide a list() method")


def _first_or_all(found: Iterator[Any], find_all: bool) -> Any:
    if find_all:
        return [*found]
    return next(found, [])


class FileSystemFinder(BaseFinder):
    """Looks in the directories of `STATICFILES_DIRS`."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        # Pairs of prefix and directory, in the order of the setting.
        self.locations: Any = []
        self.storages: dict[str, Any] = {}
        for entry in settings.STATICFILES_DIRS:
            prefix, root = entry if isinstance(entry, (list, tuple)) else ("", entry)
            if (prefix, root) not in self.locations:
                self.locations.append((prefix, root))
        for prefix, root in self.locations:
            storage = FileSystemStorage(location=root)
            storage.prefix = prefix  # type: ignore[attr-defined]  # read by collectstatic
            self.storages[root] = storage
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Check the setting (staticfiles.E001 to W004)."""
        if not isinstance(settings.STATICFILES_DIRS, (list, tuple)):
            return [
                Error(
                    "The STATICFILES_DIRS setting is not a tuple or list.",
                    hint="Perhaps you forgot a trailing comma?",
                    id="staticfiles.E001",
                )
            ]
        messages: Any = []
        for entry in settings.STATICFILES_DIRS:
            prefix, root = entry if isinstance(entry, (list, tuple)) else ("", entry)
            if prefix.endswith("/"):
                messages.append(
                    Error(
                        f"The prefix {prefix!r} in the STATICFILES_DIRS setting must not end with a slash.",
                        id="staticfiles.E003",
                    )
                )
            if settings.STATIC_ROOT and os.path.abspath(settings.STATIC_ROOT) == os.path.abspath(root):
                messages.append(
                    Error(
                        "The STATICFILES_DIRS setting should not contain the STATIC_ROOT setting.",
                        id="staticfiles.E002",
                    )
                )
            if not os.path.isdir(root):
                messages.append(
                    Warning(
                        f"The directory '{root}' in the STATICFILES_DIRS setting does not exist.",
                        id="staticfiles.W004",
                    )
                )
        return messages  # type: ignore[no-any-return]

    def find(self, path: str, find_all: bool = False) -> Any:
        return _first_or_all(self._matches(path), find_all)

    def _matches(self, path: str) -> Iterator[str]:
        for prefix, root in self.locations:
            if root not in searched_locations:
                searched_locations.append(root)
            match = self.find_location(root, path, prefix)
            if match:
                yield match

    def find_location(self, root: Any, path: str, prefix: str | None = None) -> str | None:
        """Give the absolute path of a file in one directory; None if it is not there."""
        if prefix:
            start = f"{prefix}{os.sep}"
            if not path.startswith(start):
                return None
            path = path.removeprefix(start)
        found = safe_join(root, path)
        return found if os.path.exists(found) else None

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Any]]:
        for _, root in self.locations:
            # A directory that is not there is reported by the check.
            if os.path.isdir(root):
                storage = self.storages[root]
                for path in get_files(storage, ignore_patterns):
                    yield path, storage


class AppDirectoriesFinder(BaseFinder):
    """Looks in the `static` directory of each application."""

    storage_class = FileSystemStorage
    source_dir = "static"

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        self.apps: Any = []
        self.storages: dict[str, Any] = {}
        configs = list(apps.get_app_configs())
        if app_names:
            wanted = set(app_names)
            configs = [config for config in configs if config.name in wanted]
        for config in configs:
            storage = self.storage_class(os.path.join(config.path, self.source_dir))
            storage.prefix = ""  # type: ignore[attr-defined]  # read by collectstatic
            if os.path.isdir(storage.location):
                self.storages[config.name] = storage
                if config.name not in self.apps:
                    self.apps.append(config.name)
        super().__init__(*args, **kwargs)

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Any]]:
        for storage in self.storages.values():
            if storage.exists(""):
                for path in get_files(storage, ignore_patterns):
                    yield path, storage

    def find(self, path: str, find_all: bool = False) -> Any:
        return _first_or_all(self._matches(path), find_all)

    def _matches(self, path: str) -> Iterator[str]:
        for app in self.apps:
            location = self.storages[app].location
            if location not in searched_locations:
                searched_locations.append(location)
            match = self.find_in_app(app, path)
            if match:
                yield match

    def find_in_app(self, app: str, path: str) -> str | None:
        """Give the absolute path of a file in one application; None if it is not there."""
        storage = self.storages.get(app)
        if storage and storage.exists(path):
            found = storage.path(path)
            if found:
                return found  # type: ignore[no-any-return]
        return None


class BaseStorageFinder(BaseFinder):
    """Looks in one storage."""

    storage: Any = None

    def __init__(self, storage: Any = None, *args: Any, **kwargs: Any) -> None:
        if storage is not None:
            self.storage = storage
        if self.storage is None:
            raise ImproperlyConfigured(
                f"The staticfiles storage finder {type(self)!r} doesn't have a storage class assigned."
            )
        # A class is made into an instance.
        if not isinstance(self.storage, (Storage, LazyObject)):
            self.storage = self.storage()
        super().__init__(*args, **kwargs)

    def find(self, path: str, find_all: bool = False) -> Any:
        try:
            self.storage.path("")
        except NotImplementedError:
            return [] if find_all else None
        if self.storage.location not in searched_locations:
            searched_locations.append(self.storage.location)
        if self.storage.exists(path):
            match = self.storage.path(path)
            return [match] if find_all else match
        return []

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Any]]:
        for path in get_files(self.storage, ignore_patterns):
            yield path, self.storage


class DefaultStorageFinder(BaseStorageFinder):
    """Looks in the default storage."""

    storage: Any = default_storage

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not getattr(self.storage, "base_location", empty):
            raise ImproperlyConfigured(
                f"The storage backend of the staticfiles finder {type(self)!r} doesn't have a valid location."
            )


def find(path: str, find_all: bool = False) -> Any:
    """Give the absolute path of a static file: the first, or all with `find_all`.

    Source: docs ref/contrib/staticfiles, "finders.find()".
    """
    searched_locations[:] = []
    matches: list[Any] = []
    for finder in get_finders():
        result = finder.find(path, find_all=find_all)
        if not find_all and result:
            return result
        if not isinstance(result, (list, tuple)):
            result = [result]
        matches.extend(one for one in result if one)
    if matches:
        return matches
    return [] if find_all else None


def get_finders() -> Iterator[Any]:
    """Give the finders of `STATICFILES_FINDERS`."""
    for path in settings.STATICFILES_FINDERS:
        yield get_finder(path)


@functools.cache
def get_finder(import_path: str) -> Any:
    """Give one finder; made once.

    Raises:
        ImproperlyConfigured: it is no finder.
    """
    finder = import_string(import_path)
    if not issubclass(finder, BaseFinder):
        raise ImproperlyConfigured(f'Finder "{finder}" is not a subclass of "{BaseFinder}"')
    return finder()
