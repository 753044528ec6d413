from django.http import HttpResponse, JsonResponse
from django.urls import include, path


def plain(request):
    return HttpResponse("Hello, world!", content_type="text/plain")


def json(request):
    return JsonResponse({"message": "Hello, world!", "numbers": [1, 2, 3]})


async def async_json(request):
    return JsonResponse({"message": "Hello, world!", "numbers": [1, 2, 3]})


async def async_plain(request):
    return HttpResponse("Hello, world!", content_type="text/plain")


def page(request, **kwargs):
    return HttpResponse("page")


def filler(count):
    return [path(f"section{i}/<int:pk>/edit/<slug:slug>/", page, name=f"filler{i}") for i in range(count)]


urlpatterns = [
    path("plain/", plain),
    path("json/", json),
    path("async/json/", async_json),
    path("async/plain/", async_plain),
    path("shop/", include([path("items/<int:pk>/<slug:slug>/", page, name="item")])),
]
