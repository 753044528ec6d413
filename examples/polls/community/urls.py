"""Addresses of the example site."""

from hotclub.contrib import admin
from hotclub.urls import include, path

urlpatterns = [
    path("", include("polls.urls")),
    path("people/", include("people.urls")),
    path("accounts/", include("hotclub.contrib.auth.urls")),
    path("admin/", admin.site.urls),
]
