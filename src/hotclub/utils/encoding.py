"""Between text and bytes, and between URIs and IRIs."""

from __future__ import annotations

import codecs
import datetime
import locale
import re
from decimal import Decimal
from types import NoneType
from typing import Any
from urllib.parse import quote

from hotclub.utils.functional import Promise


class DjangoUnicodeDecodeError(UnicodeDecodeError):
    """`UnicodeDecodeError` that shows what was passed in."""

    def __str__(self) -> str:
        return f"{super().__str__()}. You passed in {self.object!r} ({type(self.object)})"


_PROTECTED_TYPES = (NoneType, int, float, Decimal, datetime.datetime, datetime.date, datetime.time)


def smart_str(s: Any, encoding: str = "utf-8", strings_only: bool = False, errors: str = "strict") -> Any:
    """Return text for any object; lazy texts stay lazy. See `force_str`."""
    if isinstance(s, Promise):
        return s
    return force_str(s, encoding, strings_only, errors)


def is_protected_type(obj: Any) -> bool:
    """Say whether `force_str(strings_only=True)` would leave the object as it is."""
    return isinstance(obj, _PROTECTED_TYPES)


def force_str(s: Any, encoding: str = "utf-8", strings_only: bool = False, errors: str = "strict") -> Any:
    """Return text for any object; bytes are decoded, lazy texts are evaluated.

    Args:
        s: anything.
        encoding: how to read bytes.
        strings_only: leave None, numbers and dates alone.
        errors: what to do with undecodable bytes, as for `bytes.decode`.

    Raises:
        DjangoUnicodeDecodeError: bytes that are not of that encoding.
    """
    if issubclass(type(s), str):
        return s
    if strings_only and is_protected_type(s):
        return s
    try:
        return str(s, encoding, errors) if isinstance(s, bytes) else str(s)
    except UnicodeDecodeError as error:
        raise DjangoUnicodeDecodeError(*error.args) from None


def smart_bytes(s: Any, encoding: str = "utf-8", strings_only: bool = False, errors: str = "strict") -> Any:
    """Return bytes for any object; lazy texts stay lazy. See `force_bytes`."""
    if isinstance(s, Promise):
        return s
    return force_bytes(s, encoding, strings_only, errors)


def force_bytes(s: Any, encoding: str = "utf-8", strings_only: bool = False, errors: str = "strict") -> Any:
    """Return bytes for any object; bytes are taken for UTF-8 and recoded if another encoding is asked for.

    The arguments are those of `force_str`.
    """
    if isinstance(s, bytes):
        return s if encoding == "utf-8" else s.decode("utf-8", errors).encode(encoding, errors)
    if strings_only and is_protected_type(s):
        return s
    if isinstance(s, memoryview):
        return bytes(s)
    return str(s).encode(encoding, errors)


def iri_to_uri(iri: Any) -> Any:
    """Return an IRI as URI: everything outside of the URI's alphabet is percent-encoded. None stays None.

    Idempotent: "%" is left alone.

    Source: RFC 3987 §3.1; the safe characters are the reserved and unreserved ones of RFC 3986, and "%".
    """
    if iri is None:
        return iri
    return quote(str(iri), safe="/#%[]=:;$&()+,!?*@'~")


# Bytes whose percent-encoding `uri_to_iri` undoes: the unreserved characters, and all of UTF-8 beyond ASCII.
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_DECODED = {f"{code:02X}".encode(): bytes([code]) for code in (*_UNRESERVED, *range(0x80, 0x100))}
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


def uri_to_iri(uri: Any) -> Any:
    """Return a URI as IRI: percent-encoded UTF-8 and unreserved characters are decoded. None stays None.

    Encoded reserved characters and broken UTF-8 stay encoded.

    Source: RFC 3987 §3.2.
    """
    if uri is None:
        return uri
    decoded = _ESCAPE.sub(lambda escape: _DECODED.get(escape[1].upper(), escape[0]), force_bytes(uri))
    return repercent_broken_unicode(decoded).decode()


def escape_uri_path(path: str) -> str:
    """Percent-encode what is not safe in the path part of a URI (";", "=", "?" and "#" among them)."""
    return quote(path, safe="/:@&$,!*'()~+-._")


_MAX_LABEL_LENGTH = 255
"""A label has at most 63 letters (RFC 1035); some that are dropped may stand between them."""


def punycode(domain: str) -> str:
    """Return the domain in the ASCII form of IDNA 2003."""
    if any(len(label) > _MAX_LABEL_LENGTH for label in domain.split(".")):
        # The codec would say so too, after a time that grows with the square of the length.
        raise UnicodeError("label too long")
    return domain.encode("idna").decode("ascii")


_DECODABLE_THEN_BROKEN = re.compile("([^\udc80-\udcff]*)([\udc80-\udcff]*)")
"""What can be read of a text, and the bytes after it that cannot (in the form that "surrogateescape" gives them)."""


def repercent_broken_unicode(path: bytes | memoryview) -> bytes:
    """Percent-encode the bytes that are not valid UTF-8; one pass over the input."""
    text = str(path, "utf-8", "surrogateescape")
    path = memoryview(path)
    done: list[bytes | memoryview] = []
    for readable, broken in _DECODABLE_THEN_BROKEN.findall(text):
        start = len(readable.encode())
        end = start + len(broken)
        done.append(path[:start])
        if broken:
            done.append(quote(bytes(path[start:end])).encode())
        # A view: nothing is copied.
        path = path[end:]
    return b"".join(done)


def filepath_to_uri(path: Any) -> Any:
    """Return a file path as the path of a URI; backslashes become slashes. None stays None."""
    if path is None:
        return path
    return quote(str(path).replace("\\", "/"), safe="/~!*()'")


def get_system_encoding() -> str:
    """Return the encoding of the locale; "ascii" if there is none, or it cannot be told."""
    try:
        encoding = locale.getlocale()[1] or "ascii"
        codecs.lookup(encoding)
    except Exception:  # a broken locale may raise about anything
        encoding = "ascii"
    return encoding


DEFAULT_LOCALE_ENCODING = get_system_encoding()
