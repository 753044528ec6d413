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
    pairs = []
    plain = "%" not in text and "+" not in text and text.isascii()
    for part in text.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        if plain:
            pairs.append((name, value))
        else:
            pairs.append((_decode(name, encoding), _decode(value, encoding)))
    return pairs


_OVER_ASCII = frozenset({"utf-8", "utf8", "iso-8859-1", "latin-1", "ascii"})
_CHARACTERS = {
    first + second: chr(int(first + second, 16)) for first in "01234567" for second in "0123456789abcdefABCDEF"
}


def _decode_ascii(text: str) -> str | None:
    """Undo escapes of ASCII characters; None if there are others, or what is none."""
    start, *rest = text.split("%")
    parts = [start]
    for part in rest:
        character = _CHARACTERS.get(part[:2])
        if character is None:
            return None
        parts.append(character)
        parts.append(part[2:])
    return "".join(parts)


def _decode(text: str, encoding: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    if encoding in _OVER_ASCII and (decoded := _decode_ascii(text)) is not None:
        return decoded
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
