"""The generic class-based views: the documented names."""

from hotclub.views.generic.base import RedirectView, TemplateView, View
from hotclub.views.generic.dates import (
    ArchiveIndexView,
    DateDetailView,
    DayArchiveView,
    MonthArchiveView,
    TodayArchiveView,
    WeekArchiveView,
    YearArchiveView,
)
from hotclub.views.generic.detail import DetailView
from hotclub.views.generic.edit import CreateView, DeleteView, FormView, UpdateView
from hotclub.views.generic.list import ListView

__all__ = [
    "ArchiveIndexView",
    "CreateView",
    "DateDetailView",
    "DayArchiveView",
    "DeleteView",
    "DetailView",
    "FormView",
    "GenericViewError",
    "ListView",
    "MonthArchiveView",
    "RedirectView",
    "TemplateView",
    "TodayArchiveView",
    "UpdateView",
    "View",
    "WeekArchiveView",
    "YearArchiveView",
]


class GenericViewError(Exception):
    """Something is wrong with a generic view."""
