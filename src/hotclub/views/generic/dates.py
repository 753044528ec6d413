"""Archives by date: views of years, months, weeks and days.

A *period* is a span with a first day; each view knows its period, shows the objects in it, and finds the neighbouring
periods that hold any.
"""

from __future__ import annotations

import datetime
from typing import Any

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.db import models
from hotclub.http import Http404
from hotclub.utils import timezone
from hotclub.utils.functional import cached_property
from hotclub.utils.translation import gettext as _
from hotclub.views.generic.base import View
from hotclub.views.generic.detail import BaseDetailView, SingleObjectTemplateResponseMixin
from hotclub.views.generic.list import MultipleObjectMixin, MultipleObjectTemplateResponseMixin

ONE_DAY = datetime.timedelta(days=1)


class YearMixin:
    """Takes the year from the URL, the query string or the view."""

    year_format = "%Y"
    year: Any = None
    kwargs: Any
    request: Any

    def get_year_format(self) -> str:
        """Give the strptime format of the year."""
        return self.year_format

    def get_year(self) -> Any:
        """Give the year as text."""
        return _from_url(self, "year", _("No year specified"))

    def get_next_year(self, date: datetime.date) -> datetime.date | None:
        """Give the first day of the next year with objects."""
        return _neighbour(self, date, is_previous=False, period="year")

    def get_previous_year(self, date: datetime.date) -> datetime.date | None:
        """Give the first day of the last year before with objects."""
        return _neighbour(self, date, is_previous=True, period="year")

    def _first_after_year(self, date: datetime.date) -> datetime.date:
        try:
            return date.replace(year=date.year + 1, month=1, day=1)
        except ValueError:
            raise Http404(_("Date out of range")) from None

    def _first_of_year(self, date: datetime.date) -> datetime.date:
        return date.replace(month=1, day=1)


class MonthMixin:
    """Takes the month from the URL, the query string or the view."""

    month_format = "%b"
    month: Any = None
    kwargs: Any
    request: Any

    def get_month_format(self) -> str:
        """Give the strptime format of the month."""
        return self.month_format

    def get_month(self) -> Any:
        """Give the month as text."""
        return _from_url(self, "month", _("No month specified"))

    def get_next_month(self, date: datetime.date) -> datetime.date | None:
        """Give the first day of the next month with objects."""
        return _neighbour(self, date, is_previous=False, period="month")

    def get_previous_month(self, date: datetime.date) -> datetime.date | None:
        """Give the first day of the last month before with objects."""
        return _neighbour(self, date, is_previous=True, period="month")

    def _first_after_month(self, date: datetime.date) -> datetime.date:
        try:
            if date.month == 12:
                return date.replace(year=date.year + 1, month=1, day=1)
            return date.replace(month=date.month + 1, day=1)
        except ValueError:
            raise Http404(_("Date out of range")) from None

    def _first_of_month(self, date: datetime.date) -> datetime.date:
        return date.replace(day=1)


class DayMixin:
    """Takes the day from the URL, the query string or the view."""

    day_format = "%d"
    day: Any = None
    kwargs: Any
    request: Any

    def get_day_format(self) -> str:
        """Give the strptime format of the day."""
        return self.day_format

    def get_day(self) -> Any:
        """Give the day as text."""
        return _from_url(self, "day", _("No day specified"))

    def get_next_day(self, date: datetime.date) -> datetime.date | None:
        """Give the next day with objects."""
        return _neighbour(self, date, is_previous=False, period="day")

    def get_previous_day(self, date: datetime.date) -> datetime.date | None:
        """Give the last day before with objects."""
        return _neighbour(self, date, is_previous=True, period="day")

    def _first_after_day(self, date: datetime.date) -> datetime.date:
        return date + ONE_DAY

    def _first_of_day(self, date: datetime.date) -> datetime.date:
        return date


