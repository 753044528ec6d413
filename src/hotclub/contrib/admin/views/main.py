"""The change list: which rows, in which order, on which page; filters and links that keep the query string."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from hotclub import forms
from hotclub.conf import settings
from hotclub.contrib import messages
from hotclub.contrib.admin.exceptions import (
    DisallowedModelAdminLookup,
    DisallowedModelAdminToField,
    IncorrectLookupParameters,
)
from hotclub.contrib.admin.filters import FieldListFilter
from hotclub.contrib.admin.parameters import (
    ALL_VAR,
    ERROR_FLAG,
    IS_FACETS_VAR,
    IS_POPUP_VAR,
    ORDER_VAR,
    PAGE_VAR,
    SEARCH_VAR,
    SOURCE_MODEL_VAR,
    TO_FIELD_VAR,
    ShowFacets,
)
from hotclub.contrib.admin.utils import (
    build_q_object_from_lookup_parameters,
    get_fields_from_path,
    lookup_spawns_duplicates,
    prepare_lookup_value,
    quote,
)
from hotclub.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, SuspiciousOperation
from hotclub.core.paginator import InvalidPage
from hotclub.db.models import F, Field, ManyToOneRel, OrderBy
from hotclub.db.models.constants import LOOKUP_SEP
from hotclub.db.models.expressions import Combinable
from hotclub.urls import reverse
from hotclub.utils.http import urlencode
from hotclub.utils.timezone import make_aware
from hotclub.utils.translation import gettext

IGNORED_PARAMS = (ALL_VAR, ORDER_VAR, SEARCH_VAR, IS_FACETS_VAR, IS_POPUP_VAR, SOURCE_MODEL_VAR, TO_FIELD_VAR)


class ChangeListSearchForm(forms.Form):
    """The search box."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The name of the parameter is a constant that subclasses of the list may change.
        self.fields = {SEARCH_VAR: forms.CharField(required=False, strip=False)}


