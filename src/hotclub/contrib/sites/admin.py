"""Sites in the admin."""

from __future__ import annotations

from hotclub.contrib import admin
from hotclub.contrib.sites.models import Site


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin):
    """The list and form of sites."""

    list_display = ("domain", "name")
    search_fields = ("domain", "name")
