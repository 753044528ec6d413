"""Where the user goes, and what the user is told, after an object was added, changed or deleted."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl
from urllib.parse import quote as urlquote

from hotclub.apps import apps
from hotclub.contrib import messages
from hotclub.contrib.admin.exceptions import NotRegistered
from hotclub.contrib.admin.parameters import EMPTY_VALUE_STRING, IS_POPUP_VAR, SOURCE_MODEL_VAR, TO_FIELD_VAR
from hotclub.contrib.admin.templatetags.admin_urls import add_preserved_filters
from hotclub.contrib.admin.utils import display_for_value, quote, unquote
from hotclub.http import HttpResponseRedirect
from hotclub.template.response import TemplateResponse
from hotclub.urls import reverse
from hotclub.utils.html import format_html
from hotclub.utils.translation import gettext as _


def after_add(admin: Any, request: Any, obj: Any, post_url_continue: Any) -> Any:
    """Return the response for an object just added."""
    opts = obj._meta
    preserved = admin.get_preserved_filters(request)
    obj_url = _change_url(admin, obj)
    may_change = admin.has_change_permission(request, obj)
    names = {
        "name": opts.verbose_name,
        "obj": format_html('<a href="{}">{}</a>', urlquote(obj_url), _shown(obj)) if may_change else _shown(obj),
    }
    if IS_POPUP_VAR in request.POST:
        return _popup(admin, request, _added_to_opener(admin, request, obj))

    if "_continue" in request.POST or ("_saveasnew" in request.POST and admin.save_as_continue and may_change):
        text = _("The {name} “{obj}” was added successfully.")
        if may_change:
            text += " " + _("You may edit it again below.")
        admin.message_user(request, format_html(text, **names), messages.SUCCESS)
        url = add_preserved_filters(
            {"preserved_filters": preserved, "preserved_qsl": _query_pairs(request, preserved), "opts": opts},
            post_url_continue or obj_url,
        )
        return HttpResponseRedirect(url)

    if "_addanother" in request.POST:
        text = _("The {name} “{obj}” was added successfully. You may add another {name} below.")
        admin.message_user(request, format_html(text, **names), messages.SUCCESS)
        return HttpResponseRedirect(
            add_preserved_filters(
                {"preserved_filters": preserved, "preserved_qsl": _query_pairs(request, preserved), "opts": opts},
                request.path,
            )
        )

    admin.message_user(request, format_html(_("The {name} “{obj}” was added successfully."), **names), messages.SUCCESS)
    return admin.response_post_save_add(request, obj)


def after_change(admin: Any, request: Any, obj: Any) -> Any:
    """Return the response for an object just changed."""
    opts = admin.opts
    if IS_POPUP_VAR in request.POST:
        attr = _to_field(request) or obj._meta.pk.attname
        value = request.resolver_match.kwargs["object_id"]
        data = {
            "action": "change",
            "value": str(value),
            "obj": str(obj),
            "new_value": str(obj.serializable_value(attr)),
        }
        return _popup(admin, request, data)

    preserved = admin.get_preserved_filters(request)
    names = {
        "name": opts.verbose_name,
        "obj": format_html('<a href="{}">{}</a>', urlquote(request.path), _shown(obj)),
    }
    if "_continue" in request.POST:
        text = _("The {name} “{obj}” was changed successfully. You may edit it again below.")
        target = request.path
    elif "_addanother" in request.POST:
        text = _("The {name} “{obj}” was changed successfully. You may add another {name} below.")
        target = reverse(f"admin:{opts.app_label}_{opts.model_name}_add", current_app=admin.admin_site.name)
    else:
        text = _("The {name} “{obj}” was changed successfully.")
        target = None
    admin.message_user(request, format_html(text, **names), messages.SUCCESS)
    if target is None:
        return admin.response_post_save_change(request, obj)
    return HttpResponseRedirect(
        add_preserved_filters(
            {"preserved_filters": preserved, "preserved_qsl": _query_pairs(request, preserved), "opts": opts}, target
        )
    )


def after_delete(admin: Any, request: Any, obj_display: str, obj_id: Any) -> Any:
    """Return the response for an object just deleted."""
    if IS_POPUP_VAR in request.POST:
        return _popup(admin, request, {"action": "delete", "value": str(obj_id)})
    admin.message_user(
        request,
        _("The %(name)s “%(obj)s” was deleted successfully.")
        % {"name": admin.opts.verbose_name, "obj": _shown(obj_display)},
        messages.SUCCESS,
    )
    if admin.has_change_permission(request, None):
        return to_list_or_index(admin, request)
    return HttpResponseRedirect(reverse("admin:index", current_app=admin.admin_site.name))


def to_list_or_index(admin: Any, request: Any) -> Any:
    """Redirect to the list, filtered as it was; to the index if the user may not see the list."""
    if not admin.has_view_or_change_permission(request):
        return HttpResponseRedirect(reverse("admin:index", current_app=admin.admin_site.name))
    opts = admin.opts
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist", current_app=admin.admin_site.name)
    preserved = admin.get_preserved_filters(request)
    return HttpResponseRedirect(add_preserved_filters({"preserved_filters": preserved, "opts": opts}, url))


def object_is_gone(admin: Any, request: Any, opts: Any, object_id: str) -> Any:
    """Say that there is no object with that key, and go to the index."""
    text = _("%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?") % {
        "name": opts.verbose_name,
        "key": unquote(object_id),
    }
    admin.message_user(request, text, messages.WARNING)
    return HttpResponseRedirect(reverse("admin:index", current_app=admin.admin_site.name))


def _shown(obj: Any) -> Any:
    return display_for_value(str(obj), EMPTY_VALUE_STRING)


def _to_field(request: Any) -> Any:
    return request.POST.get(TO_FIELD_VAR)


def _change_url(admin: Any, obj: Any) -> str:
    opts = obj._meta
    return str(
        reverse(
            f"admin:{opts.app_label}_{opts.model_name}_change",
            args=(quote(obj.pk),),
            current_app=admin.admin_site.name,
        )
    )


def _query_pairs(request: Any, preserved: str) -> list[tuple[str, str]]:
    query = parse_qsl(request.META.get("QUERY_STRING", "")) if hasattr(request, "META") else []
    return [pair for pair in query if pair[0] != "_changelist_filters"] if preserved or query else []


def _added_to_opener(admin: Any, request: Any, obj: Any) -> dict[str, Any]:
    """Return what the opening page's select gets: key and text of the new object, and its group, if it has one."""
    attr = _to_field(request) or obj._meta.pk.attname
    data: dict[str, Any] = {"value": str(obj.serializable_value(attr)), "obj": str(obj)}
    source = request.POST.get(SOURCE_MODEL_VAR)
    if source and (group := _option_group(admin, request, source, obj)):
        data["optgroup"] = group
    return data


def _option_group(admin: Any, request: Any, source: str, obj: Any) -> str | None:
    """Return the label of the group the new object stands in, in the select of the model the popup was opened from."""
    try:
        source_model = apps.get_model(source)
        source_admin = admin.admin_site.get_model_admin(source_model)
    except (LookupError, ValueError):
        text = _("The app “%s” could not be found.") if "." not in source else _("The model “%s” could not be found.")
        admin.message_user(request, text % source, messages.ERROR)
        return None
    except NotRegistered:
        # A model that is only an inline.
        return None
    for field in source_admin.get_form(request)().fields.values():
        for label, choices in getattr(field, "choices", ()):
            if isinstance(choices, list | tuple) and any(str(value) == str(obj.pk) for value, _text in choices):
                return str(label)
    return None


def _popup(admin: Any, request: Any, data: dict[str, Any]) -> Any:
    """Return the page that hands data to the opening one and closes itself."""
    opts = admin.opts
    return TemplateResponse(
        request,
        admin.popup_response_template
        or [
            f"admin/{opts.app_label}/{opts.model_name}/popup_response.html",
            f"admin/{opts.app_label}/popup_response.html",
            "admin/popup_response.html",
        ],
        {"popup_response_data": json.dumps(data)},
    )
