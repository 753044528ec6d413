"""Renders templates with one of the two frameworks: lines of JSON in, lines of JSON out.

Run as `python oracle_worker.py PACKAGE`; it knows nothing but the documented API, which both packages offer.
"""

from __future__ import annotations

import datetime
import importlib
import json
import sys
import types
from decimal import Decimal
from typing import Any

LIBRARIES = ("i18n", "l10n", "tz", "static", "cache")


def answer(package: str, engine_class: Any, context_class: Any, job: dict[str, Any]) -> list[str]:
    """Render the templates of a job and give the text, or the kind and message of the error."""
    engine = engine_class(
        loaders=[(f"{package}.template.loaders.locmem.Loader", job["templates"])],
        string_if_invalid=job.get("invalid", ""),
        debug=job.get("debug", False),
        libraries={
            **{name: f"{package}.templatetags.{name}" for name in LIBRARIES},
            "humanize": f"{package}.contrib.humanize.templatetags.humanize",
        },
    )
    translation = importlib.import_module(f"{package}.utils.translation")
    timezone = importlib.import_module(f"{package}.utils.timezone")
    override = importlib.import_module(f"{package}.test.utils").override_settings
    values = {**job["context"], **moments(package)}
    if job.get("request"):
        values["request"] = importlib.import_module(f"{package}.test").RequestFactory().get("/here/", job["request"])
    texts = []
    try:
        with (
            override(USE_THOUSAND_SEPARATOR=job.get("separators", False)),
            translation.override(job.get("language", "en")),
            timezone.override(job.get("zone", "UTC")),
        ):
            template = engine.get_template(job.get("name", "main"))
            for _ in range(job.get("times", 1)):
                context = context_class(dict(values), autoescape=job.get("autoescape", True))
                texts.append(template.render(context))
    except Exception as error:  # whatever it is, both frameworks must agree on it
        return [type(error).__name__, str(error)[:200].replace("django", "hotclub")]
    return texts


def moments(package: str) -> dict[str, Any]:
    """Return the values of a context that JSON has no form for."""
    mark_safe = importlib.import_module(f"{package}.utils.safestring").mark_safe
    gettext_lazy = importlib.import_module(f"{package}.utils.translation").gettext_lazy
    return {
        "moment": datetime.datetime(2024, 2, 29, 23, 5, 7, 890, tzinfo=datetime.UTC),
        "naive": datetime.datetime(1999, 12, 31, 0, 0),
        "day": datetime.date(2021, 3, 4),
        "hour": datetime.time(4, 5, 6),
        "exact": Decimal("-1234567.891"),
        "big": 9876543210,
        "safe": mark_safe("<i>safe & sound</i>"),
        "lazy": gettext_lazy("Some <lazy> text"),
        "csrf_token": "TOKEN",
    }


def routes(package: str) -> types.ModuleType:
    """Return a URLconf of this package."""
    path = importlib.import_module(f"{package}.urls").path
    response = importlib.import_module(f"{package}.http").HttpResponse
    module = types.ModuleType("oracle_routes")
    module.urlpatterns = [  # type: ignore[attr-defined]
        path("", response, name="start"),
        path("item/<int:number>/", response, name="item"),
        path("word/<str:word>/<slug:other>/", response, name="word"),
    ]
    return module


def main() -> None:
    """Answer jobs until the input ends."""
    package = sys.argv[1]
    settings = importlib.import_module(f"{package}.conf").settings
    sys.modules["oracle_routes"] = routes(package)
    settings.configure(
        TEMPLATES=[],
        USE_TZ=True,
        SECRET_KEY="x",
        ROOT_URLCONF="oracle_routes",
        STATIC_URL="/s/",
        MEDIA_URL="/m/",
        TIME_ZONE="UTC",
        CACHES={"default": {"BACKEND": f"{package}.core.cache.backends.dummy.DummyCache"}},
        INSTALLED_APPS=[f"{package}.contrib.humanize"],
    )
    importlib.import_module(package).setup()
    template = importlib.import_module(f"{package}.template")
    for line in sys.stdin:
        result = answer(package, template.Engine, template.Context, json.loads(line))
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
