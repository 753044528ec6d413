"""Translation of texts and choice of the language.

With `USE_I18N` off, everything is answered by `trans_null`, which knows the texts as they stand only.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from decimal import ROUND_UP, Decimal
from types import TracebackType
from typing import Any

from hotclub.conf import settings
from hotclub.conf.locale import LANG_INFO
from hotclub.utils.functional import Promise, lazy
from hotclub.utils.regex_helper import lazy_pattern
from hotclub.utils.translation import trans_null, trans_real

__all__ = [
    "TranslatorCommentWarning", "activate", "check_for_language", "deactivate", "deactivate_all", "get_language",
    "get_language_bidi", "get_language_from_path", "get_language_from_request", "get_language_info",
    "get_supported_language_variant", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "npgettext",
    "npgettext_lazy", "override", "pgettext", "pgettext_lazy", "templatize", "to_language", "to_locale",
]  # fmt: skip


class TranslatorCommentWarning(SyntaxWarning):
    """A comment for translators stands where it cannot reach them."""


def _backend() -> Any:
    return trans_real if settings.USE_I18N else trans_null


def gettext_noop(message: str) -> str:
    """Mark a text for translation without translating it now."""
    return message


def gettext(message: str) -> str:
    """Return the text in the current language; the text itself if there is no translation."""
    text: str = _backend().gettext(message)
    return text


def ngettext(singular: str, plural: str, number: float) -> str:
    """Return the form for the number in the current language."""
    text: str = _backend().ngettext(singular, plural, number)
    return text


def pgettext(context: str, message: str) -> str:
    """Return the text in the current language, where it has different meanings by context."""
    text: str = _backend().pgettext(context, message)
    return text


def npgettext(context: str, singular: str, plural: str, number: float) -> str:
    """Return the form for the number in the current language, by context."""
    text: str = _backend().npgettext(context, singular, plural, number)
    return text


gettext_lazy: Callable[..., Any] = lazy(gettext, str)
pgettext_lazy: Callable[..., Any] = lazy(pgettext, str)


def _lazy_number(func: Callable[..., str], resultclass: type, number: Any = None, **kwargs: Any) -> Any:
    if isinstance(number, int):
        kwargs["number"] = number
        return lazy(func, resultclass)(**kwargs)
    return _NumberAware(func, resultclass, number, kwargs)


class _NumberAware(Promise):
    """A lazy text whose number comes with its interpolation: `text % {"count": 3}`, `text.format(count=3)`."""

    def __init__(self, func: Callable[..., str], resultclass: type, number: Any, kwargs: dict[str, Any]) -> None:
        self._func = func
        self._resultclass = resultclass
        self._number = number
        self._kwargs = kwargs

    def __bool__(self) -> bool:
        return bool(self._kwargs["singular"])

    def _value_of(self, values: Any) -> Any:
        try:
            return values[self._number]
        except KeyError:
            raise KeyError(
                f"Your dictionary lacks key '{self._number}'. Please provide it, because it is required to determine "
                "whether string is singular or plural."
            ) from None

    def _translate(self, number: Any) -> str:
        return self._func(**self._kwargs, number=number)

    def format(self, *args: Any, **kwargs: Any) -> str:
        number = self._value_of(kwargs) if kwargs and self._number else args[0]
        return self._translate(number).format(*args, **kwargs)

    def __mod__(self, rhs: Any) -> str:
        number = self._value_of(rhs) if isinstance(rhs, dict) and self._number else rhs
        text = self._translate(number)
        try:
            return str(text % rhs)
        except TypeError:
            # The form for this number may do without the number: "one item".
            return text

    def __reduce__(self) -> tuple[Any, ...]:
        return _lazy_number_unpickle, (self._func, self._resultclass, self._number, self._kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> _NumberAware:
        return self

    def __str__(self) -> str:
        return str(self._translate(self._number))


def _lazy_number_unpickle(func: Callable[..., str], resultclass: type, number: Any, kwargs: dict[str, Any]) -> Any:
    return _lazy_number(func, resultclass, number=number, **kwargs)


def ngettext_lazy(singular: str, plural: str, number: Any = None) -> Any:
    """`ngettext`, put off. `number` may be the name of the value that tells the form when the text is interpolated."""
    return _lazy_number(ngettext, str, singular=singular, plural=plural, number=number)


def npgettext_lazy(context: str, singular: str, plural: str, number: Any = None) -> Any:
    """`npgettext`, put off; see `ngettext_lazy`."""
    return _lazy_number(npgettext, str, context=context, singular=singular, plural=plural, number=number)


def activate(language: str) -> None:
    """Make a language current for the running context."""
    _backend().activate(language)


def deactivate() -> None:
    """Go back to the default language."""
    _backend().deactivate()


def deactivate_all() -> None:
    """Show every text as it stands in the code."""
    _backend().deactivate_all()


class override(ContextDecorator):
    """Make a language current for a block or a function; None shows texts as they stand in the code.

    Args:
        language: code of the language.
        deactivate: go back to the default language at the end, instead of the one before.
    """

    def __init__(self, language: str | None, deactivate: bool = False) -> None:
        self.language = language
        self.deactivate = deactivate

    def __enter__(self) -> None:
        self.old_language = get_language()
        if self.language is not None:
            activate(self.language)
        else:
            deactivate_all()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.old_language is None:
            deactivate_all()
        elif self.deactivate:
            deactivate()
        else:
            activate(self.old_language)


def get_language() -> str | None:
    """Return the code of the current language; None after `deactivate_all`."""
    language: str | None = _backend().get_language()
    return language


def get_language_bidi() -> bool:
    """Say whether the current language is written from right to left."""
    answer: bool = _backend().get_language_bidi()
    return answer


def check_for_language(lang_code: str) -> bool:
    """Say whether texts in that language can be had (not whether the project offers it)."""
    answer: bool = _backend().check_for_language(lang_code)
    return answer


def to_language(locale: str) -> str:
    """Return the language code of a locale name: "en_US" gives "en-us"."""
    main, underscore, rest = locale.partition("_")
    return f"{main.lower()}-{rest.lower()}" if underscore else locale.lower()


def to_locale(language: str) -> str:
    """Return the locale name of a language code: "en-us" gives "en_US", "sr-latn" gives "sr_Latn"."""
    main, _, rest = language.lower().replace("_", "-").partition("-")
    if not rest:
        return main
    country, _, tail = rest.partition("-")
    country = country.title() if len(country) > 2 else country.upper()
    return f"{main}_{country}-{tail}" if tail else f"{main}_{country}"


def get_language_from_request(request: Any, check_path: bool = False) -> str:
    """Return the language the request asks for, among those of the project.

    Looks at the path (if asked to), the language cookie and the Accept-Language header, and gives `LANGUAGE_CODE` at last.
    """
    language: str = _backend().get_language_from_request(request, check_path)
    return language


def get_language_from_path(path: str) -> str | None:
    """Return the language at the beginning of a path, if it is one of the project's."""
    language: str | None = _backend().get_language_from_path(path)
    return language


