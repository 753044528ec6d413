"""The views that are measured: each as a plain function and as a coroutine function."""

import json

from django.http import HttpResponse, JsonResponse


def plain(request):
    return HttpResponse("Hello, world!", content_type="text/plain")


async def async_plain(request):
    return HttpResponse("Hello, world!", content_type="text/plain")


def message(request):
    return JsonResponse({"message": "Hello, world!", "numbers": [1, 2, 3]})


async def async_message(request):
    return JsonResponse({"message": "Hello, world!", "numbers": [1, 2, 3]})


def whoami(request):
    return JsonResponse({"user": request.user.get_username(), "visits": request.session["visits"]})


async def async_whoami(request):
    user = await request.auser()
    return JsonResponse({"user": user.get_username(), "visits": await request.session.aget("visits")})


def form(request):
    return JsonResponse(dict(request.POST.items()))


async def async_form(request):
    return JsonResponse(dict(request.POST.items()))


def _summary(document):
    return {"name": document["name"], "total": sum(item["price"] for item in document["items"])}


def document(request):
    return JsonResponse(_summary(json.loads(request.body)))


async def async_document(request):
    return JsonResponse(_summary(json.loads(request.body)))


def _told(file):
    file.seek(-1, 2)
    return {"name": file.name, "size": file.size, "last": file.read(1)[0]}


def upload(request):
    return JsonResponse(_told(request.FILES["file"]))


async def async_upload(request):
    return JsonResponse(_told(request.FILES["file"]))


def page(request, **kwargs):
    return HttpResponse("page")
