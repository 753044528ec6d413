"""Writing and reading dates, times and numbers as the current language does."""

from __future__ import annotations

import datetime
import decimal
import functools
import re
import unicodedata
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from hotclub.conf import settings
from hotclub.utils import dateformat, numberformat
from hotclub.utils.functional import lazy
from hotclub.utils.translation import check_for_language, get_language, to_locale

# format_cache is a mapping from (format_type, lang) to the value; bounded by names and languages.
_format_cache: dict[tuple[str, str | None], Any] = {}
_format_modules_cache: dict[Any, list[ModuleType]] = {}

ISO_INPUT_FORMATS = {
    "DATE_INPUT_FORMATS": ["%Y-%m-%d"],
    "TIME_INPUT_FORMATS": ["%H:%M:%S", "%H:%M:%S.%f", "%H:%M"],
    "DATETIME_INPUT_FORMATS": [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M:%S.%f",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d",
    ],
}
"""Forms that are read in every language."""

FORMAT_SETTINGS = frozenset(
    {
        "DECIMAL_SEPARATOR", "THOUSAND_SEPARATOR", "NUMBER_GROUPING", "FIRST_DAY_OF_WEEK", "MONTH_DAY_FORMAT",
        "TIME_FORMAT", "DATE_FORMAT", "DATETIME_FORMAT", "SHORT_DATE_FORMAT", "SHORT_DATETIME_FORMAT",
        "YEAR_MONTH_FORMAT", "DATE_INPUT_FORMATS", "TIME_INPUT_FORMATS", "DATETIME_INPUT_FORMATS",
    }
)  # fmt: skip

_MAX_CACHED = 5000


def reset_format_cache() -> None:
    """Forget the formats, as after a change of settings."""
    _format_cache.clear()
    _format_modules_cache.clear()


def iter_format_modules(lang: str, format_module_path: Any = None) -> Iterator[ModuleType]:
    """Give the modules with formats for a language: the project's, then the built-in ones; a country's before its language's."""
    if not check_for_language(lang):
        return
    if format_module_path is None:
        format_module_path = settings.FORMAT_MODULE_PATH
    places: list[str] = []
    if format_module_path:
        paths = [format_module_path] if isinstance(format_module_path, str) else format_module_path
        places.extend(f"{path}.%s" for path in paths)
    places.append("hotclub.conf.locale.%s")
    locale = to_locale(lang)
    locales = [locale]
    if "_" in locale:
        locales.append(locale.split("_")[0])
    for place in places:
        for name in locales:
            try:
                yield import_module(f"{place % name}.formats")
            except ImportError:
                continue


def get_format_modules(lang: str | None = None) -> list[ModuleType]:
    """Return the modules of `iter_format_modules`, found once."""
    if lang is None:
        lang = get_language() or ""
    if lang not in _format_modules_cache:
        if len(_format_modules_cache) >= _MAX_CACHED:
            _format_modules_cache.clear()
        _format_modules_cache[lang] = list(iter_format_modules(lang, settings.FORMAT_MODULE_PATH))
    return _format_modules_cache[lang]


def get_format(format_type: str, lang: str | None = None, use_l10n: bool | None = None) -> Any:
    """Return a format for the language; from the settings where the language has none.

    Args:
        format_type: name of a format setting or of a format in `FORMAT_MODULE_PATH`, or a format itself (which is
            returned).
        lang: code of the language; the current one, if None.
        use_l10n: whether languages are looked at, instead of settings only.
    """
    if use_l10n is None:
        use_l10n = True
    if use_l10n and lang is None:
        lang = get_language()
    format_type = str(format_type)  # may be lazy
    cache_key = (format_type, lang)
    if cache_key in _format_cache:
        return _format_cache[cache_key]
    if format_type not in FORMAT_SETTINGS and not format_type.isupper():
        return format_type
    value = None
    if use_l10n and lang is not None:
        for module in get_format_modules(lang):
            value = getattr(module, format_type, None)
            if value is not None:
                break
    if value is None:
        # A project's modules may have names of their own; what none of them knows is a format itself.
        value = getattr(settings, format_type) if format_type in FORMAT_SETTINGS else format_type
    elif format_type in ISO_INPUT_FORMATS:
        # The ISO forms come last, in every language.
        value = list(value) + [form for form in ISO_INPUT_FORMATS[format_type] if form not in value]
    _keep_format(cache_key, value)
    return value


