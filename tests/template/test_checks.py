from __future__ import annotations

from pathlib import Path

from hotclub.template.backends.django import DjangoTemplates
from hotclub.template.checks import check_source, template_files


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
