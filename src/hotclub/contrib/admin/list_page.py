"""The list of objects: its page, its actions and the saving of its editable columns."""

from __future__ import annotations

import re
from typing import Any

from hotclub import forms
from hotclub.contrib import messages
from hotclub.contrib.admin import helpers
from hotclub.contrib.admin.exceptions import IncorrectLookupParameters
from hotclub.contrib.admin.parameters import ERROR_FLAG, IS_POPUP_VAR, ActionLocation
from hotclub.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from hotclub.db import router, transaction
from hotclub.http import HttpResponseBase, HttpResponseRedirect
from hotclub.template.response import SimpleTemplateResponse, TemplateResponse
from hotclub.utils.translation import gettext as _
from hotclub.utils.translation import ngettext


def changelist_class() -> Any:
    """Return the documented class of lists."""
    from hotclub.contrib.admin.views.main import ChangeList  # noqa: PLC0415  # it needs the options, which need this

    return ChangeList


def list_page(admin: Any, request: Any, extra_context: Any) -> Any:
    """Show the list; run an action; save editable columns.

    Raises:
        PermissionDenied: the user may not.
    """
    if not admin.has_view_or_change_permission(request):
        raise PermissionDenied
    try:
        cl = admin.get_changelist_instance(request)
    except IncorrectLookupParameters:
        # Wrong parameters: the list without them. If that fails as well, something is wrong with the database.
        if ERROR_FLAG in request.GET:
            return SimpleTemplateResponse("admin/invalid_setup.html", {"title": _("Database error")})
        return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")

    response = _submitted_action(admin, request, cl)
    if response is not None:
        return response

    cl.formset = None
    if request.method == "POST" and cl.list_editable and "_save" in request.POST:
        response = _save_rows(admin, request, cl)
        if response is not None:
            return response
    elif cl.list_editable and admin.has_change_permission(request):
        formset_class = admin.get_changelist_formset(request)
        cl.formset = formset_class(queryset=cl.result_list)
        _lock_rows(admin, request, cl.formset)
    return _render(admin, request, cl, extra_context)


def _render(admin: Any, request: Any, cl: Any, extra_context: Any) -> Any:
    media = admin.media + (cl.formset.media if cl.formset else forms.Media())
    form = action_form(admin, request, ActionLocation.CHANGE_LIST)
    if form is not None:
        media += form.media
    shown = len(cl.result_list)
    all_selected = ngettext("%(total_count)s selected", "All %(total_count)s selected", cl.result_count)
    context = {
        **admin.admin_site.each_context(request),
        "module_name": str(admin.opts.verbose_name_plural),
        "selection_note": _("0 of %(cnt)s selected") % {"cnt": shown},
        "selection_note_all": all_selected % {"total_count": cl.result_count},
        "title": cl.title,
        "subtitle": None,
        "is_popup": cl.is_popup,
        "to_field": cl.to_field,
        "cl": cl,
        "media": media,
        "has_add_permission": admin.has_add_permission(request),
        "opts": cl.opts,
        "action_form": form,
        "actions_on_top": admin.actions_on_top,
        "actions_on_bottom": admin.actions_on_bottom,
        "actions_selection_counter": admin.actions_selection_counter,
        "preserved_filters": admin.get_preserved_filters(request),
        **(extra_context or {}),
    }
    request.current_app = admin.admin_site.name
    opts = admin.opts
    return TemplateResponse(
        request,
        admin.change_list_template
        or [
            f"admin/{opts.app_label}/{opts.model_name}/change_list.html",
            f"admin/{opts.app_label}/change_list.html",
            "admin/change_list.html",
        ],
        context,
    )


# Actions


def action_form(admin: Any, request: Any, location: ActionLocation) -> Any:
    """Return the form that offers the actions of a place; None if there are none."""
    if IS_POPUP_VAR in request.GET or not admin.actions_at(request, location):
        return None
    prefix = location.value if location is ActionLocation.CHANGE_FORM else None
    form = admin.action_form(auto_id=None, prefix=prefix)
    form.fields["action"].choices = admin.action_choices_at(request, location)
    return form


def _submitted_action(admin: Any, request: Any, cl: Any) -> Any:
    """Run a submitted action; return None if none was."""
    if request.method != "POST" or "_save" in request.POST or not admin.actions_at(request, ActionLocation.CHANGE_LIST):
        return None
    selected = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
    by_button = "index" in request.POST
    if not by_button and helpers.ACTION_CHECKBOX_NAME not in request.POST:
        return None
    if selected:
        response = admin.response_action(request, queryset=cl.get_queryset(request))
        if response:
            return response
    elif by_button:
        text = _("Items must be selected in order to perform actions on them. No items have been changed.")
        admin.message_user(request, text, messages.WARNING)
    # Nothing was run: the list again, by a redirect, so that reloading posts nothing.
    return HttpResponseRedirect(request.get_full_path())


