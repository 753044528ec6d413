"""Connections of concurrent ASGI requests: their own while they run, kept between them as CONN_MAX_AGE says."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PREPARE = """
import asyncio, sys, logging
from hotclub.conf import settings
settings.configure(
    ALLOWED_HOSTS=["testserver"], SECRET_KEY="x" * 50, ROOT_URLCONF="__main__", LOGGING_CONFIG=None,
    DATABASES={"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": sys.argv[1], "CONN_MAX_AGE": int(sys.argv[2]),
                           "ATOMIC_REQUESTS": len(sys.argv) > 3}},
    INSTALLED_APPS=["hotclub.contrib.contenttypes", "hotclub.contrib.auth"], MIDDLEWARE=[],
)
import hotclub
hotclub.setup()
logging.disable(logging.CRITICAL)
from hotclub.contrib.auth.models import Group
from hotclub.core.handlers.asgi import ASGIHandler
from hotclub.core.management import call_command
from hotclub.db import connection, connections, transaction
from hotclub.db.backends.signals import connection_created
from hotclub.http import HttpResponse
from hotclub.urls import path
call_command("migrate", verbosity=0)
urlpatterns = []
opened = []
connection_created.connect(lambda **kw: opened.append(kw["connection"]), weak=False)

async def get(application, url, gone_after=None):
    messages, sent = [{"type": "http.request", "body": b""}], []
    async def receive():
        if messages: return messages.pop()
        if gone_after is not None:
            await gone_after.wait()
            return {"type": "http.disconnect"}
        await asyncio.Event().wait()
    async def send(message): sent.append(message)
    scope = {"type": "http", "path": url, "method": "GET", "headers": [(b"host", b"testserver")], "query_string": b"",
             "scheme": "http", "server": ("testserver", 80)}
    await application(scope, receive, send)
    return sent
"""


def run(tmp_path: Path, code: str, max_age: int = 0, atomic: bool = False, name: str | None = None) -> None:
    script = tmp_path / "site_with_connections.py"
    script.write_text(PREPARE + textwrap.dedent(code))
    result = subprocess.run(
        [
            sys.executable,
            str(script),
            name or str(tmp_path / "db.sqlite3"),
            str(max_age),
            *(["atomic"] if atomic else []),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]


@pytest.mark.parametrize("view", ["sync", "async"])
def test_concurrent_requests_have_connections_of_their_own(tmp_path, view):
    run(
        tmp_path,
        f"""
        import threading
        seen = set()
        both = threading.Barrier(2, timeout=10)
        there = []
        def sync_view(request):
            Group.objects.count()
            seen.add(id(connection.connection))
            both.wait()
            return HttpResponse()
        async def async_view(request):
            await Group.objects.acount()
            seen.add(id(connection.connection))
            there.append(1)
            while len(there) < 2: await asyncio.sleep(0.001)
            return HttpResponse()
        urlpatterns.append(path("", {view}_view))
        async def main():
            application = ASGIHandler()
            for sent in await asyncio.gather(get(application, "/"), get(application, "/")):
                assert sent[0]["status"] == 200
        asyncio.run(main())
        assert len(seen) == 2
        """,
    )


@pytest.mark.parametrize(("max_age", "wanted"), [(0, 6), (600, 1)])
def test_connections_live_as_long_as_conn_max_age_says(tmp_path, max_age, wanted):
    run(
        tmp_path,
        f"""
        def sync_view(request): return HttpResponse(str(Group.objects.count()))
        async def async_view(request): return HttpResponse(str(await Group.objects.acount()))
        urlpatterns += [path("sync/", sync_view), path("async/", async_view)]
        connections.close_all()
        opened.clear()
        async def main():
            application = ASGIHandler()
            for url in ("/sync/", "/async/") * 3:
                assert (await get(application, url))[0]["status"] == 200
        asyncio.run(main())
        assert len(opened) == {wanted}, len(opened)
        """,
        max_age=max_age,
    )


def test_a_peak_leaves_no_connections_behind(tmp_path):
    run(
        tmp_path,
        """
        async def view(request):
            count = await Group.objects.acount()
            await asyncio.sleep(0.01)
            return HttpResponse(str(count))
        urlpatterns.append(path("", view))
        async def main():
            application = ASGIHandler()
            await asyncio.gather(*(get(application, "/") for _ in range(20)))
            assert len(connections._kept) <= 20
            await asyncio.sleep(1.1)  # past CONN_MAX_AGE
            for _ in range(25): await get(application, "/")
            assert len(connections._kept) == 1
        asyncio.run(main())
        """,
        max_age=1,
    )


def test_a_task_that_outlives_its_request_does_not_share_with_the_next(tmp_path):
    run(
        tmp_path,
        """
        tasks, seen = [], []
        async def left_behind():
            await asyncio.sleep(0.05)
            await Group.objects.acount()
            return connection.connection
        async def view(request):
            await Group.objects.acount()
            if not tasks: tasks.append(asyncio.create_task(left_behind()))
            else:
                seen.append(connection.connection)
                await asyncio.sleep(0.1)
            return HttpResponse()
        urlpatterns.append(path("", view))
        async def main():
            application = ASGIHandler()
            await get(application, "/")
            await get(application, "/")
            assert await tasks[0] is not seen[0]
        asyncio.run(main())
        """,
        max_age=600,
    )


def test_a_database_in_memory_is_the_one_of_the_process(tmp_path):
    run(
        tmp_path,
        """
        Group.objects.create(name="from outside")
        def sync_view(request): return HttpResponse(str(Group.objects.count()))
        async def async_view(request): return HttpResponse(str(await Group.objects.acount()))
        urlpatterns += [path("sync/", sync_view), path("async/", async_view)]
        async def main():
            application = ASGIHandler()
            for url in ("/sync/", "/async/"):
                assert (await get(application, url))[1]["body"] == b"1"
        asyncio.run(main())
        """,
        name=":memory:",
    )


def test_the_client_goes_away_inside_a_transaction(tmp_path):
    run(
        tmp_path,
        """
        inside = []
        async def view(request):
            async with transaction.atomic():
                await Group.objects.acreate(name="half done")
                inside[0].set()
                await asyncio.sleep(30)
        async def after(request): return HttpResponse(str(await Group.objects.acount()))
        urlpatterns += [path("", view), path("after/", after)]
        from hotclub.core.signals import request_finished
        finished = []
        request_finished.connect(lambda **kw: finished.append(1), weak=False)
        async def main():
            application = ASGIHandler()
            inside.append(asyncio.Event())
            assert await asyncio.wait_for(get(application, "/", gone_after=inside[0]), 5) == []
            assert finished == [1]
            sent = await get(application, "/after/")
            assert (sent[0]["status"], sent[1]["body"]) == (200, b"0")
        asyncio.run(main())
        """,
        max_age=600,
    )


def test_atomic_requests_roll_a_sync_view_back_and_refuse_an_async_one(tmp_path):
    run(
        tmp_path,
        """
        def view(request):
            Group.objects.create(name="half done")
            assert connection.in_atomic_block
            if "fail" in request.path: raise ValueError
            return HttpResponse()
        async def async_view(request): return HttpResponse()
        urlpatterns += [path("", view), path("fail/", view), path("async/", async_view)]
        async def main():
            application = ASGIHandler()
            assert (await get(application, "/fail/"))[0]["status"] == 500
            assert await Group.objects.acount() == 0
            assert (await get(application, "/"))[0]["status"] == 200
            assert await Group.objects.acount() == 1
            assert (await get(application, "/async/"))[0]["status"] == 500
        asyncio.run(main())
        """,
        atomic=True,
    )
