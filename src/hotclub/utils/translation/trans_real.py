"""Answers where internationalization is on: catalogues, the current language, the language of a request."""

from __future__ import annotations

import functools
import gettext as gettext_files
import os
import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from hotclub._i18n import catalogues
from hotclub._i18n.catalogues import CONTEXT_SEPARATOR, Catalogue
from hotclub.conf import settings
from hotclub.conf.locale import LANG_INFO
from hotclub.core.exceptions import AppRegistryNotReady
from hotclub.core.signals import setting_changed
from hotclub.dispatch import receiver
from hotclub.utils.regex_helper import lazy_pattern
from hotclub.utils.safestring import SafeData, mark_safe

DOMAIN = "django"
"""Domain of the .mo files, as documented."""
JS_DOMAIN = "djangojs"
BUILT_IN = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "conf", "locale")

_translations: dict[Any, Catalogue] = {}
"""Catalogues by language; bounded by `MAX_CATALOGUES`, as languages come from outside."""
MAX_CATALOGUES = 200
_deactivated = Catalogue("")


class ActiveCatalogue:
    """The catalogue of the running context, as an attribute that existing test suites set and replace."""

    def __init__(self) -> None:
        self._variable: ContextVar[Catalogue | None] = ContextVar("hotclub_translation", default=None)

    @property
    def value(self) -> Catalogue | None:
        return self._variable.get()

    @value.setter
    def value(self, catalogue: Catalogue | None) -> None:
        self._variable.set(catalogue)

    @value.deleter
    def value(self) -> None:
        self._variable.set(None)


_active: Any = ActiveCatalogue()
_default: Catalogue | None = None
"""Kept for suites that reset it; catalogues are found in `_translations`."""

# Longer codes and headers are not looked at: the longest registered tag has 35 characters.
LANGUAGE_CODE_MAX_LENGTH = 500
ACCEPT_LANGUAGE_HEADER_MAX_LENGTH = 500

language_code_re = lazy_pattern(r"^[a-z]{1,8}(?:-[a-z0-9]{1,8})*(?:@[a-z0-9]{1,20})?$", re.IGNORECASE)
language_code_prefix_re = lazy_pattern(r"^/(\w+([@-]\w+){0,2})(/|$)")
_accept_part_re = lazy_pattern(
    r"\s*([a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?\s*", re.IGNORECASE
)


def _to_locale(language: str) -> str:
    main, _, rest = language.lower().replace("_", "-").partition("-")
    if not rest:
        return main
    country, _, tail = rest.partition("-")
    country = country.title() if len(country) > 2 else country.upper()
    return f"{main}_{country}-{tail}" if tail else f"{main}_{country}"


@receiver(setting_changed)
def reset_cache(*, setting: str, **kwargs: Any) -> None:
    """Forget the languages of the project when a setting that decides them changes."""
    if setting in ("LANGUAGES", "LANGUAGE_CODE"):
        check_for_language.cache_clear()
        get_languages.cache_clear()
        _get_supported_language_variant.cache_clear()
        parse_accept_lang_header_cached.cache_clear()


def all_locale_paths() -> list[str]:
    """Return the directories with catalogues, the strongest first."""
    applications: list[str] = []
    for provider in catalogues.application_directories:
        for directory in provider():
            path = os.path.join(directory, "locale")
            if os.path.exists(path):
                applications.append(path)
    return [*settings.LOCALE_PATHS, *applications, BUILT_IN]


