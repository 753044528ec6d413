from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hotclub.template import checks
from hotclub.template.backends.django import DjangoTemplates
from hotclub.template.checks import check_source, template_files
from hotclub.test import override_settings


def backend_for(directory: Path) -> DjangoTemplates:
    return DjangoTemplates({"NAME": "t", "DIRS": [directory], "APP_DIRS": False, "OPTIONS": {}})


def test_findings_name_file_line_and_reason(tmp_path: Path) -> None:
    (tmp_path / "good.html").write_text('{% include "part.html" %}{% include name %}')
    (tmp_path / "part.html").write_text("part")
    (tmp_path / "tag.html").write_text("\n{% foor x in y %}{% endfoor %}")
    (tmp_path / "filter.html").write_text("{{ x|uper }}")
    (tmp_path / "library.html").write_text("{% load nothing_of_that_name %}")
    (tmp_path / "missing.html").write_text(
        '{% extends "base.html" %}\n{% block a %}\n{% include "gone.html" %}{% endblock %}'
    )
    (tmp_path / "notes.md").write_text("{% not a template %}")
    backend = backend_for(tmp_path)
    found = {
        (message.obj, message.id, message.msg.removeprefix(str(tmp_path)))
        for path, name in template_files(backend)
        for message in check_source(backend, path, name)
    }
    assert {(name, number) for name, number, _ in found} == {
        ("tag.html", "templates.E101"),
        ("filter.html", "templates.E101"),
        ("library.html", "templates.E101"),
        ("missing.html", "templates.W102"),
    }
    texts = " ".join(sorted(text for _, _, text in found))
    assert "/tag.html, line 2: Invalid block tag on line 2: 'foor'" in texts
    assert "Did you mean 'for'" in texts
    assert "there is no template 'base.html'" in texts
    assert "/missing.html, line 3: there is no template 'gone.html'" in texts


def test_an_unreadable_file_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "bytes.html").write_bytes(b"\xff\xfe\xff")
    backend = backend_for(tmp_path)
    (message,) = [message for path, name in template_files(backend) for message in check_source(backend, path, name)]
    assert "cannot be read" in message.msg


URLS = """
from hotclub.http import HttpResponse
from hotclub.urls import include, path

def view(request): return HttpResponse()

urlpatterns = [
    path("a/", view, name="article"),
    path("s/", include(([path("b/", view, name="list")], "shop"), namespace="shop")),
]
"""


def test_unknown_routes_and_their_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "checked_urls.py").write_text(URLS)
    monkeypatch.syspath_prepend(str(tmp_path))
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "page.html").write_text(
        "{% url 'article' %}{% url 'shop:list' %}{% url name %}{% url 'gone' as found %}\n"
        "{% url 'artikle' %}\n{% url 'shop:lst' %}\n{% url 'shopp:list' %}{% url 'checked_urls.view' %}"
    )
    backend = backend_for(templates)
    with override_settings(ROOT_URLCONF="checked_urls"):
        ((path, name),) = template_files(backend)
        found = check_source(backend, path, name)
    assert [(m.id, m.msg.removeprefix(str(path)), m.hint) for m in found] == [
        ("templates.W104", ", line 2: there is no route 'artikle'.", "Did you mean 'article'?"),
        ("templates.W104", ", line 3: there is no route 'shop:lst'.", "Did you mean 'shop:list'?"),
        ("templates.W104", ", line 4: there is no route 'shopp:list'.", "Did you mean 'shop:list'?"),
    ]


def test_components_are_checked(tmp_path: Path) -> None:
    (tmp_path / "card.html").write_text("{% load components %}{% attributes title %}{{ title }}")
    (tmp_path / "page.html").write_text('{% load components %}\n{% component "card.html" titel=1 / %}')
    libraries = {"components": "hotclub.templatetags.components"}
    backend = DjangoTemplates({"NAME": "t", "DIRS": [tmp_path], "APP_DIRS": False, "OPTIONS": {"libraries": libraries}})
    (message,) = [m for path, name in template_files(backend) for m in check_source(backend, path, name)]
    assert (message.id, message.msg.partition("page.html")[2]) == (
        "templates.E105",
        ", line 2: component 'card.html' needs the attribute 'title' (any). Did you mean 'titel'?",
    )


def test_the_number_of_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        (tmp_path / f"{number}.html").write_text("")
    monkeypatch.setattr(checks, "MOST_FILES", 2)
    with override_settings(
        TEMPLATES=[{"BACKEND": "hotclub.template.backends.django.DjangoTemplates", "DIRS": [tmp_path]}]
    ):
        assert [message.id for message in checks.check_template_sources(None)] == ["templates.W106"]


def test_the_example_project_is_clean_and_a_broken_one_is_not(tmp_path: Path) -> None:
    project = tmp_path / "polls"
    shutil.copytree(Path(__file__).resolve().parents[2] / "examples" / "polls", project)

    def check() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "check", "--tag", "templates", "--fail-level", "WARNING"]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)

    done = check()
    assert (done.returncode, done.stderr) == (0, "")
    page = next(path for path in sorted(project.rglob("*.html")) if "{% url" in path.read_text())
    page.write_text(page.read_text() + "\n{% url 'no-such-route' %}{% include 'gone.html' %}{{ x|uppper }}")
    done = check()
    assert done.returncode == 1
    assert "Invalid filter: 'uppper'" in done.stderr
    page.write_text(page.read_text().replace("{{ x|uppper }}", ""))
    done = check()
    assert "there is no route 'no-such-route'" in done.stderr
    assert "there is no template 'gone.html'" in done.stderr