def get_supported_language_variant(lang_code: str, *, strict: bool = False) -> str:
    """Return the language of the project that serves a code best: itself, its fallbacks, its generic language, a sibling.

    Args:
        lang_code: wanted language.
        strict: accept no sibling.

    Raises:
        LookupError: there is none.
    """
    language: str = _backend().get_supported_language_variant(lang_code, strict)
    return language


def templatize(src: str, **kwargs: Any) -> str:
    """Return the source of a template as text from which xgettext takes the translatable parts."""
    from hotclub.utils.translation.template import templatize as convert  # noqa: PLC0415  # needs the template engine

    return str(convert(src, **kwargs))


def get_language_info(lang_code: str) -> dict[str, Any]:
    """Return what is known of a language: bidi, code, name, name_local, name_translated.

    Raises:
        KeyError: the code is unknown, and so is its generic part.
    """
    try:
        info = LANG_INFO[lang_code]
        if "fallback" in info and "name" not in info:
            info = get_language_info(info["fallback"][0])
    except KeyError:
        if "-" not in lang_code:
            raise KeyError(f"Unknown language code {lang_code}.") from None
        generic = lang_code.partition("-")[0]
        try:
            info = LANG_INFO[generic]
        except KeyError:
            raise KeyError(f"Unknown language code {lang_code} and {generic}.") from None
    return {**info, "name_translated": gettext_lazy(info["name"])}


trim_whitespace_re = lazy_pattern(r"\s*\n\s*")


def trim_whitespace(s: str) -> str:
    """Return the text on one line: line breaks with the blanks around them become single blanks."""
    return " ".join(line.strip() for line in s.strip().split("\n") if line.strip())


def round_away_from_one(value: Any) -> int:
    """Return the number rounded away from 1, so that 1.5 counts as plural and 0.5 not as 1."""
    return int(Decimal(value - 1).quantize(Decimal("0"), rounding=ROUND_UP)) + 1
