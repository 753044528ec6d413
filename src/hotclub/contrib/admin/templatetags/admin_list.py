"""Tags of the change list."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from hotclub.contrib.admin.parameters import (
    ALL_VAR,
    IS_FACETS_VAR,
    IS_POPUP_VAR,
    ORDER_VAR,
    PAGE_VAR,
    SEARCH_VAR,
)
from hotclub.contrib.admin.templatetags.admin_urls import add_preserved_filters
from hotclub.contrib.admin.templatetags.base import InclusionAdminNode
from hotclub.contrib.admin.utils import (
    display_for_field,
    display_for_value,
    get_fields_from_path,
    label_for_field,
    lookup_field,
)
from hotclub.core.exceptions import ObjectDoesNotExist
from hotclub.db import models
from hotclub.template import Library
from hotclub.template.loader import get_template
from hotclub.urls import NoReverseMatch
from hotclub.utils import formats, timezone
from hotclub.utils.html import format_html
from hotclub.utils.safestring import SafeString, mark_safe
from hotclub.utils.text import capfirst
from hotclub.utils.translation import gettext as _

register = Library()


# Pages


@register.simple_tag
def paginator_number(cl: Any, i: Any) -> Any:
    """Return the link to a page of the list; the number alone for the page shown, dots for those left out."""
    if i == cl.paginator.ELLIPSIS:
        return format_html("{} ", cl.paginator.ELLIPSIS)
    if i == cl.page_num:
        return format_html('<a role="button" href="" aria-current="page">{}</a> ', i)
    return format_html('<a role="button" href="{}">{}</a> ', cl.get_query_string({PAGE_VAR: i}), i)


def pagination(cl: Any) -> dict[str, Any]:
    """Return the context of the page numbers."""
    pagination_required = (not cl.show_all or not cl.can_show_all) and cl.multi_page
    page_range = cl.paginator.get_elided_page_range(cl.page_num) if pagination_required else []
    show_all = cl.can_show_all and not cl.show_all and cl.multi_page
    return {
        "cl": cl,
        "pagination_required": pagination_required,
        "show_all_url": show_all and cl.get_query_string({ALL_VAR: ""}),
        "page_range": page_range,
        "ALL_VAR": ALL_VAR,
        "1": 1,
    }


@register.tag(name="pagination")
def pagination_tag(parser: Any, token: Any) -> InclusionAdminNode:
    """Render the page numbers."""
    return InclusionAdminNode(
        "pagination", parser, token, func=pagination, template_name="pagination.html", takes_context=False
    )


# Rows and columns


def result_headers(cl: Any) -> Iterator[dict[str, Any]]:
    """Yield the headings of the columns, with their links for sorting."""
    ordering = cl.get_ordering_field_columns()
    for index, name in enumerate(cl.list_display):
        text = label_for_field(name, cl.model, model_admin=cl.model_admin)
        css_name = _css_name(name, index)
        if name == "action_checkbox":
            box = '<input type="checkbox" id="action-toggle" aria-label="{}">'
            label = _("Select all objects on this page for an action")
            yield {
                "text": format_html(box, label),
                "class_attrib": mark_safe(' class="action-checkbox-column"'),
                "sortable": False,
            }
            continue
        order_field = cl.get_ordering_field(name)
        sortable = bool(order_field) and name in cl.sortable_by
        if not sortable:
            yield {
                "text": text,
                "class_attrib": format_html(' class="column-{}"', css_name),
                "sortable": False,
            }
            continue
        yield _sortable_header(cl, index, text, css_name, ordering)


def _css_name(name: Any, index: int) -> str:
    """Return the part of a column's CSS classes that names it."""
    if callable(name) and name.__name__ == "<lambda>":
        return f"lambda{index}"
    return name.__name__ if callable(name) else str(name)


def _sortable_header(cl: Any, index: int, text: Any, css_name: str, ordering: dict[int, str]) -> dict[str, Any]:
    classes = ["sortable", f"column-{css_name}"]
    direction = ordering.get(index)
    ascending = direction != "desc"
    new_direction = "asc"
    priority = 0
    if direction:
        priority = list(ordering).index(index) + 1
        classes.append(f"sorted {'ascending' if ascending else 'descending'}")
        new_direction = "desc" if ascending else "asc"

    def link(column: int, way: str) -> str:
        return f"{'-' if way == 'desc' else ''}{column}"

    primary = [link(index, new_direction)]
    toggled = []
    removed = []
    for column, way in ordering.items():
        if column == index:
            toggled.append(link(column, new_direction))
        else:
            primary.append(link(column, way))
            toggled.append(link(column, way))
            removed.append(link(column, way))
    if direction is None:
        toggled.insert(0, link(index, new_direction))
    return {
        "text": text,
        "sortable": True,
        "sorted": bool(direction),
        "ascending": ascending if direction else "asc",
        "sort_priority": priority,
        "url_primary": cl.get_query_string({ORDER_VAR: ".".join(primary)}),
        "url_remove": cl.get_query_string({ORDER_VAR: ".".join(removed)}),
        "url_toggle": cl.get_query_string({ORDER_VAR: ".".join(toggled)}),
        "class_attrib": format_html(' class="{}"', " ".join(classes)),
    }


