"""Files (façade): `from hotclub.core.files import File`."""

from hotclub.core.files.base import File

__all__ = ["File"]
