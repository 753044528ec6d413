"""`hotclub template`: the stages of a template, and compiling ahead."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotclub.core.management import CommandError, call_command
from hotclub.template import engine as engine_module
from hotclub.test import override_settings


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        "<h1>{{ title }}</h1>{% block list %}{% for x in xs %}{{ x|upper }}{% endfor %}{% endblock %}"
    )
    options = {"code_dir": tmp_path / "code"}
    backend = "hotclub.template.backends.django.DjangoTemplates"
    with override_settings(TEMPLATES=[{"BACKEND": backend, "DIRS": [tmp_path / "templates"], "OPTIONS": options}]):
        engine_module.Engine.get_default.cache_clear()
        yield tmp_path
    engine_module.Engine.get_default.cache_clear()


def output(*arguments: str) -> str:
    out = io.StringIO()
    call_command("template", *arguments, stdout=out, stderr=io.StringIO(), no_color=True)
    return out.getvalue()


def test_stages_are_shown(project: Path) -> None:
    assert "    1  BLOCK   for x in xs" in output("page.html", "--stage", "tokens")
    nodes = output("page.html", "--stage", "nodes")
    assert "BlockNode        line 1: block list\n    ForNode          line 1: for x in xs\n" in nodes
    python = output("page.html", "--stage", "python")
    assert python.count("def render(context):") == 2  # the template and its block
    assert ".upper()" in python
    assert "FOR_ITER" in output("page.html", "--stage", "bytecode")
    both = output("page.html")
    assert nodes in both
    assert python in both


def test_all_templates_are_compiled_ahead(project: Path) -> None:
    assert output("--compile").startswith("Compiled 1 templates into")
    assert len(list((project / "code").iterdir())) == 1
    (project / "templates" / "bad.html").write_text("{% nonsense %}")
    with pytest.raises(CommandError, match="could not be compiled"):
        output("--compile")


def test_mistakes_are_named(project: Path) -> None:
    with pytest.raises(CommandError, match="Give the name of a template"):
        output()
    with pytest.raises(CommandError, match=r"TemplateDoesNotExist: missing\.html"):
        output("missing.html")
    with pytest.raises(CommandError, match="no engine 'other'"):
        output("page.html", "--engine", "other")
