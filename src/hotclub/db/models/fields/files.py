"""Documented path of file fields; the code is in `hotclub._orm.fields.files`."""

from hotclub._orm.fields.files import (
    FieldFile,
    FileDescriptor,
    FileField,
    ImageField,
    ImageFieldFile,
    ImageFileDescriptor,
)

__all__ = ["FieldFile", "FileDescriptor", "FileField", "ImageField", "ImageFieldFile", "ImageFileDescriptor"]
