"""The reference of tags and filters: each has its section, and the examples of the sections show what they say.

A block of `django` holds an example a line, `template → output`, or a whole template whose output is the block of `text` after it.
`file=` names a template that later examples of the page use; the Python block at the top of a page gives the values.
"""

from __future__ import annotations

import re
import types
from pathlib import Path
from typing import Any

import pytest

from hotclub.template import Context, Engine, RequestContext
from hotclub.test.utils import override_settings
from hotclub.urls import path as route
from hotclub.utils import timezone, translation

DOCS = Path(__file__).parents[2] / "docs/ref/templates"
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in DOCS.glob("*.md") if page.stem != "api"}
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)
LIBRARIES = {
    **{name: f"hotclub.templatetags.{name}" for name in ("cache", "i18n", "l10n", "static", "tz")},
    "humanize": "hotclub.contrib.humanize.templatetags.humanize",
}
ROUTES = types.ModuleType("reference_routes")
ROUTES.urlpatterns = [  # type: ignore[attr-defined]
    route("clients/", print, name="clients"),
    route("clients/<int:pk>/", print, name="client"),
]


def sections(page: str) -> dict[str, str]:
    """Return the text below each heading of a name."""
    parts = re.split(r"^### (.*)$", PAGES[page], flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def examples(text: str) -> list[tuple[str, str]]:
    """Return templates with their outputs; a template for a file has its name, after a colon, instead of an output."""
    found = []
    fences = [(match[1], match[2].strip(), match[3]) for match in FENCE.finditer(text)]
    for (kind, info, body), following in zip(fences, [*fences[1:], ("", "", "")], strict=True):
        if kind != "django":
            continue
        if info.startswith("file="):
            found.append((body.rstrip("\n"), f"file:{info[5:]}"))
        elif following[0] == "text":
            found.append((body.rstrip("\n"), following[2].rstrip("\n")))
        else:
            for line in body.splitlines():
                template, arrow, output = line.rpartition(" →")
                assert arrow, f"no output for {line!r}"
                found.append((template, output.strip(" ")))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_examples_show_what_they_say(page: str) -> None:
    values: dict[str, Any] = {}
    python = next(match[3] for match in FENCE.finditer(PAGES[page]) if match[1] == "python")
    exec(python, values)
    files: dict[str, str] = {}
    engine = Engine(loaders=[("hotclub.template.loaders.locmem.Loader", files)], libraries=LIBRARIES)
    loads = re.search(r"`(\{% load [^%]*%\})`", PAGES[page])
    options = {"STATIC_URL": "/static/", "MEDIA_URL": "/media/", "TIME_ZONE": "UTC", "USE_TZ": True}
    with (
        override_settings(ROOT_URLCONF=ROUTES, URLIZE_ASSUME_HTTPS=True, **options),
        translation.override("en"),
        timezone.override("UTC"),
    ):
        for template, output in examples(PAGES[page]):
            if output.startswith("file:"):
                files[output[5:]] = template
                continue
            source = template if "{% extends" in template or not loads else loads[1] + template
            given = dict(values["context"])
            context = RequestContext(given["request"], given) if "{% querystring" in source else Context(given)
            shown = engine.from_string(source).render(context)
            assert shown.strip(" \n") == output.strip(" \n"), template


def test_every_name_has_a_section_with_an_example() -> None:
    engine = Engine(libraries=LIBRARIES)
    libraries = [(library, True) for library in engine.template_builtins]
    libraries += [(library, False) for library in engine.template_libraries.values()]
    missing = []
    for library, built_in in libraries:
        for kind, names in (("tag", library.tags), ("filter", library.filters)):
            page = {"tag": "builtins", "filter": "filters"}[kind] if built_in else "libraries"
            written = [
                heading
                for heading, text in sections(page).items()
                if examples(text) and (built_in or heading.lower().startswith(kind))
            ]
            missing += [f"{kind} {name}" for name in names if not any(f"`{name}`" in heading for heading in written)]
    assert missing == []
