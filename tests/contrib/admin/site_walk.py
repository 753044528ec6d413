"""A project with the admin, used as a person would: prints what happened as JSON. Run as a script, by the tests."""

from __future__ import annotations

import json
import sys
import types

import hotclub
from hotclub.conf import settings

urls = types.ModuleType("walk_urls")
sys.modules["walk_urls"] = urls

settings.configure(
    SECRET_KEY="walk",
    ROOT_URLCONF="walk_urls",
    STATIC_URL="/static/",
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
    PASSWORD_HASHERS=["hotclub.contrib.auth.hashers.MD5PasswordHasher"],
    INSTALLED_APPS=[
        "hotclub.contrib.admin",
        "hotclub.contrib.auth",
        "hotclub.contrib.contenttypes",
        "hotclub.contrib.sessions",
        "hotclub.contrib.messages",
        "walk_shop",
    ],
    MIDDLEWARE=[
        "hotclub.contrib.sessions.middleware.SessionMiddleware",
        "hotclub.contrib.auth.middleware.AuthenticationMiddleware",
        "hotclub.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "hotclub.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "hotclub.template.context_processors.request",
                    "hotclub.contrib.auth.context_processors.auth",
                    "hotclub.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES={"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="hotclub.db.models.BigAutoField",
)
hotclub.setup()

from walk_shop.models import Record, Track  # noqa: E402  # beside this script

from hotclub.contrib import admin  # noqa: E402  # settings come first
from hotclub.contrib.admin.models import LogEntry  # noqa: E402
from hotclub.contrib.auth.models import Permission, User  # noqa: E402
from hotclub.core.management import call_command  # noqa: E402
from hotclub.db import connection  # noqa: E402
from hotclub.test import Client  # noqa: E402
from hotclub.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402
from hotclub.urls import path  # noqa: E402

urls.urlpatterns = [path("admin/", admin.site.urls)]  # type: ignore[attr-defined]


def walk() -> dict[str, object]:
    call_command("migrate", run_syncdb=True, verbosity=0)
    setup_test_environment()
    seen: dict[str, object] = {}
    boss = User.objects.create_superuser("boss", "boss@example.com", "pw")
    browser = Client()
    seen["stranger is sent to log in"] = browser.get("/admin/").headers["Location"]
    login = {"username": "boss", "password": "pw", "next": "/admin/"}
    seen["login"] = browser.post("/admin/login/", login).status_code
    rows = {"track_set-TOTAL_FORMS": "1", "track_set-INITIAL_FORMS": "0", "track_set-0-name": "Minor Swing"}
    seen["add"] = browser.post("/admin/walk_shop/record/add/", {"title": "<Nuages>", **rows}).status_code
    record = Record.objects.get()
    seen["inline"] = list(record.track_set.values_list("name", flat=True))
    page = browser.get("/admin/walk_shop/record/?q=nuages").content.decode()
    seen["list escapes"] = "&lt;Nuages&gt;" in page and "<Nuages>" not in page
    rows = {"track_set-TOTAL_FORMS": "0", "track_set-INITIAL_FORMS": "0"}
    change = f"/admin/walk_shop/record/{record.pk}/change/"
    seen["change"] = browser.post(change, {"title": "Djangology", "sold": "on", **rows}).status_code
    seen["log"] = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    seen["history"] = "Changed Title and Sold." in browser.get(change.replace("change", "history")).content.decode()
    seen["forbidden lookup"] = browser.get("/admin/walk_shop/record/?track__name__startswith=M").status_code

    clerk = User.objects.create_user("clerk", password="pw", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_record"))
    other = Client()
    other.force_login(clerk)
    seen["viewer sees"] = other.get(change).status_code
    seen["viewer cannot change"] = other.post(change, {"title": "x", **rows}).status_code
    seen["viewer cannot delete"] = other.post(
        f"/admin/walk_shop/record/{record.pk}/delete/", {"post": "yes"}
    ).status_code
    seen["viewer cannot add"] = other.post("/admin/walk_shop/record/add/", {"title": "x", **rows}).status_code

    Record.objects.bulk_create([Record(title=f"r{number}") for number in range(15)])
    counts = []
    for _size in (15, 300):
        with CaptureQueriesContext(
            connection,
        ) as context:
            browser.get("/admin/walk_shop/record/")
        counts.append(len(context))
        Record.objects.bulk_create([Record(title="more") for _number in range(285)])
    seen["queries do not grow"] = counts[0] == counts[1]

    action = {"action": "delete_selected", "_selected_action": [str(record.pk)], "index": "0"}
    seen["asks first"] = "Are you sure" in browser.post("/admin/walk_shop/record/", action).content.decode()
    browser.post("/admin/walk_shop/record/", {**action, "post": "yes"})
    seen["deleted"] = not Record.objects.filter(pk=record.pk).exists() and not Track.objects.exists()
    seen["users"] = browser.get(f"/admin/auth/user/{boss.pk}/change/").status_code
    seen["open redirect"] = browser.get("/admin/login/?next=https://evil.example/").headers["Location"]
    return seen


if __name__ == "__main__":
    print(json.dumps(walk()))