def _keep_format(key: tuple[str, str | None], value: Any) -> None:
    if len(_format_cache) >= _MAX_CACHED:
        _format_cache.clear()
    _format_cache[key] = value


get_format_lazy = lazy(get_format, str, list, tuple)


def date_format(value: Any, format: str | None = None, use_l10n: bool | None = None) -> str:
    """Return a date or datetime in a format (`DATE_FORMAT`, if None)."""
    return dateformat.format(value, get_format(format or "DATE_FORMAT", use_l10n=use_l10n))


def time_format(value: Any, format: str | None = None, use_l10n: bool | None = None) -> str:
    """Return a time in a format (`TIME_FORMAT`, if None)."""
    return dateformat.time_format(value, get_format(format or "TIME_FORMAT", use_l10n=use_l10n))


def number_format(
    value: Any, decimal_pos: int | None = None, use_l10n: bool | None = None, force_grouping: bool = False
) -> str:
    """Return a number as the current language writes it."""
    if use_l10n is None:
        use_l10n = True
    lang = get_language() if use_l10n else None
    try:
        decimal_separator, grouping, thousand_separator = _format_cache["number", lang]
    except KeyError:
        parts = ("DECIMAL_SEPARATOR", "NUMBER_GROUPING", "THOUSAND_SEPARATOR")
        found = tuple(get_format(part, lang, use_l10n=use_l10n) for part in parts)
        decimal_separator, grouping, thousand_separator = found
        _keep_format(("number", lang), found)
    return numberformat.format(
        value, decimal_separator, decimal_pos, grouping, thousand_separator, force_grouping, use_l10n
    )


def localize(value: Any, use_l10n: bool | None = None) -> Any:
    """Return numbers, dates and times as text in the current language; everything else as it is.

    Args:
        value: any.
        use_l10n: False writes numbers as Python does, and dates in the formats of the settings.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float | decimal.Decimal):
        return str(value) if use_l10n is False else number_format(value, use_l10n=use_l10n)
    if isinstance(value, datetime.datetime):
        return date_format(value, "DATETIME_FORMAT", use_l10n=use_l10n)
    if isinstance(value, datetime.date):
        return date_format(value, use_l10n=use_l10n)
    if isinstance(value, datetime.time):
        return time_format(value, use_l10n=use_l10n)
    return value


def localize_input(value: Any, default: str | None = None) -> Any:
    """Return a value as text for a form field in the current language; everything unknown as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float | decimal.Decimal):
        return number_format(value)
    if isinstance(value, datetime.datetime):
        form = default or get_format("DATETIME_INPUT_FORMATS")[0]
    elif isinstance(value, datetime.date):
        form = default or get_format("DATE_INPUT_FORMATS")[0]
    elif isinstance(value, datetime.time):
        form = default or get_format("TIME_INPUT_FORMATS")[0]
    else:
        return value
    return value.strftime(sanitize_strftime_format(form))


@functools.lru_cache(maxsize=1)
def _year_needs_padding() -> bool:
    return datetime.date(1, 1, 1).strftime("%Y") != "0001"


_YEAR_DIRECTIVE = re.compile(r"((?:^|[^%])(?:%%)*)%([CFGY])")


def sanitize_strftime_format(fmt: str) -> str:
    """Return the format so that years before 1000 have four digits on every platform."""
    if not _year_needs_padding():
        return fmt
    widths = {"C": 2, "F": 10, "G": 4, "Y": 4}
    return _YEAR_DIRECTIVE.sub(lambda match: rf"{match[1]}%0{widths[match[2]]}{match[2]}", fmt)


def sanitize_separators(value: Any) -> Any:
    """Return the text of a number, as the current language writes it, in the form that Python reads."""
    if not isinstance(value, str):
        return value
    parts = []
    decimal_separator = get_format("DECIMAL_SEPARATOR")
    if decimal_separator in value:
        value, decimals = value.split(decimal_separator, 1)
        parts.append(decimals)
    if settings.USE_THOUSAND_SEPARATOR:
        thousand_sep = get_format("THOUSAND_SEPARATOR")
        if thousand_sep == "." and value.count(".") == 1 and len(value.split(".")[-1]) != 3:
            # "1.23" is a decimal, whatever the language: the group would have three digits.
            pass
        else:
            replacements = {thousand_sep, unicodedata.normalize("NFKD", thousand_sep)}
            for replacement in replacements:
                value = value.replace(replacement, "")
    parts.append(value)
    return ".".join(reversed(parts))
