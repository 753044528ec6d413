"""Code of templates on disk: taken up by other processes, made anew when anything differs, written by nobody else."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hotclub._template import stored
from hotclub._template.nodes import NodeList
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.template import Context, Engine, code_store

BASE = "<{% block title %}base{% endblock %}>{% block body %}{% endblock %}"
PAGE = """{% extends "base" %}{% block title %}{{ block.super }} {{ name|upper }}{% endblock %}
{% block body %}{% for x in xs %}{% cycle "odd" "even" %}{{ forloop.counter }}{{ x.key|default:"none" }}{% include "part" %}
{% if x.key == "a" and not name %}a{% elif x.other|length > 2 %}b{% else %}{% firstof nothing x.key "f" %}{% endif %}
{% empty %}nothing{% endfor %}{% with n=xs|length %}{{ n }}{% endwith %}{% filter lower %}{{ name }}{% endfilter %}
{% spaceless %}<a> <b>{{ 5|add:3 }}{{ 1.5 }}{{ _("yes") }}</b> </a>{% endspaceless %}{% now "Y" as year %}
{% autoescape off %}{{ name }}{% endautoescape %}{% endblock %}"""
PART = "[{{ x.key }}{{ name|truncatewords:1 }}]"
VALUES: dict[str, Any] = {"name": "Ann & <b>", "xs": [{"key": "a"}, {"key": "<", "other": "long"}, {}]}


def engine(folder: Path, texts: dict[str, str] | None = None, **options: Any) -> Engine:
    texts = {"base": BASE, "page": PAGE, "part": PART} if texts is None else texts
    return Engine(loaders=[("hotclub.template.loaders.locmem.Loader", texts)], code_dir=folder, **options)


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "code"


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[NodeList]:
    """The lists of nodes that the store had compiled."""
    seen: list[NodeList] = []
    compile_nodes = stored.compile_nodes

    def counted(nodes: Any, flavour: Any) -> Any:
        seen.append(nodes)
        return compile_nodes(nodes, flavour)

    monkeypatch.setattr(stored, "compile_nodes", counted)
    return seen


def test_stored_code_renders_what_fresh_code_renders(folder: Path, compilations: list[NodeList]) -> None:
    plain = Engine(loaders=[("hotclub.template.loaders.locmem.Loader", {"base": BASE, "page": PAGE, "part": PART})])
    expected = plain.get_template("page").render(Context(dict(VALUES)))
    fresh = engine(folder).get_template("page")
    assert fresh.render(Context(dict(VALUES))) == expected
    assert len(files(folder)) == 3
    count = len(compilations)
    assert count > 3  # the page's blocks have functions of their own
    again = engine(folder).get_template("page")
    assert again.render(Context(dict(VALUES))) == expected
    assert len(compilations) == count  # everything was taken up


def test_another_process_takes_the_code_up(folder: Path) -> None:
    engine(folder).get_template("page").render(Context(dict(VALUES)))
    before = [path.stat().st_mtime_ns for path in files(folder)]
    script = (
        "import sys; from hotclub.conf import settings; settings.configure(); import hotclub; hotclub.setup()\n"
        "from hotclub._template import stored\n"
        "from tests.template.test_code_store import engine, VALUES; from pathlib import Path\n"
        "from hotclub.template import Context\n"
        "stored.compile_nodes = None\n"
        "print(engine(Path(sys.argv[1])).get_template('page').render(Context(dict(VALUES))))\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "<base ANN &amp; &lt;B&gt;>" in done.stdout
    assert [path.stat().st_mtime_ns for path in files(folder)] == before


def test_errors_of_stored_code_know_their_tag(folder: Path) -> None:
    texts = {"page": "line one\n{% for x in xs %}\n{{ x|divisibleby:name }}{% endfor %}"}
    for _ in range(2):
        template = engine(folder, texts, debug=True).get_template("page")
        with pytest.raises(ValueError, match="invalid literal") as caught:
            template.render(Context(dict(VALUES, xs=[1])))
        assert caught.value.template_debug["line"] == 3  # type: ignore[attr-defined]
        assert caught.value.template_debug["during"] == "{{ x|divisibleby:name }}"  # type: ignore[attr-defined]


def test_an_edited_template_replaces_its_code(folder: Path) -> None:
    for text in ("one {{ name }}", "two {{ name }}", "three"):
        template = engine(folder, {"page": text}).get_template("page")
        assert template.render(Context({"name": "n"})).split()[0] == text.split()[0]
        assert len(files(folder)) == 1


@pytest.mark.parametrize("option", [{"autoescape": False}, {"string_if_invalid": "?"}])
def test_options_that_change_the_code_have_files_of_their_own(folder: Path, option: dict[str, Any]) -> None:
    texts = {"page": "{{ name }}{{ missing }}"}
    assert engine(folder, texts).get_template("page").render(Context({"name": "<"})) == "&lt;"
    other = engine(folder, texts, **option)
    text = other.get_template("page").render(Context({"name": "<"}, autoescape=other.autoescape))
    assert text == ("<" if option.get("autoescape") is False else "&lt;?")
    assert len(files(folder)) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[:10],
        lambda content: content + b"x",
        lambda content: content[:-5] + bytes([content[-5] ^ 1]) + content[-4:],
        lambda content: b"\0" * len(content),
    ],
)
def test_damaged_files_are_written_anew(folder: Path, damage: Any, compilations: list[NodeList]) -> None:
    texts = {"page": "{% for x in xs %}{{ x.key }}{% endfor %}"}
    engine(folder, texts).get_template("page")
    (path,) = files(folder)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert engine(folder, texts).get_template("page").render(Context(dict(VALUES))) == "a&lt;"
    assert len(compilations) == 2
    assert path.read_bytes()[:80] == whole[:80]


def test_a_changed_library_makes_the_code_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compilations: list[NodeList]
) -> None:
    module = tmp_path / "code_store_tags.py"
    module.write_text("from hotclub.template import Library\nregister = Library()\nregister.filter('f', lambda x: x)\n")
    monkeypatch.syspath_prepend(tmp_path)
    texts = {"page": "{% load tags %}{{ name|f }}"}
    libraries = {"tags": "code_store_tags"}
    engine(folder, texts, libraries=libraries).get_template("page")
    engine(folder, texts, libraries=libraries).get_template("page")
    assert len(compilations) == 1
    os.utime(module, ns=(1, 1))
    engine(folder, texts, libraries=libraries).get_template("page")
    assert len(compilations) == 2


def test_what_others_may_write_is_not_read(folder: Path, tmp_path: Path, compilations: list[NodeList]) -> None:
    texts = {"page": "{{ name }}"}
    engine(folder, texts).get_template("page")
    (path,) = files(folder)
    path.chmod(0o622)
    engine(folder, texts).get_template("page")
    assert len(compilations) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600  # written anew
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    engine(folder, texts).get_template("page")
    assert len(compilations) == 3
    assert not path.is_symlink()


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(ImproperlyConfigured, match="may be written by others"):
        engine(shared)
    (tmp_path / "file").write_text("")
    with pytest.raises(ImproperlyConfigured, match="no usable folder"):
        engine(tmp_path / "file")


def test_the_folder_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_store, "MOST_FILES", 3)
    monkeypatch.setattr(code_store, "_WRITES_BETWEEN_SWEEPS", 1)
    made = engine(folder, {f"page{number}": f"{{{{ name }}}} {number}" for number in range(10)})
    for number in range(10):
        made.get_template(f"page{number}")
    assert len(files(folder)) == 3
    monkeypatch.setattr(code_store, "MOST_FILE_BYTES", 10)
    engine(folder, {"big": "{{ name }}"}).get_template("big")
    assert len(files(folder)) == 3


def test_texts_without_a_loader_are_not_kept(folder: Path) -> None:
    engine(folder).from_string("{{ name }}").render(Context(dict(VALUES)))
    assert files(folder) == []
