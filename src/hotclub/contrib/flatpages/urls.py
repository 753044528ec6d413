"""Serves every path below as a flat page."""

from hotclub.contrib.flatpages import views
from hotclub.urls import path

urlpatterns = [path("<path:url>", views.flatpage, name="hotclub.contrib.flatpages.views.flatpage")]
