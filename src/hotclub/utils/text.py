"""Texts: cutting, wrapping, splitting, slugs, file names, compression. Linear in the length of the input."""

from __future__ import annotations

import html
import re
import secrets
import struct
import textwrap
import unicodedata
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

from hotclub._kernel.markup import Event, Kind, scan
from hotclub.core.exceptions import SuspiciousFileOperation
from hotclub.utils.functional import SimpleLazyObject, keep_lazy_text, lazy
from hotclub.utils.translation import gettext as _
from hotclub.utils.translation import gettext_lazy, pgettext


@keep_lazy_text
def capfirst(x: Any) -> Any:
    """Return the text with its first character in upper case, the rest as it is."""
    if not x:
        return x
    if not isinstance(x, str):
        x = str(x)
    return x[0].upper() + x[1:]


@keep_lazy_text
def wrap(text: Any, width: int) -> str:
    """Return the text broken at blanks into lines of at most `width` characters; longer words stay whole."""
    wrapper = textwrap.TextWrapper(
        width=width, break_long_words=False, break_on_hyphens=False, replace_whitespace=False
    )
    result: list[str] = []
    for line in str(text).splitlines():
        # A line of nothing but blanks stays as it is; TextWrapper gives nothing for it.
        result.extend(wrapper.wrap(line) or [line])
    if str(text).endswith("\n"):
        # The last line break belongs to the text.
        result.append("")
    return "\n".join(result)


def _with_mark(text: str, mark: str | None) -> str:
    """Return a shortened text with the mark of shortening: an ellipsis if None; behind it, or where it says itself."""
    if mark is None:
        mark = pgettext("String to return when truncating text", "%(truncated_text)s…")
    if "%(truncated_text)s" in mark:
        return mark % {"truncated_text": text}
    return text if text.endswith(mark) else text + mark


def _width(text: str) -> int:
    """Return how many characters are seen: combining ones stand on the one before."""
    return sum(not unicodedata.combining(char) for char in text)


def _end_of_chars(text: str, count: int) -> int | None:
    """Return the index behind so many visible characters; None if the text has no more than that."""
    for index, char in enumerate(text):
        if unicodedata.combining(char):
            continue
        if count == 0:
            return index
        count -= 1
    return None


def _room(length: int, mark: str | None) -> int:
    """Return how many of `length` characters are left beside the mark of shortening."""
    return max(0, length - _width(_with_mark("", mark)))


class _LimitReached(Exception):
    """More text has come than fits; the rest of the document makes no difference."""


class _HTMLCutter:
    """Copies HTML and counts the text in it. What is shown is all, if it fits; else what there was up to the cut.

    The cut may lie before the limit (the mark of shortening takes room), so it is remembered when its place passes by.

    Args:
        limit: units of text that fit.
        room: units that are shown if there are more.
        mark: what says that something is missing.
    """

    void_elements = frozenset(
        {
            "area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source",
            "spacer", "track", "wbr",
        }
    )  # fmt: skip

    def __init__(self, limit: int, room: int, mark: str | None) -> None:
        self.limit = limit
        self.room = room
        self.mark = mark
        self.copied: list[str] = []
        self.open_tags: list[str] = []
        self.run: list[str] = []
        """Pieces of text since the last tag, entities resolved."""
        self.shortened: str | None = None

    def units(self, text: str) -> list[str]:
        """Return the units of a run of text: what is counted, and never torn apart. Joined they are what is shown."""
        raise NotImplementedError("subclasses of _HTMLCutter must provide a units() method")

    def end_run(self) -> None:
        if not self.run:
            return
        text = "".join(self.run)
        units = self.units(text)
        self.run.clear()
        if not units:
            self.copied.append(text)
            return
        if self.shortened is None and len(units) > self.room:
            shown = _with_mark(html.escape("".join(units[: self.room]).rstrip(self.trimmed)), self.mark)
            closing = (f"</{tag}>" for tag in reversed(self.open_tags))
            self.shortened = "".join((*self.copied, shown, *closing))
        self.room -= len(units)
        self.limit -= len(units)
        if self.limit < 0:
            raise _LimitReached
        self.copied.append(html.escape("".join(units)))

    trimmed = ""
    """What goes from the end of the shown text."""

    def take(self, event: Event) -> None:
        """Take the next piece of the document."""
        kind = event.kind
        if kind is Kind.DATA:
            if event.text == "<":
                # A bracket that begins no tag stands alone.
                self.end_run()
                self.run.append(event.text)
                self.end_run()
            else:
                self.run.append(event.text)
        elif kind is Kind.ENTITY or kind is Kind.CHARACTER:
            self.run.append(html.unescape(event.text))
        elif kind is Kind.START:
            self.end_run()
            self.copied.append(event.text)
            if event.name in self.void_elements:
                return
            if event.closes:
                # In HTML the slash closes nothing, but that is what the author meant.
                self.copied.append(f"</{event.name}>")
            else:
                self.open_tags.append(event.name)
        elif kind is Kind.END and event.name not in self.void_elements:
            self.end_run()
            self.copied.append(f"</{event.name}>")
            # Only the innermost tag can be closed; looking for others would cost more than it gives.
            if self.open_tags[-1:] == [event.name]:
                self.open_tags.pop()
        elif kind is Kind.END:
            self.end_run()

    def cut(self, source: str) -> str:
        """Return the HTML, shortened if its text does not fit."""
        try:
            for event in scan(source):
                self.take(event)
            ends_in_text = bool(self.run)
            self.end_run()
        except _LimitReached:
            return self.shortened or ""
        # A text that needs the room of the mark is shown whole only if no tag follows it: what lists and tables of
        # existing projects are laid out for.
        if self.shortened is not None and not ends_in_text:
            return self.shortened
        return "".join(self.copied)


