"""HTTP: dates, tags, numbers and names as they travel in headers and URLs, and the check of redirect targets."""

from __future__ import annotations

import base64
import re
import unicodedata
from binascii import Error as BinasciiError
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import collapse_rfc2231_value, decode_params, formatdate
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.parse import urlencode as encode_pairs

from hotclub.utils.datastructures import MultiValueDict

MAX_URL_LENGTH = 2048
"""Longest URL that is looked at where a stranger can choose it."""
MAX_URL_REDIRECT_LENGTH = 16384
"""Longest URL that is redirected to."""
MAX_DATE_LENGTH = 64
"""Longest text that is looked at as a date; the longest form has 33 characters."""
MAX_HEADER_LENGTH = 10_000
"""Longest header value that is taken apart, unless told otherwise."""

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}

RFC3986_GENDELS = ":/?#[]@"
RFC3986_SUBDELS = "!$&'()*+,;="


def urlencode(query: Any, doseq: bool = False) -> str:
    """`urllib.parse.urlencode` that knows MultiValueDict and refuses None.

    Args:
        query: mapping, or pairs.
        doseq: whether a value that is a sequence gives several pairs.

    Raises:
        TypeError: a value is None.
    """
    if isinstance(query, MultiValueDict):
        query = query.lists()
    elif hasattr(query, "items"):
        query = query.items()
    return encode_pairs([(key, _encodable(key, value, doseq)) for key, value in query], doseq)


def _encodable(key: Any, value: Any, several: bool) -> Any:
    """Return a value as the standard library takes it; with `several`, what can be iterated is a list of values."""
    if value is None:
        raise _cannot_encode_none(key)
    if not several or isinstance(value, str | bytes) or not hasattr(type(value), "__iter__"):
        return value
    return [item if isinstance(item, bytes) else str(_encodable(key, item, several=False)) for item in value]


def _cannot_encode_none(key: Any) -> TypeError:
    return TypeError(
        f"Cannot encode None for key '{key}' in a query string. Did you mean to pass an empty string or omit the value?"
    )


def http_date(epoch_seconds: float | None = None) -> str:
    """Return a moment in the date form of HTTP headers.

    Args:
        epoch_seconds: seconds since 1970-01-01 UTC; now, if None.

    Returns:
        An IMF-fixdate, in GMT: "Wed, 21 Oct 2015 07:28:00 GMT".

    Source: docs ref/utils, "http_date"; RFC 9110 §5.6.7.
    """
    return formatdate(epoch_seconds, usegmt=True)


def parse_http_date(date: str) -> int:
    """Return the moment of an HTTP date, in seconds since 1970-01-01 UTC; all three forms of RFC 9110 are read.

    Raises:
        ValueError: the text is in none of the forms, or names no date.
    """
    day, month, year, clock = _date_parts(date)
    try:
        full_year = _full_year(int(year)) if len(year) == 2 else int(year)
        if full_year < 100:
            # Two digits, filled up by a clock of the last century.
            full_year += 2000 if full_year < 70 else 1900
        hour, minute, second = map(int, clock.split(":"))
        moment = datetime(full_year, _MONTHS[month.lower()], int(day), hour, minute, second, tzinfo=UTC)
    except (KeyError, ValueError, OverflowError) as error:
        raise ValueError(f"{date!r} is not a valid date") from error
    return int(moment.timestamp())


def _date_parts(date: str) -> tuple[str, str, str, str]:
    """Return day, month, year and clock of a date in one of the three forms: told apart by their number of words.

    Raises:
        ValueError: it is in none of them.
    """
    words = date.split() if len(date) <= MAX_DATE_LENGTH else []
    match words:
        case [weekday, day, month, year, clock, "GMT"] if weekday.endswith(",") and len(weekday) == 4:
            parts = day, month, year, clock  # Sun, 06 Nov 1994 08:49:37 GMT
            lengths = (2, 3, 4, 8)
        case [weekday, dashed, clock, "GMT"] if weekday.endswith(",") and dashed.count("-") == 2:
            day, month, year = dashed.split("-")
            parts = day, month, year, clock  # Sunday, 06-Nov-94 08:49:37 GMT
            lengths = (2, 3, 2, 8)
        case [_, month, day, clock, year]:
            parts = day.rjust(2, "0"), month, year, clock  # Sun Nov  6 08:49:37 1994
            lengths = (2, 3, 4, 8)
        case _:
            raise ValueError(f"{date!r} is not in a valid HTTP date format")
    day, month, year, clock = parts
    plain = (day + year + clock.replace(":", "")).isascii() and (day + year + clock.replace(":", "")).isdigit()
    if tuple(map(len, parts)) != lengths or not plain:
        raise ValueError(f"{date!r} is not in a valid HTTP date format")
    return day, month, year, clock


