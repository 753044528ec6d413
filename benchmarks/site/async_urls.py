"""The same site with coroutine functions."""

from django.urls import path

from benchmarks.site import views
from benchmarks.site.urls import NAMES

urlpatterns = [path(f"{name}/", getattr(views, f"async_{name}")) for name in NAMES]
