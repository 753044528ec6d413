"""Widgets for uploads. Must not know storages; a stored file is anything with a `url`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotclub._forms.widgets.inputs import CheckboxInput, Input
from hotclub.utils.translation import gettext_lazy as _

FILE_INPUT_CONTRADICTION = object()
"""What a clearable input gives when a file came and "clear" was checked as well."""


class FileInput(Input):
    """An upload; never shows a value. Subclasses set `allow_multiple_selected` to accept several files."""

    allow_multiple_selected = False
    input_type = "file"
    needs_multipart_form = True
    template_name = "hotclub/forms/widgets/file.html"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        if attrs is not None and not self.allow_multiple_selected and attrs.get("multiple", False):
            raise ValueError(f"{type(self).__qualname__} doesn't support uploading multiple files.")
        if self.allow_multiple_selected:
            attrs = {"multiple": True, **(attrs or {})}
        super().__init__(attrs)

    def format_value(self, value: Any) -> Any:
        return None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if self.allow_multiple_selected and hasattr(files, "getlist"):
            return files.getlist(name)
        return files.get(name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files

    def use_required_attribute(self, initial: Any) -> bool:
        # A file that is already there need not be sent again.
        return super().use_required_attribute(initial) and not initial


class ClearableFileInput(FileInput):
    """An upload that shows the file already stored and, if it is not required, a checkbox to remove it."""

    clear_checkbox_label: Any = _("Clear")
    initial_text: Any = _("Currently")
    input_text: Any = _("Change")
    template_name = "hotclub/forms/widgets/clearable_file_input.html"
    checked = False

    def clear_checkbox_name(self, name: str) -> str:
        """Return the name of the checkbox beside the input `name`."""
        return name + "-clear"

    def clear_checkbox_id(self, name: str) -> str:
        """Return the id of the checkbox of that name."""
        return name + "_id"

    def is_initial(self, value: Any) -> bool:
        """Return whether a value is a stored file."""
        return bool(value and getattr(value, "url", False))

    def format_value(self, value: Any) -> Any:
        return value if self.is_initial(value) else None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        checkbox_name = self.clear_checkbox_name(name)
        widget = context["widget"]
        widget.update(
            checkbox_name=checkbox_name,
            checkbox_id=self.clear_checkbox_id(checkbox_name),
            is_initial=self.is_initial(value),
            input_text=self.input_text,
            initial_text=self.initial_text,
            clear_checkbox_label=self.clear_checkbox_label,
        )
        widget["attrs"].setdefault("disabled", False)
        widget["attrs"]["checked"] = self.checked
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        upload = super().value_from_datadict(data, files, name)
        self.checked = self.clear_checkbox_name(name) in data
        if not self.is_required and CheckboxInput().value_from_datadict(data, files, self.clear_checkbox_name(name)):
            return FILE_INPUT_CONTRADICTION if upload else False
        return upload

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return super().value_omitted_from_data(data, files, name) and self.clear_checkbox_name(name) not in data
