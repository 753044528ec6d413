"""The pages of one object: add, change, delete, history. Permissions are checked here, where the writing happens."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.admin import helpers, list_page, responses
from hotclub.contrib.admin.exceptions import DisallowedModelAdminToField
from hotclub.contrib.admin.form_options import get_content_type_for_model
from hotclub.contrib.admin.parameters import (
    EMPTY_VALUE_STRING,
    IS_POPUP_VAR,
    PAGE_VAR,
    SOURCE_MODEL_VAR,
    TO_FIELD_VAR,
    ActionLocation,
)
from hotclub.contrib.admin.templatetags.admin_urls import add_preserved_filters
from hotclub.contrib.admin.utils import display_for_value, flatten_fieldsets, unquote
from hotclub.core.exceptions import PermissionDenied
from hotclub.db import router, transaction
from hotclub.forms.formsets import all_valid
from hotclub.template.response import TemplateResponse
from hotclub.utils.text import capfirst
from hotclub.utils.translation import gettext as _

_READING = ("GET", "HEAD", "OPTIONS", "TRACE")


def _submitted_to_field(admin: Any, request: Any) -> str | None:
    to_field: str | None = request.POST.get(TO_FIELD_VAR, request.GET.get(TO_FIELD_VAR))
    if to_field and not admin.to_field_allowed(request, to_field):
        raise DisallowedModelAdminToField(f"The field {to_field} cannot be referenced.")
    return to_field


def change_page(admin: Any, request: Any, object_id: str | None, form_url: str, extra_context: Any) -> Any:
    """Show or save the form of an object; writing is one transaction.

    Raises:
        PermissionDenied: the user may not.
        DisallowedModelAdminToField: the popup asks for a field that nothing points to.
    """
    if request.method in _READING:
        return _change_page(admin, request, object_id, form_url, extra_context)
    with transaction.atomic(using=router.db_for_write(admin.model)):
        return _change_page(admin, request, object_id, form_url, extra_context)


def _change_page(admin: Any, request: Any, object_id: str | None, form_url: str, extra_context: Any) -> Any:
    to_field = _submitted_to_field(admin, request)
    if request.method == "POST" and "_saveasnew" in request.POST:
        object_id = None
    add = object_id is None
    obj = None
    if add:
        if not admin.has_add_permission(request):
            raise PermissionDenied
    else:
        obj = admin.get_object(request, unquote(str(object_id)), to_field)
        writes = request.method == "POST" and not _is_action(request)
        if writes:
            if not admin.has_change_permission(request, obj):
                raise PermissionDenied
        elif not admin.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        if obj is None:
            return responses.object_is_gone(admin, request, admin.opts, str(object_id))
        if _is_action(request):
            response = list_page.run_change_form_action(admin, request, obj)
            if response is not None:
                return response

    fieldsets = admin.get_fieldsets(request, obj)
    form_class = admin.get_form(request, obj, change=not add, fields=flatten_fieldsets(fieldsets))
    form_validated = True
    if request.method == "POST":
        form = form_class(request.POST, request.FILES, instance=obj)
        formsets, inlines = make_formsets(admin, request, form.instance, change=not add)
        form_validated = form.is_valid()
        new_object = admin.save_form(request, form, change=not add) if form_validated else form.instance
        if all_valid(formsets) and form_validated:
            return _save(admin, request, new_object, form, formsets, add)
        form_validated = False
    elif add:
        form = form_class(initial=admin.get_changeform_initial_data(request))
        formsets, inlines = make_formsets(admin, request, form.instance, change=False)
    else:
        form = form_class(instance=obj)
        formsets, inlines = make_formsets(admin, request, obj, change=True)

    context = _change_context(admin, request, obj, object_id, fieldsets, form, formsets, inlines, to_field, add)
    if request.method == "POST" and not form_validated and "_saveasnew" in request.POST:
        # Once "Save as new" was pressed, "Save" would write to another object than the user sees.
        context["show_save"] = False
        context["show_save_and_continue"] = False
        add = False
    context.update(extra_context or {})
    return admin.render_change_form(request, context, add=add, change=not add, obj=obj, form_url=form_url)


def _save(admin: Any, request: Any, obj: Any, form: Any, formsets: Any, add: bool) -> Any:
    admin.save_model(request, obj, form, not add)
    admin.save_related(request, form, formsets, not add)
    message = admin.construct_change_message(request, form, formsets, add)
    if add:
        admin.log_addition(request, obj, message)
        return admin.response_add(request, obj)
    admin.log_change(request, obj, message)
    return admin.response_change(request, obj)


def _is_action(request: Any) -> bool:
    """Whether a change form was submitted by the button of its actions."""
    if request.method != "POST":
        return False
    saving = any(name in request.POST for name in ("_save", "_continue", "_addanother", "_saveasnew"))
    return f"{ActionLocation.CHANGE_FORM.value}-action" in request.POST and not saving


def _change_context(
    admin: Any,
    request: Any,
    obj: Any,
    object_id: Any,
    fieldsets: Any,
    form: Any,
    formsets: Any,
    inlines: Any,
    to_field: str | None,
    add: bool,
) -> dict[str, Any]:
    view_only = not add and not admin.has_change_permission(request, obj)
    readonly = flatten_fieldsets(fieldsets) if view_only else admin.get_readonly_fields(request, obj)
    prepopulated = {} if view_only else admin.get_prepopulated_fields(request, obj)
    admin_form = helpers.AdminForm(form, list(fieldsets), prepopulated, readonly, model_admin=admin)
    media = admin.media + admin_form.media
    inline_formsets = admin.get_inline_formsets(request, formsets, inlines, obj)
    for inline_formset in inline_formsets:
        media += inline_formset.media
    if add:
        title = _("Add %s")
    elif view_only:
        title = _("View %s")
    else:
        title = _("Change %s")
    return {
        **admin.admin_site.each_context(request),
        "title": title % admin.opts.verbose_name,
        "subtitle": display_for_value(str(obj), EMPTY_VALUE_STRING) if obj else None,
        "adminform": admin_form,
        "object_id": object_id,
        "original": obj,
        "is_popup": IS_POPUP_VAR in request.POST or IS_POPUP_VAR in request.GET,
        "source_model": request.GET.get(SOURCE_MODEL_VAR, request.POST.get(SOURCE_MODEL_VAR)),
        "to_field": to_field,
        "media": media,
        "inline_admin_formsets": inline_formsets,
        "errors": helpers.AdminErrorList(form, formsets),
        "preserved_filters": admin.get_preserved_filters(request),
        "action_form": None if add else list_page.action_form(admin, request, ActionLocation.CHANGE_FORM),
        "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
    }


def make_formsets(admin: Any, request: Any, obj: Any, change: bool) -> tuple[list[Any], list[Any]]:
    """Return the formsets of the inlines, and the inlines."""
    formsets: list[Any] = []
    inline_instances: list[Any] = []
    prefixes: dict[str, int] = {}
    for formset_class, inline in admin.get_formsets_with_inlines(request, obj if change else None):
        prefix = formset_class.get_default_prefix()
        prefixes[prefix] = prefixes.get(prefix, 0) + 1
        if prefixes[prefix] != 1 or not prefix:
            prefix = f"{prefix}-{prefixes[prefix]}"
        kwargs = admin.get_formset_kwargs(request, obj, inline, prefix)
        formset = formset_class(**kwargs)
        # A row without permission to change stays as it is, whatever is submitted.
        if change and not inline.has_change_permission(request, obj):
            for index, form in enumerate(formset.initial_forms):
                if inline.has_delete_permission(request, obj) and _marked(form, formset, index):
                    continue
                form._errors = {}
                form.cleaned_data = form.initial
        formsets.append(formset)
        inline_instances.append(inline)
    return formsets, inline_instances


def _marked(form: Any, formset: Any, index: int) -> bool:
    return formset.data.get(f"{formset.prefix}-{index}-DELETE") is not None


def render_change_form(
    admin: Any, request: Any, context: dict[str, Any], add: bool, change: bool, form_url: str, obj: Any
) -> Any:
    """Return the response with the form."""
    opts = admin.opts
    inline_formsets = context["inline_admin_formsets"]
    view_on_site_url = admin.get_view_on_site_url(obj)
    context.update(
        add=add,
        change=change,
        has_view_permission=admin.has_view_permission(request, obj),
        has_add_permission=admin.has_add_permission(request),
        has_change_permission=admin.has_change_permission(request, obj),
        has_delete_permission=admin.has_delete_permission(request, obj),
        has_editable_inline_admin_formsets=any(
            inline.has_add_permission or inline.has_change_permission or inline.has_delete_permission
            for inline in inline_formsets
        ),
        has_file_field=context["adminform"].form.is_multipart()
        or any(inline.formset.is_multipart() for inline in inline_formsets),
        has_absolute_url=view_on_site_url is not None,
        absolute_url=view_on_site_url,
        form_url=form_url,
        opts=opts,
        content_type_id=get_content_type_for_model(admin.model).pk,
        save_as=admin.save_as,
        save_on_top=admin.save_on_top,
        to_field_var=TO_FIELD_VAR,
        is_popup_var=IS_POPUP_VAR,
        source_model_var=SOURCE_MODEL_VAR,
        app_label=opts.app_label,
    )
    context["form_url"] = add_preserved_filters(
        {"preserved_filters": context.get("preserved_filters"), "opts": opts}, form_url
    )
    template = admin.add_form_template if add and admin.add_form_template is not None else admin.change_form_template
    request.current_app = admin.admin_site.name
    return TemplateResponse(
        request,
        template
        or [
            f"admin/{opts.app_label}/{opts.model_name}/change_form.html",
            f"admin/{opts.app_label}/change_form.html",
            "admin/change_form.html",
        ],
        context,
    )


def delete_page(admin: Any, request: Any, object_id: str, extra_context: Any) -> Any:
    """Ask for confirmation, or delete; writing is one transaction.

    Raises:
        PermissionDenied: the user may not delete the object or something that goes with it.
    """
    if request.method in _READING:
        return _delete_page(admin, request, object_id, extra_context)
    with transaction.atomic(using=router.db_for_write(admin.model)):
        return _delete_page(admin, request, object_id, extra_context)


def _delete_page(admin: Any, request: Any, object_id: str, extra_context: Any) -> Any:
    opts = admin.opts
    to_field = _submitted_to_field(admin, request)
    obj = admin.get_object(request, unquote(object_id), to_field)
    if not admin.has_delete_permission(request, obj):
        raise PermissionDenied
    if obj is None:
        return responses.object_is_gone(admin, request, opts, object_id)
    deleted_objects, model_count, perms_needed, protected = admin.get_deleted_objects([obj], request)
    if request.POST and not protected:
        if perms_needed:
            raise PermissionDenied
        obj_display = str(obj)
        obj_id = obj.serializable_value(to_field or opts.pk.attname)
        admin.log_deletions(request, [obj])
        admin.delete_model(request, obj)
        return admin.response_delete(request, obj_display, obj_id)

    object_name = str(opts.verbose_name)
    title = _("Cannot delete %(name)s") % {"name": object_name} if perms_needed or protected else _("Delete")
    context = {
        **admin.admin_site.each_context(request),
        "title": title,
        "subtitle": None,
        "object_name": object_name,
        "object": obj,
        "escaped_object": str(obj),
        "deleted_objects": deleted_objects,
        "model_count": dict(model_count).items(),
        "perms_lacking": perms_needed,
        "protected": protected,
        "opts": opts,
        "app_label": opts.app_label,
        "preserved_filters": admin.get_preserved_filters(request),
        "is_popup": IS_POPUP_VAR in request.POST or IS_POPUP_VAR in request.GET,
        "to_field": to_field,
        "delete_confirmation_max_display": admin.delete_confirmation_max_display,
        **(extra_context or {}),
    }
    return admin.render_delete_form(request, context)


def history_page(admin: Any, request: Any, object_id: str, extra_context: Any) -> Any:
    """Show what was done to an object, a hundred entries a page.

    Raises:
        PermissionDenied: the user may not see the object.
    """
    from hotclub.contrib.admin.models import LogEntry  # noqa: PLC0415  # models load after the registry of admins

    opts = admin.opts
    obj = admin.get_object(request, unquote(object_id))
    if obj is None:
        return responses.object_is_gone(admin, request, opts, object_id)
    if not admin.has_view_or_change_permission(request, obj):
        raise PermissionDenied
    entries = (
        LogEntry.objects.filter(object_id=unquote(object_id), content_type=get_content_type_for_model(admin.model))
        .select_related("user")
        .order_by("-action_time")
    )
    paginator = admin.get_paginator(request, entries, 100)
    page = paginator.get_page(request.GET.get(PAGE_VAR, 1))
    context = {
        **admin.admin_site.each_context(request),
        "title": _("Change history: %s") % display_for_value(str(obj), EMPTY_VALUE_STRING),
        "subtitle": None,
        "action_list": page,
        "page_range": paginator.get_elided_page_range(page.number),
        "page_var": PAGE_VAR,
        "pagination_required": paginator.count > 100,
        "module_name": str(capfirst(opts.verbose_name_plural)),
        "object": obj,
        "opts": opts,
        "preserved_filters": admin.get_preserved_filters(request),
        **(extra_context or {}),
    }
    request.current_app = admin.admin_site.name
    return TemplateResponse(
        request,
        admin.object_history_template
        or [
            f"admin/{opts.app_label}/{opts.model_name}/object_history.html",
            f"admin/{opts.app_label}/object_history.html",
            "admin/object_history.html",
        ],
        context,
    )
