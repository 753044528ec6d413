"""Query strings and URL-encoded bodies: pairs in their order, with a bound on their number."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes


class TooManyPairsError(ValueError):
    """There are more pairs than allowed."""


def parse_pairs(text: str, encoding: str = "utf-8", max_pairs: int | None = None) -> list[tuple[str, str]]:
    """Split `a=1&b=2` into pairs; blank values are kept, undecodable bytes replaced.

    Raises:
        TooManyPairsError: there are more than `max_pairs`; nothing has been decoded yet.
    """
    if not text:
        return []
    if max_pairs is not None and text.count("&") + 1 > max_pairs:
        raise TooManyPairsError(f"more than {max_pairs} fields")
    if text.isascii():
        if "%" not in text:
            return [
                (name, value)
                for name, _, value in (part.partition("=") for part in _parts(text.replace("+", " "), "&"))
            ]
        if encoding in _OVER_ASCII and (pairs := _decode_at_once(text, encoding)) is not None:
            return pairs
    return [
        (_decode(name, encoding), _decode(value, encoding))
        for name, _, value in (part.partition("=") for part in _parts(text, "&"))
    ]


def _parts(text: str, separator: str) -> list[str]:
    return [part for part in text.split(separator) if part]


_OVER_ASCII = frozenset({"utf-8", "utf8", "iso-8859-1", "latin-1", "ascii"})
# What separates pairs, and name and value, while the rest is decoded: no escape stands for these characters.
_AND, _IS = "\u0100", "\u0101"


def _decode_at_once(text: str, encoding: str) -> list[tuple[str, str]] | None:
    """Undo all escapes of a text in one pass of the interpreter's own codec; None if one of them is none.

    `%41` is written `\\x41`, as the codec knows it, which gives each byte as the character of its number.
    """
    written = (
        text.replace("\\", "\\\\").replace("+", " ").replace("%", "\\x").replace("&", "\\u0100").replace("=", "\\u0101")
    )
    try:
        decoded = written.encode("ascii").decode("unicode_escape")
    except UnicodeDecodeError:
        return None
    pairs = []
    for part in _parts(decoded, _AND):
        name, _, value = part.partition(_IS)
        if not name.isascii():
            name = name.encode("latin-1").decode(encoding, "replace")
        if not value.isascii():
            value = value.replace(_IS, "=").encode("latin-1").decode(encoding, "replace")
        pairs.append((name, value))
    return pairs


def _decode(text: str, encoding: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    if text.isascii():
        return unquote_to_bytes(text).decode(encoding, "replace")
    # Only the escaped runs are in `encoding`; the other characters have been decoded already.
    parts: list[str] = []
    run: list[str] = []
    for character in text:
        if character.isascii():
            run.append(character)
            continue
        if run:
            parts.append(unquote_to_bytes("".join(run)).decode(encoding, "replace"))
            run.clear()
        parts.append(character)
    if run:
        parts.append(unquote_to_bytes("".join(run)).decode(encoding, "replace"))
    return "".join(parts)