def items_for_result(cl: Any, result: Any, form: Any) -> Iterator[SafeString]:
    """Yield the cells of a row."""
    first = True
    linked = 0
    empty = cl.model_admin.get_empty_value_display()
    for index, name in enumerate(cl.list_display):
        content, classes = _cell(cl, name, index, result, empty)
        row_class = mark_safe(f' class="{" ".join(classes)}"') if classes else ""
        link = _is_link_column(cl, name, first)
        if link:
            first = False
            tag = "th" if linked == 0 else "td"
            linked += 1
            content = _linked(cl, result, content)
            yield format_html("<{}{}>{}</{}>", tag, row_class, content, tag)
            continue
        if (
            form
            and name in form.fields
            and not (name == cl.model._meta.pk.name and form[cl.model._meta.pk.name].is_hidden)
        ):
            bound = form[name]
            content = mark_safe(str(bound.errors) + str(bound))
        yield format_html("<td{}>{}</td>", row_class, content)
    if form and not form[cl.model._meta.pk.name].is_hidden:
        yield format_html("<td>{}</td>", form[cl.model._meta.pk.name])


def _cell(cl: Any, name: Any, index: int, result: Any, empty: Any) -> tuple[Any, list[str]]:
    classes = [f"field-{_css_name(name, index)}"]
    try:
        field, attr, value = lookup_field(name, result, cl.model_admin)
    except ObjectDoesNotExist:
        return empty, classes
    empty = getattr(attr, "empty_value_display", empty)
    if field is None or field.auto_created:
        if name == "action_checkbox":
            return value, ["action-checkbox"]
        boolean = getattr(attr, "boolean", False)
        if isinstance(attr, property):
            boolean = getattr(attr.fget, "boolean", boolean)
            empty = getattr(attr.fget, "empty_value_display", empty)
        if isinstance(attr, models.Field) and not boolean:
            content = display_for_field(value, attr, empty, avoid_link=_is_link_column(cl, name, False))
        else:
            content = display_for_value(value, empty, boolean)
        if isinstance(value, datetime.date | datetime.time):
            classes.append("nowrap")
        return content, classes
    if isinstance(field.remote_field, models.ManyToOneRel):
        related = getattr(result, field.name)
        content = empty if related is None else display_for_value(related, empty)
    else:
        content = display_for_field(value, field, empty, avoid_link=_is_link_column(cl, name, False))
    if isinstance(field, models.DateField | models.TimeField | models.ForeignKey):
        classes.append("nowrap")
    return content, classes


def _is_link_column(cl: Any, name: Any, first: bool) -> bool:
    if cl.list_display_links is None:
        return False
    if cl.is_popup and not cl.list_display_links:
        return first and name != "action_checkbox"
    return name in cl.list_display_links


def _linked(cl: Any, result: Any, content: Any) -> Any:
    try:
        url = cl.url_for_result(result)
    except NoReverseMatch:
        return content
    url = add_preserved_filters({"preserved_filters": cl.preserved_filters, "opts": cl.opts}, url)
    if not cl.is_popup:
        return format_html('<a href="{}">{}</a>', url, content)
    # A popup hands the key back; a script of the opening page takes it.
    attr = str(cl.to_field) if cl.to_field else cl.pk_attname
    value = result.serializable_value(attr)
    return format_html('<a href="{}" data-popup-opener="{}">{}</a>', url, value, content)


class ResultList(list[Any]):
    """The cells of a row, and its form, whose errors of no field the template shows above the row."""

    def __init__(self, form: Any, items: Any) -> None:
        self.form = form
        super().__init__(items)


def results(cl: Any) -> Iterator[ResultList]:
    """Yield the rows."""
    if cl.formset:
        for result, form in zip(cl.result_list, cl.formset.forms, strict=False):
            yield ResultList(form, items_for_result(cl, result, form))
    else:
        for result in cl.result_list:
            yield ResultList(None, items_for_result(cl, result, None))


def result_hidden_fields(cl: Any) -> Iterator[SafeString]:
    """Yield the hidden keys of the rows of an editable list."""
    if cl.formset:
        for _result, form in zip(cl.result_list, cl.formset.forms, strict=False):
            if form[cl.model._meta.pk.name].is_hidden:
                yield mark_safe(str(form[cl.model._meta.pk.name]))


def result_list(cl: Any) -> dict[str, Any]:
    """Return the context of the table."""
    headers = list(result_headers(cl))
    return {
        "cl": cl,
        "result_hidden_fields": list(result_hidden_fields(cl)),
        "result_headers": headers,
        "num_sorted_fields": sum(1 for header in headers if header["sortable"] and header["sorted"]),
        "results": list(results(cl)),
    }


