"""Static files of the production server, asked without a server: codings, caching, conditions, ranges, paths."""

from __future__ import annotations

import asyncio
import gzip
from email.utils import formatdate

import pytest

from hotclub.core.servers import static_files
from hotclub.core.servers.static_files import StaticFiles

STYLE = b"body { color: teal }\n" * 200


@pytest.fixture
def files(tmp_path):
    (tmp_path / "site.css").write_bytes(STYLE)
    (tmp_path / "site.0123456789ab.css").write_bytes(STYLE)
    (tmp_path / "small.txt").write_bytes(b"0123456789")
    (tmp_path / "photo.jpg").write_bytes(b"\xff" * 5000)
    (tmp_path / "app.js").write_bytes(b"let a = 1;\n" * 100)
    (tmp_path / "app.js.br").write_bytes(b"brotli, they say")
    (tmp_path / "app.js.gz").write_bytes(b"gzip, they say")
    (tmp_path / ".hidden").write_text("secret")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "page.html").write_text("<p>inner")
    (tmp_path.parent / "outside.txt").write_text("outside")
    return StaticFiles.of_directory(tmp_path, "/static/", frozenset({"site.0123456789ab.css"}))


def ask(files, path, method="GET", extensions=None, **headers):
    """Return status, headers and body."""
    sent = []

    async def send(message):
        sent.append(message)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": "/static/" + path, "headers": given, "extensions": extensions}
    asyncio.run(files(scope, None, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:])


def test_a_file_and_its_headers(files):
    status, headers, body = ask(files, "site.css")
    assert (status, body) == (200, STYLE)
    assert headers["content-type"] == "text/css; charset=utf-8"
    assert headers["content-length"] == str(len(STYLE))
    assert headers["cache-control"] == "public, max-age=60"
    assert headers["vary"] == "Accept-Encoding"
    assert headers["x-content-type-options"] == "nosniff"
    assert ask(files, "inner/page.html")[2] == b"<p>inner"


def test_hashed_names_are_kept_for_a_year(files):
    assert ask(files, "site.0123456789ab.css")[1]["cache-control"] == "public, max-age=31536000, immutable"


def test_a_coding_is_made_once(files, monkeypatch):
    calls = []
    made = static_files.COMPRESSORS["gzip"]
    monkeypatch.setattr(static_files, "COMPRESSORS", {"gzip": lambda data: calls.append(1) or made(data)})
    for _ in range(3):
        status, headers, body = ask(files, "site.css", accept_encoding="deflate, gzip;q=0.5")
        assert (status, headers["content-encoding"]) == (200, "gzip")
        assert gzip.decompress(body) == STYLE
        assert headers["content-length"] == str(len(body))
    assert calls == [1]


def test_codings_that_lie_beside_the_file_are_preferred(files):
    assert ask(files, "app.js", accept_encoding="gzip, br")[2] == b"brotli, they say"
    assert ask(files, "app.js", accept_encoding="gzip, br;q=0")[2] == b"gzip, they say"
    assert ask(files, "app.js", accept_encoding="identity")[2] == b"let a = 1;\n" * 100


def test_no_coding_where_it_gains_nothing(files):
    for name in ("photo.jpg", "small.txt"):
        headers = ask(files, name, accept_encoding="gzip, br, zstd")[1]
        assert "content-encoding" not in headers
        assert "vary" not in headers


def test_memory_for_codings_is_bounded(files):
    files._left = 100
    assert "content-encoding" not in ask(files, "site.css", accept_encoding="gzip")[1]
    assert files._left == 100


def test_conditional_requests(files):
    _, headers, _ = ask(files, "site.css")
    for condition in (
        {"if_none_match": headers["etag"]},
        {"if_none_match": f'"other", W/{headers["etag"]}'},
        {"if_modified_since": headers["last-modified"]},
    ):
        status, known, body = ask(files, "site.css", **condition)
        assert (status, body, known["etag"]) == (304, b"", headers["etag"])
        assert "content-length" not in known
    assert ask(files, "site.css", if_none_match='"other"')[0] == 200
    assert ask(files, "site.css", if_modified_since=formatdate(0, usegmt=True))[0] == 200
    # Another coding is another representation.
    assert ask(files, "site.css", accept_encoding="gzip")[1]["etag"] != headers["etag"]


def test_ranges(files):
    status, headers, body = ask(files, "small.txt", range="bytes=2-4", accept_encoding="gzip")
    assert (status, body, headers["content-range"], headers["content-length"]) == (206, b"234", "bytes 2-4/10", "3")
    assert ask(files, "small.txt", range="bytes=-3")[2] == b"789"
    status, headers, _ = ask(files, "small.txt", range="bytes=10-")
    assert (status, headers["content-range"]) == (416, "bytes */10")
    etag = ask(files, "small.txt")[1]["etag"]
    assert ask(files, "small.txt", range="bytes=0-0", if_range=etag)[0] == 206
    assert ask(files, "small.txt", range="bytes=0-0", if_range='"old"')[::2] == (200, b"0123456789")
    assert ask(files, "small.txt", range="bytes=0-1,3-4")[0] == 200


def test_methods(files):
    status, headers, body = ask(files, "site.css", method="HEAD")
    assert (status, headers["content-length"], body) == (200, str(len(STYLE)), b"")
    status, headers, _ = ask(files, "site.css", method="POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    ["nothing.css", "", "inner", "inner/", "../outside.txt", "inner/../../outside.txt", "/etc/passwd", "//etc/passwd",
     ".hidden", "site.css/", "site.css\0", "..\\outside.txt", "SITE.CSS"],
)  # fmt: skip
def test_only_what_was_collected_is_served(files, path):
    assert ask(files, path)[0] == 404


def test_what_is_no_file_is_for_the_project(tmp_path):
    seen = []

    async def project(scope, receive, send):
        seen.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"project"})

    files = StaticFiles.of_directory(tmp_path / "missing", "/static/", otherwise=project)
    assert ask(files, "x.css")[2] == b"project"
    assert seen == ["/static/x.css"]


def test_the_server_sends_whole_files_itself_where_it_can(files):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/static/photo.jpg", "headers": []}
    asyncio.run(files({**scope, "extensions": {"http.response.pathsend": {}}}, None, send))
    assert sent[1] == {"type": "http.response.pathsend", "path": files.files["photo.jpg"].path}
