"""Reloading in real processes: a change starts the work anew, an error waits for its file to change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hotclub.utils import autoreload

PROGRAM = """
import sys, time
sys.path.insert(0, {directory!r})
from hotclub.conf import settings
settings.configure(ROOT_URLCONF=__name__)
import hotclub
from hotclub.utils import autoreload
autoreload.StatReloader.SLEEP_TIME = 0.05
autoreload.get_reloader = autoreload.StatReloader
urlpatterns = []

def work():
    hotclub.setup()
    import watched
    print(watched.VALUE, flush=True)
    if watched.VALUE == "last":
        import os
        os._exit(0)
    time.sleep(20)

autoreload.run_with_reloader(work)
"""


def test_a_changed_module_starts_the_work_anew(tmp_path: Path) -> None:
    watched = tmp_path / "watched.py"
    watched.write_text("VALUE = 'first'\n")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(directory=str(tmp_path)))
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    environment.pop(autoreload.DJANGO_AUTORELOAD_ENV, None)
    with subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "first\n"
            # The reloader notes times when it begins; a time of its own tells apart what a file system's clock may not.
            for step in range(200):
                watched.write_text("VALUE = 'last'\n")
                stamp = watched.stat().st_mtime + 10 + step
                os.utime(watched, (stamp, stamp))
                try:
                    process.wait(timeout=0.2)
                    break
                except subprocess.TimeoutExpired:
                    continue
            assert process.stdout.readline() == "last\n"
            assert process.returncode == 0
        finally:
            process.kill()


def test_receivers_may_deal_with_a_change(tmp_path: Path) -> None:
    seen: list[Path] = []

    def deal(sender: object, file_path: Path, **kwargs: object) -> bool:
        seen.append(file_path)
        return True

    autoreload.file_changed.connect(deal)
    try:
        autoreload.StatReloader().notify_file_changed(tmp_path / "page.html")
    finally:
        autoreload.file_changed.disconnect(deal)
    assert seen == [tmp_path / "page.html"]


def test_a_change_nobody_deals_with_ends_the_child(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        autoreload.StatReloader().notify_file_changed(tmp_path / "module.xyz")
    assert ended.value.code == autoreload.RESTART


def test_the_number_of_globbed_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autoreload, "MOST_GLOBBED_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.txt").touch()
    reloader = autoreload.StatReloader()
    reloader.watch_dir(tmp_path, "*.txt")
    assert sum(path.parent == tmp_path for path in reloader.watched_files()) == 3
