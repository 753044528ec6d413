"""A request through the whole stack, in process, without a socket: WSGI and ASGI; and the URL table."""

from __future__ import annotations

from benchmarks import exchange
from benchmarks.cases.case import Case, repeated, simple

ON_WSGI = ("flask", "falcon")
ON_ASGI = ("starlette", "fastapi", "litestar", "falcon", "blacksheep")
USERS = {"DATABASE_ROUTERS": ["benchmarks.site.routers.UsersInFile"]}


def site(interface, request, *, check=exchange.whole, around=None, **settings):
    """A case: the site over an interface, composed under `settings`, called under the settings `around`."""

    def prepare(scale):
        from django.test.utils import override_settings

        asked = request()
        if interface == "asgi":
            from django.core.handlers.asgi import ASGIHandler

            with override_settings(ROOT_URLCONF="benchmarks.site.async_urls", **settings):
                application = ASGIHandler()
            run, ask = exchange.over_asgi(application, asked)
            settings_then = {"ROOT_URLCONF": "benchmarks.site.async_urls", **(around or {})}
        else:
            from django.core.handlers.wsgi import WSGIHandler

            with override_settings(**settings):
                application = WSGIHandler()
            run, ask = exchange.over_wsgi(application, asked)
            settings_then = around or {}

        def under_settings(function):
            def call(*args):
                with override_settings(**settings_then):
                    return function(*args)

            return call if settings_then else function

        return under_settings(run), under_settings(check(ask))

    return prepare


def essence(ask):
    return exchange.essence(ask, json_body=True)


def text(ask):
    return exchange.essence(ask)


def logged_in():
    """A request with the cookie of a session, which is made in the database file on the first call."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.core.management import call_command
    from django.test.utils import override_settings

    with override_settings(**USERS):
        call_command("migrate", database="file", verbosity=0)
        user, _ = get_user_model().objects.get_or_create(username="ada")
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session["visits"] = 17
        session.save()
    return exchange.Request("/whoami/", headers=(("cookie", f"sessionid={session.session_key}"),))


def reversing(scale):
    from django.urls import reverse

    return simple(lambda: reverse("item", kwargs={"pk": 17, "slug": "a-slug"}))


def resolving(scale):
    from django.urls import path
    from django.urls.resolvers import RegexPattern, URLResolver

    from benchmarks.site.urls import filler, page

    patterns = [*filler(10 * scale - 1), path("last/<int:pk>/", page, name="last")]
    resolver = URLResolver(RegexPattern(r"^/"), patterns)
    return repeated(lambda: resolver.resolve("/last/17/")), lambda: resolver.resolve("/last/17/").kwargs


BARE = {"MIDDLEWARE": []}
seven = lambda: exchange.Request("/message/")  # noqa: E731  # a name for the table below

CASES = [
    Case("http: plain text, WSGI", site("wsgi", exchange.plain, check=text, **BARE), wanted=4.0, peers=ON_WSGI),
    Case("http: plain text, ASGI", site("asgi", exchange.plain, check=text, **BARE), wanted=40.0, peers=ON_ASGI),
    Case("http: JSON, seven middleware, WSGI", site("wsgi", seven), wanted=2.5),
    Case("http: JSON, seven middleware, ASGI", site("asgi", seven), wanted=25.0),
    Case("http: logged in, database session, WSGI", site("wsgi", logged_in, around=USERS), wanted=5.0),
    Case("http: logged in, database session, ASGI", site("asgi", logged_in, around=USERS), wanted=12.0),
    Case(
        "http: form of 10 fields, WSGI", site("wsgi", exchange.form, check=essence, **BARE), wanted=3.0, peers=ON_WSGI
    ),
    Case(
        "http: form of 10 fields, ASGI", site("asgi", exchange.form, check=essence, **BARE), wanted=15.0, peers=ON_ASGI
    ),
    Case("http: 2 KB of JSON, WSGI", site("wsgi", exchange.document, check=essence, **BARE), wanted=2.0, peers=ON_WSGI),
    Case(
        "http: 2 KB of JSON, ASGI", site("asgi", exchange.document, check=essence, **BARE), wanted=15.0, peers=ON_ASGI
    ),
    Case(
        "http: upload of 1 MiB, WSGI", site("wsgi", exchange.upload, check=essence, **BARE), wanted=4.0, peers=ON_WSGI
    ),
    Case(
        "http: upload of 1 MiB, ASGI", site("asgi", exchange.upload, check=essence, **BARE), wanted=5.0, peers=ON_ASGI
    ),
    Case("http: reverse", reversing, wanted=3.0),
    Case("http: resolve the last of 10 routes", resolving, wanted=1.5),
    Case("http: resolve the last of 10,000 routes", lambda scale: resolving(1000), wanted=100.0),
]
