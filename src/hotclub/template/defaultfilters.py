"""The built-in filters.

Each is a plain function of a value; text functions proper live in `hotclub.utils`. At the end some filters declare
what compiled templates may do in place of calling them.
"""

from __future__ import annotations

import random as random_module
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, getcontext
from operator import itemgetter
from pprint import pformat
from typing import Any
from urllib.parse import quote

from hotclub._template.filters import inline, stringfilter
from hotclub._template.library import Library
from hotclub._template.tokens import VARIABLE_ATTRIBUTE_SEPARATOR
from hotclub.utils import formats
from hotclub.utils.dateformat import format, time_format
from hotclub.utils.encoding import iri_to_uri
from hotclub.utils.functional import Promise
from hotclub.utils.html import avoid_wrapping, conditional_escape, escape, escapejs, strip_tags
from hotclub.utils.html import json_script as _json_script
from hotclub.utils.html import linebreaks as _linebreaks
from hotclub.utils.html import urlize as _urlize
from hotclub.utils.safestring import SafeData, SafeString, mark_safe
from hotclub.utils.text import Truncator, normalize_newlines, wrap
from hotclub.utils.text import phone2numeric as _phone2numeric
from hotclub.utils.text import slugify as _slugify
from hotclub.utils.timesince import timesince, timeuntil
from hotclub.utils.translation import gettext, ngettext, pgettext

register = Library()

MOST_DIGITS = 200
"""`floatformat` gives a longer number back as it is: exact arithmetic on it would take too long."""

# Text ----------------------------------------------------------------------------------------------------------------


