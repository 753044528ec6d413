"""Choosing a language, and translations for JavaScript."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from hotclub.apps import apps
from hotclub.conf import settings
from hotclub.http import HttpResponse, HttpResponseRedirect, JsonResponse
from hotclub.template import Context, Engine
from hotclub.urls import translate_url
from hotclub.utils.formats import get_format
from hotclub.utils.http import url_has_allowed_host_and_scheme
from hotclub.utils.translation import check_for_language, get_language
from hotclub.utils.translation.trans_real import DjangoTranslation
from hotclub.views.generic import View

LANGUAGE_QUERY_PARAMETER = "language"
_PLURAL_FORMS = re.compile(r"plural=([^;\n]+)")


def builtin_template_path(name: str) -> Path:
    """Give the path of a built-in template; it is read directly, without the project's template engines."""
    return Path(__file__).parent / "templates" / name


def set_language(request: Any) -> Any:
    """Set the language cookie and go back to where the user was (`next`, or the referer).

    Only POST changes anything.

    Source: docs topics/i18n/translation, "The set_language redirect view".
    """

    def is_safe(url: str) -> bool:
        return url_has_allowed_host_and_scheme(
            url=url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    next_url = request.POST.get("next", request.GET.get("next"))
    wants_page = request.accepts("text/html")
    if (next_url or wants_page) and not is_safe(next_url or ""):
        next_url = request.META.get("HTTP_REFERER")
        if not is_safe(next_url or ""):
            next_url = "/"
    response: Any = HttpResponseRedirect(next_url) if next_url else HttpResponse(status=204)
    if request.method != "POST":
        return response
    language = request.POST.get(LANGUAGE_QUERY_PARAMETER)
    if not (language and check_for_language(language)):
        return response
    if next_url:
        translated = translate_url(next_url, language)
        if translated != next_url:
            response = HttpResponseRedirect(translated)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )
    return response


FORMAT_SETTINGS = (
    "DATE_FORMAT",
    "DATETIME_FORMAT",
    "TIME_FORMAT",
    "YEAR_MONTH_FORMAT",
    "MONTH_DAY_FORMAT",
    "SHORT_DATE_FORMAT",
    "SHORT_DATETIME_FORMAT",
    "FIRST_DAY_OF_WEEK",
    "DECIMAL_SEPARATOR",
    "THOUSAND_SEPARATOR",
    "NUMBER_GROUPING",
    "DATE_INPUT_FORMATS",
    "TIME_INPUT_FORMATS",
    "DATETIME_INPUT_FORMATS",
)


def get_formats() -> dict[str, Any]:
    """Give all formats of the active language."""
    return {name: get_format(name) for name in FORMAT_SETTINGS}


def _with_fallbacks(language: str, domain: str, paths: list[str]) -> Any:
    """Give the catalogue of a language, with those of its generic form and of the project's language below it."""
    catalogue = DjangoTranslation(language, domain=domain, localedirs=paths)
    generic = language.replace("_", "-").partition("-")[0]
    # English is what the texts are written in: the project's language may not stand in for it.
    below = [generic] if generic == "en" else [generic, settings.LANGUAGE_CODE]
    for fallback in dict.fromkeys(below):
        if fallback != language:
            catalogue.add_fallback(DjangoTranslation(fallback, domain=domain, localedirs=paths))
    return catalogue


class JavaScriptCatalog(View):
    """Translations as JavaScript, with the functions `gettext`, `ngettext` … to use them.

    Attributes:
        domain: of the catalogs; "djangojs".
        packages: applications to take; all installed ones, if None.

    Source: docs topics/i18n/translation, "The JavaScriptCatalog view".
    """

    domain = "djangojs"
    packages: list[str] | None = None
    translation: Any

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Give the catalog of the active language."""
        domain = kwargs.get("domain", self.domain)
        # All packages are tried: those without translations add nothing.
        packages = kwargs.get("packages", "")
        paths = self.get_paths(packages.split("+") if packages else self.packages)
        self.translation = _with_fallbacks(get_language() or settings.LANGUAGE_CODE, domain, paths)
        return self.render_to_response(self.get_context_data(**kwargs))

    def get_paths(self, packages: list[str] | None) -> list[str]:
        """Give the locale directories of applications.

        Raises:
            ValueError: one of them is not installed.
        """
        configs = {config.name: config for config in apps.get_app_configs()}
        if not packages:
            chosen = list(configs.values())
        else:
            missing = [name for name in packages if name not in configs]
            if missing:
                raise ValueError(f"Invalid package(s) provided to JavaScriptCatalog: {','.join(missing)}")
            chosen = [configs[name] for name in packages]
        return [
            *map(str, settings.LOCALE_PATHS),
            *(os.path.join(config.path, "locale") for config in chosen),
        ]

    @property
    def _num_plurals(self) -> int:
        """How many plural forms the language has."""
        match = re.search(r"nplurals=\s*(\d+)", self._plural_string or "")
        return int(match[1]) if match else 2

    @property
    def _plural_string(self) -> str | None:
        """The Plural-Forms header of the catalog."""
        return next((layer.plural_forms for layer in self.translation.layers if layer.plural_forms), None)

    def get_plural(self) -> str | None:
        """Give the expression that chooses the plural form."""
        plural = self._plural_string
        match = _PLURAL_FORMS.search(plural) if plural is not None else None
        return match[1].strip() if match else None

    def get_catalog(self) -> dict[str, Any]:
        """Give the messages; plural forms as lists."""
        catalog: dict[str, Any] = {}
        plurals: dict[str, dict[int, str]] = {}
        for layer in self.translation.layers:
            # A plural message is taken whole from the strongest layer that has it.
            known = set(plurals)
            for key, text in layer.texts.items():
                if isinstance(key, str):
                    catalog.setdefault(key, text)
                elif key[0] not in known:
                    plurals.setdefault(key[0], {})[key[1]] = text
        for message, forms in plurals.items():
            catalog[message] = [forms.get(index, "") for index in range(self._num_plurals)]
        return catalog

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give messages, formats and the plural expression."""
        return {"catalog": self.get_catalog(), "formats": get_formats(), "plural": self.get_plural()}

    def render_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> Any:
        """Give the JavaScript."""

        def indent(text: str) -> str:
            return text.replace("\n", "\n  ")

        with builtin_template_path("i18n_catalog.js").open(encoding="utf-8") as source:
            template = Engine().from_string(source.read())
        context["catalog_str"] = (
            indent(json.dumps(context["catalog"], sort_keys=True, indent=2)) if context["catalog"] else None
        )
        context["formats_str"] = indent(json.dumps(context["formats"], sort_keys=True, indent=2))
        return HttpResponse(template.render(Context(context)), 'text/javascript; charset="utf-8"')


class JSONCatalog(JavaScriptCatalog):
    """The same as JSON, for JavaScript libraries of one's own."""

    def render_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> Any:
        """Give the JSON."""
        return JsonResponse(context)


__all__ = ["JSONCatalog", "JavaScriptCatalog", "get_formats", "set_language"]
