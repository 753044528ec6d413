"""Both test clients follow redirects in the same way.

Source: docs topics/testing/tools, "Making requests".
"""

from __future__ import annotations

from typing import Any

import pytest

from hotclub.http import HttpResponse, HttpResponseRedirect
from hotclub.test.client import AsyncClient, Client, RedirectCycleError
from hotclub.test.utils import override_settings
from hotclub.urls import path
from tests.halves import Halves


def elsewhere(request: Any) -> HttpResponse:
    return HttpResponseRedirect("https://other.test:8443/there/?to=here")


def there(request: Any) -> HttpResponse:
    return HttpResponseRedirect(request.GET["to"])


def shown(request: Any) -> HttpResponse:
    return HttpResponse(f"{request.method} {request.scheme} {request.get_host()} {request.body.decode()}")


def kept(request: Any) -> HttpResponse:
    return HttpResponse(status=307, headers={"Location": "/there/here"})


def again(request: Any) -> HttpResponse:
    return HttpResponseRedirect("/again/")


def longer(request: Any) -> HttpResponse:
    return HttpResponseRedirect(f"/longer/?{request.META['QUERY_STRING']}x")


urlpatterns = [
    path("elsewhere/", elsewhere),
    path("there/", there),
    path("there/here", shown),
    path("kept/", kept),
    path("again/", again),
    path("longer/", longer),
]


class Sent:
    """A client of the half that runs, whose verbs are awaited in either."""

    def __init__(self, halves: Halves) -> None:
        self.client: Any = AsyncClient() if halves.is_async else Client()

    async def __call__(self, verb: str, *args: Any, **options: Any) -> Any:
        answer = getattr(self.client, verb)(*args, **options)
        return await answer if isinstance(self.client, AsyncClient) else answer


@pytest.fixture
def sent(halves: Halves, _project: None) -> Any:
    with override_settings(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"]):
        yield Sent(halves)


async def test_a_redirect_to_another_place_is_followed_there_and_stays_there(sent: Sent, halves: Halves) -> None:
    response = await sent("get", "/elsewhere/", follow=True)
    assert response.content == b"GET https other.test:8443 "
    assert response.redirect_chain == [("https://other.test:8443/there/?to=here", 302), ("here", 302)]


async def test_method_and_body_are_kept_where_the_status_says_so(sent: Sent, halves: Halves) -> None:
    response = await sent("post", "/kept/", "some text", "text/plain", follow=True)
    assert response.content == b"POST http testserver some text"


async def test_circles_and_endless_ways_are_refused(sent: Sent, halves: Halves) -> None:
    with pytest.raises(RedirectCycleError, match="Redirect loop detected") as caught:
        await sent("get", "/again/", follow=True)
    assert caught.value.redirect_chain == [("/again/", 302)] * 2
    with pytest.raises(RedirectCycleError, match="Too many redirects") as caught:
        await sent("get", "/longer/", follow=True)
    assert len(caught.value.redirect_chain) == 21


async def test_a_plain_response_is_not_followed(sent: Sent, halves: Halves) -> None:
    response = await sent("get", "/elsewhere/")
    assert response.status_code == 302
    assert not hasattr(response, "redirect_chain")
    assert (await sent("get", "/there/here", follow=True)).redirect_chain == []