@register.filter(is_safe=True)
@stringfilter
def addslashes(value: str) -> str:
    """Put a backslash before backslashes and quotes."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")


@register.filter(is_safe=True)
@stringfilter
def capfirst(value: str) -> str:
    """Make the first character upper case."""
    return value and value[0].upper() + value[1:]


@register.filter("escapejs")
@stringfilter
def escapejs_filter(value: str) -> str:
    """Escape for use inside JavaScript string literals."""
    return escapejs(value)


@register.filter("floatformat", is_safe=True)
def floatformat(text: Any, arg: Any = -1) -> Any:
    """Show a number with a fixed number of decimals.

    Args:
        text: the number.
        arg: decimals; negative to show none for a whole number. A suffix `g` groups digits, `u` switches
            localization off.

    Returns:
        The rounded number (half up) as safe text; empty if `text` is no number.
    """
    if type(text) is float and type(arg) is int and 0 < abs(arg) <= MOST_DIGITS:
        # A float that has no more decimals than are asked for needs no rounding.
        given = repr(text)
        decimals = len(given) - given.find(".") - 1
        if decimals <= abs(arg) and text and "e" not in given and given[-1].isdigit():
            if given.endswith(".0") and arg < 0:
                return mark_safe(formats.number_format(given[:-2], 0))
            return mark_safe(formats.number_format(given, abs(arg)))
    use_l10n, force_grouping = True, False
    if isinstance(arg, str):
        digits = arg.rstrip("gu") if arg[-2:] in ("gu", "ug") else arg[:-1] if arg[-1:] in ("g", "u") else arg
        suffix = arg[len(digits) :]
        force_grouping, use_l10n = "g" in suffix, "u" not in suffix
        arg = digits or -1
    given = str(text)
    try:
        number = Decimal(given)
    except InvalidOperation:
        try:
            number = Decimal(str(float(text)))
        except (ValueError, InvalidOperation, TypeError):
            return ""
    try:
        decimals = int(arg)
    except ValueError:
        return given
    parts = number.as_tuple()
    exponent = parts.exponent
    if not isinstance(exponent, int) or len(parts.digits) + abs(exponent) > MOST_DIGITS:
        return given  # infinite, not a number, or too long
    whole = int(number)
    is_whole = whole == number
    if is_whole and decimals <= 0:
        return mark_safe(formats.number_format(str(whole), 0, use_l10n=use_l10n, force_grouping=force_grouping))
    places = abs(decimals)
    precision = max(getcontext().prec, places + len(parts.digits) + abs(exponent) + 1)
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=precision))
    if not rounded:
        rounded = abs(rounded)  # no negative zero
    return mark_safe(formats.number_format(f"{rounded:f}", places, use_l10n=use_l10n, force_grouping=force_grouping))


@register.filter(is_safe=True)
@stringfilter
def iriencode(value: str) -> str:
    """Escape an IRI for use in a URL."""
    return str(iri_to_uri(value))


@register.filter(is_safe=True, needs_autoescape=True)
@stringfilter
def linenumbers(value: str, autoescape: bool = True) -> SafeString:
    """Number the lines."""
    lines = value.split("\n")
    width = len(str(len(lines)))
    show: Callable[[str], str] = escape if autoescape and not isinstance(value, SafeData) else str
    return mark_safe("\n".join(f"{number:0{width}d}. {show(line)}" for number, line in enumerate(lines, start=1)))


@register.filter(is_safe=True)
@stringfilter
def lower(value: str) -> str:
    """Make all characters lower case."""
    return value.lower()


@register.filter(is_safe=False)
@stringfilter
def make_list(value: str) -> list[str]:
    """Return the characters (digits, for an integer) as a list."""
    return list(value)


@register.filter(is_safe=True)
@stringfilter
def slugify(value: str) -> str:
    """Make a slug: lower case words joined by hyphens."""
    return _slugify(value)


@register.filter(is_safe=True)
def stringformat(value: Any, arg: Any) -> str:
    """Format with a `%` specifier, given without the `%`."""
    if isinstance(value, tuple):
        value = str(value)
    try:
        return str(f"%{arg}" % value)
    except (ValueError, TypeError):
        return ""


_AFTER_APOSTROPHE = re.compile("([a-z])'([A-Z])")
_AFTER_DIGIT = re.compile(r"\d([A-Z])")


@register.filter(is_safe=True)
@stringfilter
def title(value: str) -> str:
    """Begin each word with an upper case letter."""
    text = _AFTER_APOSTROPHE.sub(lambda match: match[0].lower(), value.title())
    return _AFTER_DIGIT.sub(lambda match: match[0].lower(), text)


def _truncate(value: str, arg: Any, shorten: Callable[[Truncator, int], str]) -> str:
    try:
        length = int(arg)
    except ValueError:
        return value  # documented: fails silently
    return shorten(Truncator(value), length)


@register.filter(is_safe=True)
@stringfilter
def truncatechars(value: str, arg: Any) -> str:
    """Shorten to a number of characters, the ellipsis included."""
    if type(arg) is int and arg > 0 and value.isascii():
        # Nothing to normalize, no character of zero width: what Truncator would give, in less time.
        if len(value) <= arg:
            return value
        if pgettext("String to return when truncating text", "%(truncated_text)s…") == "%(truncated_text)s…":
            return f"{value[: arg - 1]}…"
    return _truncate(value, arg, lambda text, length: text.chars(length))


@register.filter(is_safe=True)
@stringfilter
def truncatechars_html(value: str, arg: Any) -> str:
    """Shorten HTML to a number of characters; open tags are closed."""
    return _truncate(value, arg, lambda text, length: text.chars(length, html=True))


@register.filter(is_safe=True)
@stringfilter
def truncatewords(value: str, arg: Any) -> str:
    """Shorten to a number of words; newlines are removed."""
    if type(arg) is int and arg > 0:
        words = value.split(None, arg)
        if len(words) <= arg:
            return " ".join(words)
        del words[arg:]
        return f"{' '.join(words)} …"
    return _truncate(value, arg, lambda text, length: text.words(length, truncate=" …"))


@register.filter(is_safe=True)
@stringfilter
def truncatewords_html(value: str, arg: Any) -> str:
    """Shorten HTML to a number of words; open tags are closed."""
    return _truncate(value, arg, lambda text, length: text.words(length, html=True, truncate=" …"))


@register.filter(is_safe=False)
@stringfilter
def upper(value: str) -> str:
    """Make all characters upper case."""
    return value.upper()


@register.filter(is_safe=False)
@stringfilter
def urlencode(value: str, safe: str | None = None) -> str:
    """Escape for use in a URL.

    Args:
        value: text to escape.
        safe: characters to leave; `/` if None.
    """
    return quote(value) if safe is None else quote(value, safe=safe)


@register.filter(is_safe=True, needs_autoescape=True)
@stringfilter
def urlize(value: str, autoescape: bool = True) -> SafeString:
    """Make links of URLs and mail addresses."""
    return mark_safe(_urlize(value, nofollow=True, autoescape=autoescape))


@register.filter(is_safe=True, needs_autoescape=True)
@stringfilter
def urlizetrunc(value: str, limit: Any, autoescape: bool = True) -> SafeString:
    """Make links of URLs, with their text shortened to a number of characters."""
    return mark_safe(_urlize(value, trim_url_limit=int(limit), nofollow=True, autoescape=autoescape))


@register.filter(is_safe=False)
@stringfilter
def wordcount(value: str) -> int:
    """Return the number of words."""
    return len(value.split())


@register.filter(is_safe=True)
@stringfilter
def wordwrap(value: str, arg: Any) -> str:
    """Break lines at a width."""
    return wrap(value, int(arg))


@register.filter(is_safe=True)
@stringfilter
def ljust(value: str, arg: Any) -> str:
    """Put text to the left in a field of a width."""
    return value.ljust(int(arg))


@register.filter(is_safe=True)
@stringfilter
def rjust(value: str, arg: Any) -> str:
    """Put text to the right in a field of a width."""
    return value.rjust(int(arg))


@register.filter(is_safe=True)
@stringfilter
def center(value: str, arg: Any) -> str:
    """Put text in the middle of a field of a width."""
    return f"{value:^{max(0, int(arg))}}"


@register.filter
@stringfilter
def cut(value: str, arg: Any) -> str:
    """Remove all occurrences of a text."""
    safe = isinstance(value, SafeData)
    text = value.replace(arg, "")
    # Without semicolons entities would fall apart.
    return mark_safe(text) if safe and arg != ";" else text


# HTML ----------------------------------------------------------------------------------------------------------------


@register.filter("escape", is_safe=True)
@stringfilter
def escape_filter(value: str) -> Any:
    """Mark text to be escaped, once."""
    return conditional_escape(value)


@register.filter(is_safe=True)
def escapeseq(value: Iterable[Any]) -> list[SafeString]:
    """Escape each item of a sequence."""
    return [conditional_escape(item) for item in value]


@register.filter(is_safe=True)
@stringfilter
def force_escape(value: str) -> SafeString:
    """Escape now, whatever was done before."""
    return escape(value)


@register.filter("linebreaks", is_safe=True, needs_autoescape=True)
@stringfilter
def linebreaks_filter(value: str, autoescape: bool = True) -> SafeString:
    """Make paragraphs of blank lines and line breaks of newlines."""
    return mark_safe(_linebreaks(value, autoescape and not isinstance(value, SafeData)))


@register.filter(is_safe=True, needs_autoescape=True)
@stringfilter
def linebreaksbr(value: str, autoescape: bool = True) -> SafeString:
    """Make line breaks of newlines."""
    text = normalize_newlines(value)
    if autoescape and not isinstance(value, SafeData):
        text = escape(text)
    return mark_safe(text.replace("\n", "<br>"))


@register.filter(is_safe=True)
@stringfilter
def safe(value: str) -> SafeString:
    """Mark text as safe: it is not escaped."""
    return mark_safe(value)


@register.filter(is_safe=True)
def safeseq(value: Iterable[Any]) -> list[SafeString]:
    """Mark each item of a sequence as safe."""
    return [mark_safe(item) for item in value]


@register.filter(is_safe=True)
@stringfilter
def striptags(value: str) -> str:
    """Remove HTML tags."""
    return strip_tags(value)


@register.filter(is_safe=True)
def json_script(value: Any, element_id: str | None = None) -> SafeString:
    """Show a value as JSON in a `<script>` element."""
    return _json_script(value, element_id)


# Lists ---------------------------------------------------------------------------------------------------------------


def _property_resolver(arg: Any) -> Callable[[Any], Any]:
    """Return the function by which `dictsort` sorts: an index or key, or a path of keys and attributes."""
    try:
        float(arg)
    except ValueError:
        path = str(arg)
    else:
        return itemgetter(arg)
    if path.startswith("_") or f"{VARIABLE_ATTRIBUTE_SEPARATOR}_" in path:
        raise AttributeError("Access to private variables is forbidden.")
    parts = path.split(VARIABLE_ATTRIBUTE_SEPARATOR)

    def resolve(value: Any) -> Any:
        for part in parts:
            try:
                value = value[part]
            except (AttributeError, IndexError, KeyError, TypeError, ValueError):
                value = getattr(value, part)
        return value

    return resolve


@register.filter(is_safe=False)
def dictsort(value: Any, arg: Any) -> Any:
    """Sort a list of dictionaries, objects or lists by a key."""
    try:
        return sorted(value, key=_property_resolver(arg))
    except (AttributeError, TypeError):
        return ""


@register.filter(is_safe=False)
def dictsortreversed(value: Any, arg: Any) -> Any:
    """Sort by a key, the largest first."""
    try:
        return sorted(value, key=_property_resolver(arg), reverse=True)
    except (AttributeError, TypeError):
        return ""


@register.filter(is_safe=False)
def first(value: Any) -> Any:
    """Return the first item."""
    try:
        return value[0]
    except IndexError:
        return ""


@register.filter(is_safe=True, needs_autoescape=True)
def join(value: Any, arg: Any, autoescape: bool = True) -> Any:
    """Join the items of a list with a text."""
    try:
        if autoescape:
            return mark_safe(conditional_escape(arg).join([conditional_escape(item) for item in value]))
        return mark_safe(arg.join(value))
    except TypeError:  # not iterable
        return value


@register.filter(is_safe=True)
def last(value: Any) -> Any:
    """Return the last item."""
    try:
        return value[-1]
    except IndexError:
        return ""


@register.filter(is_safe=False)
def length(value: Any) -> int:
    """Return the number of items; 0 if the value has no length."""
    try:
        return len(value)
    except (ValueError, TypeError):
        return 0


@register.filter(is_safe=True)
def random(value: Any) -> Any:
    """Return a random item."""
    try:
        return random_module.choice(value)
    except IndexError:
        return ""


@register.filter("slice", is_safe=True)
def slice_filter(value: Any, arg: Any) -> Any:
    """Return a part, with Python's syntax: `"1:3"`."""
    try:
        return value[slice(*(int(bound) if bound else None for bound in str(arg).split(":")))]
    except (ValueError, TypeError, KeyError):
        return value  # documented: fails silently


