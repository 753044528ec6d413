"""Routes of the page, for hotclub."""

from hotclub.http import HttpResponse
from hotclub.urls import include, path


def view(request, **kwargs):
    return HttpResponse("page")


urlpatterns = [
    *[path(f"section{i}/<int:pk>/edit/<slug:slug>/", view, name=f"section{i}") for i in range(50)],
    path(
        "shop/",
        include(
            [
                path("items/<int:pk>/<slug:slug>/", view, name="item"),
                path("page/<int:page>/", view, name="list"),
            ]
        ),
    ),
]
