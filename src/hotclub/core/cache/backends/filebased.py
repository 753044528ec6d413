"""A cache in a directory: one file per entry, with the moment it expires in front of the compressed value."""

from __future__ import annotations

import glob
import os
import pickle
import random
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from typing import Any

from hotclub.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from hotclub.core.files import locks
from hotclub.core.files.move import file_move_safe
from hotclub.utils._os import safe_makedirs


class FileBasedCache(BaseCache):
    """Keeps values in files.

    Args:
        dir: the directory; nobody else should be able to write there, as the values are pickled.
    """

    cache_suffix = ".djcache"
    pickle_protocol = pickle.HIGHEST_PROTOCOL

    def __init__(self, dir: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._dir = os.path.abspath(dir)
        self._make_directory()

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        if self.has_key(key, version):
            return False
        self.set(key, value, timeout, version)
        return True

    @contextmanager
    def _entry(self, key: Any, version: Any, *, change: bool = False) -> Iterator[Any]:
        """Open the file of a key and give it, read up to the value; None if there is none that counts.

        Args:
            key, version: as for `get`.
            change: open it for writing, locked until it is closed.
        """
        try:
            file: Any = open(self._key_to_file(key, version), "r+b" if change else "rb")  # noqa: SIM115  # closed below
        except FileNotFoundError:
            yield None
            return
        with file:
            if change:
                locks.lock(file, locks.LOCK_EX)
            yield None if self._is_expired(file) else file

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        with self._entry(key, version) as file:
            return default if file is None else self._value_of(file)

    @staticmethod
    def _value_of(file: Any) -> Any:
        """Return the value in an open file, which stands behind the moment of its expiry."""
        return pickle.loads(zlib.decompress(file.read()))

    def _write(self, file: Any, timeout: Any, value: Any) -> None:
        expiry = self.get_backend_timeout(timeout)
        file.write(pickle.dumps(expiry, self.pickle_protocol))
        file.write(zlib.compress(pickle.dumps(value, self.pickle_protocol)))

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        self._make_directory()
        name = self._key_to_file(key, version)
        self._cull()
        descriptor, temporary = tempfile.mkstemp(dir=self._dir)
        try:
            with open(descriptor, "wb") as file:
                self._write(file, timeout, value)
            # Readers see the old file or the new one, never half of it.
            file_move_safe(temporary, name, allow_overwrite=True)
        except BaseException:
            os.remove(temporary)
            raise

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        with self._entry(key, version, change=True) as file:
            if file is None:
                return False
            value = self._value_of(file)
            file.seek(0)
            file.truncate()
            self._write(file, timeout, value)
            return True

    def delete(self, key: Any, version: Any = None) -> bool:
        return self._delete(self._key_to_file(key, version))

    def _delete(self, name: str) -> bool:
        """Delete a file of the cache; say whether it was there."""
        if not name.startswith(self._dir):
            return False
        try:
            os.remove(name)
        except FileNotFoundError:
            return False
        return True

    def has_key(self, key: Any, version: Any = None) -> bool:
        with self._entry(key, version) as file:
            return file is not None

    def _cull(self) -> None:
        """Delete files at random if there are too many."""
        names = self._files()
        if len(names) < self._max_entries:
            return
        if self._cull_frequency == 0:
            self.clear()
            return
        for name in random.sample(names, int(len(names) / self._cull_frequency)):
            self._delete(name)

    def _make_directory(self) -> None:
        # For the owner only, whatever the umask says.
        safe_makedirs(self._dir, 0o700, exist_ok=True)

    def _key_to_file(self, key: Any, version: Any = None) -> str:
        stored = self.make_and_validate_key(key, version=version)
        digest = md5(stored.encode(), usedforsecurity=False).hexdigest()
        return os.path.join(self._dir, digest + self.cache_suffix)

    def clear(self) -> None:
        for name in self._files():
            self._delete(name)

    def _is_expired(self, file: Any) -> bool:
        """Read the moment at the beginning of an open file; delete the file if it has passed."""
        try:
            expiry = pickle.load(file)
        except EOFError:
            expiry = 0  # an empty file is an expired one
        if expiry is not None and expiry < time.time():
            file.close()  # Windows deletes no open file
            self._delete(file.name)
            return True
        return False

    def _files(self) -> list[str]:
        """Return the paths of all entries."""
        return [os.path.join(self._dir, name) for name in glob.glob(f"*{self.cache_suffix}", root_dir=self._dir)]
