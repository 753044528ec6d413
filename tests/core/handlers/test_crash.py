"""A view that crashes: what was committed stays, what was not is rolled back, and the stranger learns nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SITE = """
import asyncio, logging, sys
import hotclub
from hotclub.conf import settings

settings.configure(
    SECRET_KEY="crash", DEBUG=False, ALLOWED_HOSTS=["testserver"], ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": sys.argv[1]}},
    INSTALLED_APPS=["hotclub.contrib.contenttypes", "hotclub.contrib.auth"],
    MIDDLEWARE=["hotclub.middleware.common.CommonMiddleware"],
)
hotclub.setup()
logging.disable(logging.CRITICAL)
from hotclub.contrib.auth.models import Group
from hotclub.core.management import call_command
from hotclub.db import transaction
from hotclub.http import HttpResponse
from hotclub.test import AsyncClient, Client
from hotclub.urls import path

call_command("migrate", verbosity=0)


def crash(request):
    Group.objects.create(name="committed")
    with transaction.atomic():
        Group.objects.create(name="half done")
        secret = "do-not-tell"
        raise RuntimeError(secret)


async def async_crash(request):
    await Group.objects.acreate(name="committed")
    async with transaction.atomic():
        await Group.objects.acreate(name="half done")
        raise RuntimeError("do-not-tell")


def fine(request):
    return HttpResponse(",".join(Group.objects.values_list("name", flat=True)))


urlpatterns = [path("crash/", crash), path("async/", async_crash), path("fine/", fine)]

if sys.argv[2] == "sync":
    client = Client(raise_request_exception=False)
    crashed, after = client.get("/crash/"), client.get("/fine/")
else:
    client = AsyncClient(raise_request_exception=False)

    async def visit():
        return await client.get("/async/"), await client.get("/fine/")

    crashed, after = asyncio.run(visit())
assert crashed.status_code == 500
page = crashed.content.decode()
assert "Server Error (500)" in page, page
for inside in ("do-not-tell", "RuntimeError", "Traceback", ".py", "half done"):
    assert inside not in page, (inside, page)
assert (after.status_code, after.content) == (200, b"committed"), after.content
"""


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_crash_loses_nothing_and_tells_nothing(tmp_path: Path, way: str) -> None:
    script = tmp_path / "site_that_crashes.py"
    script.write_text(SITE)
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "db.sqlite3"), way],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
