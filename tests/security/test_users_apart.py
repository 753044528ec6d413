"""Sessions, logins, caches and CSRF between two users: a site of its own with a database, in a process of its own."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SITE = """
import asyncio, io, logging, sys, threading
import hotclub
from hotclub.conf import settings

settings.configure(
    SECRET_KEY="apart" * 10, DEBUG=False, ALLOWED_HOSTS=["testserver"], ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": sys.argv[1]}},
    INSTALLED_APPS=["hotclub.contrib.contenttypes", "hotclub.contrib.auth", "hotclub.contrib.sessions"],
    PASSWORD_HASHERS=["hotclub.contrib.auth.hashers.PBKDF2PasswordHasher"],
    CACHES={"default": {"BACKEND": "hotclub.core.cache.backends.locmem.LocMemCache"}},
    SESSION_ENGINE="hotclub.contrib.sessions.backends." + sys.argv[2],
    SESSION_FILE_PATH=sys.argv[1] + ".sessions",
    MIDDLEWARE=[
        "hotclub.middleware.cache.UpdateCacheMiddleware",
        "hotclub.contrib.sessions.middleware.SessionMiddleware",
        "hotclub.middleware.csrf.CsrfViewMiddleware",
        "hotclub.contrib.auth.middleware.AuthenticationMiddleware",
        "hotclub.middleware.cache.FetchFromCacheMiddleware",
    ],
)
import os
os.makedirs(sys.argv[1] + ".sessions")
hotclub.setup()
logging.disable(logging.CRITICAL)
from hotclub.contrib.auth import authenticate, login, logout
from hotclub.contrib.auth.hashers import PBKDF2PasswordHasher
from hotclub.contrib.auth.models import User
from hotclub.core.management import call_command
from hotclub.http import HttpResponse
from hotclub.middleware.csrf import get_token
from hotclub.test import AsyncClient, Client
from hotclub.urls import path
from hotclub.views.decorators.cache import never_cache
from hotclub.views.decorators.csrf import csrf_exempt

call_command("migrate", verbosity=0)
PBKDF2PasswordHasher.iterations = 1000
ADA, BOB = (User.objects.create_user(name, password=name) for name in ("ada", "bob"))

@csrf_exempt
def enter(request):
    user = authenticate(request, username=request.POST["name"], password=request.POST["password"])
    if user is None:
        return HttpResponse("no", status=403)
    login(request, user)
    return HttpResponse("yes")

@csrf_exempt
def leave(request):
    logout(request)
    return HttpResponse("left")

def page(request):
    return HttpResponse(f"page of {request.user.username or 'nobody'}")

def note(request):
    request.session.setdefault("seen", 0)
    request.session["seen"] += 1
    return HttpResponse(f"{request.user.username}:{request.session['seen']}")

def token(request):
    return HttpResponse(get_token(request))

def change(request):
    return HttpResponse("changed")

def plain(request):
    return HttpResponse("same for all")

urlpatterns = [path("enter/", enter), path("leave/", leave), path("page/", page), path("note/", note), path("token/", token),
               path("change/", change), path("plain/", plain)]

def entered(name, client=None):
    client = client or Client()
    assert client.post("/enter/", {"name": name, "password": name}).content == b"yes"
    return client
"""

FIXATION = """
    # A key that an attacker has planted is not the key of the user who logs in.
    attacker = Client()
    attacker.get("/note/")
    planted = attacker.cookies["sessionid"].value
    victim = Client()
    victim.cookies["sessionid"] = planted
    entered("ada", victim)
    assert victim.cookies["sessionid"].value != planted
    assert attacker.get("/page/").content == b"page of nobody"
    # Nor is a key taken over that the server never gave.
    for invented in ("a" * 32, "invented", "../../etc/passwd", "x" * 100_000, "'; DROP TABLE auth_user; --"):
        client = Client()
        client.cookies["sessionid"] = invented
        assert client.get("/note/").content == b":1"
        assert client.cookies["sessionid"].value != invented
    # Another user finds nothing of the one before, and the old key is dead.
    browser = entered("ada")
    browser.get("/note/")
    key = browser.cookies["sessionid"].value
    entered("bob", browser)
    assert browser.get("/note/").content == b"bob:1"
    old = Client()
    old.cookies["sessionid"] = key
    if sys.argv[2] != "signed_cookies":
        assert old.get("/page/").content == b"page of nobody"
    # After logging out, the key is dead as well.
    key = browser.cookies["sessionid"].value
    browser.post("/leave/")
    old.cookies["sessionid"] = key
    if sys.argv[2] != "signed_cookies":
        assert old.get("/page/").content == b"page of nobody"
    # A changed password ends the sessions of a user.
    other = entered("bob")
    BOB.set_password("new"); BOB.save()
    assert other.get("/page/").content == b"page of nobody"
