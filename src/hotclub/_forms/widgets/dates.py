"""Widgets for dates and times. Must not know fields or forms."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hotclub._forms.widgets.choices import Select
from hotclub._forms.widgets.inputs import TextInput
from hotclub._forms.widgets.widget import Widget
from hotclub.utils import formats
from hotclub.utils.dates import MONTHS
from hotclub.utils.formats import get_format


class DateTimeBaseInput(TextInput):
    """A text input for dates and times.

    Args:
        format: how the value is shown; by default the first of the input formats of the locale.
    """

    format_key = ""
    supports_microseconds = False

    def __init__(self, attrs: Mapping[str, Any] | None = None, format: str | None = None) -> None:
        super().__init__(attrs)
        self.format = format or None

    def format_value(self, value: Any) -> Any:
        if value is None or value == "" or hasattr(value, "resolve_expression"):
            return None
        return formats.localize_input(value, self.format or get_format(self.format_key)[0])


class DateInput(DateTimeBaseInput):
    format_key = "DATE_INPUT_FORMATS"
    template_name = "hotclub/forms/widgets/date.html"


class DateTimeInput(DateTimeBaseInput):
    format_key = "DATETIME_INPUT_FORMATS"
    template_name = "hotclub/forms/widgets/datetime.html"


class TimeInput(DateTimeBaseInput):
    format_key = "TIME_INPUT_FORMATS"
    template_name = "hotclub/forms/widgets/time.html"


class SelectDateWidget(Widget):
    """Three selects for month, day and year, in the order of the locale.

    Args:
        attrs: HTML attributes of each select.
        years: years to offer; by default this one and the next nine.
        months: names of the months by number.
        empty_label: text of the empty option, or three of them for year, month and day.

    Raises:
        ValueError: `empty_label` is a list of another length.
    """

    none_value = ("", "---")
    month_field = "%s_month"
    day_field = "%s_day"
    year_field = "%s_year"
    template_name = "hotclub/forms/widgets/select_date.html"
    input_type = "select"
    select_widget = Select
    date_re = re.compile(r"(\d{4}|0)-(\d\d?)-(\d\d?)$", re.ASCII)
    use_fieldset = True

    def __init__(
        self, attrs: Mapping[str, Any] | None = None, years: Any = None, months: Any = None, empty_label: Any = None
    ) -> None:
        self.attrs = dict(attrs or {})
        this_year = datetime.date.today().year
        self.years = years or range(this_year, this_year + 10)
        self.months = months or MONTHS
        if isinstance(empty_label, list | tuple):
            if len(empty_label) != 3:
                raise ValueError("empty_label list/tuple must have 3 elements.")
            self.year_none_value, self.month_none_value, self.day_none_value = (("", label) for label in empty_label)
        else:
            none_value = self.none_value if empty_label is None else ("", empty_label)
            self.year_none_value = self.month_none_value = self.day_none_value = none_value

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        widget = context["widget"]
        parts: dict[str, tuple[str, Any, Any]] = {
            "year": (self.year_field % name, [(year, str(year)) for year in self.years], self.year_none_value),
            "month": (self.month_field % name, list(self.months.items()), self.month_none_value),
            "day": (self.day_field % name, [(day, day) for day in range(1, 32)], self.day_none_value),
        }
        subwidgets = []
        for part in self._parse_date_fmt():
            part_name, choices, none_value = parts[part]
            if not self.is_required:
                choices = [none_value, *choices]
            part_attrs = {**widget["attrs"], "id": f"id_{part_name}"}
            select = self.select_widget(attrs, choices=choices)
            subwidgets.append(select.get_context(part_name, widget["value"][part], part_attrs)["widget"])
        widget["subwidgets"] = subwidgets
        return context

    def format_value(self, value: Any) -> dict[str, Any]:
        """Return year, month and day apart; None where the value is not a date, "" where a part is empty."""
        if isinstance(value, datetime.date | datetime.datetime):
            return {"year": value.year, "month": value.month, "day": value.day}
        shown: dict[str, Any] = {"year": None, "month": None, "day": None}
        if not isinstance(value, str):
            return shown
        if match := self.date_re.match(value):
            # A part left empty travels as zero.
            return dict(zip(("year", "month", "day"), (int(part) or "" for part in match.groups()), strict=True))
        try:
            date = datetime.datetime.strptime(value, get_format("DATE_INPUT_FORMATS")[0])
        except ValueError:
            return shown
        return {"year": date.year, "month": date.month, "day": date.day}

    @staticmethod
    def _parse_date_fmt() -> Iterator[str]:
        escaped = False
        for letter in get_format("DATE_FORMAT"):
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = True
            elif letter in "Yy":
                yield "year"
            elif letter in "bEFMmNn":
                yield "month"
            elif letter in "dj":
                yield "day"

    def id_for_label(self, id_: str) -> str:
        first = next(self._parse_date_fmt(), "month")
        return f"{id_}_{first}"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        year = data.get(self.year_field % name)
        month = data.get(self.month_field % name)
        day = data.get(self.day_field % name)
        if year == month == day == "":
            return None
        if year is None or month is None or day is None:
            return data.get(name)
        try:
            date = datetime.date(int(year), int(month), int(day))
        except OverflowError:
            return "0-0-0"
        except ValueError:
            # Shown again as it came, so that the user can correct it.
            return f"{year or 0}-{month or 0}-{day or 0}"
        return date.strftime(formats.sanitize_strftime_format(get_format("DATE_INPUT_FORMATS")[0]))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(field % name in data for field in (self.year_field, self.month_field, self.day_field))