class WeekMixin:
    """Takes the week from the URL, the query string or the view."""

    week_format = "%U"
    week: Any = None
    kwargs: Any
    request: Any

    def get_week_format(self) -> str:
        """Give the strptime format of the week: %U, %W or %V."""
        return self.week_format

    def get_week(self) -> Any:
        """Give the week as text."""
        return _from_url(self, "week", _("No week specified"))

    def get_next_week(self, date: datetime.date) -> datetime.date | None:
        """Give the first day of the next week with objects."""
        return _neighbour(self, date, is_previous=False, period="week")

    def get_previous_week(self, date: datetime.date) -> datetime.date | None:
        """Give the first day of the last week before with objects."""
        return _neighbour(self, date, is_previous=True, period="week")

    def _first_after_week(self, date: datetime.date) -> datetime.date:
        try:
            return date + datetime.timedelta(days=7 - self._days_into_week(date))
        except OverflowError:
            raise Http404(_("Date out of range")) from None

    def _first_of_week(self, date: datetime.date) -> datetime.date:
        return date - datetime.timedelta(self._days_into_week(date))

    def _days_into_week(self, date: datetime.date) -> int:
        """Give how many days `date` is into its week."""
        week_format = self.get_week_format()
        if week_format in {"%W", "%V"}:  # weeks start on Monday
            return date.weekday()
        if week_format == "%U":  # on Sunday
            return (date.weekday() + 1) % 7
        raise ValueError(f"unknown week format: {week_format}")


class DateMixin:
    """Says which field holds the date."""

    date_field: str | None = None
    allow_future = False
    model: Any = None

    def get_date_field(self) -> str:
        """Give the name of the date field.

        Raises:
            ImproperlyConfigured: the view does not say.
        """
        if self.date_field is None:
            raise ImproperlyConfigured(f"{type(self).__name__}.date_field is required.")
        return self.date_field

    def get_allow_future(self) -> bool:
        """Whether objects of the future are shown."""
        return self.allow_future

    @cached_property
    def uses_datetime_field(self) -> bool:
        """Whether the field is a DateTimeField; days are then spans of time in the current zone."""
        model = self.get_queryset().model if self.model is None else self.model  # type: ignore[attr-defined]
        return isinstance(model._meta.get_field(self.get_date_field()), models.DateTimeField)

    def _moment_of(self, value: Any) -> Any:
        if self.uses_datetime_field:
            value = datetime.datetime.combine(value, datetime.time.min)
            if settings.USE_TZ:
                value = timezone.make_aware(value)
        return value

    def _day_lookup(self, date: datetime.date) -> dict[str, Any]:
        field = self.get_date_field()
        if self.uses_datetime_field:
            return {
                f"{field}__gte": self._moment_of(date),
                f"{field}__lt": self._moment_of(date + ONE_DAY),
            }
        return {field: date}

    def _period_lookup(self, since: datetime.date, until: datetime.date) -> dict[str, Any]:
        field = self.get_date_field()
        return {
            f"{field}__gte": self._moment_of(since),
            f"{field}__lt": self._moment_of(until),
        }


class BaseDateListView(MultipleObjectMixin, DateMixin, View):
    """A view of objects by date, without a template."""

    allow_empty = False
    date_list_period = "year"
    date_list: Any
    model: Any = None

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Show the objects of the period."""
        self.date_list, self.object_list, extra_context = self.get_dated_items()
        context = self.get_context_data(object_list=self.object_list, date_list=self.date_list, **extra_context)
        return self.render_to_response(context)  # type: ignore[attr-defined]

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Give the dates, the objects, and more context."""
        raise NotImplementedError("A DateView must provide an implementation of get_dated_items()")

    def get_ordering(self) -> Any:
        """Give the ordering; the latest first, unless the view says otherwise."""
        return f"-{self.get_date_field()}" if self.ordering is None else self.ordering

    def get_dated_queryset(self, **lookup: Any) -> Any:
        """Give the objects that match `lookup`.

        Raises:
            Http404: there are none, and the view does not allow that.
        """
        queryset = self.get_queryset().filter(**lookup)
        date_field = self.get_date_field()
        paginate_by = self.get_paginate_by(queryset)
        if not self.get_allow_future():
            now = timezone.now() if self.uses_datetime_field else timezone_today()
            queryset = queryset.filter(**{f"{date_field}__lte": now})
        if not self.get_allow_empty():
            # With pages, one query for a single row is better than loading all.
            is_empty = not queryset if paginate_by is None else not queryset.exists()
            if is_empty:
                raise Http404(
                    _("No %(verbose_name_plural)s available")
                    % {"verbose_name_plural": queryset.model._meta.verbose_name_plural}
                )
        return queryset

    def get_date_list_period(self) -> str:
        """Give the period by which dates are listed."""
        return self.date_list_period

    def get_date_list(self, queryset: Any, date_type: str | None = None, ordering: str = "ASC") -> Any:
        """Give the dates with objects.

        Raises:
            Http404: there are none, and the view does not allow that.
        """
        date_field = self.get_date_field()
        if date_type is None:
            date_type = self.get_date_list_period()
        if self.uses_datetime_field:
            date_list = queryset.datetimes(date_field, date_type, ordering)
        else:
            date_list = queryset.dates(date_field, date_type, ordering)
        if date_list is not None and not date_list and not self.get_allow_empty():
            raise Http404(
                _("No %(verbose_name_plural)s available")
                % {"verbose_name_plural": queryset.model._meta.verbose_name_plural}
            )
        return date_list


