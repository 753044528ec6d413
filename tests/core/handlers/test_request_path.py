"""The whole path of a request under both interfaces: thread hops, error pages, hostile requests.

Each case runs in a process of its own, so that it has its own settings.
"""

import subprocess
import sys
import textwrap

PREPARE = """
import asyncio, io, warnings
from hotclub.conf import settings
NAMES = ["middleware.security.SecurityMiddleware", "contrib.sessions.middleware.SessionMiddleware",
         "middleware.common.CommonMiddleware", "middleware.csrf.CsrfViewMiddleware",
         "contrib.auth.middleware.AuthenticationMiddleware", "contrib.messages.middleware.MessageMiddleware",
         "middleware.clickjacking.XFrameOptionsMiddleware"]
settings.configure(
    ALLOWED_HOSTS=["testserver"], SECRET_KEY="x" * 50, ROOT_URLCONF="__main__", LOGGING_CONFIG=None,
    MIDDLEWARE=["hotclub." + name for name in NAMES],
    DATABASES={"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["hotclub.contrib.auth", "hotclub.contrib.contenttypes", "hotclub.contrib.sessions", "hotclub.contrib.messages"],
    TEMPLATES=[{"BACKEND": "hotclub.template.backends.django.DjangoTemplates"}],
)
import hotclub
hotclub.setup()
from hotclub.http import HttpResponse, JsonResponse
from hotclub.urls import path
from hotclub.core.handlers.asgi import ASGIHandler
from hotclub.core.handlers.wsgi import WSGIHandler

def sync_view(request): return JsonResponse({"path": request.path})
async def async_view(request): return JsonResponse({"path": request.path})
def broken(request): raise ValueError("secret detail")
urlpatterns = [path("sync/", sync_view), path("async/", async_view), path("broken/", broken)]

def wsgi(method="GET", url="/sync/", body=b"", **environ):
    sent = []
    response = WSGIHandler()({"REQUEST_METHOD": method, "PATH_INFO": url, "SERVER_NAME": "testserver", "SERVER_PORT": "80",
        "wsgi.url_scheme": "http", "HTTP_HOST": "testserver", "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)), **environ}, lambda status, headers: sent.append((status, headers)))
    content = b"".join(response)
    response.close()
    return sent[0][0], dict(sent[0][1]), content

async def asgi(url, application=None):
    messages, sent = [{"type": "http.request", "body": b""}], []
    async def receive():
        if messages: return messages.pop()
        await asyncio.sleep(3600)
    async def send(message): sent.append(message)
    scope = {"type": "http", "path": url, "method": "GET", "headers": [(b"host", b"testserver")], "query_string": b"",
             "scheme": "http", "server": ("testserver", 80)}
    await (application or ASGIHandler())(scope, receive, send)
    return sent
"""