"""

CACHE = """
    # Pages of two users, interleaved: what depends on the user is not given to another.
    ada, bob, nobody = entered("ada"), entered("bob"), Client()
    for _ in range(5):
        for client, name in ((ada, b"ada"), (bob, b"bob"), (nobody, b"nobody")):
            assert client.get("/page/").content == b"page of " + name
    assert "Cookie" in ada.get("/page/").headers["Vary"]
    # What sets a cookie is not kept for others: neither sessions nor tokens.
    first, second = Client(), Client()
    first.get("/note/"), second.get("/note/")
    assert first.cookies["sessionid"].value != second.cookies["sessionid"].value
    first.get("/token/"), second.get("/token/")
    assert first.cookies["csrftoken"].value != second.cookies["csrftoken"].value
    assert Client().get("/plain/").headers.get("Set-Cookie") is None

    # The same with many requests at once, in threads and in one event loop.
    wrong = []
    def visit(client, name):
        for _ in range(20):
            content = client.get("/page/").content
            if content != b"page of " + name:
                wrong.append(content)
    threads = [threading.Thread(target=visit, args=pair) for pair in ((ada, b"ada"), (bob, b"bob"), (nobody, b"nobody")) * 2]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert not wrong, wrong

    async def together():
        clients = []
        for client, name in ((ada, b"ada"), (bob, b"bob")):
            twin = AsyncClient()
            twin.cookies = client.cookies
            clients.append((twin, name))
        async def avisit(client, name):
            for _ in range(20):
                assert (await client.get("/page/")).content == b"page of " + name
        await asyncio.gather(*(avisit(*pair) for pair in clients * 3))
    asyncio.run(together())
"""

CSRF = """
    def post(client, secure=False, **headers):
        return client.post("/change/", secure=secure, headers=headers).status_code

    def browser():
        client = Client(enforce_csrf_checks=True)
        token = client.get("/token/").content.decode()
        return client, token

    client, token = browser()
    assert post(client) == 403, "no token"
    assert post(client, **{"x-csrftoken": "x" * 64}) == 403, "a wrong token"
    assert post(client, **{"x-csrftoken": "x" * 100_000}) == 403
    assert post(client, **{"x-csrftoken": token}) == 200
    other, _ = browser()
    assert post(other, **{"x-csrftoken": token}) == 403, "the token of somebody else"
    bare = Client(enforce_csrf_checks=True)
    assert post(bare, **{"x-csrftoken": token}) == 403, "no cookie"
    # Where it comes from: Origin first, then Sec-Fetch-Site, then over HTTPS the Referer.
    good = {"x-csrftoken": token}
    for origin in ("http://evil.example", "null", "http://testserver.evil.example", "https://testserver", "testserver", ""):
        assert post(client, origin=origin, **good) == 403, origin
    assert post(client, origin="http://testserver", **good) == 200
    assert post(client, **{"sec-fetch-site": "cross-site"}, **good) == 403
    assert post(client, **{"sec-fetch-site": "same-origin"}, **good) == 200
    assert post(client, True, **good) == 403, "HTTPS without a referer"
    for referer in ("", "http://testserver/", "https://evil.example/", "https://testserver.evil.example/", "testserver",
                    "https://testserver@evil.example/", "https://evil.example/https://testserver/", "https://[::1", "//testserver/"):
        assert post(client, True, referer=referer, **good) == 403, referer
    assert post(client, True, referer="https://testserver/form/", **good) == 200
    # The token of before a login is worth nothing afterwards.
    before = client.cookies["csrftoken"].value
    entered("ada", client)
    assert client.cookies["csrftoken"].value != before
    assert post(client, **good) == 403
"""

TIMING = """
    # Unknown name, wrong password, inactive user: the same work, counted in iterations of the hash.
    work = []
    encode = PBKDF2PasswordHasher.encode
    def counted(self, password, salt, iterations=None):
        work.append(iterations or self.iterations)
        return encode(self, password, salt, iterations)
    PBKDF2PasswordHasher.encode = counted
    User.objects.create_user("sleeping", password="sleeping", is_active=False)
    nothing = User.objects.create_user("nothing"); assert not nothing.has_usable_password()
    spent = {}
    for name, password in (("ada", "wrong"), ("unknown", "wrong"), ("sleeping", "wrong"), ("sleeping", "sleeping"), ("nothing", "x")):
        work.clear()
        assert authenticate(None, username=name, password=password) is None
        spent[name, password] = sum(work)
    assert len(set(spent.values())) == 1 and spent["ada", "wrong"] > 0, spent
    # And in an event loop.
    from hotclub.contrib.auth import aauthenticate
    async def both():
        for name in ("ada", "unknown"):
            work.clear()
            assert await aauthenticate(None, username=name, password="wrong") is None
            spent["async", name] = sum(work)
    asyncio.run(both())
    assert len(set(spent.values())) == 1, spent
"""


def run(tmp_path: Path, code: str, engine: str) -> None:
    script = tmp_path / "site_of_two.py"
    script.write_text(SITE + "\nif True:\n" + textwrap.indent(textwrap.dedent(code), "    "))
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "db.sqlite3"), engine],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("engine", ["db", "cache", "cached_db", "file", "signed_cookies"])
def test_a_session_is_not_fixed_from_outside(tmp_path: Path, engine: str) -> None:
    run(tmp_path, FIXATION, engine)


@pytest.mark.parametrize("engine", ["db", "cache"])
def test_the_cache_keeps_users_apart(tmp_path: Path, engine: str) -> None:
    run(tmp_path, CACHE, engine)


def test_csrf_with_and_without_origin_and_referer(tmp_path: Path) -> None:
    run(tmp_path, CSRF, "db")


def test_a_failed_login_is_the_same_work_for_everybody(tmp_path: Path) -> None:
    run(tmp_path, TIMING, "db")