class BaseArchiveIndexView(BaseDateListView):
    """The archive's front page, without a template."""

    context_object_name = "latest"

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Give the dates, newest first, and the objects."""
        queryset = self.get_dated_queryset()
        date_list = self.get_date_list(queryset, ordering="DESC")
        if not date_list:
            queryset = queryset.none()
        return date_list, queryset, {}


class ArchiveIndexView(MultipleObjectTemplateResponseMixin, BaseArchiveIndexView):
    """The latest objects, and the dates there are."""

    template_name_suffix = "_archive"


class BaseYearArchiveView(YearMixin, BaseDateListView):
    """The objects of a year, without a template."""

    date_list_period = "month"
    make_object_list = False

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Give the months with objects, and the objects if wanted."""
        date = _parse_date(self.get_year(), self.get_year_format())
        lookup = self._period_lookup(date, self._first_after_year(date))
        queryset = self.get_dated_queryset(**lookup)
        date_list = self.get_date_list(queryset)
        if not self.get_make_object_list():
            # The objects are not shown: only the model of the queryset matters.
            queryset = queryset.none()
        return (
            date_list,
            queryset,
            {"year": date, "next_year": self.get_next_year(date), "previous_year": self.get_previous_year(date)},
        )

    def get_make_object_list(self) -> bool:
        """Whether the objects themselves are in the context."""
        return self.make_object_list


class YearArchiveView(MultipleObjectTemplateResponseMixin, BaseYearArchiveView):
    """The months of a year."""

    template_name_suffix = "_archive_year"


class BaseMonthArchiveView(YearMixin, MonthMixin, BaseDateListView):
    """The objects of a month, without a template."""

    date_list_period = "day"

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Give the days with objects, and the objects."""
        date = _parse_date(self.get_year(), self.get_year_format(), self.get_month(), self.get_month_format())
        queryset = self.get_dated_queryset(**self._period_lookup(date, self._first_after_month(date)))
        return (
            self.get_date_list(queryset),
            queryset,
            {
                "month": date,
                "next_month": self.get_next_month(date),
                "previous_month": self.get_previous_month(date),
            },
        )


class MonthArchiveView(MultipleObjectTemplateResponseMixin, BaseMonthArchiveView):
    """The objects of a month."""

    template_name_suffix = "_archive_month"


class BaseWeekArchiveView(YearMixin, WeekMixin, BaseDateListView):
    """The objects of a week, without a template."""

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Give the objects.

        Raises:
            ValueError: the formats of year and week do not go together.
        """
        week_format = self.get_week_format()
        year_format = self.get_year_format()
        try:
            week_start = {"%W": "1", "%U": "0", "%V": "1"}[week_format]
        except KeyError:
            raise ValueError(f"Unknown week format {week_format!r}. Choices are: %U, %V, %W") from None
        if week_format == "%V" and year_format != "%G":
            raise ValueError(
                f"ISO week directive '{week_format}' is incompatible with the year directive '{year_format}'. Use the ISO "
                "year '%G' instead."
            )
        date = _parse_date(self.get_year(), year_format, week_start, "%w", self.get_week(), week_format)
        queryset = self.get_dated_queryset(**self._period_lookup(date, self._first_after_week(date)))
        return (
            None,
            queryset,
            {"week": date, "next_week": self.get_next_week(date), "previous_week": self.get_previous_week(date)},
        )


class WeekArchiveView(MultipleObjectTemplateResponseMixin, BaseWeekArchiveView):
    """The objects of a week."""

    template_name_suffix = "_archive_week"


