"""Bodies that are too large, never end, or are made of very many parts: refused with 400 or 413, in bounded memory."""

import io
import tracemalloc

import pytest

from hotclub.core.files.uploadhandler import FileUploadHandler
from hotclub.http import HttpResponse
from hotclub.urls import path
from tests import site

FORM = [("content-type", "application/x-www-form-urlencoded")]
MULTIPART = [("content-type", "multipart/form-data; boundary=b")]
MIB = 2**20


def fields(request):
    return HttpResponse(f"{len(request.POST)} {len(request.FILES)}")


def part(name, content="x", extra=""):
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n{content}\r\n'


class Endless(io.RawIOBase):
    """A stream without an end; it says how much was read."""

    def __init__(self, start=b"", piece=b"x" * 65536):
        self.start, self.piece, self.given = start, piece, 0

    def read(self, size=-1):
        assert size is not None
        assert 0 <= size <= 64 * MIB, "a read without a bound"
        data = self.start or (self.piece * (size // len(self.piece) + 1))[:size]
        self.start, data = data[size:] if self.start else b"", data[:size]
        self.given += len(data)
        return data

    def readline(self, size=-1):
        return self.read(size)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (FORM, b"a=" + b"x" * 2000),
        (FORM, b"&".join(b"a%d=" % number for number in range(11))),
        (FORM, b"&" * 5000),
        (MULTIPART, "".join(part("a", "x" * 600) for _ in range(3)).encode() + b"--b--\r\n"),
        (MULTIPART, "".join(part(f"a{number}") for number in range(11)).encode() + b"--b--\r\n"),
        (MULTIPART, "".join(part("f", "", '; filename="f"') for _ in range(4)).encode() + b"--b--\r\n"),
        # Files without a name count as well.
        (MULTIPART, "".join(part("f", "", '; filename=""') for _ in range(4)).encode() + b"--b--\r\n"),
        (MULTIPART, part("n" * 5000).encode() + b"--b--\r\n"),
        (MULTIPART, b"--b\r\n" + b"X-Header: y\r\n" * 2000 + b"\r\n"),
        (MULTIPART, b"--b" + b" " * 100_000),
    ],
    ids=[
        "long",
        "fields",
        "separators",
        "long parts",
        "parts",
        "files",
        "nameless files",
        "name",
        "headers",
        "padding",
    ],
)
def test_each_limit_of_a_form(ask, serving, headers, body):
    serving(
        path("", fields),
        DATA_UPLOAD_MAX_MEMORY_SIZE=1500,
        DATA_UPLOAD_MAX_NUMBER_FIELDS=10,
        DATA_UPLOAD_MAX_NUMBER_FILES=3,
    )
    assert ask("/", "POST", headers, body).status in (400, 413)


def test_the_limits_hold_for_query_strings(ask, serving):
    serving(path("", lambda request: HttpResponse(len(request.GET))), DATA_UPLOAD_MAX_NUMBER_FIELDS=10)
    assert ask("/?" + "&".join(f"a{number}=" for number in range(10))).body == b"10"
    assert ask("/?" + "&".join(f"a{number}=" for number in range(11))).status == 400


def test_a_body_that_says_it_is_too_long_is_not_read(serving):
    serving(path("", lambda request: HttpResponse(request.body)), DATA_UPLOAD_MAX_MEMORY_SIZE=1500)
    stream = Endless()
    assert site.over_wsgi("/", "POST", [*FORM, ("content-length", str(10**12))], stream).status in (400, 413)
    assert stream.given == 0


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"--b\r\n",
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n',
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\nContent-Transfer-Encoding: base64\r\n\r\n',
        b"--b\r\nContent-Disposition: form-data\r\n\r\n",
    ],
    ids=["preamble", "headers", "field", "base64", "nameless"],
)
def test_an_endless_multipart_body_needs_bounded_memory(serving, start):
    serving(path("", fields), FILE_UPLOAD_HANDLERS=["tests.security.test_bodies.Dropping"])
    stream = Endless(start)
    tracemalloc.start()
    try:
        site.over_wsgi("/", "POST", [*MULTIPART, ("content-length", str(200 * MIB))], stream)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * MIB, f"{peak / MIB:.1f} MiB for {stream.given / MIB:.1f} MiB"


class Dropping(FileUploadHandler):
    """Takes every chunk and keeps none."""

    def receive_data_chunk(self, raw_data, start):
        return None

    def file_complete(self, file_size):
        return None


def test_parts_without_a_name_cost_little_each(serving):
    serving(path("", fields))
    nameless = b"--b\r\n\r\n\r\n" * 200_000
    answer = site.over_wsgi("/", "POST", MULTIPART, nameless + b"--b--\r\n")
    assert answer.body == b"0 0"


def test_a_large_body_over_asgi_goes_to_a_file(serving):
    serving(path("", lambda request: HttpResponse(len(request.read(10)))), FILE_UPLOAD_MAX_MEMORY_SIZE=MIB)
    tracemalloc.start()
    try:
        answer = site.over_asgi("/", "POST", [], (b"x" * 65536 for _ in range(1600)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.body == b"10"
    assert peak < 6 * MIB


def test_a_body_is_refused_where_the_project_sets_its_size(ask, serving):
    serving(path("", lambda request: HttpResponse(len(request.read()))), DATA_UPLOAD_MAX_BODY_SIZE=1000)
    assert ask("/", "POST", [], b"x" * 1000).body == b"1000"
    assert ask("/", "POST", [], b"x" * 1001).status == 413


def test_an_endless_body_over_asgi_ends_at_that_size(serving):
    serving(path("", fields), DATA_UPLOAD_MAX_BODY_SIZE=MIB)
    given = []

    def pieces():
        while True:
            given.append(1)
            yield b"x" * 65536

    assert site.over_asgi("/", "POST", [], pieces()).status == 413
    assert len(given) <= 17