def run(code):
    result = subprocess.run(
        [sys.executable, "-c", PREPARE + textwrap.dedent(code)], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr[-3000:]


def test_default_stack_costs_no_thread_for_async_views_and_one_for_sync_views():
    run("""
        from concurrent.futures import ThreadPoolExecutor
        hops = []
        submit = ThreadPoolExecutor.submit
        def counting(self, function, *args, **kwargs):
            hops.append(function)
            return submit(self, function, *args, **kwargs)
        ThreadPoolExecutor.submit = counting
        from hotclub.core.handlers.threads import _Call, RequestThread
        call, submitted = _Call.__call__, RequestThread.submit
        def counting_call(self):
            hops.append(self.function)
            call(self)
        _Call.__call__ = counting_call
        RequestThread.submit = lambda self, *args, **kwargs: hops.append(args) or submitted(self, *args, **kwargs)
        async def main():
            application = ASGIHandler()
            assert (await asgi("/async/", application))[0]["status"] == 200
            assert len(hops) == 0, hops
            assert (await asgi("/sync/", application))[0]["status"] == 200
            assert len(hops) == 1, hops
        asyncio.run(main())
    """)


def test_both_interfaces_give_the_same_response():
    run("""
        status, headers, content = wsgi()
        sent = asyncio.run(asgi("/sync/"))
        assert status == "200 OK" and sent[0]["status"] == 200
        assert {name.decode(): value.decode() for name, value in sent[0]["headers"]} == headers
        assert sent[1]["body"] == content == b'{"path": "/sync/"}'
        for name in ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy"):
            assert name in headers
    """)


def test_errors_say_nothing_about_the_inside():
    run("""
        for url, wanted in (("/broken/", "500"), ("/nothing/", "404")):
            status, headers, content = wsgi(url=url)
            assert status.startswith(wanted), status
            assert b"secret detail" not in content and b"Traceback" not in content
        settings.DEBUG = True
        status, headers, content = wsgi(url="/broken/", HTTP_ACCEPT="text/html")
        assert status.startswith("500") and b"secret detail" in content and settings.SECRET_KEY.encode() not in content
    """)


def test_hostile_hosts_and_forged_posts_are_refused():
    run("""
        for host in ("evil.example", "testserver@evil.example", "testserver:80/path", "a" * 5000, "testserver\\nX: y"):
            assert wsgi(HTTP_HOST=host)[0].startswith("400"), host
        assert wsgi("POST")[0].startswith("403")
        token = "a" * 32
        good = {"HTTP_COOKIE": "csrftoken=" + token, "HTTP_X_CSRFTOKEN": token}
        assert wsgi("POST", **good)[0].startswith("200")
        assert wsgi("POST", HTTP_ORIGIN="https://evil.example", **good)[0].startswith("403")
        assert wsgi("POST", HTTP_SEC_FETCH_SITE="cross-site", **good)[0].startswith("403")
        assert wsgi("POST", HTTP_SEC_FETCH_SITE="same-origin", **good)[0].startswith("200")
        # Over HTTPS a page of ours must have sent it.
        secure = {**good, "wsgi.url_scheme": "https"}
        assert wsgi("POST", **secure)[0].startswith("403")
        assert wsgi("POST", HTTP_REFERER="https://testserver/form/", **secure)[0].startswith("200")
    """)


def test_a_client_that_goes_away_cancels_the_view():
    run("""
        seen = []
        async def slow(request):
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise
        urlpatterns.append(path("slow/", slow))
        async def main():
            messages = [{"type": "http.disconnect"}, {"type": "http.request"}]
            async def receive():
                await asyncio.sleep(0.01)
                return messages.pop()
            sent = []
            async def send(message): sent.append(message)
            await asyncio.wait_for(ASGIHandler()({"type": "http", "path": "/slow/", "method": "GET", "query_string": b"",
                "headers": [(b"host", b"testserver")]}, receive, send), 5)
            assert seen == ["cancelled"] and not sent
        asyncio.run(main())
    """)


def test_bodies_are_bounded():
    run("""
        from hotclub.views.decorators.csrf import csrf_exempt
        @csrf_exempt
        def read(request): return HttpResponse(str(len(request.POST)))
        urlpatterns.append(path("read/", read))
        form = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
        assert wsgi("POST", "/read/", b"a=1&b=2", **form)[2] == b"2"
        assert wsgi("POST", "/read/", b"a=" + b"x" * 3_000_000, **form)[0].startswith("400")
        assert wsgi("POST", "/read/", b"&".join([b"a=1"] * 1001), **form)[0].startswith("400")
    """)


def test_a_get_request_is_not_asked_for_a_body():
    run("""
        asked, sent = [], []
        async def receive():
            asked.append(1)
            return {"type": "http.request", "body": b"abc"}
        async def send(message): sent.append(message)
        scope = {"type": "http", "http_version": "1.1", "method": "GET", "headers": [(b"host", b"testserver")],
                 "path": "/async/", "query_string": b"", "scheme": "http", "server": ("testserver", 80)}
        async def main():
            await ASGIHandler()(scope, receive, send)
            assert sent[0]["status"] == 200 and not asked
            # A body that is announced is read, and so is one that need not be announced.
            for other in ({"headers": [*scope["headers"], (b"content-length", b"3")]}, {"http_version": "2"}, {"method": "HEAD",
                          "headers": [*scope["headers"], (b"transfer-encoding", b"chunked")]}):
                asked.clear()
                await ASGIHandler()({**scope, **other}, receive, send)
                assert len(asked) == 1, other
        asyncio.run(main())
    """)


def test_nobody_listens_for_the_client_of_a_short_sync_view_where_that_is_dear():
    run("""
        import time
        from hotclub.core.handlers import asgi as module
        begun = []
        begin = module._Watch._begin
        module._Watch._begin = lambda self, loop: begun.append(1) or begin(self, loop)
        async def listening(): await asyncio.sleep(30)
        async def request(patient, seconds):
            begun.clear()
            with module.request_thread():
                work = module.run_sync(time.sleep, seconds)
                waits_for = work.send(None)
                watch = module._Watch(listening(), patient=patient)
                await module._resumed(work, waits_for)
                watch.stop()
            return len(begun)
        async def main():
            assert await request(True, 0) == 0
            assert await request(True, 0.2) == 1
            assert await request(False, 0.2) == 1
        asyncio.run(main())
    """)


def test_a_request_that_waits_for_nothing_makes_no_task_no_thread_and_takes_no_connections():
    run("""
        from hotclub.core.handlers import asgi as module, threads
        from hotclub.db import connections
        made = []
        def noting(owner, name):
            original = getattr(owner, name)
            setattr(owner, name, lambda *args, **kwargs: made.append(name) or original(*args, **kwargs))
        noting(module, "_Watch")
        noting(connections, "_fetch_kept")
        noting(threads.RequestThread, "_put")
        async def waiting(request):
            await asyncio.sleep(0)
            return HttpResponse()
        urlpatterns.append(path("waiting/", waiting))
        async def main():
            application = ASGIHandler()
            assert (await asgi("/async/", application))[0]["status"] == 200 and made == []
            assert (await asgi("/waiting/", application))[0]["status"] == 200 and made == ["_Watch"]
            made.clear()
            assert (await asgi("/sync/", application))[0]["status"] == 200 and sorted(made) == ["_Watch", "_put"]
        asyncio.run(main())
    """)


def test_python_calls_of_a_request_stay_few():
    # Time cannot be tested, calls can: each costs 0.05 to 0.1 µs. Raise a bound with a reason only.
    run("""
        import sys
        async def bare(request): return HttpResponse("Hello")
        def bare_sync(request): return HttpResponse("Hello")
        urlpatterns += [path("bare/", bare), path("bare-sync/", bare_sync)]
        own, known = __import__("hotclub").__path__[0], []
        def calls_of(work):
            seen = []
            def note(frame, event, arg):
                if event == "call" and frame.f_code.co_filename.startswith(own):
                    seen.append(frame.f_code.co_qualname)
            work()
            sys.setprofile(note)
            try: work()
            finally: sys.setprofile(None)
            return seen
        async def over_asgi(application, url):
            # Begun by hand, so that the loop's own work is not counted.
            def work():
                try: asgi(url, application).send(None)
                except StopIteration as done: assert done.value[0]["status"] == 200
                else: raise AssertionError("it waited")
            return calls_of(work)
        def measure():
            asynchronous, synchronous = ASGIHandler(), WSGIHandler()
            def work():
                environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/bare-sync/", "SERVER_NAME": "testserver",
                           "SERVER_PORT": "80", "wsgi.url_scheme": "http", "HTTP_HOST": "testserver"}
                response = synchronous(environ, lambda status, headers: None)
                list(response)
                response.close()
            return asyncio.run(over_asgi(asynchronous, "/bare/")), calls_of(work)
        whole = measure()
        settings.MIDDLEWARE = []
        bare = measure()
        for seen, bound in ((bare[0], 63), (bare[1], 59), (whole[0], 112), (whole[1], 106)):
            assert len(seen) <= bound, (len(seen), bound, seen)
    """)
