from __future__ import annotations

from pathlib import Path

import pytest

from hotclub.template import Context, Engine, TemplateDoesNotExist
from hotclub.template.loaders import cached


def test_names_may_not_leave_the_directories(tmp_path: Path) -> None:
    root = tmp_path / "templates"
    root.mkdir()
    (tmp_path / "secret.html").write_text("secret")
    (root / "a.html").write_text("a")
    engine = Engine(dirs=[root])
    assert engine.get_template("a.html").render(Context()) == "a"
    for name in ("../secret.html", str(tmp_path / "secret.html"), "x/../../secret.html", "..\\secret.html"):
        with pytest.raises(TemplateDoesNotExist):
            engine.get_template(name)


def test_old_names_of_form_templates_find_ours() -> None:
    engine = Engine(loaders=[("hotclub.template.loaders.locmem.Loader", {"hotclub/forms/x.html": "new"})])
    assert engine.get_template("django/forms/x.html").render(Context()) == "new"
    own = Engine(
        loaders=[
            ("hotclub.template.loaders.locmem.Loader", {"hotclub/forms/x.html": "new", "django/forms/x.html": "mine"})
        ]
    )
    assert own.get_template("django/forms/x.html").render(Context()) == "mine"


def test_the_cache_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached, "MOST_TEMPLATES", 5)
    engine = Engine(
        loaders=[("hotclub.template.loaders.cached.Loader", [("hotclub.template.loaders.locmem.Loader", {"a": "a"})])]
    )
    for number in range(50):
        with pytest.raises(TemplateDoesNotExist):
            engine.get_template(f"missing-{number}")
    assert len(engine.template_loaders[0].get_template_cache) == 5
    assert engine.get_template("a") is engine.get_template("a")


def test_a_reset_cache_reads_again(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    engine = Engine(dirs=[tmp_path])
    assert engine.render_to_string("a") == "one"
    (tmp_path / "a").write_text("two")
    assert engine.render_to_string("a") == "one"
    engine.template_loaders[0].reset()
    assert engine.render_to_string("a") == "two"
