"""Flat pages in the admin."""

from hotclub.contrib import admin
from hotclub.contrib.flatpages.forms import FlatpageForm
from hotclub.contrib.flatpages.models import FlatPage
from hotclub.utils.translation import gettext_lazy as _


@admin.register(FlatPage)
class FlatPageAdmin(admin.ModelAdmin):  # type: ignore[type-arg,unused-ignore]
    """Lists flat pages by URL and title."""

    form = FlatpageForm
    fieldsets = (
        (None, {"fields": ("url", "title", "content", "sites")}),
        (
            _("Advanced options"),
            {"classes": ("collapse",), "fields": ("registration_required", "template_name")},
        ),
    )
    list_display = ("url", "title")
    list_filter = ("sites", "registration_required")
    search_fields = ("url", "title")
