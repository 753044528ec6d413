"""A request through the whole stack, in process, without a socket: WSGI and ASGI; and the URL table."""

from __future__ import annotations

import asyncio
import io

from benchmarks.cases.case import Case, repeated, simple


def wsgi(path, **settings):
    def prepare(scale):
        from django.core.handlers.wsgi import WSGIHandler
        from django.test.utils import override_settings

        with override_settings(**settings):
            application = WSGIHandler()
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "testserver",
            "HTTP_ACCEPT": "*/*",
            "HTTP_USER_AGENT": "benchmark",
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.errors": io.StringIO(),
        }
        seen = {}

        def start_response(status, headers, exc_info=None):
            seen["status"] = status
            seen["headers"] = headers

        def once():
            response = application({**environ, "wsgi.input": io.BytesIO()}, start_response)
            body = b"".join(response)
            response.close()
            return body

        def check():
            body = once()
            return seen["status"], sorted(seen["headers"]), body

        return repeated(once), check

    return prepare


def asgi(path, **settings):
    def prepare(scale):
        from django.core.handlers.asgi import ASGIHandler
        from django.test.utils import override_settings

        with override_settings(**settings):
            application = ASGIHandler()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"testserver"), (b"accept", b"*/*"), (b"user-agent", b"benchmark")],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 80),
        }
        loop = asyncio.new_event_loop()

        async def once():
            sent = []
            told = False
            never = asyncio.get_running_loop().create_future()

            async def receive():
                nonlocal told
                if not told:
                    told = True
                    return {"type": "http.request", "body": b"", "more_body": False}
                return await never

            async def send(message):
                sent.append(message)

            await application(dict(scope), receive, send)
            never.cancel()
            return sent

        async def many(count):
            for _ in range(count):
                await once()

        def check():
            start, *parts = loop.run_until_complete(once())
            return start["status"], sorted(start["headers"]), b"".join(part.get("body", b"") for part in parts)

        return (lambda count: loop.run_until_complete(many(count))), check

    return prepare


def reversing(scale):
    from django.urls import reverse

    return simple(lambda: reverse("item", kwargs={"pk": 17, "slug": "a-slug"}))


def resolving(scale):
    from django.urls import path
    from django.urls.resolvers import RegexPattern, URLResolver

    from benchmarks.site.urls import filler, page

    patterns = [*filler(10 * scale), path("last/<int:pk>/", page, name="last")]
    resolver = URLResolver(RegexPattern(r"^/"), patterns)
    return repeated(lambda: resolver.resolve("/last/17/")), lambda: resolver.resolve("/last/17/").kwargs


CASES = [
    Case("http: JSON view, seven middleware, WSGI", wsgi("/json/"), wanted=2.0),
    Case("http: JSON view, seven middleware, ASGI", asgi("/async/json/"), wanted=15.0),
    Case("http: sync JSON view, seven middleware, ASGI", asgi("/json/")),
    Case("http: plain text, no middleware, WSGI", wsgi("/plain/", MIDDLEWARE=[])),
    Case("http: plain text, no middleware, ASGI", asgi("/async/plain/", MIDDLEWARE=[])),
    Case("http: reverse", reversing),
    Case("http: resolve the last of 11 routes", resolving),
    Case("http: resolve the last of 1,001 routes", lambda scale: resolving(100)),
]
