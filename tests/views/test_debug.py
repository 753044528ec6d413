"""The debug page: the statements of a request as a timeline, repeated ones marked, secrets hidden."""

import subprocess
import sys

from hotclub.views.debug import query_timeline

SITE = """
import logging, re
import hotclub
from hotclub.conf import settings

settings.configure(
    SECRET_KEY="sesame one", API_TOKEN="sesame two", MY_DATABASE={"password": "sesame three", "host": "shown"},
    DEBUG=True, ALLOWED_HOSTS=["testserver"], ROOT_URLCONF=__name__, MIDDLEWARE=[],
    DATABASES={"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["hotclub.contrib.contenttypes", "hotclub.contrib.auth"],
)
hotclub.setup()
logging.disable(logging.CRITICAL)
from hotclub.contrib.auth.models import Group
from hotclub.core.management import call_command
from hotclub.test import Client
from hotclub.urls import path

call_command("migrate", verbosity=0)

def broken(request):
    for _ in range(3):
        list(Group.objects.filter(name="<b>"))
    Group.objects.count()
    local = "a local variable"
    raise ValueError("seen on the page")

urlpatterns = [path("broken/", broken)]
response = Client(raise_request_exception=False).get("/broken/")
page = response.content.decode()
assert response.status_code == 500
for shown in ("seen on the page", "a local variable", "4 statements", "3 of them run more than once", "&#x27;shown&#x27;"):
    assert shown in page, shown
assert page.count("<strong>3 times</strong>") == 3
assert "sesame" not in page
assert "<b>" not in page
"""


def test_the_page_of_a_broken_view():
    done = subprocess.run([sys.executable, "-c", SITE], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_statements_stand_one_after_the_other():
    found = query_timeline(
        [("default", "SELECT 1", 0.001), ("other", "SELECT 1", 0.002), ("default", "SELECT 1", 0.001)]
    )
    assert [(row["before"], row["share"], row["times"]) for row in found["rows"]] == [
        ("0.0", "25.0", 2),
        ("25.0", "50.0", 1),
        ("75.0", "25.0", 2),
    ]
    assert (found["milliseconds"], found["repeated"]) == ("4.0", 2)


def test_no_statement_and_no_time():
    assert query_timeline([])["rows"] == []
    assert query_timeline([("default", "SELECT 1", 0.0)])["rows"][0]["share"] == "0.0"