class BaseDayArchiveView(YearMixin, MonthMixin, DayMixin, BaseDateListView):
    """The objects of a day, without a template."""

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Give the objects."""
        return self._items_of_day(_date_of(self))

    def _items_of_day(self, date: datetime.date) -> tuple[Any, Any, dict[str, Any]]:
        queryset = self.get_dated_queryset(**self._day_lookup(date))
        return (
            None,
            queryset,
            {
                "day": date,
                "previous_day": self.get_previous_day(date),
                "next_day": self.get_next_day(date),
                "previous_month": self.get_previous_month(date),
                "next_month": self.get_next_month(date),
            },
        )


class DayArchiveView(MultipleObjectTemplateResponseMixin, BaseDayArchiveView):
    """The objects of a day."""

    template_name_suffix = "_archive_day"


class BaseTodayArchiveView(BaseDayArchiveView):
    """The objects of today, without a template."""

    def get_dated_items(self) -> tuple[Any, Any, dict[str, Any]]:
        """Give the objects."""
        return self._items_of_day(datetime.date.today())


class TodayArchiveView(MultipleObjectTemplateResponseMixin, BaseTodayArchiveView):
    """The objects of today."""

    template_name_suffix = "_archive_day"


class BaseDateDetailView(YearMixin, MonthMixin, DayMixin, DateMixin, BaseDetailView):
    """One object of a day, without a template."""

    def get_object(self, queryset: Any = None) -> Any:
        """Give the object.

        Raises:
            Http404: it is not of that day, or of the future.
        """
        date = _date_of(self)
        found = self.get_queryset() if queryset is None else queryset
        if not self.get_allow_future() and date > datetime.date.today():
            raise Http404(
                _("Future %(verbose_name_plural)s not available because %(class_name)s.allow_future is False.")
                % {
                    "verbose_name_plural": found.model._meta.verbose_name_plural,
                    "class_name": type(self).__name__,
                }
            )
        return super().get_object(queryset=found.filter(**self._day_lookup(date)))


class DateDetailView(SingleObjectTemplateResponseMixin, BaseDateDetailView):
    """Shows one object of a day."""

    template_name_suffix = "_detail"


def timezone_today() -> datetime.date:
    """Give today's date in the current time zone."""
    return timezone.localdate() if settings.USE_TZ else datetime.date.today()


def _from_url(view: Any, name: str, missing: str) -> Any:
    """Give a part of the date: the view's own, the URL's, or the query string's.

    Raises:
        Http404: nobody gives it.
    """
    value = getattr(view, name)
    if value is None:
        value = view.kwargs.get(name)
    if value is None:
        value = view.request.GET.get(name)
    if value is None:
        raise Http404(missing)
    return value


def _date_of(view: Any) -> datetime.date:
    return _parse_date(
        view.get_year(),
        view.get_year_format(),
        view.get_month(),
        view.get_month_format(),
        view.get_day(),
        view.get_day_format(),
    )


def _parse_date(
    year: Any,
    year_format: str,
    month: Any = "",
    month_format: str = "",
    day: Any = "",
    day_format: str = "",
    delim: str = "__",
) -> datetime.date:
    """Give a date from its parts.

    Raises:
        Http404: they make no date.
    """
    date_format = year_format + delim + month_format + delim + day_format
    text = f"{year}{delim}{month}{delim}{day}"
    try:
        return datetime.datetime.strptime(text, date_format).date()
    except ValueError:
        raise Http404(
            _("Invalid date string “%(datestr)s” given format “%(format)s”") % {"datestr": text, "format": date_format}
        ) from None


def _neighbour(view: Any, date: datetime.date, *, is_previous: bool, period: str) -> datetime.date | None:
    """Give the first day of the next or previous period.

    With `allow_empty` that is the period right beside this one; else the nearest that holds an object (None, if there
    is none). Unless `allow_future` is on, periods of the future do not count.
    """
    first_day = getattr(view, f"_first_of_{period}")
    next_first_day = getattr(view, f"_first_after_{period}")
    if view.get_allow_empty():
        if is_previous:
            result = first_day(first_day(date) - ONE_DAY)
        else:
            result = next_first_day(date)
        allowed: bool = view.get_allow_future() or result <= timezone_today()
        return result if allowed else None
    field = view.get_date_field()
    bound = first_day(date) if is_previous else next_first_day(date)
    if is_previous:
        lookup = {f"{field}__lt": view._moment_of(bound)}
        ordering = f"-{field}"
    else:
        lookup = {f"{field}__gte": view._moment_of(bound)}
        ordering = field
    queryset = view.get_queryset()
    if not view.get_allow_future():
        now = timezone.now() if view.uses_datetime_field else timezone_today()
        queryset = queryset.filter(**{f"{field}__lte": now})
    nearest = queryset.filter(**lookup).order_by(ordering).first()
    if nearest is None:
        return None
    found = getattr(nearest, field)
    if view.uses_datetime_field:
        if settings.USE_TZ:
            found = timezone.localtime(found)
        found = found.date()
    return first_day(found)  # type: ignore[no-any-return]