class _CharCutter(_HTMLCutter):
    def units(self, text: str) -> list[str]:
        if text.isascii():
            return list(text)
        starts = [index for index, char in enumerate(text) if index == 0 or not unicodedata.combining(char)]
        return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


class _WordCutter(_HTMLCutter):
    trimmed = " "

    def units(self, text: str) -> list[str]:
        """Return the words, each with one blank before it where there is any, and the blanks at the end with the last."""
        words = text.split()
        if not words:
            return []
        units = [text[: len(text) - len(text.lstrip())] + words[0], *(f" {word}" for word in words[1:])]
        units[-1] += text[len(text.rstrip()) :]
        return units


class Truncator(SimpleLazyObject):
    """Cuts a text to a number of characters or words, HTML included."""

    # HTML beyond this is cut first: what is shown comes from the beginning.
    MAX_LENGTH_HTML = 5_000_000

    def __init__(self, text: Any) -> None:
        super().__init__(lambda: str(text))

    def chars(self, num: Any, truncate: str | None = None, html: bool = False) -> str:
        """Return at most `num` characters, the mark of shortening among them.

        Args:
            num: number of characters; combining ones do not count.
            truncate: the mark, an ellipsis if None; may contain `%(truncated_text)s`.
            html: leave tags alone, and close them.
        """
        limit = int(num)
        if limit <= 0:
            return ""
        text = unicodedata.normalize("NFC", str(self))
        room = _room(limit, truncate)
        if html:
            return _CharCutter(limit, room, truncate).cut(text[: self.MAX_LENGTH_HTML])
        if _end_of_chars(text, limit) is None:
            return text
        return _with_mark(text[: _end_of_chars(text, room)], truncate)

    def words(self, num: Any, truncate: str | None = None, html: bool = False) -> str:
        """Return at most `num` words; the arguments are those of `chars`."""
        limit = int(num)
        if limit <= 0:
            return ""
        if html:
            return _WordCutter(limit, limit, truncate).cut(str(self)[: self.MAX_LENGTH_HTML])
        shown = str(self).split(maxsplit=limit)
        missing = len(shown) > limit
        text = " ".join(shown[:limit])
        return _with_mark(text, truncate) if missing else text


@keep_lazy_text
def get_valid_filename(name: Any) -> str:
    """Return a name that is safe for a file: blanks become underscores, only letters, digits, "-", "_" and "." stay.

    Raises:
        SuspiciousFileOperation: nothing usable is left.
    """
    wanted = str(name).strip().replace(" ", "_")
    cleaned = "".join(char for char in wanted if char.isalnum() or char in "-_.")
    if cleaned.strip(".") == "" and len(cleaned) < 3:
        # Nothing, or the name of a directory.
        raise SuspiciousFileOperation(f"Could not derive file name from '{name}'")
    return cleaned


@keep_lazy_text
def get_text_list(list_: Sequence[Any], last_word: Any = gettext_lazy("or")) -> str:  # noqa: B008  # lazy: an immutable value
    """Return the items as a phrase: "a, b or c"."""
    if not list_:
        return ""
    if len(list_) == 1:
        return str(list_[0])
    # Translators: stands between the items of a list.
    return "{} {} {}".format(_(", ").join(str(item) for item in list_[:-1]), str(last_word), str(list_[-1]))


@keep_lazy_text
def normalize_newlines(text: Any) -> str:
    """Return the text with "\\n" for every line break."""
    return str(text).replace("\r\n", "\n").replace("\r", "\n")


_PHONE_KEYS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")


@keep_lazy_text
def phone2numeric(phone: Any) -> str:
    """Return a phone number with its letters as digits."""
    return str(phone).lower().translate(_PHONE_KEYS)