class DjangoTranslation(Catalogue):
    """The catalogue of a language for a domain, as this project has it.

    Args:
        language: code of the language.
        domain: file name without suffix.
        localedirs: directories to read instead of the project's.

    Raises:
        AppRegistryNotReady: applications are not loaded yet.
    """

    def __init__(self, language: str, domain: str | None = None, localedirs: Iterable[str] | None = None) -> None:
        super().__init__(language)
        self.domain = domain or DOMAIN
        self._to_language = language
        locale = _to_locale(language)
        for directory in self._directories() if localedirs is None else localedirs:
            translations = catalogues.read_directory(str(directory), self.domain, locale)
            if translations is not None:
                self.add_file(translations)
        if localedirs is None:
            self._add_fallbacks(language)

    def _directories(self) -> list[str]:
        try:
            return all_locale_paths()
        except AppRegistryNotReady:
            raise AppRegistryNotReady(
                "The translation infrastructure cannot be initialized before the apps registry is ready. Check that you "
                "don't make non-lazy gettext calls at import time."
            ) from None

    def _add_fallbacks(self, language: str) -> None:
        default = settings.LANGUAGE_CODE
        if language == default or language.startswith("en"):
            # English is what the texts are written in: nothing may stand in for it.
            return
        generic = language.partition("-")[0]
        self.add_fallback(translation(generic if generic != language else default))

    def language_name(self) -> str:
        """Return the code."""
        return self._to_language

    def to_language(self) -> str:
        """Return the code."""
        return self._to_language


def translation(language: str) -> Catalogue:
    """Return the catalogue of a language, read once."""
    found = _translations.get(language)
    if found is None:
        found = DjangoTranslation(language)
        if len(_translations) >= MAX_CATALOGUES:
            _translations.pop(next(iter(_translations)))
        _translations[language] = found
    return found


def activate(language: str) -> None:
    """Make a language current for the running context."""
    if language:
        _active.value = translation(language)


def deactivate() -> None:
    """Go back to the default language."""
    _active.value = None


def deactivate_all() -> None:
    """Show every text as it stands in the code."""
    _active.value = _deactivated


def get_language() -> str | None:
    """Return the code of the current language; None after `deactivate_all`."""
    active = getattr(_active, "value", None)
    if active is None:
        return str(settings.LANGUAGE_CODE)
    return active.language or None


def get_language_bidi() -> bool:
    """Say whether the current language is written from right to left."""
    language = get_language()
    return bool(language) and str(language).partition("-")[0] in settings.LANGUAGES_BIDI


def catalog() -> Catalogue:
    """Return the current catalogue."""
    active = getattr(_active, "value", None)
    return translation(settings.LANGUAGE_CODE) if active is None else active


def project_catalogue() -> Catalogue:
    """Return the catalogue of `LANGUAGE_CODE`."""
    return translation(settings.LANGUAGE_CODE)


def gettext(message: str) -> str:
    """Return the text in the current language. Safe texts stay safe."""
    text: str = message
    plain = message.replace("\r\n", "\n").replace("\r", "\n") if "\r" in message else message
    if plain:
        active = getattr(_active, "value", None)
        found = (project_catalogue() if active is None else active).find(plain)
        if found is not None:
            text = found
    return mark_safe(text) if isinstance(message, SafeData) else text


def pgettext(context: str, message: str) -> str:
    """Return the text in the current language, by context."""
    key = f"{context}{CONTEXT_SEPARATOR}{message}"
    result = gettext(key)
    if CONTEXT_SEPARATOR in result:
        result = message
    return mark_safe(result) if isinstance(message, SafeData) else result


def gettext_noop(message: str) -> str:
    """Mark a text for translation without translating it now."""
    return message


def ngettext(singular: str, plural: str, number: float) -> str:
    """Return the form for the number in the current language."""
    found = catalog().find_plural(singular, number)
    if found is None:
        return singular if number == 1 else plural
    return found


def npgettext(context: str, singular: str, plural: str, number: float) -> str:
    """Return the form for the number in the current language, by context."""
    result = ngettext(f"{context}{CONTEXT_SEPARATOR}{singular}", f"{context}{CONTEXT_SEPARATOR}{plural}", number)
    if CONTEXT_SEPARATOR in result:
        result = ngettext(singular, plural, number)
    return result


@functools.lru_cache(maxsize=1000)
def translation_catalog_exists(path: str, language: str) -> bool:
    """Say whether the directory has a catalogue of the language, or of the one it is a variant of."""
    return gettext_files.find(DOMAIN, path, [_to_locale(language)]) is not None


