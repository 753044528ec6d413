"""Widgets made of several widgets. Must not know fields or forms."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from hotclub._forms.environment import environment
from hotclub._forms.media import Media
from hotclub._forms.widgets.dates import DateInput, TimeInput
from hotclub._forms.widgets.widget import Widget


class MultiWidget(Widget):
    """Several widgets for one value; a subclass says in `decompress` how the value falls apart.

    Args:
        widgets: widgets or widget classes; with a mapping its keys name the parts.
        attrs: HTML attributes of every part.
    """

    template_name = "hotclub/forms/widgets/multiwidget.html"
    use_fieldset = True

    def __init__(self, widgets: Any, attrs: Mapping[str, Any] | None = None) -> None:
        if isinstance(widgets, Mapping):
            self.widgets_names = [f"_{name}" if name else "" for name in widgets]
            widgets = widgets.values()
        else:
            self.widgets_names = [f"_{index}" for index in range(len(widgets))]
        self.widgets: list[Any] = [widget() if isinstance(widget, type) else widget for widget in widgets]
        super().__init__(attrs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = super().__deepcopy__(memo)
        made.widgets = copy.deepcopy(self.widgets)
        return made

    @property
    def is_hidden(self) -> bool:
        return all(widget.is_hidden for widget in self.widgets)

    @property
    def needs_multipart_form(self) -> bool:  # type: ignore[override]  # true if it is for a part
        return any(widget.needs_multipart_form for widget in self.widgets)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if self.is_localized:
            for widget in self.widgets:
                widget.is_localized = self.is_localized
        if not isinstance(value, list | tuple):
            value = self.decompress(value)
        shared = context["widget"]["attrs"]
        input_type = shared.pop("type", None)
        id_ = shared.get("id")
        subwidgets = []
        for index, (suffix, widget) in enumerate(zip(self.widgets_names, self.widgets, strict=True)):
            if input_type is not None:
                widget.input_type = input_type
            part = value[index] if index < len(value) else None
            part_attrs = {**shared, "id": f"{id_}_{index}"} if id_ else shared
            subwidgets.append(widget.get_context(name + suffix, part, part_attrs)["widget"])
        context["widget"]["subwidgets"] = subwidgets
        return context

    def id_for_label(self, id_: str) -> str:
        # Each part has its own id; none stands for the whole.
        return ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return [
            widget.value_from_datadict(data, files, name + suffix)
            for suffix, widget in zip(self.widgets_names, self.widgets, strict=True)
        ]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return all(
            widget.value_omitted_from_data(data, files, name + suffix)
            for suffix, widget in zip(self.widgets_names, self.widgets, strict=True)
        )

    def decompress(self, value: Any) -> Any:
        """Return the parts of a value, in the order of the widgets."""
        raise NotImplementedError("Subclasses must implement this method.")

    def _get_media(self) -> Media:
        media = Media()
        for widget in self.widgets:
            media += widget.media
        return media

    media = property(_get_media)


class SplitDateTimeWidget(MultiWidget):
    """A date and a time input for one date-time."""

    supports_microseconds = False
    template_name = "hotclub/forms/widgets/splitdatetime.html"

    def __init__(
        self,
        attrs: Mapping[str, Any] | None = None,
        date_format: str | None = None,
        time_format: str | None = None,
        date_attrs: Mapping[str, Any] | None = None,
        time_attrs: Mapping[str, Any] | None = None,
    ) -> None:
        widgets = (
            DateInput(attrs=attrs if date_attrs is None else date_attrs, format=date_format),
            TimeInput(attrs=attrs if time_attrs is None else time_attrs, format=time_format),
        )
        super().__init__(widgets)

    def decompress(self, value: Any) -> Any:
        if value:
            value = environment.to_current_timezone(value)
            return [value.date(), value.time()]
        return [None, None]


class SplitHiddenDateTimeWidget(SplitDateTimeWidget):
    """The same as two hidden inputs."""

    template_name = "hotclub/forms/widgets/splithiddendatetime.html"

    def __init__(
        self,
        attrs: Mapping[str, Any] | None = None,
        date_format: str | None = None,
        time_format: str | None = None,
        date_attrs: Mapping[str, Any] | None = None,
        time_attrs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(attrs, date_format, time_format, date_attrs, time_attrs)
        for widget in self.widgets:
            widget.input_type = "hidden"
