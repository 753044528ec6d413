"""What a stranger says about hosts, schemes and languages, and where redirects lead."""

import time

import pytest

from hotclub.http import HttpResponse, HttpResponseRedirect
from hotclub.test import RequestFactory
from hotclub.test.utils import override_settings
from hotclub.urls import include, path
from hotclub.utils.http import url_has_allowed_host_and_scheme
from hotclub.utils.translation import get_language_from_request

MIDDLEWARE = ["hotclub.middleware.security.SecurityMiddleware", "hotclub.middleware.common.CommonMiddleware"]


def where(request):
    return HttpResponse(f"{request.get_host()} {request.scheme} {request.build_absolute_uri('/x')}")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "testserver.evil.example", "eviltestserver", "testserver@evil.example", "testserver:abc",
        "testserver:80:80", "testserver evil.example", "testserver,evil.example", "testserver/evil", "testserver?",
        "testserver#", "testserver\\evil", "testserver\x00", "test\tserver", ".", "*", "[::1", "::1", "[evil]",
        "тestserver", "x" * 100_000, "a." * 50_000, "%74estserver",
    ],
)  # fmt: skip
def test_a_host_that_is_not_ours_is_400(ask, serving, host):
    serving(path("", where), MIDDLEWARE=MIDDLEWARE)
    kwargs = (
        {"HTTP_HOST": host} if ask.__name__ == "over_wsgi" else {"headers": [("host", host.encode().decode("latin-1"))]}
    )
    started = time.perf_counter()
    answer = ask("/", **kwargs)
    assert time.perf_counter() - started < 5
    assert answer.status == 400


@pytest.mark.parametrize("trusted", [False, True])
def test_forwarded_headers_count_only_where_the_project_says_so(ask, serving, trusted):
    settings = {
        "USE_X_FORWARDED_HOST": trusted,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if trusted else None,
        "ALLOWED_HOSTS": ["testserver", "public.example"],
    }
    serving(path("", where), MIDDLEWARE=MIDDLEWARE, **settings)
    sent = [
        ("x-forwarded-host", "public.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil;proto=https"),
    ]
    said = ask("/", headers=sent).body.decode().split(" ")
    assert said == (
        ["public.example", "https", "https://public.example/x"]
        if trusted
        else ["testserver", "http", "http://testserver/x"]
    )
    if trusted:
        for host in ("evil.example", "public.example, evil.example", "public.example\r\nX: y"):
            assert ask("/", headers=[("x-forwarded-host", host)]).status == 400
        # The first proxy decides; what the client put behind a comma does not.
        assert ask("/", headers=[("x-forwarded-proto", "http, https")]).body.split(b" ")[1] == b"http"


@pytest.mark.parametrize(
    "header", ["a" * 200_000, "a," * 100_000, "en;q=" + "1" * 100_000, "-" * 100_000, "en-" * 50_000, ";" * 100_000,
               "x" * 499 + ",de", "\x00", "zh-" + "hans-" * 5000, "de;q=1e309", "*;q=0", ",".join(f"x{n};q=0.5" for n in range(20_000))]
)  # fmt: skip
def test_a_hostile_accept_language_costs_little(header):
    request = RequestFactory().get("/", headers={"accept-language": header})
    started = time.perf_counter()
    with override_settings(LANGUAGES=[("en", "English"), ("de", "Deutsch")], USE_I18N=True):
        assert get_language_from_request(request) in ("en", "de", "en-us")
    assert time.perf_counter() - started < 1


AWAY = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
    "http:evil.example", "http:///evil.example", "https://evil.example", "HTTPS://evil.example", "javascript:alert(1)",
    "java\nscript:alert(1)", "\x08//evil.example", " //evil.example", "\t//evil.example", "//evil.example:80",
    "http://testserver@evil.example", "http://testserver.evil.example", "http://evil.example\\@testserver", "ftp://testserver",
    "data:text/html,x", "http://[::1", "//testserver:abc@evil.example", "http://testserver\\.evil.example", "/\t/evil.example",
    "http:\\\\evil.example", "https:evil.example", "http:/evil.example", "//evil%2eexample", "/\n/evil.example",
]  # fmt: skip


@pytest.mark.parametrize("target", AWAY)
def test_targets_that_lead_away_are_refused(target):
    assert not url_has_allowed_host_and_scheme(target, {"testserver"})
    assert not url_has_allowed_host_and_scheme(target, {"testserver"}, require_https=True)


@pytest.mark.parametrize("target", ["/", "/path?next=//evil.example", "path", "//testserver/x", "http://testserver/"])
def test_targets_on_the_site_are_good(target):
    assert url_has_allowed_host_and_scheme(target, {"testserver"})
    # A host without a scheme may be reached over plain HTTP.
    is_secure = not target.startswith(("http:", "//"))
    assert url_has_allowed_host_and_scheme(target, {"testserver"}, require_https=True) is is_secure


@pytest.mark.parametrize(
    "start", ["//evil.example/page", "///evil.example/page", "//evil.example%2f/page", "/%5cevil.example/page"]
)
def test_a_slash_is_not_appended_into_another_host(ask, serving, start):
    serving(path("<path:rest>/", where), path("", include([path("<path:rest>/", where)])), MIDDLEWARE=MIDDLEWARE)
    answer = ask(start)
    location = answer["Location"] or ""
    assert not location.startswith(("//", "/\\", "http"))


@pytest.mark.parametrize("target", AWAY)
def test_set_language_stays_on_the_site(ask, serving, target):
    from urllib.parse import quote

    from hotclub.views.i18n import set_language

    serving(path("set/", set_language), path("", where))
    body = f"language=de&next={quote(target)}".encode()
    headers = [("content-type", "application/x-www-form-urlencoded"), ("referer", "http://evil.example/")]
    answer = ask("/set/", "POST", headers, body)
    assert (answer["Location"] or "/") == "/"


def test_https_redirects_keep_to_allowed_hosts(ask, serving):
    serving(path("", where), MIDDLEWARE=MIDDLEWARE, SECURE_SSL_REDIRECT=True)
    assert ask("//evil.example/..//x")["Location"].startswith("https://testserver/")
    assert HttpResponseRedirect("/a b")["Location"] == "/a%20b"
