"""Images: their dimensions, read from as little of the file as it takes."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from hotclub.core.files import File
from hotclub.utils.functional import cached_property


class ImageFile(File):
    """A file with the dimensions of its image."""

    @property
    def width(self) -> int | None:
        """Width in pixels; None if it is no image."""
        return self._dimensions[0]

    @property
    def height(self) -> int | None:
        """Height in pixels; None if it is no image."""
        return self._dimensions[1]

    @cached_property
    def _dimensions(self) -> tuple[int | None, int | None]:
        close = self.closed
        self.open()
        return get_image_dimensions(self, close=close)


def get_image_dimensions(file_or_path: Any, close: bool = False) -> tuple[int | None, int | None]:
    """Return (width, height) of an image; (None, None) if it is none, or is missing.

    Args:
        file_or_path: a file, which keeps its position, or a path.
        close: close the file at the end.
    """
    from PIL import ImageFile as PillowImageFile  # noqa: PLC0415  # optional

    if hasattr(file_or_path, "read"):
        file = file_or_path
        position = file.tell()
        file.seek(0)
    else:
        try:
            file = open(file_or_path, "rb")  # noqa: SIM115  # closed below
        except OSError:
            return (None, None)
        close = True
    try:
        return _read_dimensions(file, PillowImageFile.Parser())
    finally:
        if close:
            file.close()
        else:
            file.seek(position)


def _read_dimensions(file: Any, parser: Any) -> tuple[int | None, int | None]:
    # Most formats have the dimensions in front; what is read doubles until the parser has them.
    chunk_size = 1024
    while True:
        data = file.read(chunk_size)
        if not data:
            return (None, None)
        try:
            parser.feed(data)
        except zlib.error as error:
            # Not enough of a compressed block yet.
            if not error.args[0].startswith("Error -5"):
                raise
        except (struct.error, RuntimeError):
            # struct: some formats want all of the file. RuntimeError: the first chunks of a WebP.
            pass
        if parser.image:
            width, height = parser.image.size
            return (width, height)
        chunk_size *= 2
