"""The action every model has: deleting what is selected."""

from __future__ import annotations

from typing import Any

from hotclub.contrib import messages
from hotclub.contrib.admin.marks import action
from hotclub.contrib.admin.parameters import ACTION_CHECKBOX_NAME
from hotclub.contrib.admin.utils import model_ngettext
from hotclub.core.exceptions import PermissionDenied
from hotclub.template.response import TemplateResponse
from hotclub.utils.translation import gettext as _
from hotclub.utils.translation import gettext_lazy


@action(  # type: ignore[untyped-decorator]  # serves with and without arguments
    permissions=["delete"],
    description=gettext_lazy("Delete selected %(verbose_name_plural)s"),
)
def delete_selected(modeladmin: Any, request: Any, queryset: Any) -> Any:
    """Ask for confirmation, then delete the selected objects with all that depends on them.

    Raises:
        PermissionDenied: something that would be deleted may not be deleted by this user.
    """
    opts = modeladmin.model._meta
    deletable, model_count, perms_needed, protected = modeladmin.get_deleted_objects(queryset, request)
    if request.POST.get("post") and not protected:
        if perms_needed:
            raise PermissionDenied
        count = len(queryset)
        if count:
            modeladmin.log_deletions(request, queryset)
            modeladmin.delete_queryset(request, queryset)
            text = _("Successfully deleted %(count)d %(items)s.") % {
                "count": count,
                "items": model_ngettext(modeladmin.opts, count),
            }
            modeladmin.message_user(request, text, messages.SUCCESS)
        # None: the change list is shown again.
        return None

    objects_name = model_ngettext(queryset)
    title = (
        _("Cannot delete %(name)s") % {"name": objects_name}
        if perms_needed or protected
        else _("Delete multiple objects")
    )
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": title,
        "subtitle": None,
        "objects_name": str(objects_name),
        "deletable_objects": [deletable],
        "model_count": dict(model_count).items(),
        "queryset": queryset,
        "perms_lacking": perms_needed,
        "protected": protected,
        "opts": opts,
        "action_checkbox_name": ACTION_CHECKBOX_NAME,
        "media": modeladmin.media,
        "delete_confirmation_max_display": modeladmin.delete_confirmation_max_display,
    }
    request.current_app = modeladmin.admin_site.name
    return TemplateResponse(
        request,
        modeladmin.delete_selected_confirmation_template
        or [
            f"admin/{opts.app_label}/{opts.model_name}/delete_selected_confirmation.html",
            f"admin/{opts.app_label}/delete_selected_confirmation.html",
            "admin/delete_selected_confirmation.html",
        ],
        context,
    )
