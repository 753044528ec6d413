"""Unpacking archives: what comes out, what is refused."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from hotclub.core.exceptions import SuspiciousOperation
from hotclub.utils import archive


def _zip(path: Path, entries: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in entries.items():
            out.writestr(name, text)
    return path


def _tar(path: Path, entries: dict[str, str], links: dict[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as out:
        for name, text in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            info.mode = 0o640
            out.addfile(info, io.BytesIO(text.encode()))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type = tarfile.SYMTYPE
            info.linkname = target
            out.addfile(info)
    return path


def _files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("make", [_zip, _tar])
def test_a_directory_around_everything_is_left_out(tmp_path: Path, make: object) -> None:
    source = make(tmp_path / "a.bin", {"outer/a": "1", "outer/b/c": "2"})  # type: ignore[operator]
    target = tmp_path / "target"
    target.mkdir()
    archive.extract(source, target)
    assert _files(target) == {"a", "b/c"}


@pytest.mark.parametrize("make", [_zip, _tar])
def test_files_on_the_outside_stay_where_they_are(tmp_path: Path, make: object) -> None:
    source = make(tmp_path / "a.bin", {"only": "1"})  # type: ignore[operator]
    target = tmp_path / "target"
    target.mkdir()
    archive.extract(source, target)
    assert _files(target) == {"only"}


@pytest.mark.parametrize("make", [_zip, _tar])
@pytest.mark.parametrize("name", ["../evil", "ok/../../evil", "/evil-absolute", "a/b/../../../evil"])
def test_a_path_outside_of_the_target_is_refused(tmp_path: Path, make: object, name: str) -> None:
    source = make(tmp_path / "a.bin", {"first": "1", name: "2"})  # type: ignore[operator]
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(SuspiciousOperation, match="Archive contains invalid path"):
        archive.extract(source, target)
    assert not (tmp_path / "evil").exists()


def test_links_are_passed_over(tmp_path: Path) -> None:
    source = _tar(tmp_path / "a.tar", {"file": "1"}, links={"link": "/etc"})
    target = tmp_path / "target"
    target.mkdir()
    archive.extract(source, target)
    assert [path.name for path in target.iterdir()] == ["file"]


@pytest.mark.parametrize("make", [_zip, _tar])
def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, make: object) -> None:
    source = make(tmp_path / "a.tar.gz", {"a": "0" * 600, "b": "0" * 600})  # type: ignore[operator]
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(archive.ArchiveException, match="more bytes than it may"):
        archive.extract(source, target, max_bytes=1000)
    assert sum(path.stat().st_size for path in target.iterdir()) <= 1000


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 3)
    with pytest.raises(archive.ArchiveException, match="more than 3 entries"):
        archive.extract(_zip(tmp_path / "a.zip", dict.fromkeys("abcd", "")), tmp_path)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    with pytest.raises(archive.UnrecognizedArchiveFormat, match="neither a zip nor a tar archive"):
        archive.extract(path, tmp_path)
