"""No path from outside leads out of a directory: static files, storages, names of uploads."""

import pytest

from hotclub.core.exceptions import SuspiciousFileOperation
from hotclub.core.files.base import ContentFile
from hotclub.core.files.storage import FileSystemStorage
from hotclub.http import HttpResponse
from hotclub.http.multipartparser import MultiPartParser
from hotclub.urls import path
from hotclub.utils._os import safe_join
from hotclub.views.static import serve

WAYS_OUT = [
    "../secret.txt",
    "..%2fsecret.txt",
    "%2e%2e/secret.txt",
    "a/../../secret.txt",
    "..\\secret.txt",
    "....//secret.txt",
    "./../secret.txt",
    "/../secret.txt",
    "a/b/../../../secret.txt",
    "..;/secret.txt",
    "..%c0%afsecret.txt",
    "\x00../secret.txt",
    "public.txt\x00.png",
    "~/secret.txt",
    "C:\\secret.txt",
    "a" * 5000,
    "a/" * 3000,
]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "root" / "a" / "b").mkdir(parents=True)
    (tmp_path / "root" / "public.txt").write_text("public")
    (tmp_path / "root" / ".hidden").write_text("hidden")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "root-too").mkdir()
    (tmp_path / "root-too" / "secret.txt").write_text("secret")
    return tmp_path / "root"


@pytest.mark.parametrize("way", [*WAYS_OUT, "../root-too/secret.txt", "//etc/passwd", "/etc/passwd"])
def test_static_files(ask, serving, root, way):
    serving(path("static/<path:path>", serve, {"document_root": str(root), "show_indexes": True}))
    answer = ask(f"/static/{way}")
    assert answer.status in (400, 404), answer
    assert b"secret" not in answer.body.replace(b"secret.txt", b"")
    assert ask("/static/public.txt").body == b"public"
    assert ask("/static/a/../public.txt").body == b"public"


def test_the_list_of_a_directory_leaves_hidden_files_out(ask, serving, root):
    (root / "<b>.txt").write_text("")
    serving(path("static/<path:path>", serve, {"document_root": str(root), "show_indexes": True}))
    listed = ask("/static/a/..").body
    assert b"public.txt" in listed
    assert b".hidden" not in listed
    assert b"<b>" not in listed


@pytest.mark.parametrize("way", ["../secret.txt", "/etc/passwd", "a/../../secret.txt", "../root-too/secret.txt"])
def test_storages(root, way):
    storage = FileSystemStorage(root)
    for step in (
        lambda: storage.open(way),
        lambda: storage.save(way, ContentFile(b"")),
        lambda: storage.delete(way),
        lambda: storage.exists(way),
        lambda: storage.listdir(way),
        lambda: storage.url and safe_join(str(root), way),
    ):
        with pytest.raises(SuspiciousFileOperation):
            step()
    assert (root.parent / "secret.txt").read_text() == "secret"


@pytest.mark.parametrize(
    "way", [*WAYS_OUT, "..", ".", "", "/", "a/b.txt", "a\\b.txt", "b.txt\r\nX: y", "&#46;&#46;/b.txt"]
)
def test_names_of_uploads_are_names(ask, serving, way):
    serving(path("", lambda request: HttpResponse(repr([file.name for file in request.FILES.values()]))))
    sent = way.replace("\r\n", "%0D%0A").replace('"', "")
    body = f'--b\r\nContent-Disposition: form-data; name="f"; filename="{sent}"\r\n\r\ndata\r\n--b--\r\n'.encode()
    headers = [("content-type", "multipart/form-data; boundary=b")]
    answer = ask("/", "POST", headers, body)
    assert answer.status in (200, 400)
    if answer.status == 200:
        for name in eval(answer.body):
            assert name not in ("", ".", "..")
            assert not set(name) & set("/\\\x00\r\n")
            assert len(name) <= 255
    name = MultiPartParser.sanitize_file_name(way)
    assert name is None or not set(name) & set("/\\\x00\r\n")
