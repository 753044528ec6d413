"""Redirects in the admin."""

from hotclub.contrib import admin
from hotclub.contrib.redirects.models import Redirect


@admin.register(Redirect)
class RedirectAdmin(admin.ModelAdmin):  # type: ignore[type-arg,unused-ignore]
    """Lists redirects by site and path."""

    list_display = ("old_path", "new_path")
    list_filter = ("site",)
    search_fields = ("old_path", "new_path")
    radio_fields = {"site": admin.VERTICAL}
