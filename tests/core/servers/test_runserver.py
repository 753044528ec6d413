"""`runserver` as a newcomer uses it, by a real process; pages that reload themselves."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from hotclub.core.servers.browser_reload import IDENTITY_PATH, SCRIPT_PATH, TAG, ASGIReloadingPages, ReloadingPages
from tests.core.servers.site import Server, free_port, get, make_site

PAGE = b"<html><body><p>page</p></body></html>"


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("options", [[], ["--asgi"]])
def test_edit_a_file_and_both_server_and_page_are_new(tmp_path, options):
    pytest.importorskip("granian", reason="the `server` extra is not installed")
    directory = make_site(tmp_path)
    with (directory / "site_settings.py").open("a") as settings:
        settings.write("DEBUG = True\n")
    urls = directory / "site_urls.py"
    urls.write_text(
        urls.read_text()
        + "urlpatterns.append(path('page/', lambda request: HttpResponse('<body>' + VERSION + '</body>')))\n"
    )
    port = free_port()
    server = Server(directory, "runserver", f"127.0.0.1:{port}", *options, port=port)
    try:
        server.wait_for("Quit the server with")
        _until_up(port)
        page = body_of(get(port, "/page/"))
        assert page == b"<body>first" + TAG + b"</body>"
        assert b"fetch(" in get(port, SCRIPT_PATH)
        assert get(port, "/static/nothing.css").startswith(b"HTTP/1.1 404")
        identity = body_of(get(port, IDENTITY_PATH))
        urls.write_text(urls.read_text().replace('VERSION = "first"', 'VERSION = "second"'))
        server.wait_for("site_urls.py changed, reloading")
        deadline = time.monotonic() + 40
        while not body_of(_try(port, "/page/")).startswith(b"<body>second"):
            assert time.monotonic() < deadline, "".join(server.lines)
            time.sleep(0.2)
        assert body_of(get(port, IDENTITY_PATH)) != identity
        lines = "".join(server.lines)
        assert '"GET /page/ HTTP/1.1" 200' in lines
        assert '"GET /static/nothing.css HTTP/1.1" 404' in lines
        assert IDENTITY_PATH not in lines
        # Another one on the same port is told who has it.
        other = Server(directory, "runserver", "--noreload", f"127.0.0.1:{port}")
        other.wait_for("That port is already in use. Stop ")
        assert other.process.wait(20) == 1
        other.stop()
        if sys.platform == "linux":
            assert any("Stop process" in line for line in other.lines)
    finally:
        server.stop()


def _try(port: int, path: str) -> bytes:
    try:
        return get(port, path)
    except OSError:
        return b""


def _until_up(port: int) -> None:
    deadline = time.monotonic() + 40
    while not _try(port, "/"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


# -- pages --


def wsgi(headers, body, path="/", method="GET"):
    closed = []

    class Response(list):
        def close(self):
            closed.append(1)

    def application(environ, start_response):
        start_response("200 OK", headers)
        return Response([body])

    started = []
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method}
    response = ReloadingPages(application)(environ, lambda status, headers: started.append((status, dict(headers))))
    content = b"".join(response)
    return started[0][1], content, closed


def asgi(headers, body, path="/", method="GET"):
    sent = []

    async def application(scope, receive, send):
        raw = [(name.lower().encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        half = len(body) // 2
        await send({"type": "http.response.body", "body": body[:half], "more_body": True})
        await send({"type": "http.response.body", "body": body[half:]})

    async def send(message):
        sent.append(message)

    asyncio.run(ASGIReloadingPages(application)({"type": "http", "path": path, "method": method}, None, send))
    found = {name.decode().title(): value.decode() for name, value in sent[0]["headers"]}
    return found, b"".join(message.get("body", b"") for message in sent[1:]), [1]


@pytest.mark.parametrize("ask", [wsgi, asgi])
def test_pages_get_the_script_and_nothing_else_does(ask):
    html = ("Content-Type", "text/html; charset=utf-8")
    length = ("Content-Length", str(len(PAGE)))
    headers, body, closed = ask([html, length], PAGE)
    assert body == PAGE.replace(b"</body>", TAG + b"</body>")
    assert headers["Content-Length"] == str(len(body))
    for others in ([("Content-Type", "text/plain"), length], [html, length, ("Content-Encoding", "gzip")], [html]):
        assert ask(others, PAGE)[1] == PAGE
    assert ask([html, length], b"<p>a fragment</p>")[1] == b"<p>a fragment</p>"
    assert ask([html, length], PAGE, method="HEAD")[0]["Content-Length"] == str(len(PAGE))
    assert closed == [1]
    assert b"location.reload()" in ask([], b"", path=SCRIPT_PATH)[1]