def _full_year(year: int) -> int:
    """Return the year of two digits that is at most 50 years ahead (RFC 9110 §5.6.7)."""
    now = datetime.now(tz=UTC).year
    century = now - now % 100
    if year - now % 100 > 50:
        century -= 100
    return century + year


def parse_http_date_safe(date: str) -> int | None:
    """`parse_http_date`, or None where the text is no date."""
    try:
        return parse_http_date(date)
    except ValueError:
        return None


def base36_to_int(s: str) -> int:
    """Return the number written in base 36.

    Raises:
        ValueError: it is none, or has more than 13 digits (beyond 64 bits).
    """
    if len(s) > 13:
        raise ValueError("Base36 input too large")
    return int(s, 36)


_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def int_to_base36(i: int) -> str:
    """Return the number in base 36.

    Raises:
        ValueError: it is negative.
    """
    if i < 0:
        raise ValueError("Negative base36 conversion input.")
    digits = []
    while True:
        i, digit = divmod(i, 36)
        digits.append(_BASE36[digit])
        if i == 0:
            return "".join(reversed(digits))


def urlsafe_base64_encode(s: bytes) -> str:
    """Return the bytes in base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(s).rstrip(b"\n=").decode("ascii")


def urlsafe_base64_decode(s: str | bytes) -> bytes:
    """Return the bytes of a base64 text for URLs; the padding may be missing.

    Raises:
        ValueError: it is no base64.
    """
    data = s.encode() if isinstance(s, str) else s
    try:
        return base64.urlsafe_b64decode(data + b"=" * (-len(data) % 4))
    except (LookupError, BinasciiError) as error:
        raise ValueError(error) from error


def parse_etags(etag_str: str) -> list[str]:
    """Return the entity tags of an If-None-Match or If-Match header; `["*"]` for any, what is malformed is left out."""
    if etag_str.strip() == "*":
        return ["*"]
    return [tag for part in etag_str.split(",") if _is_entity_tag(tag := part.strip())]


def _is_entity_tag(text: str) -> bool:
    """Say whether a text is an entity tag: `"…"`, or `W/"…"` for a weak one (RFC 9110 §8.8.3)."""
    opaque = text.removeprefix("W/")
    return len(opaque) >= 2 and opaque[0] == opaque[-1] == '"' and '"' not in opaque[1:-1]


def quote_etag(etag_str: str) -> str:
    """Return the tag in quotes, unless it is one already."""
    return etag_str if _is_entity_tag(etag_str) else f'"{etag_str}"'


def is_same_domain(host: str, pattern: str) -> bool:
    """Say whether a host is the pattern, or below it where the pattern begins with a dot. The pattern is in lower case."""
    pattern = pattern.lower()
    if not pattern.startswith("."):
        return bool(pattern) and host == pattern
    return host.endswith(pattern) or host == pattern.removeprefix(".")


def url_has_allowed_host_and_scheme(url: str | None, allowed_hosts: Any, require_https: bool = False) -> bool:
    """Say whether a redirect to the URL stays on one of the hosts, over an allowed scheme.

    This says nothing about whether the URL is safe for HTML: quote it.

    Args:
        url: what a stranger sent.
        allowed_hosts: a host, or a set of them; a URL without host is always allowed.
        require_https: whether http is refused.
    """
    if url is not None:
        url = url.strip()
    if not url:
        return False
    hosts: set[str] = set() if allowed_hosts is None else allowed_hosts
    if isinstance(allowed_hosts, str):
        hosts = {allowed_hosts}
    # Browsers take a backslash for a slash: both readings must be allowed.
    return _is_allowed(url, hosts, require_https) and _is_allowed(url.replace("\\", "/"), hosts, require_https)


def _is_allowed(url: str, allowed_hosts: set[str], require_https: bool) -> bool:
    if len(url) > MAX_URL_LENGTH:
        return False
    if url.startswith("///") or unicodedata.category(url[0]).startswith("C"):
        # Browsers take three slashes for two, and skip control characters: both lead to hosts that urlsplit() misses.
        return False
    try:
        scheme, host, *_ = urlsplit(url)
    except ValueError:  # a malformed IPv6 address
        return False
    if not host:
        # A path of our own; "http:///example.com" goes to example.com in some browsers.
        return not scheme
    return host in allowed_hosts and (scheme or "http") in (("https",) if require_https else ("http", "https"))


def escape_leading_slashes(url: str) -> str:
    """Return a path beginning with two slashes so that it cannot be taken for a host."""
    return f"/%2F{url.removeprefix('//')}" if url.startswith("//") else url


def split_header_value(value: str, sep: str = ",") -> Iterator[str]:
    """Give the parts of a header value, without blanks around them and without empty ones."""
    for part in value.split(sep):
        if part := part.strip():
            yield part


def split_directive_names(value: str) -> Iterator[str]:
    """Give the names of the directives of a Cache-Control header, in lower case."""
    for part in split_header_value(value):
        yield part.partition("=")[0].strip().lower()


def _split_parameters(text: str) -> Iterator[str]:
    """Give the parts between semicolons that stand outside of quotes; one pass."""
    if "\\" not in text and not any(";" in inside for inside in text.split('"')[1::2]):
        yield from text.split(";")  # none is inside of quotes: nearly always
        return
    start = 0
    quoted = False
    escaped = False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == ";" and not quoted:
            yield text[start:index]
            start = index + 1
    yield text[start:]


def parse_header_parameters(line: str | None, max_length: int | None = MAX_HEADER_LENGTH) -> tuple[str, dict[str, str]]:
    """Return the value of a header, in lower case, and its parameters.

    Args:
        line: header value; RFC 2231 parameters are decoded.
        max_length: refuse longer ones; None for no limit.

    Raises:
        ValueError: the line is too long, a parameter names an unknown encoding, or comes both whole and in pieces.
    """
    if not line:
        return "", {}
    if max_length is not None and len(line) > max_length:
        raise ValueError("Unable to parse header parameters (value too long).")
    if ";" not in line:
        return line.strip().lower(), {}
    first, *rest = _split_parameters(line)
    parameters: dict[str, str] = {}
    encoded: list[tuple[str, str]] = [("", "")]
    for part in rest:
        name, equals, value = part.partition("=")
        if not equals:
            continue
        name, value = name.strip().lower(), value.strip()
        if len(value) >= 2 and value[0] == value[-1] == '"':
            value = re.sub(r"\\([\\\"])", r"\1", value[1:-1])
        if name.endswith("*"):
            encoded.append((name, value))
        else:
            parameters[name] = value
    for name, decoded in _joined(encoded) if len(encoded) > 1 else ():
        if isinstance(decoded, tuple):
            try:
                parameters[name] = _decode_extended(decoded)
            except LookupError as error:
                raise ValueError(f"Invalid encoding {decoded[0]!r}") from error
        else:
            parameters[name] = decoded.strip('"')
    return first.strip().lower(), parameters


def _joined(encoded: list[tuple[str, str]]) -> Any:
    """Return RFC 2231 parameters, those in numbered pieces as one."""
    try:
        return decode_params(encoded)[1:]
    except TypeError as error:  # the standard library sorts the numbers of the pieces, and a whole has none
        raise ValueError("A header parameter comes both whole and in pieces.") from error


def _decode_extended(value: tuple[str | None, str | None, str]) -> str:
    encoding = value[0]
    text = value[2].strip('"')
    if encoding:
        # collapse_rfc2231_value() would pass an unknown encoding over in silence.
        "".encode(encoding)
    return collapse_rfc2231_value((encoding, value[1], text))


def content_disposition_header(as_attachment: bool, filename: str) -> str | None:
    """Return the value of a Content-Disposition header for a file; None if there is nothing to say.

    A name beyond ASCII is given in both forms of RFC 6266.
    """
    if not filename:
        return "attachment" if as_attachment else None
    disposition = "attachment" if as_attachment else "inline"
    try:
        filename.encode("ascii")
        is_ascii = True
    except UnicodeEncodeError:
        is_ascii = False
    # Quotes and backslashes are escaped; control characters have no place in a header.
    quotable = is_ascii and not re.search(r"[\x00-\x1f\x7f]", filename)
    if quotable:
        escaped = filename.replace("\\", "\\\\").replace('"', r"\"")
        file_expr = f'filename="{escaped}"'
    else:
        file_expr = f"filename*=utf-8''{quote(filename)}"
    return f"{disposition}; {file_expr}"
