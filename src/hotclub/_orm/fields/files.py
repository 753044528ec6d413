"""`FileField` and `ImageField`: the name of a stored file, and the file behind it.

Source: docs ref/models/fields, "FileField and FieldFile".
"""

from __future__ import annotations

import datetime
import posixpath
from importlib.util import find_spec
from typing import Any

from hotclub._orm.fields import late
from hotclub._orm.fields.field import Field
from hotclub._orm.signals import post_init
from hotclub._orm.state import DeferredAttribute
from hotclub.core import checks
from hotclub.core.exceptions import FieldError
from hotclub.core.files.base import ContentFile, File
from hotclub.core.files.images import ImageFile, get_image_dimensions
from hotclub.core.files.storage import Storage, default_storage
from hotclub.core.files.utils import validate_file_name
from hotclub.utils.translation import gettext_lazy as _


class FieldFile(File):
    """The file of one instance: name, storage, and the opened file once it is needed."""

    def __init__(self, instance: Any, field: Any, name: str | None) -> None:
        super().__init__(None, name)
        self.instance = instance
        self.field = field
        self.storage = field.storage
        self._committed = True

    def __bool__(self) -> bool:
        return bool(self.name)

    def __eq__(self, other: object) -> bool:
        # Older code compares with the bare name.
        if hasattr(other, "name"):
            return bool(self.name == other.name)
        return bool(self.name == other)

    def __hash__(self) -> int:
        return hash(self.name)

    def _require_file(self) -> None:
        if not self:
            raise ValueError(f"The '{self.field.name}' attribute has no file associated with it.")

    def _get_file(self) -> Any:
        self._require_file()
        if getattr(self, "_file", None) is None:
            self._file = self.storage.open(self.name, "rb")
        return self._file

    def _set_file(self, file: Any) -> None:
        self._file = file

    def _del_file(self) -> None:
        del self._file

    file = property(_get_file, _set_file, _del_file)

    @property
    def path(self) -> str:
        """Path in the file system, where the storage has one."""
        self._require_file()
        path: str = self.storage.path(self.name)
        return path

    @property
    def url(self) -> str:
        self._require_file()
        url: str = self.storage.url(self.name)
        return url

    @property
    def size(self) -> int:
        """Size in bytes."""
        self._require_file()
        if not self._committed:
            return self.file.size  # type: ignore[no-any-return]
        size: int = self.storage.size(self.name)
        return size

    def open(self, mode: str = "rb") -> Any:  # type: ignore[override]  # the documented signature
        """Open the file in a mode."""
        self._require_file()
        if getattr(self, "_file", None) is None:
            self.file = self.storage.open(self.name, mode)
        else:
            self.file.open(mode)
        return self

    open.alters_data = True  # type: ignore[attr-defined]  # for templates

    def save(self, name: str, content: Any, save: bool = True) -> None:
        """Store new content and put its name on the instance.

        Args:
            name: wanted name; the storage may change it.
            content: a `File`.
            save: save the instance too.
        """
        name = self.field.generate_filename(self.instance, name)
        self.name = self.storage.save(name, content, max_length=self.field.max_length)
        self._committed = True
        self._place(content)
        if save:
            self.instance.save()

    save.alters_data = True  # type: ignore[attr-defined]

    def _place(self, content: Any) -> None:
        """Put the stored file on the instance."""
        setattr(self.instance, self.field.attname, self.name)

    def delete(self, save: bool = True) -> None:
        """Delete the stored file and empty the attribute; `save` saves the instance too."""
        if not self:
            return
        if hasattr(self, "_file"):
            self.close()
            del self.file
        self.storage.delete(self.name)
        self.name = None
        setattr(self.instance, self.field.attname, self.name)
        self._committed = False
        if save:
            self.instance.save()

    delete.alters_data = True  # type: ignore[attr-defined]

    @property
    def closed(self) -> bool:
        file = getattr(self, "_file", None)
        return file is None or file.closed

    def close(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()

    def __getstate__(self) -> dict[str, Any]:
        # The open file cannot be pickled; the rest finds it again.
        return {
            "name": self.name,
            "closed": False,
            "_committed": True,
            "_file": None,
            "instance": self.instance,
            "field": self.field,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        state.pop("closed", None)
        self.__dict__.update(state)
        self.storage = self.field.storage


class FileDescriptor(DeferredAttribute):
    """Gives a `FieldFile` for whatever was assigned: a name, an uploaded file, another field's file."""

    stores_plainly = True

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        data = instance.__dict__
        field: Any = self.field
        name = field.attname
        file = super().__get__(instance, cls)
        if isinstance(file, FieldFile):
            if not hasattr(file, "field"):
                # Unpickled before its field was known.
                file.instance, file.field, file.storage = instance, field, field.storage
            elif instance is not file.instance:
                # A file of another instance (a copy): this one gets its own.
                file.instance = instance
            return file
        if isinstance(file, str) or file is None:
            data[name] = field.attr_class(instance, field, file)
        elif isinstance(file, File):
            # New content, stored when the instance is saved.
            own = field.attr_class(instance, field, file.name)
            own.file = file
            own._committed = False
            data[name] = own
        return data[name]

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class FileField(Field[Any]):
    """A file in a storage; the column keeps its name.

    Args:
        upload_to: directory, `strftime` pattern, or callable `(instance, filename)`.
        storage: a `Storage`, or a callable that gives it.
    """

    # Options, as given.
    storage: Any
    upload_to: Any

    attr_class: type[FieldFile] = FieldFile
    descriptor_class = FileDescriptor
    description = _("File")

    def __init__(
        self, verbose_name: Any = None, name: str | None = None, upload_to: Any = "", storage: Any = None, **kwargs: Any
    ) -> None:
        self._primary_key_set_explicitly = "primary_key" in kwargs
        # Not "or": asking a lazy storage for its truth would build it.
        self.storage = default_storage if storage is None else storage
        if callable(self.storage):
            # Kept for deconstruct(): the callable decides anew in each process.
            self._storage_callable = self.storage
            self.storage = self.storage()
            if not isinstance(self.storage, Storage):
                raise TypeError(
                    f"{type(self).__qualname__}.storage must be a subclass/instance of {Storage.__module__}."
                    f"{Storage.__qualname__}"
                )
        self.upload_to = upload_to
        kwargs.setdefault("max_length", 100)
        super().__init__(verbose_name, name, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)
        if self._primary_key_set_explicitly:
            text = f"'primary_key' is not a valid argument for a {type(self).__name__}."
            found.append(checks.Error(text, obj=self, id="fields.E201"))
        if isinstance(self.upload_to, str) and self.upload_to.startswith("/"):
            found.append(
                checks.Error(
                    f"{type(self).__name__}'s 'upload_to' argument must be a relative path, not an absolute path.",
                    obj=self,
                    id="fields.E202",
                    hint="Remove the leading slash.",
                )
            )
        return found

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("max_length") == 100:
            del kwargs["max_length"]
        kwargs["upload_to"] = self.upload_to
        storage = getattr(self, "_storage_callable", self.storage)
        if storage is not default_storage:
            kwargs["storage"] = storage
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "FileField"

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return None if value is None else str(value)

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        file = super().pre_save(model_instance, add)
        if late.is_expression(file):
            return file
        if file.name is None and getattr(file, "_file", None) is not None:
            error = FieldError(f"File for {self.name} must have the name attribute specified to be saved.")
            if isinstance(file._file, ContentFile):
                error.add_note("Pass a 'name' argument to ContentFile.")
            raise error
        if file and not file._committed:
            file.save(file.name, file.file, save=False)
        return file

    def generate_filename(self, instance: Any, filename: str) -> str:
        """Return the name to ask the storage for: directory and file name, both checked."""
        if callable(self.upload_to):
            filename = self.upload_to(instance, filename)
        else:
            directory = datetime.datetime.now().strftime(str(self.upload_to))
            filename = posixpath.join(directory, filename)
        filename = validate_file_name(filename, allow_relative_path=True)
        name: str = self.storage.generate_filename(filename)
        return name

    def save_form_data(self, instance: Any, data: Any) -> None:
        # None: leave the file as it is; False: the form's "clear".
        if data is not None:
            setattr(instance, self.name, data or "")

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        options = {"max_length": self.max_length, **kwargs}
        return super().formfield(form_class or late.form_field("FileField"), choices_form_class, **options)


class ImageFileDescriptor(FileDescriptor):
    """Updates the fields of width and height with each new file."""

    stores_plainly = False

    def __set__(self, instance: Any, value: Any) -> None:
        previous = instance.__dict__.get(self.field.attname)
        super().__set__(instance, value)
        # The first assignment is that of loading: the sizes come from the database then.
        if previous is not None:
            self.field.update_dimension_fields(instance, force=True)


class ImageFieldFile(ImageFile, FieldFile):
    """The file of an image: `width` and `height` as well."""

    def _place(self, content: Any) -> None:
        # The size is read from the content at hand: the storage may not be readable.
        self.__dict__["_dimensions"] = get_image_dimensions(content)
        self.instance.__dict__[self.field.attname] = self
        self.field.update_dimension_fields(self.instance, force=True)

    def delete(self, save: bool = True) -> None:
        # The remembered size belongs to the deleted image.
        self.__dict__.pop("_dimensions", None)
        super().delete(save)

    delete.alters_data = True  # type: ignore[attr-defined]


class ImageField(FileField):
    """An image.

    Args:
        width_field: name of a field that follows the image's width.
        height_field: the same for its height.
    """

    # Options, as given.
    width_field: str | None
    height_field: str | None

    attr_class = ImageFieldFile
    descriptor_class = ImageFileDescriptor
    description = _("Image")

    def __init__(
        self,
        verbose_name: Any = None,
        name: str | None = None,
        width_field: str | None = None,
        height_field: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.width_field = width_field
        self.height_field = height_field
        super().__init__(verbose_name, name, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        found = super().check(**kwargs)
        if not _has_pillow():
            found.append(
                checks.Error(
                    "Cannot use ImageField because Pillow is not installed.",
                    hint="Get Pillow at https://pypi.org/project/Pillow/ or run command "
                    '"python -m pip install Pillow".',
                    obj=self,
                    id="fields.E210",
                )
            )
        return found

    def deconstruct(self) -> tuple[Any, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.width_field:
            kwargs["width_field"] = self.width_field
        if self.height_field:
            kwargs["height_field"] = self.height_field
        return name, path, args, kwargs

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract and (self.width_field or self.height_field):
            # The fields of the size may be set after the image.
            post_init.connect(self.update_dimension_fields, sender=cls)

    def update_dimension_fields(self, instance: Any, force: bool = False, *args: Any, **kwargs: Any) -> None:
        """Write the image's size into the fields that follow it.

        Args:
            instance: the instance.
            force: look at the file even if the fields are filled.
        """
        wanted = [name for name in (self.width_field, self.height_field) if name]
        # Deferred: the file itself was not loaded, and its size is not asked for.
        if not wanted or self.attname not in instance.__dict__:
            return
        file = getattr(instance, self.attname)
        if not file and not force:
            return
        filled = not any(not getattr(instance, name) for name in wanted)
        if filled and not force:
            return
        width, height = (file.width, file.height) if file else (None, None)
        if self.width_field:
            setattr(instance, self.width_field, width)
        if self.height_field:
            setattr(instance, self.height_field, height)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        return super().formfield(form_class or late.form_field("ImageField"), choices_form_class, **kwargs)


def _has_pillow() -> bool:
    try:
        return find_spec("PIL.Image") is not None
    except (ImportError, ValueError):
        return False


for _public in (FieldFile, FileDescriptor, FileField, ImageFileDescriptor, ImageFieldFile, ImageField):
    _public.__module__ = "hotclub.db.models.fields.files"
