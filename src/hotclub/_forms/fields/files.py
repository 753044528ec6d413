"""Fields for uploads and for paths of files on the server. Must not know storages or forms."""

from __future__ import annotations

import os
import re
from io import BytesIO
from typing import Any

from hotclub._forms.environment import environment
from hotclub._forms.fields.choices import ChoiceField
from hotclub._forms.fields.field import Field
from hotclub._forms.widgets import FILE_INPUT_CONTRADICTION, ClearableFileInput, FileInput
from hotclub._forms.widgets.widget import Widget
from hotclub.core import validators
from hotclub.core.exceptions import ValidationError
from hotclub.utils.translation import gettext_lazy as _
from hotclub.utils.translation import ngettext_lazy


class FileField(Field):
    """An uploaded file.

    Args:
        max_length: greatest length of its name.
        allow_empty_file: accept a file without content.
        **kwargs: those of `Field`.
    """

    widget = ClearableFileInput
    default_error_messages = {
        "invalid": _("No file was submitted. Check the encoding type on the form."),
        "missing": _("No file was submitted."),
        "empty": _("The submitted file is empty."),
        "max_length": ngettext_lazy(
            "Ensure this filename has at most %(max)d character (it has %(length)d).",
            "Ensure this filename has at most %(max)d characters (it has %(length)d).",
            "max",
        ),
        "contradiction": _("Please either submit a file or check the clear checkbox, not both."),
    }

    def __init__(self, *, max_length: int | None = None, allow_empty_file: bool = False, **kwargs: Any) -> None:
        self.max_length = max_length
        self.allow_empty_file = allow_empty_file
        super().__init__(**kwargs)

    def to_python(self, data: Any) -> Any:
        if data in self.empty_values:
            return None
        try:
            file_name = data.name
            file_size = data.size
        except AttributeError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        if self.max_length is not None and len(file_name) > self.max_length:
            params = {"max": self.max_length, "length": len(file_name)}
            raise ValidationError(self.error_messages["max_length"], code="max_length", params=params)
        if not file_name:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if not self.allow_empty_file and not file_size:
            raise ValidationError(self.error_messages["empty"], code="empty")
        return data

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the upload; the initial file if none came; False if the stored one is to be removed.

        Raises:
            ValidationError: the upload is not valid, missing, or came along with "clear".
        """
        if data is FILE_INPUT_CONTRADICTION:
            raise ValidationError(self.error_messages["contradiction"], code="contradiction")
        if data is False:
            if not self.required:
                return False
            # A required file cannot be cleared; the widget offers it not, so this is as if nothing came.
            data = None
        if not data and initial:
            return initial
        return super().clean(data)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial if data in (None, FILE_INPUT_CONTRADICTION) else data

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.disabled and data is not None

    def _clean_bound_field(self, bf: Any) -> Any:
        return self.clean(bf.initial if self.disabled else bf.data, bf.initial)


class ImageField(FileField):
    """An uploaded image, verified with Pillow (`pip install "hotclub[images]"`)."""

    default_validators = [validators.validate_image_file_extension]
    default_error_messages = {
        "invalid_image": _("Upload a valid image. The file you uploaded was either not an image or a corrupted image."),
    }

    def to_python(self, data: Any) -> Any:
        upload = super().to_python(data)
        if upload is None:
            return None
        from PIL import Image  # noqa: PLC0415  # optional dependency

        if hasattr(data, "temporary_file_path"):
            source = data.temporary_file_path()
        elif hasattr(data, "read"):
            source = BytesIO(data.read())
        else:
            source = BytesIO(data["content"])
        try:
            # verify() has to follow open() directly; the image is of no further use for pixels after it.
            image = Image.open(source)
            image.verify()
            upload.image = image
            upload.content_type = Image.MIME.get(image.format or "")
        except Exception as error:  # Pillow's decoders raise whatever they like
            raise ValidationError(self.error_messages["invalid_image"], code="invalid_image") from error
        if callable(getattr(upload, "seek", None)):
            upload.seek(0)
        return upload

    def widget_attrs(self, widget: Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        if isinstance(widget, FileInput) and "accept" not in widget.attrs:
            attrs.setdefault("accept", "image/*")
        return attrs


class FilePathField(ChoiceField):
    """The path of a file or folder below a folder.

    Args:
        path: folder to look in.
        match: regular expression file names are searched for.
        recursive: look in the folders below as well.
        allow_files: offer files.
        allow_folders: offer folders.
        **kwargs: those of `Field`.
    """

    def __init__(
        self,
        path: Any,
        *,
        match: str | None = None,
        recursive: bool = False,
        allow_files: bool = True,
        allow_folders: bool = False,
        **kwargs: Any,
    ) -> None:
        self.path = path
        self.match = match
        self.recursive = recursive
        self.allow_files = allow_files
        self.allow_folders = allow_folders
        super().__init__(choices=(), **kwargs)
        self.match_re = None if match is None else re.compile(match)
        self.set_choices()

    def set_choices(self) -> None:
        """Read the folder and offer what it holds now."""
        found = self._walk() if self.recursive else self._scan()
        choices = [] if self.required else [("", environment.blank_choice_label())]
        setattr(self, "choices", choices + list(found))  # noqa: B010  # a property that subclasses replace
        self.widget.choices = self.choices

    def _wanted(self, name: str) -> bool:
        return self.match_re is None or self.match_re.search(name) is not None

    def _walk(self) -> Any:
        for root, folders, files in sorted(os.walk(self.path)):
            if self.allow_files:
                for name in sorted(files):
                    if self._wanted(name):
                        full = os.path.join(root, name)
                        yield full, full.replace(self.path, "", 1)
            if self.allow_folders:
                for name in sorted(folders):
                    if name != "__pycache__" and self._wanted(name):
                        full = os.path.join(root, name)
                        yield full, full.replace(self.path, "", 1)

    def _scan(self) -> Any:
        with os.scandir(self.path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            if entry.name == "__pycache__":
                continue
            allowed = (self.allow_files and entry.is_file()) or (self.allow_folders and entry.is_dir())
            if allowed and self._wanted(entry.name):
                yield entry.path, entry.name
