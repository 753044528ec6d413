"""The example site, as `make demo` brings it up, over real HTTP."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

SITE = Path(__file__).parents[2] / "examples" / "polls"


def manage(database: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=SITE,
        env={**os.environ, "COMMUNITY_DB": str(database), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of the running site and the password of its login."""
    database = tmp_path_factory.mktemp("demo") / "community.sqlite3"
    done = manage(database, "demo", "--no-serve")
    assert done.returncode == 0, done.stdout + done.stderr
    login = re.search(r"the login\s+admin / (\S+)", done.stdout)
    assert login, done.stdout
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"],
        cwd=SITE,
        env={**os.environ, "COMMUNITY_DB": str(database)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", timeout=20)
                break
            except httpx.TransportError:
                assert server.poll() is None, "the server stopped"
                assert time.monotonic() < deadline, "the server did not answer within 30 seconds"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", login[1]
    finally:
        server.terminate()
        server.wait(20)


class Browser(httpx.Client):
    """Sends a page's hidden fields back with its form, as a browser does."""

    def submit(self, page: str, action: str | None = None, **fields: object) -> httpx.Response:
        html = self.get(page).text
        hidden = {}
        for tag in re.findall(r'<input type="hidden"[^>]*>', html):
            attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            hidden[attributes["name"]] = attributes.get("value", "")
        return self.post(action or page, data={**hidden, **fields})


@pytest.fixture
def browser(site: tuple[str, str]) -> Iterator[Browser]:
    with Browser(base_url=site[0], follow_redirects=True, timeout=30) as client:
        yield client


def log_in(browser: Browser, password: str) -> None:
    answer = browser.submit("/accounts/login/", username="admin", password=password)
    assert answer.status_code == 200
    assert "Log out" in answer.text, answer.text[:3000]


def test_it_can_be_brought_up_again(tmp_path: Path) -> None:
    database = tmp_path / "twice.sqlite3"
    first, second = (manage(database, "demo", "--no-serve") for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    login = re.compile(r"the login\s+(.+)")
    assert login.findall(first.stdout) == login.findall(second.stdout)


def test_everybody_can_read(browser: Browser) -> None:
    index = browser.get("/")
    assert index.status_code == 200
    assert "Which evening should the club meet?" in browser.get("/?q=evening").text
    assert "Tabs or spaces?" not in browser.get("/?q=evening").text
    assert "Page 1 of 2" in index.text
    assert "Tabs or spaces?" in browser.get("/tags/code/").text
    assert browser.get("/tags/none-such/").status_code == 404
    assert browser.get("/static/polls/site.css").headers["content-type"].startswith("text/css")
    answer = browser.get("/api/questions/1/").json()
    assert answer["question"] == "Which evening should the club meet?"
    assert {choice["text"] for choice in answer["choices"]} == {"Tuesday", "Thursday", "Sunday"}


def test_a_vote_counts_once(browser: Browser, site: tuple[str, str]) -> None:
    log_in(browser, site[1])
    before = browser.get("/api/questions/2/").json()["choices"]
    choice = re.search(r'name="choice" value="(\d+)"', browser.get("/2/").text)
    assert choice
    first = browser.submit("/2/", "/2/vote/", choice=choice[1])
    assert "Your vote counts." in first.text
    second = browser.submit("/2/", "/2/vote/", choice=choice[1])
    assert "You have voted on this question already." in second.text
    after = browser.get("/api/questions/2/").json()["choices"]
    assert sum(c["votes"] for c in after) == sum(c["votes"] for c in before) + 1


def test_a_vote_without_the_token_is_refused(browser: Browser, site: tuple[str, str]) -> None:
    log_in(browser, site[1])
    assert browser.post("/2/vote/", data={"choice": "1"}).status_code == 403


def test_ask_a_question_and_comment_on_it(browser: Browser, site: tuple[str, str]) -> None:
    log_in(browser, site[1])
    short = browser.submit("/ask/", text="Is one choice enough?", choices="Yes")
    assert "Give two to ten different choices" in short.text
    made = browser.submit("/ask/", text="<b>Bold</b> question?", choices="Yes\nNo", details="")
    assert "Your question is online." in made.text
    assert "&lt;b&gt;Bold&lt;/b&gt; question?" in made.text
    page = str(made.url.path)
    said = browser.submit(page, f"{page}comment/", body="<script>alert(1)</script> see https://example.com")
    assert "&lt;script&gt;" in said.text
    assert 'href="https://example.com"' in said.text


def test_join_the_club(browser: Browser) -> None:
    weak = browser.submit("/people/join/", username="newcomer", password1="password", password2="password")
    assert "too common" in weak.text
    answer = browser.submit(
        "/people/join/", username="newcomer", password1="lantern-quay-71", password2="lantern-quay-71"
    )
    assert "Welcome, newcomer!" in answer.text


def test_the_admin_adds_a_question_that_the_site_shows(browser: Browser, site: tuple[str, str]) -> None:
    assert "Log in" in browser.get("/admin/").text
    browser.submit("/admin/login/?next=/admin/", username="admin", password=site[1])
    added = browser.submit(
        "/admin/polls/question/add/",
        **{
            "text": "Asked in the admin?",
            "author": 1,
            "pub_date_0": "2020-02-02",
            "pub_date_1": "12:00:00",
            "choices-0-text": "Surely",
            "choices-1-text": "Hardly",
        },
    )
    assert "was added successfully" in added.text, added.text[:5000]
    assert "Asked in the admin?" in browser.get("/admin/polls/question/?q=admin").text
    assert "Asked in the admin?" in browser.get("/?q=Asked").text