@functools.lru_cache(maxsize=1000)
def check_for_language(lang_code: str | None) -> bool:
    """Say whether there is a catalogue of the language, or it is one that needs none here.

    The languages of `LANG_INFO` count: formats and their own names are known, and texts fall back.
    """
    if lang_code is None or not language_code_re.search(lang_code):
        return False
    if "name" in LANG_INFO.get(lang_code.lower(), {}):
        return True
    return any(translation_catalog_exists(path, lang_code) for path in all_locale_paths())


@functools.lru_cache(maxsize=1)
def get_languages() -> dict[str, Any]:
    """Return `LANGUAGES` as a dictionary. Do not change it."""
    return dict(settings.LANGUAGES)


def get_supported_language_variant(lang_code: str, strict: bool = False) -> str:
    """Return the language of the project that serves a code best; see `hotclub.utils.translation`."""
    if not lang_code:
        raise LookupError(lang_code)
    if len(lang_code) > LANGUAGE_CODE_MAX_LENGTH:
        # Cut at a hyphen, before the cache: what a stranger sends must not fill it.
        index = lang_code.rfind("-", 0, LANGUAGE_CODE_MAX_LENGTH)
        if strict or index <= 0:
            raise LookupError(lang_code)
        lang_code = lang_code[:index]
    return _get_supported_language_variant(lang_code, strict)


@functools.lru_cache(maxsize=1000)
def _get_supported_language_variant(lang_code: str, strict: bool = False) -> str:
    candidates = [lang_code]
    candidates += LANG_INFO.get(lang_code, {}).get("fallback", [])
    shorter = lang_code
    while (index := shorter.rfind("-")) > 0:
        shorter = shorter[:index]
        candidates.append(shorter)
    generic = candidates[-1]
    supported = get_languages()
    for code in candidates:
        if code.lower() in supported and check_for_language(code):
            return code
    if not strict:
        for code in supported:
            if code.startswith(generic + "-"):
                return code
    raise LookupError(lang_code)


def get_language_from_path(path: str, strict: bool = False) -> str | None:
    """Return the language at the beginning of a path, if it is one of the project's."""
    match = language_code_prefix_re.match(path)
    if not match:
        return None
    try:
        return get_supported_language_variant(match[1], strict=strict)
    except LookupError:
        return None


def get_language_from_request(request: Any, check_path: bool = False) -> str:
    """Return the language the request asks for; see `hotclub.utils.translation`."""
    if check_path:
        language = get_language_from_path(request.path_info)
        if language is not None:
            return language
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if cookie is not None and cookie in get_languages() and check_for_language(cookie):
        return str(cookie)
    try:
        if cookie is not None:
            return get_supported_language_variant(cookie)
    except LookupError:
        pass
    for code, _ in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        if code == "*":
            break
        if not language_code_re.search(code):
            continue
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    try:
        return get_supported_language_variant(settings.LANGUAGE_CODE)
    except LookupError:
        return str(settings.LANGUAGE_CODE)


@functools.lru_cache(maxsize=1000)
def parse_accept_lang_header_cached(lang_string: str) -> tuple[tuple[str, float], ...]:
    """Parse a header of bounded length; see `parse_accept_lang_header`."""
    result: list[tuple[str, float]] = []
    parts = lang_string.lower().split(",")
    for position, part in enumerate(parts):
        if not part.strip() and position == len(parts) - 1 and result:
            break  # a comma at the end
        match = _accept_part_re.fullmatch(part)
        if match is None:
            return ()
        result.append((match[1], float(match[2]) if match[2] is not None else 1.0))
    result.sort(key=lambda pair: pair[1], reverse=True)
    return tuple(result)


def parse_accept_lang_header(lang_string: str) -> tuple[tuple[str, float], ...]:
    """Return the languages of an Accept-Language header with their weights, the best first; nothing if it is malformed.

    A header over 500 characters is cut at a comma.
    """
    if len(lang_string) > ACCEPT_LANGUAGE_HEADER_MAX_LENGTH:
        index = lang_string.rfind(",", 0, ACCEPT_LANGUAGE_HEADER_MAX_LENGTH)
        if index <= 0:
            return ()
        lang_string = lang_string[:index]
    return parse_accept_lang_header_cached(lang_string)
