"""The command line and commands called from Python, as far as no project is needed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tarfile
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import pytest

from hotclub.core.exceptions import SuspiciousOperation
from hotclub.core.management.base import BaseCommand, CommandError, LabelCommand, OutputWrapper
from hotclub.core.management.registry import call_command
from hotclub.core.management.utils import handle_extensions, is_ignored_path
from hotclub.utils.archive import extract


class Greet(BaseCommand):
    requires_system_checks: list[str] = []

    def add_arguments(self, parser):
        parser.add_argument("names", nargs="+")
        parser.add_argument("--how-loud", type=int, default=1, dest="volume")
        parser.add_argument("--need", required=True)

    def handle(self, **options):
        self.stdout.write(" ".join(options["names"]) + "!" * options["volume"])
        return options["need"]


def test_call_command_takes_options_by_name_and_by_destination() -> None:
    out = StringIO()
    assert call_command(Greet(), "Ann", "Bob", how_loud=2, need="x", stdout=out) == "x"
    assert out.getvalue() == "Ann Bob!!\nx\n"
    out = StringIO()
    call_command(Greet(), "Ann", volume=3, need="y", stdout=out)
    assert out.getvalue().startswith("Ann!!!")


def test_call_command_refuses_options_that_are_not_there() -> None:
    with pytest.raises(
        TypeError, match=r"Unknown option\(s\) for test_management command: lowd\. Valid options are: .*how_loud"
    ):
        call_command(Greet(), "Ann", lowd=2, need="x")


def test_usage_errors_become_command_errors() -> None:
    with pytest.raises(CommandError, match="Error: the following arguments are required: names"):
        call_command(Greet(), need="x")


def test_colour_flags_exclude_each_other() -> None:
    with pytest.raises(CommandError, match="can't be used together"):
        Greet(no_color=True, force_color=True)


def test_label_commands_say_what_they_miss() -> None:
    class Each(LabelCommand):
        label = "city"

        def handle_label(self, label, **options):
            return label.upper()

    with pytest.raises(CommandError, match="Enter at least one city"):
        call_command(Each())
    assert call_command(Each(), "rome", "oslo", stdout=StringIO()) == "ROME\nOSLO"


def test_output_ends_lines_once_and_paints_on_terminals_only() -> None:
    out = StringIO()
    wrapper = OutputWrapper(out)
    wrapper.style_func = str.upper
    wrapper.write("plain")
    wrapper.write("ended\n")
    wrapper.write("painted", str.upper, ending="")
    assert out.getvalue() == "plain\nended\nPAINTED"


def test_extensions_may_be_written_in_many_ways() -> None:
    assert handle_extensions([".html", "html,js,py, txt", "xhtml"]) == {".html", ".js", ".py", ".txt", ".xhtml"}


def test_ignored_paths_match_whole_and_by_name() -> None:
    assert is_ignored_path("a/b/c.py", ["*.py"])
    assert is_ignored_path("a/b", ["a/b/*"])
    assert not is_ignored_path("a/b", ["b/*/c"])


def _tar(path: Path, name: str) -> None:
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = 2
        archive.addfile(info, BytesIO(b"hi"))


def _zip(path: Path, name: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "hi")


@pytest.mark.parametrize("make", [_tar, _zip])
@pytest.mark.parametrize("name", ["../evil.py", "top/../../evil.py", "/evil.py"])
def test_archives_cannot_write_outside_of_their_directory(tmp_path: Path, make, name: str) -> None:
    archive = tmp_path / "template"
    make(archive, name)
    target = tmp_path / "target"
    target.mkdir()
    with contextlib.suppress(SuspiciousOperation):  # refused, or brought inside: both are fine
        extract(archive, target)
    outside = [path for path in tmp_path.rglob("evil.py") if target not in path.parents]
    assert outside == []


@pytest.mark.parametrize("make", [_tar, _zip])
def test_archives_lose_the_directory_around_everything(tmp_path: Path, make) -> None:
    archive = tmp_path / "template"
    make(archive, "template-1.0/app/models.py")
    extract(archive, tmp_path / "target")
    assert (tmp_path / "target" / "app" / "models.py").read_text() == "hi"


def test_importing_the_command_line_imports_no_test_tools() -> None:
    code = "import sys, hotclub.core.management; sys.exit('hotclub.test' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