@register.filter(is_safe=True, needs_autoescape=True)
def unordered_list(value: Any, autoescape: bool = True) -> SafeString:
    """Show nested lists as HTML list items, without the outer `<ul>`."""
    show: Callable[[Any], Any] = conditional_escape if autoescape else str
    return mark_safe(_list_items(value, 1, show))


def _list_items(items: Iterable[Any], depth: int, show: Callable[[Any], Any]) -> str:
    indent = "\t" * depth
    shown = []
    for item, children in _with_children(iter(items)):
        below = ""
        if children is not None:
            below = f"\n{indent}<ul>\n{_list_items(children, depth + 1, show)}\n{indent}</ul>\n{indent}"
        shown.append(f"{indent}<li>{show(item)}{below}</li>")
    return "\n".join(shown)


_NOTHING = object()


def _with_children(items: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
    """Pair each item with the list that follows it, or None."""
    item = next(items, _NOTHING)
    while item is not _NOTHING:
        following = next(items, _NOTHING)
        if following is not _NOTHING and not isinstance(following, (str, Promise, Mapping)) and _is_iterable(following):
            yield item, following
            following = next(items, _NOTHING)
        else:
            yield item, None
        item = following


def _is_iterable(value: Any) -> bool:
    try:
        iter(value)
    except TypeError:
        return False
    return True


# Numbers -------------------------------------------------------------------------------------------------------------


@register.filter(is_safe=False)
def add(value: Any, arg: Any) -> Any:
    """Add numbers, or else whatever can be added."""
    try:
        return int(value) + int(arg)
    except (ValueError, TypeError):
        try:
            return value + arg
        except Exception:  # documented: an empty text if they cannot be added
            return ""


@register.filter(is_safe=False)
def get_digit(value: Any, arg: Any) -> Any:
    """Return a digit, counted from the right from 1."""
    try:
        place, number = int(arg), int(value)
    except ValueError:
        return value  # documented: fails silently
    if place < 1:
        return number
    digits = str(number)
    return int(digits[-place]) if place <= len(digits) and digits[-place].isdigit() else 0


# Dates ---------------------------------------------------------------------------------------------------------------


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, arg: str | None = None) -> str:
    """Show a date in a format; in the one for dates of the language, without one."""
    if value in (None, ""):
        return ""
    try:
        return formats.date_format(value, arg)
    except AttributeError:
        try:
            return format(value, arg)  # type: ignore[arg-type]  # fails as an attribute error for a missing format
        except AttributeError:
            return ""


