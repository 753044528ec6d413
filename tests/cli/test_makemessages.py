"""`makemessages` and `compilemessages` with the real gettext programs."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest

import hotclub
from hotclub.core.management import call_command
from hotclub.core.management.base import CommandError
from hotclub.utils.translation import templatize

pytestmark = pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs GNU gettext")

TEMPLATE = """{% load i18n %}
{# Translators: on the front page #}
{% translate "Welcome" %}
{% blocktranslate count n=items|length trimmed %}
  One "item"
{% plural %}
  {{ n }} items
{% endblocktranslate %}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    hotclub.setup()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "locale").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    (tmp_path / "code.py").write_text("from hotclub.utils.translation import gettext as _\n_('From code')\n")
    return tmp_path


def test_messages_of_code_and_templates(project: Path) -> None:
    call_command("makemessages", locale=["de"], verbosity=0)
    text = (project / "locale/de/LC_MESSAGES/django.po").read_text()
    assert '#: code.py:2\nmsgid "From code"' in text
    assert '#. Translators: on the front page\n#: templates/page.html:3\nmsgid "Welcome"' in text
    assert 'msgid "One \\"item\\""\nmsgid_plural "%(n)s items"' in text
    assert '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"' in text
    left = sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file())
    assert left == ["code.py", "locale/de/LC_MESSAGES/django.po", "templates/page.html"]


def test_translations_survive_and_compile(project: Path) -> None:
    catalogue = project / "locale/de/LC_MESSAGES/django.po"
    call_command("makemessages", locale=["de"], verbosity=0)
    catalogue.write_text(catalogue.read_text().replace('msgid "Welcome"\nmsgstr ""', 'msgid "Welcome"\nmsgstr "Hallo"'))
    (project / "code.py").write_text("")
    call_command("makemessages", locale=["de"], verbosity=0)
    text = catalogue.read_text()
    assert 'msgid "Welcome"\nmsgstr "Hallo"' in text
    assert 'msgid "From code"' not in text
    call_command("compilemessages", locale=["de"], verbosity=0)
    assert catalogue.with_suffix(".mo").exists()


def test_a_misspelt_locale_is_told(project: Path) -> None:
    out = StringIO()
    call_command("makemessages", locale=["pt-br"], stdout=out)
    assert "invalid locale pt-br, did you mean pt_BR?" in out.getvalue()


def test_an_unknown_domain_is_refused(project: Path) -> None:
    with pytest.raises(CommandError, match="only supports domains 'django' and 'djangojs'"):
        call_command("makemessages", locale=["de"], domain="other")


def test_a_tag_in_a_block_for_translation_is_refused() -> None:
    with pytest.raises(
        SyntaxError, match=r"Translation blocks must not include other block tags: if x \(file a\.html, line 2\)"
    ):
        templatize("{% blocktranslate %}\n{% if x %}{% endif %}{% endblocktranslate %}", origin="a.html")
