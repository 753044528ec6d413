"""Temporary files, under names that are the same on every platform.

On Windows an open temporary file cannot be opened again by name, which uploads need; there it is deleted by ourselves.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any

from hotclub.core.files.utils import FileProxyMixin

__all__ = ["NamedTemporaryFile", "gettempdir"]

if os.name == "nt":

    class TemporaryFile(FileProxyMixin):
        """A temporary file that others may open as well, deleted on `close`."""

        def __init__(
            self, mode: str = "w+b", bufsize: int = -1, suffix: str = "", prefix: str = "", dir: Any = None
        ) -> None:
            descriptor, name = tempfile.mkstemp(suffix=suffix, prefix=prefix, dir=dir)
            self.name = name
            self.file = os.fdopen(descriptor, mode, bufsize)
            self.close_called = False

        def close(self) -> None:
            if not self.close_called:
                self.close_called = True
                try:
                    self.file.close()
                finally:
                    try:
                        os.unlink(self.name)
                    except OSError:
                        pass  # moved away

        def __enter__(self) -> Any:
            self.file.__enter__()
            return self

        def __exit__(self, *details: Any) -> None:
            self.file.__exit__(*details)

    NamedTemporaryFile: Any = TemporaryFile
else:
    NamedTemporaryFile = tempfile.NamedTemporaryFile

gettempdir = tempfile.gettempdir
