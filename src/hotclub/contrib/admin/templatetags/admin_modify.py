"""Tags of the change form."""

from __future__ import annotations

import json
from typing import Any

from hotclub import template
from hotclub.contrib.admin.templatetags.base import InclusionAdminNode
from hotclub.template.context import Context

register = template.Library()


def prepopulated_fields_js(context: Any) -> Any:
    """Return the context with what the script that fills fields needs, as JSON."""
    fields: list[Any] = []
    if "adminform" in context:
        fields.extend(context["adminform"].prepopulated_fields)
    for formset in context.get("inline_admin_formsets", ()):
        for form in formset:
            if form.original is None:
                fields.extend(form.prepopulated_fields)
    data = [
        {
            "id": f"#{field['field'].auto_id}",
            "name": field["field"].name,
            "dependency_ids": [f"#{other.auto_id}" for other in field["dependencies"]],
            "dependency_list": [other.name for other in field["dependencies"]],
            "maxLength": field["field"].field.max_length or 50,
            "allowUnicode": getattr(field["field"].field, "allow_unicode", False),
        }
        for field in fields
    ]
    context.update({"prepopulated_fields": fields, "prepopulated_fields_json": json.dumps(data)})
    return context


@register.tag(name="prepopulated_fields_js")
def prepopulated_fields_js_tag(parser: Any, token: Any) -> InclusionAdminNode:
    """Render the script that fills fields."""
    return InclusionAdminNode(
        "prepopulated_fields_js",
        parser,
        token,
        func=prepopulated_fields_js,
        template_name="prepopulated_fields_js.html",
    )


def submit_row(context: Any) -> Any:
    """Return the context that says which buttons are shown."""
    add = context["add"]
    change = context["change"]
    is_popup = context["is_popup"]
    save_as = context["save_as"]
    has_add = context["has_add_permission"]
    has_change = context["has_change_permission"]
    has_view = context["has_view_permission"]
    has_editable_inlines = context["has_editable_inline_admin_formsets"]
    can_save = (has_change and change) or (has_add and add) or has_editable_inlines
    can_save_and_add_another = (
        has_add
        and not is_popup
        and (not save_as or add)
        and can_save
        and context.get("show_save_and_add_another", True)
    )
    can_save_and_continue = not is_popup and can_save and has_view and context.get("show_save_and_continue", True)
    can_change = has_change or has_editable_inlines
    made = Context(context)
    made.update(
        {
            "can_change": can_change,
            "show_delete_link": (
                not is_popup and context["has_delete_permission"] and change and context.get("show_delete", True)
            ),
            "show_save_as_new": not is_popup and has_change and has_add and change and save_as,
            "show_save_and_add_another": can_save_and_add_another,
            "show_save_and_continue": can_save_and_continue,
            "show_save": context.get("show_save", True) and can_save,
            "show_close": not (context.get("show_save", True) and can_save),
        }
    )
    return made


@register.tag(name="submit_row")
def submit_row_tag(parser: Any, token: Any) -> InclusionAdminNode:
    """Render the buttons."""
    return InclusionAdminNode("submit_row", parser, token, func=submit_row, template_name="submit_line.html")


@register.tag(name="change_form_object_tools")
def change_form_object_tools_tag(parser: Any, token: Any) -> InclusionAdminNode:
    """Render the links above the form."""
    return InclusionAdminNode(
        "change_form_object_tools",
        parser,
        token,
        func=lambda context: context,
        template_name="change_form_object_tools.html",
    )


@register.tag(name="change_form_admin_actions")
def change_form_admin_actions_tag(parser: Any, token: Any) -> InclusionAdminNode:
    """Render the actions of the form."""
    return InclusionAdminNode(
        "change_form_admin_actions",
        parser,
        token,
        func=lambda context: context,
        template_name="change_form_actions.html",
    )


@register.filter
def cell_count(inline_admin_form: Any) -> int:
    """Return how many columns a row of a tabular inline has."""
    count = 1
    for fieldset in inline_admin_form:
        for line in fieldset:
            count += sum(1 for _field in line)
    if inline_admin_form.formset.can_delete:
        count += 1
    return count