@register.filter(expects_localtime=True, is_safe=False)
def time(value: Any, arg: str | None = None) -> str:
    """Show a time in a format; in the one for times of the language, without one."""
    if value in (None, ""):
        return ""
    try:
        return formats.time_format(value, arg)
    except (AttributeError, TypeError):
        try:
            return time_format(value, arg)  # type: ignore[arg-type]  # fails as an attribute error for a missing format
        except (AttributeError, TypeError):
            return ""


@register.filter("timesince", is_safe=False)
def timesince_filter(value: Any, arg: Any = None) -> str:
    """Show how long ago a moment was, from now or another moment."""
    if not value:
        return ""
    try:
        return timesince(value, arg) if arg else timesince(value)
    except (ValueError, TypeError):
        return ""


@register.filter("timeuntil", is_safe=False)
def timeuntil_filter(value: Any, arg: Any = None) -> str:
    """Show how long it is to a moment, from now or another moment."""
    if not value:
        return ""
    try:
        return timeuntil(value, arg)
    except (ValueError, TypeError):
        return ""


# Logic ---------------------------------------------------------------------------------------------------------------


@register.filter(is_safe=False)
def default(value: Any, arg: Any) -> Any:
    """Return a fallback for a value that is false."""
    return value or arg


@register.filter(is_safe=False)
def default_if_none(value: Any, arg: Any) -> Any:
    """Return a fallback for None."""
    return arg if value is None else value