@register.tag(name="result_list")
def result_list_tag(parser: Any, token: Any) -> InclusionAdminNode:
    """Render the table."""
    return InclusionAdminNode(
        "result_list", parser, token, func=result_list, template_name="change_list_results.html", takes_context=False
    )


# Dates


def date_hierarchy(cl: Any) -> dict[str, Any] | None:
    """Return the context of the links that drill down by date; None if the list has no date hierarchy."""
    if not cl.date_hierarchy:
        return None
    name = cl.date_hierarchy
    field = get_fields_from_path(cl.model, name)[-1]
    is_datetime = isinstance(field, models.DateTimeField)
    year_field, month_field, day_field = (f"{name}__{part}" for part in ("year", "month", "day"))
    year, month, day = (cl.params.get(key) for key in (year_field, month_field, day_field))

    def link(**chosen: Any) -> str:
        params = {f"{name}__{part}": value for part, value in chosen.items()}
        return str(cl.get_query_string(params, [f"{name}__"]))

    if not (year or month or day):
        # One year only: begin inside it.
        bounds = cl.queryset.aggregate(first=models.Min(name), last=models.Max(name))
        first, last = bounds["first"], bounds["last"]
        if first and last:
            if is_datetime:
                first, last = timezone.template_localtime(first), timezone.template_localtime(last)
            if first.year == last.year:
                year = first.year
                if first.month == last.month:
                    month = first.month
    context: dict[str, Any] = {"show": True, "field_name": field.verbose_name}

    def dates(kind: str) -> Any:
        return getattr(cl.queryset, "datetimes" if is_datetime else "dates")(name, kind)

    if year and month and day:
        date = datetime.date(int(year), int(month), int(day))
        context["back"] = {
            "link": link(year=year, month=month),
            "title": capfirst(formats.date_format(date, "YEAR_MONTH_FORMAT")),
        }
        context["choices"] = [{"title": capfirst(formats.date_format(date, "MONTH_DAY_FORMAT"))}]
    elif year and month:
        context["back"] = {"link": link(year=year), "title": str(year)}
        context["choices"] = [
            {
                "link": link(year=year, month=month, day=date.day),
                "title": capfirst(formats.date_format(date, "MONTH_DAY_FORMAT")),
            }
            for date in dates("day")
        ]
    elif year:
        context["back"] = {"link": link(), "title": _("All dates")}
        context["choices"] = [
            {
                "link": link(year=year, month=date.month),
                "title": capfirst(formats.date_format(date, "YEAR_MONTH_FORMAT")),
            }
            for date in dates("month")
        ]
    else:
        context["back"] = None
        context["choices"] = [{"link": link(year=str(date.year)), "title": str(date.year)} for date in dates("year")]
    return context


@register.tag(name="date_hierarchy")
def date_hierarchy_tag(parser: Any, token: Any) -> InclusionAdminNode:
    """Render the links that drill down by date."""
    return InclusionAdminNode(
        "date_hierarchy", parser, token, func=date_hierarchy, template_name="date_hierarchy.html", takes_context=False
    )


# Search, filters, actions


def search_form(cl: Any) -> dict[str, Any]:
    """Return the context of the search box."""
    return {
        "cl": cl,
        "show_result_count": cl.result_count != cl.full_result_count,
        "search_var": SEARCH_VAR,
        "is_popup_var": IS_POPUP_VAR,
        "is_facets_var": IS_FACETS_VAR,
    }


@register.tag(name="search_form")
def search_form_tag(parser: Any, token: Any) -> InclusionAdminNode:
    """Render the search box."""
    return InclusionAdminNode(
        "search_form", parser, token, func=search_form, template_name="search_form.html", takes_context=False
    )


@register.simple_tag
def admin_list_filter(cl: Any, spec: Any) -> SafeString:
    """Render a filter with its own template."""
    template = get_template(spec.template)
    rendered: SafeString = template.render({"title": spec.title, "choices": list(spec.choices(cl)), "spec": spec})
    return rendered


def admin_actions(context: Any) -> Any:
    """Return the context with the number of the action form: there may be one above the list and one below."""
    context["action_index"] = context.get("action_index", -1) + 1
    return context


@register.tag(name="admin_actions")
def admin_actions_tag(parser: Any, token: Any) -> InclusionAdminNode:
    """Render the choice of an action."""
    return InclusionAdminNode("admin_actions", parser, token, func=admin_actions, template_name="actions.html")


@register.tag(name="change_list_object_tools")
def change_list_object_tools_tag(parser: Any, token: Any) -> InclusionAdminNode:
    """Render the links above the list."""
    return InclusionAdminNode(
        "change_list_object_tools",
        parser,
        token,
        func=lambda context: context,
        template_name="change_list_object_tools.html",
    )