class _GzipMember:
    """One gzip member (RFC 1952), written piece by piece; its bytes depend on nothing but the input and the noise.

    Args:
        max_random_bytes: up to so many bytes of noise go into the header, as the file name: the length of the whole then
            does not tell the length of the text (BREACH).
    """

    _FILE_NAME = 8  # the flag that says that a name follows
    _UNKNOWN_SYSTEM = 255

    def __init__(self, max_random_bytes: int | None) -> None:
        noise = b"a" * secrets.randbelow(max_random_bytes) if max_random_bytes else b""
        self.header = struct.pack(
            "<2sBBLBB", b"\x1f\x8b", zlib.DEFLATED, self._FILE_NAME if noise else 0, 0, 0, self._UNKNOWN_SYSTEM
        )
        if noise:
            self.header += noise + b"\x00"
        self._deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._checksum = 0
        self._length = 0

    def feed(self, data: bytes) -> bytes:
        """Take bytes; return what is ready, which may be nothing yet."""
        self._checksum = zlib.crc32(data, self._checksum)
        self._length += len(data)
        return self._deflate.compress(data)

    def push(self) -> bytes:
        """Return everything that was held back, so that the reader can decompress what was fed so far."""
        return self._deflate.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        """Return the rest, and the trailer."""
        return self._deflate.flush() + struct.pack("<LL", self._checksum, self._length & 0xFFFFFFFF)


def compress_string(s: bytes, *, max_random_bytes: int | None = None) -> bytes:
    """Return the bytes as gzip, with up to `max_random_bytes` of noise in the header."""
    member = _GzipMember(max_random_bytes)
    return member.header + member.feed(s) + member.end()


def compress_sequence(sequence: Iterable[bytes], *, max_random_bytes: int | None = None) -> Iterator[bytes]:
    """Give the chunks as gzip, as they come; the header at once, so that the client sees something."""
    member = _GzipMember(max_random_bytes)
    yield member.header
    for item in sequence:
        if data := member.feed(item) + member.push():
            yield data
    yield member.end()


async def acompress_sequence(
    sequence: AsyncIterable[bytes], *, max_random_bytes: int | None = None
) -> AsyncIterator[bytes]:
    """`compress_sequence` for an async sequence."""
    member = _GzipMember(max_random_bytes)
    yield member.header
    async for item in sequence:
        if data := member.feed(item) + member.push():
            yield data
    yield member.end()


_plain_run_re = re.compile(r"[^\s\"']+")
# Possessive: a quote that is never closed is found out in one pass.
_quoted_res = {mark: re.compile(rf"{mark}(?:[^{mark}\\]|\\.)*+{mark}", re.DOTALL) for mark in "\"'"}


def smart_split(text: Any) -> Iterator[str]:
    """Give the parts of a text between blanks; quoted parts, with their quotes, stay together.

    A backslash in a quoted part takes the meaning from the quote behind it; a quote that is never closed is a plain
    character.
    """
    source = str(text)
    closable = set(_quoted_res)
    start = position = 0
    while position < len(source):
        char = source[position]
        if char.isspace():
            if start < position:
                yield source[start:position]
            position += 1
            start = position
        elif char in closable:
            if quoted := _quoted_res[char].match(source, position):
                position = quoted.end()
            else:
                # What follows has no such quote but escaped ones: looking again from one of them would find no end either.
                closable.discard(char)
        elif plain := _plain_run_re.match(source, position):
            position = plain.end()
        else:
            position += 1
    if start < position:
        yield source[start:]


@keep_lazy_text
def unescape_string_literal(s: Any) -> str:
    """Return what is between the quotes of a literal, with escaped quotes and backslashes resolved.

    Raises:
        ValueError: the text is no literal.
    """
    if not s or s[0] not in "\"'" or s[-1] != s[0]:
        raise ValueError(f"Not a string literal: {s!r}")
    inner: str = s[1:-1]
    # Most literals have nothing to resolve; making the pattern costs a new process as much as parsing half a template.
    return re.sub(rf"\\([\\{s[0]}])", r"\1", inner) if "\\" in inner else inner


@keep_lazy_text
def slugify(value: Any, allow_unicode: bool = False) -> str:
    """Return the text as a slug: lower case, letters, digits, underscores and single hyphens.

    Args:
        value: anything.
        allow_unicode: keep letters beyond ASCII; else they lose their accents, or go.
    """
    text = str(value)
    if allow_unicode:
        text = unicodedata.normalize("NFKC", text)
    else:
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    # Lowering a letter may add marks ("İ"), so the filter comes after it.
    kept = re.sub(r"[^\w\s-]+", "", text.lower())
    return "-".join(re.split(r"[-\s]+", kept)).strip("-_")


_inner_word_re = re.compile(r"(?<=[a-z])(?=[A-Z])|(?=[A-Z][^A-Z])")
"""Where a word begins: a capital after a small letter, or before something that is no capital ("IPAddress")."""


def camel_case_to_spaces(value: str) -> str:
    """Return "camelCase" as "camel case"."""
    return " ".join(_inner_word_re.split(value)).strip().lower()


def _fill_in(format_string: Any, *args: Any, **kwargs: Any) -> str:
    return str(format_string).format(*args, **kwargs)


format_lazy = lazy(_fill_in, str)
"""`str.format`, put off: for lazy format strings or arguments."""

__all__ = [
    "Truncator", "acompress_sequence", "camel_case_to_spaces", "capfirst", "compress_sequence", "compress_string", "format_lazy", "get_text_list",
    "get_valid_filename", "normalize_newlines", "phone2numeric", "slugify", "smart_split", "unescape_string_literal", "wrap",
]  # fmt: skip