@register.filter(is_safe=False)
def divisibleby(value: Any, arg: Any) -> bool:
    """Whether a number is divisible by another."""
    return int(value) % int(arg) == 0


@register.filter(is_safe=False)
def yesno(value: Any, arg: Any = None) -> Any:
    """Show a word for true, false and (optionally) None: `"yes,no,maybe"`."""
    words = (gettext("yes,no,maybe") if arg is None else arg).split(",")
    if len(words) < 2:
        return value  # documented: invalid argument
    yes, no = words[:2]
    maybe = words[2] if len(words) == 3 else no
    if value is None:
        return maybe
    return yes if value else no


# Others --------------------------------------------------------------------------------------------------------------


@register.filter(is_safe=True)
def filesizeformat(bytes_: Any) -> str:
    """Show a number of bytes in a readable unit."""
    try:
        size = int(bytes_)
    except (TypeError, ValueError, UnicodeDecodeError):
        return avoid_wrapping(ngettext("%(size)d byte", "%(size)d bytes", 0) % {"size": 0})
    negative = size < 0
    size = abs(size)
    if size < 1 << 10:
        text = ngettext("%(size)d byte", "%(size)d bytes", size) % {"size": size}
    elif size < 1 << 20:
        text = gettext("%s KB") % _one_decimal(size / (1 << 10))
    elif size < 1 << 30:
        text = gettext("%s MB") % _one_decimal(size / (1 << 20))
    elif size < 1 << 40:
        text = gettext("%s GB") % _one_decimal(size / (1 << 30))
    elif size < 1 << 50:
        text = gettext("%s TB") % _one_decimal(size / (1 << 40))
    else:
        text = gettext("%s PB") % _one_decimal(size / (1 << 50))
    return avoid_wrapping(f"-{text}" if negative else text)


def _one_decimal(number: float) -> str:
    return formats.number_format(round(number, 1), 1)


@register.filter(is_safe=False)
def pluralize(value: Any, arg: Any = "s") -> str:
    """Show a suffix unless the value, or its length, is 1: `"y,ies"` gives both forms."""
    forms = arg.split(",") if "," in arg else ["", arg]
    if len(forms) > 2:
        return ""
    singular, plural = forms
    try:
        return str(singular if float(value) == 1 else plural)
    except ValueError:
        return ""
    except TypeError:
        try:
            return str(singular if len(value) == 1 else plural)
        except TypeError:
            return ""


@register.filter("phone2numeric", is_safe=True)
def phone2numeric_filter(value: Any) -> str:
    """Make digits of the letters in a phone number."""
    return _phone2numeric(value)


@register.filter(is_safe=True)
def pprint(value: Any) -> str:
    """Show a value as Python's `pprint` does, for debugging."""
    try:
        return pformat(value)
    except Exception as error:  # the value's own repr failed
        return f"Error in formatting: {error.__class__.__name__}: {error}"


# Short ways ----------------------------------------------------------------------------------------------------------

inline(upper, "{0}.upper()")
inline(lower, "{0}.lower()")
inline(capfirst, "{0}[:1].upper() + {0}[1:]")
inline(length, "len({0})", "type({0}) in SIZED")
inline(default, "{0} or {1}", "", arguments=1)
inline(default_if_none, "({1} if {0} is None else {0})", "", arguments=1)
inline(add, "{0} + {1}", "type({0}) is int and type({1}) is int", arguments=1)
inline(safe, "SafeString({0})")
