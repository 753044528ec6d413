"""`QueryDict`: query strings and form data, several values to a name."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

from hotclub._http.querystring import TooManyPairsError, parse_pairs
from hotclub.conf import settings
from hotclub.core.exceptions import TooManyFieldsSent
from hotclub.utils.datastructures import MultiValueDict
from hotclub.utils.encoding import force_str


class QueryDict(MultiValueDict):
    """A `MultiValueDict` made from a query string, read-only unless `mutable`.

    Args:
        query_string: text or bytes; nothing for an empty one.
        mutable: whether it may be changed.
        encoding: of keys and values; `DEFAULT_CHARSET` if None.

    Raises:
        TooManyFieldsSent: more fields than `DATA_UPLOAD_MAX_NUMBER_FIELDS`.

    Source: docs ref/request-response, "QueryDict objects".
    """

    _mutable = True
    _encoding: Any = None

    def __init__(self, query_string: str | bytes | None = None, mutable: bool = False, encoding: Any = None) -> None:
        dict.__init__(self)
        self._encoding = encoding
        if query_string:
            codec = encoding or settings.DEFAULT_CHARSET
            if isinstance(query_string, bytes):
                # A query string that is not in its encoding is read as Latin-1, so that nothing is lost.
                try:
                    query_string = query_string.decode(codec)
                except UnicodeDecodeError:
                    query_string = query_string.decode("iso-8859-1")  # type: ignore[union-attr]
            try:
                pairs = parse_pairs(query_string, codec, settings.DATA_UPLOAD_MAX_NUMBER_FIELDS)
            except TooManyPairsError as error:
                raise TooManyFieldsSent(
                    "The number of GET/POST parameters exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS."
                ) from error
            store = dict.setdefault
            for name, value in pairs:
                store(self, name, []).append(value)
        self._mutable = mutable

    @classmethod
    def fromkeys(
        cls, iterable: Iterable[Any], value: Any = "", mutable: bool = False, encoding: Any = None
    ) -> QueryDict:
        """Make one with a key for each item, all with the same value."""
        result = cls("", mutable=True, encoding=encoding)
        for key in iterable:
            result.appendlist(key, value)
        if not mutable:
            result._mutable = False
        return result

    @property
    def encoding(self) -> Any:
        """The encoding of keys and values."""
        if self._encoding is None:
            self._encoding = settings.DEFAULT_CHARSET
        return self._encoding

    @encoding.setter
    def encoding(self, value: Any) -> None:
        self._encoding = value

    def _assert_mutable(self) -> None:
        if not self._mutable:
            raise AttributeError("This QueryDict instance is immutable")

    def _text(self, value: Any) -> Any:
        return value if type(value) is str else _bytes_to_text(value, self.encoding)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._assert_mutable()
        super().__setitem__(self._text(key), self._text(value))

    def __delitem__(self, key: Any) -> None:
        self._assert_mutable()
        super().__delitem__(key)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_mutable": self._mutable, "_encoding": self._encoding}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        mutable, encoding = state.pop("_mutable", True), state.pop("_encoding", None)
        self._mutable = True
        super().__setstate__(state)
        self._encoding = encoding
        self._mutable = mutable

    def __reduce__(self) -> Any:
        return _restore, (type(self), dict(self.lists()), self._mutable, self.encoding)

    def __copy__(self) -> QueryDict:
        result = type(self)("", mutable=True, encoding=self.encoding)
        for key, value in self.lists():
            result.setlist(key, value)
        return result

    def __deepcopy__(self, memo: dict[int, Any]) -> QueryDict:
        result = type(self)("", mutable=True, encoding=self.encoding)
        memo[id(self)] = result
        for key, value in self.lists():
            result.setlist(copy.deepcopy(key, memo), copy.deepcopy(value, memo))
        return result

    def setlist(self, key: Any, list_: Any) -> None:
        """Set all values of a key."""
        self._assert_mutable()
        super().setlist(self._text(key), [self._text(value) for value in list_])

    def setlistdefault(self, key: Any, default_list: Any = None) -> Any:
        """Like `setdefault`, with a list of values."""
        self._assert_mutable()
        return super().setlistdefault(key, default_list)

    def appendlist(self, key: Any, value: Any) -> None:
        """Add a value to a key."""
        self._assert_mutable()
        super().appendlist(self._text(key), self._text(value))

    def pop(self, key: Any, *args: Any) -> Any:
        """Remove a key and give its values as a list."""
        self._assert_mutable()
        return super().pop(key, *args)

    def popitem(self) -> Any:
        """Remove a key and give it with its values."""
        self._assert_mutable()
        return super().popitem()

    def clear(self) -> None:
        """Remove everything."""
        self._assert_mutable()
        super().clear()

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """Set a key unless it is there; give its value."""
        self._assert_mutable()
        return super().setdefault(self._text(key), self._text(default))

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Add the values of another mapping to those that are there."""
        self._assert_mutable()
        super().update(*args, **kwargs)

    def copy(self) -> QueryDict:
        """Give a mutable deep copy."""
        return self.__deepcopy__({})

    def urlencode(self, safe: str | None = None) -> str:
        """Give the data as a query string.

        Args:
            safe: characters that stay as they are.
        """
        pairs = [
            (_to_bytes(key, self.encoding), _to_bytes(value, self.encoding))
            for key, values in self.lists()
            for value in values
        ]
        if safe:
            kept = safe.encode() if isinstance(safe, str) else safe
            return "&".join(f"{quote(key, kept)}={quote(value, kept)}" for key, value in pairs)
        return "&".join(urlencode({key: value}) for key, value in pairs)


def _to_bytes(value: Any, encoding: str) -> bytes:
    return (
        value
        if isinstance(value, bytes)
        else str(value).encode(encoding, "surrogatepass" if encoding == "utf-8" else "strict")
    )


def _bytes_to_text(value: Any, encoding: str) -> Any:
    return force_str(value, encoding, errors="replace") if isinstance(value, bytes) else value


def _restore(kind: Any, lists: dict[str, list[Any]], mutable: bool, encoding: str) -> QueryDict:
    result: QueryDict = kind("", mutable=True, encoding=encoding)
    for key, values in lists.items():
        result.setlist(key, values)
    result._mutable = mutable
    return result


QueryDict.__module__ = "hotclub.http.request"