def run_action(admin: Any, request: Any, queryset: Any, location: ActionLocation) -> Any:
    """Run the action a form names.

    Returns:
        The action's response, or a redirect to the page; None if nothing could be run.
    """
    # There may be several action forms on the page; the button says which was used.
    try:
        action_index = int(request.POST.get("index", 0))
    except ValueError:
        action_index = 0
    data = request.POST.copy()
    data.pop(helpers.ACTION_CHECKBOX_NAME, None)
    data.pop("index", None)
    on_form = location is ActionLocation.CHANGE_FORM
    prefix = location.value if on_form else None
    name = f"{prefix}-action" if prefix else "action"
    submitted = data.getlist(name)
    if 0 <= action_index < len(submitted):
        data[name] = submitted[action_index]
    form = admin.action_form(data, auto_id=None, prefix=prefix)
    form.fields["action"].choices = admin.action_choices_at(request, location)
    if not form.is_valid():
        admin.message_user(request, _("No action selected."), messages.WARNING)
        return None
    action = admin.actions_at(request, location)[form.cleaned_data["action"]]
    func = action.func if hasattr(action, "func") else action[0]
    select_across = form.cleaned_data["select_across"] and not on_form
    selected = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
    if not selected and not select_across:
        text = _("Items must be selected in order to perform actions on them. No items have been changed.")
        admin.message_user(request, text, messages.WARNING)
        return None
    if not select_across:
        queryset = queryset.filter(pk__in=selected)
    response = func(admin, request, queryset)
    if isinstance(response, HttpResponseBase):
        return response
    return HttpResponseRedirect(request.get_full_path())


def run_change_form_action(admin: Any, request: Any, obj: Any) -> Any:
    """Run an action on the object of a change form.

    Raises:
        SuspiciousOperation: the submitted keys are not those of this object.
    """
    if not admin.actions_at(request, ActionLocation.CHANGE_FORM):
        return None
    selected = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
    if selected != [str(obj.pk)]:
        raise SuspiciousOperation("An action on a change form may only be run on the object of the form.")
    queryset = admin.get_queryset(request).filter(pk=obj.pk)
    response = admin.response_action(request, queryset, action_location=ActionLocation.CHANGE_FORM)
    return response or HttpResponseRedirect(request.get_full_path())


# Editable columns


def _save_rows(admin: Any, request: Any, cl: Any) -> Any:
    """Save the changed rows in one transaction; None if the forms have errors."""
    if not admin.has_change_permission(request):
        raise PermissionDenied
    formset_class = admin.get_changelist_formset(request)
    rows = submitted_rows(admin, request, formset_class.get_default_prefix())
    formset = cl.formset = formset_class(request.POST, request.FILES, queryset=rows)
    _lock_rows(admin, request, formset)
    if formset.extra_forms:
        raise SuspiciousOperation("Rows cannot be added in a list.")
    if not formset.is_valid():
        return None
    count = 0
    with transaction.atomic(using=router.db_for_write(admin.model)):
        for form in formset.forms:
            if not form.has_changed():
                continue
            # The list may be shown to someone who may change only some of its rows.
            if not admin.has_change_permission(request, form.instance):
                raise PermissionDenied
            obj = admin.save_form(request, form, change=True)
            admin.save_model(request, obj, form, change=True)
            admin.save_related(request, form, formsets=[], change=True)
            admin.log_change(request, obj, admin.construct_change_message(request, form, None))
            count += 1
    if count:
        text = ngettext(
            "%(count)s %(name)s was changed successfully.", "%(count)s %(name)s were changed successfully.", count
        )
        opts = admin.opts
        name = opts.verbose_name if count == 1 else opts.verbose_name_plural
        admin.message_user(request, text % {"count": count, "name": name}, messages.SUCCESS)
    return HttpResponseRedirect(request.get_full_path())


def submitted_keys(admin: Any, request: Any, prefix: str) -> list[Any]:
    """Return the primary keys in submitted rows of a list, as text."""
    pattern = re.compile(rf"{re.escape(prefix)}-\d+-{re.escape(admin.opts.pk.name)}$")
    return [value for name, value in request.POST.items() if pattern.match(name)]


def submitted_rows(admin: Any, request: Any, prefix: str) -> Any:
    """Return the rows whose keys were submitted: they may no longer be those of the page."""
    queryset = admin.get_queryset(request)
    try:
        keys = [admin.opts.pk.to_python(key) for key in submitted_keys(admin, request, prefix)]
    except ValidationError:
        # A key that was made up: the forms find out.
        return queryset
    return queryset.filter(pk__in=keys)


def _lock_rows(admin: Any, request: Any, formset: Any) -> None:
    """Take the fields of rows the user may not change away: they are shown as values, and nothing submitted is read."""
    for form in formset.forms:
        obj = form.instance
        if obj.pk is not None and not admin.has_change_permission(request, obj):
            form.fields = {name: field for name, field in form.fields.items() if name == admin.opts.pk.name}