class ChangeList:
    """A page of rows of a model's admin.

    Args:
        request: the request.
        model: the model.
        list_display: the columns.
        list_display_links: the columns that link to the change page.
        list_filter: the filters.
        date_hierarchy: path to the date to drill down by.
        search_fields: the fields that are searched.
        list_select_related: what is read together with the rows.
        list_per_page: rows of a page.
        list_max_show_all: greatest number of rows for "Show all".
        list_editable: the columns that can be edited.
        model_admin: the admin.
        sortable_by: the columns rows can be sorted by.
        search_help_text: explanation of the search.

    Raises:
        IncorrectLookupParameters: the query string makes no sense.
        DisallowedModelAdminToField: it asks for a field that nothing points to.
        DisallowedModelAdminLookup: it asks for a lookup that is not allowed.
    """

    search_form_class: Any = ChangeListSearchForm
    _is_narrowed = False

    def __init__(
        self,
        request: Any,
        model: Any,
        list_display: Any,
        list_display_links: Any,
        list_filter: Any,
        date_hierarchy: str | None,
        search_fields: Any,
        list_select_related: Any,
        list_per_page: int,
        list_max_show_all: int,
        list_editable: Any,
        model_admin: Any,
        sortable_by: Any,
        search_help_text: Any,
    ) -> None:
        self.model = model
        self.opts = model._meta
        self.lookup_opts = self.opts
        self.model_admin = model_admin
        self.root_queryset = model_admin.get_queryset(request)
        self.list_display = list_display
        self.list_display_links = list_display_links
        self.list_filter = list_filter
        self.has_filters: bool = False
        self.has_active_filters: bool = False
        self.clear_all_filters_qs: str | None = None
        self.date_hierarchy = date_hierarchy
        self.search_fields = search_fields
        self.list_select_related = list_select_related
        self.list_per_page = list_per_page
        self.list_max_show_all = list_max_show_all
        self.preserved_filters = model_admin.get_preserved_filters(request)
        self.sortable_by = sortable_by
        self.search_help_text = search_help_text
        self.formset: Any = None

        search_form = self.search_form_class(request.GET)
        if not search_form.is_valid():
            for error in search_form.errors.values():
                messages.error(request, ", ".join(error))
        self.query = search_form.cleaned_data.get(SEARCH_VAR) or ""
        self.page_num = self._page_number(request)
        self.show_all = ALL_VAR in request.GET
        self.is_popup = IS_POPUP_VAR in request.GET
        self.add_facets = model_admin.show_facets is ShowFacets.ALWAYS or (
            model_admin.show_facets is ShowFacets.ALLOW and IS_FACETS_VAR in request.GET
        )
        self.is_facets_optional = model_admin.show_facets is ShowFacets.ALLOW
        self.to_field = request.GET.get(TO_FIELD_VAR)
        if self.to_field and not model_admin.to_field_allowed(request, self.to_field):
            raise DisallowedModelAdminToField(f"The field {self.to_field} cannot be referenced.")
        self.params: dict[str, Any] = dict(request.GET.items())
        self.filter_params: dict[str, Any] = dict(request.GET.lists())
        for name in (PAGE_VAR, ERROR_FLAG):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        self.remove_facet_link = self.get_query_string(remove=[IS_FACETS_VAR])
        self.add_facet_link = self.get_query_string({IS_FACETS_VAR: True})
        # A popup is for choosing, not for editing.
        self.list_editable = () if self.is_popup else list_editable
        self.queryset = self.get_queryset(request)
        self.get_results(request)
        if self.is_popup:
            title = gettext("Select %s")
        elif model_admin.has_change_permission(request):
            title = gettext("Select %s to change")
        else:
            title = gettext("Select %s to view")
        self.title = title % self.opts.verbose_name
        self.pk_attname = self.lookup_opts.pk.attname

    @staticmethod
    def _page_number(request: Any) -> int:
        try:
            return int(request.GET.get(PAGE_VAR, 1))
        except ValueError:
            return 1

    def __repr__(self) -> str:
        return f"<{self.__class__.__qualname__}: model={self.model.__qualname__} model_admin={self.model_admin.__class__.__qualname__}>"

    # Filters

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Return the parameters that narrow the list."""
        params = self.filter_params if params is None else params
        return {name: value for name, value in params.items() if name not in IGNORED_PARAMS}

    def get_filters(self, request: Any) -> tuple[list[Any], bool, dict[str, Any], bool, bool]:
        """Return the filters.

        Returns:
            The filters, whether there are any, the parameters none of them uses, whether rows may come more than once,
            and whether one of them is in use.

        Raises:
            DisallowedModelAdminLookup: a parameter is a lookup that is not allowed.
            IncorrectLookupParameters: a parameter has no sensible value.
        """
        lookup_params = self.get_filters_params()
        has_active_filters = False
        may_have_duplicates = False
        for key, values in lookup_params.items():
            for value in values:
                if not self.model_admin.lookup_allowed(key, value, request):
                    raise DisallowedModelAdminLookup(f"Filtering by {key} not allowed")
        specs = []
        for list_filter in self.list_filter:
            before = len(lookup_params)
            spec, field_path = self._make_filter(request, list_filter, lookup_params)
            if spec and spec.has_output():
                specs.append(spec)
                if before > len(lookup_params):
                    has_active_filters = True
                    if field_path:
                        may_have_duplicates |= lookup_spawns_duplicates(self.lookup_opts, field_path)
        if self.date_hierarchy:
            self._take_date_parameters(lookup_params)
        try:
            for key, values in lookup_params.items():
                lookup_params[key] = prepare_lookup_value(key, values)
                may_have_duplicates |= lookup_spawns_duplicates(self.lookup_opts, key)
        except FieldDoesNotExist as error:
            raise IncorrectLookupParameters(error) from error
        return specs, bool(specs), lookup_params, may_have_duplicates, has_active_filters

    def _make_filter(self, request: Any, list_filter: Any, lookup_params: dict[str, Any]) -> tuple[Any, str | None]:
        if callable(list_filter):
            return list_filter(request, lookup_params, self.model, self.model_admin), None
        if isinstance(list_filter, tuple | list):
            field, filter_class = list_filter
        else:
            field, filter_class = list_filter, FieldListFilter.create
        field_path = None
        if not isinstance(field, Field):
            field_path = field
            field = get_fields_from_path(self.model, field_path)[-1]
        spec = filter_class(
            field, request, lookup_params, self.model, self.model_admin, field_path=field_path or field.name
        )
        return spec, field_path

    def _take_date_parameters(self, lookup_params: dict[str, Any]) -> None:
        """Turn year, month and day of the date hierarchy into one range, which an index can serve."""
        name = self.date_hierarchy
        year, month, day = (lookup_params.pop(f"{name}__{part}", [None])[-1] for part in ("year", "month", "day"))
        if year is None:
            return
        try:
            since: Any = datetime.datetime(int(year), int(month or 1), int(day or 1))
            if day:
                until = since + datetime.timedelta(days=1)
            elif month:
                until = (since + datetime.timedelta(days=32)).replace(day=1)
            else:
                until = since.replace(year=since.year + 1)
            if settings.USE_TZ:
                since, until = make_aware(since), make_aware(until)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters(error) from error
        lookup_params[f"{name}__gte"] = [since]
        lookup_params[f"{name}__lt"] = [until]

    def get_query_string(self, new_params: Mapping[str, Any] | None = None, remove: Any = None) -> str:
        """Return the query string with some parameters set and others (and all they begin) removed."""
        params = dict(self.filter_params.items())
        for prefix in remove or ():
            for name in list(params):
                if name.startswith(prefix):
                    del params[name]
        for name, value in (new_params or {}).items():
            if value is None:
                params.pop(name, None)
            else:
                params[name] = value
        return f"?{urlencode(sorted(params.items()), doseq=True)}"

    # Rows

    def get_results(self, request: Any) -> None:
        """Read one page of rows: a count or two, and one query with a limit.

        Raises:
            IncorrectLookupParameters: there is no such page.
        """
        paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        result_count = paginator.count
        if not self.model_admin.show_full_result_count:
            full_result_count = None
        elif self._is_narrowed or self.get_filters_params() or self.params.get(SEARCH_VAR):
            full_result_count = self.root_queryset.count()
        else:
            # Nothing narrows the list: one count is enough.
            full_result_count = result_count
        can_show_all = result_count <= self.list_max_show_all
        multi_page = result_count > self.list_per_page
        if (self.show_all and can_show_all) or not multi_page:
            result_list = self.queryset._clone()
        else:
            try:
                result_list = paginator.page(self.page_num).object_list
            except InvalidPage as error:
                raise IncorrectLookupParameters from error
        self.result_count = result_count
        self.show_full_result_count = self.model_admin.show_full_result_count
        # Without the count, "there are some" has to do.
        self.show_admin_actions = not self.show_full_result_count or bool(full_result_count)
        self.full_result_count = full_result_count
        self.result_list = result_list
        self.can_show_all = can_show_all
        self.multi_page = multi_page
        self.paginator = paginator

    def get_queryset(self, request: Any, exclude_parameters: Any = None) -> Any:
        """Return the rows of all pages.

        Args:
            request: the request.
            exclude_parameters: parameters of a filter to leave out, for the numbers beside its choices.
        """
        (
            self.filter_specs,
            self.has_filters,
            remaining,
            filters_may_duplicate,
            self.has_active_filters,
        ) = self.get_filters(request)
        queryset = self.root_queryset
        self._is_narrowed = False
        for spec in self.filter_specs:
            if exclude_parameters is None or spec.expected_parameters() != exclude_parameters:
                narrowed = spec.queryset(request, queryset)
                if narrowed is not None:
                    queryset = narrowed
                    # A filter by hand may narrow the list without any parameter.
                    self._is_narrowed |= not isinstance(spec, FieldListFilter)
        try:
            queryset = queryset.filter(build_q_object_from_lookup_parameters(remaining))
        except (SuspiciousOperation, ImproperlyConfigured):
            # The first is an attack, the second a mistake of the site: neither is the user's.
            raise
        except Exception as error:  # fields and lookups raise what they like for a value that makes no sense
            raise IncorrectLookupParameters(error) from error
        if not queryset.query.select_related:
            queryset = self.apply_select_related(queryset)
        queryset = queryset.order_by(*self.get_ordering(request, queryset))
        queryset, search_may_duplicate = self.model_admin.get_search_results(request, queryset, self.query)
        self.clear_all_filters_qs = self.get_query_string(new_params=remaining, remove=self.get_filters_params())
        if filters_may_duplicate or search_may_duplicate:
            queryset = queryset.distinct()
        return queryset

    def apply_select_related(self, qs: Any) -> Any:
        """Return the queryset that reads related objects of the columns together with the rows."""
        if self.list_select_related is True:
            return qs._with_all_related()
        if self.list_select_related is False:
            names = self.get_select_related_fields()
            return qs.select_related(*names) if names else qs
        if self.list_select_related:
            return qs.select_related(*self.list_select_related)
        return qs

    def get_select_related_fields(self) -> list[str]:
        """Return the names of columns, or beginnings of paths, that are foreign keys."""
        names = []
        for name in self.list_display:
            if not isinstance(name, str):
                continue
            parts: list[str] = []
            opts = self.lookup_opts
            for part in name.split(LOOKUP_SEP):
                try:
                    field = opts.get_field(part)
                except FieldDoesNotExist:
                    break
                if not isinstance(field.remote_field, ManyToOneRel) or field.name != part:
                    break
                parts.append(part)
                opts = field.remote_field.model._meta
            if parts:
                names.append(LOOKUP_SEP.join(parts))
        return names

    def has_related_field_in_list_display(self) -> bool:
        """Return whether a column is a foreign key."""
        return bool(self.get_select_related_fields())

    # Order

    def _get_default_ordering(self) -> Any:
        return self.model_admin.ordering or self.lookup_opts.ordering or ()

    def get_ordering_field(self, field_name: Any) -> Any:
        """Return what a column sorts by; None if it cannot be sorted."""
        try:
            return self.lookup_opts.get_field(field_name).name
        except FieldDoesNotExist:
            pass
        if callable(field_name):
            attr = field_name
        elif hasattr(self.model_admin, field_name):
            attr = getattr(self.model_admin, field_name)
        else:
            try:
                attr = getattr(self.model, field_name)
            except AttributeError:
                # A path such as `author__name`.
                return field_name
        if isinstance(attr, property) and hasattr(attr, "fget"):
            attr = attr.fget
        return getattr(attr, "admin_order_field", None)

    def get_ordering(self, request: Any, queryset: Any) -> list[Any]:
        """Return the order: the columns asked for, else the admin's, else the model's; then what makes it total."""
        ordering = list(self.model_admin.get_ordering(request) or self._get_default_ordering())
        if ORDER_VAR in self.params:
            ordering = list(self._requested_ordering())
        ordering.extend(queryset.query.order_by)
        return self._total_ordering(ordering)

    def _requested_ordering(self) -> Iterator[Any]:
        for part in self.params[ORDER_VAR].split("."):
            _none, descending, index = part.rpartition("-")
            try:
                field_name = self.list_display[int(index)]
            except (IndexError, ValueError):
                continue
            order_field = self.get_ordering_field(field_name)
            if not order_field:
                continue
            if isinstance(order_field, OrderBy):
                if descending:
                    order_field = order_field.copy()
                    order_field.reverse_ordering()
                yield order_field
            elif hasattr(order_field, "resolve_expression"):
                yield order_field.desc() if descending else order_field.asc()
            elif descending and order_field.startswith("-"):
                yield order_field.removeprefix("-")
            else:
                yield f"-{order_field}" if descending else order_field

    def _total_ordering(self, ordering: list[Any]) -> list[Any]:
        """Return an order no two rows are equal in: without one, a row could appear on two pages and another on none."""
        names: set[str] = set()
        for part in ordering:
            name = None
            if isinstance(part, str):
                name = part.lstrip("-")
            elif isinstance(part, F):
                name = part.name
            elif isinstance(part, OrderBy) and isinstance(part.expression, F):
                name = part.expression.name
            if name is None:
                continue
            try:
                field = self.lookup_opts.get_field(self.lookup_opts.pk.name if name == "pk" else name)
            except FieldDoesNotExist:
                continue
            # A relation is sorted by what its model sorts by, which need not be unique.
            if field.remote_field and name == field.name and not field.primary_key:
                continue
            if field.unique and not field.null:
                return ordering
            if not field.null:
                names.add(field.attname)
        if any(self._attnames(together) <= names for together in self._unique_together()):
            return ordering
        return [*ordering, "-pk"]

    def _unique_together(self) -> list[Any]:
        constraints = (constraint.fields for constraint in self.lookup_opts.total_unique_constraints)
        return [*self.lookup_opts.unique_together, *constraints]

    def _attnames(self, together: Any) -> set[str]:
        return {self.lookup_opts.get_field(name).attname for name in together}

    def get_ordering_field_columns(self) -> dict[int, str]:
        """Return the columns the rows are sorted by: "asc" or "desc" by index."""
        columns: dict[int, str] = {}
        if ORDER_VAR in self.params:
            for part in self.params[ORDER_VAR].split("."):
                _none, descending, index = part.rpartition("-")
                try:
                    columns[int(index)] = "desc" if descending == "-" else "asc"
                except ValueError:
                    continue
            return columns
        for field in self._get_default_ordering():
            name, direction = _name_and_direction(field)
            for index, column in enumerate(self.list_display):
                if self.get_ordering_field(column) == name and name is not None:
                    columns[index] = direction
                    break
        return columns

    def url_for_result(self, result: Any) -> str:
        """Return the URL of a row's change page."""
        return str(
            reverse(
                f"admin:{self.opts.app_label}_{self.opts.model_name}_change",
                args=(quote(getattr(result, self.pk_attname)),),
                current_app=self.model_admin.admin_site.name,
            )
        )


def _name_and_direction(field: Any) -> tuple[str | None, str]:
    if isinstance(field, Combinable | OrderBy):
        if not isinstance(field, OrderBy):
            field = field.asc()  # type: ignore[attr-defined]  # every expression has it
        name = field.expression.name if isinstance(field.expression, F) else field.expression
        return name, "desc" if field.descending else "asc"
    if field.startswith("-"):
        return field.removeprefix("-"), "desc"
    return field, "asc"
