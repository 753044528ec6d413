"""Files in ranges, through both handlers (RFC 9110 §14)."""

import email

import pytest

from hotclub.http import FileResponse
from hotclub.test.utils import override_settings
from hotclub.urls import path
from hotclub.views.static import serve
from tests import site

DATA = bytes(range(256)) * 40


@pytest.fixture(params=[site.over_wsgi, site.over_asgi], ids=["wsgi", "asgi"])
def ask(request, tmp_path):
    (tmp_path / "data.bin").write_bytes(DATA)
    (tmp_path / "empty.bin").write_bytes(b"")

    def tagged(request):
        response = FileResponse((tmp_path / "data.bin").open("rb"))
        response["ETag"] = '"v1"'
        return response

    def from_the_middle(request):
        file = (tmp_path / "data.bin").open("rb")
        file.seek(1000)
        return FileResponse(file)

    def encoded(request):
        response = tagged(request)
        response["Content-Encoding"] = "br"
        return response

    patterns = [
        path("tagged/", tagged),
        path("middle/", from_the_middle),
        path("encoded/", encoded),
        path("static/<path:path>", serve, {"document_root": str(tmp_path)}),
    ]
    with override_settings(ROOT_URLCONF=site.urlconf(*patterns), ALLOWED_HOSTS=["*"], MIDDLEWARE=[]):
        yield request.param


def test_who_asks_is_told_that_ranges_are_served(ask):
    assert ask("/static/data.bin").body == DATA
    assert ask("/static/data.bin", "HEAD")["Accept-Ranges"] == "bytes"
    assert ask("/static/data.bin", headers=[("range", "bytes=0-0")])["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(("asked", "first", "last"), [("0-9", 0, 9), ("10000-", 10000, 10239), ("-7", 10233, 10239)])
def test_one_range(ask, asked, first, last):
    answer = ask("/static/data.bin", headers=[("range", f"bytes={asked}")])
    assert (answer.status, answer.body) == (206, DATA[first : last + 1])
    assert answer["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"
    assert answer["Content-Length"] == str(last - first + 1)


def test_several_ranges_are_a_multipart_body(ask):
    answer = ask("/static/data.bin", headers=[("range", "bytes=5000-5009,0-4,-3")])
    assert answer.status == 206
    assert answer["Content-Length"] == str(len(answer.body))
    message = email.message_from_bytes(b"Content-Type: " + answer["Content-Type"].encode() + b"\r\n\r\n" + answer.body)
    assert message.get_content_type() == "multipart/byteranges"
    assert answer["Content-Range"] is None
    parts = message.get_payload()
    assert [part["Content-Range"] for part in parts] == [
        f"bytes {first}-{last}/{len(DATA)}" for first, last in ((5000, 5009), (0, 4), (10237, 10239))
    ]
    assert [part.get_payload(decode=True) for part in parts] == [DATA[5000:5010], DATA[:5], DATA[-3:]]
    assert {part["Content-Type"] for part in parts} == {"application/octet-stream"}


def test_a_range_behind_the_end_is_416(ask):
    for url, size in (("/static/data.bin", len(DATA)), ("/static/empty.bin", 0)):
        answer = ask(url, headers=[("range", f"bytes={size}-")])
        assert (answer.status, answer.body, answer["Content-Range"]) == (416, b"", f"bytes */{size}")
        assert answer["Content-Length"] == "0"


@pytest.mark.parametrize(
    ("condition", "status"), [('"v1"', 206), ('"v2"', 200), ('W/"v1"', 200), ("Wed, 21 Oct 2015 07:28:00 GMT", 200)]
)
def test_if_range_with_an_entity_tag(ask, condition, status):
    answer = ask("/tagged/", headers=[("range", "bytes=0-9"), ("if-range", condition)])
    assert answer.status == status
    assert answer.body == (DATA[:10] if status == 206 else DATA)


def test_if_range_with_the_date_of_the_file(ask):
    modified = ask("/static/data.bin")["Last-Modified"]
    for condition, status in ((modified, 206), ("Wed, 21 Oct 2015 07:28:00 GMT", 200)):
        answer = ask("/static/data.bin", headers=[("range", "bytes=0-9"), ("if-range", condition)])
        assert answer.status == status


def test_a_range_counts_from_where_the_content_starts(ask):
    answer = ask("/middle/", headers=[("range", "bytes=0-9")])
    assert (answer.body, answer["Content-Range"]) == (DATA[1000:1010], f"bytes 0-9/{len(DATA) - 1000}")


@pytest.mark.parametrize("header", ["bytes=9-0", "lines=0-9", "bytes=" + ",".join(["0-"] * 100), "bytes=x"])
def test_a_header_that_makes_no_sense_is_passed_over(ask, header):
    answer = ask("/static/data.bin", headers=[("range", header)])
    assert (answer.status, answer.body) == (200, DATA)


def test_only_get_has_ranges(ask):
    for method in ("HEAD", "POST"):
        assert ask("/static/data.bin", method, [("range", "bytes=0-9")]).status == 200


def test_encoded_content_stays_whole(ask):
    answer = ask("/encoded/", headers=[("range", "bytes=0-9")])
    assert (answer.status, answer["Accept-Ranges"], answer.body) == (200, None, DATA)


def test_compressed_by_middleware_stays_whole(ask):
    with override_settings(MIDDLEWARE=["hotclub.middleware.gzip.GZipMiddleware"]):
        answer = ask("/static/data.bin", headers=[("range", "bytes=0-9"), ("accept-encoding", "gzip")])
    assert (answer.status, answer["Content-Encoding"], answer["Content-Range"]) == (200, "gzip", None)
