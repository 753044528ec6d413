"""Headers as checked values: names are tokens (RFC 9110 §5.6.2); values hold no line break and no other control
character but the tab, and are Latin-1 or MIME-encoded. The length of a body is digits and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, MutableMapping, ValuesView
from email.charset import Charset
from typing import Any


class BadHeaderError(ValueError):
    """A header holds characters that would end it."""


BadHeaderError.__module__ = "hotclub.http.response"
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LENGTH = re.compile(r"-?[0-9]+")
_MAX_DIGITS = 18
_UTF_8 = Charset("utf-8")


def checked_name(name: Any) -> str:
    """Give a header name as text.

    Raises:
        BadHeaderError: it is empty or holds a line break, white space, a colon or another delimiter.
        UnicodeError: it holds other characters than ASCII.
    """
    text = _text(name)
    if _TOKEN.fullmatch(text) is None:
        text.encode("ascii")
        raise BadHeaderError(f"Header names can't be empty or contain white space or delimiters (got {name!r})")
    return text


def checked_value(value: Any) -> str:
    """Give a header value as text that fits into Latin-1; other text is MIME-encoded.

    Raises:
        BadHeaderError: it holds a line break or another control character.
    """
    text = _text(value)
    if text.isascii():
        return text
    try:
        text.encode("latin-1")
    except UnicodeError:
        # One encoded word: `email.header` folds at every character that Unicode counts as a line break, in quadratic time.
        return _UTF_8.header_encode(text)
    return text


def parse_length(value: Any) -> int:
    """Give the length that `Content-Length` announces, in bytes; 0 for what is no number (RFC 9110 §8.6).

    Python would also read "+5", "5_0" and digits of other scripts, about which a proxy may think otherwise.
    """
    if isinstance(value, int):
        return value
    if type(value) is str and len(value) <= _MAX_DIGITS and value.isascii() and value.isdigit():
        return int(value)
    if not isinstance(value, str) or _LENGTH.fullmatch(value) is None:
        return 0
    return int(value) if len(value) <= _MAX_DIGITS else 10**_MAX_DIGITS


def _text(value: Any) -> str:
    if type(value) is str:
        text = value
    elif isinstance(value, bytes):
        # Read as Latin-1, which loses nothing, so that forbidden characters are found whatever the encoding.
        text = value.decode("latin-1")
    else:
        text = str(value)
    if not text.isprintable() and (found := _CONTROL.search(text)) is not None:
        what = "newlines" if found[0] in "\r\n" else "control characters"
        raise BadHeaderError(f"Header values can't contain {what} (got {value!r})")
    return text


MAX_KNOWN_NAMES = 256
_known_names: dict[Any, tuple[str, str]] = {}


class ResponseHeaders(MutableMapping[str, str]):
    """Headers of a response, by name without regard to case; they keep their order and spelling.

    Args:
        data: mapping or pairs.
    """

    __slots__ = ("_store",)

    def __init__(self, data: Any = ()) -> None:
        self._store: dict[str, tuple[str, str]] = {}
        if data:
            pairs = data.items() if isinstance(data, Mapping) else data
            for name, value in pairs:
                self[name] = value

    def __getitem__(self, key: str) -> str:
        return self._store[key.lower()][1]

    def __setitem__(self, key: Any, value: Any) -> None:
        known = _known_names.get(key)
        if known is None:
            name = checked_name(key)
            known = (name.lower(), name)
            if len(_known_names) < MAX_KNOWN_NAMES:
                _known_names[name] = known
        self._store[known[0]] = (known[1], checked_value(value))

    def __delitem__(self, key: str) -> None:
        self.pop(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._store

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._store.values())

    def __len__(self) -> int:
        return len(self._store)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return {name.lower(): value for name, value in self.items()} == {
            str(name).lower(): value for name, value in other.items()
        }

    __hash__ = None  # type: ignore[assignment]  # mutable

    def pop(self, key: str, default: Any = None) -> Any:
        """Remove a header and give its `(name, value)`; `default` if it is not there."""
        return self._store.pop(key.lower(), default)

    def get(self, key: str, default: Any = None) -> Any:
        """Give a value, or `default`."""
        held = self._store.get(key.lower())
        return default if held is None else held[1]

    def setdefault(self, key: str, value: Any = None) -> str:
        """Set a header unless it is there."""
        held = self._store.get(key.lower())
        if held is not None:
            return held[1]
        self[key] = value
        return self[key]

    def add_missing(self, checked: Iterable[tuple[str, tuple[str, str]]]) -> None:
        """Add headers that are not there, given as `(lower-case name, (name, value))` and checked before."""
        store = self._store
        for key, pair in checked:
            if key not in store:
                store[key] = pair

    def pairs(self) -> list[tuple[str, str]]:
        """Give names and values as a list."""
        return list(self._store.values())

    def items(self) -> ItemsView[str, str]:
        return dict(self._store.values()).items()

    def keys(self) -> KeysView[str]:
        return dict(self._store.values()).keys()

    def values(self) -> ValuesView[str]:
        return dict(self._store.values()).values()

    def copy(self) -> ResponseHeaders:
        """Give an independent copy."""
        new = type(self)()
        new._store = dict(self._store)
        return new

    def __copy__(self) -> ResponseHeaders:
        return self.copy()

    def __repr__(self) -> str:
        return repr(dict(self._store.values()))

    def __getstate__(self) -> Any:
        return {"_store": self._store}

    def __setstate__(self, state: Any) -> None:
        self._store = state["_store"] if isinstance(state, dict) else state[1]["_store"]


ResponseHeaders.__module__ = "hotclub.http.response"
