"""The views that are measured: each as a plain function and as a coroutine function."""

import json

from django.http import HttpResponse, JsonResponse

from benchmarks.exchange import filled_in, summary, told


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
    return JsonResponse(filled_in(request.POST))


async def async_form(request):
    return JsonResponse(filled_in(request.POST))


def document(request):
    return JsonResponse(summary(json.loads(request.body)))


async def async_document(request):
    return JsonResponse(summary(json.loads(request.body)))


def upload(request):
    return JsonResponse(told(request.FILES["file"].name, request.FILES["file"]))


async def async_upload(request):
    return JsonResponse(told(request.FILES["file"].name, request.FILES["file"]))


def page(request, **kwargs):
    return HttpResponse("page")
