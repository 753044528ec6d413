from django.urls import include, path

from benchmarks.site import views
from benchmarks.site.views import page

NAMES = ("plain", "message", "whoami", "form", "document", "upload")


def filler(count):
    return [path(f"section{i}/<int:pk>/edit/<slug:slug>/", page, name=f"filler{i}") for i in range(count)]


urlpatterns = [
    *[path(f"{name}/", getattr(views, name)) for name in NAMES],
    path("shop/", include([path("items/<int:pk>/<slug:slug>/", page, name="item")])),
]
